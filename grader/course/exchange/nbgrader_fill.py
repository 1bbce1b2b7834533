"""Fills a gradebook through nbgrader's own API; the connection is nbgrader's `Gradebook`.

What a person entered there stays: manual scores, extra credit, manual comments, names of students.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.catalog import Text, say
from grader.course.exchange.nbgrader_check import as_mp, needs_person, points
from grader.course.exchange.nbgrader_rows import KeptScore, NbAssignment, NbCell, NbPart, NbRow
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

LONGEST_COMMENT = 10_000
_LONGEST_NAME = 128
_CELL_NAME = re.compile(r"[A-Za-z0-9_\-]+")
_STUDENT = re.compile(r"(?!\.)[^/\\+\x00-\x1f\x7f]+")
"""nbgrader makes folders of these names, and separates them by a plus sign."""


@dataclass(kw_only=True)
class Filled:
    """What was found while a gradebook was filled."""

    kept: list[KeptScore] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


def check_rows(assignment: NbAssignment, rows: Sequence[NbRow]) -> None:
    """Raise UsageError when nbgrader cannot take these names, or the rows contradict each other."""
    where = visible(assignment.name, NAME_LIMIT) or "assignment"
    named = [assignment.name, *([assignment.notebook] if assignment.notebook else [])]
    if not all(map(is_name, named)):
        raise UsageError(
            f"{where}: nbgrader does not take this name; use letters, digits, and underscores"
        )
    cells = [cell.name for cell in assignment.cells]
    if not cells or len({*cells}) < len(cells):
        raise UsageError(f"{where}: needs parts, each with a name; check the assignment")
    for name in cells:
        if not _CELL_NAME.fullmatch(name):
            shown = visible(name, NAME_LIMIT)
            raise UsageError(f"{where}: nbgrader does not take the name of part {shown}; rename it")
    times = Counter(row.student for row in rows)
    for row in rows:
        unknown = [part.name for part in row.parts if part.name not in cells]
        if unknown or times[row.student] > 1:
            shown = visible(row.student, NAME_LIMIT)
            what = f"has an unknown part {visible(unknown[0])}" if unknown else "comes twice"
            raise UsageError(f"{where}: student {shown} {what}; check the rows")


def is_name(name: str) -> bool:
    """Whether nbgrader takes a name for a student or an assignment."""
    is_fit = len(name) <= _LONGEST_NAME and visible(name) == name
    return is_fit and _STUDENT.fullmatch(name) is not None


def fill(gradebook: Any, assignment: NbAssignment, rows: Sequence[NbRow]) -> Filled:
    """Write an assignment and its rows into an open gradebook.

    Raises UsageError when an assignment of that name is there with other grade cells.
    """
    filled = Filled()
    notebook = _assignment(gradebook, assignment, filled)
    students = {one.id: one for one in gradebook.students}
    there = {one.student_id: one for one in gradebook.assignment_submissions(assignment.name)}
    filled.notes.extend(_other_maxima(assignment, rows))
    for row in rows:
        _student(gradebook, students.get(row.student), row, filled)
        if row.parts or row.started_at is not None:
            submission = there.get(row.student)
            if submission is None:
                submission = gradebook.add_submission(assignment.name, row.student)
            _submission(submission, notebook, row, filled)
    gradebook.db.commit()
    return filled


# The assignment ----------------------------------------------------------------------------


def _assignment(gradebook: Any, assignment: NbAssignment, filled: Filled) -> str:
    """The name of the assignment's notebook, which is made where there is none."""
    name = assignment.name
    found = next((one for one in gradebook.assignments if one.name == name), None)
    if found is None:
        gradebook.add_assignment(name, duedate=assignment.due_at)
    elif found.notebooks:
        _check_cells(found, assignment)
    elif found.submissions:
        raise UsageError(f"{name}: has submissions but no notebook there; use another name")
    if found is not None and assignment.due_at is not None:
        due = _naive(assignment.due_at)
        if found.duedate not in (None, due):
            times = {"before": str(found.duedate), "now": str(due)}
            filled.notes.append(say("course.nbgrader.due", assignment=name, **times))
        gradebook.update_or_create_assignment(name, duedate=assignment.due_at)
    if found is not None and found.notebooks:
        return str(found.notebooks[0].name)
    return _made(gradebook, assignment)


def _made(gradebook: Any, assignment: NbAssignment) -> str:
    name, notebook = assignment.name, assignment.notebook or assignment.name
    gradebook.add_notebook(notebook, name)
    for cell in assignment.cells:
        form = {"max_score": points(cell.max_mp), "cell_type": _cell_type(cell)}
        gradebook.add_grade_cell(cell.name, notebook, name, **form)
        gradebook.add_solution_cell(cell.name, notebook, name)  # what a comment belongs to
    return notebook


def _cell_type(cell: NbCell) -> str:
    return "markdown" if cell.is_written else "code"


def _check_cells(found: Any, assignment: NbAssignment) -> None:
    """Raise UsageError unless the notebook has exactly our grade cells."""
    there = {
        f"{cell.name} ({cell.max_score:g})"
        for notebook in found.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    ours = {f"{cell.name} ({points(cell.max_mp):g})" for cell in assignment.cells}
    is_same = len(found.notebooks) == 1 and not found.notebooks[0].task_cells and there == ours
    if not is_same:
        listed = visible(", ".join(sorted(there)) or "none")
        raise UsageError(
            f"{assignment.name}: is there with other grade cells: {listed};"
            f" expected {visible(', '.join(sorted(ours)))}; remove it there, or use another name"
        )


def _other_maxima(assignment: NbAssignment, rows: Sequence[NbRow]) -> Iterator[Text]:
    """A line for each part of a student that was graded out of other points than the cell has."""
    whole = {cell.name: cell.max_mp for cell in assignment.cells}
    for row in rows:
        for part in row.parts:
            if part.max_mp != whole[part.name]:
                most, here = points(whole[part.name]), points(part.max_mp)
                of = {"student": row.student, "part": part.name}
                yield say("course.nbgrader.maximum", **of, here=f"{here:g}", there=f"{most:g}")


# Students and their submissions ------------------------------------------------------------


def _student(gradebook: Any, found: Any, row: NbRow, filled: Filled) -> None:
    """Add a student; of one who is there, fill in what is empty."""
    values = {
        "first_name": visible(row.first_name, NAME_LIMIT),
        "last_name": visible(row.last_name, NAME_LIMIT),
        "email": visible(row.email, NAME_LIMIT),
        "lms_user_id": visible(row.number, NAME_LIMIT),
    }
    values = {name: value for name, value in values.items() if value}
    if found is None:
        gradebook.add_student(row.student, **values)
        return
    for name, value in values.items():
        there = getattr(found, name)
        if not there:
            setattr(found, name, value)
        elif there != value:
            held = {"field": name, "there": visible(str(there), NAME_LIMIT), "here": value}
            filled.notes.append(say("course.nbgrader.differs", student=row.student, **held))


def _submission(submission: Any, notebook: str, row: NbRow, filled: Filled) -> None:
    if row.started_at is not None:
        submission.timestamp = _naive(row.started_at)
    found = [one for one in submission.notebooks if one.name == notebook]
    if not found:
        raise UsageError(f"{row.student}: has a submission without a notebook there; remove it")
    (copy,) = found
    if row.late_mp is not None:
        copy.late_submission_penalty = points(row.late_mp)
    grades = {grade.name: grade for grade in copy.grades}
    comments = {comment.name: comment for comment in copy.comments}
    for part in row.parts:
        if part.name not in grades:
            raise UsageError(f"{row.student}: has no grade for {part.name} there; remove it")
        filled.kept.extend(_grade(grades[part.name], row.student, part))
        filled.notes.extend(_comment(comments, row.student, part))


def _grade(grade: Any, student: str, part: NbPart) -> Iterator[KeptScore]:
    """Set a grade; gives the manual score that is kept, if there is one."""
    grade.auto_score = points(part.auto_mp)
    there, ours = grade.manual_score, points(part.override_mp)
    if there is None or there in (ours, points(part.sent_mp)):
        grade.manual_score = ours
        grade.needs_manual_grade = needs_person(part)
    else:
        yield KeptScore(
            student=student, part=part.name, there_mp=as_mp(there), ours_mp=part.override_mp
        )


def _comment(comments: Mapping[str, Any], student: str, part: NbPart) -> Iterator[Text]:
    """Set our comment next to the one that people write there; a line where it has no place."""
    text = visible(part.comment, LONGEST_COMMENT, keep_lines=True)
    if part.name in comments:
        comments[part.name].auto_comment = text or None
    elif text:
        yield say("course.nbgrader.no_comment", student=student, part=part.name)


def _naive(at: datetime) -> datetime:
    """An instant as nbgrader stores it: UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)
