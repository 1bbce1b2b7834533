"""What an assignment is declared with: its tables, and what its checks are given and may find."""

from grader.assignment.declaration import Assignment
from grader.assignment.part import Advice, Check, Mistake, NotRight, Part
from grader.assignment.student import Student, Unset
from grader.assignment.tables import Case, CellForm, Global, Input, Through
from grader.results import Visibility

__all__ = [
    "Advice",
    "Assignment",
    "Case",
    "CellForm",
    "Check",
    "Global",
    "Input",
    "Mistake",
    "NotRight",
    "Part",
    "Student",
    "Through",
    "Unset",
    "Visibility",
]
