"""Marks and lateness agree with a second implementation that walks instead of computing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import naive_marks
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_works import CHANGES, near, policies, terms

from grader.course.gradebook.facts import (
    Counts,
    Extension,
    LateRule,
    Override,
    OverrideKind,
    Schedule,
    Work,
)
from grader.course.gradebook.lateness import days_needed, lateness
from grader.course.gradebook.marks import Mark, marks_of
from grader.course.gradebook.policy import LatePolicy, Of
from grader.course.gradebook.times import add_days, zone_of

MICROSECOND = timedelta(microseconds=1)


def seen(mark: Mark) -> tuple[int | None, int | None, int]:
    """What the other implementation computes too."""
    days = mark.late.days_used if mark.late else 0
    return mark.attempt.id if mark.attempt else None, mark.mark_mp, days


TOTALS = (
    (),
    *(
        (
            Override(
                id=99, at=datetime(2030, 1, 1, tzinfo=UTC), part=None, kind=kind, value_mp=value
            ),
        )
        for kind, value in (
            (OverrideKind.ADD, 1500),
            (OverrideKind.ADD, -1500),
            (OverrideKind.SET, 7777),
        )
    ),
)
"""Further overrides of the total: none, added, taken away, set."""


def ways(works: tuple[Work, ...]) -> Iterator[tuple[Work, ...]]:
    """The same works by each rule for which attempt counts, and what lateness is taken off."""
    for counts in Counts:
        yield tuple(replace(one, schedule=replace(one.schedule, counts=counts)) for one in works)
    for of, rule, total in itertools.product(Of, LateRule, TOTALS):
        yield tuple(decided(work, of, rule, total) for work in works)


def decided(work: Work, of: Of, rule: LateRule, total: tuple[Override, ...]) -> Work:
    """The work with a further override, where lateness is taken off all of them or none."""
    policy = replace(work.schedule.policy, of=of)
    return replace(
        work,
        schedule=replace(work.schedule, policy=policy),
        overrides=tuple(replace(one, late=rule) for one in work.overrides + total),
    )


@settings(max_examples=60)
@given(terms())
def test_marks_agree(term: tuple[str, tuple[Work, ...]]) -> None:
    """Attempt, mark and late days are those that walking finds."""
    zone, drawn = term
    clock = zone_of(zone)
    for works in (drawn, *ways(drawn)):
        assert [seen(mark) for mark in marks_of(works, clock)] == (
            naive_marks.naive_marks(works, clock)
        )


@settings(max_examples=60)
@given(st.data(), st.sampled_from(CHANGES), policies, st.integers(0, 3), st.integers(0, 2))
def test_lateness_agrees_at_each_boundary(
    data: st.DataObject,
    change: tuple[str, datetime],
    policy: LatePolicy,
    left: int,
    given_days: int,
) -> None:
    """At the end of each day, hour and grace, and a microsecond later, the cost is the same."""
    zone, due = zone_of(change[0]), data.draw(near(change[1]))
    schedule = Schedule(due_at=due, policy=policy)
    extension = Extension(id=1, at=due, late_days=given_days)
    work = Work(assignment="one", max_mp=0, schedule=schedule)
    ends = [add_days(due, days, zone) for days in range(6)]
    ends += [end + timedelta(hours=hours) for end in ends[:3] for hours in (1, 2, 3, 4)]
    ends += [due + timedelta(minutes=policy.grace.n)]
    for started in (end + step for end in ends for step in (timedelta(0), MICROSECOND)):
        got = lateness(started, schedule, extension, zone, left)
        want = naive_marks.late(started, work, extension, zone, left)
        assert (got.lose, got.days_used) == want


@settings(max_examples=60)
@given(terms(), st.randoms(use_true_random=False))
def test_order_of_rows_is_no_matter(
    term: tuple[str, tuple[Work, ...]], chance: random.Random
) -> None:
    """A mark is a function of the rows, not of their order, and is the same each time."""
    zone, works = term
    clock = zone_of(zone)
    marks = marks_of(works, clock)
    shuffled = [mixed(work, chance) for work in chance.sample(works, len(works))]
    again = {mark.assignment: mark for mark in marks_of(shuffled, clock)}
    assert marks == marks_of(works, clock)
    assert {mark.assignment: seen(mark) for mark in marks} == {
        name: seen(mark) for name, mark in again.items()
    }


def mixed(work: Work, chance: random.Random) -> Work:
    """The same rows in another order; of choices at one time, the later one counts."""

    def other(rows: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(chance.sample(rows, len(rows)))

    return replace(
        work,
        attempts=other(work.attempts),
        extensions=other(work.extensions),
        overrides=other(work.overrides),
    )


@settings(max_examples=60)
@given(terms())
def test_marks_keep_their_bounds(term: tuple[str, tuple[Work, ...]]) -> None:
    """No mark is below 0, none is lifted by lateness, each is in 1/100 point, and it adds up."""
    zone, works = term
    for mark in marks_of(works, zone_of(zone)):
        if mark.mark_mp is None or mark.total_mp is None:
            assert mark.mark_mp == mark.total_mp
            continue
        assert 0 <= mark.mark_mp <= mark.total_mp + 5
        assert mark.mark_mp % 10 == 0
        assert mark.late_mp >= 0
        assert abs(mark.mark_mp + mark.late_mp - mark.total_mp) <= 5


@pytest.mark.parametrize(("name", "change"), CHANGES)
@pytest.mark.parametrize("days", [1, 2])
def test_days_agree(name: str, change: datetime, days: int) -> None:
    """The end of a day, to the microsecond, is where the clock on the wall shows it."""
    zone = zone_of(name)
    for quarters in range(-14, 15):
        due = change - timedelta(days=days, minutes=15 * quarters)
        end = add_days(due, days, zone)
        assert naive_marks.is_by_day(end, due, days, zone)
        assert not naive_marks.is_by_day(end + MICROSECOND, due, days, zone)
        assert days_needed(end, due, zone) <= days < days_needed(end + MICROSECOND, due, zone)
