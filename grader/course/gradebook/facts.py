"""What is known of a student's work: the rows from which a mark follows, as frozen dataclasses.

Points are integers in 1/1000 point (names end in `_mp`), so that sums have no rounding. Instants
are `datetime`s in UTC; days are counted on the clock of the course's zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from grader.course.gradebook.policy import LatePolicy

MP = 1000
"""So many units are one point."""


class Counts(StrEnum):
    """Which attempt counts."""

    LATEST = "latest"
    BEST = "best"
    CHOSEN = "chosen"


class OverrideKind(StrEnum):
    """What a person does to points; EXCUSE and VOID are for the total alone."""

    SET = "set"
    ADD = "add"
    EXCUSE = "excuse"
    VOID = "void"


class LateRule(StrEnum):
    """Whether lateness is taken off a value that a person gave."""

    APPLY = "apply"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class PartPoints:
    """A part in a result; `auto_mp` is None where the part could not be checked."""

    name: str
    auto_mp: int | None
    max_mp: int
    open_mp: int = 0
    """What a person has not decided yet."""


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """The result that holds for an attempt: `id` names it, `status` is that of `result.json`."""

    id: int
    status: str
    parts: tuple[PartPoints, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A submission; `started_at` is what counts for lateness. Without a result it waits."""

    id: int
    number: int
    started_at: datetime
    result: ResultFacts | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """That a person chose the attempt that counts."""

    attempt: int
    """The `id` of the attempt."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Another due time for one student; the latest that is not revoked holds."""

    id: int
    at: datetime
    due_at: datetime | None = None
    closes_at: datetime | None = None
    late_days: int | None = None
    """Further free late days for this assignment."""
    is_exempt: bool = False
    """Whether lateness costs nothing."""
    reason: str = ""
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Override:
    """What a person decided about a part, or about the total where `part` is None."""

    id: int
    at: datetime
    part: str | None
    kind: OverrideKind
    value_mp: int | None = None
    """Of SET and ADD; an ADD may be negative."""
    late: LateRule = LateRule.APPLY
    reason: str = ""
    by: str = ""
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ValueError: what says nothing must not come to count as 0 points."""
        is_value = self.kind in {OverrideKind.SET, OverrideKind.ADD}
        if is_value and self.value_mp is None:
            raise ValueError(f"override {self.id}: {self.kind} has no value")
        if not is_value and self.part is not None:
            raise ValueError(f"override {self.id}: {self.kind} is for the total, got a part")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When an assignment opens, is due, and closes, and which attempt counts."""

    counts: Counts = Counts.LATEST
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    policy: LatePolicy = field(default_factory=LatePolicy)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a student and the staff did on one assignment, up to some time."""

    assignment: str
    max_mp: int
    """Of the release that results are of; the attempt's own result says it where there is one."""
    part_max_mp: tuple[tuple[str, int], ...] = ()
    """The parts of the latest release with what they offer, in order."""
    schedule: Schedule = field(default_factory=Schedule)
    attempts: tuple[Attempt, ...] = ()
    choices: tuple[Choice, ...] = ()
    extensions: tuple[Extension, ...] = ()
    overrides: tuple[Override, ...] = ()
