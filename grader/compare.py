"""Whether two values agree, and if not, how they differ.

Both are trees (`grader.answers`), and the first leaf that differs is named as it is written:
`params[0]["w"]`. Text, bytes, sets and None are compared by `==`. For numbers holds the rule of
the house, in this order, stopping at the first that does not hold: structure, shape, kind of
dtype, finiteness, then values with

    |got - want| <= rtol * |want| + rtol * max|want|

so that the tolerance comes from the reference's scale, never from the student's value, and
a correct float32 answer that was summed in another order does not fail by rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader import answers
from grader.answers import pairs
from grader.catalog import Message, Text, say
from grader.old_names import renamed

__all__ = ["FLOAT32_RTOL", "as_array", "describe_value", "difference", "matching_share"]

FLOAT32_RTOL = 1e-4
"""Room for float32: right forms of a few hundred operations err by at most 2e-5 of the scale."""
FLOAT64_RTOL = 1e-10
"""The same for assignments with 64 bits."""

_KINDS = {"b": "b", "i": "i", "u": "i", "f": "f", "c": "c"}
"""The kinds of numbers that are compared, by the letters of NumPy: integers are one kind."""
RESULT = say("difference.result")
_ROOT = "result"
"""What a result is called where a part of it is named."""
_HALF_RTOL = {"float16": 4e-3, "bfloat16": 3e-2}
"""At least so much room for types with few digits: four of their steps."""
_SHOWN = 60
"""So many characters of a text are shown."""


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
    def message_id(self) -> str:
        """The id of its sentence."""
        return getattr(self.message, "id", "")

    @property
    def count(self) -> int:
        """How many entries differ by more than is allowed."""
        return 0 if self.is_off is None else int(self.is_off.sum())


def as_array(value: Any) -> NDArray[Any] | None:
    """`value` as a numeric array, or None when it is not a number, an array, or a list of them."""
    if isinstance(value, np.ndarray):
        if value.dtype.name == "bfloat16":
            return value.astype(np.float32)
        return value if value.dtype.kind in _KINDS else None
    if answers.is_record(value):
        return _columns(value) if value.type_name == "DataFrame" else _of_named_tuple(value)
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return _small_array(value)
    if isinstance(value, (list, tuple)) and value:
        parts = [as_array(item) for item in value]
        shapes = {part.shape for part in parts if part is not None}
        if len(shapes) == 1 and all(part is not None for part in parts):
            return np.stack([part for part in parts if part is not None])
    return None


def _columns(frame: Any) -> NDArray[Any] | None:
    """A table whose columns are all numbers, as one array."""
    array = as_array(list(frame.values))
    return None if array is None else array.T


def _of_named_tuple(value: Any) -> NDArray[Any] | None:
    return as_array(value.values) if value.is_tuple else None


def _small_array(value: object) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except (OverflowError, ValueError, TypeError):
        return None
    return array if array.dtype.kind in _KINDS else None


def describe_value(value: Any) -> Message:  # noqa: PLR0911  (a table of kinds)
    """What kind of value this is, in a few words for a student: "an array of shape (3, 2)"."""
    if value is None:
        return say("value.none")
    if isinstance(value, (str, bytes)):
        return say("value.text" if isinstance(value, str) else "value.bytes")
    if isinstance(value, (tuple, list)):
        return say("value.tuple" if isinstance(value, tuple) else "value.list", n=len(value))
    if isinstance(value, dict):
        keys = ", ".join(f"`{answers.shown_key(key)}`" for key in [*value][:6])
        return say("value.dict", n=len(value), keys=keys) if value else say("value.empty_dict")
    if isinstance(value, frozenset):
        return say("value.set")
    if answers.is_record(value):
        return say("value.record", name=value.type_name)
    array = as_array(value)
    if array is not None:
        return say("value.array", shape=array.shape) if array.ndim else say("value.number")
    if isinstance(value, int):
        return say("value.wide")
    name = str(getattr(value, "type_name", type(value).__name__))
    why = str(getattr(value, "why", ""))
    if name == "coroutine":
        return say("value.coroutine")
    return say(f"value.{why}", name=name) if why in _WHY else say("value.of_type", name=name)


_WHY = frozenset(
    {"coroutine", "function", "class", "module", "generator"}
    | {"tracer", "gone", "many", "deep", "large"}
)
"""Why a value could not be carried here, as far as that is told."""


def difference(  # noqa: PLR0913  (all by name)
    *,
    got: Any,
    want: Any,
    name: Text = RESULT,
    rtol: float = FLOAT32_RTOL,
    ignore_kind: bool | None = False,
    strict_tree: bool = False,
) -> Difference | None:
    """How `got` differs from `want`, or None when they agree.

    Shapes: `want` any tree of arrays, numbers and text; `got` anything at all.
    `ignore_kind` accepts integers where floats are expected and the reverse; None only the
    former. With `strict_tree` a list is no tuple.
    """
    rules = _Rules(rtol, ignore_kind, strict_tree)
    return _of_trees(got, want, name, "", rules)


@dataclass(frozen=True)
class _Rules:
    rtol: float
    ignore_kind: bool | None
    strict_tree: bool


def _of_trees(got: Any, want: Any, name: Text, place: str, rules: _Rules) -> Difference | None:
    """The first difference in the order of `want`; `place` is where in the whole this is."""
    called = _called(name, place)
    if answers.kind_of(want):
        as_numbers = None if rules.strict_tree else _as_numbers(got, want)
        if as_numbers is not None:
            return _of_leaves(*as_numbers, called, rules)
        said = _of_nodes(got, want, called, is_root=not place, strict=rules.strict_tree)
        if said is not None:
            return Difference(name=called, reason=Reason.STRUCTURE, message=said)
        mine = answers.matched(got=got, want=want) or []
        for (step, right), one in zip(answers.items_of(want), mine, strict=True):
            found = _of_trees(one, right, name, place + answers.written((step,)), rules)
            if found is not None:
                return found
        return None
    if want is None or isinstance(want, (str, bytes, frozenset)):
        return _of_plain(got, want, called)
    return _of_leaves(got, want, called, rules)


def _as_numbers(got: Any, want: Any) -> tuple[Any, Any] | None:
    """Both as arrays, where a list of numbers is meant or an array stands for a sequence."""
    is_table = getattr(want, "type_name", "") == "DataFrame"
    is_array = isinstance(got, np.ndarray) and (isinstance(want, list) or is_table)
    if not (is_array or answers.is_list_of_numbers(want)):
        return None
    both = as_array(got), as_array(want)
    return None if both[0] is None or both[1] is None else both


def _called(name: Text, place: str) -> Text:
    """The name of a leaf as it is written in code."""
    if not place:
        return name
    owner = _ROOT
    if isinstance(name, str):
        owner = name.strip("`")
    elif name is not RESULT:
        return say("difference.leaf", name=name, place=place)
    return f"`{owner}{place}`"


def _of_nodes(got: Any, want: Any, name: Text, *, is_root: bool, strict: bool) -> Message | None:
    """What is wrong with a node itself, or None."""
    kinds = answers.kind_of(got), answers.kind_of(want)
    if isinstance(got, dict) and isinstance(want, dict):
        return _of_keys([*got], [*want], name)
    if kinds == (answers.RECORD, answers.RECORD) and all(got.names) and all(want.names):
        found = answers.not_alike(got, want)
        return found and say(f"difference.{found[0]}_field", name=name, key=f"`{found[1]}`")
    is_other = (
        type(got) is not type(want) if strict else answers.matched(got=got, want=want) is None
    )
    if not is_other:
        return None
    if got is None:
        return say("difference.nothing", name=name, what=describe_value(got))
    if is_root and isinstance(want, (tuple, list)):
        is_sequence = isinstance(got, (tuple, list))
        if not (is_sequence and len(got) == len(want)):
            return say("difference.count", what=describe_value(got), count=len(want))
    return say("difference.tree", name=name, got=describe_value(got), want=describe_value(want))


def _of_keys(got: list[Any], want: list[Any], name: Text) -> Message | None:
    """The first key that is missing or that nobody expects."""
    for word, ones, others in (("no", want, got), ("extra", got, want)):
        for key in ones:
            if key not in others:
                shown = f"`{answers.shown_key(key)}`"
                return say(f"difference.{word}_key", name=name, key=shown)
    return None


def _of_plain(got: Any, want: Any, name: Text) -> Difference | None:
    """How text, bytes, a set or None differ."""
    if type(got) is type(want) and got == want:
        return None
    if type(got) is not type(want) or want is None:
        said = say("difference.tree", name=name, got=describe_value(got), want=describe_value(want))
        if got is None:
            said = say("difference.nothing", name=name, what=describe_value(got))
        return Difference(name=name, reason=Reason.STRUCTURE, message=said)
    said = say("difference.plain", name=name, got=_shown(got), want=_shown(want))
    return Difference(name=name, reason=Reason.VALUES, message=said)


def _shown(value: Any) -> str:
    text = (
        f"{{{', '.join(sorted(map(repr, value)))}}}"
        if isinstance(value, frozenset)
        else repr(value)
    )
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _of_leaves(  # noqa: PLR0911  (the rule's steps)
    got: Any, want: Any, name: Text, rules: _Rules
) -> Difference | None:
    """How two arrays or numbers differ."""
    rtol = max(rules.rtol, _HALF_RTOL.get(np.asarray(want).dtype.name, 0.0))
    expected = as_array(want)
    assert expected is not None
    actual = as_array(got)
    if actual is None:
        word = "structure" if expected.ndim else "no_number"
        word = "nothing" if got is None else word
        said = say(f"difference.{word}", name=name, what=describe_value(got))
        return Difference(name=name, reason=Reason.STRUCTURE, message=said)
    if actual.shape != expected.shape:
        said = say("difference.shape", name=name, got=actual.shape, want=expected.shape)
        return Difference(name=name, reason=Reason.SHAPE, message=said)
    kinds = {_family(actual), _family(expected)}
    is_float = _family(expected) == "f"
    is_loose = is_float if rules.ignore_kind is None else rules.ignore_kind
    if len(kinds) > 1 and not (is_loose and kinds == {"i", "f"}):
        got_kind, want_kind = (say(f"kind.{_family(array)}") for array in (actual, expected))
        said = say("difference.dtype", name=name, got=got_kind, want=want_kind)
        return Difference(name=name, reason=Reason.DTYPE, message=said)
    if kinds <= {"i", "b"}:
        return _exactly(name, actual, expected, rtol)
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
    found = _values(name, actual64, expected64, rtol)
    is_short = np.asarray(got).dtype.itemsize < expected.dtype.itemsize and rtol < FLOAT32_RTOL
    if found is not None and is_short and _values(name, actual64, expected64, FLOAT32_RTOL) is None:
        return replace(found, message=say("difference.precision", name=name))
    return found


def _wrong(name: Text, want: NDArray[Any], is_off: NDArray[np.bool_]) -> Message:
    """That a single value, or so many entries, are others than expected."""
    if want.ndim:
        return say("difference.entries", name=name, count=int(is_off.sum()), size=want.size)
    return say("difference.boolean" if want.dtype.kind == "b" else "difference.number", name=name)


def _exactly(name: Text, got: NDArray[Any], want: NDArray[Any], rtol: float) -> Difference | None:
    """How integers or booleans differ, which are compared exactly."""
    is_off = np.asarray(got != want)
    if not is_off.any():
        return None
    return Difference(
        name=name,
        reason=Reason.VALUES,
        message=_wrong(name, want, is_off),
        got=got.astype(np.float64),
        want=want.astype(np.float64),
        allowed=np.zeros(want.shape),
        is_off=is_off,
        rtol=rtol,
    )


def matching_share(*, got: object, want: object) -> float:
    """The share of the values in `want` that `got` matches."""
    both = pairs(got=got, want=want)
    if both is None:
        return 1.0 if difference(got=got, want=want, ignore_kind=True) is None else 0.0
    same = [difference(got=g, want=w, ignore_kind=True) is None for _, g, w in both]
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
    return Difference(
        name=name,
        reason=Reason.VALUES,
        message=_wrong(name, want, np.asarray(~is_same)),
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
