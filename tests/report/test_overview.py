"""Tests of `grader.report.overview`: the page for staff."""

import json
import re
from dataclasses import replace

import pytest
from golden_files import assert_golden
from page_text import page_text
from sample_results import check, every_state, part, result, typical, unreadable
from sound_pages import HOSTILE, Page, assert_sound

from grader.catalogue import catalogue
from grader.report.attention import attention
from grader.report.overview import INDEX, STUDENTS, Run, natural, overview_files
from grader.report.result_json import stored
from grader.report.stored import StoredResult
from grader.report.tally import mistake_tallies
from grader.results import State, SubmissionResult, SubmissionStatus
from grader.safe_text import NAME_LIMIT, visible


def overview(*made: SubmissionResult, **options: object) -> Page:
    """The page for these results, after the checks of every page."""
    return overview_of(*(stored(item) for item in made), **options)


def overview_of(*data: StoredResult, **options: object) -> Page:
    """The same for results as they are kept."""
    run = Run(title="Sample", seed=7, **options)  # type: ignore[arg-type]
    return assert_sound(overview_files(data, run)[INDEX], is_scripted=True)


def row(page: Page, start: str) -> str:
    """The text of the first row of a table that starts so."""
    return next(text for text in page.rows if text.startswith(start))


def kinds(*made: SubmissionResult) -> list[tuple[str, str]]:
    """Who needs attention, and why."""
    found = attention([stored(item) for item in made], catalogue())
    return [(item.kind, item.student) for item in found]


def test_numbers_at_top() -> None:
    """The page starts with how many were read, the median and the mean."""
    said = overview(typical(), result(part(), student="b"), unreadable(), duration_s=252.0).said
    assert "2 of 3 students graded 28.5 of 100 median score 28.5 of 100 mean score" in said
    assert "1 students students with full points 4 min 12 s grading time" in said
    assert "2 students. 1 submission that could not be read or checked is not included." in said


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
            "Could not be read lindqvist lindqvist.ipynb: not a notebook, it ends in the middle of line 212. Ask the student for the file again."
        ),
        (
            "Could not be checked b The grader could not check part 1, so these points are not graded yet. Run the same command again: it grades what has no result. If that does not help, the cause is the machine, the assignment, or the grader, never the student."
        ),
        (
            "Crashed c The submission crashed the Python process that was running it. "
            "Look at the file, then grade it again with --fresh."
        ),
        (
            "Timed out d It reached the time limit in part 1. Nothing to do. The student’s report explains it."
        ),
        "Timed out f The submission reached the time limit.",
        "Almost empty e Every part is untouched or missing. Ask the student whether this is the right file.",
    ):
        assert text in said, text


def test_nothing_needs_attention() -> None:
    """Without troubles the page says so."""
    assert "Nothing needs your attention Every submission was read" in overview(result(part())).said


def test_check_to_review() -> None:
    """A check that under a tenth of ten students pass is to be reviewed."""
    parts = part(State.NOT_YET, checks=(check("odd one", "failed"),))
    said = overview(*(result(parts, student=f"s{i}") for i in range(10))).said
    assert "Unusual pass rate Part 1 Only 0 of 10 students pass “odd one”." in said
    said = overview(*(result(parts, student=f"s{i}") for i in range(9))).said
    assert "Unusual pass rate" not in said


def test_mistakes_with_students() -> None:
    """Known mistakes come with their typical line and students; what fits none comes last."""
    page = overview(*(replace(typical(), student=f"s{i}") for i in range(1, 6)))
    assert row(page, "squared distances") == (
        "squared distances These are squared distances: what is still missing is the square root "
        "2 d = jnp.sum((p - centroids) ** 2, axis=-1) 5 s1 , s2 , s3 and 2 more"
    )
    assert row(page, "No known mistake matches") == (
        "No known mistake matches 3 Worth reading: these may reveal a new common mistake. 5 s1 , s2 , s3 and 2 more"
    )


def test_no_mistake_keeps_last_row() -> None:
    """Where nobody made a known mistake, the last row stands all the same."""
    said = row(overview(result(part())), "No known mistake matches")
    assert (
        said
        == "No known mistake matches – Worth reading: these may reveal a new common mistake. 0 –"
    )


def test_typical_line_is_most_frequent() -> None:
    """The typical code of a mistake is the line that most wrote, and only a marked one."""
    made = [replace(typical(), student=f"s{i}") for i in range(3)]
    data = [stored(item) for item in made]
    lines = ("d = a", "d = b", "d = b")
    data = [
        replace(r, parts=(r.parts[0], replace(r.parts[1], code=line), *r.parts[2:]))
        for r, line in zip(data, lines, strict=True)
    ]
    assert [tally.line for tally in mistake_tallies(data)] == ["d = b", ""]


def test_hardest_check_first() -> None:
    """Checks that somebody misses are listed by their pass rate."""
    easy, hard = check("easy one"), check("hard one", "failed")
    first = result(part(checks=(easy, hard)), student="a")
    other = result(part(checks=(replace(hard, name="easy one"), hard)), student="b")
    said = overview(first, other).said
    assert "2 of 2 checks, hardest first" in said
    assert "Everyone passes the other 0." in said
    assert said.index("hard one") < said.index("easy one")
    assert "Every student passes every check." in overview(result(part(checks=(easy,)))).said


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
    made = stored(result(part(State.PARTLY, checks=(bad,)), messages=(text,)))
    made = replace(made, student=text)
    other = replace(made, status=SubmissionStatus.UNREADABLE)
    page = assert_sound(
        overview_files([made, other], Run(title=text, seed=1))[INDEX], is_scripted=True
    )
    assert "49" not in page.said.replace("40–49", "")


def test_soundness_and_empty_batch() -> None:
    """The checking's own state is shown when it is known; an empty batch still has a page."""
    said = overview(result(part()), soundness=[(True, "The reference gets 100 of 100.")]).said
    assert "Can you trust these results? The reference gets 100 of 100." in said
    assert "0 submissions" in overview().said


def test_unsound_run_comes_first() -> None:
    """A run that is not sound is the first thing that needs attention."""
    page = overview(unreadable(), soundness=[(False, "It gets 80 of 100 points.")])
    assert "Needs your attention: 2 What Where Details What to do The checking is not" in (
        page.said
    )


def test_hidden_inputs_described() -> None:
    """Hidden test cases by part are described, by the number of the part."""
    inputs = {"double": ("far away: `x` (3,)",), "unknown": ("never shown",)}
    said = overview(result(part()), inputs=inputs).said
    assert "Hidden test cases by part Part 1 far away: x (3,)" in said
    assert "never shown" not in said


def test_names_can_be_hidden() -> None:
    """Every name of a student stands where the checkbox hides it, with another beside it."""
    made = [replace(item, student="canary-name") for item in (unreadable(), typical())]
    made = [replace(made[0], messages=("canary-name.ipynb: cut off",)), made[1]]
    html = overview_files([stored(item) for item in made], Run(title="S", seed=7))[INDEX]
    open_text = re.sub(r'<span class="(?:num )?who">.*?</span>', "", html)
    assert "canary-name" not in re.sub(r'href="[^"]*"', "", open_text)
    assert html.count('class="num who"') == html.count('class="nobody"')
    style = html[html.index("<style>") : html.index("</style>")]
    assert ":root:has(#hide:checked) :is(.who,.hid){display: none;}" in style


def test_large_class_has_a_list() -> None:
    """Above 400 students the table of them has pages of its own, the same in any order."""
    made = [stored(replace(typical(), student=f"s{i}")) for i in range(401)]
    run = Run(title="Sample", seed=7)
    assert list(overview_files(made[1:], run)) == [INDEX]
    pages = overview_files(made, run)
    second = "students-list-2.html"
    assert list(pages) == [INDEX, STUDENTS, second]
    index, more = assert_sound(pages[INDEX]), assert_sound(pages[second])
    students = assert_sound(pages[STUDENTS], is_scripted=True)
    assert "All students" in index.said
    assert not any("s400/" in href for href in index.values("href"))
    linked = [
        [href for href in page.values("href") if href.endswith("/feedback.html")]
        for page in (students, more)
    ]
    assert [len(found) for found in linked] == [250, 151]
    assert len({*linked[0], *linked[1]}) == 401
    assert [row[2] for row in json.loads(students.data)["rows"]] == [*linked[0], *linked[1]]
    assert "Sort and find all students on the first page" in more.said
    assert len(pages[INDEX].encode()) < 100_000
    assert all(len(pages[name].encode()) < 700_000 for name in (STUDENTS, second))
    assert pages == overview_files(made[::-1], run)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_data(text: str) -> None:
    """A name cannot end the data that the script reads."""
    made = [stored(replace(typical(), student=f"s{i}")) for i in range(400)]
    made.append(replace(made[0], student=text))
    page = assert_sound(overview_files(made, Run(title="S", seed=7))[STUDENTS], is_scripted=True)
    assert visible(text, NAME_LIMIT) in [row[0] for row in json.loads(page.data)["rows"]]


def test_attention_has_an_end() -> None:
    """Of very many troubles the first 300 are listed, and how many more there are."""
    made = [replace(unreadable(), student=f"s{i}") for i in range(302)]
    said = overview(*made).said
    assert "Needs your attention: 302" in said
    assert "and 2 more, see the notes in the table of all students" in said
    assert said.count("Ask the student for the file again.") == 300


def test_no_longer_handed_in() -> None:
    """Who is no longer handed in stays in the table, is told, and is part of no number."""
    kept = replace(stored(replace(typical(), student="ann")), is_gone=True)
    page = overview_of(kept, stored(result(part(), student="bob")))
    said = page.said
    assert "Sample: 1 submission " in said
    assert "1 of 1 students graded 10 of 10 median score" in said
    assert "1 submission that is no longer there is not included either." in said
    assert (
        "No longer submitted ann The sources of this run contain nothing from this student. The result is from an earlier run and is not part of any number on this page. Check whether a file is missing. If so, put it back and run the command again."
    ) in said
    assert row(page, "ann 47").endswith("No longer submitted")


def test_what_was_not_checked_is_no_zero() -> None:
    """A submission of which nothing could be checked has no points, and is part of no number."""
    made = (result(part(State.UNCHECKED, score=0.0), student="ann"), result(part(), student="bob"))
    page = overview(*made)
    assert "1 of 2 students graded 10 of 10 median score" in page.said
    assert "1 submission that could not be read or checked is not included." in page.said
    assert row(page, "ann –") == "ann – – Could not be checked"


def test_class_of_36_stays_small() -> None:
    """The page of a class of 36 stays under 100 KB."""
    made = [stored(replace(typical(), student=f"student_{i}")) for i in range(36)]
    assert len(overview_files(made, Run(title="Sample", seed=7))[INDEX].encode()) < 100_000


def test_overview_golden() -> None:
    """What the overview of a small class says is what was read and kept."""
    half = replace(typical(), student="half")
    stopped = result(*typical().parts[:4], replace(typical().parts[4], state=State.TIMEOUT))
    made = (unreadable(), typical(), half, replace(stopped, student="stopped"))
    run = Run(
        title="K-Means in JAX",
        seed=7,
        duration_s=252.0,
        jobs=8,
        soundness=[(True, "A correct solution graded before the class gets 100 of 100 points.")],
        inputs={"init": ("another data set: `points` (60, 3)",)},
    )
    html = overview_files([stored(item) for item in made], run)[INDEX]
    assert_golden("overview.txt", page_text(html))
