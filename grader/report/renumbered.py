"""A part's result with other numbers of cells: those of a notebook that has more of them.

Of a script that became a notebook, lines of the file become lines of its cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.catalog import Message, Text, say
from grader.results import CheckResult, Excerpt, PartResult

_LAST_RUN = "note.run_order"
"""The message that names another cell beside its own."""
_IN_NOTEBOOK = {"cell.notebook_cell": "cell.cell", "cell.notebook_place": "cell.place"}


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """Where the cells of a notebook or script are in another notebook."""

    cells: Mapping[int, int]
    """The new number of each."""
    first_lines: Mapping[int, int] = field(default_factory=dict)
    """Of a script, the line where each begins, by its old number."""
    file: str = ""
    """The notebook's name, where several are one submission."""

    def text(self, text: Text) -> Text:
        """The text with the new numbers."""
        if not isinstance(text, Message):
            return text
        values = {name: self._value(value) for name, value in text.values}
        line = values.get("line")
        if text.id == "cell.script_place" and isinstance(line, int) and self.first_lines:
            cell, first = self._at(line)
            return say("cell.place", cell=self.cells.get(cell, cell), line=line - first + 1)
        text_id = text.id
        if text_id in _IN_NOTEBOOK:
            if values.get("file") != self.file:
                return text
            del values["file"]
            text_id = _IN_NOTEBOOK[text_id]
        for name in ("cell", "last") if text_id == _LAST_RUN else ("cell",):
            number = values.get(name)
            if isinstance(number, int):
                values[name] = self.cells.get(number, number)
        return say(text_id, **values)

    def _value(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        return self.text(value) if isinstance(value, Message) else value

    def _at(self, line: int) -> tuple[int, int]:
        """The old number of the cell that a line of the script is in, and its first line."""
        before = [(n, first) for n, first in self.first_lines.items() if first <= line]
        return max(before, key=lambda one: one[1], default=next(iter(self.first_lines.items())))

    def part(self, part: PartResult) -> PartResult:
        """The part with the new numbers in all that is said of it."""
        return replace(
            part,
            notes=tuple(map(self.text, part.notes)),
            checks=tuple(map(self._check, part.checks)),
            excerpt=None if part.excerpt is None else self._excerpt(part.excerpt),
            cell=None if part.cell is None else self.cells.get(part.cell),
        )

    def _check(self, check: CheckResult) -> CheckResult:
        return replace(
            check,
            message=self.text(check.message),
            hint=self.text(check.hint),
            noticed=self.text(check.noticed),
        )

    def _excerpt(self, excerpt: Excerpt) -> Excerpt:
        if excerpt.file and excerpt.file != self.file:
            return excerpt
        if excerpt.cell is not None:
            return replace(excerpt, file="", cell=self.cells.get(excerpt.cell, excerpt.cell))
        if not self.first_lines:
            return excerpt
        cell, first = self._at(excerpt.first_line)
        marked = None if excerpt.marked is None else excerpt.marked - first + 1
        return replace(
            excerpt,
            cell=self.cells.get(cell, cell),
            first_line=excerpt.first_line - first + 1,
            marked=marked,
        )
