"""Tables on the terminal, as wide as it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from grader.cli.terminal import show, width
from grader.safe_text import visible

GAP = "  "
_SHORTEST = 8


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> None:
    """Print rows in columns; names in `right` are those of columns with numbers."""
    cells = [[visible(cell, 200) for cell in row] for row in rows]
    sizes = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    room = width() if sys.stdout.isatty() else sum(sizes) + len(GAP) * len(sizes)
    while sum(sizes) + len(GAP) * (len(sizes) - 1) > room and max(sizes) > _SHORTEST:
        sizes[sizes.index(max(sizes))] -= 1
    numbers = set(right.split())
    lines = [_line(header, header, sizes, numbers)]
    lines += [_line(row, header, sizes, numbers) for row in cells]
    show("\n".join(lines) + "\n", sys.stdout)


def _line(
    row: Sequence[str], header: Sequence[str], sizes: Sequence[int], numbers: set[str]
) -> str:
    cut = [
        cell if len(cell) <= n else cell[: n - 1] + "…" for cell, n in zip(row, sizes, strict=True)
    ]
    padded = [
        cell.rjust(n) if name in numbers else cell.ljust(n)
        for cell, name, n in zip(cut, header, sizes, strict=True)
    ]
    return GAP.join(padded).rstrip()
