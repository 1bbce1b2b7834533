"""The inputs on which the exercise on first steps in JAX is graded.

All numbers are at most 10 in size and all dimensions of a case differ. The example is the same
for everybody; everything hidden is drawn from the run's seed. The globals of the notebook that
duplicate a parameter have decoys of another size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case
from grader.results import Visibility
from grader.sandbox import Plain

Array = NDArray[np.float64]
EXAMPLE_SEED = 3000
LARGE = (100, 200)
"""Enough draws that a distribution that is no standard normal one shows."""
NAMES_OF_X = ("x", "x_small", "samples")
"""The notebook's globals that contain what a parameter `x` gets."""


def rounded(values: Array) -> Array:
    """The values as float32 stores them, so that both sides compute with the same numbers."""
    return values.astype(np.float32).astype(np.float64)


def _key(number: int) -> NDArray[np.uint32]:
    """What `jax.random.PRNGKey(number)` is, for a number below 2^32, without computing it."""
    return np.array([0, number], np.uint32)


def for_draw(draw: np.random.Generator) -> tuple[Case, ...]:
    """Draws: a large one, the same again, one with another key, and one of another shape."""
    first, second, third, decoy = (int(n) for n in draw.choice(1 << 20, 4, replace=False) + 1)
    chosen = (
        ("large", first, LARGE),
        ("same key", first, LARGE),
        ("other key", second, LARGE),
        ("other shape", third, (2, 3, 5)),
    )
    return tuple(
        Case(
            name,
            inputs={"key": _key(number), "shape": shape},
            globals={"key": _key(number)},
            decoy_globals={"key": _key(decoy)},
        )
        for name, number, shape in chosen
    )


def _of_x(
    name: str, x: Array, decoy: Array, *, is_plain: bool = False, v: Array | None = None
) -> Case:
    """A case with an input `x`, which the notebook's globals contain as well."""
    value: Any = Plain(x) if is_plain else x
    return Case(
        name,
        inputs={"x": value} if v is None else {"x": value, "v": v},
        globals=dict.fromkeys(NAMES_OF_X, value),
        decoy_globals=dict.fromkeys(NAMES_OF_X, decoy),
        visibility=Visibility.PUBLIC if name == "example" else Visibility.HIDDEN,
    )


def for_device(draw: np.random.Generator) -> tuple[Case, ...]:
    """NumPy arrays of both float types."""
    decoy = draw.normal(size=(2, 2))
    example = np.random.default_rng(EXAMPLE_SEED).normal(size=(3, 2)).astype(np.float32)
    return (
        _of_x("example", example, decoy, is_plain=True),
        _of_x("hidden", rounded(draw.normal(size=(5, 3))), decoy, is_plain=True),
        _of_x("vector", draw.normal(size=7).astype(np.float32), decoy, is_plain=True),
    )


def for_gram(draw: np.random.Generator) -> tuple[Case, ...]:
    """Matrices, as JAX arrays and as NumPy ones."""
    decoy = rounded(draw.normal(size=(2, 7)))
    example = rounded(np.random.default_rng(EXAMPLE_SEED).normal(size=(3, 2)))
    plain = draw.normal(size=(6, 4)).astype(np.float32)
    return (
        _of_x("example", example, decoy),
        _of_x("hidden", rounded(draw.normal(size=(5, 3))), decoy),
        _of_x("numpy", plain, decoy, is_plain=True),
    )


def for_relu(draw: np.random.Generator) -> tuple[Case, ...]:
    """Arrays of one, two and three dimensions, and one of a shape that nothing else has."""
    decoy = rounded(draw.normal(size=(2, 2)))
    example = np.array([-2.0, -0.5, 0.0, 0.25, 3.0])
    shapes = {"matrix": (7, 3), "cube": (2, 4, 3), "vector": (12,), "compiled": (13, 11)}
    hidden = {name: rounded(draw.uniform(-9, 9, shape)) for name, shape in shapes.items()}
    return (
        _of_x("example", example, decoy),
        *(_of_x(name, x, decoy) for name, x in hidden.items()),
    )


def _vector(draw: np.random.Generator, n: int) -> Array:
    """A vector with a large entry of either sign and moderate ones."""
    x = draw.uniform(0.3, 2.5, n) * np.where(np.arange(n) % 2, 1, -1)
    x[:2] = draw.uniform(6, 9.5), -draw.uniform(4, 9.5)
    return rounded(draw.permutation(x))


def for_function(draw: np.random.Generator) -> tuple[Case, ...]:
    """Vectors of three, five and more numbers."""
    decoy = _vector(draw, 7)
    return (
        _of_x("example", np.array([0.5, -1.25, 2.0]), decoy),
        _of_x("hidden", _vector(draw, 5), decoy),
        _of_x("more", _vector(draw, 13), decoy),
    )


def for_product(draw: np.random.Generator) -> tuple[Case, ...]:
    """Vectors and directions."""
    v = rounded(draw.uniform(0.5, 3, 5) * draw.choice([-1, 1], 5))
    decoy = _vector(draw, 7)
    return (
        _of_x("example", np.array([0.5, -1.25, 2.0]), decoy, v=np.array([2.0, -1.0, 0.5])),
        _of_x("hidden", _vector(draw, 5), decoy, v=v),
    )


def for_batch(draw: np.random.Generator) -> tuple[Case, ...]:
    """Matrices and batches of vectors; two of the batches go with the same matrix."""
    fixed = np.random.default_rng(EXAMPLE_SEED)
    w = rounded(draw.normal(size=(4, 6)))
    decoys = {
        "w": rounded(draw.normal(size=(3, 5))),
        **dict.fromkeys(("samples", "x"), rounded(draw.normal(size=(2, 5)))),
    }
    chosen = (
        ("example", rounded(fixed.normal(size=(4, 3))), rounded(fixed.normal(size=(5, 3)))),
        ("hidden", w, rounded(draw.normal(size=(9, 6)))),
        ("more", w, rounded(draw.normal(size=(21, 6)))),
    )
    return tuple(
        Case(
            name,
            inputs={"w": matrix, "v_batched": vectors},
            globals={"w": matrix, "samples": vectors, "x": vectors},
            decoy_globals=decoys,
            visibility=Visibility.PUBLIC if name == "example" else Visibility.HIDDEN,
        )
        for name, matrix, vectors in chosen
    )
