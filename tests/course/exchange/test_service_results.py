"""Tests of `grader.course.exchange.services`: marks for Gradescope and Classroom 50."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_results import PUBLIC, check, every_state, part, result, typical, unreadable
from service_rules import classroom50_problem, gradescope_problems

from grader.course.exchange.service_lines import CourseMark, MarkedPart
from grader.course.exchange.services import classroom50_result, gradescope_result, shared_out
from grader.report.classroom50 import SubmissionIdentity, render_classroom50
from grader.report.gradescope import render_gradescope
from grader.report.result_json import stored
from grader.report.stored import StoredResult
from grader.results import State, SubmissionResult

IDENTITY = SubmissionIdentity(
    classroom="cs", assignment="sample", owner="ada", submission="submit/1", commit="https://c",
    release="https://r", review="https://v", submitted_at="2026-03-01T12:00:00Z",
)  # fmt: skip


def marked(made: SubmissionResult, **fields: Any) -> tuple[StoredResult, CourseMark]:
    """A result as it is stored, and the mark that follows from it alone, or with these fields."""
    kept = stored(made)
    parts = tuple(
        MarkedPart(
            name=one.name,
            max_mp=round(one.max_score * 1000),
            auto_mp=None if one.state is State.UNCHECKED else round(one.score * 1000),
            mark_mp=None if one.state is State.UNCHECKED else round(one.score * 1000),
            open_mp=round(one.open_points * 1000),
        )
        for one in kept.parts
    )
    mark = CourseMark(
        assignment="sample",
        mark_mp=round(kept.score * 1000),
        max_mp=round(kept.max_score * 1000),
        parts=parts,
    )
    return kept, replace(mark, **fields)


def gradescope(kept: StoredResult | None, mark: CourseMark, **more: Any) -> dict[str, Any]:
    """The file, read back; Gradescope would take it, and its tests add up to the score."""
    data = gradescope_result(kept, mark, **more)
    assert gradescope_problems(data.decode()) == []
    found: dict[str, Any] = json.loads(data)
    total = round(sum(test["score"] for test in found["tests"]), 3)
    assert total == found["score"] == (mark.mark_mp or 0) / 1000
    assert [test["number"] for test in found["tests"]] == [
        str(number) for number in range(1, len(found["tests"]) + 1)
    ]
    return found


def classroom50(kept: StoredResult | None, mark: CourseMark, **more: Any) -> dict[str, Any]:
    """The file, read back; Classroom 50 would take it, and its tests add up to the score."""
    data = classroom50_result(kept, mark, IDENTITY, **more)
    owner = {"classroom": "cs", "assignment": "sample", "owner": "ada"}
    assert classroom50_problem(data.decode(), **owner) == ""
    found: dict[str, Any] = json.loads(data)
    tests = found["tests"]
    assert sum(test["score"] for test in tests) == found["score"]
    assert sum(test["max-score"] for test in tests) == found["max-score"]
    exact = max(0, mark.mark_mp or 0) / 1000
    assert found["score"] == pytest.approx(exact * found["grader"]["scale"], abs=1)
    return found


@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), result()])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_untouched_marks_are_those_of_the_grader(made: SubmissionResult, lang: str) -> None:
    """Without overrides and lateness the points are those of `grader autograde`, test by test."""
    kept, mark = marked(made)
    ours, theirs = gradescope(kept, mark, lang=lang), render_gradescope(made, lang=lang)
    keys = ("number", "name", "score", "max_score", "status", "visibility", "output_format")
    for our, their in zip(ours["tests"], theirs["tests"], strict=True):
        assert {key: our[key] for key in keys if key != "name"} == {
            key: their[key] for key in keys if key != "name"
        }
    counted = render_classroom50(made, IDENTITY, lang=lang)
    found = classroom50(kept, mark, lang=lang)
    assert [one["score"] for one in found["tests"]] == [one["score"] for one in counted["tests"]]
    assert (found["score"], found["max-score"]) == (counted["score"], counted["max-score"])


def test_same_rows_same_bytes() -> None:
    """The same result and mark give the same bytes."""
    kept, mark = marked(typical())
    assert gradescope_result(kept, mark) == gradescope_result(kept, mark)
    assert classroom50_result(kept, mark, IDENTITY) == classroom50_result(kept, mark, IDENTITY)


TWO = result(
    part(State.CORRECT, name="a", title="First"),
    part(State.PARTLY, name="b", title="Second", checks=(check(visibility=PUBLIC),)),
)
"""10 of 10 and 5 of 10 points."""


def test_late_submission() -> None:
    """What lateness took is a line of its own at Gradescope; the parts stay as they are."""
    kept, mark = marked(TWO, mark_mp=13_500, late_mp=1_500)
    found = gradescope(kept, mark)
    assert [(one["name"], one["score"], one["max_score"]) for one in found["tests"]] == [
        ("First", 10, 10),
        ("Second", 5, 10),
        ("Late submission", -1.5, 0),
    ]
    assert found["output"].splitlines() == [
        "sample: 13.5 of 20 points.",
        "Deduction for the late submission: 1.5 points in total.",
    ]


def test_late_submission_at_classroom50() -> None:
    """Classroom 50 takes no negative test: the parts count for less, and say what they are worth."""
    kept, mark = marked(TWO, mark_mp=13_500, late_mp=1_500)
    found = classroom50(kept, mark)
    assert [(one["test-name"], one["score"], one["max-score"]) for one in found["tests"]] == [
        ("1. First", 90, 100),
        ("2. Second", 45, 100),
        ("Late submission", 0, 0),
    ]
    assert found["tests"][0]["points"] == 10
    assert found["tests"][0]["passed"] is True
    assert found["tests"][0]["output"] == [
        "Correct: 10 of 10 points.",
        "Here this part counts as 9 points, so the tests add up to your score.",
    ]
    assert found["grader"]["points"] == 13.5
    assert found["grader"]["late-points"] == 1.5


def test_override_of_a_part() -> None:
    """A part that a person changed has the new points, what they were, and the reason if shown."""
    kept, mark = marked(TWO)
    first, second = mark.parts
    second = replace(second, mark_mp=8_000, is_changed=True, reason="The idea is correct.")
    found = gradescope(kept, replace(mark, mark_mp=18_000, parts=(first, second)))
    assert found["tests"][1]["score"] == 8
    assert found["tests"][1]["status"] == "failed"
    assert found["tests"][1]["output"].splitlines() == [
        "8 of 10 points.",
        "Your course staff changed the points of this part from 5 to 8.",
        "The idea is correct.",
        "✓ Values: passed.",
    ]
    full = replace(second, mark_mp=10_000)
    found = gradescope(kept, replace(mark, mark_mp=20_000, parts=(first, full)))
    assert found["tests"][1]["status"] == "passed"


@pytest.mark.parametrize(
    ("mark_mp", "late_mp", "changes"),
    [
        (18_000, 0, [("Changed by course staff", 3.0)]),
        (12_000, 0, [("Changed by course staff", -3.0)]),
        (16_200, 1_800, [("Changed by course staff", 3.0), ("Late submission", -1.8)]),
        (25_000, 0, [("Changed by course staff", 10.0)]),
        (15_000, 0, []),
    ],
)
def test_override_of_the_total(
    mark_mp: int, late_mp: int, changes: list[tuple[str, float]]
) -> None:
    """What a person set for the total is a line of its own, next to lateness."""
    kept, mark = marked(TWO, mark_mp=mark_mp, late_mp=late_mp, override="18")
    found = gradescope(kept, mark)
    assert [(one["name"], one["score"]) for one in found["tests"][2:]] == changes
    assert (
        "Your course staff changed your score. The parts add up to 15 points in total."
        in found["output"].splitlines()
    )
    there = classroom50(kept, mark)
    assert there["score"] == mark_mp // 100


def test_bonus_raises_the_maximum() -> None:
    """At Classroom 50 points above the parts are a test of their own with that maximum."""
    kept, mark = marked(TWO, mark_mp=25_000, override="25")
    tests = classroom50(kept, mark)["tests"]
    assert [(one["score"], one["max-score"], one["passed"]) for one in tests] == [
        (100, 100, True),
        (50, 100, False),
        (100, 100, True),
    ]


@pytest.mark.parametrize(
    ("override", "mark_mp", "said"),
    [
        ("excused", None, "You are excused from this assignment. These 0 points do not count."),
        ("void", 0, "Your course staff decided that this submission does not count."),
        ("", None, "There is no score yet. These 0 points are not a result."),
    ],
)
def test_no_mark_says_why(override: str, mark_mp: int | None, said: str) -> None:
    """Without a mark there is a file all the same: no points, and why."""
    kept, mark = marked(TWO, mark_mp=mark_mp, override=override)
    found = gradescope(kept, mark)
    assert found["output"].splitlines() == ["sample: 0 of 20 points.", said]
    assert classroom50(kept, mark)["score"] == 0


def test_mark_without_result() -> None:
    """A person may give a mark without any result: the parts are called by their names."""
    one = MarkedPart(name="a", max_mp=10_000, auto_mp=None, mark_mp=7_000, is_changed=True)
    mark = CourseMark(assignment="sample", mark_mp=7_000, max_mp=10_000, parts=(one,))
    (test,) = gradescope(None, mark)["tests"]
    assert (test["name"], test["score"]) == ("a", 7)
    assert test["output"].splitlines() == [
        "7 of 10 points.",
        "Your course staff decided the points of this part.",
    ]
    assert classroom50(None, mark)["score"] == 70


def test_hidden_checks_are_only_counted() -> None:
    """Of hidden checks there is how many were passed, and nothing that they say."""
    made = result(
        part(State.PARTLY, checks=(check("secret", "failed", message="SECRET 42", hint="SECRET"),))
    )
    kept, mark = marked(made)
    text = (
        gradescope_result(kept, mark).decode() + classroom50_result(kept, mark, IDENTITY).decode()
    )
    assert "Hidden checks: 0 of 1 passed." in text
    assert "SECRET" not in text
    assert "secret" not in text


def test_hostile_texts_do_not_act() -> None:
    """Texts of students and staff have no control characters, and cannot break the file."""
    hostile = "<b>\x1b[31m\u202e\ud800\r\n::error::x"
    kept, mark = marked(result(part(State.PARTLY, title=hostile), student=hostile))
    mark = replace(mark, reason=hostile, override="5", mark_mp=5_000)
    for data in (gradescope_result(kept, mark), classroom50_result(kept, mark, IDENTITY)):
        text = data.decode("utf-8")
        assert "\x1b" not in text
        assert "\\u001b" not in text
        assert "\u202e" not in text


PART = st.builds(
    MarkedPart,
    name=st.uuids().map(lambda one: f"p{one.hex}"),
    max_mp=st.integers(0, 30_000),
    auto_mp=st.none() | st.integers(0, 30_000),
    mark_mp=st.none() | st.integers(-5_000, 40_000),
    open_mp=st.integers(0, 5_000),
    is_changed=st.booleans(),
)


@settings(max_examples=60)
@given(
    st.lists(PART, max_size=5),
    st.none() | st.integers(0, 200_000),
    st.integers(0, 50_000),
    st.sampled_from(["", "5", "void"]),
)
def test_sums_always_agree(
    parts: list[MarkedPart], mark_mp: int | None, late_mp: int, override: str
) -> None:
    """Whatever people changed and lateness took, the tests add up to the course's mark."""
    mark = CourseMark(
        assignment="sample",
        mark_mp=mark_mp,
        max_mp=sum(one.max_mp for one in parts),
        parts=tuple(parts),
        override=override,
        late_mp=late_mp,
    )
    gradescope(None, mark)
    found = classroom50(None, mark)
    whole = sum(one.max_mp for one in parts)
    if 0 < (mark_mp or 0) < whole and all((one.mark_mp or 0) <= one.max_mp for one in parts):
        assert found["score"] < found["max-score"]


@settings(max_examples=60)
@given(st.lists(st.fractions(0, 1000, max_denominator=1000), max_size=6), st.integers(0, 5000))
def test_shared_out(exact: list[Fraction], total: int) -> None:
    """Integers add up to the total where the numbers reach it, none above its number rounded up."""
    units = shared_out(exact, total)
    assert all(0 <= unit < one + 1 for unit, one in zip(units, exact, strict=True))
    if total <= sum(exact, Fraction(0)):
        assert sum(units) == total
    else:
        assert sum(units) <= total
