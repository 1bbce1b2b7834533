"""A comment as Moodle's worksheet takes it: as HTML, in a cell that PHP reads as we wrote it."""

from __future__ import annotations

import html
import re
import unicodedata

_LOST = re.compile(r'\\(?="|\Z)')
"""PHP takes a backslash before a quote for one that escapes it: the cell would not end there."""


def as_html(comment: str) -> str:
    """Plain text as HTML on one line: signs escaped, lines broken by `<br />`; '' for nothing."""
    lines = comment.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    broken = "<br />".join(html.escape(_printed(line.rstrip()), quote=False) for line in lines)
    return _LOST.sub("&#92;", broken)


def _printed(line: str) -> str:
    """A line without control characters, which no page shows."""
    return "".join(one for one in line if one == "\t" or unicodedata.category(one) not in _HIDDEN)


_HIDDEN = {"Cc", "Cs"}
