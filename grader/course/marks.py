"""The table of marks that people give, as `grader batch --marks` takes it: read, and checked whole.

A row is `student,part,check,points,comment`. Every problem is told by its line, and a table with
one is not taken at all.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment, Check, Part
from grader.course.decided import Key
from grader.errors import UsageError
from grader.report.grades_csv import cell_text, text_cell
from grader.report.to_mark_csv import COLUMNS, Item
from grader.results import Mark
from grader.safe_text import NAME_LIMIT, visible

MOST_BYTES = 50_000_000
LONGEST_COMMENT = 4000
TAKEN_BACK = "open"
"""What stands for points where a mark is to be taken back."""
_SEEN = "seen"
_DELIMITERS = (",", ";", "\t")
"""What spreadsheets put between two cells, by the language of the system."""


class MarksError(UsageError):
    """A table of marks cannot be taken; made of a line for every problem found."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return self._lines


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a table of marks; without a mark it takes one back."""

    line: int
    student: str
    key: Key
    mark: Mark | None


@dataclass(frozen=True, kw_only=True)
class Marks:
    """A table of marks that has no problem; `file` is what people call it."""

    file: str
    rows: tuple[Row, ...]


def items_of(assignment: Assignment) -> dict[str, tuple[Item, ...]]:
    """What a person decides in each part, as rows name it; parts without such checks left out."""
    found = {part.name: tuple(_items(part)) for part in assignment.parts}
    return {name: items for name, items in found.items() if items}


def _items(part: Part) -> Iterator[Item]:
    for check in part.checks:
        if check.is_by_hand:
            yield Item(name="" if part.is_written else check.name, rubric=check.rubric)


def read_marks(file: Path, assignment: Assignment, students: Collection[str]) -> Marks:
    """The table in a file. Raises UsageError with a line for each problem in it."""
    shown = visible(str(file), limit=300)
    table = _Table(shown, assignment, students)
    rows = tuple(table.rows(_text(file, shown)))
    if table.problems:
        raise MarksError(*table.problems)
    return Marks(file=shown, rows=rows)


def _text(file: Path, shown: str) -> str:
    try:
        data = file.read_bytes() if file.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        msg = f"{shown}: cannot be read: {error.strerror}; name a CSV file with marks"
        raise UsageError(msg) from error
    if data is None:
        raise UsageError(f"{shown}: is too large for a table of marks; name another file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{shown}: is not text in UTF-8; save it as CSV UTF-8 in your spreadsheet"
        raise UsageError(msg) from None


class _Table:
    """A table as it is read: its problems gather here."""

    def __init__(self, file: str, assignment: Assignment, students: Collection[str]) -> None:
        self.file, self.assignment = file, assignment
        self.students = {text_cell(one): one for one in students} | {one: one for one in students}
        self.problems: list[str] = []
        self.lines: dict[tuple[str, Key], int] = {}

    def rows(self, text: str) -> Iterator[Row]:
        """The rows that have a mark, or take one back."""
        header: list[str] = []
        for line, cells in self._records(text):
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                if tuple(header[: len(COLUMNS)]) != COLUMNS:
                    got = visible(",".join(header), NAME_LIMIT)
                    self._problem(
                        line,
                        f"expected the columns {','.join(COLUMNS)}, got {got}; copy the first "
                        "line of to_mark.csv",
                    )
                    return
                continue
            if not len(COLUMNS) <= len(cells) <= len(header):
                expected = f"{len(COLUMNS)}" + (
                    f" to {len(header)}" if len(header) > len(COLUMNS) else ""
                )
                self._problem(
                    line,
                    f"expected {expected} cells, got {len(cells)}; put a text with a comma in "
                    "quotes",
                )
                continue
            row = self._row(line, dict(zip(header, cells, strict=False)))
            if row is not None:
                yield row
        if not header:
            self._problem(1, f"the file is empty; the first line is {','.join(COLUMNS)}")

    def _records(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The records with the lines that they begin on."""
        first = next((line for line in text.splitlines() if line.strip()), "")
        known = [one for one in _DELIMITERS if first.replace('"', "").startswith(f"student{one}")]
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=(known or [","])[0], strict=True
        )
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._problem(line, f"is not CSV: {error}; fix the quotes, or save it as CSV again")
                return
            yield line, cells
            line = reader.line_num + 1

    def _problem(self, line: int, what: str) -> None:
        self.problems.append(f"{self.file}, line {line}: {what}")

    def _row(self, line: int, cells: Mapping[str, str]) -> Row | None:
        before = len(self.problems)
        student = self._student(line, cells["student"].strip())
        part = self._part(line, cells["part"].strip())
        check = None if part is None else self._check(line, part, cells["check"].strip())
        points = self._points(line, check, cells["points"].strip())
        comment = cells["comment"].strip()
        if comment and points is None and not cells["points"].strip():
            self._problem(line, "points: is empty, but there is a comment; add the points")
        if len(comment) > LONGEST_COMMENT:
            self._problem(
                line,
                f"comment: expected at most {LONGEST_COMMENT} characters, got {len(comment)}; "
                "shorten it",
            )
        if len(self.problems) > before or student is None or part is None or check is None:
            return None
        if not cells["points"].strip():
            return None
        key = (part.name, check.name)
        twice = self.lines.setdefault((student, key), line)
        if twice != line:
            self._problem(line, f"the same as line {twice}, student and check; keep one of them")
            return None
        seen = cells.get(_SEEN, "").strip()
        mark = None if points is None else Mark(points=points, comment=comment, seen=seen)
        return Row(line=line, student=student, key=key, mark=mark)

    def _student(self, line: int, cell: str) -> str | None:
        found = self.students.get(cell, self.students.get(cell_text(cell)))
        if found is None:
            near = difflib.get_close_matches(cell, self.students, n=1)
            do = f"did you mean {near[0]!r}?" if near else "the overview lists the IDs"
            self._problem(line, f"student: no submission has the ID {_shown(cell)}; {do}")
        return found

    def _part(self, line: int, cell: str) -> Part | None:
        by_name = {part.name: part for part in self.assignment.parts}
        known = [name for name, part in by_name.items() if _decided(part)]
        found = by_name.get(cell)
        if found is None:
            self._problem(line, f"part: there is no part {_shown(cell)}; {_choice(known)}")
        elif not _decided(found):
            self._problem(line, f"part: nobody decides points of {_shown(cell)}; {_choice(known)}")
            return None
        return found

    def _check(self, line: int, part: Part, cell: str) -> Check | None:
        checks = _decided(part)
        named = [one for one in checks if cell in {one.name, text_cell(one.name)}]
        if named or (not cell and len(checks) == 1):
            return (named or checks)[0]
        names = [one.name for one in checks]
        what = f"there is no check {_shown(cell)} that a person decides" if cell else "is empty"
        self._problem(line, f"check: {what} in part {part.name!r}; {_choice(names)}")
        return None

    def _points(self, line: int, check: Check | None, cell: str) -> float | None:
        if not cell or cell.lower() == TAKEN_BACK:
            return None
        most = math.inf if check is None else check.points
        expected = "a number" if check is None else f"a number from 0 to {most:g}"
        try:
            value = float(cell.replace(",", ".", 1))
        except ValueError:
            value = math.nan
        if not 0 <= value <= most or "_" in cell:
            self._problem(line, f"points: expected {expected}, got {_shown(cell)}; change it")
            return None
        return value


def _decided(part: Part) -> list[Check]:
    return [check for check in part.checks if check.is_by_hand]


def _shown(cell: str) -> str:
    return repr(visible(cell, NAME_LIMIT))


def _choice(names: Sequence[str]) -> str:
    if not names:
        return "this assignment has no points that a person gives"
    return f"use {' or '.join(map(repr, names))}"
