"""A part of an assignment: its checks, its known mistakes, and what a check may find."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.assignment.field_values import is_number
from grader.assignment.student import Student
from grader.assignment.tables import Cases, CellForm, Global, InlinedIn, Input
from grader.catalog import Text
from grader.compare import FLOAT32_RTOL, Difference
from grader.old_names import accepting_old_names
from grader.results import Visibility

ROUNDING = 1e-9
"""So much above 1 a sum of shares may be."""


class Incorrect(Exception):  # noqa: N818  (a finding, no error of ours)
    """A failed check: a message for the student and the share of points that is kept.

    A sentence with values in it that is to be translated is `say("{name} has no rows", name=...)`.
    `earned` is between 0 and 1; `differences` are shown in the report for public cases.
    Raised `from` a Failure, it is shown with the error that the student's code raised.
    Raises ValueError for another share: it is the check's fault, and gives no points.
    """

    def __init__(
        self,
        message: Text,
        *,
        earned: float = 0.0,
        hint: Text = "",
        differences: tuple[Difference, ...] = (),
    ) -> None:
        super().__init__(message)
        if not is_number(earned) or not 0 <= earned <= 1 + ROUNDING:
            msg = f"Incorrect: earned: expected a share from 0 to 1, got {earned!r}"
            raise ValueError(msg)
        self.message = message
        self.earned = min(float(earned), 1.0)
        self.hint = hint
        self.differences = differences


@dataclass(frozen=True)
class Advice:
    """A tip about a correct answer."""

    message: Text


@accepting_old_names
@dataclass(frozen=True)
class Check:
    """One check of a part: its title, its function, and its points.

    `needs` names checks of the part of which one must have earned points before this one can.
    """

    name: str
    run: Callable[[Student], Advice | None]
    points: float = field(default=0.0, kw_only=True)
    visibility: Visibility = field(default=Visibility.HIDDEN, kw_only=True)
    compares_values: bool = field(default=True, kw_only=True)
    """Whether it looks at values; such checks count in part when a global was read."""
    needs: tuple[str, ...] = field(default=(), kw_only=True)
    hint: str = field(default="", kw_only=True)
    is_by_hand: bool = field(default=False, kw_only=True)
    """Whether a person decides it; see `ready.by_hand`."""
    rubric: str = field(default="", kw_only=True)
    """What the points of such a check are for, for those who decide; students never see it."""


@accepting_old_names
@dataclass(frozen=True)
class Mistake:
    """A known mistake: a plausible wrong implementation, recognized by its results.

    When the student's answers equal it on every case, the report gives `message` and `hint`.
    """

    function: Callable[..., Any]
    message: str
    hint: str = field(default="", kw_only=True)
    compare_outputs: tuple[int, ...] = field(default=(), kw_only=True)
    """Which of the returned values are compared, by their place; () compares the whole answer."""
    line_pattern: str = field(default="", kw_only=True)
    """A regular expression for the line where it shows, or ''.

    A line of the student's function is marked only when exactly one matches.
    """

    @property
    def name(self) -> str:
        """The mistake's id: its function's name."""
        return self.function.__name__


@accepting_old_names
@dataclass(frozen=True)
class Part:
    """One graded part of an assignment: its name, its inputs, and its checks."""

    name: str
    title: str = field(kw_only=True)
    task: str = field(kw_only=True)
    example: str = field(default="", kw_only=True)
    """A few lines to try in the notebook, with what must come out as a comment."""
    checks: tuple[Check, ...] = field(kw_only=True)
    inputs: tuple[Input, ...] = field(default=(), kw_only=True)
    cases: Cases = field(kw_only=True)
    cases_if_omitted: Mapping[str, Cases] = field(default_factory=dict, kw_only=True)
    """Test cases for a call that does not pass a role and may use the student's own value."""
    near_miss: tuple[str, str] | None = field(default=None, kw_only=True)
    """An expression over `{function}` that is right where the call is not, and what to say."""
    reference: Callable[..., Any] | None = field(default=None, kw_only=True)
    """Called with a case's inputs by name, it gives the expected answer. A class is called too."""
    observe: str | Mapping[str, str] = field(default="", kw_only=True)
    """What is looked at: an expression over `{call}`, the inputs, `helpers` and `needs`.

    Or several by name; '' is what the call gives.
    """
    helpers: Path | str = field(default="", kw_only=True)
    """A file or a text of trusted Python: its names are there for expressions."""
    needs: tuple[str, ...] = field(default=(), kw_only=True)
    """Names of the student's own that expressions use."""
    free: bool = field(default=False, kw_only=True)
    """Whether many answers are right: what the checks accept is, whatever the reference gives."""
    strict_tree: bool = field(default=False, kw_only=True)
    """Whether a list is no tuple in an answer."""
    globals: tuple[Global, ...] = field(default=(), kw_only=True)
    depends_on: tuple[str, ...] = field(default=(), kw_only=True)
    """Earlier parts that it may call."""
    substitute: str = field(default="", kw_only=True)
    """An expression in the assignment's stand-in text that can take this part's place."""
    cell: CellForm | None = field(default=None, kw_only=True)
    accepts_any_name: bool = field(default=False, kw_only=True)
    """Whether a function of any name may be this part."""
    any_order: bool = field(default=False, kw_only=True)
    """Whether its parameters may come in any order where their names do not tell."""
    inlined_in: InlinedIn | None = field(default=None, kw_only=True)
    mistakes: tuple[Mistake, ...] = field(default=(), kw_only=True)
    rtol: float | None = field(default=None, kw_only=True)
    """How far a value may be off, as a share of its own size and of the largest value.

    None is what the assignment's precision allows: 1e-4, or 1e-10 with 64 bits.
    """
    is_written: bool = field(default=False, kw_only=True)
    """Whether it is answered in words; see `ready.written`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, and those that its cell defines: what a submission has of it under a name."""
        return (self.name, *(self.cell.defines if self.cell else ()))

    @property
    def tolerance(self) -> float:
        """How far a value may be off."""
        return FLOAT32_RTOL if self.rtol is None else self.rtol

    @property
    def observed(self) -> str:
        """The expression of what is looked at; '' where that is what the call gives."""
        if isinstance(self.observe, str):
            return self.observe
        return f"{{{', '.join(f'{name!r}: ({text})' for name, text in self.observe.items())}}}"

    @property
    def helper_text(self) -> str:
        """The text of the helpers."""
        return self.helpers if isinstance(self.helpers, str) else self.helpers.read_text("utf-8")

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the inputs that every call passes."""
        return tuple(item.name for item in self.inputs if not item.is_optional)

    @property
    def points(self) -> float:
        """The points that its checks offer together."""
        return math.fsum(check.points for check in self.checks)
