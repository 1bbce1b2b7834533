"""What is said of code that raised, and names that it makes up."""

from __future__ import annotations

import pytest

from grader import diagnose
from grader.cells import Cell
from grader.sandbox import Failure, Place
from grader.sandbox.child import FileLine


def failure(message: str, kind: str = "NameError") -> Failure:
    """Student code that raised."""
    return Failure("raised", kind=kind, message=message)


def test_name_in_the_source_is_told() -> None:
    """A name that stands in the student's code is explained."""
    raised = failure("name 'centroid' is not defined")
    told = str(diagnose.sentence(raised, source="return centroid"))
    assert "`centroid`" in told
    assert told == str(diagnose.sentence(raised))


def test_made_up_name_is_not_told() -> None:
    """A name that stands nowhere in the code could be an input; the explanation does without."""
    raised = failure("name 'k_3f9ad2' is not defined")
    told = str(diagnose.sentence(raised, source="raise NameError(made_up)"))
    assert "3f9ad2" not in told.partition(": ")[0]
    assert "`" not in told.partition(": ")[0]


@pytest.mark.parametrize("message", ["", "something of their own"])
def test_what_names_nothing_stays(message: str) -> None:
    """What names nothing is the same with the source and without."""
    raised = failure(message, "ZeroDivisionError")
    assert diagnose.sentence(raised, source="") == diagnose.sentence(raised)


def test_no_class_is_no_advice() -> None:
    """A process that ended gives none."""
    assert not diagnose.advice(Failure("timeout"))


def test_error_names_its_place_and_file() -> None:
    """The full text on an error, with the words for its line and the file that it arose in."""
    raised = Failure(
        "raised",
        kind="ValueError",
        message="odd",
        places=(Place(cell=3, line=2, function="f"),),
        file=FileLine(name="helper.py", line=7),
    )
    said = "The error arose in your file `helper.py`, line 7. ValueError: odd"
    where = Cell(number=3, kind="code", source="", first_line=40)
    sentence = diagnose.sentence(raised, lambda _, line: where.place(line))
    assert str(sentence) == f"it stopped with an error in line 41. {said}"
    assert str(diagnose.sentence(raised)) == f"it stopped with an error. {said}"
