"""What is said of code that raised, and names that it makes up."""

from __future__ import annotations

import pytest

from grader.catalog import say
from grader.judging import explain
from grader.reading.cells import Cell
from grader.sandbox.failures import Failure, FileLine, Place


def failure(message: str, kind: str = "NameError") -> Failure:
    """Student code that raised."""
    return Failure("raised", kind=kind, message=message)


def test_name_in_the_source_is_told() -> None:
    """A name that stands in the student's code is explained."""
    raised = failure("name 'centroid' is not defined")
    told = str(explain.sentence(raised, source="return centroid"))
    assert "`centroid`" in told
    assert told == str(explain.sentence(raised))


def test_made_up_name_is_not_told() -> None:
    """A name that stands nowhere in the code could be an input; the explanation does without."""
    raised = failure("name 'k_3f9ad2' is not defined")
    told = str(explain.sentence(raised, source="raise NameError(made_up)"))
    assert "3f9ad2" not in told.partition(": ")[0]
    assert "`" not in told.partition(": ")[0]


@pytest.mark.parametrize("message", ["", "something of their own"])
def test_what_names_nothing_stays(message: str) -> None:
    """What names nothing is the same with the source and without."""
    raised = failure(message, "ZeroDivisionError")
    assert explain.sentence(raised, source="") == explain.sentence(raised)


def test_no_class_is_no_advice() -> None:
    """A process that ended gives none."""
    assert not explain.advice(Failure("timeout"))


def test_error_names_its_place_and_file() -> None:
    """The full text on an error, with the words for its line and the file that it arose in."""
    raised = Failure(
        "raised",
        kind="ValueError",
        message="odd",
        places=(Place(cell=3, line=2, function="f"),),
        file=FileLine(name="helper.py", line=7),
    )
    said = "The error is in your file `helper.py`, line 7. ValueError: odd"
    where = Cell(number=3, kind="code", source="", first_line=40)
    sentence = explain.sentence(raised, lambda _, line: where.place(line))
    assert str(sentence) == f"your code raised an error in line 41. {said}"
    assert str(explain.sentence(raised)) == f"your code raised an error. {said}"


def test_globals_are_named() -> None:
    """The full text on a part that reads what it is given as an argument from the notebook."""
    assert str(say("grading.globals", n=1, name="f", names="`x`")) == (
        "`f` reads the global variable `x` and is correct only while it has the same value as the argument. Use the parameter instead of the global variable"
    )
    assert str(say("grading.globals", n=2, name="f", names="`k` and `x`")) == (
        "`f` reads the global variables `k` and `x` and is correct only while they have the same values as its arguments. Use the parameters instead of the global variables"
    )


def test_what_may_be_where_it_was_not_run_is_told() -> None:
    """The full text on a missing part beside a star import that did not run."""
    what = explain.sentence(failure("No module named 'chex'", "ModuleNotFoundError"))
    place = say("cell.place", cell=2, line=1)
    assert str(say("note.may_be_there", place=place, what=what)) == (
        "It may be in what cell 2, line 1 imports: your code raised an error. The package `chex` is not installed where this is graded, and no file of that name was submitted. ModuleNotFoundError: No module named 'chex'"
    )


def test_cell_that_cannot_be_read_is_named() -> None:
    """The full text on a part that needs what stands in a cell that Python cannot read."""
    assert str(say("stopped.unread", name="dist", why="cell 2, line 1: unfinished")) == (
        "it needs `dist` from a cell that is not valid Python. cell 2, line 1: unfinished"
    )
    assert str(say("stopped.unread_hint")) == (
        "Fix that cell first, then restart the kernel and run all cells."
    )


def test_hint_for_other_figures() -> None:
    """The full text of the hint beside a figure that is not judged."""
    assert str(say("grading.other_figures_hint")) == (
        "Draw this figure with matplotlib too, so that it can be checked."
    )
