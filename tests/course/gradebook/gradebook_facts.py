"""Short ways to write down what is known of a student's work, for tests of the gradebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from grader.course.gradebook.facts import (
    Attempt,
    Override,
    OverrideKind,
    PartPoints,
    ResultFacts,
    Schedule,
    Work,
)
from grader.course.gradebook.marks import Mark, marks_of
from grader.course.gradebook.policy import LatePolicy, Rate, Span, Tier, Unit
from grader.course.gradebook.times import parse_time, zone_of

BERLIN = zone_of("Europe/Berlin")
DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
"""23:59 in Berlin."""
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PER_DAY = LatePolicy(
    then=Rate(per=Span(n=1, unit=Unit.DAY), lose=Fraction(10), at_most=Fraction(50))
)
"""10% a day, at most 50%."""


def span(n: int, unit: Unit = Unit.DAY) -> Span:
    """A span of time, of days if nothing else is said."""
    return Span(n=n, unit=unit)


def tier(n: int, lose: int, unit: Unit = Unit.DAY) -> Tier:
    """A tier of a late policy."""
    return Tier(up_to=span(n, unit), lose=Fraction(lose))


def at(text: str) -> datetime:
    """An instant, as people in Berlin write it."""
    return parse_time(text, BERLIN)


def result(status: str = "graded", **autos: int | None) -> ResultFacts:
    """A result whose parts offer 10 points each."""
    parts = (
        PartPoints(name=name, auto_mp=auto, max_mp=10_000) for name, auto in sorted(autos.items())
    )
    return ResultFacts(id=1, status=status, parts=tuple(parts))


GOOD = result(a=8_000, b=6_000)
"""14 of 20 points."""


def attempt(
    number: int = 1, late: timedelta = -HOUR, facts: ResultFacts | None = GOOD, id_: int = 0
) -> Attempt:
    """An attempt that came so late."""
    return Attempt(id=id_ or number, number=number, started_at=DUE + late, result=facts)


def override(
    part: str | None, kind: OverrideKind, value: int | None = None, **more: Any
) -> Override:
    """An override; `id` is 1 and the time that of the due time if nothing else is said."""
    return Override(**{"id": 1, "at": DUE, "part": part, "kind": kind, "value_mp": value} | more)


def work(*attempts: Attempt, schedule: Mapping[str, Any] | None = None, **more: Any) -> Work:
    """An assignment of two parts of 10 points, due at `DUE`, 10% a day."""
    rules = Schedule(**{"due_at": DUE, "policy": PER_DAY} | dict(schedule or {}))
    parts = (("a", 10_000), ("b", 10_000))
    known = {"assignment": "one", "max_mp": 20_000, "part_max_mp": parts, "attempts": attempts}
    return Work(**known | {"schedule": rules} | more)


def mark_of(one: Work) -> Mark:
    """The mark of one assignment alone."""
    return marks_of([one], BERLIN)[0]
