"""Marks and reports as files for Moodle and Canvas: made and read back, not written yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.catalog import Text, say
from grader.course.decided import with_marks
from grader.course.exchange.canvas import fill_gradebook
from grader.course.exchange.canvas_feedback import canvas_feedback
from grader.course.exchange.feedback_zip import FeedbackZip
from grader.course.exchange.filled import Change, Filled
from grader.course.exchange.moodle_advice import some
from grader.course.exchange.moodle_feedback import moodle_feedback
from grader.course.exchange.moodle_worksheet import fill_worksheet
from grader.course.exchange.rows import GradeRow
from grader.course.job import in_words
from grader.course.kept import unpack
from grader.course.operations.assignments import declaration_of, latest_release
from grader.course.operations.folder import given_points
from grader.course.operations.grade_rows import (
    NOT_GRADED,
    Graded,
    System,
    grade_rows,
    with_open_points,
    without_mark,
)
from grader.course.records import blobs
from grader.course.records.models import Assignment, Result
from grader.course.store import FEEDBACK
from grader.errors import UsageError
from grader.results import Mark
from grader.safe_text import NAME_LIMIT, visible

_PACKERS: Mapping[System, Callable[..., FeedbackZip]] = {
    System.MOODLE: moodle_feedback,
    System.CANVAS: canvas_feedback,
}


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A file for another system, and what is to be known before it is written."""

    rows: Sequence[Any]
    """What it was made of, as dataclasses."""
    data: bytes
    params: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    unmatched: tuple[str, ...] = ()
    """The IDs of those whom the file does not have."""
    left: tuple[tuple[str, Text], ...] = ()
    """Of whom something was not written, and why."""
    advice: tuple[Text, ...] = ()
    students: int = 0
    """Of how many something is in it."""

    @property
    def replaced(self) -> int:
        """How many grades and comments that are in the file already become others."""
        grades = sum(bool(one.old_grade.strip(" -")) for one in self.changes if _is_grade(one))
        return grades + sum(bool(one.old_comment) for one in self.changes if _is_comment(one))

    @property
    def grades(self) -> int:
        """How many grades are written."""
        return sum(map(_is_grade, self.changes))

    @property
    def comments(self) -> int:
        """How many comments are written."""
        return sum(map(_is_comment, self.changes))


def _is_grade(change: Change) -> bool:
    return change.old_grade != change.new_grade


def _is_comment(change: Change) -> bool:
    return change.old_comment != change.new_comment


def worksheet(  # noqa: PLR0913  (all but two by name)
    found: Sequence[Graded],
    data: bytes,
    *,
    file: str,
    scale: bool = False,
    grade_column: str = "",
    comment_column: str = "",
) -> Sending:
    """Moodle's grading worksheet, filled in. Raises UsageError, ReadBackError."""
    rows = grade_rows(found, System.MOODLE)
    options = {"scale": scale, "grade_column": grade_column, "comment_column": comment_column}
    filled = fill_worksheet(data, rows, file=file, **options)  # type: ignore[arg-type]
    _require_match(rows, filled, file)
    return _sending(found, rows, filled, {"file": file, **options})


def gradebook(  # noqa: PLR0913  (all but two by name)
    found: Sequence[Graded],
    data: bytes,
    *,
    assignment: Assignment,
    file: str,
    column: str = "",
    scale: bool = False,
) -> Sending:
    """Canvas's gradebook, filled in. Raises UsageError, ReadBackError."""
    rows = grade_rows(found, System.CANVAS)
    filled = fill_gradebook(
        data,
        rows,
        title=assignment.title,
        name=assignment.slug,
        column=column,
        file=file,
        scale=scale,
    )
    _require_match(rows, filled, file)
    return _sending(found, rows, filled, {"file": file, "column": column, "scale": scale})


def _require_match(rows: Sequence[GradeRow], filled: Filled, file: str) -> None:
    """Raise UsageError where there are marks, and the file has nobody whom they are of."""
    wanted = {row.student for row in rows if row.mark_mp is not None}
    if wanted and wanted <= {*filled.unmatched}:
        raise UsageError(
            f"{file}: has nobody of those who have a mark; download that of this assignment"
        )


def _sending(
    found: Sequence[Graded], rows: Sequence[GradeRow], filled: Filled, params: Mapping[str, Any]
) -> Sending:
    left = {who for who, _ in filled.left} | {*filled.unmatched}
    lacking = [(who, why) for who, why in without_mark(found).items() if who not in left]
    return Sending(
        rows=rows,
        data=filled.data,
        params=params,
        changes=filled.changes,
        unmatched=filled.unmatched,
        left=(*filled.left, *lacking),
        advice=(*open_points(found), *filled.advice),
        students=len({one.who for one in filled.changes}),
    )


def open_points(found: Sequence[Graded]) -> tuple[Text, ...]:
    """A line about marks that are not complete, if there are any."""
    names = [visible(one, NAME_LIMIT) for one in with_open_points(found)]
    return (say("course.advice.open", names=some(names)),) if names else ()


# Reports ------------------------------------------------------------------------------------


def feedback(
    found: Sequence[Graded], system: System, *, assignment: Assignment, lang: str
) -> Sending:
    """The reports of the attempts that count, for a system's import. Raises ReadBackError."""
    rows = grade_rows(found, system)
    pages, left = _pages(found, assignment, lang)
    files = [(row, {FEEDBACK: pages[row.student]}) for row in rows if row.student in pages]
    made = _PACKERS[system](files)
    return Sending(
        rows=[row for row, _ in files],
        data=made.data,
        left=(*left, *made.left),
        students=len({student for student, _ in made.paths}),
    )


def _pages(
    found: Sequence[Graded], assignment: Assignment, lang: str
) -> tuple[dict[str, bytes], list[tuple[str, Text]]]:
    """The page of each student, and why others have none."""
    wanted = {one.result for one in found if one.result is not None}
    rows = Result.objects.filter(id__in=wanted).select_related("page", "evidence")
    held, given = {row.id: row for row in rows}, given_points(assignment)
    pages: dict[str, bytes] = {}
    left: list[tuple[str, Text]] = []
    for one in found:
        row = held.get(one.result or 0)
        if row is None:
            if one.entry.mark.attempt is not None:
                left.append((one.student, NOT_GRADED))
        elif row.is_failed:
            left.append((one.student, say("course.left.failed")))
        elif page := _page(row, given.get(one.entry.enrolment, {}), assignment, lang):
            pages[one.student] = page
        else:
            left.append((one.student, say("course.left.erased")))
    return pages, left


def _page(
    row: Result, given: Mapping[tuple[str, str], Mark | None], assignment: Assignment, lang: str
) -> bytes:
    """A student's page, made again where people gave points for checks."""
    kept = blobs.content_of(row.evidence) if row.evidence and given else b""
    release = latest_release(assignment) if kept else None
    if release is None:
        return blobs.content_of(row.page)
    full = with_marks(unpack(kept), given)
    return in_words(full, lang, declaration_of(release).folder).page.encode()
