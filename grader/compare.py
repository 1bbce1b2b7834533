"""Whether two values agree, and if not, how they differ.

The rule of the house, in this order, stopping at the first that does not hold: structure,
shape, kind of dtype, finiteness, then values with

    |got - want| <= rtol * |want| + rtol * max|want|

so that the tolerance comes from the reference's scale, never from the student's value, and
a correct float32 answer that was summed in another order does not fail by rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT32_RTOL = 1e-4
"""Room for float32: right forms of a few hundred operations err by at most 2e-5 of the scale."""

_KIND_WORDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats", "c": "complex"}


class Reason(StrEnum):
    """What differed first."""

    STRUCTURE = "structure"
    SHAPE = "shape"
    DTYPE = "dtype"
    FINITE = "finite"
    VALUES = "values"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How `got` differs from `want`; `message` is a sentence for the student.

    `got` and `want` are there when both are arrays of one shape; then `allowed` is the
    allowed difference of each entry and `is_off` says which entries exceed it.
    """

    name: str
    reason: Reason
    message: str
    got: NDArray[Any] | None = None
    want: NDArray[Any] | None = None
    allowed: NDArray[np.float64] | None = None
    is_off: NDArray[np.bool_] | None = None
    rtol: float = 0.0

    @property
    def count(self) -> int:
        """How many entries differ by more than is allowed."""
        return 0 if self.is_off is None else int(self.is_off.sum())


def as_array(value: object) -> NDArray[Any] | None:
    """`value` as a plain numeric array, or None when it is no number, array or list of them."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in _KIND_WORDS else None
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return _small_array(value)
    if isinstance(value, (list, tuple)) and value:
        parts = [as_array(item) for item in value]
        shapes = {part.shape for part in parts if part is not None}
        if len(shapes) == 1 and all(part is not None for part in parts):
            return np.stack([part for part in parts if part is not None])
    return None


def _small_array(value: object) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except (OverflowError, ValueError, TypeError):
        return None
    return array if array.dtype.kind in _KIND_WORDS else None


def describe(value: object) -> str:
    """What kind of value this is, in a few words for a student: "an array of shape (3, 2)"."""
    if value is None:
        return "nothing (None)"
    array = as_array(value)
    if array is not None and not isinstance(value, (list, tuple)):
        return "a single number" if array.ndim == 0 else f"an array of shape {array.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {_plural(len(value), 'value')}"
    if isinstance(value, list):
        return f"a list of {_plural(len(value), 'value')}"
    name = str(getattr(value, "type_name", type(value).__name__))
    if name == "coroutine":
        return "a coroutine (remove `async` from the definition)"
    return f"a value of type {name}"


def difference(
    *,
    got: object,
    want: object,
    name: str = "the result",
    rtol: float = FLOAT32_RTOL,
    ignore_kind: bool = False,
) -> Difference | None:
    """How `got` differs from `want`, or None when they agree.

    Shapes: `want` any numeric array or number; `got` anything at all.
    `ignore_kind` accepts integers where floats are expected and the reverse.
    """
    expected = np.asarray(want)
    actual = as_array(got)
    if actual is None:
        return _different(name, Reason.STRUCTURE, f"{name} is {describe(got)}, not an array")
    if actual.shape != expected.shape:
        words = f"{name} has shape {actual.shape}; expected {expected.shape}"
        return _different(name, Reason.SHAPE, words)
    kinds = {_family(actual), _family(expected)}
    if len(kinds) > 1 and not (ignore_kind and kinds == {"i", "f"}):
        got_kind, want_kind = _KIND_WORDS[actual.dtype.kind], _KIND_WORDS[expected.dtype.kind]
        return _different(name, Reason.DTYPE, f"{name} holds {got_kind}; expected {want_kind}")
    actual64 = actual.astype(np.complex128 if actual.dtype.kind == "c" else np.float64)
    expected64 = expected.astype(np.complex128 if expected.dtype.kind == "c" else np.float64)
    is_odd = ~np.isfinite(actual64) & np.isfinite(expected64)
    if is_odd.any():
        return Difference(
            name=name,
            reason=Reason.FINITE,
            message=f"{name} has {_odd_words(actual64, is_odd)}",
            got=actual,
            want=expected,
            is_off=is_odd,
            rtol=rtol,
        )
    return _values(name, actual64, expected64, rtol)


def agreement(*, got: object, want: object) -> float:
    """The share of the values in `want`, an array or a tuple of them, that `got` agrees with."""
    if isinstance(want, tuple):
        if not isinstance(got, (tuple, list)) or len(got) != len(want):
            return 0.0
        shares = [agreement(got=g, want=w) for g, w in zip(got, want, strict=True)]
        return sum(shares) / max(len(shares), 1)
    return 1.0 if difference(got=got, want=want, ignore_kind=True) is None else 0.0


def _values(name: str, got: NDArray[Any], want: NDArray[Any], rtol: float) -> Difference | None:
    finite = np.abs(want[np.isfinite(want)])
    scale = float(finite.max()) if finite.size else 0.0
    allowed = rtol * np.abs(want) + rtol * scale
    with np.errstate(invalid="ignore", over="ignore"):
        is_same = (np.abs(got - want) <= allowed) | (got == want)
    is_same &= np.isfinite(want) | (got == want)
    is_same |= np.isnan(got) & np.isnan(want)
    if is_same.all():
        return None
    off = int((~is_same).sum())
    amount = f"in {off} of {want.size} entries" if want.ndim else ""
    return Difference(
        name=name,
        reason=Reason.VALUES,
        message=f"{name} differs {amount}".rstrip(),
        got=got,
        want=want,
        allowed=np.asarray(allowed),
        is_off=np.asarray(~is_same),
        rtol=rtol,
    )


def _different(name: str, reason: Reason, message: str) -> Difference:
    return Difference(name=name, reason=reason, message=message)


def _family(array: NDArray[Any]) -> str:
    return "i" if array.dtype.kind in "iu" else array.dtype.kind


def _odd_words(values: NDArray[Any], is_odd: NDArray[np.bool_]) -> str:
    word = "NaN" if np.isnan(values[is_odd]).any() else "an infinite value"
    if values.ndim == 0:
        return f"the value {word}" if word == "NaN" else word
    if values.ndim == 1:
        return f"{word} in {int(is_odd.sum())} of {values.size} entries"
    rows = np.flatnonzero(is_odd.reshape(is_odd.shape[0], -1).any(axis=1))
    shown = ", ".join(str(row) for row in rows[:3]) + (", ..." if rows.size > 3 else "")
    label = "row" if rows.size == 1 else "rows"
    return f"{word} in {rows.size} of {values.shape[0]} rows: {label} {shown}"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
