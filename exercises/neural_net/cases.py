"""The inputs on which the exercise on a neural network is graded.

`digits.npz` has the 1797 digits of scikit-learn's `load_digits` as they are there, pixels from 0 to
16, in an order drawn once by `numpy.random.default_rng(8).permutation`: the first 1297 to train
with, the other 500 held out. They are the test set of E. Alpaydin and C. Kaynak, "Optical
recognition of handwritten digits", UCI Machine Learning Repository (1998), DOI 10.24432/C50P49,
under CC BY 4.0.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader import ready
from grader.assignment import Case

DIGITS = Path(__file__).parent / "digits.npz"
STEPS = 300
"""Steps of training; plain gradient descent on all digits, at a rate of 0.1, needs about 200."""
TRAINED, HELD_OUT = (600, 500), (400, 300)
"""So many digits to train with, and to look at afterwards, in the example and hidden."""
LARGE = 1e4
"""The size of logits whose exponentials overflow, and whose small probabilities are 0."""
OFFSET = 200.0
"""So large are logits whose exponentials overflow, and whose differences keep their digits."""

Array = NDArray[Any]


def _layers(draw: np.random.Generator, sizes: tuple[int, ...]) -> list[dict[str, Array]]:
    """Layers with numbers of moderate size, none of them 0."""
    return [
        {"w": draw.normal(size=(n, m)) / np.sqrt(n), "b": draw.normal(size=m)}
        for n, m in pairwise(sizes)
    ]


def _batch(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """So many rows for layers of such sizes, with all labels that there are room for."""
    n, *sizes = size
    labels = np.concatenate([draw.permutation(sizes[-1]) for _ in range(n)])[:n]
    return {
        "params": _layers(draw, tuple(sizes)),
        "x": 2 * draw.normal(size=(n, sizes[0])),
        "y": labels.astype(np.int32),
        "lr": round(float(draw.uniform(0.2, 2.0)), 2),
    }


def _keyed(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    return {"key": ready.key(draw), "sizes": size}


for_init = ready.random_cases(
    _keyed, example=(3, 4, 2), hidden=((30, 300, 40), (8, 8, 8, 8), (90, 7))
)
"""A few layers, wide ones, equal ones, and a single one."""

BATCHES = ((5, 4, 3), (1, 3, 8, 2), (7, 6, 5, 4, 3), (103, 64, 32, 10))
ORDINARY = tuple(f"hidden {size}" for size in BATCHES)
"""The names of the hidden cases."""

for_batch = ready.random_cases(_batch, example=(4, 3, 5, 2), hidden=BATCHES)
"""Batches of several sizes, of one row too, for networks of one layer, two, and three."""


def for_loss(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same, and some with logits so large that their exponentials overflow."""
    large = ready.random_cases(_large, example=(2, 3, 2), hidden=SIZES_OF_LARGE)(draw)
    return (*for_batch(draw), *map(_renamed, large[1:], NAMES_OF_LARGE))


SIZES_OF_LARGE = ((4, 3, 5), (6, 4, 5, 3), (5, 3, 4), (7, 5, 3))
NAMES_OF_LARGE = tuple(f"large {number}" for number in range(1, 5))


def _renamed(case: Case, name: str) -> Case:
    return replace(case, name=name)


def _large(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Logits far apart, or all far from 0 and near each other: each overflows in its own way."""
    batch = _batch(draw, size)
    last = batch["params"][-1]
    if size in SIZES_OF_LARGE[:2]:
        last["w"], last["b"] = LARGE * last["w"], LARGE * last["b"]
    else:
        last["b"] = last["b"] + OFFSET
    return batch


# Adam --------------------------------------------------------------------------------------


def _layers_tree(draw: np.random.Generator) -> Any:
    return _layers(draw, (3, 4, 2))


def _nested_tree(draw: np.random.Generator) -> Any:
    head = draw.normal(size=(5, 3)), draw.normal(size=3)
    return {"table": draw.normal(size=(7, 5)), "head": head, "scale": draw.normal(size=())}


def _single_tree(draw: np.random.Generator) -> Any:
    return {"x": draw.normal(size=6)}


TREES = (_layers_tree, _nested_tree, _single_tree)


SCALES = (0.0, 1e-3, 1e-2, 1.0, 30.0)
"""What the entries of a gradient are like: with the small ones the place of epsilon shows."""


def _gradients(draw: np.random.Generator, tree: int) -> dict[str, Any]:
    """Parameters, and five gradients, in which some entries are always 0."""

    def sizes_of(x: Array) -> Array:
        return draw.permutation(np.resize(SCALES, x.size)).reshape(x.shape)

    def signed(sizes: Array) -> Array:
        return sizes * draw.choice((-1.2, -0.8, 0.8, 1.2), sizes.shape)

    params = TREES[tree](draw)
    sizes = _mapped(params, sizes_of)
    grads = [_mapped(sizes, signed) for _ in range(5)]
    return {"lr": round(float(draw.uniform(0.03, 0.06)), 4), "params": params, "grads": grads}


def _mapped(tree: Any, function: Any) -> Any:
    """The tree with the function of each array."""
    if isinstance(tree, dict):
        return {name: _mapped(item, function) for name, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(_mapped(item, function) for item in tree)
    return np.asarray(function(tree))


for_adam = ready.random_cases(_gradients, example=0, hidden=(0, 1, 2))
"""Layers as in the notebook, other trees, and gradients from 0 to large."""


# Digits ------------------------------------------------------------------------------------


def for_train(draw: np.random.Generator) -> tuple[Case, ...]:
    """Digits, and digits with other pixels and labels: who trains with the file fails."""
    with np.load(DIGITS) as digits:
        table = {name: digits[name] for name in digits.files}

    def digits_of(draw: np.random.Generator, shuffled: int) -> dict[str, Any]:
        pixels, labels = np.arange(64), np.arange(10)
        if shuffled:
            pixels, labels = draw.permutation(64), draw.permutation(10)
        chosen = draw.choice(len(table["x_train"]), TRAINED[shuffled], replace=False)
        held_out = draw.choice(len(table["x_test"]), HELD_OUT[shuffled], replace=False)
        return {
            "key": ready.key(draw),
            "x": table["x_train"][chosen][:, pixels] / 16,
            "y": labels[table["y_train"][chosen]].astype(np.int32),
            "steps": STEPS,
            "z": table["x_test"][held_out][:, pixels] / 16,
            "target": labels[table["y_test"][held_out]].astype(np.int32),
        }

    return ready.random_cases(digits_of, example=0, hidden=(1,))(draw)
