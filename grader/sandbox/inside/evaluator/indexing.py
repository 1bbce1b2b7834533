"""Gathering from and scattering into arrays by NumPy, as XLA defines them.

The words are XLA's: an index gives the start of a window, a window has the operand's axes that are
neither collapsed (of length one) nor batched. See "Gather" and "Scatter" in XLA's operation
semantics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .arithmetic import require


def dynamic_slice(x: Any, *starts: Any, slice_sizes: Any) -> Any:
    """The window that begins at `starts`, moved so that it lies within the array."""
    return x[_window(x, starts, slice_sizes)]


def dynamic_update_slice(x: Any, update: Any, *starts: Any) -> Any:
    """The array with a window replaced, which is moved so that it lies within the array."""
    result = x.copy()
    result[_window(x, starts, update.shape)] = update
    return result


def _window(x: Any, starts: Sequence[Any], sizes: Sequence[int]) -> tuple[slice, ...]:
    firsts = [
        min(max(int(start), 0), length - size)
        for start, length, size in zip(starts, x.shape, sizes, strict=True)
    ]
    return tuple(slice(first, first + size) for first, size in zip(firsts, sizes, strict=True))


class Axes(NamedTuple):
    """Which axes of an array are indexed and how; the words are XLA's (see above)."""

    fixed: Sequence[int]
    """Those that a window does not have."""
    indexed: Sequence[int]
    """Those that the last axis of the indices speaks of, in its order."""
    batched: Sequence[int]
    """Those that run along with axes of the indices."""
    batches: Sequence[int]
    """These axes of the indices."""


def gather(x: Any, indices: Any, **how: Any) -> Any:
    """The windows that begin at the indices."""
    numbers, mode = how["dimension_numbers"], how["mode"].name
    axes = Axes(
        fixed=(*numbers.collapsed_slice_dims, *numbers.operand_batching_dims),
        indexed=numbers.start_index_map,
        batched=numbers.operand_batching_dims,
        batches=numbers.start_indices_batching_dims,
    )
    places, is_inside = _places(x, indices, how["slice_sizes"], axes)
    result = x[places]
    if mode == "FILL_OR_DROP" and not is_inside.all():
        filling = _filling(x, how["fill_value"])
        result = np.where(_over_window(is_inside, result.ndim), result, filling)
    windows = range(indices.ndim - 1, result.ndim)
    return np.moveaxis(result, tuple(windows), tuple(map(int, numbers.offset_dims)))


def scatter(combine: Any) -> Callable[..., Any]:
    """The rule that puts windows into an array, combined with what is there by a ufunc."""

    def rule(x: Any, indices: Any, updates: Any, **how: Any) -> Any:
        require(combine is not None or how.get("update_jaxpr") is None)  # `.at[...].apply`
        numbers, mode = how["dimension_numbers"], how["mode"].name
        axes = Axes(
            fixed=(*numbers.inserted_window_dims, *numbers.operand_batching_dims),
            indexed=numbers.scatter_dims_to_operand_dims,
            batched=numbers.operand_batching_dims,
            batches=numbers.scatter_indices_batching_dims,
        )
        batch = indices.ndim - 1
        last = tuple(range(batch, updates.ndim))
        windows = np.moveaxis(updates, tuple(map(int, numbers.update_window_dims)), last)
        lengths = iter(windows.shape[batch:])
        sizes = [1 if axis in axes.fixed else next(lengths) for axis in range(x.ndim)]
        places, is_inside = _places(x, indices, sizes, axes)
        if mode != "CLIP" and not is_inside.all():
            places = tuple(np.broadcast_to(place, windows.shape)[is_inside] for place in places)
            windows = windows[is_inside]
        result = x.copy()
        if combine is None:
            result[places] = windows
        else:
            combine.at(result, places, windows)
        return result

    return rule


def _places(x: Any, indices: Any, sizes: Sequence[int], axes: Axes) -> tuple[tuple[Any, ...], Any]:
    """Where the windows lie in each axis, moved to lie within, and whether each did before.

    The places have the axes of the batch first, then those of the window.
    """
    batch = indices.shape[:-1]
    window = [axis for axis in range(x.ndim) if axis not in axes.fixed]
    rank = len(batch) + len(window)
    is_inside = np.ones(batch, dtype=bool)
    places = []
    for axis, (length, size) in enumerate(zip(x.shape, sizes, strict=True)):
        place = np.zeros((*batch, *[1] * len(window)), dtype=np.int64)
        if axis in axes.indexed:
            start = indices[..., tuple(axes.indexed).index(axis)].astype(np.int64)
            is_inside &= (start >= 0) & (start <= length - size)
            place = _over_window(np.clip(start, 0, length - size), rank)
        elif axis in axes.batched:
            place = place + along(axes.batches[tuple(axes.batched).index(axis)], length, rank)
        if axis in window:
            place = place + along(len(batch) + window.index(axis), size, rank)
        places.append(place)
    return tuple(places), is_inside


def along(axis: int, length: int, rank: int) -> Any:
    """Counting from 0 along one axis of an array whose other axes are of length one."""
    lengths = [1] * rank
    lengths[axis] = length
    return np.arange(length).reshape(lengths)


def _over_window(x: Any, rank: int) -> Any:
    return x.reshape(x.shape + (1,) * (rank - x.ndim))


def _filling(x: Any, fill_value: Any) -> Any:
    """What stands where there is nothing to gather: NaN, the least or the greatest number."""
    if fill_value is None:
        limits: dict[str, Any] = {"f": lambda: np.nan, "b": lambda: True}
        limits |= {"i": lambda: np.iinfo(x.dtype).min, "u": lambda: np.iinfo(x.dtype).max}
        fill_value = limits[x.dtype.kind]()
    return np.asarray(fill_value).astype(x.dtype)
