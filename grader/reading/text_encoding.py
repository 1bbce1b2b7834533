"""From bytes to text: by byte order mark, zero bytes, coding line, UTF-8, and else Latin-1."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from grader.catalog import Message, say

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_TEXT_ENCODING = re.compile(
    r"(ascii|utf|latin|iso-?8859|cp\d|windows|mac|koi8|gb|big5|euc|shift|iso-?2022|tis|kz)"
)


def decode(data: bytes, *, name: str) -> tuple[str, tuple[Message, ...]]:
    r"""Get the text of a file with \n as its line end, and a note when that was a guess."""
    for encoding in _encodings(data, name):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return plain_text(text), ()
    return plain_text(data.decode("latin-1")), (say("file.latin_1"),)


def _encodings(data: bytes, name: str) -> Iterator[str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            yield encoding
    sample = data[:4096]
    if len(sample) >= 4 and sample.count(0) * 4 > len(sample):
        yield "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    if not name.lower().endswith(".ipynb"):
        for line in data[:1000].split(b"\n")[:2]:
            coding = _CODING.match(line)
            declared = coding[1].decode("ascii", "replace").lower() if coding else ""
            if _TEXT_ENCODING.match(declared):
                yield declared
    yield "utf-8"


def plain_text(text: str) -> str:
    r"""Get text that any report can hold, with \n as its line end."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return without_surrogates(text)


def without_surrogates(text: str) -> str:
    """Lone surrogates, which JSON can spell, cannot be written to any report."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
