"""How late a submission is and what that costs, step by step, as the late policy says.

First the grace; beyond it, lateness counts from the due time itself. Then free late days move the
due time. What remains late loses a share of the points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from grader.course.gradebook.facts import MP, Extension, Schedule
from grader.course.gradebook.policy import LatePolicy, Of, Rate, Tier
from grader.course.gradebook.steps import Duration, Sentence, Step, Value, duration_text, late_days
from grader.course.gradebook.times import add_days, add_span, days_of, elapsed

ALL = Fraction(100)
"""Percent: everything is lost."""
NO_TIME: Duration = (0, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How late a submission is, what it takes from the free days, and what it loses."""

    started_at: datetime
    due_at: datetime | None = None
    """That of the extension where it has one, else that of the schedule."""
    free_until: datetime | None = None
    """The due time after free late days moved it."""
    is_exempt: bool = False
    late_by: Duration = NO_TIME
    """Since `due_at`, also where it costs nothing."""
    days_late: int = 0
    """Started calendar days since `due_at`; 0 within the grace and for the exempt."""
    days_used: int = 0
    """Free late days from the budget of the term."""
    days_given: int = 0
    """Free late days from the extension."""
    lose: Fraction = field(default_factory=Fraction)
    """The share of the points that is lost, from 0 to 1."""
    steps: tuple[Step, ...] = ()

    @property
    def late_text(self) -> str:
        """`1 day 3 h 12 min`, '' where it is on time."""
        is_late = self.due_at is not None and self.started_at > self.due_at
        return duration_text(self.late_by) if is_late else ""


def extension_of(extensions: Iterable[Extension]) -> Extension | None:
    """The extension that holds: the latest that is not revoked."""
    standing = [one for one in extensions if one.revoked_at is None]
    return max(standing, key=lambda one: (one.at, one.id), default=None)


def due_of(schedule: Schedule, extension: Extension | None) -> datetime | None:
    """When the assignment is due for a student."""
    return (extension and extension.due_at) or schedule.due_at


def closes_of(schedule: Schedule, extension: Extension | None) -> datetime | None:
    """When it closes for a student: never before the due time that an extension gives."""
    if extension is not None and extension.closes_at is not None:
        return extension.closes_at
    closes = schedule.closes_at
    if closes is None or extension is None or extension.due_at is None:
        return closes
    return max(closes, extension.due_at)


def days_needed(started_at: datetime, due: datetime, zone: ZoneInfo) -> int:
    """So many started calendar days lie between; exactly at the end of a day is still that day."""
    if started_at <= due:
        return 0
    days = max(0, (started_at.astimezone(zone).date() - due.astimezone(zone).date()).days - 1)
    while started_at > add_days(due, days, zone):
        days += 1
    return days


def lateness(
    started_at: datetime,
    schedule: Schedule,
    extension: Extension | None,
    zone: ZoneInfo,
    days_left: int,
) -> Lateness:
    """What the policy says of a submission; `days_left` is what is left of the term's budget.

    Days that the extension gives are used first, and beside `per_assignment`.
    """
    due = due_of(schedule, extension)
    if due is None:
        return Lateness(started_at=started_at, steps=(_step(Sentence.NO_DUE),))
    is_extended = extension is not None and extension.due_at is not None
    steps = [_step(Sentence.EXTENDED if is_extended else Sentence.DUE, at=due)]
    if started_at <= due:
        steps.append(_step(Sentence.ON_TIME, at=started_at))
        return Lateness(started_at=started_at, due_at=due, free_until=due, steps=tuple(steps))
    count = _Count(started_at, due, zone, steps)
    steps.append(_step(Sentence.LATE, at=started_at, late=count.late_by))
    if extension is not None and extension.is_exempt:
        steps.append(_step(Sentence.EXEMPT))
        return count.lateness(is_exempt=True)
    if count.is_in_grace(schedule.policy):
        return count.lateness()
    given = max(0, (extension and extension.late_days) or 0)
    left = min(max(0, days_left), schedule.policy.budget.days)
    return count.after_free_days(schedule.policy, given=given, left=left)


def _step(says: Sentence, **values: Value) -> Step:
    return Step(says=says, values=tuple(values.items()))


class _Count:
    """The computation for a late submission; its steps gather in a list."""

    def __init__(
        self, started_at: datetime, due: datetime, zone: ZoneInfo, steps: list[Step]
    ) -> None:
        self.started_at, self.due, self.zone, self.steps = started_at, due, zone, steps
        self.needed = days_needed(started_at, due, zone)
        self.late_by = self._duration()

    def _duration(self) -> Duration:
        """Full calendar days, and what elapsed after them."""
        full, end = self.needed, add_days(self.due, self.needed, self.zone)
        if end > self.started_at:
            full, end = full - 1, add_days(self.due, full - 1, self.zone)
        hours, seconds = divmod((self.started_at - end) // timedelta(seconds=1), 3600)
        return (full, hours, *divmod(seconds, 60))

    def lateness(
        self,
        *,
        is_exempt: bool = False,
        days_late: int = 0,
        given: int = 0,
        used: int = 0,
        percent: Fraction | None = None,
    ) -> Lateness:
        """What came out."""
        return Lateness(
            started_at=self.started_at,
            due_at=self.due,
            free_until=add_days(self.due, given + used, self.zone),
            is_exempt=is_exempt,
            late_by=self.late_by,
            days_late=days_late,
            days_used=used,
            days_given=given,
            lose=(percent or Fraction(0)) / ALL,
            steps=tuple(self.steps),
        )

    def is_in_grace(self, policy: LatePolicy) -> bool:
        """Whether the grace covers it."""
        if not policy.grace.n:
            return False
        is_within = self.started_at <= add_span(self.due, policy.grace, self.zone)
        says = Sentence.GRACE if is_within else Sentence.NO_GRACE
        self.steps.append(_step(says, grace=policy.grace))
        return is_within

    def after_free_days(self, policy: LatePolicy, *, given: int, left: int) -> Lateness:
        """Days of the extension, then of the budget; what is late after them loses."""
        most = policy.budget.per_assignment
        from_extension = min(self.needed, given)
        used = min(self.needed - from_extension, left, left if most is None else most)
        free = from_extension + used
        if given or policy.budget.days:
            self.steps.append(_step(Sentence.NEEDED, needed=late_days(self.needed)))
        if given:
            self.steps.append(
                _step(Sentence.GIVEN, used=late_days(from_extension), most=given),
            )
        if policy.budget.days and most is None:
            self.steps.append(_step(Sentence.BUDGET, used=late_days(used), left=left))
        elif policy.budget.days:
            values: dict[str, Value] = {"used": late_days(used), "left": left, "most": most or 0}
            self.steps.append(_step(Sentence.BUDGET_MOST, **values))
        if free:
            self.steps.append(_step(Sentence.FREE, at=add_days(self.due, free, self.zone)))
        percent = self._percent(policy.then, free)
        if percent and policy.of is Of.POSSIBLE:
            self.steps.append(_step(Sentence.OF_POSSIBLE))
        if percent and policy.floor_mp:
            self.steps.append(_step(Sentence.FLOOR, floor=f"{policy.floor_mp / MP:g}"))
        return self.lateness(
            days_late=self.needed, given=from_extension, used=used, percent=percent
        )

    def _percent(self, then: tuple[Tier, ...] | Rate | None, free: int) -> Fraction:
        if free >= self.needed:
            self.steps.append(_step(Sentence.COVERED))
            return Fraction(0)
        if not then:
            self.steps.append(_step(Sentence.NO_COST))
            return Fraction(0)
        return self._by_rate(then, free) if isinstance(then, Rate) else self._by_tier(then, free)

    def _by_tier(self, tiers: tuple[Tier, ...], free: int) -> Fraction:
        for tier in tiers:
            days = days_of(tier.up_to)
            end = add_days(self.due, free + (days or 0), self.zone)
            if self.started_at <= (end if days is not None else end + elapsed(tier.up_to)):
                self.steps.append(_step(Sentence.TIER, up_to=tier.up_to, lose=tier.lose))
                return min(tier.lose, ALL)
        self.steps.append(_step(Sentence.LAST, up_to=tiers[-1].up_to))
        return ALL

    def _by_rate(self, rate: Rate, free: int) -> Fraction:
        days = days_of(rate.per)
        if days is None:
            late = self.started_at - add_days(self.due, free, self.zone)
            count = -(-late // elapsed(rate.per))
        else:
            count = -(-(self.needed - free) // days)
        most = min(rate.at_most, ALL)
        lose = min(count * rate.lose, most)
        is_most = lose < count * rate.lose
        values: dict[str, Value] = {"count": count, "per": rate.per, "lose": lose}
        if not is_most:
            values["each"] = rate.lose
        self.steps.append(_step(Sentence.RATE_MOST if is_most else Sentence.RATE, **values))
        return lose


NEVER = datetime.max.replace(tzinfo=UTC)
"""After every due time: where there is none."""
