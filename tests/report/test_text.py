"""Tests of what a terminal shows: of one submission, and of a class."""

import re
from dataclasses import replace

import pytest
from golden_files import assert_golden
from sample_results import check, every_state, part, result, typical, unreadable

from grader.catalog import say
from grader.report.class_text import batch_line, batch_progress, batch_summary
from grader.report.result_json import stored
from grader.report.text import render_check
from grader.results import Excerpt, State, SubmissionStatus
from grader.safe_text import width

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202eevil\r\nsecond \x9b2J 最終提出最終提出最終提出"
BATCH = [stored(made) for made in (typical(), every_state(), unreadable())]


def test_typical_screen() -> None:
    """A submission's screen shows every part, the total and what to do next."""
    assert_golden("check_typical.txt", render_check(typical(), report="reports/robin.html"))


def test_every_state_screen() -> None:
    """Each state has its sign, in Unicode and in ASCII."""
    assert_golden("check_states.txt", render_check(every_state()))
    assert_golden("check_states_ascii.txt", render_check(every_state(), ascii_only=True))


def test_unreadable_screen() -> None:
    """A file that cannot be read gets its reason and what to do."""
    assert_golden("check_unreadable.txt", render_check(unreadable()))


def test_all_correct_screen() -> None:
    """Full points leave nothing to do."""
    assert render_check(result(part())) == (
        "Sample exercise · alice.ipynb                                    10 of 10 points\n\n"
        " ✓ 1 Double the numbers  10/10\n\n"
        " All parts are correct. Well done.\n"
    )


def test_unchecked_only_screen() -> None:
    """When only we are at fault, the student is told to wait."""
    said = render_check(result(part(State.UNCHECKED)))
    assert "Next    Some points are not set yet, but there is nothing for you to do." in said
    assert " ? 1 Double the numbers  -   could not be checked\n" in said


def test_cause_is_whole_at_any_width() -> None:
    """The cause of a failing part and its place are on the screen to the last word."""
    long = "a different key gave the same centroids in every run, so the key is not used at all"
    code = Excerpt(source="x = 1\ny = 2", cell=9, marked=2)
    wrong = part(State.NOT_YET, checks=(check("v", "failed", message=long),), excerpt=code)
    for columns in (30, 40, 80, 120):
        said = " ".join(render_check(result(wrong), width=columns).split())
        assert f"A{long[1:]}. (cell 9, line 2)" in said


def test_place_is_said_once() -> None:
    """A place that the cause names is not said again beside it."""
    near = say("note.passed_over", other="f", place=say("cell.cell", cell=2), name="double")
    said = render_check(result(part(State.NOT_FOUND, notes=(near,))))
    assert "0/10   not found\n" in said
    assert said.partition("Next")[0].count("cell 2") == 1


@pytest.mark.parametrize("columns", range(40, 81))
def test_place_is_never_broken(columns: int) -> None:
    """A cell and its line are in one line, in whatever the terminal says of them."""
    code = Excerpt(source="x = 1", cell=12, first_line=1)
    lost = check("v", "failed", message="the result is incorrect in 8 of 8 entries of the array")
    wrong = part(State.NOT_YET, checks=(lost,), excerpt=replace(code, marked=1))
    at = say("cell.at", place=say("cell.place", cell=4, line=2), what=say("cell.tabs"))
    for ascii_only in (False, True):
        made = result(wrong, messages=(at,))
        said = render_check(made, width=columns, ascii_only=ascii_only)
        assert "(cell 12, line 1)" in said
        assert said.count("cell 4, line 2") == 2


def test_next_is_first_with_step() -> None:
    """Next is the first step on the page that no cause says, whatever part it is of."""
    said = check("a", "failed", message="all are zero")
    again = check("b", "failed", message="write `x`", hint="write `x`")
    hint = check("c", "failed", hint="Look at the sum")
    parts = [part(State.NOT_YET, checks=(one,)) for one in (said, again, hint)]
    assert "\n Next    Part 3: Look at the sum.\n" in render_check(result(*parts))


def test_next_names_first_part() -> None:
    """Where no open part has a step, the first of them is named, and where it is."""
    notes = (say("note.untouched", place=say("cell.cell", cell=6)),)
    untouched = part(State.NOT_STARTED, notes=notes)
    said = render_check(result(part(), untouched, untouched))
    assert "\n Next    Start with part 2 (cell 6).\n" in said
    said = render_check(result(part(State.NOT_STARTED)))
    assert "\n Next    Start with part 1.\n" in said
    said = render_check(result(part(State.NOT_STARTED)), lang="de")
    assert " Beginne mit Teil 1.\n" in said


def test_word_of_state_needs_room() -> None:
    """What the sign, the points, and the cause show is said in words where there is room."""
    lost = check("v", "failed", message="all are zero")
    made = result(part(State.NOT_YET, checks=(lost,)))
    assert "0/10   not yet correct\n" in render_check(made)
    assert "0/10\n     All are zero.\n" in render_check(made, width=40)
    timed = result(part(State.TIMEOUT))
    assert "0/10\n     timed out\n" in render_check(timed, width=36)


def test_broken_cell_comes_first() -> None:
    """A cell that Python cannot read is above the parts, and is what to do first."""
    at = say("cell.at", place=say("cell.place", cell=4, line=2), what=say("cell.tabs"))
    said = render_check(result(part(State.NOT_FOUND), messages=(at,)))
    assert " ! cell 4, line 2: Python cannot read this cell. Tabs and spaces are mixed in" in said
    assert said.index("cell 4") < said.index("1 Double")
    assert "Next    Fix cell 4, line 2, then restart the kernel and run all cells." in said
    assert "Part 1: " not in said


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_lines_fit_columns(columns: int, ascii_only: bool) -> None:  # noqa: FBT001
    """No line is wider than the terminal, with wide and hostile names too."""
    hostile = part(State.NOT_YET, title=HOSTILE, checks=(check(HOSTILE, "failed"),))
    made = result(hostile, *typical().parts, title=HOSTILE, path=HOSTILE, student=HOSTILE)
    said = render_check(made, width=columns, ascii_only=ascii_only)
    said += batch_line(stored(made), number=1, total=9, width=columns)
    for line in said.splitlines():
        assert width(line) <= columns, line


def test_pipe_gets_no_controls() -> None:
    """Without colors no control character reaches the output, whatever the names hold."""
    made = replace(
        typical(), title=HOSTILE, path=HOSTILE, student=HOSTILE, messages=(HOSTILE,),
        status=SubmissionStatus.CRASHED,
    )  # fmt: skip
    data = replace(stored(made), student=HOSTILE)
    said = render_check(made, report=HOSTILE) + batch_line(data, number=1, total=1)
    said += batch_summary([data], duration_s=1, paths=[("grades", HOSTILE)])
    assert all(char.isprintable() or char == "\n" for char in said)
    assert "⟨U+001B⟩" in said
    ascii_said = render_check(made, ascii_only=True) + batch_summary(
        [data], duration_s=1, ascii_only=True
    )
    assert ascii_said.isascii()


def test_colors_change_nothing_else() -> None:
    """The colored text is the plain text once the colors are taken out."""
    colored = render_check(every_state(), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[\d*m", "", colored) == render_check(every_state())


def test_batch_lines() -> None:
    """A batch has one line for each submission, with its points or its trouble."""
    assert [batch_line(data, number=i, total=36) for i, data in enumerate(BATCH, 1)] == [
        "[ 1/36] robin  47/100  6.2 s",
        "[ 2/36] alice  could not be checked: part 8",
        (
            "[ 3/36] lindqvist  could not be read: not a notebook, it ends in the middle of\n"
            "        line 212"
        ),
    ]


def test_batch_line_keeps_what_is_useful() -> None:
    """A long name keeps its end and the points; a reason is whole; piped, nothing is cut."""
    named = replace(BATCH[0], student="Maximiliana Constanze von Hohenfels_2101")
    line = batch_line(named, number=1, total=36, width=50)
    assert line == "[ 1/36] Maximiliana C…ohenfels_2101  47/100  6.2 s"
    trouble = replace(BATCH[2], student=named.student, messages=("why " * 60,))
    lines = batch_line(trouble, number=1, total=36, width=50).splitlines()
    assert all(width(line) <= 50 for line in lines)
    assert " ".join(lines).count("why") == 60
    assert "\n" not in batch_line(trouble, number=1, total=36, width=None)


def test_progress_line() -> None:
    """The line at the bottom has a bar, the count and the times, and fits."""
    said = batch_progress(done=22, total=36, elapsed_s=151, left_s=96)
    assert said == (
        "  ██████████████░░░░░░░░░░  22 of 36   2 min 31 s so far   about 1 min 36 s left"
    )
    assert batch_progress(done=0, total=0, elapsed_s=0, width=28) == "  0 of 0   0.0 s so far"


def test_batch_summary_screen() -> None:
    """The end of a batch has the numbers, what needs attention and the paths."""
    paths = [("overview", "out/index.html"), ("grades", "out/grades.csv")]
    assert_golden("batch_summary.txt", batch_summary(BATCH, duration_s=252, paths=paths))
    assert "Nothing needs attention." in batch_summary(BATCH[:1], duration_s=1)
    assert batch_summary([], duration_s=0).startswith("Graded 0 of 0 submissions in 0.0 s.\n")


def test_many_troubles_one_screen() -> None:
    """Troubles are a line a kind, with as many names as there is room for and how many more."""
    many = [replace(BATCH[2], student=f"student_{i}") for i in range(30)]
    said = batch_summary(many, duration_s=1)
    assert (
        "  Needs attention: 30 students\n"
        "  ? Could not be read (30): student_0, student_1, student_2, and 27 more\n"
    ) in said
    wide = batch_summary(many[:3], duration_s=1, width=40)
    assert "  ? Could not be read (3): student_0\n" in wide
    stopped = replace(BATCH[0], is_late=True, status=SubmissionStatus.TIMEOUT)
    assert "Nothing needs attention." in batch_summary([stopped], duration_s=1)
    assert "timed out" in batch_line(stopped, number=1, total=1)
