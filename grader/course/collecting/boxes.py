"""Folders and zips as a tree; a zip is opened when somebody looks in, once.

A source's files make a box: the boxes in it, and the files. The tree is as deep as the paths are,
and those are bounded where they are listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.catalog import Message, say
from grader.course.collecting.archives import FoundFile, Member, zip_inside
from grader.course.collecting.sources import (
    A_FOLDER,
    MAX_FILES,
    LeftOut,
    is_code,
    is_zip,
    without_junk,
)
from grader.reading.unreadable import UnreadableError

MAX_NESTED_FILES = 500
"""Notebooks and scripts in a zip that a student made."""
MAX_OPENED_FILES = 100_000
"""Files in all zips of a source that others made; beyond, only small ones are read."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A folder, or a zip that was opened: boxes and files, sorted by name."""

    parts: tuple[str, ...]
    folders: tuple[Box, ...] = ()
    files: tuple[FoundFile, ...] = ()
    stray: tuple[FoundFile, ...] = ()
    """What is in folders that are called like notebooks, which stand among the files."""

    @property
    def name(self) -> str:
        """Get its name, '' for the source itself."""
        return self.parts[-1] if self.parts else ""

    @property
    def is_empty(self) -> bool:
        """Get whether no file is in it, however deep."""
        return not self.files and all(folder.is_empty for folder in self.folders)

    @property
    def archives(self) -> tuple[FoundFile, ...]:
        """Get the zips in it."""
        return tuple(file for file in self.files if is_zip(file.name))

    @property
    def code(self) -> tuple[FoundFile, ...]:
        """Get the notebooks and scripts right in it."""
        return tuple(file for file in self.files if is_code(file.name))

    @property
    def others(self) -> tuple[FoundFile, ...]:
        """Get the files of other kinds right in it."""
        return tuple(f for f in self.files if not is_code(f.name) and not is_zip(f.name))

    def all_files(self) -> Iterator[FoundFile]:
        """Get the files in it, however deep; zips as they are."""
        yield from self.files
        yield from self.stray
        for folder in self.folders:
            yield from folder.all_files()


def box_of(files: Sequence[FoundFile], parts: tuple[str, ...] = ()) -> Box:
    """Get the box of files that are sorted by path and all below `parts`."""
    depth = len(parts)
    inner: dict[str, list[FoundFile]] = {}
    direct: list[FoundFile] = []
    for file in files:
        if len(file.parts) > depth + 1:
            inner.setdefault(file.parts[depth], []).append(file)
        elif file.fault == A_FOLDER:
            inner.setdefault(file.parts[depth], [])
        else:
            direct.append(file)
    folders = [box_of(held, (*parts, name)) for name, held in sorted(inner.items())]
    misnamed = [folder for folder in folders if _is_misnamed(folder)]
    for folder in misnamed:
        first = next(file for file in files if file.parts[: depth + 1] == folder.parts)
        direct.append(replace(first, parts=folder.parts, fault=A_FOLDER))
    return Box(
        parts=parts,
        folders=tuple(folder for folder in folders if folder not in misnamed),
        files=tuple(sorted(direct, key=lambda file: file.name)),
        stray=tuple(file for folder in misnamed for file in folder.all_files()),
    )


def _is_misnamed(folder: Box) -> bool:
    """Get whether a folder is called like a notebook and contains none."""
    return is_code(folder.name) and not any(
        is_code(file.name) or is_zip(file.name) for file in folder.all_files()
    )


@dataclass
class Shelf:
    """The zips of a source that were looked into."""

    shown: str
    left_out: LeftOut
    _opened: dict[tuple[str, tuple[Member, ...]], Box | Message] = field(default_factory=dict)
    _listed: int = 0

    def look(self, archive: FoundFile) -> Box | Message:
        """Get what a zip contains, or why it cannot be opened."""
        key = archive.identity
        if key not in self._opened:
            self._opened[key] = self._look(archive)
        return self._opened[key]

    def _look(self, archive: FoundFile) -> Box | Message:
        try:
            listed = zip_inside(archive, self.shown, self.left_out.tell)
        except UnreadableError as error:
            return error.what
        wanted = sum(is_code(file.name) or is_zip(file.name) for file in listed)
        self._listed += len(listed)
        if wanted > (MAX_FILES if self._listed <= MAX_OPENED_FILES else MAX_NESTED_FILES):
            return say("file.zip_crowded")
        return box_of(without_junk(listed, self.shown, self.left_out), archive.parts)
