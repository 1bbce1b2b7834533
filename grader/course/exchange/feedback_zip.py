"""Reports of a class as a zip file for another system: the same bytes for the same reports."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from grader.catalog import Text, say
from grader.course.collecting.student_ids import safe_id
from grader.course.exchange.filled import ReadBackError

_WHEN = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_UNIX = 3
_MOST_CHARACTERS, _MOST_BYTES = 80, 160


@dataclass(frozen=True, kw_only=True)
class FeedbackZip:
    """A zip file with reports; `paths` are the IDs of the students and a path of each file."""

    data: bytes
    paths: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, Text], ...] = ()
    """Whose report is not in it, and why."""


def short_name(name: str) -> str:
    """A name as part of a path that both systems take: without `_`, short, safe."""
    text = safe_id(name).replace("_", " ")[:_MOST_CHARACTERS]
    text = text.encode()[:_MOST_BYTES].decode(errors="ignore")
    return text.strip(" .-~") or "student"


def odd_file(name: str) -> Text:
    """Why a system would not take a file of this name, '' where it does."""
    pieces = name.split("/")
    if any(piece in {"", ".", ".."} or "\\" in piece for piece in pieces):
        return say("course.left.not_one_name")
    if any(unicodedata.category(char)[0] == "C" and char not in "\u200c\u200d" for char in name):
        return say("course.left.unseen")
    if any(piece.startswith((".", "~")) for piece in pieces):
        return say("course.left.ignored")
    return ""


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The zip file, in the order of the paths, and read back.

    Raises: ReadBackError where it does not contain what it should.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in sorted(files.items()):
            info = zipfile.ZipInfo(path, _WHEN)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, _UNIX
            info.external_attr = _READABLE
            archive.writestr(info, data, compresslevel=6)
    with zipfile.ZipFile(out) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    if found != dict(files):
        msg = "the zip file with feedback: does not read back; nothing was written, report this"
        raise ReadBackError(msg)
    return out.getvalue()
