"""Other due times for many students, from a table: `student,assignment,due,reason`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.course.gradebook.times import parse_time
from grader.course.operations import assignments, decisions, people
from grader.course.records.connection import writing
from grader.course.records.events import Actor
from grader.course.records.models import Assignment, Enrolment
from grader.errors import UsageError
from grader.report.grades_csv import cell_text
from grader.safe_text import visible

COLUMNS = ("student", "due", "reason")
"""What a table must have; `assignment` where none is named with -a."""
MOST_BYTES = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that can be taken."""

    enrolment: Enrolment
    assignment: Assignment
    due_at: datetime
    reason: str


def read(
    file: Path, zone: ZoneInfo, assignment: str | None
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows of a table, and a line for each one that a rule refuses. Raises UsageError."""
    shown = visible(str(file), limit=300)
    rows, refused = [], []
    for line, cells in _records(file, shown):
        try:
            rows.append(_row(cells, zone, assignment, f"{shown}, line {line}"))
        except UsageError as error:
            said = str(error)
            where = f"{shown}, line {line}: "
            refused.append(said if said.startswith(where) else f"{where}{said}")
    return tuple(rows), tuple(refused)


def _records(file: Path, shown: str) -> list[tuple[int, dict[str, str]]]:
    try:
        data = file.read_bytes()
        text = data[:MOST_BYTES].decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}; name a CSV file") from error
    except UnicodeDecodeError:
        raise UsageError(f"{shown}: is not text in UTF-8; save it as CSV UTF-8") from None
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        records = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UsageError(f"{shown}: is not CSV: {error}; save it as CSV again") from error
    if not records:
        raise UsageError(f"{shown}: is empty; the first line is student,assignment,due,reason")
    header = [cell.strip().lower() for cell in records[0][1]]
    for name in COLUMNS:
        if name not in header:
            raise UsageError(
                f"{shown}: has no column {name!r}; the first line is student,assignment,due,reason"
            )
    filled = [(line, row) for line, row in records[1:] if any(cell.strip() for cell in row)]
    return [(line, dict(zip(header, map(str.strip, row), strict=False))) for line, row in filled]


def _row(cells: dict[str, str], zone: ZoneInfo, assignment: str | None, where: str) -> Row:
    reason = cells.get("reason", "")
    if not reason:
        raise UsageError(f"{where}: reason: is empty; say why, for those who read the log")
    return Row(
        enrolment=people.find(cell_text(cells.get("student", ""))),
        assignment=assignments.the_only(cells.get("assignment") or assignment),
        due_at=parse_time(cells.get("due", ""), zone, where=f"{where}: due"),
        reason=reason,
    )


def take(rows: Sequence[Row], actor: Actor) -> None:
    """Extend them all, or none."""
    with writing():
        for row in rows:
            decisions.extend(
                row.enrolment, row.assignment, due_at=row.due_at, reason=row.reason, actor=actor
            )
