"""Where bytes are, on disk and in zips, and how they are read without trusting anything.

Nothing is extracted: a place says where its bytes are and reads them when asked. A member of a
zip is found by its name and checksum, a file by its size and time, so that what was replaced
meanwhile is never taken for what was found. Zips are hostile, their names included.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.catalog import Message, say
from grader.errors import GraderError, UsageError
from grader.reading.files import os_error, read_file
from grader.reading.limits import MAX_FILE_BYTES
from grader.reading.refusals import too_large
from grader.reading.unreadable import SourceError, UnreadableError
from grader.safe_text import NAME_LIMIT, visible

MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
"""Of a zip's table of contents, which is held in memory whole."""
MAX_RATIO = 200
MAX_PATH_CHARS = 1000
MAX_PATH_PARTS = 40
A_LINK = say("file.a_link")

Tell = Callable[[Message], None]
"""Takes a line about something that was omitted."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Which file of a zip it is: its name there, and what its bytes must be."""

    name: str
    crc: int
    size: int

    @classmethod
    def of(cls, info: zipfile.ZipInfo) -> Member:
        """Get what identifies this one; two of one name differ in their bytes or are the same."""
        return cls(name=info.orig_filename, crc=info.CRC, size=info.file_size)


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where bytes are: a file, a member of a zip, or a member of a zip in a zip."""

    path: Path
    members: tuple[Member, ...] = ()
    stamp: tuple[int, int] | None = None
    """Size and time of change of the file when it was found, where there are no members."""

    def load(self, *, shown: str) -> bytes:
        """Get the bytes, bounded.

        Raises:
            UnreadableError: they cannot be read; it calls the file `shown`.
            SourceError: they are not those that were found, or not to be had any more.

        """
        if not self.members:
            self._require_unchanged(shown)
            return read_file(self.path, shown=shown)
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(file) as archive:
                data = _member_bytes(archive, self.members[0], shown)
            for member in self.members[1:]:
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = _member_bytes(archive, member, shown)
        except OSError as error:
            raise os_error(error, shown) from None
        except (zipfile.BadZipFile, ValueError):
            raise changed(shown) from None
        return data

    def _require_unchanged(self, shown: str) -> None:
        if self.stamp is None:
            return
        try:
            is_same = stamp_of(self.path.lstat()) == self.stamp
        except OSError:
            is_same = False
        if not is_same:
            raise changed(shown)


CLOSED = say("file.closed_folder")
"""The fault of what is in a folder that the system does not let us look into."""


def changed(shown: str) -> SourceError:
    """Get the error for a file that is not the one that was found."""
    return SourceError(shown, say("file.changed"))


def stamp_of(status: os.stat_result) -> tuple[int, int]:
    """Get what changes when somebody replaces or rewrites a file."""
    return status.st_size, status.st_mtime_ns


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """A file that a source contains."""

    parts: tuple[str, ...]
    """The components of its path in the source, a zip's name being one."""
    location: Location
    size: int = 0
    fault: Message | None = None
    """Why it will not be read."""

    @property
    def identity(self) -> tuple[str, tuple[Member, ...]]:
        """Get what two findings of the same bytes have in common."""
        return str(self.location.path), self.location.members

    @property
    def checksum(self) -> tuple[int, int] | None:
        """Get what equal files have in common, and others hardly; None where it cannot be read."""
        if self.location.members:
            return self.location.members[-1].crc, self.location.members[-1].size
        try:
            data = self.location.load(shown=self.name)
        except GraderError:
            return None
        return zlib.crc32(data), len(data)

    @property
    def name(self) -> str:
        """Get the file's name."""
        return self.parts[-1]

    def load(self, label: str) -> bytes:
        """Get the bytes, or raise UnreadableError, a SourceError where they are others by now."""
        if self.fault is not None:
            kind = SourceError if self.fault == CLOSED else UnreadableError
            raise kind(label, self.fault)
        return self.location.load(shown=label)


def plain_text(name: str) -> str:
    """Get a name as text in NFC, whatever bytes the file system holds."""
    name = re.sub("[\ud800-\udfff]", "\ufffd", name)
    return unicodedata.normalize("NFC", name)


def label_of(parts: Iterable[str]) -> str:
    """Get a path as people are shown it."""
    return visible("/".join(parts), limit=300)


# --- A zip as a list of files -----------------------------------------------


def zip_on_disk(path: Path, shown: str, tell: Tell) -> list[FoundFile]:
    """Get the files of a zip, folders included, unsorted.

    Raises:
        UsageError: it is not a zip, or may not be read.

    """
    try:
        with path.open("rb") as file, _open_zip(file, shown) as archive:
            return _members(archive, Location(path=path), (), shown, tell)
    except UnreadableError as error:
        raise UsageError(str(error)) from None
    except OSError:
        raise UsageError(
            f"{shown}: no permission to read the zip file; check its permissions"
        ) from None


def zip_inside(file: FoundFile, shown: str, tell: Tell) -> list[FoundFile]:
    """Get the files of a zip that a source contains.

    Raises:
        UnreadableError: it is not a zip, damaged, or too large.
        SourceError: it is another one by now.

    """
    label = f"{shown}/{label_of(file.parts)}"
    data = file.load(label)
    with _open_zip(io.BytesIO(data), label) as archive:
        return _members(archive, replace(file.location, stamp=None), file.parts, shown, tell)


@contextmanager
def _open_zip(file: io.BufferedIOBase, shown: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose table of contents is of bounded size.

    Raises:
        UnreadableError: it is not a zip, damaged, or too large.

    """
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 66_000))
        tail = file.read()
        end = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" else tail.rfind(b"PK\x05\x06")
        directory = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
        if min(directory, size) > MAX_DIRECTORY_BYTES:
            raise UnreadableError(shown, say("file.zip_many"))
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError):
        raise UnreadableError(shown, say("file.no_zip")) from None
    with archive:
        yield archive


def _members(
    archive: zipfile.ZipFile, location: Location, parts: tuple[str, ...], shown: str, tell: Tell
) -> list[FoundFile]:
    """Get the files of a zip; of several with one name the last, as when it is unpacked."""
    found: dict[tuple[str, ...], FoundFile] = {}
    for info in archive.infolist():
        path = _member_path(info)
        names = tuple(part for part in path.split("/") if part not in {"", "."})
        where = f"{shown}/{label_of(parts)}" if parts else shown
        where = f"{where}/{visible(path, NAME_LIMIT)}"
        if len(path) > MAX_PATH_CHARS or len(names) > MAX_PATH_PARTS:
            tell(say("omitted.long_name", where=where))
        elif path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in names or not names:
            tell(say("omitted.leaves_zip", where=where))
        else:
            is_folder = path.endswith("/")
            if names in found and not is_folder:
                tell(say("omitted.twice", where=where))
            found[names] = FoundFile(
                parts=parts + names,
                location=replace(location, members=(*location.members, Member.of(info))),
                size=info.file_size,
                fault=say("file.a_folder") if is_folder else _member_fault(info),
            )
    return list(found.values())


def _member_path(info: zipfile.ZipInfo) -> str:
    """Get a member's path; names in UTF-8 that are not marked as such are common."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return plain_text(name.replace("\\", "/"))


def _member_fault(info: zipfile.ZipInfo) -> Message | None:
    mib = 1024 * 1024
    if stat.S_ISLNK(info.external_attr >> 16):
        return A_LINK
    if info.flag_bits & 1:
        return say("file.encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return say("file.odd_zip")
    if info.file_size > MAX_FILE_BYTES:
        return too_large(info.file_size)
    if info.file_size > mib and info.file_size > MAX_RATIO * info.compress_size:
        return say("file.dense_zip")
    return None


def _member_bytes(archive: zipfile.ZipFile, member: Member, shown: str) -> bytes:
    """Get a member's bytes, in small steps and never more than a file may have."""
    named = (info for info in archive.infolist() if info.orig_filename == member.name)
    same = [info for info in named if Member.of(info) == member]
    if not same:
        raise changed(shown)
    info = same[-1]
    if fault := _member_fault(info):
        raise UnreadableError(shown, fault)
    data = bytearray()
    try:
        with archive.open(info) as file:
            while len(data) <= MAX_FILE_BYTES and (chunk := file.read(65_536)):
                data += chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        raise UnreadableError(shown, say("file.zip_member")) from None
    return bytes(data)
