"""An assignment's public cases as data: inputs and expected values, for the self-check.

The file contains no code: neither the reference nor a check, only numbers. Which values a public
check looks at is found out by asking it: it must accept the correct answer and refuse one in
which that value is changed. A check that looks at anything else (a figure, say, or another
call) cannot be told as data; its points are decided after handing in.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Assignment, Case, Check, Incorrect, Input, Part
from grader.assignment.by_hand import without_by_hand
from grader.judging.answer_key import draw_key
from grader.results import Visibility, rounded_points
from grader.sandbox.failures import Failure, FailureReason
from grader.selfcheck.examples import SCHEMA, TYPES, decoded


class _NoData(Exception):  # noqa: N818  (a limit of the form, no error)
    """Something that cannot be told as data."""


def export(assignment: Assignment) -> dict[str, Any]:
    """The public cases of an assignment as JSON can hold them, floats rounded to float32.

    Raises: AssignmentError when the reference does not answer.
    """
    answer_key = draw_key(assignment, seed=0)
    parts = []
    for number, part in enumerate(assignment.parts, 1):
        cases = [c for c in answer_key.cases[part.name] if c.visibility is Visibility.PUBLIC]
        entry: dict[str, Any] = {
            "name": part.name,
            "title": part.title,
            "number": number,
            "points": rounded_points(_points(part)),
        }
        with contextlib.suppress(_NoData):
            entry |= _part(part, cases, answer_key.expected[part.name])
        parts.append(entry)
    return {"schema": SCHEMA, "assignment": assignment.name, "parts": parts}


def _points(part: Part) -> float:
    """What a student is told of: of code, the points that the grader gives."""
    return part.points if part.is_written else sum(one.points for one in without_by_hand(part))


def _part(part: Part, cases: Sequence[Case], expected: Mapping[str, Any]) -> dict[str, Any]:
    if part.reference is None or not cases:
        raise _NoData
    right = {case.name: decoded(_encoded(expected[case.name])) for case in cases}
    public = (c for c in without_by_hand(part) if c.visibility is Visibility.PUBLIC)
    looked = [(check, list(_values(check, part, cases, right))) for check in public if check.points]
    checks = [
        {"name": check.name, "points": rounded_points(check.points), "values": values}
        for check, values in looked
        if values
    ]
    if not checks:
        raise _NoData
    return {
        "inputs": [_input(item) for item in part.inputs],
        "any_order": part.any_order,
        "globals": {item.name: item.role for item in part.globals if not item.before},
        "uses": list(part.depends_on),
        "rtol": part.tolerance,
        "cases": [_case(part, case, right[case.name]) for case in cases],
        "checks": checks,
    }


def _input(item: Input) -> dict[str, Any]:
    return {
        "name": item.name,
        "aliases": list(item.aliases),
        "forms": list(item.expressions),
        "mapped": list(item.per_item) if item.per_item else None,
        "is_optional": item.is_optional,
    }


def _case(part: Part, case: Case, want: Any) -> dict[str, Any]:
    texts = [form for item in part.inputs for form in item.expressions]
    texts += [item.per_item[1] for item in part.inputs if item.per_item]
    names = {"jnp": np, "np": np}
    known = {item.name for item in part.inputs}
    names_of_globals = {item.name for item in part.globals if not item.before}
    return {
        "name": case.name,
        "inputs": {name: _encoded(v) for name, v in case.inputs.items() if name in known},
        "expressions": {
            text: _encoded(eval(text, names, dict(case.inputs)))  # noqa: S307  (the assignment's own)
            for text in texts
        },
        "given": {
            name: _encoded(v) for name, v in case.globals.items() if name in names_of_globals
        },
        "count": len(want) if isinstance(want, tuple) else 0,
    }


class _FakeStudent:
    """A student whose answers are known beforehand."""

    def __init__(
        self, part: Part, cases: Sequence[Case], expected: Mapping[str, Any], answers: Any
    ) -> None:
        self.cases, self.rtol = tuple(cases), part.tolerance
        self.part_name = self.function = part.name
        self.is_strict = part.strict_tree
        self.observes = () if isinstance(part.observe, str) else tuple(part.observe)
        self.arguments = frozenset(part.required)
        self._expected, self._answers = expected, answers

    def expected(self, case: Case) -> Any:
        """The correct answer."""
        return self._expected[case.name]

    def answer(self, case: Case) -> Any:
        """The answer that is tried."""
        return self._answers[case.name]

    def evaluate(self, *_: object, **__: object) -> NoReturn:
        """Nothing but the plain call is known here; a check may make do with that."""
        raise Failure(FailureReason.RAISED)

    def __getattr__(self, name: str) -> NoReturn:
        raise _NoData


def _values(
    check: Check, part: Part, cases: Sequence[Case], right: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The values that a check looks at, none when it cannot be told as data."""

    def refused(answers: Mapping[str, Any]) -> Exception | None:
        student: Any = _FakeStudent(part, cases, right, answers)
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
    if isinstance(found, Incorrect):
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
    kind = TYPES.get(array.dtype.kind)
    if kind is None or array.dtype.kind == "c":
        raise _NoData
    small: NDArray[Any] = array.astype(kind)
    return {
        "dtype": small.dtype.name,
        "shape": list(small.shape),
        "data": [_number(item) for item in small.ravel()],
    }


def number_text(item: Any) -> str:
    """A number as the file contains it."""
    return json.dumps(_number(item))


def _number(item: Any) -> Any:
    """The shortest number that is the same float32 again; NaN and infinity as text."""
    if not isinstance(item, np.floating):
        return item.item()
    return float(str(item)) if np.isfinite(item) else str(item)
