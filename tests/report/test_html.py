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
from sound_pages import HOSTILE, Page, assert_sound, contrast

from grader.catalog import catalog, say
from grader.errors import UsageError
from grader.report import wording
from grader.report.html import render_student, report_number
from grader.report.page import style
from grader.report.result_json import as_data, stored
from grader.results import (
    CheckResult,
    Excerpt,
    Picture,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)


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


def test_fills_stand_out() -> None:
    """The fill of each state has a contrast of 3 to 1 with its card, in light and in dark."""
    colours = dict(re.findall(r"--(\w+):light-dark\((#\w+,#\w+)\)", style().replace(": ", ":")))
    for name in ("ok", "partf", "no", "none"):
        for fill, card in zip(colours[name].split(","), ("#ffffff", "#171b21"), strict=True):
            assert contrast(fill, card) >= 3, (name, fill)


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
        assert f"{item['score']:g} / {item['max_score']:g}" in page.said


def test_to_do_names_every_part() -> None:
    """What to do next names every open part in order, with the cause, the step and the points."""
    said = Page(render_student(every_state())).said
    assert (
        "What to do next Part 2: The partly part +5 points Other sizes: not correct yet for a "
        "hidden test case. Try your code on a different input: other sizes, other numbers, other "
        "arguments. What does it assume that is true only for the example? "
        "Part 3: The not_yet part +10 points The result is a list of 2 values, not an array. "
        "Part 4: The error part +10 points ValueError in cell 3, line 2. "
    ) in said
    for number in range(2, 8):
        assert f"Part {number}: The " in said[: said.index("+10 points Not found.")]
    assert "Part 8: The unchecked part +" not in said


def test_links_lead_to_parts_and_code() -> None:
    """The bar, the list of what to do and its places are links to the parts and their code."""
    page = Page(render_student(typical()))
    links = page.values("href")
    assert [link for link in links if link.startswith("#p")] == [
        *(f"#p{number}" for number in range(1, 6)),
        *(f"#p{number}" for number in (2, 3, 4)),
    ]
    assert [link for link in links if link.startswith("#c")] == ["#c2", "#c3", "#c4"]
    assert "Part 2: Find the new assignment cell 14, line 3 +8 points" in page.said


def test_correct_is_said_once() -> None:
    """A page with full points praises once, and has nothing to do; with our fault it says wait."""
    page = Page(render_student(result(part(), part())))
    assert page.said.count("All parts are correct. Well done.") == page.said.count("correct.") == 1
    assert "What to do" not in page.said
    said = Page(render_student(result(part(), part(State.UNCHECKED)))).said
    assert "Some points are not set yet. That is on our side" in said
    assert "not graded yet" in said


def test_unreadable_page() -> None:
    """A file that cannot be read gets the reason and what to do, and no points."""
    what = say("file.ask", what=say("file.foreign", kind=say("file.pdf")))
    message = say("file.at", where="a.ipynb", what=what)
    said = Page(render_student(replace(unreadable(), messages=(message,)))).said
    assert (
        "We could not read your file This is a PDF, not a notebook; submit the .ipynb file itself. "
        "Nothing could be checked, so this submission has no points yet. Try this Submit the "
        "notebook itself, the file that ends in .ipynb, alone or in a zip file."
    ) in said
    said = Page(render_student(unreadable())).said
    assert "Try this Open the file in Jupyter, choose “Restart Kernel and Run All Cells”" in said
    assert "of 0 points" not in said


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
    assert html.count("These are squared distances") == 2  # what to do, and the part
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
        "The cell 5 still holds only what came with it. If you did write this part, your code may "
        "be in another cell."
    ) in said
    assert "This part still contains" not in said


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
    assert "Not checked: first earn points for “distances”. Hidden Skipped 0 / 5" in said


def test_every_text_id_exists() -> None:
    """Every text that a template or module names is in the catalog."""
    texts = catalog()
    root = Path(__file__).parents[2]
    files = [*root.glob("templates/*.j2"), *root.glob("grader/report/*.py")]
    asked = {
        text_id
        for file in files
        for text_id in re.findall(r"(?:\bt|\bsay)\(\s*\"([a-z_.]+)\"", file.read_text("utf-8"))
        if not text_id.endswith((".", "_")) and "." in text_id
    }
    assert len(asked) > 80
    assert not [x for x in asked if not texts.has(x) and not texts.has(f"{x}.other")]


def test_unknown_language_refused() -> None:
    """A language without texts is refused in one line."""
    with pytest.raises(UsageError, match=r"no texts in the language '\.\./x'"):
        catalog("../x")


def test_catalogue_avoids_harsh_words() -> None:
    """No sentence for students blames or shouts."""
    harsh = re.compile(r"\b(illegal|bad|oops|forgot|you should)\b|! ", re.IGNORECASE)
    mine = {key: text for key, text in catalog().texts.items() if not key.startswith("staff")}
    assert not [key for key, text in mine.items() if harsh.search(text)]


def test_no_step_is_no_riddle() -> None:
    """Where nothing is known but what a check found, no step is made up for it."""
    said = check("v", "failed", message="`start` is infinite; the loop would stop at once")
    page = Page(render_student(result(part(State.NOT_YET, checks=(said,)))))
    assert "`start`".strip("`") in page.said
    assert "Try this" not in page.said


def test_same_finding_is_said_once() -> None:
    """What a hidden test case shows again is no line of its own, nor an error in every check."""
    name = "`distortions`"
    public = check(
        "a", "failed", visibility=PUBLIC,
        message=say("difference.entries", name=name, count=5, size=9),
    )  # fmt: skip
    hidden = check("b", "failed", message=say("ready.hidden_values", name=name))
    other = check("c", "failed", message=say("ready.hidden_values", name="`assignment`"))
    wrong = part(State.NOT_YET, checks=(public, hidden, other))
    said = Page(render_student(result(wrong))).said
    assert "distortions is incorrect in 5 of 9 entries. Also for a hidden test case." in said
    assert "assignment is not correct for a hidden test case. Your" not in said
    assert "assignment is not correct for a hidden test case." in said
    assert "distortions is not correct for a hidden" not in said
    stopped = part(State.ERROR, checks=(raising(PUBLIC), *(raising(HIDDEN),) * 3))
    said = Page(render_student(result(stopped))).said
    assert said.count("JAX arrays cannot be changed in place") == 2  # what to do, and the part
    assert "to some of the entries. In all 4 checks." in said


def raising(visibility: Visibility) -> CheckResult:
    """A check that ended with a known error in cell 11, line 2."""
    python = say(
        "stopped.raised", kind="TypeError",
        said="JAX arrays are immutable. Instead of x[idx] = y, use x.at[idx].set(4711)",
    )  # fmt: skip
    message = say(
        "stopped.error_at", place=say("cell.place", cell=11, line=2),
        said=say("stopped.because", cause=say("error.1.cause"), said=python),
    )  # fmt: skip
    return check(
        str(visibility), "error", visibility=visibility, message=message,
        hint=say("error.1.advice"), stopped_by="TypeError",
    )  # fmt: skip


def test_error_stands_beside_its_line() -> None:
    """An error has its cause in words, Python's words at the line, and its advice below."""
    code = Excerpt(
        source="def f(x):\n    x[0] = 1\n    return x", cell=11, marked=2, note=say("stopped.here")
    )
    stopped = part(State.ERROR, checks=(raising(PUBLIC),), excerpt=code)
    text = page_text(render_student(result(stopped)))
    assert (
        "JAX arrays cannot be changed in place, but this line assigns to some of the entries.\n"
        "Your code (cell 11)\n"
        "\u2502  1  def f(x):\n"
        "\u2502  > 2      x[0] = 1\n"
        "\u2502        \u2191 TypeError: JAX arrays are immutable\n"
        "\u2502  3      return x\n"
        "> Python\u2019s full message\n"
        "TypeError: JAX arrays are immutable. Instead of x[idx] = y, use x.at[idx].set(4711)\n"
        "\n### Try this\n"
        "Write new = new.at[i].set(...), or build the whole array at once with vmap.\n"
    ) in text
    hidden = replace(stopped, checks=(raising(HIDDEN),))
    said = page_text(render_student(result(hidden)))
    assert "\u2191 TypeError\n" in said
    assert "4711" not in said


def test_failures_come_first() -> None:
    """In the table of a part what was not passed is above what was, and passes are counted."""
    checks = (check("first"), check("second", "failed"), check("third"), check("tip", "advice"))
    page = Page(render_student(result(part(State.PARTLY, checks=checks))))
    assert "2 of 3 checks passed" in page.said
    assert [row.split()[0] for row in page.rows[1:]] == ["second", "first", "third", "tip"]


def test_untouched_notebook_is_one_card() -> None:
    """An untouched notebook gets one card; so do untouched parts in a row, unless more is said."""
    at = (say("note.untouched", place=say("cell.cell", cell=6)),)
    empty = part(State.NOT_STARTED, notes=at, task="Do it")
    page = assert_sound(render_student(result(*(empty,) * 5)))
    assert (
        "You have not started yet Parts 1–5 still contain only the starter code. Write each part "
        "in its cell, then submit again. Part 1: Double the numbers cell 6 +10 points Do it. Part 2"
    ) in page.said
    assert page.said.count("starter code") == 1
    page = assert_sound(render_student(result(part(), empty, empty)))
    assert "Parts 2 and 3 Not started 0 / 20 points Parts 2 and 3 still contain" in page.said
    more = replace(empty, notes=(*at, "One more thing"))
    page = Page(render_student(result(part(), empty, more)))
    assert "Parts 2 and 3 still" not in page.said
    assert "One more thing" in page.said


def test_unchecked_parts_share_a_card() -> None:
    """Parts in a row that we could not check have one card, which says it once."""
    page = Page(render_student(result(*(part(State.UNCHECKED, task="Do it"),) * 3, part())))
    assert page.values("aria-labelledby").count("g1") == 1
    assert "We could not check parts 1–3. The problem is on our side" in page.said
    assert page.said.count("on our side, not in your code") == 1
    assert page.said.count("not graded yet") == 1
    assert {"p1", "p2", "p3"} <= set(page.values("id"))
    alone = Page(render_student(result(part(State.UNCHECKED), part())))
    assert "g1" not in alone.values("aria-labelledby")


def test_check_says_how_it_ended() -> None:
    """A failed check that kept points says so, and the one that ran out of time says that."""
    kept = check("kept", "failed", score=2.0, message="half of them")
    timed = check("timed", "error", stopped_by="timeout")
    stopped = check("stopped", "error", stopped_by="ValueError")
    made = part(State.PARTLY, checks=(check(), kept, timed, stopped, check("lost", "failed")))
    said = page_text(render_student(result(made)))
    assert "1 of 5 checks passed" in said
    for row in (
        "kept | Hidden | Partly | 2 / 5",
        "timed | Hidden | Timed out | 0 / 5",
        "stopped | Hidden | Error | 0 / 5",
        "lost | Hidden | Failed | 0 / 5",
    ):
        assert row in said


@pytest.mark.parametrize(("path", "is_said"), [("a.ipynb", True), ("a.py", False)])
def test_cells_are_counted(path: str, is_said: bool) -> None:  # noqa: FBT001
    """How cells are counted is said of a notebook, not of a script, which has none."""
    said = Page(render_student(result(part(), path=path))).said
    assert ("counted from the top of the notebook, text cells included" in said) is is_said


def test_place_leads_to_card_without_code() -> None:
    """The place of a part whose cell Python cannot read leads to its card, as it has no code."""
    at = say("cell.at", place=say("cell.place", cell=9, line=2), what=say("cell.tabs"))
    note = say("note.not_python", name="double", place=say("cell.cell", cell=9), why=at)
    html = render_student(result(part(), part(State.NOT_FOUND, notes=(note,))))
    assert '<a href="#p2">cell 9, line 2</a>' in html


def test_missing_parts_share_a_card() -> None:
    """Parts that were not found, of which no more is known, share a card and what to do."""
    gone = part(State.NOT_FOUND, notes=(say("note.not_found", name="double"),))
    page = assert_sound(render_student(result(part(), gone, gone)))
    assert "Parts 2 and 3 Not found 0 / 20 points We could not find parts 2 and 3" in page.said
    assert page.said.count("Then submit again.") == 1
    near = say("note.passed_over", other="f", place=say("cell.cell", cell=2), name="double")
    page = Page(render_student(result(gone, replace(gone, notes=(*gone.notes, near)))))
    assert "We could not find parts" not in page.said
    assert page.said.count("Then submit again.") == 2  # what to do, and the part


def test_self_check_is_offered() -> None:
    """A part that a notebook can check says how, by the name that the function has there."""
    lost = check("v", "failed", visibility=PUBLIC)
    fields = {"checks": (lost,), "is_self_checked": True}
    at = say("cell.cell", cell=9)
    plain = part(State.NOT_YET, notes=(say("note.found", place=at),), **fields)
    named = part(State.NOT_YET, notes=(say("note.found_as", place=at, name="twice"),), **fields)
    cell = part(State.NOT_YET, **fields)
    calls = {"check(double) in your": plain, 'check(twice, "double") in your': named}
    for call, made in calls.items():
        assert f"Check again: run {call} notebook" in Page(render_student(result(made))).said
    hidden = replace(plain, checks=(replace(lost, visibility=HIDDEN),))
    for made in (cell, hidden, replace(plain, is_self_checked=False)):
        assert "Check again" not in Page(render_student(result(made))).said


def test_place_is_said_where_it_surprises() -> None:
    """That a part is where it belongs is said beside its code; another name is said apart."""
    at = say("cell.cell", cell=9)
    code = Excerpt(source="def double(x): return x", cell=9)
    plain = part(State.NOT_YET, notes=(say("note.found", place=at),), excerpt=code)
    named = replace(plain, notes=(say("note.found_as", place=at, name="twice"),))
    assert "Found in" not in Page(render_student(result(plain))).said
    assert "Found in cell 9, under the name twice" in Page(render_student(result(named))).said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new centroids, on the example", "New centroids, on the example: passed."),
        ("distortions", "Distortions: passed."),
        ("nearest centroid, on the example", "Nearest centroid, on the example: passed."),
        ("`x` has a shape", "`x` has a shape: passed."),
        ("x_0: a name", "x_0, a name: passed."),
    ],
)
def test_check_name_starts_sentence(name: str, said: str) -> None:
    """A check's name starts a sentence with a capital; code stays as it is."""
    assert wording.finding(check(name, visibility=PUBLIC), catalog()) == said
