"""What JAX's elementwise primitives compute, by NumPy, element by element.

A function raises UnsureError where it is not sure that XLA would give the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class UnsureError(Exception):
    """NumPy may not give what XLA gives."""


def require(condition: object) -> None:
    """Raise UnsureError unless the condition holds."""
    if not condition:
        raise UnsureError


def logistic(x: Any) -> Any:
    """The logistic function of floats."""
    return 1 / (1 + np.exp(-x))


def error_function_inverse(x: Any) -> Any:
    """The inverse error function of float32, by the approximation that XLA uses (Giles, 2012)."""
    require(x.dtype == np.float32)
    w = -np.log1p(-x * x)
    is_central = w < 5
    shifted = np.where(is_central, w - np.float32(2.5), np.sqrt(w) - np.float32(3))
    result = np.float32(0)
    for central, tail in GILES:
        result = np.where(is_central, np.float32(central), np.float32(tail)) + result * shifted
    return np.where(np.abs(x) == 1, x * np.float32(np.inf), result * x)


GILES = (
    (2.81022636e-08, -0.000200214257),
    (3.43273939e-07, 0.000100950558),
    (-3.5233877e-06, 0.00134934322),
    (-4.39150654e-06, -0.00367342844),
    (0.00021858087, 0.00573950773),
    (-0.00125372503, -0.0076224613),
    (-0.00417768164, 0.00943887047),
    (0.246640727, 1.00167406),
    (1.50140941, 2.83297682),
)
"""Coefficients for the center and for the tails, from the highest power down."""


def divide(x: Any, y: Any) -> Any:
    """The quotient, of integers cut towards zero."""
    if x.dtype.kind == "f":
        return np.divide(x, y)
    _require_divisible(x, y)
    quotient = x // y
    return quotient + ((x % y != 0) & ((x < 0) != (y < 0)))


def remainder(x: Any, y: Any) -> Any:
    """The remainder, with the sign of the dividend."""
    if x.dtype.kind != "f":
        _require_divisible(x, y)
    return np.fmod(x, y)


def _require_divisible(x: Any, y: Any) -> None:
    require(np.all(y != 0))
    require(x.dtype.kind == "u" or not np.any((y == -1) & (x == np.iinfo(x.dtype).min)))


def in_total_order(function: Any) -> Callable[..., Any]:
    """A comparison by which -NaN < -inf < -0 < 0 < inf < NaN."""

    def compare(x: Any, y: Any) -> Any:
        return function(_rank(x), _rank(y))

    return compare


def _rank(x: Any) -> Any:
    """Integers that are ordered as the floats are."""
    if x.dtype.kind != "f":
        return x
    bits = np.array(x, order="C").view(f"i{x.dtype.itemsize}")
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


def shift_left(x: Any, places: Any) -> Any:
    """A shift to the left; by as many places as there are bits or more, nothing is left."""
    is_within = (places >= 0) & (places < 8 * x.dtype.itemsize)
    return np.where(is_within, np.left_shift(x, np.where(is_within, places, 0)), x.dtype.type(0))


def shift_right_arithmetic(x: Any, places: Any) -> Any:
    """A shift to the right that keeps the sign."""
    last = 8 * x.dtype.itemsize - 1
    is_within = (places >= 0) & (places < last)
    signed = x.astype(f"i{x.dtype.itemsize}")  # of unsigned numbers too the first bit is kept
    return np.right_shift(signed, np.where(is_within, places, last).astype(signed.dtype)).astype(
        x.dtype
    )


def shift_right_logical(x: Any, places: Any) -> Any:
    """A shift to the right that brings in zeros."""
    unsigned = np.dtype(f"u{x.dtype.itemsize}")
    is_within = (places >= 0) & (places < 8 * x.dtype.itemsize)
    shifted = x.astype(unsigned) >> np.where(is_within, places, 0).astype(unsigned)
    return np.where(is_within, shifted, unsigned.type(0)).astype(x.dtype)


def power(x: Any, y: Any) -> Any:
    """The power of a float."""
    return np.power(x, y.astype(x.dtype))


ELEMENTWISE: Mapping[str, Callable[..., Any]] = {
    "neg": np.negative,
    "sign": np.sign,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "is_finite": np.isfinite,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "cbrt": np.cbrt,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "atan2": np.arctan2,
    "logistic": logistic,
    "erf_inv": error_function_inverse,
    "not": np.invert,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "add": np.add,
    "add_any": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": divide,
    "rem": remainder,
    "max": np.maximum,
    "min": np.minimum,
    "pow": power,
    "nextafter": np.nextafter,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "shift_left": shift_left,
    "shift_right_arithmetic": shift_right_arithmetic,
    "shift_right_logical": shift_right_logical,
    "eq_to": in_total_order(np.equal),
    "le_to": in_total_order(np.less_equal),
    "lt_to": in_total_order(np.less),
    "copy": lambda x: x,
    "stop_gradient": lambda x: x,
}
"""By the name of the primitive, the function of its elements."""
