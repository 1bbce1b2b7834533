"""The answer key: test cases and reference answers, computed once for a class."""

from __future__ import annotations

import ast
import itertools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment import Assignment, Case, Part
from grader.assignment.drawing import draw_cases
from grader.errors import AssignmentError
from grader.judging.fingerprint import of_class
from grader.judging.reference_answers import reference_answer, why_none
from grader.reading.cells import Cell, ParsedCell
from grader.reading.definitions import DEFINITIONS, is_placeholder
from grader.reading.statement_names import plain_targets
from grader.reading.statements import statements_of
from grader.reading.submission import read_submission
from grader.results import Visibility

OTHER = "other {name}"
"""What a case is called that is like the one of that name, with other numbers."""


@dataclass(frozen=True, kw_only=True)
class AnswerKey:
    """Test cases and reference answers by part, and the exercise as it was released."""

    assignment: Assignment
    seed: int
    cases: Mapping[str, tuple[Case, ...]]
    expected: Mapping[str, Mapping[str, Any]]
    stubs: tuple[Any, ...]
    """The statements of the exercise's own notebooks."""
    handed_out: tuple[tuple[Cell, ...], ...] = ()
    """The cells of the exercise's own notebooks, where a part is answered in words."""
    _without: dict[tuple[str, str], tuple[tuple[Case, ...], Mapping[str, Any]]] = field(
        default_factory=dict
    )

    _others: dict[str, tuple[Case, ...]] = field(default_factory=dict)

    def others(self, part: Part) -> tuple[Case, ...]:
        """Cases of the part that nothing is checked on: the same shapes, other numbers."""
        if part.name not in self._others:
            draw = generator(self.seed, part.name, "others")
            assignment = self.assignment
            drawn = draw_cases(part, draw, folder=assignment.folder, files=assignment.files)
            self._others[part.name] = tuple(
                replace(case, name=OTHER.format(name=case.name)) for case in drawn
            )
        return self._others[part.name]

    @cached_property
    def shared(self) -> str:
        """What the results of a class depend on in common; see `grader.judging.fingerprint`."""
        return of_class(self.assignment, itertools.chain(*self.cases.values()))

    def without(self, part: Part, role: str) -> tuple[tuple[Case, ...], Mapping[str, Any]]:
        """Cases and expected answers for calls of a part that do not pass a role."""
        key = (part.name, role)
        if key not in self._without:
            draw = generator(self.seed, *key)
            assignment, other = self.assignment, part.cases_if_omitted[role]
            cases = draw_cases(
                part, draw, folder=assignment.folder, cases=other, files=assignment.files
            )
            right = {case.name: _right(assignment, part, case) for case in cases}
            self._without[key] = cases, right
        return self._without[key]


def draw_key(assignment: Assignment, seed: int) -> AnswerKey:
    """Draw the cases and ask the reference. Raises AssignmentError when it does not answer."""
    cases = {}
    expected = {}
    for part in assignment.parts:
        cases[part.name] = _drawn(assignment, part, seed)
        expected[part.name] = {
            case.name: _right(assignment, part, case) for case in cases[part.name]
        }
    return AnswerKey(
        assignment=assignment,
        seed=seed,
        cases=cases,
        expected=expected,
        stubs=tuple(node for node in handed_out(assignment) if _is_to_write(node, assignment)),
        handed_out=cells_handed_out(assignment),
    )


def _is_to_write(node: ast.stmt, assignment: Assignment) -> bool:
    """Whether it is a definition, or binds the name of a part to something that is no answer."""
    names = {part.name for part in assignment.parts}
    is_definition = isinstance(node, DEFINITIONS) or is_placeholder(node)
    is_value = isinstance(getattr(node, "value", None), ast.Constant)
    return is_definition or (is_value and bool(names & plain_targets(node)))


def cells_handed_out(assignment: Assignment) -> tuple[tuple[Cell, ...], ...]:
    """The cells of the exercise's own notebooks; nothing where no part is answered in words."""
    if not any(part.is_written for part in assignment.parts):
        return ()
    notebooks = (*assignment.notebooks, *assignment.other_versions)
    return tuple(read_submission(path).cells for path in notebooks)


def shared_by_class(assignment: Assignment, seed: int) -> str:
    """What `AnswerKey.shared` of such a key is, without an answer of the reference."""
    parts = assignment.parts if assignment.files else ()
    return of_class(assignment, itertools.chain(*(_drawn(assignment, p, seed) for p in parts)))


def _drawn(assignment: Assignment, part: Part, seed: int) -> tuple[Case, ...]:
    draw = generator(seed, part.name)
    return draw_cases(part, draw, folder=assignment.folder, files=assignment.files)


def handed_out(assignment: Assignment) -> tuple[ast.stmt, ...]:
    """The statements of the exercise's own notebooks."""
    notebooks = (*assignment.notebooks, *assignment.other_versions)
    return tuple(s.node for path in notebooks for s in statements_of(_code(path)))


def generator(seed: int, *names: str) -> np.random.Generator:
    """What cases are drawn from: of its own for each part, and for each role that it lacks."""
    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])


def described(answer_key: AnswerKey) -> dict[str, tuple[str, ...]]:
    """The hidden inputs of each part in words for staff: the case, and what goes in."""
    return {
        part.name: tuple(
            _described(part, case)
            for case in answer_key.cases[part.name]
            if case.visibility is Visibility.HIDDEN
        )
        for part in answer_key.assignment.parts
    }


def _described(part: Part, case: Case) -> str:
    values = ((item.name, case.inputs.get(item.name)) for item in part.inputs)
    said = [f"`{name}` {_kind(value)}".strip() for name, value in values if value is not None]
    return f"{case.name}: {', '.join(said)}" if said else case.name


def _kind(value: Any) -> str:
    """A number as it stands, of an array its shape, of anything else nothing."""
    if isinstance(value, (int, float)):
        return f"{value:g}"
    shape = getattr(value, "shape", None)
    return "" if shape is None else str(tuple(shape))


def _right(assignment: Assignment, part: Part, case: Case) -> Any:
    if part.reference is None:
        return None
    try:
        return reference_answer(assignment, part, case)
    except AssignmentError:
        raise
    except Exception as error:
        where = f"part {part.name!r}, test case {case.name!r}"
        said = why_none(part, error, assignment.folder)
        raise AssignmentError(f"{where}: {said}") from error


def _code(path: Path) -> list[ParsedCell]:
    return read_submission(path).parsed_cells
