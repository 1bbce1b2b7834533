"""Tests of `grader.course.gradebook.lateness`: the rules by table, and each sentence in full."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from gradebook_facts import BERLIN, DAY, DUE, HOUR, MINUTE, PER_DAY, at, span, tier

from grader.course.gradebook.facts import Extension, Schedule
from grader.course.gradebook.lateness import (
    Lateness,
    closes_of,
    extension_of,
    lateness,
)
from grader.course.gradebook.policy import Budget, LatePolicy, Rate, Unit
from grader.course.gradebook.steps import duration_text, percent_text, span_text

SECOND = timedelta(seconds=1)
SEQUENCE = LatePolicy(
    grace=span(5, Unit.MINUTE),
    budget=Budget(days=3, per_assignment=2),
    then=(tier(1, 10), tier(3, 30)),
)
"""That of the specification."""


def late(
    by: timedelta,
    policy: LatePolicy = SEQUENCE,
    extension: Extension | None = None,
    left: int = 3,
) -> Lateness:
    """What the policy says of a submission that is so late."""
    return lateness(DUE + by, Schedule(due_at=DUE, policy=policy), extension, BERLIN, left)


def said(found: Lateness) -> list[str]:
    """The steps, as people read them."""
    return [step.text(BERLIN) for step in found.steps]


@pytest.mark.parametrize(
    ("by", "left", "used", "percent"),
    [
        (-DAY, 3, 0, 0),
        (timedelta(0), 3, 0, 0),
        (5 * MINUTE, 3, 0, 0),  # the grace, its last instant included
        (5 * MINUTE + SECOND, 3, 1, 0),  # past the grace, a day is a day
        (DAY, 3, 1, 0),
        (DAY + SECOND, 3, 2, 0),
        (2 * DAY, 3, 2, 0),
        (2 * DAY + SECOND, 3, 2, 10),  # two days at most for one assignment
        (3 * DAY, 3, 2, 10),
        (3 * DAY + SECOND, 3, 2, 30),
        (5 * DAY, 3, 2, 30),
        (5 * DAY + SECOND, 3, 2, 100),  # after the last tier
        (900 * DAY, 3, 2, 100),
        (DAY + SECOND, 1, 1, 10),  # one is left in the term
        (DAY, 0, 0, 10),
        (5 * MINUTE, 0, 0, 0),
        (DAY, -2, 0, 10),
    ],
)
def test_sequence_is_grace_then_days_then_percent(
    by: timedelta, left: int, used: int, percent: int
) -> None:
    """Grace, late days and percent work together, each boundary on the cheaper side."""
    found = late(by, left=left)
    assert (found.days_used, found.lose) == (used, Fraction(percent, 100))


@pytest.mark.parametrize(
    ("by", "percent"),
    [(SECOND, 10), (DAY, 10), (DAY + SECOND, 20), (5 * DAY, 50), (9 * DAY, 50)],
)
def test_started_periods_count(by: timedelta, percent: int) -> None:
    """A rate takes its percent for each started period, and no more than the most."""
    assert late(by, PER_DAY).lose == Fraction(percent, 100)


@pytest.mark.parametrize(
    ("by", "percent"), [(SECOND, 1), (HOUR, 1), (HOUR + SECOND, 2), (10 * DAY, 100)]
)
def test_hours_are_elapsed(by: timedelta, percent: int) -> None:
    """A rate by the hour counts elapsed hours, up to everything."""
    policy = LatePolicy(then=Rate(per=span(1, Unit.HOUR), lose=Fraction(1)))
    assert late(by, policy).lose == Fraction(percent, 100)


def test_hours_count_from_the_end_of_free_days() -> None:
    """Tiers of hours begin where the free days end, on the clock of the wall."""
    schedule = Schedule(
        due_at=at("2026-10-24 12:00"),
        policy=LatePolicy(budget=Budget(days=1), then=(tier(2, 10, Unit.HOUR),)),
    )
    found = [
        lateness(at(text), schedule, None, BERLIN, 1).lose
        for text in ("2026-10-25 12:00", "2026-10-25 14:00", "2026-10-25 14:00:01")
    ]
    assert found == [0, Fraction(1, 10), 1]


@pytest.mark.parametrize(
    ("due", "started", "days"),
    [
        ("2026-03-28 12:00", "2026-03-29 12:00", 1),  # 23 hours (Autolab#932)
        ("2026-03-28 12:00", "2026-03-29 12:00:01", 2),
        ("2026-10-24 12:00", "2026-10-25 12:00", 1),  # 25 hours
        ("2026-10-24 12:00", "2026-10-25 12:00:01", 2),
        ("2026-03-28 02:30", "2026-03-29 03:00", 1),  # the day ends in the gap
        ("2026-03-28 02:30", "2026-03-29 03:00:01", 2),
        ("2026-10-24 02:30", "2026-10-25T02:30+01:00", 1),  # 02:30 for the second time
        ("2026-10-24 02:30", "2026-10-25T02:30:01+01:00", 2),
    ],
)
def test_days_are_those_of_the_wall_clock(due: str, started: str, days: int) -> None:
    """A late day ends at the same time on the clock, also when the clocks change."""
    schedule = Schedule(due_at=at(due), policy=PER_DAY)
    assert lateness(at(started), schedule, None, BERLIN, 0).days_late == days


def test_extension_moves_the_due_time() -> None:
    """Lateness counts from the extension's due time."""
    moved = Extension(id=1, at=DUE, due_at=DUE + DAY)
    assert late(DAY, extension=moved).lose == 0
    assert late(DAY + HOUR, PER_DAY, moved).days_late == 1
    assert said(late(DAY, extension=moved)) == [
        "Due 2026-12-02 23:59 CET, by the extension.",
        "Submitted 2026-12-02 23:59 CET, on time.",
    ]


def test_days_of_an_extension_come_first() -> None:
    """Its days are used before those of the term, and beside the most for one assignment."""
    found = late(4 * DAY, extension=Extension(id=1, at=DUE, late_days=3))
    assert (found.days_given, found.days_used, found.lose) == (3, 1, 0)
    found = late(2 * DAY, extension=Extension(id=1, at=DUE, late_days=3))
    assert (found.days_given, found.days_used) == (2, 0)


def test_no_extension_takes_days_away() -> None:
    """An extension with fewer than no days gives none."""
    found = late(DAY, extension=Extension(id=1, at=DUE, late_days=-2))
    assert (found.days_given, found.days_used) == (0, 1)


def test_exempt_costs_nothing() -> None:
    """Who is exempt loses nothing and uses no late days; how late it was stays known."""
    found = late(9 * DAY, extension=Extension(id=1, at=DUE, is_exempt=True))
    assert (found.lose, found.days_used, found.days_late, found.is_exempt) == (0, 0, 0, True)
    assert found.late_text == "9 days"
    assert said(found)[2:] == ["The extension exempts from lateness, so nothing is lost."]


def test_nothing_is_late_without_a_due_time() -> None:
    """An assignment that is never due is never late."""
    found = lateness(DUE, Schedule(policy=PER_DAY), None, BERLIN, 0)
    assert (found.lose, found.late_text) == (0, "")
    assert said(found) == ["There is no due time, so nothing is late."]


def test_latest_live_extension_holds() -> None:
    """Of several extensions, the latest counts that is not revoked."""
    first, second = Extension(id=1, at=DUE), Extension(id=2, at=DUE)
    revoked = Extension(id=3, at=DUE + DAY, revoked_at=DUE + DAY)
    assert extension_of([second, revoked, first]) is second
    assert extension_of([revoked]) is None


def test_closing_follows_the_extension() -> None:
    """An extension's due time moves the closing along, unless it says when it closes."""
    closing = Schedule(due_at=DUE, closes_at=DUE + DAY)
    later, exact = DUE + 3 * DAY, DUE + 2 * DAY
    assert closes_of(closing, None) == DUE + DAY
    assert closes_of(closing, Extension(id=1, at=DUE, due_at=later)) == later
    assert closes_of(closing, Extension(id=1, at=DUE, due_at=DUE)) == DUE + DAY
    assert closes_of(closing, Extension(id=1, at=DUE, due_at=later, closes_at=exact)) == exact
    assert closes_of(Schedule(), Extension(id=1, at=DUE, due_at=later)) is None


def test_grace_is_explained() -> None:
    """Within the grace, the steps say so."""
    assert said(late(3 * MINUTE)) == [
        "Due 2026-12-01 23:59 CET.",
        "Submitted 2026-12-02 00:02 CET, 3 min late.",
        "Within the grace of 5 min, so nothing is lost.",
    ]


def test_tiers_are_explained() -> None:
    """Each step of the sequence is a sentence."""
    assert said(late(2 * DAY + HOUR)) == [
        "Due 2026-12-01 23:59 CET.",
        "Submitted 2026-12-04 00:59 CET, 2 days 1 h late.",
        "The grace of 5 min is over, so lateness counts from the due time.",
        "To be on time takes 3 late days.",
        "2 late days of 3 left in the term, at most 2 for one assignment.",
        "The due time moves to 2026-12-03 23:59 CET.",
        "Later by at most 1 day: 10% is lost.",
    ]
    assert said(late(9 * DAY))[-1] == "Later by more than 3 days: everything is lost."


def test_covered_lateness_is_explained() -> None:
    """Where free days cover it, the last step says that nothing is lost."""
    extended = Extension(id=1, at=DUE, late_days=1)
    policy = LatePolicy(budget=Budget(days=3), then=PER_DAY.then)
    assert said(late(DAY + SECOND, policy, extended))[2:] == [
        "To be on time takes 2 late days.",
        "1 late day of 1 that the extension gives.",
        "1 late day of 3 left in the term.",
        "The due time moves to 2026-12-03 23:59 CET.",
        "That covers the lateness, so nothing is lost.",
    ]


def test_rates_are_explained() -> None:
    """A rate says how many periods started, and when the most is reached."""
    assert said(late(DAY + SECOND, PER_DAY))[2:] == [
        "Later by 2 × 1 day, started ones included: 20% is lost, 10% for each."
    ]
    assert said(late(9 * DAY, PER_DAY))[2:] == [
        "Later by 9 × 1 day, started ones included: 50% is lost, which is the most."
    ]
    assert said(late(DAY, LatePolicy()))[2:] == ["The late policy takes no points."]


def test_values_are_written_out() -> None:
    """Durations, spans and percentages read as people write them."""
    durations = [(0, 0, 0, 0), (0, 0, 0, 59), (0, 0, 1, 30), (1, 0, 2, 0), (12, 23, 0, 5)]
    assert [duration_text(one) for one in durations] == [
        "less than 1 s",
        "59 s",
        "1 min",
        "1 day 2 min",
        "12 days 23 h",
    ]
    spans = [span(1), span(2, Unit.WEEK), span(90, Unit.MINUTE), span(1, Unit.HOUR)]
    assert [span_text(one) for one in spans] == ["1 day", "2 weeks", "90 min", "1 h"]
    percents = [Fraction(10), Fraction(25, 2), Fraction(100, 3), Fraction(0), Fraction(100)]
    assert [percent_text(one) for one in percents] == ["10%", "12.5%", "33.33%", "0%", "100%"]
