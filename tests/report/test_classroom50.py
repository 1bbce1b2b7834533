"""Tests of `grader.report.classroom50`."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists, tuples
from sample_results import PUBLIC, check, every_state, part, result, typical, unreadable, written
from service_rules import classroom50_problem

from grader.report.classroom50 import (
    SubmissionIdentity,
    release_body,
    render_classroom50,
    status_of,
    summary_of,
)
from grader.results import State, SubmissionResult, SubmissionStatus

WHO = SubmissionIdentity(
    classroom="cs-principles",
    assignment="kmeans",
    owner="alice",
    submission="submit/2026-06-01T14-32-05Z-a1b2c3d",
    commit="https://example.org/commit/1",
    release="https://example.org/release/1",
    review="https://example.org/compare/1",
    submitted_at="2026-06-01T14:32:05Z",
)
NAMES = {"classroom": WHO.classroom, "assignment": WHO.assignment, "owner": WHO.owner}
HOSTILE = "```\n# x\n::error::x ##[error]y <img src=x> \x1b[31m @everyone ````"


def read(made: SubmissionResult, **more: Any) -> dict[str, Any]:
    """The file, written and read back; Classroom 50 would take it."""
    text = json.dumps(render_classroom50(made, WHO, **more), allow_nan=False)
    assert classroom50_problem(text, **NAMES) == ""
    read_back: dict[str, Any] = json.loads(text)
    return read_back


def of_points(*pairs: tuple[float, float]) -> SubmissionResult:
    """A result whose parts have these points of these."""
    return result(*(part(State.PARTLY, score=got, max_score=most) for got, most in pairs))


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), result()])
def test_classroom50_takes_it(made: SubmissionResult, lang: str) -> None:
    """Tests are the parts, in order; integers add up, and exact points are in other keys."""
    found = read(made, lang=lang)
    assert [test["part"] for test in found["tests"]] == [one.name for one in made.parts]
    for key in ("score", "max-score"):
        assert found[key] == sum(test[key] for test in found["tests"])
    own = found["grader"]
    assert (own["points"], own["max-points"]) == (made.score, made.max_score)
    assert found == read(made, lang=lang)


@pytest.mark.parametrize(
    ("pairs", "scale", "units"),
    [
        ([(17.5, 25), (15, 15)], 10, [175, 150]),
        ([(1 / 3, 1), (1 / 3, 1), (1 / 3, 1)], 10, [4, 3, 3]),
        ([(0.3333, 1), (2 / 3, 1)], 10, [3, 7]),
        ([(2.25, 2.25), (1.0, 1.0)], 100, [225, 100]),
        ([(1.0, 3.3333), (6.6667, 6.6667)], 10_000, [10_000, 66_667]),
        ([(24.99, 25), (25, 25)], 10, [249, 250]),
        ([(0.0, 0.0)], 10, [0]),
    ],
)
def test_points_are_scaled_to_integers(
    pairs: list[tuple[float, float]], scale: int, units: list[int]
) -> None:
    """The sum is rounded once and shared out; less than all points are never all of them."""
    found = read(of_points(*pairs))
    assert found["grader"]["scale"] == scale
    assert [test["score"] for test in found["tests"]] == units


@given(
    lists(
        tuples(floats(0, 1), floats(0, 40)).map(lambda pair: (pair[0] * pair[1], pair[1])),
        max_size=12,
    )
)
def test_any_points_add_up(pairs: list[tuple[float, float]]) -> None:
    """Whatever the points, each test is next to its exact points, and so is their sum."""
    found = read(of_points(*pairs))
    scale = found["grader"]["scale"]
    for test in found["tests"]:
        assert abs(test["score"] - test["points"] * scale) < 1
        assert test["max-score"] == round(test["max-points"] * scale)
    exact = sum(test["points"] for test in found["tests"])
    assert found["score"] == sum(test["score"] for test in found["tests"])
    assert abs(found["score"] - exact * scale) <= 1


def test_status_of_a_commit() -> None:
    """It is a success with all points that the grader gives, also when a person gives the rest."""
    assert status_of(result(part(), written())) == "success"
    assert status_of(typical()) == status_of(unreadable()) == "failure"
    assert summary_of(typical()) == "47 of 100 points"
    assert summary_of(unreadable()) == "0 of 0 points; could not be read"
    assert summary_of(result(part(), written()), lang="de") != summary_of(result(part(), written()))


def test_unreadable_has_a_reason() -> None:
    """A submission that cannot be read has 0 points, and its output says why."""
    found = read(replace(unreadable(), parts=(part(State.NOT_FOUND),)))
    assert (found["score"], found["max-score"], found["grader"]["status"]) == (
        *(0, 100),
        "unreadable",
    )
    assert [test["passed"] for test in found["tests"]] == [False]
    assert any("it ends in the middle of line 212" in line for line in found["grader"]["output"])


def test_release_body_is_one_block_of_code() -> None:
    """All text of a submission is in a block whose fence is longer than any in it."""
    checks = (check("x", "failed", visibility=PUBLIC, message=HOSTILE, hint=HOSTILE),)
    made = result(part(State.NOT_YET, checks=checks, title=HOSTILE), messages=(HOSTILE,))
    body = release_body(made, report="feedback.html")
    fence = re.findall(r"^(`{3,})text$", body, re.MULTILINE)
    assert len(fence) == 1
    head, inside, tail = body.split(fence[0])
    assert head == "### 0 of 10 points\n\n"
    assert tail.startswith("\n\nThe full report is in `feedback.html`")
    assert "\x1b" not in inside
    assert "<img" not in head + tail


def test_summary_has_no_text_of_a_student() -> None:
    """What is printed in a log is points alone."""
    made = result(part(title=HOSTILE), messages=(HOSTILE,), status=SubmissionStatus.CRASHED)
    assert summary_of(made) == "10 of 10 points; crashed the Python process"
