"""The terminal: how wide it is, what it can show, and lines for the person at it."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def tell(message: str) -> None:
    """Print a line on standard error, as safe to show as it is to read.

    A CI system takes `##[` anywhere in a line for the start of a command.
    """
    from grader.safe_text import visible

    shown = visible(message, 2000).replace("##[", "# #[")
    show(f"grader: {shown}\n", sys.stderr)


def show(text: str, stream: TextIO) -> None:
    """Print on a stream, or nothing any more once whoever read it has gone."""
    try:
        print(text, end="", file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width() -> int:
    """The columns that lines may have: 40 to 100."""
    import shutil

    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))


def has_color(stream: TextIO) -> bool:
    """Whether colors are shown, and wanted."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not is_plain


def is_live(stream: TextIO) -> bool:
    """Whether a line can be redrawn."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_ascii(stream: TextIO) -> bool:
    """Whether the signs of reports cannot be shown."""
    try:
        "✓◐◆○█░–…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False
