"""The declaration of an assignment: one frozen table, checked when it is made.

A check is a function of a `student` (`grader.assignment.Student`): it asks for answers, compares
them, and returns nothing, returns an `Advice`, or raises `Incorrect`. See
`exercises/kmeans/assignment.py` for a whole assignment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.assignment import files, rules
from grader.assignment.field_types import wrong_types
from grader.assignment.part import Part
from grader.assignment.student import Student
from grader.assignment.tables import Cases
from grader.compare import FLOAT32_RTOL, FLOAT64_RTOL
from grader.errors import AssignmentError
from grader.old_names import accepting_old_names
from grader.results import CombinedRun


@accepting_old_names
@dataclass(frozen=True)
class Assignment:
    """An assignment. Raises AssignmentError with all problems in its declaration."""

    name: str
    title: str = field(kw_only=True)
    parts: tuple[Part, ...] = field(kw_only=True)
    notebook: Path | tuple[Path, ...] = field(kw_only=True)
    """The exercise as it is released; definitions equal to it count as not started.

    Several notebooks are one exercise: each part is in one of them, which runs by itself.
    """
    other_versions: tuple[Path, ...] = field(default=(), kw_only=True)
    """Other forms of the exercise, for the same comparison."""
    files: tuple[str, ...] = field(default=(), kw_only=True)
    """Files that come with the notebook, by their paths in the assignment's folder.

    Students' code finds them under the same relative paths; `Case.files` puts other content there.
    """
    substitutes: str = field(default="", kw_only=True)
    """Python text of right functions that later parts are judged with; never the reference."""
    solutions: tuple[Path, ...] = field(default=(), kw_only=True)
    """Correct answers for `grader audit`: Python files with a function for each part.

    Mutants are made of the first; the others are right in other styles.
    """
    combined: Callable[[Mapping[str, Student]], CombinedRun | None] | None = field(
        default=None, kw_only=True
    )
    """What the student's own parts do together, from the students by part; costs no points."""
    reference_cells: tuple[str, ...] = field(default=(), kw_only=True)
    """The reference as a submission: its module's text, and a cell that adapts it, if need be."""
    equivalent_mutants: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Mutants that are right all the same: their names, as the audit prints them, and why."""
    accepted_holes: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Wrong answers that may keep their points: their names, as the audit prints them, and why."""
    provided_functions: tuple[str, ...] = field(default=(), kw_only=True)
    """Names of parts that another exercise brings along, and that do not speak for this one."""
    total: float | None = field(default=None, kw_only=True)
    """What the points must add up to, or None to take whatever they are."""
    float64: bool = field(default=False, kw_only=True)
    """Whether everything runs with 64 bits, and inputs are not rounded to 32."""

    def __post_init__(self) -> None:
        if isinstance(self.parts, tuple) and all(isinstance(one, Part) for one in self.parts):
            settled = tuple(_settled(part, float64=bool(self.float64)) for part in self.parts)
            object.__setattr__(self, "parts", settled)
        problems = _problems(self)
        if problems:
            raise AssignmentError(*(f"assignment {self.name!r}: {line}" for line in problems))

    @property
    def folder(self) -> Path:
        """Where the assignment's files are: its notebook, its sentences in other languages."""
        return self.notebooks[0].parent

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """The notebooks of the exercise, of which it mostly has one."""
        return self.notebook if isinstance(self.notebook, tuple) else (self.notebook,)

    @property
    def points(self) -> float:
        """The points of all parts."""
        return math.fsum(part.points for part in self.parts)

    def part(self, name: str) -> Part:
        """The part of that name; KeyError if there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


def _settled(part: Part, *, float64: bool) -> Part:
    """The part with the tolerance and the inputs of the assignment's precision."""
    usual = FLOAT64_RTOL if float64 else FLOAT32_RTOL
    rtol = usual if part.rtol is None else part.rtol
    if not float64:
        return replace(part, rtol=rtol)
    exact = {name: _exact(cases) for name, cases in part.cases_if_omitted.items()}
    return replace(part, rtol=rtol, cases=_exact(part.cases), cases_if_omitted=exact)


def _exact(cases: Cases) -> Cases:
    """The same cases, of ready-made ones those that are not rounded."""
    found: Cases = getattr(cases, "exact", cases)
    return found


def _problems(assignment: Assignment) -> list[str]:
    """Every problem of a declaration, in its order."""
    found = [*wrong_types("", assignment)]
    if found:
        return found
    parts = rules.of_parts(
        assignment.parts, substitutes=assignment.substitutes, total=assignment.total
    )
    return [*_of_assignment(assignment), *parts]


def _of_assignment(assignment: Assignment) -> Iterator[str]:
    if not assignment.parts:
        yield "no parts; add at least one Part"
    if not assignment.notebooks:
        yield "notebook: is empty; name at least one notebook"
        return
    yield from _of_several(assignment.notebooks)
    for path in (*assignment.notebooks, *assignment.other_versions):
        if not path.is_file():
            yield f"notebook {path.name!r} does not exist; check the path"
    for path in assignment.solutions:
        if not path.is_file():
            yield f"solution {path.name!r} does not exist; check the path"
    own = (*assignment.notebooks, *assignment.other_versions, *assignment.solutions)
    yield from files.wrong_names(assignment.folder, assignment.files, own)
    yield from _without_reason(assignment)
    wrong = rules.syntax_problem(assignment.substitutes, "exec")
    if wrong:
        yield f"{origin(assignment)}: is not valid Python: {wrong}; fix the text"
    if not assignment.title.strip():
        yield "title: is empty; write what students should see"


def _of_several(notebooks: Sequence[Path]) -> Iterator[str]:
    """What is wrong with notebooks that are released side by side."""
    names = [path.name for path in notebooks]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"notebook {name!r} is there {names.count(name)} times; use each name once"
    if len({path.parent for path in notebooks}) > 1:
        yield f"notebook: {', '.join(names)} are in different folders; put them into one"


def _without_reason(assignment: Assignment) -> Iterator[str]:
    for key, reason in assignment.equivalent_mutants.items():
        if not reason.strip():
            yield f"equivalent mutant {key!r}: no reason given; say why it is also correct"
    for key, reason in assignment.accepted_holes.items():
        if not reason.strip():
            yield f"accepted hole {key!r}: no reason given; say why it may keep its points"


def origin(assignment: Assignment) -> str:
    """The name of the file that the substitutes are from, where that is known, or `substitutes`."""
    for path in assignment.solutions:
        if path.is_file() and path.read_text("utf-8", "replace") == assignment.substitutes:
            return path.name
    return "substitutes"
