"""The rules for marks a second time, slow and by walking: what the gradebook is compared with.

Days are found by looking at the clock on the wall, every quarter of an hour; points are fractions
of whole points; the best attempt is found by trying all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from grader.course.gradebook.facts import Attempt, Extension, Override, Work
from grader.course.gradebook.policy import LatePolicy, Rate, Span

QUARTER, TICK = timedelta(minutes=15), timedelta(microseconds=1)


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return instant.astimezone(zone).replace(tzinfo=None)


def shows_by(instant: datetime, target: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock, now or later, shows the target or less; the end of a gap shows all that it skips."""
    if wall(instant, zone) <= target:
        return True
    is_jump = instant.astimezone(zone).utcoffset() != (instant - TICK).astimezone(zone).utcoffset()
    if is_jump and wall(instant - TICK, zone) < target:
        return True
    later = instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)
    for _ in range(2 * 4):  # no clock goes back by more than two hours
        later += QUARTER
        if wall(later, zone) <= target:
            return True
    return False


def is_by_day(started: datetime, due: datetime, days: int, zone: ZoneInfo) -> bool:
    """Whether it came by the end of the n-th day after the due time."""
    if days == 0:
        return started <= due
    return shows_by(started, wall(due, zone) + timedelta(days=days), zone)


def moved(due: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The last instant that is by the end of the n-th day, found by bisection."""
    if days == 0:
        return due
    low, high = due, due + timedelta(days=days + 3)
    while high - low > TICK:
        middle = low + (high - low) / 2
        if is_by_day(middle, due, days, zone):
            low = middle
        else:
            high = middle
    return low


def in_span(started: datetime, due: datetime, free: int, span: Span, zone: ZoneInfo) -> bool:
    """Whether it came within a span after the due time that was moved by free days."""
    if span.unit in {"day", "week"}:
        return is_by_day(started, due, free + span.n * (7 if span.unit == "week" else 1), zone)
    minutes = span.n * (60 if span.unit == "h" else 1)
    return started <= moved(due, free, zone) + timedelta(minutes=minutes)


def late(
    started: datetime, work: Work, extension: Extension | None, zone: ZoneInfo, left: int
) -> tuple[Fraction, int]:
    """The share that is lost, and the days of the term's budget that are used."""
    due = work.schedule.due_at
    if extension and extension.due_at:
        due = extension.due_at
    if due is None or started <= due or (extension and extension.is_exempt):
        return Fraction(0), 0
    policy = work.schedule.policy
    if policy.grace.n and in_span(started, due, 0, policy.grace, zone):
        return Fraction(0), 0
    gifts = (extension.late_days or 0) if extension else 0
    free = used = 0
    left = min(left, policy.budget.days)
    while not is_by_day(started, due, free, zone):
        if gifts:
            gifts -= 1
        elif left and (policy.budget.per_assignment is None or used < policy.budget.per_assignment):
            left -= 1
            used += 1
        else:
            break
        free += 1
    if is_by_day(started, due, free, zone):
        return Fraction(0), used
    return lost(started, due, free, policy, zone) / 100, used


def lost(
    started: datetime, due: datetime, free: int, policy: LatePolicy, zone: ZoneInfo
) -> Fraction:
    """How many percent the tiers or the rate take."""
    if policy.then is None:
        return Fraction(0)
    if isinstance(policy.then, Rate):
        percent, periods = Fraction(0), 0
        while not in_span(
            started, due, free, replace(policy.then.per, n=periods * policy.then.per.n), zone
        ):
            periods += 1
            percent += policy.then.lose
            if percent >= policy.then.at_most:
                return policy.then.at_most
        return percent
    for one in policy.then:
        if in_span(started, due, free, one.up_to, zone):
            return one.lose
    return Fraction(100)


def holding(work: Work, part: str | None) -> Override | None:
    """The override of a part that holds."""
    found: Override | None = None
    for one in work.overrides:
        is_live = one.part == part and one.revoked_at is None
        if is_live and (found is None or (found.at, found.id) < (one.at, one.id)):
            found = one
    return found


def clamp(value: Fraction, most: Fraction) -> Fraction:
    """From 0 to the most."""
    return Fraction(0) if value < 0 else min(value, most)


def points(mp: int | None) -> Fraction:
    """Whole points."""
    return Fraction(mp or 0, 1000)


def scored(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one rule after the other, as they are written
    work: Work,
    attempt: Attempt | None,
    extension: Extension | None,
    zone: ZoneInfo,
    left: int,
    total: Override | None,
) -> tuple[int | None, int]:
    """The mark in 1/1000 point, and the late days that it takes."""
    result = attempt.result if attempt else None
    listed: list[tuple[str, int | None, int]] = []
    if result and result.parts:
        listed = [(part.name, part.auto_mp, part.max_mp) for part in result.parts]
    else:
        listed = [(name, None, most) for name, most in work.part_max_mp]
    is_blank = result is None or result.status == "unreadable"
    if result and result.status == "crashed":
        is_blank = all(part.auto_mp is None for part in result.parts)
    is_touched = any(holding(work, name) for name, _, _ in listed)
    whole, spared, spared_most, is_known = Fraction(0), Fraction(0), Fraction(0), bool(listed)
    for name, auto, most in listed:
        value: Fraction | None = None if is_blank or auto is None else points(auto)
        if is_blank and is_touched:
            value = Fraction(0)
        one = holding(work, name)
        if one and one.kind == "set":
            value = clamp(points(one.value_mp), points(most))
        if one and one.kind == "add" and value is not None:
            value = clamp(value + points(one.value_mp), points(most))
        if value is None:
            is_known = False
            continue
        whole += value
        if one and one.late == "ignore":
            spared += value
            spared_most += points(most)
    most = points(sum(most for _, _, most in listed) if listed else work.max_mp)
    if total and total.kind == "excuse":
        return None, 0
    if total and total.kind == "void":
        return 0, 0
    if total and total.kind == "set" and total.late == "ignore":
        return rounded(points(total.value_mp)), 0
    share, days = (
        late(attempt.started_at, work, extension, zone, left) if attempt else (Fraction(0), 0)
    )
    if total and total.kind == "set":
        before = points(total.value_mp)
        base = before if work.schedule.policy.of == "achieved" else most
    elif not is_known:
        return None, days
    else:
        before = whole
        base = whole - spared if work.schedule.policy.of == "achieved" else most - spared_most
        if total and total.kind == "add":
            before = clamp(whole + points(total.value_mp), most)
            if work.schedule.policy.of == "achieved" and total.late == "apply":
                base = max(base + before - whole, Fraction(0))
    after = before - share * base
    floor = points(work.schedule.policy.floor_mp)
    if after < floor:
        after = min(floor, before)
    return rounded(after), days


def rounded(value: Fraction) -> int:
    """Half up to 1/100 point."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP) * 1000)


def naive_marks(works: Sequence[Work], zone: ZoneInfo) -> list[tuple[int | None, int | None, int]]:
    """For each assignment the attempt that counts, its mark, and the days it takes."""
    found: dict[int, tuple[int | None, int | None, int]] = {}
    spent = 0
    waiting = list(range(len(works)))
    while waiting:
        first = min(waiting, key=lambda index: (effective(works[index]), works[index].assignment))
        waiting.remove(first)
        left = max(works[first].schedule.policy.budget.days - spent, 0)
        found[first] = one_mark(works[first], zone, left)
        spent += found[first][2]
    return [found[index] for index in range(len(works))]


def extension_for(work: Work) -> Extension | None:
    """The latest extension that is not revoked."""
    live = sorted(
        (one for one in work.extensions if one.revoked_at is None), key=lambda x: (x.at, x.id)
    )
    return live[-1] if live else None


def effective(work: Work) -> datetime:
    """When it is due for the student."""
    extension = extension_for(work)
    due = extension.due_at if extension and extension.due_at else work.schedule.due_at
    return due or datetime(9999, 1, 1, tzinfo=UTC)


def one_mark(work: Work, zone: ZoneInfo, left: int) -> tuple[int | None, int | None, int]:
    """The attempt, the mark and the days of one assignment."""
    extension = extension_for(work)
    closes = work.schedule.closes_at
    if extension and extension.closes_at:
        closes = extension.closes_at
    elif closes and extension and extension.due_at and extension.due_at > closes:
        closes = extension.due_at
    able = sorted(
        (one for one in work.attempts if closes is None or one.started_at <= closes),
        key=lambda one: (one.started_at, one.number),
    )
    total = holding(work, None)
    attempt = able[-1] if able else None
    if work.schedule.counts == "chosen" and work.choices:
        last = sorted(work.choices, key=lambda one: one.at)[-1]  # noqa: FURB192 - of equal ones the last
        attempt = next((one for one in able if one.id == last.attempt), attempt)
    if work.schedule.counts == "best":
        ranked: list[tuple[int, int, int]] = []
        for place, one in enumerate(able):
            mark, days = scored(work, one, extension, zone, left, None)
            ranked.append((-(mark if mark is not None else -1), days, place))
        attempt = able[min(ranked)[2]] if ranked else None
    mark, days = scored(work, attempt, extension, zone, left, total)
    return attempt.id if attempt else None, mark, days
