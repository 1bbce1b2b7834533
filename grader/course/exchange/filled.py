"""A file of another system that is filled in, and the proof that nothing else of it changed."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from grader.catalog import Text
from grader.course.exchange.points import read_points
from grader.errors import SandboxError

EXCUSED = "EX"
"""What Canvas takes for a mark of those who need none."""
_FIELD_LIMIT = 2**31 - 1


class ReadBackError(SandboxError):
    """A file that was filled in does not read back as it should: our fault, it is not used."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was written for a student in one row of the file; `new` is `old` where nothing was."""

    who: str
    """The student's ID in the course."""
    number: str
    """By which the other system knows the row."""
    line: int
    """The line of the original that the row begins on."""
    old_grade: str
    new_grade: str
    old_comment: str = ""
    new_comment: str = ""
    """The comment as the system reads it, for Moodle in HTML."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A file of another system with our marks in it, and what is to be known about it."""

    data: bytes
    changes: tuple[Change, ...] = ()
    unmatched: tuple[str, ...] = ()
    """The IDs of those whom the file does not have."""
    left: tuple[tuple[str, Text], ...] = ()
    """Whose mark or comment was not written, and why."""
    advice: tuple[Text, ...] = ()
    """What to do when the file is imported, a line each."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The cells that were written: by row and column as `csv` counts them, the header is row 0."""

    grades: dict[tuple[int, int], str]
    comments: dict[tuple[int, int], str]
    dropped: int | None = None
    """The column that was taken out."""


def read_back(original: bytes, data: bytes, separator: str, written: Written) -> None:
    """Read both files again, another way, and compare cell by cell.

    Raises: ReadBackError where a cell that was written does not say what it should, or where any
    other cell, or the form of the file, is not what it was.
    """
    before, after = _rows(original, separator), _rows(data, separator)
    texts = written.grades | written.comments
    expected = [
        [
            texts.get((number, column), cell)
            for column, cell in enumerate(row)
            if column != written.dropped
        ]
        for number, row in enumerate(before)
    ]
    _require(len(expected) == len(after), "has other rows than the original")
    _require(_form(original) == _form(data), "has another form than the original")
    for number, (want, got) in enumerate(zip(expected, after, strict=True)):
        _require(want == got, f"row {number} does not say what it should")
    for text in written.grades.values():
        _require(text == EXCUSED or read_points(text) is not None, f"{text!r} is not a mark")


def _form(data: bytes) -> tuple[bool, bool]:
    """What a reader needs that is in no cell: the mark of UTF-8, and how the last line ends."""
    return data.startswith(codecs.BOM_UTF8), data.endswith((b"\n", b"\r"))


def _require(holds: bool, what: str) -> None:  # noqa: FBT001
    if not holds:
        raise ReadBackError(f"the file as filled in: {what}; nothing was written, report this")


def _rows(data: bytes, separator: str) -> list[list[str]]:
    """The rows that are not blank."""
    limit = csv.field_size_limit(_FIELD_LIMIT)
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    try:
        rows = list(csv.reader(text, delimiter=separator, strict=True))
    except csv.Error as error:
        msg = f"the file as filled in: is not CSV: {error}; nothing was written, report this"
        raise ReadBackError(msg) from error
    finally:
        csv.field_size_limit(limit)
    return [row for row in rows if any(cell.strip() for cell in row)]
