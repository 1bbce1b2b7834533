"""An assignment's public cases as data: inputs and expected values, for the self-check.

The file contains no code: neither the reference nor a check, only numbers. Which values a public
check looks at is found out by asking it: it must accept the correct answer and refuse one in
which that value is changed. A check that looks at anything else (a figure, say, or another
call) cannot be told as data; its points are decided after handing in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from grader.answers import mapped
from grader.assignment import Assignment, Case, Check, Incorrect, Input, Part
from grader.assignment.by_hand import without_by_hand
from grader.judging.answer_key import draw_key
from grader.results import Visibility, rounded_points
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.values import carried
from grader.selfcheck.encoded import NotDataError, decoded, encoded
from grader.selfcheck.examples import SCHEMA


def export(assignment: Assignment) -> dict[str, Any]:
    """The public cases of an assignment as JSON can hold them, floats rounded to float32.

    Raises: AssignmentError when the reference does not answer.
    """
    return told(assignment)[0]


def told(assignment: Assignment) -> tuple[dict[str, Any], dict[str, str]]:
    """The same, and by part what keeps it from being told as data."""
    answer_key = draw_key(assignment, seed=0)
    parts, left = [], {}
    for number, part in enumerate(assignment.parts, 1):
        cases = [c for c in answer_key.cases[part.name] if c.visibility is Visibility.PUBLIC]
        entry: dict[str, Any] = {
            "name": part.name,
            "title": part.title,
            "number": number,
            "points": rounded_points(_points(part)),
        }
        try:
            entry |= _part(assignment, part, cases, answer_key.expected[part.name])
        except NotDataError as error:
            left[part.name] = error.what
        parts.append(entry)
    return {"schema": SCHEMA, "assignment": assignment.name, "parts": parts}, left


def _points(part: Part) -> float:
    """What a student is told of: of code, the points that the grader gives."""
    return part.points if part.is_written else sum(one.points for one in without_by_hand(part))


def _part(
    assignment: Assignment, part: Part, cases: Sequence[Case], expected: Mapping[str, Any]
) -> dict[str, Any]:
    if part.is_written:
        raise NotDataError("a person reads the answer")
    if part.reference is None:
        raise NotDataError("it has no reference")
    if not cases:
        raise NotDataError("it has no public test case")
    encode = partial(encoded, is_wide=assignment.float64)
    right = {case.name: decoded(encode(expected[case.name])) for case in cases}
    public = [check for check in without_by_hand(part) if check.visibility is Visibility.PUBLIC]
    if not any(check.points for check in public):
        raise NotDataError("it has no public check with points")
    looked = [
        (check, list(_values(check, part, cases, right, encode)))
        for check in public
        if check.points
    ]
    checks = [
        {"name": check.name, "points": rounded_points(check.points), "values": values}
        for check, values in looked
        if values
    ]
    if not checks:
        raise NotDataError("its public checks look at more than the answer to a public test case")
    return {
        "inputs": [_input(item) for item in part.inputs],
        "any_order": part.any_order,
        "globals": {item.name: item.role for item in part.globals if not item.before},
        "uses": list(part.depends_on),
        "rtol": part.tolerance,
        **_looked_at(assignment, part),
        "cases": [_case(part, case, right[case.name], encode) for case in cases],
        "checks": checks,
    }


def _looked_at(assignment: Assignment, part: Part) -> dict[str, Any]:
    """What is looked at, and how, where that is not the plain answer in 32 bits."""
    found = {
        "observe": part.observed,
        "helpers": part.helper_text if part.observe else "",
        "is_strict": part.strict_tree,
        "float64": assignment.float64,
    }
    return {name: value for name, value in found.items() if value}


def _input(item: Input) -> dict[str, Any]:
    return {
        "name": item.name,
        "aliases": list(item.aliases),
        "forms": list(item.expressions),
        "mapped": list(item.per_item) if item.per_item else None,
        "is_optional": item.is_optional,
        **({"is_keyword": True} if item.is_keyword else {}),
        **({"is_variadic": True} if item.is_variadic else {}),
    }


def _case(part: Part, case: Case, want: Any, encode: Callable[[Any], Any]) -> dict[str, Any]:
    texts = [form for item in part.inputs for form in item.expressions]
    texts += [item.per_item[1] for item in part.inputs if item.per_item]
    names = {"jnp": np, "np": np}
    known = {item.name for item in part.inputs}
    if part.observe:  # what is looked at may be made of any input
        known |= {*case.inputs}
    names_of_globals = {item.name for item in part.globals if not item.before}
    return {
        "name": case.name,
        "inputs": {name: encode(carried(v)) for name, v in case.inputs.items() if name in known},
        "expressions": {
            text: encode(eval(text, names, dict(case.inputs)))  # noqa: S307  (the assignment's own)
            for text in texts
        },
        "given": {
            name: encode(carried(v)) for name, v in case.globals.items() if name in names_of_globals
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
        raise NotDataError(name)


def _values(
    check: Check,
    part: Part,
    cases: Sequence[Case],
    right: Mapping[str, Any],
    encode: Callable[[Any], Any],
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
        for index in _indexes(part, want):
            value = want if index is None else want[index]
            found = refused({**right, case.name: _with(want, index, mapped(_other, value))})
            if found is None or isinstance(found, NotDataError):
                continue
            as_floats = {**right, case.name: _with(want, index, mapped(_as_floats, value))}
            is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
            is_array = isinstance(value, np.ndarray)
            yield {
                "case": case.name,
                "index": index,
                "name": _name(found),
                "want": encode(value),
                "ignore_kind": (is_float or refused(as_floats) is None) if is_array else None,
            }


def _indexes(part: Part, want: Any) -> Sequence[int | str | None]:
    """The values that are looked at by themselves: those of a tuple, and what has a name."""
    if isinstance(part.observe, Mapping):
        return tuple(part.observe)
    return range(len(want)) if isinstance(want, tuple) else (None,)


def _with(want: Any, index: int | str | None, value: Any) -> Any:
    if isinstance(index, str):
        return {**want, index: value}
    return value if index is None else (*want[:index], value, *want[index + 1 :])


def _as_floats(value: Any) -> Any:
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


def _other(value: Any) -> Any:
    """Another value of the same kind; of an array, one that differs in every entry."""
    if not isinstance(value, np.ndarray):
        return f"{value}?" if isinstance(value, str) else frozenset({"?"})
    if value.dtype.name == "bfloat16":
        return (value.astype(np.float32) * 2 + 1).astype(value.dtype)
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
