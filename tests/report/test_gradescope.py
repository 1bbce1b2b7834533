"""Tests of `grader.report.gradescope` and of the lines that services show."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sample_results import (
    HIDDEN,
    PUBLIC,
    check,
    every_state,
    part,
    result,
    typical,
    unreadable,
    written,
)
from service_rules import gradescope_problems

from grader.report.gradescope import (
    previous_points,
    render_gradescope,
    total_points,
    unfinished,
)
from grader.results import State, SubmissionResult, SubmissionStatus

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\ud800\r\n::error::x ##[error]y"


def read(made: SubmissionResult, **more: Any) -> dict[str, Any]:
    """The file, written and read back; Gradescope would take it."""
    text = json.dumps(render_gradescope(made, **more), allow_nan=False, ensure_ascii=False)
    text.encode("utf-8")
    assert gradescope_problems(text) == []
    read_back: dict[str, Any] = json.loads(text)
    return read_back


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), result()])
def test_gradescope_takes_it(made: SubmissionResult, lang: str) -> None:
    """There is one visible test for each part, in order, and their points are the score."""
    found = read(made, lang=lang)
    assert [test["number"] for test in found["tests"]] == [
        str(number) for number in range(1, len(made.parts) + 1)
    ]
    assert found["score"] == sum(test["score"] for test in found["tests"]) == made.score
    assert sum(test["max_score"] for test in found["tests"]) == made.max_score
    shown = [found, *found["tests"]]
    assert {one["visibility"] for one in shown} == {"visible"}
    assert {one["output_format"] for one in shown} == {"text"}
    assert found["stdout_visibility"] == "hidden"
    assert found == read(made, lang=lang)


def test_output_of_parts() -> None:
    """A part says its points, the likely cause, the next step, and what each public check found."""
    tests = read(typical())["tests"]
    assert [(test["status"], test["score"]) for test in tests] == [
        ("passed", 15), ("failed", 17), ("failed", 5), ("failed", 0), ("passed", 10),
    ]  # fmt: skip
    assert tests[1]["name"] == "Find the new assignment"
    assert tests[1]["output"].splitlines() == [
        "Partly correct: 17 of 25 points.",
        "These are squared distances: what is still missing is the square root (cell 14, line 3).",
        "✓ assignment is right for all 800 samples.",
        "◆ distortions is incorrect in 796 of 800 entries.",
        "Hidden checks: 1 of 2 passed.",
    ]
    timed_out = part(State.TIMEOUT, checks=(check(status="error", stopped_by="timeout"),))
    assert read(result(timed_out))["tests"][0]["output"].splitlines() == [
        "Timed out: 0 of 10 points.",
        "Check each loop: what makes it stop, and does that value change in every iteration?",
        "Hidden checks: 0 of 1 passed.",
    ]


def test_hidden_checks_are_only_counted() -> None:
    """Nothing of a hidden check is there but whether it passed, not even its name."""
    checks = (
        check("example", visibility=PUBLIC, message="`x` is correct"),
        check("secret name", "failed", visibility=HIDDEN, message="`x` is 41.5; expected 97.25"),
        check("other name", visibility=HIDDEN, message="`x` is 17.5"),
        check("tip", "advice", visibility=HIDDEN, message="write less"),
    )
    output = read(result(part(State.PARTLY, checks=checks)))["tests"][0]["output"]
    assert "Hidden checks: 1 of 2 passed." in output
    assert "✓ x is correct." in output
    for secret in ("41.5", "97.25", "17.5", "other name", "write less"):
        assert secret not in output


def test_text_of_a_student_does_nothing() -> None:
    """Characters that act are shown, in every place where text of a submission is."""
    checks = (check(HOSTILE, "failed", visibility=PUBLIC, message=HOSTILE, hint=HOSTILE),)
    made = result(
        part(State.NOT_YET, title=HOSTILE, checks=checks, notes=(HOSTILE,)),
        path=HOSTILE,
        messages=(HOSTILE,),
    )
    text = json.dumps(read(made), ensure_ascii=False)
    assert not {"\x1b", "\u202e", "\ud800", "\r"} & set(text)
    assert "⟨U+202E⟩" in text


@pytest.mark.parametrize("status", [SubmissionStatus.TIMEOUT, SubmissionStatus.CRASHED])
def test_reason_is_first(status: SubmissionStatus) -> None:
    """Where a submission as a whole failed, its output says so, and why."""
    made = result(part(State.ERROR, score=0.0), status=status, messages=("it ended early",))
    assert {"timeout": "Timed out", "crashed": "Crashed the Python process"}[status] + (
        ": it ended early."
    ) in read(made)["output"].splitlines()


def test_unreadable_has_no_points_and_a_reason() -> None:
    """A file that cannot be read has 0 points, the reason, what to do, and nothing to compare."""
    made = unreadable()
    found = read(replace(made, parts=(part(State.NOT_FOUND),)), previous=5.0)
    assert (found["score"], found["tests"][0]["score"]) == (0, 0)
    assert found["output"].splitlines() == [
        "Sample exercise: 0 of 10 points.",
        "Could not be read: lindqvist.ipynb: not a notebook, it ends in the middle of line 212.",
        "Open the file in Jupyter, run all cells, save it, and submit it again.",
    ]


def test_what_failed_of_ours_is_for_staff() -> None:
    """A message about the grader itself is not shown to students."""
    unchecked = part(State.UNCHECKED, score=0.0)
    made = result(unchecked, status=SubmissionStatus.CRASHED, messages=("/srv/grader/x.py",))
    found = read(made)
    assert found["tests"][0]["status"] == "failed"
    assert found["output"] == "Sample exercise: 0 of 10 points.\nCould not be checked."


def test_points_of_a_person_are_open() -> None:
    """A part that waits for a person alone is passed, and says that its points are open."""
    found = read(result(part(), written()))
    assert [test["status"] for test in found["tests"]] == ["passed", "passed"]
    assert (
        "5 points are still open and not lost: a person decides about them."
        in (found["tests"][1]["output"])
    )


@pytest.mark.parametrize(
    ("previous", "said"),
    [
        (None, None),
        (2.5, "Your previous submission had 2.5 points; this one has 7.5 more."),
        (10.0, "Your previous submission also had 10 points."),
        (12.25, "Your previous submission had 12.25 points; this one has 2.25 fewer."),
    ],
)
def test_previous_points_are_compared(previous: float | None, said: str | None) -> None:
    """The last line of the output compares the points with those of the submission before."""
    lines = read(result(part()), previous=previous)["output"].splitlines()
    assert lines[1:] == ([said] if said else [])


@pytest.mark.parametrize("lang", ["en", "de"])
def test_unfinished_is_valid(lang: str) -> None:
    """What is there before the grading has 0 points and says that it is not a result."""
    text = json.dumps(unfinished(lang))
    assert gradescope_problems(text) == []
    assert json.loads(text)["score"] == 0
    assert "0 " in json.loads(text)["output"]


def test_metadata_is_read() -> None:
    """The last submission counts that the autograder did not fail on, by the time of each."""
    earlier = [
        {"submission_time": "2026-04-06T23:24:48.087023-07:00", "score": 70.0},
        {"submission_time": "2026-04-07T05:00:00.000000+00:00", "score": 30},
        {"submission_time": "2026-04-08T05:00:00+00:00", "score": 0.0, "autograder_error": True},
        {"submission_time": "soon", "score": 3.0},
    ]
    data = {"previous_submissions": earlier, "assignment": {"total_points": "100.0"}}
    assert previous_points(data) == 70.0
    assert total_points(data) == 100.0


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", {}, {"previous_submissions": None, "assignment": []},
        {"previous_submissions": [None, {"score": None}, {"score": True}, {"score": 1e400}]},
        {"previous_submissions": {}, "assignment": {"total_points": "many"}},
        {"assignment": {"total_points": "NaN"}},
    ],
)  # fmt: skip
def test_metadata_may_be_anything(data: object) -> None:
    """What is not there, or not as documented, is not known."""
    assert previous_points(data) is None
    assert total_points(data) is None
