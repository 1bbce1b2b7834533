"""What a terminal can show: its width, its colors, its signs; sentences wrap, names are cut.

No text of a submission reaches the terminal but through `Screen.clean`, so none can move the
cursor, color the screen or reorder a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.catalog import Catalog
from grader.report import wording
from grader.safe_text import LINE_LIMIT, MESSAGE_LIMIT, NO_BREAK, fit, pad, visible, wrap
from grader.safe_text import width as columns_of

_PAINT = re.compile(r"\x1b\[\d*m")
_ASCII = str.maketrans(
    {"…": "...", "–": "-", "−": "-", "“": '"', "”": '"', "’": "'", "⟨": "<", "⟩": ">", "·": "-",
     "×": "x", "↑": "^", "█": "#", "░": ".", "„": '"', "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae",
     "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """What the terminal can show."""

    width: int
    color: bool
    ascii_only: bool

    def glyph(self, look: wording.Look) -> str:
        """The sign of a state, in its color."""
        return self.paint(look.ascii if self.ascii_only else look.glyph, look.color)

    def paint(self, text: str, code: str) -> str:
        """A text in a color, where the terminal has colors."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def clean(self, text: str, limit: int = LINE_LIMIT) -> str:
        """A text as it may be shown: without marks, and of letters that the terminal has."""
        shown = wording.plain(visible(text, limit))
        if self.ascii_only:
            shown = shown.translate(_ASCII).encode("ascii", "replace").decode("ascii")
        return shown

    @property
    def indent(self) -> int:
        """The columns before the number of a part."""
        return 6 if self.ascii_only else 3

    def plain_width(self, line: str) -> int:
        """The columns of a line that may be painted."""
        return columns_of(_PAINT.sub("", line))

    def wrapped(self, text: str, indent: int, place: str = "") -> list[str]:
        """A text in lines that fit, all of it, so far from the left; no line breaks its place."""
        room = max(1, self.width - indent)
        shown, whole = self.clean(text, MESSAGE_LIMIT), self.clean(place)
        if whole and columns_of(whole) + 3 <= room:
            shown = shown.replace(whole, whole.replace(" ", NO_BREAK))
        lines = wrap(shown, room)
        return [" " * indent + line for line in lines]

    def fit(self, text: str, columns: int) -> str:
        """A text that fits into so many columns, with dots where it is cut."""
        return fit(text, columns, self._ellipsis)

    def fit_middle(self, text: str, columns: int) -> str:
        """A name that fits, with its end, where the number is that tells it from others."""
        if columns_of(text) <= columns:
            return text
        end = fit(text[::-1], max(0, columns - 1) // 2, "")[::-1]
        return fit(text, max(1, columns - columns_of(end)), self._ellipsis) + end

    @property
    def _ellipsis(self) -> str:
        return "..." if self.ascii_only else "…"


def fields(pairs: Sequence[tuple[str, str]], screen: Screen, *, is_path: bool = False) -> list[str]:
    """Lines of a word and its value; a path is never cut, so that it can be copied."""
    shown_words = [screen.clean(word) for word, _ in pairs]
    columns = max(8, 2 + max(map(columns_of, shown_words)))
    words = [pad(word, columns) for word in shown_words]
    lines = []
    for word, (_, value) in zip(words, pairs, strict=True):
        shown = screen.clean(value, 4096) if is_path else screen.clean(value)
        lines.append(
            f"  {word}{shown if is_path else screen.fit(shown, screen.width - 2 - columns)}"
        )
    return lines


def trouble_text(kind: str, brief: str, texts: Catalog) -> str:
    """What kind of trouble a submission is in, and why where that is known."""
    said = texts.say(f"terminal.{kind}")
    return f"{said}: {brief}" if brief else said
