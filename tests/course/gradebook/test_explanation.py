"""Tests of `grader.course.gradebook.explanation`: how a mark came about, in full sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gradebook_facts import BERLIN, DAY, HOUR, PER_DAY, attempt, mark_of, override, span, work

from grader.course.gradebook.explanation import explanation, points_text
from grader.course.gradebook.facts import LateRule, Override, OverrideKind
from grader.course.gradebook.policy import Of, Unit

LATE = attempt(late=HOUR)
LATE_STEPS = [
    "Attempt 1 counts.",
    "Due 2026-12-01 23:59 CET.",
    "Submitted 2026-12-02 00:59 CET, 1 h late.",
    "Later by 1 × 1 day, started ones included: 10% is lost, 10% for each.",
]
DECIDED = [
    "Attempt 1 counts.",
    "A person decided the total, so lateness takes nothing and uses no late days.",
]


@pytest.mark.parametrize(
    ("overrides", "lines"),
    [
        ([], [*LATE_STEPS, "Lateness takes 1.4 of 14 points.", "The mark is 12.6 of 20."]),
        (
            [override(None, OverrideKind.SET, 9_500, late=LateRule.IGNORE)],
            [*DECIDED, "The mark is 9.5 of 20."],
        ),
        (
            [override(None, OverrideKind.VOID)],
            [*DECIDED, "The total is void.", "The mark is 0 of 20."],
        ),
        (
            [override(None, OverrideKind.EXCUSE)],
            ["Attempt 1 counts.", "Excused, so there is no mark."],
        ),
    ],
)
def test_marks_are_explained(overrides: list[Override], lines: list[str]) -> None:
    """Each step is there, from the attempt to the mark."""
    mark = mark_of(work(LATE, overrides=tuple(overrides)))
    assert [*explanation(mark, BERLIN)] == lines


def test_missing_marks_are_explained() -> None:
    """Without an attempt that counts the lines say so, and which came too late."""
    assert explanation(mark_of(work()), BERLIN) == ("No attempt counts.",)
    closed = work(attempt(late=DAY), attempt(2, 2 * DAY), schedule={"closes_at": LATE.started_at})
    assert explanation(mark_of(closed), BERLIN)[:2] == (
        "No attempt counts.",
        "2 attempts came after closing: not counted.",
    )


def test_points_are_written_short() -> None:
    """Points have as many decimals as they need."""
    assert [points_text(mp) for mp in (0, 12_000, 12_500, 12_505, -1_500, 100)] == [
        "0",
        "12",
        "12.5",
        "12.505",
        "-1.5",
        "0.1",
    ]


def test_steps_about_the_grace_can_be_hidden() -> None:
    """The steps that show the grace are known, since a policy may keep it from students."""
    policy = replace(PER_DAY, grace=span(5, Unit.MINUTE))
    late = mark_of(work(LATE, schedule={"policy": policy})).late
    assert late is not None
    assert [step.text(BERLIN) for step in late.steps if step.is_about_grace] == [
        "The grace of 5 min is over, so lateness counts from the due time."
    ]


def test_floor_and_possible_points_are_explained() -> None:
    """What a percentage is of, and what lateness leaves, are steps of their own."""
    policy = replace(PER_DAY, of=Of.POSSIBLE, floor_mp=12_500)
    said = explanation(mark_of(work(LATE, schedule={"policy": policy})), BERLIN)
    assert "Percent of the points that were possible, not of those achieved." in said
    assert "Lateness leaves at least 12.5 points, where there were as many." in said
