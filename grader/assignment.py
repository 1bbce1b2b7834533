"""The declaration of an assignment: parts, checks, cases, known mistakes; checked when made.

An assignment is plain functions and one frozen table. A check is a function of a `student`
(`grader.attempt.Student`): it asks for answers, compares them, and returns nothing, returns an
`Advice`, or raises `NotRight`. See `exercises/kmeans/assignment.py` for a whole one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grader import rules
from grader.catalogue import Text
from grader.compare import FLOAT32_RTOL, Difference
from grader.errors import AssignmentError
from grader.extract import Given
from grader.kinds import is_function, is_number
from grader.results import Visibility, Whole
from grader.sandbox import Plain

if TYPE_CHECKING:
    from grader.attempt import Student

__all__ = [
    "Advice",
    "Assignment",
    "Case",
    "CellForm",
    "Check",
    "Global",
    "Input",
    "Mistake",
    "NotRight",
    "Part",
    "Through",
    "Visibility",
]

Cases = Callable[[np.random.Generator], "tuple[Case, ...]"]
ROUNDING = 1e-9
"""So much above 1 a sum of shares may be."""


class NotRight(Exception):  # noqa: N818  (a finding, no error of ours)
    """What a check found that is not right: a sentence, and the share of the points still earned.

    A sentence with values in it that is to be translated is `say("{name} has no rows", name=...)`.
    `earned` is between 0 and 1; `differences` are shown in the report for public cases.
    Raises ValueError for another share: it is the check's fault, and gives no points.
    """

    def __init__(
        self,
        message: Text,
        *,
        earned: float = 0.0,
        hint: str = "",
        differences: tuple[Difference, ...] = (),
    ) -> None:
        super().__init__(message)
        if not is_number(earned) or not 0 <= earned <= 1 + ROUNDING:
            msg = f"NotRight: earned: a share from 0 to 1 is needed, got {earned!r}"
            raise ValueError(msg)
        self.message = message
        self.earned = min(float(earned), 1.0)
        self.hint = hint
        self.differences = differences


@dataclass(frozen=True)
class Advice:
    """Something worth saying about an answer that is right."""

    message: Text


@dataclass(frozen=True, eq=False)
class Case:
    """One set of inputs: by role for the call, by name for the globals that the code may read.

    `decoys` are values for the same globals that differ in size and content: a function that is
    given the real values as arguments must not need them.
    """

    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    given: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    decoys: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    visibility: Visibility = field(default=Visibility.HIDDEN, kw_only=True)

    def leaves(self) -> list[Any]:
        """All arrays and numbers in the inputs in the order of their names, out of their tuples."""
        found = []
        pending = [value for _, value in sorted(self.inputs.items(), reverse=True)]
        while pending:
            value = pending.pop()
            if isinstance(value, (tuple, list)):
                pending += reversed(value)
            else:
                found.append(value.array if isinstance(value, Plain) else value)
        return found


@dataclass(frozen=True)
class Input:
    """A role in a call: its name, what parameters for it are called, and the forms it takes.

    `aliases` are regular expressions, tried on the whole parameter name in any case. `forms` are
    expressions in place of the plain name (`jnp.arange(k)`). With `mapped` a parameter may also
    stand for one item, and the call is mapped over the items: (aliases, items' expression).
    `is_optional` inputs are only passed to parameters that ask for them.
    """

    name: str
    aliases: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    mapped: tuple[str, str] | None = field(default=None, kw_only=True)
    is_optional: bool = field(default=False, kw_only=True)
    from_part: tuple[str, int] | None = field(default=None, kw_only=True)
    """The earlier part, and the index in its answer, whose value this is in the exercise."""


@dataclass(frozen=True, kw_only=True)
class Global:
    """A name that the grader binds for each case. `role` is the input that it duplicates."""

    name: str
    role: str = ""
    until: str = ""

    @property
    def given(self) -> Given:
        """The same for the extraction."""
        return Given(name=self.name, until=self.until)


@dataclass(frozen=True, kw_only=True)
class CellForm:
    """How a part looks as a bare cell: the names that it must define, or that it draws after one.

    `defines` are read after the cell has run; with `draws_after`, the drawing statements after
    the last binding of that name are the part.
    """

    defines: tuple[str, ...] = ()
    draws_after: str = ""


@dataclass(frozen=True)
class Through:
    """A part's answer taken from a later part's: that part's name, and the index to take."""

    part: str
    index: int


@dataclass(frozen=True)
class Check:
    """One thing that is checked: its title, the function that looks, the points it gives.

    `needs` names checks of the part of which one must have earned points before this one can.
    """

    name: str
    run: Callable[[Student], Advice | None]
    points: float = field(default=0.0, kw_only=True)
    visibility: Visibility = field(default=Visibility.HIDDEN, kw_only=True)
    is_value: bool = field(default=True, kw_only=True)
    """Whether it looks at values; such checks count in part when a global was read."""
    needs: tuple[str, ...] = field(default=(), kw_only=True)
    hint: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong implementation: called with a case's inputs, it gives its wrong answer.

    When the student's answers equal it on every case, the report gives `says` and `hint`.
    """

    function: Callable[..., Any]
    says: str
    hint: str = field(default="", kw_only=True)
    outputs: tuple[int, ...] = field(default=(), kw_only=True)
    """Which of the returned values are compared, by their place; () compares the whole answer."""
    line: str = field(default="", kw_only=True)
    """A regular expression for the line where it shows, or ''.

    A line of the student's function is marked only when exactly one matches.
    """

    @property
    def name(self) -> str:
        """The mistake's id: its function's name."""
        return self.function.__name__


@dataclass(frozen=True)
class Part:
    """One part: what it is called, how it may be called, and what is checked."""

    name: str
    title: str = field(kw_only=True)
    task: str = field(kw_only=True)
    example: str = field(default="", kw_only=True)
    """A few lines to try in the notebook, with what must come out as a comment."""
    checks: tuple[Check, ...] = field(kw_only=True)
    inputs: tuple[Input, ...] = field(default=(), kw_only=True)
    cases: Cases = field(kw_only=True)
    cases_without: Mapping[str, Cases] = field(default_factory=dict, kw_only=True)
    """Cases for a call that does not pass a role, and so may hold a value of the student's own."""
    near_miss: tuple[str, str] | None = field(default=None, kw_only=True)
    """An expression over `{function}` that is right where the call is not, and what to say."""
    reference: Callable[..., Any] | None = field(default=None, kw_only=True)
    """Called with a case's inputs by name, it gives the expected answer."""
    globals: tuple[Global, ...] = field(default=(), kw_only=True)
    uses: tuple[str, ...] = field(default=(), kw_only=True)
    """Earlier parts that it may call."""
    stand_in: str = field(default="", kw_only=True)
    """An expression in the assignment's stand-in text that can take this part's place."""
    cell: CellForm | None = field(default=None, kw_only=True)
    any_name: bool = field(default=False, kw_only=True)
    """Whether a function of any name may be this part."""
    any_order: bool = field(default=False, kw_only=True)
    """Whether its parameters may come in any order where their names do not tell."""
    through: Through | None = field(default=None, kw_only=True)
    mistakes: tuple[Mistake, ...] = field(default=(), kw_only=True)
    rtol: float = field(default=FLOAT32_RTOL, kw_only=True)
    """How far a value may be off, as a share of its own size and of the largest value."""

    def __post_init__(self) -> None:
        # Whoever draws the cases is told what is wrong with them, before anything is judged.
        object.__setattr__(self, "cases", _validated(self.cases, self))
        if isinstance(self.cases_without, Mapping):
            others = {role: _validated(make, self) for role, make in self.cases_without.items()}
            object.__setattr__(self, "cases_without", others)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the inputs that every call passes."""
        return tuple(item.name for item in self.inputs if not item.is_optional)

    @property
    def points(self) -> float:
        """The points that its checks offer together."""
        return math.fsum(check.points for check in self.checks)


@dataclass(frozen=True)
class _Validated:
    """The cases that `make` draws for a part. Raises AssignmentError that lists what is wrong."""

    make: Cases
    part: Part = field(compare=False, repr=False)

    def __call__(self, draw: np.random.Generator) -> tuple[Case, ...]:
        cases = self.make(draw)
        problems = [f"part {self.part.name!r}: {line}" for line in rules.of_cases(self.part, cases)]
        if problems:
            raise AssignmentError(*problems)
        return cases


def _validated(make: Cases, part: Part) -> Cases:
    """The same cases, validated; what is no function is told with the declaration's problems."""
    inner = make.make if isinstance(make, _Validated) else make
    return _Validated(inner, part) if is_function(inner) else inner


@dataclass(frozen=True)
class Assignment:
    """A whole assignment. Raises AssignmentError that lists every problem of the declaration."""

    name: str
    title: str = field(kw_only=True)
    parts: tuple[Part, ...] = field(kw_only=True)
    notebook: Path = field(kw_only=True)
    """The exercise as it is handed out; definitions equal to it count as not started."""
    also_handed_out: tuple[Path, ...] = field(default=(), kw_only=True)
    """Other forms of the exercise, for the same comparison."""
    stand_ins: str = field(default="", kw_only=True)
    """Python text of right functions that later parts are judged with; never the reference."""
    solutions: tuple[Path, ...] = field(default=(), kw_only=True)
    """Right answers for `grader audit`: Python files with a function for each part.

    Mutants are made of the first; the others are right in other styles.
    """
    whole: Callable[[Mapping[str, Student]], Whole | None] | None = field(
        default=None, kw_only=True
    )
    """What the student's own parts do together, from the students by part; costs no points."""
    reference_cells: tuple[str, ...] = field(default=(), kw_only=True)
    """The reference as a submission: its module's text, and a cell that adapts it, if need be."""
    equivalent_mutants: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Mutants that are right all the same: their names, as the audit prints them, and why."""
    ready_made: tuple[str, ...] = field(default=(), kw_only=True)
    """Names of parts that another exercise brings along, and that do not speak for this one."""
    total: float | None = field(default=None, kw_only=True)
    """What the points must add up to, or None to take whatever they are."""

    def __post_init__(self) -> None:
        problems = rules.problems(self)
        if problems:
            raise AssignmentError(*(f"assignment {self.name!r}: {line}" for line in problems))

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
