"""Why a file is not read: it is of another kind, it holds nothing, or it holds too much."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.catalog import Message, say
from grader.reading.cells import Cell
from grader.reading.limits import MAX_CELLS, MAX_CODE_CHARS, MAX_FILE_BYTES
from grader.reading.python_parser import parses
from grader.reading.unreadable import UnreadableError

_MAGIC_BYTES = (
    (b"%PDF", say("file.pdf")),
    (b"\x89PNG", say("file.png")),
    (b"\xff\xd8\xff", say("file.jpeg")),
    (b"GIF8", say("file.gif")),
    (b"PK\x03\x04", say("file.zip")),
    (b"PK\x05\x06", say("file.zip")),
    (b"\x1f\x8b", say("file.gzip")),
    (b"7z\xbc\xaf", say("file.seven_zip")),
    (b"Rar!", say("file.rar")),
    (b"\xd0\xcf\x11\xe0", say("file.office")),
    (b"{\\rtf", say("file.rtf")),
)
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.{0,2000}?-->\s*)?<(!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL
)
_TEXT_DUMP = re.compile(r"^[ \t]*(In \[(None|\d*| )\]:[ \t]*$|In \[None\]:)", re.MULTILINE)
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x7f]")
_CODE_LINE = re.compile(r"^(def|class|import|from|for|while|@\w|[\w.]+\s*=)", re.MULTILINE)


def not_a_notebook(where: str, what: Message) -> UnreadableError:
    """Get the error for a file of another kind, which asks for the notebook."""
    return UnreadableError(where, say("file.ask", what=what))


def refuse_other_formats(data: bytes, where: str) -> None:
    """Raise UnreadableError for bytes that are too many, none, or no text."""
    refuse_size(len(data), where)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError(where, say("file.empty"))
    for magic, kind in _MAGIC_BYTES:
        if data.startswith(magic):
            raise not_a_notebook(where, say("file.foreign", kind=kind))


def refuse_other_texts(text: str, where: str, name: str) -> None:
    """Raise UnreadableError for text that is not a script."""
    is_python = parses(text)
    if _HTML.match(text):
        raise not_a_notebook(where, say("file.html"))
    if not is_python and _TEXT_DUMP.search(text):
        raise not_a_notebook(where, say("file.dump"))
    if len(_BINARY.findall(text[:10_000])) * 50 > len(text[:10_000]):
        raise not_a_notebook(where, say("file.no_text"))
    if not name.lower().endswith(".py") and not (is_python and _CODE_LINE.search(text)):
        raise not_a_notebook(where, say("file.no_notebook"))


def refuse_size(size: int, where: str) -> None:
    """Raise UnreadableError for a file of more bytes than one may have."""
    if size > MAX_FILE_BYTES:
        raise UnreadableError(where, too_large(size))


def too_large(size: int) -> Message:
    """Get the words for a file of so many bytes, more than one may have."""
    return say("file.too_large", size=size / 1024**2, most=MAX_FILE_BYTES // 1024**2)


def refuse_too_much(cells: Sequence[Cell], where: str) -> None:
    """Raise UnreadableError for more cells, or more code in them, than one may submit."""
    if len(cells) > MAX_CELLS:
        raise UnreadableError(where, say("file.many_cells", count=len(cells), most=MAX_CELLS))
    refuse_code(sum(len(cell.source) for cell in cells if cell.kind == "code"), where)


def refuse_code(size: int, where: str) -> None:
    """Raise UnreadableError for more characters of code than one may submit."""
    if size > MAX_CODE_CHARS:
        raise UnreadableError(where, say("file.much_code", count=size, most=MAX_CODE_CHARS))
