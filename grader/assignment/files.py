"""Files that belong to an exercise: which are declared, what a case finds in them, where they lie.

An assignment names them relative to its folder. A case may have other content under the same
names. Whoever runs code for a case, the reference or a student's, lays the case's files where
that code starts, so that both open them by the same relative path.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from grader.assignment.field_values import short
from grader.assignment.tables import Case
from grader.sandbox.inside.isolation import libc

MAX_FILE_BYTES = 16 << 20
"""What one file may have: what a child may write into one."""
MAX_BYTES = 32 << 20
"""What the files of a case may have together: half of what a child's folder may hold."""
MAX_FILES = 100
_MIB = 1 << 20
_CLONE_FS = 0x200


class Content(bytes):
    """What is in a file."""

    @cached_property
    def digest(self) -> str:
        """What is the same for the same bytes alone."""
        return hashlib.sha256(self).hexdigest()


def wrong_names(folder: Path, names: Sequence[str], own: Sequence[Path]) -> Iterator[str]:
    """Every problem of the names that an assignment declares, `own` being its other files."""
    if len(names) > MAX_FILES:
        yield f"files: at most {MAX_FILES}, got {len(names)}; pack several into one .npz"
        return
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"files: {name!r} is declared {names.count(name)} times; use each name once"
    answers = {path.resolve() for path in own}
    sizes = 0
    for name in dict.fromkeys(names):
        problem = _wrong_name(name) or _wrong_path(folder, name, answers)
        if problem:
            yield f"files: {name!r} {problem}"
        else:
            sizes += (folder / name).stat().st_size
    if sizes > MAX_BYTES:
        yield (
            f"files: have {sizes / _MIB:.1f} MiB together; make them smaller, "
            f"{MAX_BYTES // _MIB} MiB at most"
        )


def _wrong_name(name: str) -> str:
    """Why a name is no plain relative path, or ''."""
    steps = name.split("/")
    is_plain = all(steps) and not any(step.startswith(".") for step in steps)
    if is_plain and name.isprintable() and "\\" not in name and ":" not in name:
        return ""
    return "is not a plain relative path; write it like 'data/table.csv'"


def _wrong_path(folder: Path, name: str, own: set[Path]) -> str:
    """Why what has this name in the assignment's folder cannot be laid beside a notebook, or ''."""
    path = folder / name
    try:
        real = path.resolve()
        if not path.exists():
            return "does not exist; put it in the assignment's folder or correct the name"
        if not real.is_relative_to(folder.resolve()):
            return "leads out of the assignment's folder; put the file itself there"
        if not path.is_file():
            return "is not a file; name each file by itself"
        if real in own:
            return "is one of the assignment's notebooks or solutions; name other files"
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        return f"cannot be read: {error.strerror}; check the file"
    return _too_large(size)


def _too_large(size: int) -> str:
    if size <= MAX_FILE_BYTES:
        return ""
    return f"has {size / _MIB:.1f} MiB; make it smaller, {MAX_FILE_BYTES // _MIB} MiB at most"


def wrong_contents(folder: Path, names: Sequence[str], case: Case) -> Iterator[str]:
    """Every problem of the files that a case has, where the assignment has these names."""
    given: object = case.files
    if not isinstance(given, Mapping):
        yield f"files: expected a dict, got {short(given)}; write {{'name': path or bytes}}"
        return
    sizes = {name: (folder / name).stat().st_size for name in names if (folder / name).is_file()}
    for name, value in given.items():
        if name not in names:
            known = ", ".join(map(repr, names)) or "none"
            yield (
                f"files: {name!r} is not one of the assignment's files ({known}); declare it "
                "there, or correct the name"
            )
            continue
        problem, size = _wrong_content(folder, value)
        sizes[name] = size
        if problem:
            yield f"files: {name!r} {problem}"
    if sum(sizes.values()) > MAX_BYTES:
        yield (
            f"files: have {sum(sizes.values()) / _MIB:.1f} MiB together; make them smaller, "
            f"{MAX_BYTES // _MIB} MiB at most"
        )


def _wrong_content(folder: Path, value: Any) -> tuple[str, int]:
    """What is wrong with the content that a case gives a file, and its size."""
    if isinstance(value, bytes):
        return _too_large(len(value)), len(value)
    if not isinstance(value, (str, Path)):
        return f"has {short(value)} as content; write a path or bytes", 0
    path = folder / value
    if not path.is_file():
        return f"is to be {str(value)!r}, which does not exist; check the path", 0
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as error:
        return f"is to be {str(value)!r}, which cannot be read: {error.strerror}; check it", 0
    return _too_large(size), size


def contents(folder: Path, names: Sequence[str], case: Case | None = None) -> dict[str, Content]:
    """What is in each of the files, for a case or in general; in the order of their names."""
    given = dict(case.files) if case else {}
    return {name: _content(folder, given.get(name, name)) for name in sorted(names)}


def _content(folder: Path, value: str | Path | bytes) -> Content:
    if isinstance(value, bytes):
        return value if isinstance(value, Content) else Content(value)
    path = folder / value
    told = path.stat()
    return _read(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int, _size: int) -> Content:
    return Content(path.read_bytes())


def modules(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """The text of each file that is a module, by the dotted name that it is imported by."""
    found = contents(folder, [name for name in names if name.endswith(".py")])
    return {
        name.removesuffix(".py").replace("/", "."): content.decode("utf-8", "replace")
        for name, content in found.items()
    }


def laid(case: Case) -> dict[str, Content]:
    """What is in each of the files of a case that was drawn."""
    return {name: one for name, one in case.files.items() if isinstance(one, Content)}


# Where they lie ----------------------------------------------------------------------------


@contextlib.contextmanager
def beside(case: Case) -> Iterator[None]:
    """Have the files of a case, if there are any, where this thread's relative paths start.

    Where threads cannot have places of their own, others wait that come here meanwhile.
    """
    files = laid(case)
    if not files:
        yield
        return
    with _turn(), tempfile.TemporaryDirectory(prefix="grader-") as place:
        for name, content in files.items():
            path = Path(place, *PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o400)
        with contextlib.chdir(place):
            yield


_one_at_a_time = threading.RLock()
_known = threading.local()


def _turn() -> contextlib.AbstractContextManager[Any]:
    """What keeps others from being moved along when this thread goes elsewhere."""
    if not hasattr(_known, "is_apart"):
        _known.is_apart = _stand_apart()
    return contextlib.nullcontext() if _known.is_apart else _one_at_a_time


def _stand_apart() -> bool:
    """Whether this thread now has a current folder of its own; a container may not allow it."""
    if sys.platform != "linux" or not hasattr(os, "fork"):
        return False
    try:
        libc.call("unshare", _CLONE_FS)
    except OSError:
        return False
    return True
