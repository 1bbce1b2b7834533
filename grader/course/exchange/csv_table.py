"""The marks of a course as a table of our own, written and read back: RFC 4180, UTF-8, dots.

`grader course marks --csv` and `export csv` write it. A row is a student's assignment.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.errors import UsageError
from grader.report.grades_csv import cell_text, number_cell, text_cell
from grader.safe_text import NAME_LIMIT, visible

HEADER = (
    *("student", "number", "name", "assignment", "attempt", "status"),
    *("raw", "override", "late", "mark", "max", "open"),
)
EXCUSED = "excused"
VOID = "void"
MOST_BYTES = 50_000_000
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,3})?")


@dataclass(frozen=True, kw_only=True)
class MarkRow:
    """A student's mark of an assignment and how it came about; points in 1/1000 point.

    None stands where there is none: no attempt, no result, no mark.
    """

    student: str
    number: str = ""
    name: str = ""
    assignment: str
    attempt: int | None = None
    status: str = ""
    raw_mp: int | None = None
    """What the parts add up to, with what people changed of them."""
    override: str = ""
    """The points that a person set for the total, `excused`, `void`, or nothing."""
    late_mp: int = 0
    """What lateness took."""
    mark_mp: int | None = None
    max_mp: int = 0
    open_mp: int = 0


def points_cell(points_mp: int | None) -> str:
    """Points with a dot and no needless zeros, '' for none."""
    return "" if points_mp is None else number_cell(points_mp / 1000)


def marks_csv(rows: Iterable[MarkRow]) -> str:
    """The text of the table; a spreadsheet computes nothing of it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(_cells(row) for row in rows)
    return out.getvalue()


def _cells(row: MarkRow) -> list[str]:
    is_number = _NUMBER.fullmatch(row.override) is not None
    return [
        text_cell(row.student),
        text_cell(row.number),
        text_cell(row.name),
        text_cell(row.assignment),
        "" if row.attempt is None else str(row.attempt),
        text_cell(row.status),
        points_cell(row.raw_mp),
        row.override if is_number else text_cell(row.override),
        points_cell(row.late_mp),
        points_cell(row.mark_mp),
        points_cell(row.max_mp),
        points_cell(row.open_mp),
    ]


def read_marks_csv(data: bytes, where: str) -> tuple[MarkRow, ...]:
    """The rows of a table that `marks_csv` wrote, also after a spreadsheet gave it a BOM.

    `where` is the name of the file for messages. Raises UsageError with the line of the first
    problem.
    """
    shown = visible(where, limit=300)
    if len(data) > MOST_BYTES:
        raise UsageError(f"{shown}: is larger than 50 MB; choose the table of marks")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown}: is not UTF-8; save it as CSV UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return tuple(_rows(reader, shown))
    except csv.Error as error:
        said = f"line {reader.line_num}: {visible(str(error))}"
        raise UsageError(f"{shown}: {said}; save it as CSV with commas") from error


def _rows(reader: Iterator[list[str]], where: str) -> Iterator[MarkRow]:
    if tuple(next(reader, [])) != HEADER:
        raise UsageError(f"{where}: line 1: expected the columns {','.join(HEADER)}")
    for line, cells in enumerate(reader, 2):
        if not any(cells):
            continue
        at = f"{where}: row {line}"
        if len(cells) != len(HEADER):
            raise UsageError(f"{at}: expected {len(HEADER)} cells, got {len(cells)}")
        yield _row(cells, at)


def _row(cells: Sequence[str], at: str) -> MarkRow:
    named = dict(zip(HEADER, cells, strict=True))
    texts = {name: cell_text(cell) for name, cell in named.items()}
    if not texts["student"] or not texts["assignment"]:
        raise UsageError(f"{at}: the student or the assignment is missing; fill it in")
    return MarkRow(
        student=texts["student"],
        number=texts["number"],
        name=texts["name"],
        assignment=texts["assignment"],
        attempt=_attempt(named["attempt"], at),
        status=texts["status"],
        raw_mp=_mp("raw", named, at),
        override=_override(texts["override"], at),
        late_mp=_mp("late", named, at) or 0,
        mark_mp=_mp("mark", named, at),
        max_mp=_mp("max", named, at) or 0,
        open_mp=_mp("open", named, at) or 0,
    )


def _mp(name: str, cells: dict[str, str], at: str) -> int | None:
    """Points of a cell in 1/1000 point, exactly; None where it is empty."""
    cell = cells[name].strip()
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell):
        shown = visible(cell, NAME_LIMIT)
        raise UsageError(f"{at}: {name}: expected points such as 87.5, got {shown}")
    whole, _, rest = cell.partition(".")
    size = abs(int(whole)) * 1000 + int(rest.ljust(3, "0") or 0)
    return -size if cell.startswith("-") else size


def _attempt(cell: str, at: str) -> int | None:
    if not cell.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,9}", cell.strip()):
        shown = visible(cell, NAME_LIMIT)
        raise UsageError(f"{at}: attempt: expected a number, got {shown}")
    return int(cell)


def _override(text: str, at: str) -> str:
    if text in ("", EXCUSED, VOID) or _NUMBER.fullmatch(text):
        return text
    shown = visible(text, NAME_LIMIT)
    raise UsageError(f"{at}: override: expected points, {EXCUSED} or {VOID}, got {shown}")
