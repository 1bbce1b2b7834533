"""Texts as Markdown of a notebook: nothing in them is markup, a link, a picture or a formula.

What editors make of Markdown differs, so no sign is left that any of them could act on: each is
written as a character reference. A formula is looked for once more in the page that comes of it,
but not in code, so its signs are code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.report.page import SPANS
from grader.safe_text import visible

_LONGEST = 2000
_ACTING = re.compile(
    r"[!#&*<>@\[\\\]^`{|}~$]"
    r"|:(?=\S)"  # of an address, or of a small picture
    r"|(?<![^\W_])_|_(?![^\W_])"  # not within a name
    r"|(?<=www)\."
    r"|^[-+=]|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s)|(?<=^\d\d\d)[.)](?=\s)",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"[$\\]+")


def code(text: str, limit: int = _LONGEST) -> str:
    """A text as code in a line."""
    return f"<code>{_encoded(visible(text, limit))}</code>" if text else ""


def rich(text: str) -> str:
    """A text with `code` between backticks and **strong** between double stars."""
    shown = visible(text.strip(), _LONGEST)
    out, end = "", 0
    for span in SPANS.finditer(shown):
        out += _words(shown[end : span.start()], is_start=not end)
        inner, strong = span.groups()
        out += code(inner) if inner else f"<strong>{_words(strong)}</strong>"
        end = span.end()
    return out + _words(shown[end:], is_start=not end)


def strong(text: str) -> str:
    """A text in bold."""
    return f"<strong>{rich(text)}</strong>"


def lines(text: str) -> str:
    """A text of several lines."""
    return "<br>".join(rich(line) for line in text.split("\n"))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    shown = (heads, ["---"] * len(heads), *rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in shown)


def _words(text: str, *, is_start: bool = False) -> str:
    out, end = "", 0
    for found in _FORMULA.finditer(text):
        out += _encoded(text[end : found.start()], is_start=is_start and not end) + code(found[0])
        end = found.end()
    return out + _encoded(text[end:], is_start=is_start and not end)


def _encoded(text: str, *, is_start: bool = True) -> str:
    pad = "" if is_start else "\0"  # what acts at the start of a line does not within it
    return _ACTING.sub(lambda sign: f"&#{ord(sign[0])};", pad + text).removeprefix("\0")
