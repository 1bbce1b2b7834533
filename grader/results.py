"""What grading produces: statuses, the result of a check, a part and a submission.

All of it is plain immutable data, and none of it has a language: sentences are messages, an id
and its values, until a report puts them into words. `result_to_dict` is the schema
`grader.result/1` of `result.json`; evidence (arrays, pictures, code) is for the HTML report alone
and stays out of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grader.old_names import renamed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grader.catalog import Text
    from grader.compare import Difference

__all__ = ["CombinedRun", "Plot", "Visibility"]

SCHEMA = "grader.result/1"


class SubmissionStatus(StrEnum):
    """How far the submission as a whole got."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    TIMEOUT = "timeout"
    CRASHED = "crashed"


class PartStatus(StrEnum):
    """What became of a part."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    MISSING = "missing"
    ERROR = "error"
    OPEN = "open"


class CheckStatus(StrEnum):
    """What became of a check. ADVICE says something and costs nothing; OPEN waits for a person."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    ADVICE = "advice"
    OPEN = "open"


class State(StrEnum):
    """The finer state of a part that people are shown, see `PartResult.state`."""

    CORRECT = "correct"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    ERROR = "error"
    TIMEOUT = "timeout"
    NOT_STARTED = "not_started"
    NOT_FOUND = "not_found"
    UNCHECKED = "unchecked"
    OPEN = "open"


class Visibility(StrEnum):
    """Whether students may see a check's inputs and expected values."""

    PUBLIC = "public"
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some lines of the student's own code, at most one of them marked.

    `cell` is the code cell's number counted from 1 over all cells, None in a script; `file` the
    name of a file next to the submission; `first_line` the number of the first line shown within
    the cell or file; `marked` the number of the marked line, or None.
    """

    source: str
    cell: int | None = None
    file: str = ""
    first_line: int = 1
    marked: int | None = None
    note: Text = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that the student's code drew, as RGB pixels that the judge encodes itself.

    Shapes: `pixels` holds height * width * 3 bytes, row by row.
    """

    pixels: bytes
    width: int
    height: int
    alt: Text = ""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Points in the plane, by group, and a mark for each group.

    Shapes: points (n, 2), groups (n,) integers from 0, marks (k, 2); a mark that is not finite is
    left out.
    """

    title: Text
    points: NDArray[np.float64]
    groups: NDArray[np.int64]
    marks: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CombinedRun:
    """What all parts do together, for information: sentences, and plots side by side.

    The first plot is the student's, the second what it is compared with; `group` and `mark` name
    what is in them, such as "cluster" and "centroid".
    """

    title: Text
    sentences: tuple[Text, ...]
    plots: tuple[Plot, Plot]
    group: Text
    mark: Text
    note: Text = ""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a person decided about a check: its points, and a comment for the student."""

    points: float
    comment: str = ""
    seen: str = ""
    """Names what the person had seen of the student, see `PartResult.seen`; '' if not known."""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check: what it looked at, what it found, and the points it gave."""

    name: Text
    status: CheckStatus
    score: float = 0.0
    max_score: float = 0.0
    visibility: Visibility = Visibility.HIDDEN
    message: Text = ""
    hint: Text = ""
    mistake: str = ""
    """The id of the known mistake that the student's results equal, or ''."""
    noticed: Text = ""
    """What that mistake shows, for the student; '' without one."""
    stopped_by: str = ""
    """What ended the student's code: the exception's name, "timeout", "crashed"; '' if nothing."""
    differences: tuple[Difference, ...] = ()
    """Comparisons that failed; shown to students for public checks only."""
    is_by_hand: bool = False
    """Whether a person decides it."""
    mark: Mark | None = None
    """What the person decided, None before that."""
    ran: str = ""
    """What met the check's inputs: "program", what was traced of the student's code, evaluated
    apart from it; "code", the code itself, on the values; '' where neither ran."""


@dataclass(frozen=True, kw_only=True)
class PartResult:
    """One part: its checks, and what the report shows next to them."""

    name: str
    title: Text
    status: PartStatus
    state: State
    score: float
    max_score: float
    checks: tuple[CheckResult, ...] = ()
    task: Text = ""
    example: Text = ""
    notes: tuple[Text, ...] = ()
    """Sentences about how the part was checked: follow-through, the cell that was graded."""
    is_self_checked: bool = False
    """Whether students can check it in their notebook, see `grader.selfcheck`."""
    excerpt: Excerpt | None = None
    picture: Picture | None = None
    notebook: str = ""
    """The notebook that it was found in, where several are one submission."""
    answer: str = ""
    """What the student wrote, of a part that is answered in words."""
    seen: str = ""
    """Names what a person sees who decides about its checks: the same for the same text."""
    is_written: bool = False
    """Whether it is answered in words."""
    program: str = ""
    """16 hexadecimal digits of what its traced program does, '' where there is none."""
    cell: int | None = None
    """The number of the cell that counts for it, or where it is to be written: of all cells of
    its notebook or script, from 1; None where it is in none of them."""

    @property
    def open_points(self) -> float:
        """The points that a person has not decided yet."""
        return open_points(self.checks)

    @property
    def graded_points(self) -> float:
        """The points that the grader gives: those that a person gives are none of them."""
        given = math.fsum(check.max_score for check in self.checks if check.is_by_hand)
        return self.max_score - given


@dataclass(frozen=True, kw_only=True)
class GradedNotebook:
    """One of several notebooks that are graded as one submission."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SubmissionResult:
    """Everything known about one submission after grading."""

    assignment: str
    title: Text
    student: str
    path: str
    sha256: str
    status: SubmissionStatus
    parts: tuple[PartResult, ...]
    messages: tuple[Text, ...] = ()
    combined: CombinedRun | None = None
    notebooks: tuple[GradedNotebook, ...] = ()
    """All that were graded, where they are several; `path` and `sha256` are those of the first."""
    number: str = ""
    """By which a learning management system knows the student, '' where none does."""
    passed_over: tuple[str, ...] = ()
    """What else the student handed in and was not graded."""
    is_late: bool = False
    """Whether the system that it was submitted to says so."""
    seed: int = 0
    duration_s: float = 0.0
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown_path(self) -> str:
        """The names of all that was graded, for people."""
        return ", ".join(one.path for one in self.notebooks) or self.path

    @property
    def score(self) -> float:
        """The sum over the parts, in points."""
        return math.fsum(part.score for part in self.parts)

    @property
    def open_points(self) -> float:
        """The points that a person has not decided yet."""
        return math.fsum(part.open_points for part in self.parts)

    @property
    def unchecked(self) -> Text:
        """What kept a part from being checked, '' if nothing did; the points are not known then."""
        for part in self.parts:
            if part.state is State.UNCHECKED:
                said = (check.message for check in part.checks if check.message)
                return next(said, part.title)
        return ""

    @property
    def max_score(self) -> float:
        """The points that the parts offer together."""
        return math.fsum(part.max_score for part in self.parts)


def open_points(checks: Iterable[CheckResult]) -> float:
    """The points of the checks that wait for a person."""
    return math.fsum(check.max_score for check in checks if check.status is CheckStatus.OPEN)


def rounded_points(value: float) -> float:
    """The number of points as it is stored: finite, rounded to 4 decimals, never negative zero."""
    if not math.isfinite(value):
        msg = f"points: not a finite number, got {value}"
        raise ValueError(msg)
    return round(float(value), 4) + 0.0


def __getattr__(name: str) -> object:
    """What had another name before."""
    return renamed(__name__, name, {"Whole": ("CombinedRun", CombinedRun)})
