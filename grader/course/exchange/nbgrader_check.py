"""What a gradebook holds, read by plain SQL, and whether it is what was to be written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.course.exchange.nbgrader_file import TABLES
from grader.course.exchange.nbgrader_rows import KeptScore, NbAssignment, NbPart, NbRow

_GRADES = """
SELECT sa.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade, gc.max_score
FROM grade g
JOIN base_cell c ON c.id = g.cell_id
JOIN grade_cells gc ON gc.id = c.id
JOIN submitted_notebook sn ON sn.id = g.notebook_id
JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id
WHERE a.name = ?
"""
_OURS = """(SELECT sn.id FROM new.submitted_notebook sn
JOIN new.submitted_assignment sa ON sa.id = sn.assignment_id
JOIN new.assignment a ON a.id = sa.assignment_id WHERE a.name = :name)"""
_MAY_CHANGE = {
    "assignment": "name = :name",
    "submitted_assignment": "assignment_id IN (SELECT id FROM new.assignment WHERE name = :name)",
    "submitted_notebook": f"id IN {_OURS}",
    "grade": f"notebook_id IN {_OURS}",
    "comment": f"notebook_id IN {_OURS}",
    "student": "id IN (SELECT value FROM json_each(:students))",
}
"""Which rows of a table may differ afterwards: those of the assignment and of its students."""


def points(mp: int | None) -> float | None:
    """Points as nbgrader counts them."""
    return None if mp is None else mp / 1000


def as_mp(value: float) -> int:
    """Points of nbgrader's in 1/1000 point."""
    return round(value * 1000)


def needs_person(part: NbPart) -> bool:
    """Whether a person has something to decide about a part."""
    return part.override_mp is None and (part.auto_mp is None or part.open_mp > 0)


def others_changed(
    target: sqlite3.Connection, assignment: NbAssignment, rows: Sequence[NbRow]
) -> list[str]:
    """The tables in which a row changed or vanished in `new` that is not of the assignment."""
    students = json.dumps([row.student for row in rows])
    values = {"name": assignment.name, "students": students}
    return [table for table in TABLES if _changed(target, table, values)]


def _changed(target: sqlite3.Connection, table: str, values: Mapping[str, str]) -> int:
    (found,) = target.execute(
        f"SELECT count(*) FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM new.{table})"  # noqa: S608  (a name of ours)
        f" WHERE NOT ({_MAY_CHANGE.get(table, '0')})",
        values,
    ).fetchone()
    return int(found)


def differences(
    connection: sqlite3.Connection,
    assignment: NbAssignment,
    rows: Sequence[NbRow],
    kept: Sequence[KeptScore],
) -> Iterator[str]:
    """Where the gradebook does not have what was to be written, `student/part` each."""
    found = {
        (student, cell): tuple(rest)
        for student, cell, *rest in connection.execute(_GRADES, (assignment.name,))
    }
    whole = {cell.name: points(cell.max_mp) for cell in assignment.cells}
    theirs = {(one.student, one.part): one.there_mp for one in kept}
    for row in rows:
        for part in row.parts:
            key = (row.student, part.name)
            if not _is_as_wanted(found.get(key), part, whole[part.name], theirs.get(key)):
                yield f"{row.student}/{part.name}"


def _is_as_wanted(
    found: tuple[Any, ...] | None, part: NbPart, most: float | None, kept_mp: int | None
) -> bool:
    if found is None:
        return False
    auto, manual, needs, there = found
    is_same = auto == points(part.auto_mp) and there == most
    if kept_mp is not None:
        return is_same and manual is not None and as_mp(manual) == kept_mp
    return is_same and manual == points(part.override_mp) and bool(needs) == needs_person(part)
