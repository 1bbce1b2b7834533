"""What a source contains: the files in a folder or zip, without what nobody submitted.

Copies that systems make, the grader's own output and the like are counted, not listed: what a
person has to read comes first and is never cut off by them.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from grader.catalog import Message, say
from grader.course.collecting.archives import (
    A_LINK,
    CLOSED,
    FoundFile,
    Location,
    label_of,
    plain_text,
    stamp_of,
    zip_on_disk,
)
from grader.errors import GraderError, UsageError
from grader.results import SCHEMA
from grader.safe_text import NAME_LIMIT, visible

MAX_FILES = 20_000
"""Notebooks, scripts and zips in one folder or zip."""
MAX_LISTED_FILES = 500_000
MAX_LINES = 200
MAX_DEPTH = 20

_JUNK_FOLDERS = frozenset(
    {".ipynb_checkpoints", "__MACOSX", ".git", ".svn", "venv", ".venv", "site-packages"}
    | {"node_modules", "__pycache__", ".Trash", ".idea", ".vscode"}
)
_JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_CODE = re.compile(r"\.(ipynb|pynb|py)$|\.ipynb\.(txt|json|download)$", re.IGNORECASE)
_OWN = frozenset({"index.html", "students-list.html", "grades.csv"})
_OWN_OF_STUDENT = frozenset({"feedback.html", "result.json"})
A_FOLDER = say("file.a_folder")
UNSEEN = "*.ipynb"
"""What is taken to be in a folder that cannot be looked into, so that its student has a row."""


def is_code(name: str) -> bool:
    """Get whether a name is that of a notebook or a script."""
    return bool(_CODE.search(name))


def is_zip(name: str) -> bool:
    """Get whether a name is that of a zip."""
    return name.lower().endswith(".zip")


@dataclass
class LeftOut:
    """What was omitted: lines that matter, and counts of what does not."""

    _lines: list[Message] = field(default_factory=list)
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _others: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def tell(self, line: Message) -> None:
        """Take a line that matters."""
        if line not in self._lines[-MAX_LINES:]:
            self._lines.append(line)

    def count(self, text_id: str, shown: str, what: str = "") -> None:
        """Count one more of a kind."""
        self._counts[text_id, shown, what] += 1

    def other(self, shown: str, parts: Sequence[str]) -> None:
        """Count one more file that is not a submission."""
        suffix = PurePath(parts[-1]).suffix.lower() if parts else ""
        self._others.setdefault((shown, suffix), []).append(label_of(parts))

    def lines(self) -> tuple[Message, ...]:
        """Get the lines that matter, bounded, then one for each kind of noise."""
        lines = self._lines[:MAX_LINES]
        if len(self._lines) > MAX_LINES:
            lines.append(say("omitted.more", n=len(self._lines) - MAX_LINES))
        for (text_id, shown, what), n in sorted(self._counts.items()):
            lines.append(say(text_id, where=shown, what=what, n=n))
        for (shown, suffix), labels in sorted(self._others.items()):
            where = f"{shown}/{min(labels)}" if labels[0] else shown
            if len(labels) == 1:
                lines.append(say("omitted.file", where=where))
            else:
                kind = visible(suffix, NAME_LIMIT) if suffix else say("omitted.no_suffix")
                n = len(labels)
                lines.append(say("omitted.files", where=shown, n=n, kind=kind, such=min(labels)))
        return tuple(lines)


def files_in(source: Path, left_out: LeftOut) -> list[FoundFile]:
    """Get the files of a source and its folders, in the order of their paths.

    Raises:
        UsageError: it does not exist, cannot be used, or holds too much.

    """
    shown = visible(str(source), limit=300)
    try:
        path = source.resolve(strict=True)
        status = path.stat()
    except (OSError, ValueError, RuntimeError):
        raise UsageError(f"{shown}: file or folder not found; check the path") from None
    if stat.S_ISDIR(status.st_mode):
        listed = _walk(path, shown, left_out)
    elif not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{shown}: is neither a file nor a folder; name a folder or a zip file")
    elif is_zip(path.name):
        listed = iter(zip_on_disk(path, shown, left_out.tell))
    else:
        location = Location(path=path, stamp=stamp_of(status))
        return [FoundFile(parts=(plain_text(source.name),), location=location)]
    files = list(_bounded(_without_junk(listed, shown, left_out), shown))
    outs = _outs(files)
    kept = _without_own(files, outs, shown, left_out)
    if () in outs and not any(is_code(file.name) or is_zip(file.name) for file in kept):
        raise UsageError(
            f"{shown}: contains results of the grader, not submissions; name the submissions"
        )
    return sorted(kept, key=lambda file: file.parts)


def without_junk(files: Sequence[FoundFile], shown: str, left_out: LeftOut) -> list[FoundFile]:
    """Get the files without copies that systems make, sorted; those are counted."""
    return sorted(_without_junk(iter(files), shown, left_out), key=lambda file: file.parts)


def _bounded(files: Iterator[FoundFile], shown: str) -> Iterator[FoundFile]:
    wanted = 0
    for number, file in enumerate(files):
        wanted += is_code(file.name) or is_zip(file.name)
        if number > MAX_LISTED_FILES or wanted > MAX_FILES:
            limit = MAX_FILES
            raise UsageError(
                f"{shown}: contains more than {limit:,} notebooks and scripts; name smaller folders"
            )
        yield file


def _without_junk(files: Iterator[FoundFile], shown: str, left_out: LeftOut) -> Iterator[FoundFile]:
    for file in files:
        kind = _junk_kind(file.parts)
        if kind:
            left_out.count("omitted.junk", shown, kind)
        elif not file.name.startswith(".") or is_code(file.name) or is_zip(file.name):
            yield file


def _junk_kind(parts: Sequence[str]) -> str:
    for part in parts[:-1]:
        if part in _JUNK_FOLDERS:
            return part
    name = parts[-1]
    if name in _JUNK_FOLDERS:
        return name
    return "._ files" if name.startswith("._") else name if name in _JUNK_FILES else ""


def _walk(root: Path, shown: str, left_out: LeftOut) -> Iterator[FoundFile]:
    """Yield the files and folders below a folder; links are not followed, junk is not entered."""
    pending: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while pending:
        folder, parts = pending.pop()
        try:
            with os.scandir(folder) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError:
            if not parts:
                left_out.tell(say("omitted.closed_folder", where=shown))
                continue
            inside = Location(path=folder / UNSEEN)
            yield FoundFile(parts=(*parts, UNSEEN), location=inside, fault=CLOSED)
            continue
        for item in items:
            names = (*parts, plain_text(item.name))
            yield _listed_file(item, names)
            if item.is_dir(follow_symlinks=False) and item.name not in _JUNK_FOLDERS:
                if len(names) > MAX_DEPTH:
                    left_out.tell(say("omitted.deep_folder", where=f"{shown}/{label_of(names)}"))
                else:
                    pending.append((Path(item.path), names))


def _listed_file(item: os.DirEntry[str], parts: tuple[str, ...]) -> FoundFile:
    fault, stamp = None, None
    if item.is_symlink():
        fault = A_LINK
    elif item.is_dir():
        fault = A_FOLDER
    elif not item.is_file():
        fault = say("file.not_regular")
    else:
        try:
            stamp = stamp_of(item.stat(follow_symlinks=False))
        except OSError:
            stamp = (-1, -1)
    return FoundFile(parts=parts, location=Location(path=Path(item.path), stamp=stamp), fault=fault)


def _outs(files: Sequence[FoundFile]) -> set[tuple[str, ...]]:
    """Get the folders to which an earlier run of the grader wrote."""
    results: dict[tuple[str, ...], list[FoundFile]] = {}
    for file in files:
        if file.parts[-3:-2] == ("students",) and file.name == "result.json":
            results.setdefault(file.parts[:-3], []).append(file)
    return {out for out, some in results.items() if any(map(_is_result, some))}


def _without_own(
    files: Sequence[FoundFile], outs: set[tuple[str, ...]], shown: str, left_out: LeftOut
) -> list[FoundFile]:
    """Get the files without what an earlier run of the grader wrote to these folders."""
    kept = []
    for file in files:
        parts = file.parts
        is_own = parts[:-1] in outs and file.name in _OWN
        is_own |= (
            parts[-3:-2] == ("students",) and parts[:-3] in outs and file.name in _OWN_OF_STUDENT
        )
        if is_own:
            left_out.count("omitted.own", shown)
        elif not (file.fault == A_FOLDER and _is_of_own(parts, outs)):
            kept.append(file)
    return kept


def _is_of_own(parts: tuple[str, ...], outs: set[tuple[str, ...]]) -> bool:
    """Get whether a folder is one that the grader makes for a student, or for all."""
    ends = [n for n in (len(parts) - 1, len(parts) - 2) if n >= 0]
    return parts in outs or any(parts[:n] in outs and parts[n] == "students" for n in ends)


def _is_result(file: FoundFile) -> bool:
    """Get whether a file is a result of the grader, by the schema that it names."""
    try:
        return f'"schema": "{SCHEMA}"'.encode() in file.load(file.name)[:400]
    except GraderError:
        return False
