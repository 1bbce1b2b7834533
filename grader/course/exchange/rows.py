"""What an exchange hands to a file of another system: a row for each student's mark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GradeRow:
    """A student's mark of one assignment, with all names by which systems may know the student.

    `mark_mp` is in 1/1000 point, None where there is no mark (not graded yet, could not be read,
    excused): its cell is left as it is.
    """

    student: str
    """The ID in the course."""
    name: str = ""
    sort_name: str = ""
    """ "Last, First", '' where it is not known."""
    email: str = ""
    login: str = ""
    """The name that the student signs in with."""
    number: str = ""
    """The matriculation number (Moodle's "ID number", Canvas's "SIS User ID")."""
    lms_number: str = ""
    """By which the system knows the student in the download of this assignment: Moodle's
    participant, Canvas's user."""
    group: str = ""
    """The team that this row's submission is of, as the download names it, '' without teams."""
    mark_mp: int | None = None
    max_mp: int = 0
    is_excused: bool = False
    comment: str = ""
    """What staff write to the student, plain text, '' where nothing."""
    return_path: str = ""
    """Under which name in a zip file the system takes the student's report back."""
