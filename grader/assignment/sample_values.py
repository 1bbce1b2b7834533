"""Random inputs with the usual kinds of trouble, for the test cases of any part."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment.field_values import is_number, refuse, short

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

KINDS = ("plain", "ties", "zeros", "offset", "negative")
"""The kinds of `values`."""
SCALES = (1.0, 1e-3, 1e3)
"""Scales at which a formula must hold."""
GROUPS = ("all", "empty", "single", "large")
"""The kinds of `labels`."""
_MODERATE = (0.3, 2.5)


def values(
    draw: np.random.Generator,
    shape: int | tuple[int, ...],
    *,
    scale: float = 1.0,
    kind: str = "plain",
) -> Floats:
    """Numbers of about the size `scale`, in float32.

    "plain" is normal; "ties" has few different numbers, and each row more than once; "zeros" has
    zeros of both signs and tiny numbers among them; "offset" is far from zero in most columns;
    "negative" is below zero everywhere. Each row, along the last axis, has an entry between 0.3
    and 2.5 in size whatever the scale: right derivatives of rows that are all tiny or all large
    are off by more than the tolerance. Raises AssignmentError for arguments of another kind.
    """
    refuse("values", _of_values(draw, shape, scale, kind))
    shape = shape if isinstance(shape, tuple) else (shape,)
    columns = shape[-1] if shape else 1
    rows = math.prod(shape[:-1])
    if not rows * columns:
        return np.zeros(shape, np.float32)
    if kind == "ties":
        table = _tied(draw, rows, columns, scale)
    else:
        table = scale * draw.normal(size=(rows, columns))
    if kind == "zeros":
        table = _with_zeros(draw, table, scale)
    if kind == "offset":
        table += 8 * scale * draw.choice((-1.0, 1.0), columns)
    if kind == "negative":
        table = -np.abs(table) - scale / 100
    return _moderated(draw, table, kind).astype(np.float32).reshape(shape)


def _tied(draw: np.random.Generator, rows: int, columns: int, scale: float) -> NDArray[Any]:
    """Rows of four numbers, two of them moderate, each row about twice or more."""
    # Few binary digits: what is equal on paper is equal in float32.
    moderate = draw.choice(np.arange(4, 16), 2, replace=False) / 8 * (1, -1)
    others = draw.choice(np.arange(1, 16), 2, replace=False) / 8 * 2.0 ** round(math.log2(scale))
    different = draw.choice([*moderate, *others], (max(rows // 2, 1), columns))
    place = draw.integers(0, columns, len(different))
    different[np.arange(len(different)), place] = draw.choice(moderate, len(different))
    found: NDArray[Any] = different[draw.permutation(np.arange(rows) % len(different))]
    return found


def _with_zeros(draw: np.random.Generator, table: NDArray[Any], scale: float) -> NDArray[Any]:
    """The table with an eighth of zeros, of negative zeros and of tiny numbers each, or one."""
    each = math.ceil(table.size / 8)
    places = draw.permutation(table.size)[: 3 * each]
    table.flat[places] = scale * 10.0 ** draw.uniform(-8, -3, len(places))
    table.flat[places[: 2 * each]] = -0.0
    table.flat[places[:each]] = 0.0
    return table


def _moderated(draw: np.random.Generator, table: NDArray[Any], kind: str) -> NDArray[Any]:
    """The table with a moderate entry in each row that has none, of the sign of what was there."""
    low, high = _MODERATE
    size = np.abs(table)
    lacking = np.flatnonzero(~((size > low) & (size < high)).any(axis=-1))
    # One column for all where the distance of the others from zero is what matters.
    column = int(draw.integers(table.shape[1]))
    places = draw.integers(0, table.shape[1], len(lacking)) if kind != "offset" else column
    new = draw.uniform(low + 0.1, high - 0.5, len(lacking))
    table[lacking, places] = np.copysign(new, table[lacking, places])
    return table


def labels(draw: np.random.Generator, n: int, k: int, *, kind: str = "all") -> Integers:
    """The groups of `n` items, whole numbers below `k`, in int32 and in no order.

    "all" has a member in each group, in different numbers; "empty" has none in one group; "single"
    has exactly one member in one group; "large" has more than half of the items in one. That one
    is neither the first nor the last where there are three; the others have members. Raises
    AssignmentError where `n` and `k` do not allow that.
    """
    refuse("labels", _of_labels(draw, n, k, kind))
    # In the middle, since at the end nobody counts on it.
    middle = 1 + int(draw.integers(k - 2)) if k > 2 else 0
    counts = np.full(k, 2 if kind == "single" and n >= 2 * k - 1 else 1)
    counts[middle] = {"all": 1, "empty": 0, "single": 1, "large": n // 2 + 1}[kind]
    takes = np.full(k, True)
    takes[middle] = kind == "all" or k == 1
    weights = np.where(takes, np.arange(1, k + 1), 0)
    rest = n - counts.sum()
    more = rest * weights // weights.sum()
    more[np.flatnonzero(takes)[-1]] += rest - more.sum()
    return draw.permutation(np.repeat(np.arange(k), counts + more)).astype(np.int32)


def _of_values(draw: Any, shape: Any, scale: Any, kind: Any) -> Iterator[str]:
    yield from _of_draw(draw)
    axes = shape if isinstance(shape, tuple) else (shape,)
    if not all(_is_count(axis) for axis in axes):
        yield f"shape: expected a whole number or a tuple of them, got {short(shape)}; write (n, d)"
    if not is_number(scale) or not (math.isfinite(scale) and scale > 0):
        yield f"scale: expected a number above 0, got {short(scale)}; write scale=1e3"
    yield from _of_kind(kind, KINDS)


def _of_labels(draw: Any, n: Any, k: Any, kind: Any) -> Iterator[str]:
    yield from _of_draw(draw)
    yield from _of_kind(kind, GROUPS)
    wrong = [(name, value) for name, value in (("n", n), ("k", k)) if not _is_count(value, 1)]
    for name, value in wrong:
        yield f"{name}: expected a whole number of at least 1, got {short(value)}; change it"
    if wrong or kind not in GROUPS:
        return
    if k == 1 and (kind == "empty" or (kind == "single" and n > 1)):
        yield f"k: expected 2 groups or more for kind={kind!r}, got 1; write k=2"
        return
    least = {"empty": k - 1, "large": 2 * k - 1 if n % 2 else 2 * k}.get(kind, k)
    if kind == "large" and k == 1:
        least = 1
    if n < least:
        yield (
            f"n: expected {least} items or more for {k} groups and kind={kind!r}, got {n}; "
            "write a larger n or another kind"
        )


def _of_draw(draw: Any) -> Iterator[str]:
    if not isinstance(draw, np.random.Generator):
        got = short(draw)
        yield f"draw: expected the generator that `inputs` gets, got {got}; write draw first"


def _of_kind(kind: Any, known: tuple[str, ...]) -> Iterator[str]:
    if kind not in known:
        yield f"kind: expected one of {', '.join(known)}, got {short(kind)}; write one of these"


def _is_count(value: Any, least: int = 0) -> bool:
    is_whole = is_number(value) and isinstance(value, (int, np.integer))
    return is_whole and value >= least
