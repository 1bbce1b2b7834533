"""The reports of a class as one zip file, named so that the system they go to knows whose each is.

Moodle      NAME_NUMBER_assignfeedback_file/feedback.html
Canvas      NAME_NUMBER_UPLOAD_feedback.html, as the file was called that was downloaded
others      ID/feedback.html

Where there are notebooks with feedback, they are beside it, under the same name up to the ending.
What is for staff is never in it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader import atomic
from grader.course.collecting.entry import Entry
from grader.course.collecting.students import key_of
from grader.course.store import FEEDBACK, Store
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The same bytes for the same reports: the first time that a zip file can name."""
_READABLE = 0o100644 << 16
_UNIX = 3


def require_place(file: Path, sources: Iterable[Path]) -> None:
    """Raise UsageError where a zip file of reports cannot or must not be written to this place."""
    shown = visible(str(file), limit=300)
    if file.is_dir():
        raise UsageError(f"{shown}: is a folder; name a file, such as feedback.zip")
    if file.suffix.lower() != ".zip":
        raise UsageError(f"{shown}: is not the name of a zip file; name one, such as feedback.zip")
    if not file.parent.is_dir():
        where = visible(str(file.parent), limit=300)
        raise UsageError(f"{shown}: there is no folder {where}; make it first")
    place = file.resolve()
    for source in sources:
        own = source.resolve()
        if place == own or (file.exists() and own.exists() and file.samefile(source)):
            raise UsageError(f"{shown}: is a source; choose another name")
        if own in place.parents:
            where = visible(str(source), limit=300)
            raise UsageError(f"{shown}: is inside the source {where}; choose a place outside it")


def return_paths(entries: Sequence[Entry]) -> dict[str, str]:
    """The path in the zip file of each student's report, by ID; no two share one."""
    taken: set[str] = set()
    paths = {}
    for entry in sorted(entries, key=lambda entry: entry.student):
        own = f"{entry.student}/{FEEDBACK}"
        path = entry.return_path or own
        paths[entry.student] = own if key_of(path) in taken else path
        taken.add(key_of(paths[entry.student]))
    return paths


def unnamed(entries: Sequence[Entry]) -> list[str]:
    """The students whom a system cannot tell by a name, where it can others."""
    others = [visible(entry.student, NAME_LIMIT) for entry in entries if not entry.return_path]
    return others if len(others) < len(entries) else []


def write_reports(
    file: Path, store: Store, entries: Sequence[Entry], *, has_notebooks: bool = False
) -> None:
    """Write the zip file, whole or not at all: the same bytes for the same reports.

    With the notebooks with feedback, if they are wanted.

    Raises: UsageError when it cannot be written, or a report cannot be read.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for student, path in sorted(return_paths(entries).items(), key=lambda item: item[1]):
            notebooks = store.notebooks(student) if has_notebooks else []
            for one in (store.student(student) / FEEDBACK, *notebooks):
                _add(archive, one, path.removesuffix(FEEDBACK) + one.name)
    atomic.write(file, out.getvalue())


def _add(archive: zipfile.ZipFile, file: Path, path: str) -> None:
    """Add a file under this path; one that is not there was not graded yet, see `--only`."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"{file}: cannot be read: {error.strerror}; run the command again"
        raise UsageError(msg) from error
    info = zipfile.ZipInfo(path, _WHEN)
    info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, _UNIX
    info.external_attr = _READABLE
    archive.writestr(info, data, compresslevel=6)
