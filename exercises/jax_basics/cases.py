"""The inputs on which the exercise on first steps in JAX is graded.

The example is the same for everybody; everything hidden is drawn from the run's seed, and only its
shapes are not. Few shapes, since a trace of a derivative takes longer than its values:

- the example's own, for all that may be wrong with numbers;
- one entry, where an axis that is squeezed is missed;
- more entries, asked of loops; anything else is asked about many more (`many_entries.MANY`).

Where numbers go through an exponential, none is above 10 in size, and each vector has a moderate
one: s (1 - s) of large numbers alone, and 1 - 2 s of small ones alone, lose more digits in float32
than the tolerance allows. The globals of the notebook that duplicate a parameter have decoys, among
them some in the shape of the example.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case
from grader.results import Visibility
from grader.sandbox import Plain

Array = NDArray[Any]
EXAMPLE_SEED = 3000
NAMES_OF_X = ("x", "x_small", "samples")
"""The notebook's globals that contain what a parameter `x` gets."""

EXAMPLE = "example"
OTHER = "other numbers"
ONE = "one entry"
MORE = "more entries"
SQUARE = "square"
NUMBER, CUBE = "number", "cube"
LARGE_NUMBERS = "large numbers"
SMALL_NUMBERS = "small numbers and zeros"


def rounded(values: Array) -> Array:
    """The values as float32 stores them, so that both sides compute with the same numbers."""
    return values.astype(np.float32).astype(np.float64)


# draw_normal -------------------------------------------------------------------------------

LARGE = (137, 149)
"""Enough draws that a distribution that is no standard normal one shows."""
SMALL = (4, 1, 150)
"""Enough draws that the same numbers, and numbers that follow others, show."""
FAR = 2**16 * 9 * 125 * 7
"""The distance of two numbers that agree in their last digits and modulo whatever is usual."""


def for_draw(draw: np.random.Generator) -> tuple[Case, ...]:
    """Many draws with two keys, and a few with keys that have much in common."""
    number, second, decoy = (int(n) for n in draw.choice(1 << 20, 3, replace=False) + 1)
    word = int(draw.integers(1 << 20, 1 << 31))
    chosen = (
        ("large", (0, number), LARGE),
        ("large, other key", (0, second), LARGE),
        ("key", (0, number), SMALL),
        ("same key", (0, number), SMALL),
        ("next number", (0, number + 1), SMALL),
        ("far number", (0, number + FAR), SMALL),
        ("other first word", (word, number), SMALL),
    )
    unlike = np.array([0, decoy], np.uint32)
    # `jax.random.PRNGKey(n)` is (0, n) for a number below 2^32; split keys have two words.
    return tuple(
        Case(
            name,
            inputs={"key": np.array(words, np.uint32), "shape": shape},
            globals={"key": np.array(words, np.uint32)},
            decoy_globals={"key": unlike},
        )
        for name, words, shape in chosen
    )


# Arrays ------------------------------------------------------------------------------------


def _of_x(name: str, x: Any, decoys: dict[str, Array], **more: Array) -> Case:
    """A case with an input `x`, which the notebook's globals contain as well."""
    return Case(
        name,
        inputs={"x": x, **more},
        globals=dict.fromkeys(NAMES_OF_X, x),
        decoy_globals=decoys,
        visibility=Visibility.PUBLIC if name == EXAMPLE else Visibility.HIDDEN,
    )


def _decoys(*values: Array) -> dict[str, Array]:
    """A decoy for each of the notebook's globals."""
    return dict(zip(NAMES_OF_X, map(rounded, values), strict=True))


def _signed(draw: np.random.Generator, shape: Any, low: float, high: float) -> Array:
    """Numbers of such a size and of both signs, the first two of different ones."""
    x = draw.uniform(low, high, shape) * draw.choice((-1, 1), shape)
    x.flat[:2] = np.abs(x.flat[:2]) * draw.permutation((-1, 1))[: x.size]
    return rounded(x)


def _equal_rows(draw: np.random.Generator, shape: tuple[int, int]) -> Array:
    """A matrix whose last row is zero and whose other rows are all the same."""
    rows, columns = shape
    return np.vstack([np.tile(draw.normal(size=columns), (rows - 1, 1)), np.zeros(columns)])


def for_device(draw: np.random.Generator) -> tuple[Case, ...]:
    """NumPy arrays of both float types, of any dimension and size."""
    example = np.random.default_rng(EXAMPLE_SEED).normal(size=(3, 2)).astype(np.float32)
    decoys = _decoys(*(draw.normal(size=shape) for shape in ((3, 2), (3,), (5, 1, 103))))
    hidden = {
        "vector": draw.normal(size=3),
        NUMBER: np.asarray(draw.normal()),
        ONE: draw.normal(size=(5, 1, 103)),
        MORE: draw.normal(size=(1021, 103)),
        SMALL_NUMBERS: _equal_rows(draw, (3, 2)) / 1000,
    }
    chosen = {
        EXAMPLE: example,
        **{name: x.astype(np.float32) for name, x in hidden.items()},
        LARGE_NUMBERS: draw.uniform(2e4, 1e5, (3, 2)) * draw.choice((-1, 1), (3, 2)),
    }
    return tuple(_of_x(name, Plain(x), decoys) for name, x in chosen.items())


def for_gram(draw: np.random.Generator) -> tuple[Case, ...]:
    """Matrices, as JAX arrays and as NumPy ones."""
    shape = 3, 2
    example = rounded(np.random.default_rng(EXAMPLE_SEED).normal(size=shape))
    decoys = _decoys(*(draw.normal(size=size) for size in (shape, (4, 4), (6, 4))))
    chosen = {
        EXAMPLE: example,
        OTHER: draw.normal(size=shape),
        ONE: _signed(draw, (1, 1), 0.3, 2.5),
        SQUARE: draw.normal(size=(4, 4)),
        MORE: draw.normal(size=(17, 103)),
        LARGE_NUMBERS: draw.normal(size=shape) * 1e5,
        SMALL_NUMBERS: _equal_rows(draw, shape) / 1000,
        "numpy": Plain(draw.normal(size=(6, 4)).astype(np.float32)),
        "numpy, float64": Plain(draw.normal(size=(6, 4))),
    }
    return tuple(
        _of_x(name, x if isinstance(x, Plain) else rounded(x), decoys) for name, x in chosen.items()
    )


def _moderate(draw: np.random.Generator, signs: Array) -> Array:
    """Numbers of these signs; a small share that is left of the negative ones does not show."""
    return np.where(signs > 0, draw.uniform(2, 5, signs.shape), draw.uniform(-1, 0, signs.shape))


def for_relu(draw: np.random.Generator) -> tuple[Case, ...]:
    """Arrays of any dimension, with numbers on either side of zero, near and far."""
    example = np.array([-2.0, -0.5, 0.0, 0.25, 3.0])
    signs = draw.permutation((-1, -1, 1, 1, 1))
    chosen = {
        EXAMPLE: example,
        OTHER: _moderate(draw, signs),
        NUMBER: np.asarray(draw.uniform(0.3, 2.5)),
        CUBE: _moderate(draw, draw.choice((-1, 1), (2, 1, 103))),
        # What is left of negative numbers shows beside small ones, and a threshold too.
        SMALL_NUMBERS: draw.uniform(1, 10, 5) * np.where(signs > 0, 1e-5, -1e2),
        LARGE_NUMBERS: draw.uniform(2e4, 1e5, 5) * signs,
        MORE: _moderate(draw, draw.choice((-1, 1), (7, 3))),
        "compiled": draw.uniform(-9, 9, (13, 11)),
    }
    decoys = _decoys(*(draw.uniform(-5, 5, shape) for shape in (5, (2, 1, 103), 5)))
    return tuple(_of_x(name, rounded(x), decoys) for name, x in chosen.items())


# Derivatives -------------------------------------------------------------------------------


def _vectors(draw: np.random.Generator) -> dict[str, Array]:
    """What a function of a vector is asked for."""
    moderate = _signed(draw, 2, 0.3, 2.5)
    # Of different sizes: what two opposite numbers lose cancels in a sum.
    large = draw.permutation((-1, 1)) * (draw.uniform(8.5, 9.5), draw.uniform(5.5, 6.5))
    return {
        EXAMPLE: np.array([0.5, -1.25, 2.0]),
        OTHER: _signed(draw, 3, 0.3, 2.5),
        ONE: _signed(draw, 1, 0.3, 2.5),
        MORE: _signed(draw, 5, 0.3, 2.5),
        LARGE_NUMBERS: rounded(draw.permutation([*large, moderate[0]])),
        SMALL_NUMBERS: rounded(draw.permutation([draw.uniform(6e-3, 9e-3), 0.0, moderate[1]])),
    }


def _vector_decoys(draw: np.random.Generator) -> dict[str, Array]:
    return _decoys(*(_signed(draw, n, 0.3, 2.5) for n in (7, 3, 3)))


def for_function(draw: np.random.Generator) -> tuple[Case, ...]:
    """Vectors of one, three and more numbers."""
    decoys = _vector_decoys(draw)
    return tuple(_of_x(name, x, decoys) for name, x in _vectors(draw).items())


def for_product(draw: np.random.Generator) -> tuple[Case, ...]:
    """Vectors and directions; the product is as large as the direction, whatever its size."""
    decoys = _vector_decoys(draw)
    scales = {LARGE_NUMBERS: 1e3, SMALL_NUMBERS: 1e-3}
    cases = []
    for name, x in _vectors(draw).items():
        v = scales.get(name, 1.0) * _signed(draw, x.shape, 0.5, 3)
        if name == EXAMPLE:
            v = np.array([2.0, -1.0, 0.5])
        cases.append(_of_x(name, x, decoys, v=rounded(v)))
    return tuple(cases)


# batched_apply_matrix ----------------------------------------------------------------------


def for_batch(draw: np.random.Generator) -> tuple[Case, ...]:
    """Matrices and batches of vectors."""
    fixed = np.random.default_rng(EXAMPLE_SEED)
    shape, batch = (4, 3), (5, 3)
    decoys = {
        "w": rounded(draw.normal(size=shape)),
        "samples": rounded(draw.normal(size=batch)),
        "x": rounded(draw.normal(size=batch)),
    }
    square = draw.normal(size=(4, 4))
    chosen = {
        EXAMPLE: (fixed.normal(size=shape), fixed.normal(size=batch)),
        OTHER: (draw.normal(size=shape), draw.normal(size=batch)),
        ONE: (draw.normal(size=(1, 3)), draw.normal(size=(1, 3))),
        SQUARE: (square, np.vstack([draw.normal(size=(3, 4)), square[:1]])),
        MORE: (draw.normal(size=shape), draw.normal(size=(21, 3))),
        LARGE_NUMBERS: (draw.normal(size=shape) * 1e5, draw.normal(size=batch) * 1e3),
        SMALL_NUMBERS: (draw.normal(size=shape), _equal_rows(draw, batch) / 1000),
    }
    matrices = {name: (rounded(w), rounded(v)) for name, (w, v) in chosen.items()}
    return tuple(
        Case(
            name,
            inputs={"w": w, "v_batched": v},
            globals={"w": w, "samples": v, "x": v},
            decoy_globals=decoys,
            visibility=Visibility.PUBLIC if name == EXAMPLE else Visibility.HIDDEN,
        )
        for name, (w, v) in matrices.items()
    )
