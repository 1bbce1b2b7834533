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
FAR = 2e5
"""How far the scale of some numbers is from 1, in either direction."""
RATE = 0.75
"""The rate of two batches of one size: who keeps the answer of the first by it fails."""

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


def _at_rate(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    return {**_batch(draw, size), "lr": RATE}


def _scaled(draw: np.random.Generator, size: tuple[int, ...], x: float, w: float) -> dict[str, Any]:
    """A batch and a first layer of other scales, which the second layer undoes.

    So the logits are those of a batch like the others, and no right answer loses digits.
    """
    batch = _batch(draw, size)
    first, second = batch["params"]
    first["w"], first["b"] = w * first["w"], x * w * first["b"]
    second["w"] = second["w"] / (x * w)
    return {**batch, "x": x * batch["x"]}


def _large_batch(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Large rows, and a first layer of small numbers."""
    return _scaled(draw, size, FAR, FAR**-2)


def _small_batch(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Small rows, and a first layer of large numbers."""
    return _scaled(draw, size, 1 / FAR, FAR**2)


def _one_row(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """A single row, at a rate at which its loss stays far from 0."""
    return {**_batch(draw, size), "lr": round(draw.uniform(0.05, 0.1), 3)}


def _slow(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Large rows, and a rate so small that the step is like the others."""
    return {**_scaled(draw, size, FAR, 1 / FAR), "lr": float(f"{draw.uniform(1, 2) * FAR**-2:.3g}")}


def _large_rows(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Large rows for layers of ordinary numbers, so the logits are large."""
    batch = _batch(draw, size)
    return {**batch, "x": FAR * batch["x"]}


def _batch_with_zeros(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Zeros among all numbers, equal rows and entries, a unit never active, and a logit of 0.

    Each unit has inputs that are not zero, so that none is at the corner of ReLU.
    """
    batch = _at_rate(draw, size)
    batch["x"] = _with_zeros(np.abs(batch["x"]), 1)
    batch["x"][1] = batch["x"][0]
    first, second = batch["params"]
    first["w"], first["b"][::2] = _with_zeros(first["w"], 2), 0
    first["w"][4], first["b"][3] = first["w"][1], first["b"][1]
    first["w"][:, 0] = -np.abs(first["w"][:, 0])
    second["w"] = _with_zeros(second["w"], 1)
    second["w"][:, -1], second["b"][-1] = 0, 0
    return batch


def _with_zeros(table: Array, step: int) -> Array:
    """The table with 0 for about a third of each row and of each column."""
    row, column = np.indices(table.shape)
    return np.where((row + step * column) % 3, table, 0)


def _many_rows(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """A batch of which most rows have one label, and equal biases."""
    batch = _batch(draw, size)
    biases = batch["params"][0]["b"]
    biases[1::2] = biases[: size[-1] - 1 : 2]
    batch["y"][draw.permutation(size[0])[: 3 * size[0] // 5]] = 0
    return batch


def _far_apart(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Logits far apart, so that small probabilities are 0."""
    batch = _batch(draw, size)
    last = batch["params"][-1]
    last["w"], last["b"] = LARGE * last["w"], LARGE * last["b"]
    return batch


def _far_from_0(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    """Logits far from 0 and near each other."""
    batch = _batch(draw, size)
    batch["params"][-1]["b"] += OFFSET
    return batch


def _keyed(draw: np.random.Generator, size: tuple[int, ...]) -> dict[str, Any]:
    return {"key": ready.key(draw), "sizes": size}


for_init = ready.random_cases(
    _keyed, example=(3, 4, 2), hidden=((30, 300, 40), (8, 8, 8, 8), (90, 7))
)
"""A few layers, wide ones, equal ones, and a single one."""

SQUARE = (5, 5, 5, 5)
BATCHES = (
    (_batch, (4, 3, 5, 2)),
    (_at_rate, SQUARE),
    (_one_row, (1, 1, 8, 2)),
    (_batch, (7, 6, 1, 4, 3)),
    (_many_rows, (511, 121, 131)),
    (_batch_with_zeros, SQUARE),
    (_large_batch, SQUARE),
    (_small_batch, SQUARE),
    (_far_apart, (4, 3, 5)),
    (_far_apart, SQUARE),
    (_far_from_0, (4, 3, 5)),
    (_far_from_0, SQUARE),
    (_large_rows, SQUARE),
    (_slow, SQUARE),
)
"""How inputs are made, and of which size: those of one size are compiled once."""
USUAL, OVERFLOWING, LARGE_ROWS, SLOW = range(1, 8), range(8, 12), 12, 13
ORDINARY = tuple(f"hidden {number}" for number in USUAL)
"""The names of the hidden cases."""
NAMES_OF_LARGE = tuple(f"large {number}" for number, _ in enumerate(OVERFLOWING, 1))


def _made(draw: np.random.Generator, number: int) -> dict[str, Any]:
    make, size = BATCHES[number]
    return make(draw, size)


for_batch = ready.random_cases(_made, example=0, hidden=tuple(USUAL))
"""Batches of several sizes, of one row too, for networks of one layer, two, and three."""

for_forward = ready.random_cases(_made, example=0, hidden=(*USUAL, LARGE_ROWS))
"""The same, and one with large logits."""

for_step = ready.random_cases(_made, example=0, hidden=(*range(1, 6), SLOW))
"""Those of ordinary scale, and one with large rows and a small rate."""


def for_loss(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same batches, and some with logits so large that their exponentials overflow."""
    _, *large = ready.random_cases(_made, example=0, hidden=tuple(OVERFLOWING))(draw)
    return (*for_batch(draw), *map(_renamed, large, NAMES_OF_LARGE))


def _renamed(case: Case, name: str) -> Case:
    return replace(case, name=name)


# Adam --------------------------------------------------------------------------------------


def _layers_tree(draw: np.random.Generator) -> Any:
    return _layers(draw, (3, 4, 2))


def _nested_tree(draw: np.random.Generator) -> Any:
    head = draw.normal(size=(5, 3)), draw.normal(size=3)
    return {"table": draw.normal(size=(7, 5)), "head": head, "scale": draw.normal(size=())}


def _single_tree(draw: np.random.Generator) -> Any:
    return {"x": draw.normal(size=6)}


TREES = ((_layers_tree, 1.0), (_nested_tree, 1e-2), (_single_tree, 3e6))
"""How parameters are made, and of which scale; the rates go with it, the gradients do not."""
SCALES = (0.0, 1e-3, 1e-2, 1.0, 30.0)
"""What the entries of a gradient are like: with the small ones the place of epsilon shows."""


def _gradients(draw: np.random.Generator, number: int) -> dict[str, Any]:
    """Parameters, and five gradients, in which some entries are always 0.

    The rate goes with the scale of the parameters, or else their digits would hide what it does.
    No parameter is near 0: beside one, what right forms of Adam differ by would seem large.
    """
    tree, scale = TREES[number]

    def sizes_of(x: Array) -> Array:
        return draw.permutation(np.resize(SCALES, x.size)).reshape(x.shape)

    def signed(sizes: Array) -> Array:
        return sizes * draw.choice((-1.2, -0.8, 0.8, 1.2), sizes.shape)

    params = tree(draw)
    sizes = _mapped(params, sizes_of)
    grads = [_mapped(sizes, signed) for _ in range(5)]
    params = _mapped(params, lambda x: scale * (x + np.copysign(0.5, x)))
    lr = float(f"{scale * draw.uniform(0.03, 0.06):.3g}")
    return {"lr": lr, "params": params, "grads": grads}


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
