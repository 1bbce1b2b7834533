"""Manual scores, extra credit and comments out of a `gradebook.db`; it needs no nbgrader."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from grader.catalog import Text, say
from grader.course.exchange import nbgrader_file
from grader.course.exchange.nbgrader_check import as_mp
from grader.course.exchange.nbgrader_rows import ManualScore, ManualScores
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_MOST_POINTS = 1e6
_LONGEST_COMMENT = 10_000
_SUBMISSIONS = """
SELECT sn.id, sa.student_id, n.name, sn.late_submission_penalty
FROM submitted_notebook sn
JOIN notebook n ON n.id = sn.notebook_id
JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id
WHERE a.name = ? ORDER BY sa.student_id, n.name
"""
_GRADES = """
SELECT c.name, g.manual_score, g.extra_credit FROM grade g JOIN base_cell c ON c.id = g.cell_id
WHERE g.notebook_id = ? AND (g.manual_score IS NOT NULL OR g.extra_credit IS NOT NULL)
ORDER BY c.name
"""
_COMMENTS = """
SELECT c.name, m.manual_comment FROM comment m JOIN base_cell c ON c.id = m.cell_id
WHERE m.notebook_id = ? AND m.manual_comment IS NOT NULL ORDER BY c.name
"""


def read_gradebook(db: Path, assignment: str) -> ManualScores:
    """What people decided about an assignment in nbgrader, by student and grade cell.

    Late penalties, and values that are not points, are named in `notes` and not taken.
    Raises UsageError when the file is not a gradebook or has no such assignment.
    """
    where = nbgrader_file.shown(db)
    notes: list[Text] = []
    with nbgrader_file.opened(db, is_written=False) as connection:
        names = [str(one) for (one,) in connection.execute("SELECT name FROM assignment")]
        if assignment not in names:
            listed = visible(", ".join(sorted(names)) or "none")
            shown = visible(assignment, NAME_LIMIT)
            raise UsageError(f"{where}: has no assignment {shown}; choose one of: {listed}")
        scores = tuple(_scores(connection, assignment, notes))
    return ManualScores(scores=scores, notes=tuple(notes))


def _scores(
    connection: sqlite3.Connection, assignment: str, notes: list[Text]
) -> Iterator[ManualScore]:
    rows = connection.execute(_SUBMISSIONS, (assignment,)).fetchall()
    seen: set[tuple[str, str]] = set()
    for notebook, student, file, penalty in rows:
        who = visible(str(student), NAME_LIMIT)
        if penalty:
            said = visible(str(penalty), NAME_LIMIT)
            notes.append(say("course.nbgrader.penalty", student=who, points=said))
        for score in _of_notebook(connection, notebook, str(student), notes):
            key = (score.student, score.part)
            if key in seen:
                cell = f"{visible(str(file), NAME_LIMIT)}/{visible(score.part, NAME_LIMIT)}"
                notes.append(say("course.nbgrader.twice", student=who, cell=cell))
            else:
                seen.add(key)
                yield score


def _of_notebook(
    connection: sqlite3.Connection, notebook: str, student: str, notes: list[Text]
) -> Iterator[ManualScore]:
    """The manual scores of a student's notebook, cell by cell."""
    comments = {
        str(cell): visible(str(text), _LONGEST_COMMENT, keep_lines=True)
        for cell, text in connection.execute(_COMMENTS, (notebook,))
        if str(text).strip()
    }
    grades = connection.execute(_GRADES, (notebook,)).fetchall()
    for name, manual, extra in grades:
        cell = str(name)
        where = f"{visible(student, NAME_LIMIT)}/{visible(cell, NAME_LIMIT)}"
        manual_mp, extra_mp = _mp(manual, where, notes), _mp(extra, where, notes) or 0
        comment = comments.pop(cell, "")
        if manual_mp is not None or extra_mp or comment:
            yield ManualScore(
                student=student, part=cell, manual_mp=manual_mp, extra_mp=extra_mp, comment=comment
            )
    for cell, text in comments.items():
        yield ManualScore(student=student, part=cell, comment=text)


def _mp(value: object, where: str, notes: list[Text]) -> int | None:
    """Points in 1/1000 point; None, and a line, for what is not a number of points."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= _MOST_POINTS:
        return as_mp(value)
    said = visible(str(value), NAME_LIMIT)
    notes.append(say("course.nbgrader.no_number", where=where, said=said))
    return None
