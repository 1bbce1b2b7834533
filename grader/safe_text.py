"""Text that a submission contributed, made fit to be shown.

Control, bidirectional and other invisible characters turn a report into something else
than it says (terminal escapes, reordered code). They are shown as `⟨U+202E⟩`.
"""

from __future__ import annotations

import re
import unicodedata

MESSAGE_LIMIT = 500
LINE_LIMIT = 200
NAME_LIMIT = 120
CODE_LINES = 40
NO_BREAK = "\N{NO-BREAK SPACE}"

_KEPT = frozenset("\u200c\u200d\ufe0f")
"""Joiners, which Persian names and emoji need; they move and hide nothing."""
_MARKS = 4
"""How many combining marks one character may carry; stacks of them cover other lines."""


def visible(text: str, limit: int = MESSAGE_LIMIT, *, keep_lines: bool = False) -> str:
    """`text` without characters that act, cut to `limit` characters with an ellipsis.

    Line ends and tabs become spaces, unless `keep_lines` asks for the lines of code.
    """
    cut = text[:limit] if len(text) > limit else text
    if not (cut.isascii() and cut.isprintable()):
        if keep_lines:
            cut = cut.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
        else:
            cut = cut.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
        cut = _shown(cut, "\n" if keep_lines else "")
    return cut + "…" if len(text) > limit else cut


def _shown(text: str, kept: str) -> str:
    out: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MARKS:
            continue
        if char.isprintable() or char in _KEPT or char in kept:
            out.append(char)
        elif unicodedata.category(char) == "Zs":
            out.append(" ")
        else:
            out.append(f"⟨U+{ord(char):04X}⟩")
    return "".join(out)


def width(text: str) -> int:
    """How many terminal columns `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or char in _KEPT:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, columns: int, ellipsis: str = "…") -> str:
    """`text` cut to at most `columns` terminal columns, with an ellipsis where it was cut."""
    if width(text) <= columns:
        return text
    room = columns - width(ellipsis)
    if room < 0:
        return ""
    taken, used = [], 0
    for char in text:
        used += _columns(char)
        if used > room:
            break
        taken.append(char)
    return "".join(taken).rstrip() + ellipsis


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns` terminal columns; a word that is longer is broken.

    A line never ends at a `NO_BREAK` space, which is shown as a plain one.
    """
    lines = [""]
    for word in re.split(rf"[^\S{NO_BREAK}]+", text.strip()):
        if lines[-1] and width(lines[-1]) + 1 + width(word) > columns:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
        while width(lines[-1]) > columns:
            head = fit(lines[-1], columns, "") or lines[-1][:1]
            lines[-1:] = [head, lines[-1][len(head) :]]
    return [line.replace(NO_BREAK, " ") for line in lines]


def pad(text: str, columns: int) -> str:
    """`text` with spaces after it up to `columns` terminal columns."""
    return text + " " * max(0, columns - width(text))
