"""An assignment's public cases as data: inputs and expected values, for the self-check.

The file holds no code: neither the reference nor a check, only numbers. Which values a public
check looks at is found out by asking it: it must accept the right answer and refuse one in
which that value is changed. A check that looks at anything else (a figure, say, or another
call) cannot be told as data; its points are decided after handing in.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Assignment, Case, Check, Input, NotRight, Part
from grader.attempt import Attempt
from grader.catalogue import Text, say
from grader.compare import FLOAT32_RTOL, RESULT
from grader.errors import UsageError
from grader.material import prepare
from grader.results import Visibility, points
from grader.sandbox import Failure

SCHEMA = "grader.selfcheck/1"
MOST_BYTES = 8_000_000
_TYPES = {"f": np.float32, "i": np.int32, "u": np.uint32, "b": np.bool_, "c": np.complex64}
_NAMES = frozenset(np.dtype(kind).name for kind in _TYPES.values()) - {"complex64"}
_ODD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class _NoData(Exception):  # noqa: N818  (a limit of the form, no error)
    """Something that cannot be told as data."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value that a check looks at: of which case, which of the returned values, what is right.

    `name` is what the check calls it, or ''.
    """

    case: str
    index: int | None
    name: str
    want: NDArray[Any]
    ignore_kind: bool

    @property
    def called(self) -> Text:
        """What to call it: the check's name for it, or its place among the returned values."""
        if self.name:
            return self.name
        return RESULT if self.index is None else say("value.numbered", number=self.index + 1)


@dataclass(frozen=True, kw_only=True)
class ExampleCheck:
    """A public check: its title, its points, the values that it looks at."""

    name: str
    points: float
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class ExampleCase:
    """A public case: inputs by role, values of the calls' expressions, globals by name.

    `count` is how many values come back as a tuple, 0 when a single one comes back.
    """

    name: str
    inputs: Mapping[str, Any]
    expressions: Mapping[str, Any]
    given: Mapping[str, Any]
    count: int


@dataclass(frozen=True, kw_only=True)
class ExamplePart:
    """A part as the self-check knows it; without checks it is decided after handing in."""

    name: str
    title: str
    number: int
    points: float
    inputs: tuple[Input, ...] = ()
    any_order: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    """Globals that the code may read, and the input that each of them duplicates, or ''."""
    uses: tuple[str, ...] = ()
    rtol: float = FLOAT32_RTOL
    cases: tuple[ExampleCase, ...] = ()
    checks: tuple[ExampleCheck, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The public cases of an assignment."""

    assignment: str
    parts: tuple[ExamplePart, ...]


# Writing -----------------------------------------------------------------------------------


def export(assignment: Assignment) -> dict[str, Any]:
    """The public cases of an assignment as JSON can hold them, floats rounded to float32.

    Raises: AssignmentError when the reference does not answer.
    """
    material = prepare(assignment, seed=0)
    parts = []
    for number, part in enumerate(assignment.parts, 1):
        cases = [c for c in material.cases[part.name] if c.visibility is Visibility.PUBLIC]
        entry: dict[str, Any] = {
            "name": part.name,
            "title": part.title,
            "number": number,
            "points": points(part.points),
        }
        with contextlib.suppress(_NoData):
            entry |= _part(part, cases, material.expected[part.name])
        parts.append(entry)
    return {"schema": SCHEMA, "assignment": assignment.name, "parts": parts}


def _part(part: Part, cases: Sequence[Case], expected: Mapping[str, Any]) -> dict[str, Any]:
    if part.reference is None or not cases:
        raise _NoData
    right = {case.name: _decoded(_encoded(expected[case.name])) for case in cases}
    public = (check for check in part.checks if check.visibility is Visibility.PUBLIC)
    looked = [(check, list(_values(check, part, cases, right))) for check in public if check.points]
    checks = [
        {"name": check.name, "points": points(check.points), "values": values}
        for check, values in looked
        if values
    ]
    if not checks:
        raise _NoData
    return {
        "inputs": [_input(item) for item in part.inputs],
        "any_order": part.any_order,
        "globals": {item.name: item.role for item in part.globals if not item.until},
        "uses": list(part.uses),
        "rtol": part.rtol,
        "cases": [_case(part, case, right[case.name]) for case in cases],
        "checks": checks,
    }


def _input(item: Input) -> dict[str, Any]:
    return {
        "name": item.name,
        "aliases": list(item.aliases),
        "forms": list(item.forms),
        "mapped": list(item.mapped) if item.mapped else None,
        "is_optional": item.is_optional,
    }


def _case(part: Part, case: Case, want: Any) -> dict[str, Any]:
    texts = [form for item in part.inputs for form in item.forms]
    texts += [item.mapped[1] for item in part.inputs if item.mapped]
    names = {"jnp": np, "np": np}
    known = {item.name for item in part.inputs}
    names_of_globals = {item.name for item in part.globals if not item.until}
    return {
        "name": case.name,
        "inputs": {name: _encoded(v) for name, v in case.inputs.items() if name in known},
        "expressions": {
            text: _encoded(eval(text, names, dict(case.inputs)))  # noqa: S307  (the assignment's own)
            for text in texts
        },
        "given": {name: _encoded(v) for name, v in case.given.items() if name in names_of_globals},
        "count": len(want) if isinstance(want, tuple) else 0,
    }


class _Answering:
    """What a check is given here in place of a student: answers that are known beforehand."""

    def __init__(
        self, part: Part, cases: Sequence[Case], expected: Mapping[str, Any], answers: Any
    ) -> None:
        self.cases, self.rtol = tuple(cases), part.rtol
        self.attempt = Attempt(kind="function", part=part, function=part.name)
        self._expected, self._answers = expected, answers

    def expected(self, case: Case) -> Any:
        """The right answer."""
        return self._expected[case.name]

    def answer(self, case: Case) -> Any:
        """The answer that is tried."""
        return self._answers[case.name]

    def evaluate(self, *_: object, **__: object) -> NoReturn:
        """Nothing but the plain call is known here; a check may make do with that."""
        raise Failure("raised")

    def __getattr__(self, name: str) -> NoReturn:
        raise _NoData


def _values(
    check: Check, part: Part, cases: Sequence[Case], right: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The values that a check looks at, none when it cannot be told as data."""

    def refused(answers: Mapping[str, Any]) -> Exception | None:
        student: Any = _Answering(part, cases, right, answers)
        try:
            check.run(student)
        except Exception as found:  # noqa: BLE001  (it may stumble over a wrong answer)
            return found
        return None

    if refused(right) is not None:
        return
    for case in cases:
        want = right[case.name]
        for index in range(len(want)) if isinstance(want, tuple) else (None,):
            value = want if index is None else want[index]
            found = refused({**right, case.name: _with(want, index, _other(value))})
            if found is None or isinstance(found, _NoData):
                continue
            as_floats = {**right, case.name: _with(want, index, value.astype(np.float32))}
            yield {
                "case": case.name,
                "index": index,
                "name": _name(found),
                "want": _encoded(value),
                "ignore_kind": value.dtype.kind == "f" or refused(as_floats) is None,
            }


def _with(want: Any, index: int | None, value: Any) -> Any:
    return value if index is None else (*want[:index], value, *want[index + 1 :])


def _other(value: NDArray[Any]) -> NDArray[Any]:
    """An array of the same kind and shape that differs in every entry."""
    if value.dtype.kind == "b":
        return np.asarray(~value)
    if value.dtype.kind in "iu":
        most = int(value.max(initial=0))
        return np.asarray((value + 1) % (most + 1) if most else value + 1)
    return np.asarray(value + 1 + np.abs(value).max(initial=0))


def _name(found: Exception) -> str:
    """The check's own name for the value, or ''."""
    if isinstance(found, NotRight):
        if found.differences:
            name = found.differences[0].name
            return name if isinstance(name, str) else ""
        quoted = re.search(r"`\w+`", str(found.message))
        if quoted:
            return quoted[0]
    return ""


def _encoded(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return {"tuple": [_encoded(item) for item in value]}
    if isinstance(value, (bool, int)):
        return value
    array = np.asarray(value)
    kind = _TYPES.get(array.dtype.kind)
    if kind is None or array.dtype.kind == "c":
        raise _NoData
    small: NDArray[Any] = array.astype(kind)
    return {
        "dtype": small.dtype.name,
        "shape": list(small.shape),
        "data": [_number(item) for item in small.ravel()],
    }


def number_text(item: Any) -> str:
    """A number as the file holds it."""
    return json.dumps(_number(item))


def _number(item: Any) -> Any:
    """The shortest number that is the same float32 again; NaN and infinity as text."""
    if not isinstance(item, np.floating):
        return item.item()
    return float(str(item)) if np.isfinite(item) else str(item)


# Reading -----------------------------------------------------------------------------------


def load(path: Path | str) -> Examples:
    """The public cases in a file. Raises UsageError when it is no such file."""
    where = Path(path)
    try:
        if where.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        data = json.loads(where.read_bytes().decode("utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError("another schema")
        parts = tuple(_read_part(part) for part in data["parts"])
        return Examples(assignment=str(data["assignment"]), parts=parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        name = type(error).__name__
        msg = f"{where.name}: no example data for a self-check, {name}; download it again"
        raise UsageError(msg) from None


def _read_part(part: Mapping[str, Any]) -> ExamplePart:
    return ExamplePart(
        name=str(part["name"]),
        title=str(part["title"]),
        number=int(part["number"]),
        points=float(part["points"]),
        inputs=tuple(_read_input(item) for item in part.get("inputs", ())),
        any_order=bool(part.get("any_order", False)),
        roles={str(name): str(role) for name, role in part.get("globals", {}).items()},
        uses=tuple(str(name) for name in part.get("uses", ())),
        rtol=_read_rtol(part.get("rtol", FLOAT32_RTOL)),
        cases=tuple(_read_case(case) for case in part.get("cases", ())),
        checks=tuple(_read_check(check) for check in part.get("checks", ())),
    )


def _read_rtol(value: Any) -> float:
    rtol = float(value)
    if not 0 < rtol < 1:
        raise ValueError("a tolerance that is none")
    return rtol


def _read_input(item: Mapping[str, Any]) -> Input:
    for pattern in (*item["aliases"], *(item["mapped"] or ())[:1]):
        re.compile(pattern)
    return Input(
        str(item["name"]),
        tuple(item["aliases"]),
        tuple(item["forms"]),
        mapped=(item["mapped"][0], item["mapped"][1]) if item["mapped"] else None,
        is_optional=bool(item["is_optional"]),
    )


def _read_case(case: Mapping[str, Any]) -> ExampleCase:
    return ExampleCase(
        name=str(case["name"]),
        inputs={str(name): _decoded(value) for name, value in case["inputs"].items()},
        expressions={str(name): _decoded(value) for name, value in case["expressions"].items()},
        given={str(name): _decoded(value) for name, value in case["given"].items()},
        count=int(case["count"]),
    )


def _read_check(check: Mapping[str, Any]) -> ExampleCheck:
    values = tuple(
        Value(
            case=str(value["case"]),
            index=None if value["index"] is None else int(value["index"]),
            name=str(value["name"]),
            want=np.asarray(_decoded(value["want"])),
            ignore_kind=bool(value["ignore_kind"]),
        )
        for value in check["values"]
    )
    return ExampleCheck(name=str(check["name"]), points=float(check["points"]), values=values)


def _decoded(value: Any) -> Any:
    if isinstance(value, (bool, int)):
        return value
    if "tuple" in value:
        return tuple(_decoded(item) for item in value["tuple"])
    if value["dtype"] not in _NAMES:
        raise ValueError("another type")
    data = [_ODD[item] if isinstance(item, str) else item for item in value["data"]]
    return np.array(data, value["dtype"]).reshape(value["shape"])
