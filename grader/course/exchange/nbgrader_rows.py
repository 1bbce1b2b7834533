"""What goes into nbgrader's `gradebook.db` and comes out of it, as frozen dataclasses.

Points are integers in 1/1000 point, instants are in UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from grader.catalog import Text, say


@dataclass(frozen=True, kw_only=True)
class NbCell:
    """The grade cell of a part; `is_written` where the part is answered in words."""

    name: str
    max_mp: int
    is_written: bool = False


@dataclass(frozen=True, kw_only=True)
class NbAssignment:
    """An assignment as nbgrader knows it: one notebook, a grade cell a part."""

    name: str
    cells: tuple[NbCell, ...]
    notebook: str = ""
    """The name of a new notebook; '' for that of the assignment."""
    due_at: datetime | None = None
    course: str = ""
    """nbgrader's name of the course; '' for the one that the gradebook has."""


@dataclass(frozen=True, kw_only=True)
class NbPart:
    """A student's points of a part; `auto_mp` is None where it could not be checked."""

    name: str
    max_mp: int
    auto_mp: int | None = None
    override_mp: int | None = None
    """What a person set in the course: the points of the part, not what was added."""
    open_mp: int = 0
    comment: str = ""
    sent_mp: int | None = None
    """The manual score that the course wrote the last time: one like it is no person's."""


@dataclass(frozen=True, kw_only=True)
class NbRow:
    """A student, and the submission that counts; without parts and time there is none."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    number: str = ""
    """By which the learning management system knows the student, nbgrader's `lms_user_id`."""
    started_at: datetime | None = None
    parts: tuple[NbPart, ...] = ()
    late_mp: int | None = None
    """What lateness took, nbgrader's penalty; None leaves the one that is there."""


@dataclass(frozen=True, kw_only=True)
class KeptScore:
    """A manual score that a person entered in nbgrader and that was not overwritten."""

    student: str
    part: str
    there_mp: int
    ours_mp: int | None
    """What the course would have written, None for no manual score."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a gradebook got; it was read back and compared."""

    is_new: bool
    """Whether there was no file before."""
    students: int
    """Of how many students it has a submission that is written here."""
    changed: int
    """How many rows of the database are new or others now; 0 if all was there already."""
    kept: tuple[KeptScore, ...] = ()
    notes: tuple[Text, ...] = ()
    """A line for each thing that was passed over or that differs."""


@dataclass(frozen=True, kw_only=True)
class ManualScore:
    """What a person decided in nbgrader about a student's grade cell."""

    student: str
    part: str
    """The name of the grade cell."""
    manual_mp: int | None = None
    extra_mp: int = 0
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class ManualScores:
    """The manual scores of an assignment, and a line for each thing that was passed over."""

    scores: tuple[ManualScore, ...]
    notes: tuple[Text, ...] = ()


def of_parts(found: ManualScores, parts: Collection[str]) -> ManualScores:
    """The scores of cells that are called like one of our parts; the others are named."""
    known = tuple(one for one in found.scores if one.part in parts)
    others = dict.fromkeys(one.part for one in found.scores if one.part not in parts)
    notes = tuple(say("course.nbgrader.no_part", name=name) for name in others)
    return ManualScores(scores=known, notes=(*found.notes, *notes))
