"""A cell, and its text parsed as Python with every line where the student wrote it.

What students leave in a code cell is often not Python: magics, shell lines, pasted
prompts, quotes from a web page. `parse_cell` tries the text as it stands, then one
repair after another, and stops at the first that parses. A cell that no repair saves is
quarantined: it has no statements, and a sentence says why.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace

from grader.catalog import Message, say
from grader.reading.broken_cells import diagnosis, names_in_text
from grader.reading.exported_magics import as_notebook
from grader.reading.magics import without_cell_magics
from grader.reading.python_parser import ExtremeError, extreme, parse_python
from grader.reading.repairs import (
    AS_IT_STANDS,
    attempts,
    commented,
    dedented,
    has_prompts,
    hides_code,
)
from grader.safe_text import NAME_LIMIT, visible


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: `number` counts all cells from 1, `kind` is "code", "markdown" or "raw"."""

    number: int
    kind: str
    source: str
    first_line: int | None = None
    """The line of the script where the cell begins; None in a notebook."""
    run_as: int | None = None
    """Its execution count, where it has one."""
    file: str = ""
    """The name of the file next to the submission whose text this is.

    Where several notebooks are one submission, that of the notebook.
    """
    id: str = field(default="", compare=False)
    """By which Jupyter knows the cell again, '' where the notebook has none."""

    def place(self, line: int) -> Message:
        """Get the words for a line: "cell 4, line 2", in a script "line 40", "a.py, line 3"."""
        if self.first_line is None:
            return _cell_line(self, line)
        line += self.first_line - 1
        if self.file:
            return say("cell.file_place", file=self.file, line=line)
        return say("cell.script_place", line=line)

    def whereabouts(self, line: int) -> Message:
        """Get the words for a definition: as its place, but of a notebook the cell is enough."""
        return _cell(self) if self.first_line is None else self.place(line)

    def note(self, line: int, what: Message) -> Message:
        """Get a note on a line of this cell."""
        return say("cell.at", place=self.place(line), what=what)


@dataclass(frozen=True, kw_only=True)
class ParsedCell:
    """A cell as Python: `source.splitlines()[s.lineno - 1]` is where statement `s` begins."""

    number: int
    source: str
    statements: tuple[ast.stmt, ...] = ()
    problem: Message | None = None
    """One sentence: why the cell is omitted. None when it parses or has nothing to parse."""
    unfinished: bool = False
    """The problem is a TODO that was never filled in."""
    defines_text: tuple[str, ...] = ()
    """Names that a cell with a problem seems to define, for messages."""
    notes: tuple[Message, ...] = ()
    first_line: int | None = None
    file: str = ""
    """As in the `Cell`."""
    origin: tuple[int, ...] = ()
    """The line of the cell that each line of `source` comes from; () where they are the same."""

    def shown_line(self, line: int) -> int:
        """Get the number by which a person finds a line of `source`: in the cell, or the file."""
        at = self.origin[line - 1] if 0 < line <= len(self.origin) else line
        return at + (self.first_line or 1) - 1

    def place(self, line: int) -> Message:
        """Get the words for a line of `source`, as `Cell.place` has them."""
        shown = self.shown_line(line)
        if self.first_line is None:
            return _cell_line(self, shown)
        if self.file:
            return say("cell.file_place", file=self.file, line=shown)
        return say("cell.script_place", line=shown)

    def whereabouts(self, line: int) -> Message:
        """Get the words for a definition: as its place, but of a notebook the cell is enough."""
        return _cell(self) if self.first_line is None else self.place(line)


def _cell(cell: Cell | ParsedCell) -> Message:
    """The words for a cell of a notebook, of several with the notebook's name."""
    if cell.file:
        return say("cell.notebook_cell", file=cell.file, cell=cell.number)
    return say("cell.cell", cell=cell.number)


def _cell_line(cell: Cell | ParsedCell, line: int) -> Message:
    """The words for a line of a cell, the same way."""
    if cell.file:
        return say("cell.notebook_place", file=cell.file, cell=cell.number, line=line)
    return say("cell.place", cell=cell.number, line=line)


def parse_cell(cell: Cell) -> ParsedCell:
    """Get the statements of a code cell, or the reason why it has none. Never raises."""
    source, origin = as_notebook(_with_plain_lines(cell.source))
    source = re.sub(r"^pylab(?=[ \t]*$)", "%pylab", source, flags=re.MULTILINE)
    parsed = _parsed_source(cell, source)
    return replace(parsed, first_line=cell.first_line, file=cell.file, origin=origin)


def _parsed_source(cell: Cell, source: str) -> ParsedCell:
    if cell.kind != "code" or not source.strip():
        return ParsedCell(number=cell.number, source=source)
    _, foreign = without_cell_magics(dedented(source))
    if foreign:
        note = cell.note(1, say("cell.foreign", name=visible(foreign, NAME_LIMIT)))
        return ParsedCell(number=cell.number, source=commented(source), notes=(note,))
    return _parsed(cell, source)


def _parsed(cell: Cell, source: str) -> ParsedCell:
    error: SyntaxError = extreme(say("cell.unreadable"))
    tried: set[str] = set()
    for index, (text, note) in enumerate(attempts(source)):
        if text in tried:
            continue
        tried.add(text)
        try:
            tree = parse_python(text)
        except SyntaxError as caught:
            if index <= 1:  # as it stands and without magics: later texts are not the student's
                error = caught
            if isinstance(caught, ExtremeError):
                break
            continue
        if not has_prompts(tree) and (index > AS_IT_STANDS or not hides_code(tree, text)):
            return ParsedCell(
                number=cell.number,
                source=text,
                statements=tuple(tree.body),
                notes=_notes(cell, source, note) if index else (),
            )
    return _quarantined(cell, source, error)


def _notes(cell: Cell, source: str, note: Message | None) -> tuple[Message, ...]:
    """Say what was done to the cell and which files its magics would have read."""
    read = re.finditer(r"^[ \t]*%[ \t]*(?:run|load)[ \t]+([^\n]{1,200})", source, re.MULTILINE)
    said = [cell.note(1, note)] if note is not None else []
    for magic in read:
        line = source.count("\n", 0, magic.start()) + 1
        said.append(
            cell.note(line, say("cell.not_read", file=visible(magic[1].strip(), NAME_LIMIT)))
        )
    return tuple(said)


def _quarantined(cell: Cell, source: str, error: SyntaxError) -> ParsedCell:
    line, what, unfinished = diagnosis(source, error)
    return ParsedCell(
        number=cell.number,
        source=source,
        problem=cell.note(line, what),
        unfinished=unfinished,
        defines_text=names_in_text(source),
    )


def _with_plain_lines(text: str) -> str:
    r"""Get the text with \n as its only line end, for str.splitlines as for Python.

    A form feed, which may stand before the code of a line, goes; the other separators,
    which Python allows in strings and comments only, become spaces.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "")
    return re.sub("[\x0b\x1c-\x1e\x85\u2028\u2029]", " ", text)
