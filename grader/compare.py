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

from grader.answers import pairs
from grader.catalog import Message, Text, say
from grader.old_names import renamed

__all__ = ["FLOAT32_RTOL", "as_array", "describe_value", "difference", "matching_share"]

FLOAT32_RTOL = 1e-4
"""Room for float32: right forms of a few hundred operations err by at most 2e-5 of the scale."""

_KINDS = {"b": "b", "i": "i", "u": "i", "f": "f", "c": "c"}
"""The kinds of numbers that are compared, by the letters of NumPy: integers are one kind."""
RESULT = say("difference.result")


class Reason(StrEnum):
    """What differed first."""

    STRUCTURE = "structure"
    SHAPE = "shape"
    DTYPE = "dtype"
    FINITE = "finite"
    VALUES = "values"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How `got` differs from `want`; `name` and `message` are for the student.

    `got` and `want` are there when both are arrays of one shape; then `allowed` is the
    allowed difference of each entry and `is_off` says which entries exceed it.
    """

    name: Text
    reason: Reason
    message: Text
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
    """`value` as a numeric array, or None when it is not a number, an array, or a list of them."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in _KINDS else None
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
    return array if array.dtype.kind in _KINDS else None


def describe_value(value: object) -> Message:
    """What kind of value this is, in a few words for a student: "an array of shape (3, 2)"."""
    if value is None:
        return say("value.none")
    array = as_array(value)
    if array is not None and not isinstance(value, (list, tuple)):
        return say("value.array", shape=array.shape) if array.ndim else say("value.number")
    if isinstance(value, (tuple, list)):
        return say("value.tuple" if isinstance(value, tuple) else "value.list", n=len(value))
    name = str(getattr(value, "type_name", type(value).__name__))
    return say("value.coroutine") if name == "coroutine" else say("value.of_type", name=name)


def difference(
    *,
    got: object,
    want: object,
    name: Text = RESULT,
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
        word = "difference.nothing" if got is None else "difference.structure"
        said = say(word, name=name, what=describe_value(got))
        return Difference(name=name, reason=Reason.STRUCTURE, message=said)
    if actual.shape != expected.shape:
        said = say("difference.shape", name=name, got=actual.shape, want=expected.shape)
        return Difference(name=name, reason=Reason.SHAPE, message=said)
    kinds = {_family(actual), _family(expected)}
    if len(kinds) > 1 and not (ignore_kind and kinds == {"i", "f"}):
        got_kind, want_kind = (say(f"kind.{_family(array)}") for array in (actual, expected))
        said = say("difference.dtype", name=name, got=got_kind, want=want_kind)
        return Difference(name=name, reason=Reason.DTYPE, message=said)
    actual64 = actual.astype(np.complex128 if actual.dtype.kind == "c" else np.float64)
    expected64 = expected.astype(np.complex128 if expected.dtype.kind == "c" else np.float64)
    is_odd = ~np.isfinite(actual64) & np.isfinite(expected64)
    if is_odd.any():
        return Difference(
            name=name,
            reason=Reason.FINITE,
            message=_odd(name, actual64, is_odd),
            got=actual,
            want=expected,
            is_off=is_odd,
            rtol=rtol,
        )
    return _values(name, actual64, expected64, rtol)


def matching_share(*, got: object, want: object) -> float:
    """The share of the values in `want` that `got` matches."""
    both = pairs(got=got, want=want)
    same = [difference(got=g, want=w, ignore_kind=True) is None for _, g, w in both or ()]
    return sum(same) / len(same) if same else 0.0


def _values(name: Text, got: NDArray[Any], want: NDArray[Any], rtol: float) -> Difference | None:
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
    said = say("difference.entries", name=name, count=off, size=want.size)
    return Difference(
        name=name,
        reason=Reason.VALUES,
        message=said if want.ndim else say("difference.number", name=name),
        got=got,
        want=want,
        allowed=np.asarray(allowed),
        is_off=np.asarray(~is_same),
        rtol=rtol,
    )


def _family(array: NDArray[Any]) -> str:
    return _KINDS[array.dtype.kind]


def _odd(name: Text, values: NDArray[Any], is_odd: NDArray[np.bool_]) -> Message:
    word = "nan" if np.isnan(values[is_odd]).any() else "infinite"
    if values.ndim == 0:
        return say(f"difference.{word}", name=name)
    if values.ndim == 1:
        count = int(is_odd.sum())
        return say(f"difference.{word}_entries", name=name, count=count, size=values.size)
    rows = np.flatnonzero(is_odd.reshape(is_odd.shape[0], -1).any(axis=1))
    shown = ", ".join(str(row) for row in rows[:3]) + (", …" if rows.size > 3 else "")
    size = values.shape[0]
    return say(f"difference.{word}_rows", name=name, n=rows.size, size=size, rows=shown)


def __getattr__(name: str) -> object:
    """What had another name before."""
    old = {
        "agreement": ("matching_share", matching_share),
        "describe": ("describe_value", describe_value),
    }
    return renamed(__name__, name, old)
