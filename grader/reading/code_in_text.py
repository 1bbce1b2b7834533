"""Code where nothing runs it: a definition in a text cell, a comment or a string."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grader.catalog import Message
from grader.reading.cells import Cell, parse_cell
from grader.reading.walked import walked


@dataclass(frozen=True, kw_only=True)
class CodeInText:
    """A definition of `name` where nothing runs it: `kind` is "text", "comment" or "string"."""

    name: str
    number: int
    kind: str
    place: Message = field(compare=False)


def code_in_text(cells: Sequence[Cell], names: Iterable[str]) -> tuple[CodeInText, ...]:
    """Get where `def NAME(` is in a text cell, a comment or a string, in cell order."""
    wanted = frozenset(names)
    found: dict[CodeInText, None] = {}
    for cell in cells:
        for kind, text in _idle_texts(cell):
            for match in re.finditer(r"^[ \t>#]*def[ \t]+(\w+)[ \t]*\(", text, re.MULTILINE):
                if match[1] in wanted:
                    line = text.count("\n", 0, match.start()) + 1 if kind != "string" else 1
                    place = cell.whereabouts(line)
                    one = CodeInText(name=match[1], number=cell.number, kind=kind, place=place)
                    found[one] = None
    return tuple(found)


def _idle_texts(cell: Cell) -> Iterator[tuple[str, str]]:
    if cell.kind != "code":
        yield "text", cell.source
        return
    yield (
        "comment",
        "\n".join(
            line if line.lstrip().startswith("#") else "" for line in cell.source.split("\n")
        ),
    )
    for statement in parse_cell(cell).statements:
        for node in walked(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield "string", node.value
