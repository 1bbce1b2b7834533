"""What counts: the mark of each assignment of a student, as a function of what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from grader.course.gradebook.facts import (
    Attempt,
    Counts,
    Extension,
    Override,
    OverrideKind,
    Work,
)
from grader.course.gradebook.lateness import (
    NEVER,
    Lateness,
    closes_of,
    due_of,
    extension_of,
    lateness,
)
from grader.course.gradebook.points import (
    PartMark,
    after_lateness,
    is_final,
    points_of,
    rounded,
    standing,
    total_of,
)

WAITING, NONE = "waiting", "none"
"""The status of a mark whose attempt has no result yet, and of one without an attempt."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What counts for a student in an assignment, with all that it follows from."""

    assignment: str
    attempt: Attempt | None
    """The one that counts."""
    status: str
    """That of its result; `waiting` without a result, `none` without an attempt."""
    parts: tuple[PartMark, ...]
    raw_mp: int | None
    """What the checks gave together, None where a part was not checked."""
    override: Override | None
    """The one of the total that holds."""
    sum_mp: int | None
    """Of the parts, with the overrides of parts."""
    total_mp: int | None
    """The sum, or what the override of the total makes of it."""
    late: Lateness | None
    """None without an attempt, and where the total is final: excused, void, set to ignore it."""
    late_mp: int
    """What lateness took."""
    mark_mp: int | None
    """Rounded half up to 1/100 point; None where there is no mark."""
    max_mp: int
    open_mp: int
    """What people still have to decide."""
    is_excused: bool
    after_close: tuple[Attempt, ...] = ()
    """Attempts that came after closing; they do not count."""
    unused_overrides: tuple[Override, ...] = ()
    """Overrides of parts that the result that counts does not have."""


def marks_of(works: Sequence[Work], zone: ZoneInfo) -> tuple[Mark, ...]:
    """The marks of one student, in the order of `works`: all assignments of the term.

    Free late days are shared: the counted attempts are charged in the order in which the
    assignments are due for the student, then by name.
    """
    seen = {index: _Seen(work, zone) for index, work in enumerate(works)}
    marks: dict[int, Mark] = {}
    used = 0
    for index in sorted(seen, key=lambda index: seen[index].order):
        days_left = max(0, works[index].schedule.policy.budget.days - used)
        mark = marks[index] = seen[index].mark(days_left)
        used += mark.late.days_used if mark.late else 0
    return tuple(marks[index] for index in range(len(works)))


class _Seen:
    """An assignment of a student, with what holds of it."""

    def __init__(self, work: Work, zone: ZoneInfo) -> None:
        self.work, self.zone = work, zone
        self.extension: Extension | None = extension_of(work.extensions)
        self.overrides: Mapping[str | None, Override] = standing(work.overrides)
        closes = closes_of(work.schedule, self.extension)
        attempts = sorted(work.attempts, key=_age)
        self.after_close = tuple(one for one in attempts if closes and one.started_at > closes)
        self.eligible = tuple(one for one in attempts if not closes or one.started_at <= closes)

    @property
    def order(self) -> tuple[datetime, str]:
        """By which free late days are charged."""
        return due_of(self.work.schedule, self.extension) or NEVER, self.work.assignment

    def mark(self, days_left: int) -> Mark:
        """The mark, where so many days are left of the budget."""
        return self._of(self._counted(days_left), days_left, self.overrides.get(None))

    def _counted(self, days_left: int) -> Attempt | None:
        if not self.eligible:
            return None
        match self.work.schedule.counts:
            case Counts.LATEST:
                return self.eligible[-1]
            case Counts.CHOSEN:
                return self._chosen() or self.eligible[-1]
            case Counts.BEST:
                return self._best(days_left)

    def _chosen(self) -> Attempt | None:
        """The attempt of the latest choice, if it may count."""
        choices = sorted(self.work.choices, key=lambda one: one.at)
        wanted = choices[-1].attempt if choices else None
        return next((one for one in self.eligible if one.id == wanted), None)

    def _best(self, days_left: int) -> Attempt:
        """The highest mark, then the fewest late days, then the earliest.

        An override of the total says nothing about which attempt is best, so it is not looked at.
        """

        def rank(attempt: Attempt) -> tuple[int, int]:
            mark = self._of(attempt, days_left, None)
            return -1 if mark.mark_mp is None else mark.mark_mp, -_days(mark)

        return max(self.eligible, key=rank)  # the first of equal ones: the earliest

    def _of(self, attempt: Attempt | None, days_left: int, override: Override | None) -> Mark:
        work, result = self.work, attempt.result if attempt else None
        points = points_of(work, result, dict(self.overrides))
        total = total_of(points, override)
        late = None
        if attempt is not None and not is_final(override):
            late = lateness(attempt.started_at, work.schedule, self.extension, self.zone, days_left)
        lose = late.lose if late else Fraction(0)
        mark = None
        if total is not None:
            mark = rounded(after_lateness(points, override, total, lose, work.schedule.policy))
        return Mark(
            assignment=work.assignment,
            attempt=attempt,
            status=_status(attempt),
            parts=points.parts,
            raw_mp=points.raw_mp,
            override=override,
            sum_mp=points.sum_mp,
            total_mp=total,
            late=late,
            late_mp=0 if total is None or mark is None else rounded(total) - mark,
            mark_mp=mark,
            max_mp=points.max_mp,
            open_mp=points.open_mp,
            is_excused=override is not None and override.kind is OverrideKind.EXCUSE,
            after_close=self.after_close,
            unused_overrides=points.unused,
        )


def _age(attempt: Attempt) -> tuple[datetime, int, int]:
    return attempt.started_at, attempt.number, attempt.id


def _days(mark: Mark) -> int:
    return mark.late.days_used if mark.late else 0


def _status(attempt: Attempt | None) -> str:
    if attempt is None:
        return NONE
    return attempt.result.status if attempt.result else WAITING
