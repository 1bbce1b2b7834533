"""A submission as data: its cells, as submitted, from the bytes of a notebook or a script.

The content decides what a file is, not its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from grader.catalog import Message, say
from grader.reading.cells import Cell, ParsedCell, parse_cell
from grader.reading.files import read_file
from grader.reading.notebook import is_notebook, read_notebook
from grader.reading.refusals import refuse_other_formats, refuse_other_texts, refuse_too_much
from grader.reading.script import script_cells
from grader.reading.text_encoding import decode
from grader.reading.written_files import with_own
from grader.safe_text import NAME_LIMIT, visible

NO_MODULES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a student submitted, read but not yet understood."""

    path: str
    sha256: str
    cells: tuple[Cell, ...]
    assignment: str | None = None
    """The notebook's metadata `grader.assignment`, if it has one."""
    notes: tuple[Message, ...] = ()
    """Sentences for `messages`: what was unusual about the file."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Python modules submitted next to it: module name to source text."""
    others: tuple[Submission, ...] = ()
    """Further notebooks of the same exercise, each with a namespace of its own."""

    @property
    def notebooks(self) -> tuple[Submission, ...]:
        """The notebook itself and the others, each alone."""
        return (replace(self, others=()), *self.others) if self.others else (self,)

    @property
    def all_modules(self) -> dict[str, str]:
        """The modules next to any of the notebooks, by names that tell them apart."""
        more = {
            f"{number}/{name}": text
            for number, one in enumerate(self.others, 2)
            for name, text in one.modules.items()
        }
        return {**self.modules, **more}

    @property
    def offered(self) -> dict[str, str]:
        """The modules that it can import: those submitted, and what its own code adds."""
        return with_own(self.modules, self.cells)

    @property
    def parsed_cells(self) -> list[ParsedCell]:
        """Its code cells as Python, parsed anew each time."""
        return [parse_cell(cell) for cell in self.cells if cell.kind == "code"]


def joined(submissions: Sequence[Submission]) -> Submission:
    """Several notebooks as one submission; what is said of their cells names the notebook."""
    first, *others = submissions
    if not others:
        return first
    named = [
        replace(
            one,
            cells=tuple(replace(cell, file=one.path) for cell in one.cells),
            notes=tuple(say("file.at", where=one.path, what=note) for note in one.notes),
        )
        for one in submissions
    ]
    return replace(named[0], others=tuple(named[1:]))


def read_submission(path: Path, *, modules: Mapping[str, str] = NO_MODULES) -> Submission:
    """Get the submission in a file.

    Raises:
        UnreadableError: there is no such regular file, or it is not a notebook or script.

    """
    return parse_bytes(read_file(path, shown=str(path)), name=path.name, modules=modules)


def parse_bytes(data: bytes, *, name: str, modules: Mapping[str, str] = NO_MODULES) -> Submission:
    """Get the submission in the bytes of a file called `name`.

    Raises:
        UnreadableError: the bytes are no notebook or script; the message says what they are.

    """
    where = visible(name, NAME_LIMIT)
    refuse_other_formats(data, where)
    text, notes = decode(data, name=name)
    if is_notebook(text, name):
        cells, more, assignment = read_notebook(text, where)
    else:
        refuse_other_texts(text, where, name)
        cells, more, assignment = *script_cells(text, where), None
    refuse_too_much(cells, where)
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        more += (say("file.no_code"),)
    return Submission(
        path=where,
        sha256=hashlib.sha256(data).hexdigest(),
        cells=cells,
        assignment=assignment,
        notes=notes + more,
        modules=dict(modules),
    )
