"""Tests of `grader.report.html`: the student's page."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden_files import assert_golden
from page_text import page_text
from sample_results import (
    HIDDEN,
    PUBLIC,
    check,
    distances_differ,
    every_state,
    part,
    picture,
    result,
    typical,
    unreadable,
)
from sound_pages import HOSTILE, Page, assert_sound

from grader.catalog import catalog
from grader.errors import UsageError
from grader.report import wording
from grader.report.html import render_student, report_number
from grader.report.result_json import as_data, stored
from grader.results import Excerpt, Picture, State, SubmissionResult, SubmissionStatus


def test_small_page_golden() -> None:
    """A small result gives exactly the page that was looked at and kept."""
    wrong = check(
        "all values", "failed", visibility=PUBLIC, message="`doubled` is incorrect in 1 of 1 entries",
        noticed="The sign is turned", hint="Look at the sign", mistake="sign",
    )  # fmt: skip
    parts = (part(checks=(check(),)), part(State.PARTLY, name="half", checks=(check(), wrong)))
    html = render_student(result(*parts))
    html = re.sub("<style>.*</style>", "<style></style>", html)
    assert_golden("student_small.html", re.sub(r"sha256-[\w+/=]+", "sha256-", html))


@pytest.mark.parametrize("state", State)
def test_state_goldens(state: State) -> None:
    """What a report says of a part in each state is what was read and kept."""
    shown = next(item for item in every_state().parts if item.state is state)
    made = part(state, checks=shown.checks, task="Double each number")
    assert_golden(f"report_{state}.txt", page_text(render_student(result(made))))


@pytest.mark.parametrize("made", [typical(), unreadable()])
def test_report_goldens(made: SubmissionResult) -> None:
    """So is a typical report, and that of a file that cannot be read."""
    name = "typical" if made.parts else "unreadable"
    assert_golden(f"report_{name}.txt", page_text(render_student(made)))


@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), result()])
def test_pages_are_sound(made: SubmissionResult) -> None:
    """Each kind of page is one self-contained file without script, in good order."""
    assert_sound(render_student(made))


def test_same_bytes_twice() -> None:
    """The same result gives the same bytes."""
    assert render_student(typical()) == render_student(typical())


def test_typical_page_is_small() -> None:
    """A typical report with a picture stays under 100 KB."""
    assert len(render_student(typical()).encode()) < 100_000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """Whatever a submission holds is shown as text, wherever it can appear."""
    bad = check(text, "failed", message=text, hint=text, visibility=PUBLIC)
    known = check(text, "failed", message=text, hint=text, mistake=text)
    code = Excerpt(source=f"x = 1\n{text}\n", cell=1, marked=2, note=text)
    hostile = part(
        State.PARTLY, name=text, title=text, task=text, notes=(text,), excerpt=code,
        checks=(bad, known), picture=replace(picture(8, 8), alt=text),
    )  # fmt: skip
    made = result(
        hostile, part(State.NOT_FOUND, name=text), title=text, student=text, path=text,
        messages=(text,), sha256=text, environment={"jax": text},
    )  # fmt: skip
    plain = replace(made, parts=(part(State.PARTLY, checks=(bad,)),) * 2)
    page = assert_sound(render_student(made))
    assert_sound(render_student(plain))
    assert_sound(render_student(replace(made, status=SubmissionStatus.UNREADABLE)))
    assert "49" not in page.said
    assert "\x1b" not in page.said
    assert "\u202e" not in page.said


def test_points_agree_everywhere() -> None:
    """The points in the text are those of the data, and the sum is written out."""
    made = typical()
    page, data = Page(render_student(made)), as_data(stored(made))
    assert "15 + 17 + 5 + 0 + 10 = 47 of 100" in page.said
    assert data["score"] == 47
    for item in data["parts"]:
        assert f"{item['score']:g} / {item['max_score']:g} points" in page.said


def test_to_do_in_order() -> None:
    """What to do next names at most three parts, in their order, with the open points."""
    said = Page(render_student(every_state())).said
    assert (
        "What to do next Part 2 : Other sizes: not correct yet for a hidden test case. 5 points Part 3 : The result is a list of 2 values, not an array. 10 points Part 4 : raised an error. 10 points All parts"
    ) in said


def test_nothing_left_to_do() -> None:
    """A page with full points says so, and a page with our fault says wait."""
    said = Page(render_student(result(part()))).said
    assert "All parts are correct. All done Every part is correct. Well done. Well done." in said
    said = Page(render_student(result(part(), part(State.UNCHECKED)))).said
    assert "Some points are not set yet, and that is on our side: wait" in said
    assert "not graded yet" in said


STATE_TEXTS = {
    State.CORRECT: "Part 1: Double the numbers double Correct 10 / 10 points values: passed.",
    State.PARTLY: "Partly correct 5 / 10 points values: passed. Other sizes: not correct yet for a hidden test case. Next step Try your code on a different input: other sizes, other numbers, other arguments. What does it assume that is true only for the example?",
    State.NOT_YET: "Not yet correct 0 / 10 points The result is a list of 2 values, not an array. Next step Start with the first problem listed above. Which line of your code causes it, and what does the task ask for instead?",
    State.ERROR: "Error 0 / 10 points Your code raised an error before it returned a result. ValueError in cell 3, line 2. Next step Run this part on its own in your notebook with a small input, and print the shapes and dtypes just before the line that raises the error.",
    State.TIMEOUT: "Timed out 0 / 10 points This part was still running at the time limit, so we stopped it. Checks that finished before then keep their points. values: passed. Next step Check each loop: what makes it stop, and does that value change in every iteration?",
    State.NOT_STARTED: "Not started 0 / 10 points The place for this part still contains only the starter code. If you did write this part, your code may be in another cell. Next step Write this part in its cell, then submit again.",
    State.NOT_FOUND: "Not found 0 / 10 points We could not find double in your notebook. Next step If your function has a different name, rename it to double. If its cell does not run, fix that first. Then submit again.",
    State.UNCHECKED: "Could not be checked not graded yet We could not check this part. The problem is on our side, not in your code. Its points are not set yet, and there is nothing you need to do.",
}


@pytest.mark.parametrize("state", State)
def test_state_texts(state: State) -> None:
    """Every state has its words, its sentence and its next step."""
    shown = next(item for item in every_state().parts if item.state is state)
    made = part(state, checks=shown.checks)
    assert STATE_TEXTS[state] in Page(render_student(result(made))).said.replace(" .", ".")


def test_unreadable_page() -> None:
    """A file that cannot be read gets the reason and what to do, and no points."""
    said = Page(render_student(unreadable())).said
    assert (
        "We could not read your file lindqvist.ipynb: not a notebook, it ends in the middle of "
        "line 212. Nothing could be checked, so this submission has no points yet. Next step "
        "Open the file in Jupyter, choose “Restart kernel and run all cells”, save it, and hand "
        "in the saved file again."
    ) in said
    assert "All parts" not in said


@pytest.mark.parametrize("status", [SubmissionStatus.TIMEOUT, SubmissionStatus.CRASHED])
def test_broken_off_is_said(status: SubmissionStatus) -> None:
    """A submission that was broken off as a whole says so in the summary."""
    said = Page(render_student(result(part(State.TIMEOUT), status=status))).said
    assert catalog().say(f"student.{status}") in said


def test_hidden_values_absent() -> None:
    """Of a hidden check neither arrays nor numbers are in the page; of a public one they are."""
    found = distances_differ()
    fields = {"message": "Entry 271828 is 31415.9", "differences": (found,)}
    hidden = check("v", "failed", visibility=HIDDEN, **fields)
    public = check("v", "failed", visibility=PUBLIC, **fields)
    html = render_student(result(part(State.NOT_YET, checks=(hidden,))))
    assert not any(text in html for text in ("271828", "31415", "10.62", "compares"))
    html = render_student(result(part(State.NOT_YET, checks=(public,))))
    assert all(text in html for text in ("271828", "31415.9", "10.62", "compares"))


def test_one_cause_said_once() -> None:
    """A mistake that breaks two checks is explained once; the second check refers to the first."""
    html = render_student(typical())
    assert html.count("These are squared distances") == 1
    said = Page(html).said
    assert "Most likely the same cause as “ distortions : the distance to it”" in said


def test_code_is_cut_around_mark() -> None:
    """At most forty lines are shown, with the marked one among them."""
    source = "\n".join(f"line_{i} = {i}" for i in range(1, 201))
    code = Excerpt(source=source, cell=3, marked=150, note="here")
    page = Page(render_student(result(part(State.NOT_YET, excerpt=code))))
    shown = re.findall(r"line_(\d+)", page.said)
    assert len(shown) == 40
    assert "150" in shown
    assert page.values("class").count("l hit") == 1
    assert "Other lines are not shown." in page.said


def test_unusable_picture_is_said() -> None:
    """Pixels that are no picture are replaced by a sentence."""
    broken = Picture(pixels=b"abc", width=5, height=5)
    page = assert_sound(render_student(result(part(picture=broken))))
    assert "Your code drew a figure that cannot be shown here." in page.said
    assert not page.values("src")


def test_number_follows_file_and_outcome() -> None:
    """The report number is that of the file and its outcome, and tells nothing of the seed."""
    made = typical()
    assert re.fullmatch(r"R-[A-Z2-7]{4}-[A-Z2-7]{4}", report_number(made))
    assert report_number(made) == report_number(replace(made, student="x"))
    assert report_number(made) == report_number(replace(made, seed=8))
    assert report_number(made) != report_number(replace(made, sha256="cd" * 32))
    assert report_number(made) != report_number(replace(made, parts=every_state().parts))


def test_notes_stand_for_state() -> None:
    """A note about a part that is not there replaces the general sentence."""
    missing = part(State.NOT_STARTED, notes=("The cell 5 still holds only what came with it",))
    said = Page(render_student(result(missing))).said
    assert (
        "The cell 5 still holds only what came with it. If you did write this part, your code may be in another cell. Next step"
    ) in said
    assert "The place for this part" not in said


def test_hidden_error_keeps_place() -> None:
    """Of an error in a hidden check its type and the student's line stay, not its message."""
    raised = "it stopped with TypeError in cell 20, line 2: canary (31, 2)"
    hidden = check("v", "error", visibility=HIDDEN, message=raised)
    html = render_student(result(part(State.ERROR, checks=(hidden,))))
    assert "It stopped with TypeError in cell 20, line 2." in Page(html).said
    assert "canary" not in html


def test_skipped_check_says_why() -> None:
    """A check that was not run says why in the table."""
    skipped = check("v", "skipped", message="not checked: first earn points for “distances”")
    said = Page(render_student(result(part(State.PARTLY, checks=(skipped,))))).said
    assert "Not looked at: it needs “distances” first. Hidden Not run 0 / 5" in said


def test_every_text_id_exists() -> None:
    """Every text that a template or module names is in the catalog."""
    texts = catalog()
    root = Path(__file__).parents[2]
    files = [*root.glob("templates/*.j2"), *root.glob("grader/report/*.py")]
    asked = {
        text_id
        for file in files
        for text_id in re.findall(r"(?:\bt|\bsay)\(\s*\"([a-z_.]+)\"", file.read_text("utf-8"))
        if not text_id.endswith(".") and "." in text_id
    }
    assert len(asked) > 80
    assert not [x for x in asked if not texts.has(x) and not texts.has(f"{x}.other")]


def test_unknown_language_refused() -> None:
    """A language without texts is refused in one line."""
    with pytest.raises(UsageError, match=r"no texts in the language '\.\./x'"):
        catalog("../x")


def test_catalog_avoids_harsh_words() -> None:
    """No sentence for students fails, blames or shouts."""
    harsh = re.compile(r"\b(fail\w*|wrong|incorrect|illegal|bad|oops)\b|! ", re.IGNORECASE)
    mine = {key: text for key, text in catalog().texts.items() if not key.startswith("staff")}
    assert not [key for key, text in mine.items() if harsh.search(text)]


def test_said_finding_is_pointed_at() -> None:
    """Where a hidden check says what it found, the next step points there, not at other inputs."""
    said = check("v", "failed", message="`start` is infinite; the loop would stop at once")
    page = Page(render_student(result(part(State.NOT_YET, checks=(said,)))))
    assert "Next step Compare the first finding with the task" in page.said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new centroids, on the example", "New centroids: passed."),
        ("distortions", "distortions: passed."),
        ("nearest centroid, on the example", "assignment, nearest centroid: passed."),
        ("`x` has a shape", "`x` has a shape: passed."),
    ],
)
def test_check_name_starts_sentence(name: str, said: str) -> None:
    """A check's name starts a sentence; what may be a name of the notebook stays as it is."""
    assert wording.finding(check(name, visibility=PUBLIC), catalog()) == said
