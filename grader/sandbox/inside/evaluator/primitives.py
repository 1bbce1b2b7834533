"""What JAX's primitives compute, by NumPy, to the same shape and type.

Each rule takes the values and the parameters of one equation of a traced program, as JAX names
them. A rule raises when it is not sure that XLA would give the same: for numbers out of range, for
a parameter that is not known here. Rounding aside, a result is XLA's; the tests compare them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import indexing, keys
from .arithmetic import ELEMENTWISE, require

Rule = Callable[..., Any]


def elementwise(function: Callable[..., Any]) -> Rule:
    """The rule of a primitive whose parameters (places, precision) do not change its values."""

    def rule(*values: Any, accuracy: Any = None, **_: Any) -> Any:
        require(accuracy is None)
        return function(*values)

    return rule


def integer_power(x: Any, *, y: int) -> Any:
    """The power with a fixed whole exponent."""
    return np.power(x, y)


def round_to_even(x: Any, *, rounding_method: Any) -> Any:
    """The nearest whole number, halves to the even one."""
    require(rounding_method.name == "TO_NEAREST_EVEN")
    return np.rint(x)


def convert_element_type(x: Any, *, new_dtype: Any, **_: Any) -> Any:
    """The same numbers as another type; a float must fit into an integer."""
    if x.dtype.kind == "f" and new_dtype.kind in "iu":
        limits = np.iinfo(new_dtype)
        whole = np.trunc(x).astype(np.float64)
        require(np.all((whole >= limits.min) & (whole < float(limits.max) + 1)))
    return x.astype(new_dtype)


def bitcast_convert_type(x: Any, *, new_dtype: Any) -> Any:
    """The same bits as another type of the same size."""
    require(x.dtype.itemsize == new_dtype.itemsize and x.dtype != np.bool_)
    return np.array(x, order="C").view(new_dtype)


def select_n(which: Any, *cases: Any) -> Any:
    """Each element from the case that `which` names."""
    require(np.all((which >= 0) & (which < len(cases))))
    result = cases[0]
    for number, case in enumerate(cases[1:], 1):
        result = np.where(which == number, case, result)
    return result


def clamp(low: Any, x: Any, high: Any) -> Any:
    """The numbers brought into an interval."""
    return np.minimum(np.maximum(x, low), high)


def reduction(function: Any) -> Rule:
    """The rule of a reduction over axes, from NumPy's ufunc."""

    def rule(x: Any, *, axes: Any, out_sharding: Any = None) -> Any:
        require(out_sharding is None)
        return function.reduce(x, axis=tuple(axes), dtype=x.dtype)

    return rule


def place_of_extreme(function: Any) -> Rule:
    """The rule of argmin or argmax."""

    def rule(x: Any, *, axes: Any, index_dtype: Any) -> Any:
        return function(x, axis=axes[0]).astype(index_dtype)

    return rule


def cumulation(function: Any) -> Rule:
    """The rule of a cumulated operation, from NumPy's ufunc."""

    def rule(x: Any, *, axis: int, reverse: bool) -> Any:
        ordered = np.flip(x, axis) if reverse else x
        result = function.accumulate(ordered, axis=axis, dtype=x.dtype)
        return np.flip(result, axis) if reverse else result

    return rule


def sort(*operands: Any, dimension: int, is_stable: bool, num_keys: int) -> list[Any]:
    """The operands in the order of the first one: NaN last, zeros of either sign equal."""
    require(is_stable or len(operands) == 1)
    require(num_keys == 1)
    order = np.argsort(operands[0], axis=dimension, kind="stable")
    return [np.take_along_axis(operand, order, axis=dimension) for operand in operands]


def dot_general(
    x: Any,
    y: Any,
    *,
    dimension_numbers: Any,
    preferred_element_type: Any,
    out_sharding: Any = None,
    **_: Any,
) -> Any:
    """The product of two arrays over some axes, batched over others."""
    require(out_sharding is None)
    (contract_x, contract_y), (batch_x, batch_y) = dimension_numbers
    kept_x = [axis for axis in range(x.ndim) if axis not in (*contract_x, *batch_x)]
    kept_y = [axis for axis in range(y.ndim) if axis not in (*contract_y, *batch_y)]
    shape = [x.shape[axis] for axis in (*batch_x, *kept_x)] + [y.shape[axis] for axis in kept_y]
    batches = [x.shape[axis] for axis in batch_x]
    length = int(np.prod([x.shape[axis] for axis in contract_x]))
    rows = np.transpose(x, (*batch_x, *kept_x, *contract_x)).reshape(
        *batches, int(np.prod([x.shape[axis] for axis in kept_x])), length
    )
    columns = np.transpose(y, (*batch_y, *contract_y, *kept_y)).reshape(
        *batches, length, int(np.prod([y.shape[axis] for axis in kept_y]))
    )
    kind = preferred_element_type or np.result_type(x, y)
    product = np.matmul(rows.astype(kind, copy=False), columns.astype(kind, copy=False))
    return product.reshape(shape)


def broadcast_in_dim(x: Any, *, shape: Any, broadcast_dimensions: Any, sharding: Any = None) -> Any:
    """The array repeated along new axes and axes of length one."""
    require(sharding is None)
    lengths = [1] * len(shape)
    for axis, place in enumerate(broadcast_dimensions):
        lengths[place] = x.shape[axis]
    return np.broadcast_to(x.reshape(lengths), shape)


def reshape(x: Any, *, new_sizes: Any, dimensions: Any, sharding: Any = None) -> Any:
    """The same elements in another shape."""
    require(dimensions is None and sharding is None)
    return x.reshape(new_sizes)


def iota(*, dtype: Any, shape: Any, dimension: int, sharding: Any = None) -> Any:
    """Counting along one axis."""
    require(sharding is None)
    counting = indexing.along(dimension, shape[dimension], len(shape))
    return np.broadcast_to(counting.astype(dtype), shape)


def pad(x: Any, filling: Any, *, padding_config: Any) -> Any:
    """The array with something around it and between its elements, or less of it."""
    grown, places, kept = [], [], []
    for size, (before, after, between) in zip(x.shape, padding_config, strict=True):
        first = max(before, 0)
        spread = size + max(size - 1, 0) * between
        grown.append(first + spread + max(after, 0))
        places.append(slice(first, first + spread, between + 1))
        kept.append(slice(max(-before, 0), grown[-1] - max(-after, 0)))
    result = np.full(grown, filling, dtype=x.dtype)
    result[tuple(places)] = x
    return result[tuple(kept)]


def take_slice(x: Any, *, start_indices: Any, limit_indices: Any, strides: Any) -> Any:
    """A part of the array, every so many elements."""
    steps = strides or [1] * x.ndim
    return x[tuple(map(slice, start_indices, limit_indices, steps))]


def split(x: Any, *, sizes: Any, axis: int) -> list[Any]:
    """The array in pieces along one axis."""
    return np.split(x, np.cumsum(sizes)[:-1], axis=axis)


RULES: Mapping[str, Rule] = {
    **{name: elementwise(function) for name, function in ELEMENTWISE.items()},
    "integer_pow": integer_power,
    "round": round_to_even,
    "convert_element_type": convert_element_type,
    "bitcast_convert_type": bitcast_convert_type,
    "select_n": select_n,
    "clamp": clamp,
    "reduce_sum": reduction(np.add),
    "reduce_prod": reduction(np.multiply),
    "reduce_max": reduction(np.maximum),
    "reduce_min": reduction(np.minimum),
    "reduce_and": reduction(np.bitwise_and),
    "reduce_or": reduction(np.bitwise_or),
    "reduce_xor": reduction(np.bitwise_xor),
    "argmin": place_of_extreme(np.argmin),
    "argmax": place_of_extreme(np.argmax),
    "cumsum": cumulation(np.add),
    "cumprod": cumulation(np.multiply),
    "cummax": cumulation(np.maximum),
    "cummin": cumulation(np.minimum),
    "sort": sort,
    "dot_general": dot_general,
    "broadcast_in_dim": broadcast_in_dim,
    "reshape": reshape,
    "squeeze": lambda x, *, dimensions: np.squeeze(x, tuple(dimensions)),
    "transpose": lambda x, *, permutation: np.transpose(x, permutation),
    "rev": lambda x, *, dimensions: np.flip(x, tuple(dimensions)),
    "concatenate": lambda *arrays, dimension: np.concatenate(arrays, dimension),
    "stack": lambda *arrays, axis: np.stack(arrays, axis),
    "split": split,
    "tile": lambda x, *, reps: np.tile(x, reps),
    "unstack": lambda x, *, axis: list(np.moveaxis(x, axis, 0)),
    "pad": pad,
    "slice": take_slice,
    "iota": iota,
    "iota_2x32_shape": keys.counters,
    "threefry2x32": keys.threefry2x32,
    "dynamic_slice": indexing.dynamic_slice,
    "dynamic_update_slice": indexing.dynamic_update_slice,
    "gather": indexing.gather,
    "scatter": indexing.scatter(None),
    "scatter-add": indexing.scatter(np.add),
    "scatter-sub": indexing.scatter(np.subtract),
    "scatter-mul": indexing.scatter(np.multiply),
    "scatter-min": indexing.scatter(np.minimum),
    "scatter-max": indexing.scatter(np.maximum),
}
"""By the name of the primitive."""
