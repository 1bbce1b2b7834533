"""Tests of `grader.report.overview`: the page for staff."""

from dataclasses import replace

import pytest
from sample_results import check, every_state, part, result, typical, unreadable
from test_report_html import HOSTILE, Page, assert_sound

from grader.catalogue import catalogue
from grader.report.json import result_to_dict
from grader.report.overview import attention, natural, render_overview
from grader.results import State, SubmissionResult, SubmissionStatus


def overview(*made: SubmissionResult, **options: object) -> Page:
    """The page for these results, after the checks of every page."""
    data = [result_to_dict(item) for item in made]
    return assert_sound(render_overview(data, title="Sample", seed=7, **options))  # type: ignore[arg-type]


def kinds(*made: SubmissionResult) -> list[tuple[str, str]]:
    """Who needs attention, and why."""
    found = attention([result_to_dict(item) for item in made], catalogue())
    return [(item.kind, item.student) for item in found]


def test_numbers_at_top() -> None:
    """The page starts with how many were read, the median and the mean."""
    said = overview(typical(), result(part(), student="b"), unreadable(), duration_s=252.0).said
    assert "2 of 3 students checked 28.5 of 100 median points 28.5 of 100 mean points" in said
    assert "1 with full points 4 min 12 s run time of all checks" in said
    assert "2 students. 1 could not be read and is left out." in said


def test_attention_most_pressing_first() -> None:
    """Troubles come in their order: unreadable, unchecked, crashed, time limit, near-empty."""
    assert kinds(
        result(part(State.NOT_STARTED), part(State.NOT_FOUND), student="e"),
        result(part(State.TIMEOUT), student="d"),
        result(part(), student="c", status=SubmissionStatus.CRASHED),
        result(part(State.UNCHECKED), student="b"),
        unreadable(),
        result(part(), student="f"),
    ) == [
        ("unreadable", "lindqvist"), ("unchecked", "b"), ("crashed", "c"), ("timeout", "d"),
        ("empty", "e"),
    ]  # fmt: skip


def test_attention_texts() -> None:
    """Each trouble says what happened and what to do."""
    said = overview(
        unreadable(),
        result(part(State.UNCHECKED), student="b"),
        result(part(), student="c", status=SubmissionStatus.CRASHED),
        result(part(State.TIMEOUT), student="d"),
        result(part(State.NOT_FOUND), student="e"),
        result(part(), student="f", status=SubmissionStatus.TIMEOUT),
    ).said.replace(" .", ".")
    for text in (
        "Needs your attention: 6",
        (
            "Could not be read lindqvist lindqvist.ipynb: not a notebook, it ends in the middle of "
            "line 212. Ask for the file again."
        ),
        (
            "Could not be checked b The grader could not check part 1. The points are not set. "
            "Grade it again with --fresh ; if it stays, this is a fault of the grader."
        ),
        (
            "Stopped the checking program c The submission ended the program that was running it. "
            "Look at the file, then grade it again with --fresh."
        ),
        (
            "Stopped: time limit d The time limit was reached in part 1. Nothing to do: the report "
            "explains it."
        ),
        "Stopped: time limit f The submission reached the time limit.",
        "Near-empty e Every part is untouched or missing. Ask whether this is the right file.",
    ):
        assert text in said, text


def test_nothing_needs_attention() -> None:
    """Without troubles the page says so."""
    assert "Nothing needs your attention Every submission was read" in overview(result(part())).said


def test_check_to_review() -> None:
    """A check that under a tenth of ten students pass is to be reviewed."""
    parts = part(State.NOT_YET, checks=(check("odd one", "failed"),))
    said = overview(*(result(parts, student=f"s{i}") for i in range(10))).said
    assert "Check to review Part 1 Only 0 of 10 students pass “odd one”." in said
    said = overview(*(result(parts, student=f"s{i}") for i in range(9))).said
    assert "Check to review" not in said


def test_mistakes_with_students() -> None:
    """Known mistakes are counted with the students who made them; the rest comes last."""
    said = overview(*(replace(typical(), student=f"s{i}") for i in range(1, 6))).said
    assert (
        "squared distances 2 These are squared distances: what is still missing is the square "
        "root 5 s1 , s2 , s3 and 2 more No known mistake fits 3 Read these yourself: they may "
        "show a new one. 5 s1 , s2 , s3 and 2 more"
    ) in said


def test_hardest_check_first() -> None:
    """Checks that somebody misses are listed by their pass rate."""
    easy, hard = check("easy one"), check("hard one", "failed")
    first = result(part(checks=(easy, hard)), student="a")
    other = result(part(checks=(replace(hard, name="easy one"), hard)), student="b")
    said = overview(first, other).said
    assert "2 of 2 checks, hardest first" in said
    assert said.index("hard one") < said.index("easy one")
    assert "Everybody passes every check." in overview(result(part(checks=(easy,)))).said


def test_students_link_reports() -> None:
    """Students are in natural order and each links the report, with a safe address."""
    page = overview(
        *(result(part(), student=name) for name in ("s10", "s2", "a b/../c?d#e")), every_state()
    )
    links = [href for href in page.values("href") if href.startswith("students/")]
    assert "students/a%20b%2F..%2Fc%3Fd%23e/feedback.html" in links
    assert links.index("students/s2/feedback.html") < links.index("students/s10/feedback.html")
    assert sorted(["s10", "S2", "s1x"], key=natural) == ["s1x", "S2", "s10"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text(text: str) -> None:
    """Whatever a submission holds is shown as text."""
    bad = check(text, "failed", message=text, hint=text, mistake=text)
    made = result_to_dict(result(part(State.PARTLY, checks=(bad,)), messages=(text,)))
    made["student"] = text
    other = {**made, "status": "unreadable"}
    page = assert_sound(render_overview([made, other], title=text, seed=1))
    assert "49" not in page.said.replace("40–49", "")


def test_soundness_and_empty_batch() -> None:
    """The checking's own state is shown when it is known; an empty batch still has a page."""
    said = overview(result(part()), soundness=[(True, "The reference gets 100 of 100.")]).said
    assert "Is the checking itself sound? The reference gets 100 of 100." in said
    assert "0 submissions" in overview().said


def test_large_class_stays_small() -> None:
    """A page of 500 students stays under 1 MB and is the same in any order of results."""
    made = [result_to_dict(replace(typical(), student=f"s{i}")) for i in range(500)]
    html = render_overview(made, title="Sample", seed=7)
    assert len(html.encode()) < 1_000_000
    assert html == render_overview(made[::-1], title="Sample", seed=7)
