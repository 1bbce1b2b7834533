"""A table of cells as another system wrote it: every cell with its place in the text.

What is written back is the same text but for the cells that were changed: byte order mark,
separator, quotes and line ends stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

MOST_BYTES = 50_000_000
SEPARATORS = (",", ";", "\t")
_MARK = "\ufeff"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a cell says, and where in the text it is with its quotes."""

    text: str
    start: int
    end: int
    is_quoted: bool = False


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row of a table, and the line of the file that it begins on."""

    line: int
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> str:
        return self.cells[column].text

    @property
    def is_blank(self) -> bool:
        """Whether no cell says anything."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a header; rows have as many cells as it. Blank lines are not rows."""

    file: str
    """What people call it."""
    text: str
    separator: str
    header: Record
    rows: tuple[Record, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """What is written above the columns."""
        return tuple(cell.text for cell in self.header.cells)

    def column(self, column: int) -> tuple[str, ...]:
        """The texts of a column, without its title."""
        return tuple(row[column] for row in self.rows)

    def with_cells(
        self, texts: Mapping[tuple[int, int], str], *, without: int | None = None
    ) -> bytes:
        """The bytes with other texts, by row and column; without a column where one is named."""
        changes = [
            (cell.start, cell.end, self._raw(text, cell))
            for (row, column), text in texts.items()
            if column != without
            for cell in (self.rows[row].cells[column],)
        ]
        if without is not None:
            changes += [_cut(one, without) for one in (self.header, *self.rows)]
        pieces, at = [], 0
        for start, end, raw in sorted(changes):
            pieces += [self.text[at:start], raw]
            at = end
        return "".join((*pieces, self.text[at:])).encode()

    def _raw(self, text: str, cell: Cell) -> str:
        is_plain = text.isascii() and text.replace(".", "").isalnum()
        if is_plain and not cell.is_quoted:
            return text
        return '"' + text.replace('"', '""') + '"'


def _cut(record: Record, column: int) -> tuple[int, int, str]:
    """What to take away of a row with a cell: the cell, and the separator before or after it."""
    if column:
        return record.cells[column - 1].end, record.cells[column].end, ""
    return record.cells[0].start, record.cells[1].start, ""


def decoded(data: bytes, file: str) -> str:
    """The text of a file in UTF-8, with its mark. Raises UsageError for any other encoding."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"{file}: is too large for a table of a class; name another file")
    if data.startswith(_UTF_16):
        msg = f"{file}: is text in UTF-16; save it as CSV UTF-8, or download it again"
        raise UsageError(msg)
    try:
        return data.decode()
    except UnicodeDecodeError:
        msg = f"{file}: is not text in UTF-8; save it as CSV UTF-8, or download it again"
        raise UsageError(msg) from None


def read_table(data: bytes, file: str, *, may_be_ragged: bool = False) -> Table:
    """The table in a file; its rows may have other numbers of cells than its titles if so wanted.

    Raises: UsageError, in one line, where it is none.
    """
    shown = visible(file, limit=300)
    text = decoded(data, shown)
    separator = _separator(text)
    records = [one for one in _records(text, separator, shown) if not one.is_blank]
    if not records:
        raise UsageError(f"{shown}: is empty; download it again")
    header, *rows = records
    count = len(header.cells)
    if count < 2:
        got = visible(header[0], NAME_LIMIT)
        msg = f"{shown}: expected a table with a line of titles, got {got!r}; name a CSV file"
        raise UsageError(msg)
    for row in rows:
        if len(row.cells) != count and not may_be_ragged:
            msg = (
                f"{shown}, line {row.line}: expected {count} cells, as in the first line, "
                f"got {len(row.cells)}; download it again"
            )
            raise UsageError(msg)
    return Table(file=shown, text=text, separator=separator, header=header, rows=tuple(rows))


def _separator(text: str) -> str:
    """What is between two cells: what makes the most cells of the first line that is not blank."""
    counts = {one: _width(text, one) for one in SEPARATORS}
    return max(SEPARATORS, key=lambda one: counts[one])


def _width(text: str, separator: str) -> int:
    try:
        found = _records(text, separator, "")
        return next((len(one.cells) for one in found if not one.is_blank), 0)
    except UsageError:
        return 0


def _records(text: str, separator: str, file: str) -> Iterator[Record]:
    """The rows of a text, blank ones too."""
    pattern = re.compile(
        rf'(?:"(?P<quoted>(?:[^"]++|"")*+)"|(?P<plain>(?!")[^{separator}\r\n]*+))'
        rf"(?P<end>[{separator}]|\r\n|\r|\n|\Z)"
    )
    at, line = len(_MARK) if text.startswith(_MARK) else 0, 1
    first, cells = line, list[Cell]()
    while at < len(text) or cells:
        match = pattern.match(text, at)
        if match is None:
            msg = f'{file}, line {line}: the quotes (") do not match; download it again'
            raise UsageError(msg)
        cells.append(_cell(match))
        line += _ends(match[0])
        at = match.end()
        if match["end"] != separator:
            yield Record(line=first, cells=tuple(cells))
            first, cells = line, []


def _cell(match: re.Match[str]) -> Cell:
    quoted = match["quoted"]
    text = match["plain"] if quoted is None else quoted.replace('""', '"')
    return Cell(
        text=text, start=match.start(), end=match.start("end"), is_quoted=quoted is not None
    )


def _ends(raw: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", raw))


def titles_of(table: Table, columns: Sequence[int]) -> str:
    """Titles for a message: `'Lab 1 (12)', 'Lab 2 (13)'`."""
    return ", ".join(repr(visible(table.titles[one], NAME_LIMIT)) for one in columns)
