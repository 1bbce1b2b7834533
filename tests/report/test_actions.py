"""Tests of `grader.report.actions` and `grader.report.raised`: what to do about each part."""

from dataclasses import replace

import pytest
from sample_results import HIDDEN, PUBLIC, check, distances_differ, every_state, part, result

from grader.catalog import Message, catalog, say
from grader.report.actions import Action, action, actions, other_hints
from grader.report.raised import raised
from grader.results import Excerpt, State, SubmissionStatus

TEXTS = catalog()
SQUARED = check(
    "b", "failed", visibility=PUBLIC, message="`d` is incorrect in 5 of 5 entries",
    noticed="Each is squared", hint="Which power is missing", mistake="squared",
    differences=(distances_differ(),),
)  # fmt: skip
BROKEN = say("cell.at", place=say("cell.place", cell=9, line=2), what=say("cell.tabs"))
FIX = "Fix cell 9, line 2, then restart the kernel and run all cells."


def at(cell: int) -> Message:
    """The words for a cell."""
    return say("cell.cell", cell=cell)


def test_known_mistake_is_the_cause() -> None:
    """A known mistake is the cause, its hint the step, and the marked line the place."""
    code = Excerpt(source="a = 1\nb = 2", cell=9, marked=2)
    made = part(State.PARTLY, checks=(check("a", "failed"), SQUARED), excerpt=code)
    assert action(3, made, TEXTS) == Action(
        number=3,
        title="Double the numbers",
        cause="Each is squared.",
        step="Which power is missing.",
        place="cell 9, line 2",
        points=5.0,
        is_known=True,
    )


def test_every_open_part_has_one() -> None:
    """Each part that is open has an action, in order; what is correct or our fault has none."""
    found = actions(every_state(), TEXTS)
    assert [item.number for item in found] == [2, 3, 4, 5, 6, 7]
    assert all(item.cause and item.points for item in found)
    assert actions(replace(every_state(), status=SubmissionStatus.UNREADABLE), TEXTS) == ()


def test_unreadable_cell_comes_first() -> None:
    """A cell that Python cannot read is first; one that a part is in is that part's, once."""
    (first, second) = actions(result(part(State.PARTLY), messages=(BROKEN,)), TEXTS)
    assert (first.number, first.place, first.step) == (0, "cell 9, line 2", FIX)
    assert first.cause.startswith("Python cannot read this cell. Tabs and spaces are mixed")
    assert second.number == 1
    note = say("note.not_python", name="double", place=at(9), why=BROKEN)
    hurt = part(State.NOT_FOUND, notes=(note,))
    found = actions(result(part(State.PARTLY), hurt, messages=(BROKEN,)), TEXTS)
    assert [item.number for item in found] == [2, 1]
    assert found[0].cause.startswith("`double` is in a cell that Python cannot read. Tabs and")
    assert (found[0].place, found[0].step) == ("cell 9, line 2", FIX)


@pytest.mark.parametrize("word", ["prompts", "respelled", "todo"])
def test_readable_cell_is_nothing_to_do(word: str) -> None:
    """What was done to a cell that can be read is no action."""
    message = say("cell.at", place=at(9), what=say(f"cell.{word}"))
    assert actions(result(part(), messages=(message, "and a text")), TEXTS) == ()


def test_note_says_what_to_do() -> None:
    """A note that says where a missing part may be stands for the general step."""
    note = say("note.passed_over", other="draw", place=at(1), name="double")
    near = part(State.NOT_FOUND, notes=(say("note.not_found", name="double"), note))
    found = action(1, near, TEXTS)
    assert found.cause.startswith("Did you mean `draw` in cell 1? Then rename it")
    assert (found.step, found.place) == ("", "cell 1")
    bare = part(State.NOT_FOUND, notes=(say("note.not_found", name="double"),))
    found = action(1, bare, TEXTS)
    assert (found.cause, found.place) == ("Not found.", "")
    assert found.step.startswith(
        "If the part has a different name in your notebook, rename it to `double`."
    )


def test_hint_is_the_step() -> None:
    """A check's own hint is the step, before what helps in general; the others are folded."""
    one = check("a", "failed", hint="Look at the axis", differences=(distances_differ(),))
    two = check("b", "failed", hint="Look at the sum")
    made = part(State.NOT_YET, checks=(one, two))
    assert action(1, made, TEXTS).step == "Look at the axis."
    assert other_hints(made, TEXTS) == ("Look at the sum.",)


def test_step_fits_the_difference() -> None:
    """Without a hint, what differs decides; a sentence that says all has no step."""
    shown = check("a", "failed", visibility=PUBLIC, differences=(distances_differ(),))
    made = part(State.NOT_YET, checks=(shown,))
    assert action(1, made, TEXTS).step.startswith("Work through a tiny input by hand, and find")
    step = action(1, replace(made, example="double(2.0)    # 4.0"), TEXTS).step
    assert step.startswith("Run the small example of this part in your notebook, and find the")
    silent = part(State.NOT_YET, checks=(check("a", "failed"),))
    assert action(1, silent, TEXTS).step == TEXTS.say("next.hidden")
    said = part(State.NOT_YET, checks=(check("a", "failed", message="all are zero"),))
    assert (action(1, said, TEXTS).cause, action(1, said, TEXTS).step) == ("All are zero.", "")


def test_step_for_what_is_not_there() -> None:
    """A part that stopped for a missing package is told what to do about that, and only once."""
    hint = "Use the packages that the notebook came with"
    missing = check("a", "error", stopped_by="ModuleNotFoundError", hint=hint)
    outside = part(State.ERROR, checks=(missing, check("b", "skipped")))
    assert action(1, outside, TEXTS).step == f"{hint}."
    assert other_hints(outside, TEXTS) == ()


def test_error_is_taken_apart() -> None:
    """An error has a cause in words, Python's words, and a place; a hidden one no value."""
    python = say("stopped.raised", kind="ValueError", said="shapes (31, 2) and (4, 2)")
    because = say("stopped.because", cause=say("error.23.cause"), said=python)
    message = say("stopped.error_at", place=say("cell.place", cell=9, line=2), said=because)
    found = raised(check("a", "error", visibility=PUBLIC, message=message), TEXTS)
    assert found is not None
    assert found.cause == "The shapes of these two arrays cannot be broadcast together."
    assert (found.python, found.place, found.is_explained) == (
        "ValueError: shapes (31, 2) and (4, 2)", "cell 9, line 2", True,
    )  # fmt: skip
    hidden = raised(check("a", "error", visibility=HIDDEN, message=message), TEXTS)
    assert hidden is not None
    assert (hidden.cause, hidden.python) == (found.cause, "ValueError")


def test_error_of_unknown_cause() -> None:
    """Without an explanation the cause is that there was an error, and what Python said."""
    python = say("stopped.raised", kind="Odd", said="what")
    message = say("stopped.error_at", place=at(9), said=python)
    stopped = check("a", "error", visibility=PUBLIC, message=message)
    found = raised(stopped, TEXTS)
    assert found is not None
    assert (found.cause, found.is_explained) == ("Your code raised an error in cell 9.", False)
    made = part(State.ERROR, checks=(stopped,))
    assert action(1, made, TEXTS).cause == "Your code raised an error. Odd: what."
    needed = say("stopped.needed", place=at(2), said=say("stopped.in_file", file="a.py", line=3,
                                                        said=python))  # fmt: skip
    found = raised(replace(stopped, message=needed), TEXTS)
    assert found is not None
    assert found.cause == (
        "Cell 2 could not be run, and this part needs it. The error is in your file `a.py`, line 3."
    )


def test_other_ends_are_no_error() -> None:
    """What timed out, or says nothing of an error, has none."""
    assert raised(check("a", "failed", message=say("stopped.error", said="")), TEXTS) is None
    assert raised(check("a", "error", message=say("stopped.timeout")), TEXTS) is None
    assert raised(check("a", "error", message="a text"), TEXTS) is None
