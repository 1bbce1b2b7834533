"""Tables on the terminal, as wide as it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.cli.terminal import show, width
from grader.safe_text import fit, pad, visible
from grader.safe_text import width as columns_of

if TYPE_CHECKING:
    from grader.catalog import Catalog

GAP = "  "
_SHORTEST = 8


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: str = "",
    texts: Catalog | None = None,
) -> None:
    """Print rows in columns; names in `right` are those of columns with numbers.

    With `texts`, the names of the header are ids, and what is printed is in their language.
    """
    heads = [texts.say(f"course.column.{name}") for name in header] if texts else list(header)
    cells = [heads, *([visible(cell, 200) for cell in row] for row in rows)]
    sizes = [max(map(columns_of, column)) for column in zip(*cells, strict=True)]
    room = width() if sys.stdout.isatty() else sum(sizes) + len(GAP) * len(sizes)
    while sum(sizes) + len(GAP) * (len(sizes) - 1) > room and max(sizes) > _SHORTEST:
        sizes[sizes.index(max(sizes))] -= 1
    numbers = [name in right.split() for name in header]
    show("\n".join(_line(row, sizes, numbers) for row in cells) + "\n", sys.stdout)


def _line(row: Sequence[str], sizes: Sequence[int], numbers: Sequence[bool]) -> str:
    cells = zip(row, sizes, numbers, strict=True)
    return GAP.join(_cell(fit(cell, size), size, number) for cell, size, number in cells).rstrip()


def _cell(text: str, size: int, is_number: bool) -> str:  # noqa: FBT001
    return " " * (size - columns_of(text)) + text if is_number else pad(text, size)
