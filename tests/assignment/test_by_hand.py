"""Tests of `grader.assignment.by_hand`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import ready
from grader.assignment import Assignment, Case, Check, Mistake, Part
from grader.assignment.by_hand import without_by_hand
from grader.assignment.drawing import draw_cases
from grader.errors import AssignmentError

HERE = Path(__file__)
WHY = ready.written("why", title="Why", task="Say why.", points=5, rubric="2 for this")
DOUBLE = Part(
    "double",
    title="Double",
    task="Double it.",
    cases=lambda _draw: (Case("one"),),
    checks=(Check("values", lambda _student: None, points=4), ready.by_hand("style", points=2)),
)


def declared(*parts: Part) -> Assignment:
    """The assignment of these parts."""
    return Assignment("words", title="Words", notebook=HERE, parts=parts)


def test_written_part_is_declared() -> None:
    """A part in words has its points in one check that a person decides, and no cases."""
    (check,) = WHY.checks
    assert (WHY.is_written, WHY.points, WHY.name) == (True, 5, "why")
    assert (check.is_by_hand, check.points, check.rubric) == (True, 5, "2 for this")
    assert draw_cases(WHY, np.random.default_rng(0)) == ()
    assert declared(WHY).points == 5


def test_check_by_hand_counts() -> None:
    """A check by hand is part of the points, and none that the grader decides."""
    assert declared(DOUBLE, WHY).points == 11
    assert [check.name for check in without_by_hand(DOUBLE)] == ["values"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"points": 0}, "points: expected a number above 0, got 0; change it"),
        ({"points": "2"}, "points: expected a number above 0, got '2'; change it"),
        ({"points": float("nan")}, "points: expected a number above 0, got nan; change it"),
        ({"points": True}, "points: expected a number above 0, got True; change it"),
        ({"points": 2, "rubric": 3}, "rubric: expected a text, got 3; put it in quotes"),
    ],
)
def test_arguments_are_refused(arguments: dict[str, Any], said: str) -> None:
    """An argument of another kind is told where it is written."""
    with pytest.raises(AssignmentError) as one:
        ready.by_hand("style", **arguments)
    assert one.value.lines == (f"ready.by_hand: {said}",)
    with pytest.raises(AssignmentError) as other:
        ready.written("why", title="Why", task="Say why.", **arguments)
    assert other.value.lines == (f"ready.written: {said}",)
    with pytest.raises(AssignmentError, match="title: expected a text, got ''"):
        ready.written("why", title="", task="Say why.", points=1)


def _mistake(x: object) -> object:
    return x


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            replace(WHY, checks=(*WHY.checks, Check("runs", lambda _student: None, points=1))),
            "part 'why': is answered in words, so nobody can run check 'runs'; use ready.by_hand",
        ),
        (
            replace(WHY, mistakes=(Mistake(_mistake, "It is another."),)),
            "part 'why': is answered in words, so it has no reference, mistakes, or earlier parts; "
            "remove them",
        ),
        (
            replace(DOUBLE, depends_on=("why",)),
            "part 'double': depends on 'why', which is answered in words; name a part with code",
        ),
        (
            replace(DOUBLE, checks=(*DOUBLE.checks, replace(DOUBLE.checks[0], name="late",
                                                            needs=("style",)))),
            "part 'double', check 'late': needs 'style', which a person decides later; name "
            "another check",
        ),
        (
            replace(DOUBLE, checks=(DOUBLE.checks[0], replace(DOUBLE.checks[1], points=0))),
            "part 'double', check 'style': points: a person decides 0 points, got 0; change it",
        ),
    ],
    ids=["runs", "mistakes", "depends", "needs", "points"],
)  # fmt: skip
def test_declaration_is_checked(part: Part, said: str) -> None:
    """What cannot be decided is told when the assignment is loaded."""
    before = [] if part.name == "why" else [WHY]
    with pytest.raises(AssignmentError) as caught:
        declared(*before, part)
    assert caught.value.lines == (f"assignment 'words': {said}",)
