"""Tests of `grader.report.overview`: the page for staff."""

import json
import re
from dataclasses import replace

import pytest
from golden_files import assert_golden
from page_text import page_text
from sample_results import check, every_state, part, result, typical, unreadable
from sound_pages import HOSTILE, Page, assert_sound

from grader.catalog import catalog
from grader.report.attention import attention
from grader.report.class_text import batch_summary
from grader.report.overview import INDEX, STUDENTS, Run, overview_files
from grader.report.result_json import stored
from grader.report.stored import StoredResult
from grader.report.student_table import natural
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
    found = attention([stored(item) for item in made], catalog())
    return [(item.kind, item.student) for item in found]


def test_numbers_at_top() -> None:
    """The page starts with how many were graded, the median and the mean, and how long it took."""
    made = (typical(), result(part(), student="b"), unreadable())
    said = overview(*made, duration_s=252.0, jobs=8).said
    assert "graded in 4 min 12 s, 8 at a time · seed 7 · grades.csv" in said
    assert "2 of 3 students graded 28.5 of 100 median score 28.5 of 100 mean score" in said
    assert "1 student with full points" in said
    assert "2 students by total points (out of 100). 1 submission that could not be read" in said
    assert "graded in" not in overview(*made).said


def test_attention_most_pressing_first() -> None:
    """Troubles come in their order, and what is for information alone comes last."""
    assert kinds(
        result(part(State.NOT_STARTED), part(State.NOT_FOUND), student="e"),
        result(part(State.TIMEOUT), student="d", is_late=True),
        result(part(), student="c", status=SubmissionStatus.CRASHED),
        result(part(State.UNCHECKED), student="b"),
        unreadable(),
        result(part(), student="f"),
    ) == [
        ("unreadable", "lindqvist"), ("unchecked", "b"), ("crashed", "c"), ("empty", "e"),
        ("timeout", "d"), ("late", "d"),
    ]  # fmt: skip


def test_attention_texts() -> None:
    """Each kind of trouble is one group: what happened, what to do, whose."""
    said = overview(
        unreadable(),
        replace(unreadable(), student="lund", messages=("lund.pdf: only a PDF",)),
        result(part(State.UNCHECKED), student="b"),
        result(part(), student="c d", status=SubmissionStatus.CRASHED),
        result(part(State.NOT_FOUND), student="e"),
        result(part(State.NOT_FOUND), student="g"),
    ).said.replace(" .", ".")
    for text in (
        "Needs your attention: 6 students",
        (
            "Could not be read 2 Ask these students for the file again. lindqvist "
            "lindqvist.ipynb: not a notebook, it ends in the middle of line 212. lund lund.pdf: "
            "only a PDF."
        ),
        (
            "Could not be checked 1 The grader could not check part 1, so these points are not "
            "set. Run the same command again: it grades what has no result. If that does not help, "
            "the cause is the machine, the assignment, or the grader, never the student. b"
        ),
        (
            "Crashed 1 The submission crashed the Python process that was running it. Look at the "
            "file, then run the same command again with --only 'c d' c d"
        ),
        (
            "Almost empty 2 Every part is untouched or missing. Ask these students whether this is "
            "the right file. e g"
        ),
    ):
        assert text in said, text


def test_one_name_can_be_copied() -> None:
    """The name of a group of one can be copied as those of many can."""
    assert "Copy names lindqvist" in overview(unreadable()).said


def test_only_information_needs_nobody() -> None:
    """What nobody has to do anything about is no item: it is folded away, for information."""
    said = overview(
        result(part(State.TIMEOUT), student="d"),
        result(part(), student="f", status=SubmissionStatus.TIMEOUT, is_late=True),
    ).said
    assert "Nothing needs your attention" in said
    assert "For information: Timed out (2), Submitted late (1)" in said
    assert "d It reached the time limit in part 1. f The submission reached the time limit." in said


def test_students_are_counted_not_entries() -> None:
    """Who is named for two reasons needs attention once, here and in the terminal."""
    made = replace(unreadable(), passed_over=("old.ipynb",))
    assert "Needs your attention: 1 student " in overview(made).said
    assert "Needs attention: 1 student\n" in batch_summary([stored(made)], duration_s=1)


def test_crowd_is_folded_not_cut() -> None:
    """Of a large group the first are seen; all others are one click away, and all can be copied."""
    made = [replace(unreadable(), student=f"s{i}", messages=(f"broken {i}",)) for i in range(302)]
    page = overview(*made)
    assert "Needs your attention: 302 students" in page.said
    assert page.said.count("Ask these students for the file again.") == 1
    assert "s4 Broken 4. and 297 more s5 Broken 5." in page.said.replace("broken", "Broken")
    linked = [href for href in page.values("href") if href.startswith("students/")]
    assert all(linked.count(f"students/s{i}/feedback.html") == 2 for i in range(302))
    assert " ".join(f"s{i}" for i in range(302)) in page.said


def test_crashed_are_named_for_a_second_run() -> None:
    """The advice names up to three students who are to be graded again, then leaves it open."""
    made = [result(part(), student=f"s{i}", status=SubmissionStatus.CRASHED) for i in range(4)]
    assert "again with --only s0 --only s1 --only s2 s0" in overview(*made[:3]).said
    assert "again with --only s0 --only s1 --only s2 … s0" in overview(*made).said


def test_nothing_needs_attention() -> None:
    """Without troubles the page says so."""
    said = overview(result(part())).said
    assert "Nothing needs your attention Every submission could be read" in said


def test_check_to_review() -> None:
    """A check that under a tenth of ten students pass is to be reviewed."""
    parts = part(State.NOT_YET, checks=(check("odd one", "failed"),))
    said = overview(*(result(parts, student=f"s{i}") for i in range(10))).said
    assert "Unusual pass rate 1 Make sure this check is fair" in said
    assert "Part 1: Only 0 of 10 students pass “odd one”." in said
    said = overview(*(result(parts, student=f"s{i}") for i in range(9))).said
    assert "Unusual pass rate" not in said


def test_mistakes_with_students() -> None:
    """Known mistakes come by their sentence, with all students; what fits none comes last."""
    page = overview(*(replace(typical(), student=f"s{i}") for i in range(1, 6)))
    assert row(page, "These are squared") == (
        "These are squared distances: what is still missing is the square root "
        "2 d = jnp.sum((p - centroids) ** 2, axis=-1) 5 s1 , s2 , s3 and 2 more s4 s5"
    )
    assert row(page, "No known mistake matches") == (
        "No known mistake matches 3 Worth reading: these may reveal a new common mistake. 5 "
        "s1 , s2 , s3 and 2 more s4 s5"
    )
    assert "squared distances " not in page.said.replace("These are squared distances", "")


def test_no_mistake_no_table() -> None:
    """Where nobody made a known mistake, and nothing is unknown, a sentence says so."""
    said = overview(result(part())).said
    assert "Common mistakes No known mistake was found." in said
    assert "No known mistake matches" not in said


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
    """Checks that under 80% pass are listed by their pass rate with their part; others fold."""
    easy, hard = check("easy one"), check("hard one", "failed")
    first = result(part(checks=(easy, hard)), student="a")
    other = result(part(checks=(replace(hard, name="easy one"), hard)), student="b")
    page = overview(first, other)
    assert row(page, "hard one") == "hard one 1 · Double the numbers · Hidden 0% 2 Names a b"
    assert row(page, "easy one") == "easy one 1 · Double the numbers · Hidden 50% 1 Names b"
    assert page.said.index("hard one") < page.said.index("easy one")
    assert "more check" not in page.said
    said = overview(result(part(checks=(easy, hard)))).said
    assert (
        "hard one" in said[: said.index("1 other check, which at least 80% of the students pass")]
    )
    said = overview(result(part(checks=(easy,)))).said
    assert "At least 80% of the students pass each check. 1 more check" in said
    many = tuple(check(f"check {i:02}", "failed") for i in range(12))
    said = overview(result(part(State.NOT_YET, checks=(*many, easy)))).said
    assert said.index("check 07") < said.index("5 more checks") < said.index("check 08")
    assert said.index("5 more checks") < said.index("easy one")


def test_share_is_never_rounded_to_all() -> None:
    """100% are all students and 0% none: a share near them stays apart."""
    made = [
        result(part(checks=(check("one", "failed" if i == 0 else "passed"),)), student=f"s{i}")
        for i in range(300)
    ]
    assert row(overview(*made), "one").startswith("one 1 · Double the numbers · Hidden 99% 1")


def test_counts_lead_to_students() -> None:
    """Each count of a part, mistake or check leads to the rows of the table that it counts."""
    page = overview(
        *(replace(typical(), student=f"s{i}") for i in range(3)), result(part(), student="b")
    )
    labels = json.loads(page.data["labels"])
    rows = [f.split() for f in page.values("data-f")]
    shown = {target: sum(target in one for one in rows) for target in labels if target != "all"}
    assert shown == {
        "full": 1, "some": 3, "p1-correct": 1, "p2-correct": 3, "p3-partly": 3, "p4-partly": 3,
        "p5-none": 3, "p6-correct": 3, "m0": 3, "m1": 3, **{f"c{i}": 3 for i in range(6)},
    }  # fmt: skip
    assert {f"#{target}" for target in labels} <= set(page.values("href"))
    assert labels["m0"] == "These are squared distances: what is still missing is the square root"
    assert labels["p3-partly"] == "part 3, partly correct"


def test_who_needs_attention_comes_first() -> None:
    """The table starts with those who need attention; each row says why next to the name."""
    made = [result(part(), student="a"), result(part(State.TIMEOUT), student="b"), unreadable()]
    rows = [text for text in overview(*made).rows if " Double" not in text]
    assert [text for text in rows if text.startswith(("a ", "b ", "lindqvist "))] == [
        "lindqvist Could not be read – –", "a 10 Correct, 10", "b Timed out 0 Timed out, 0",
    ]  # fmt: skip


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
    """Beside the numbers stands whether to trust them; an empty batch still has a page."""
    page = overview(result(part()), soundness=[(True, "Reference solution 100/100"), (None, "?")])
    said = page.said
    assert "full points Can you trust these results? Reference solution 100/100" in said
    assert said.index("Can you trust") < said.index("attention")
    assert "0 submissions" in overview().said


def test_unsound_run_comes_first() -> None:
    """A run that is not sound is the first thing that needs attention."""
    page = overview(unreadable(), soundness=[(False, "Reference solution 80/100")])
    assert (
        "Needs your attention: 1 student These results are not reliable 1 Do not use these points. Run "
        "grader audit to find the cause. Reference solution 80/100 Could not be read"
    ) in page.said.replace(" .", ".")


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
    made.append(replace(made[1], status=SubmissionStatus.CRASHED))
    html = overview_files([stored(item) for item in made], Run(title="S", seed=7))[INDEX]
    open_text = re.sub(r'<span class="who(?: reason)?">.*?</span>', "", html)
    open_text = re.sub(r'<details class="copy hid".*?</details>', "", open_text, flags=re.DOTALL)
    assert "canary-name" not in re.sub(r'href="[^"]*"', "", open_text)
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
    index, more = assert_sound(pages[INDEX], is_scripted=True), assert_sound(pages[second])
    students = assert_sound(pages[STUDENTS], is_scripted=True)
    assert "All students" in index.said
    assert not any("s400/" in href for href in index.values("href"))
    assert f"{STUDENTS}#m0" in index.values("href")
    assert set(json.loads(students.data["labels"])) >= {"all", "some", "m0", "c0", "p2-partly"}
    linked = [
        [href for href in page.values("href") if href.endswith("/feedback.html")]
        for page in (students, more)
    ]
    assert [len(found) for found in linked] == [250, 151]
    assert len({*linked[0], *linked[1]}) == 401
    assert [row[2] for row in json.loads(students.data["rows"])["rows"]] == [*linked[0], *linked[1]]
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
    assert visible(text, NAME_LIMIT) in [row[0] for row in json.loads(page.data["rows"])["rows"]]


def test_no_longer_handed_in() -> None:
    """Whose submission is gone stays in the table, is reported, and is part of no number."""
    kept = replace(stored(replace(typical(), student="ann")), is_gone=True)
    page = overview_of(kept, stored(result(part(), student="bob")))
    said = page.said
    assert "Sample: 1 submission " in said
    assert "1 of 1 students graded 10 of 10 median score" in said
    assert "1 submission that is no longer there is not included either." in said
    assert (
        "No longer submitted 1 The sources of this run contain nothing from this student. The "
        "result is from an earlier run and is not part of any number on this page. Check whether "
        "a file is missing. If so, put it back and run the command again. ann"
    ) in said
    assert row(page, "ann No longer submitted 47")


def test_what_was_not_checked_is_no_zero() -> None:
    """A submission of which nothing could be checked has no points, and is part of no number."""
    made = (result(part(State.UNCHECKED, score=0.0), student="ann"), result(part(), student="bob"))
    page = overview(*made)
    assert "1 of 2 students graded 10 of 10 median score" in page.said
    assert "1 submission that could not be read or checked is not included." in page.said
    assert row(page, "ann Could") == "ann Could not be checked – –"


def test_class_of_36_stays_small() -> None:
    """The page of a class of 36 stays small, though all are linked at every count."""
    made = [stored(replace(typical(), student=f"student_{i}")) for i in range(36)]
    assert len(overview_files(made, Run(title="Sample", seed=7))[INDEX].encode()) < 130_000


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
        soundness=[(True, "Reference solution 100/100"), (True, "Untouched notebook 0/100")],
        inputs={"init": ("another data set: `points` (60, 3)",)},
    )
    html = overview_files([stored(item) for item in made], run)[INDEX]
    assert_golden("overview.txt", page_text(html))
