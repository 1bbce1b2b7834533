"""What an assignment is declared with: its tables, and what its checks receive and return."""

from grader.assignment.declaration import Assignment
from grader.assignment.part import Advice, Check, Incorrect, Mistake, Part
from grader.assignment.student import Student, Unset
from grader.assignment.tables import Case, CellForm, Global, InlinedIn, Input
from grader.old_names import renamed
from grader.results import Visibility

__all__ = [
    "Advice",
    "Assignment",
    "Case",
    "CellForm",
    "Check",
    "Global",
    "Incorrect",
    "InlinedIn",
    "Input",
    "Mistake",
    "Part",
    "Student",
    "Unset",
    "Visibility",
]


def __getattr__(name: str) -> object:
    """What had another name before."""
    old = {"NotRight": ("Incorrect", Incorrect), "Through": ("InlinedIn", InlinedIn)}
    return renamed(__name__, name, old)
