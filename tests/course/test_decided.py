"""Tests of `grader.course.decided`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_results import by_hand, check, part, result, traced, written

from grader.course.decided import carried_over, decided, with_marks
from grader.results import (
    CheckResult,
    Mark,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
)

WHY = ("why", "answer in words")


def marked(points: float, **fields: str) -> Mark:
    """A mark for the answer that `written` makes."""
    return Mark(points=points, **{"seen": "v1", **fields})


@pytest.mark.parametrize(
    ("points", "status", "state", "word"),
    [
        (5.0, PartStatus.PASSED, State.CORRECT, "passed"),
        (2.5, PartStatus.PARTIAL, State.PARTLY, "failed"),
        (0.0, PartStatus.FAILED, State.NOT_YET, "failed"),
    ],
)
def test_answer_in_words(points: float, status: PartStatus, state: State, word: str) -> None:
    """A decided answer has the points that it was given, and nothing of it is open."""
    whole = result(part(), written())
    assert (whole.open_points, decided(whole)) == (5.0, whole)
    made = decided(with_marks(whole, {WHY: marked(points)}))
    one = made.parts[1]
    assert (made.score, made.open_points) == (10 + points, 0.0)
    assert (one.status, one.state, one.score) == (status, state, points)
    assert [(item.status, item.score) for item in one.checks] == [(word, points)]
    assert decided(with_marks(whole, {WHY: None})) == whole


def test_program_stays() -> None:
    """What a person decides changes nothing about the program of a part and what ran."""
    before = traced()
    made = decided(with_marks(before, {("double", "clarity"): marked(4)}))
    assert made.score == before.score + 4
    assert made.parts[0].program == before.parts[0].program == "0123456789abcdef"
    assert [check.ran for check in made.parts[0].checks] == ["code", "program", ""]


def of_code(state: State, status: PartStatus, score: float, *checks: CheckResult) -> PartResult:
    """A part of 10 points of which a person decides 5."""
    return part(state, status=status, score=score, checks=(*checks, by_hand()))


OPEN = PartStatus.OPEN
LOST, RAISED = check("values", "failed"), check("values", "error")
SLOW = check("loop", "error", stopped_by="timeout")
GONE = replace(by_hand(), status=check("x", "skipped").status)


@pytest.mark.parametrize(
    ("before", "points", "status", "state"),
    [
        (of_code(State.OPEN, OPEN, 5.0, check()), 5.0, PartStatus.PASSED, State.CORRECT),
        (of_code(State.OPEN, OPEN, 5.0, check()), 1.0, PartStatus.PARTIAL, State.PARTLY),
        (of_code(State.NOT_YET, OPEN, 0.0, LOST), 5.0, PartStatus.PARTIAL, State.PARTLY),
        (of_code(State.NOT_YET, OPEN, 0.0, LOST), 0.0, PartStatus.FAILED, State.NOT_YET),
        (of_code(State.ERROR, OPEN, 0.0, RAISED), 0.0, PartStatus.ERROR, State.ERROR),
        (of_code(State.ERROR, OPEN, 0.0, RAISED), 1.0, PartStatus.PARTIAL, State.PARTLY),
        (of_code(State.TIMEOUT, OPEN, 0.0, SLOW), 1.0, PartStatus.PARTIAL, State.TIMEOUT),
        (
            part(State.NOT_FOUND, checks=(check("values", "skipped"), GONE)),
            0.0, PartStatus.MISSING, State.NOT_FOUND,
        ),
        (
            part(State.NOT_FOUND, checks=(check("values", "skipped"), GONE)),
            2.0, PartStatus.PARTIAL, State.PARTLY,
        ),
    ],
)  # fmt: skip
def test_check_of_code(before: PartResult, points: float, status: PartStatus, state: State) -> None:
    """A part is what the grader found and the person decided, together."""
    made = decided(with_marks(result(before), {("double", "clarity"): marked(points)})).parts[0]
    assert (made.status, made.state) == (status, state)
    assert made.score == before.score + points
    assert made.open_points == 0


def test_some_of_several() -> None:
    """A part stays open until everything is decided; what is lost already shows."""
    both = part(State.OPEN, checks=(by_hand("one"), by_hand("two")))
    first = decided(with_marks(result(both), {("double", "one"): marked(5)})).parts[0]
    assert (first.status, first.state, first.open_points) == (PartStatus.OPEN, State.OPEN, 5.0)
    lost = decided(with_marks(result(both), {("double", "one"): marked(1)})).parts[0]
    assert (lost.status, lost.state, lost.score) == (PartStatus.OPEN, State.PARTLY, 1.0)


def test_marks_are_carried_over() -> None:
    """A mark goes over to a new result while what the person saw is the same."""
    old = with_marks(result(written()), {WHY: marked(3, comment="Good.")})
    same, dropped = carried_over(result(written(), duration_s=9.0), old)
    assert (same.parts[0].checks[0].mark, dropped) == (marked(3, comment="Good."), ())
    for new in (
        written("It fuses.", seen="v2"),
        written(checks=(by_hand("answer in words", max_score=2.0),)),
        written(checks=(by_hand("another"),)),
        part(),
    ):
        other, dropped = carried_over(result(new), old)
        assert (_marks(other), dropped) == ([], (WHY,))


def _marks(made: SubmissionResult) -> list[Mark]:
    checks = (item for one in made.parts for item in one.checks)
    return [item.mark for item in checks if item.mark]
