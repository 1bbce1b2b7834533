"""What was submitted: an entry of a class, a row of the store, and the job that grades it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.catalog import Message
from grader.course.collecting.entry import Entry
from grader.course.job import Job, JobFile
from grader.course.records import blobs
from grader.course.records.models import Submission
from grader.reading.unreadable import UnreadableError
from grader.report.as_json import from_json, to_json

IMPORTED = "import"
"""Via what a submission came whose result alone is known."""


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A further notebook of a submission, by its digest, with the modules next to it."""

    name: str
    sha256: str
    modules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the finding of a submission said beside its bytes."""

    student: str
    """The ID that its folder in a batch has."""
    others: tuple[KnownFile, ...] = ()
    notes: tuple[Message, ...] = ()
    number: str = ""
    group: str = ""
    """The team, where the system that it was downloaded from says so."""
    passed_over: tuple[str, ...] = ()
    is_late: bool = False
    fault_where: str = ""
    fault: Message | None = None
    """Why it could not be read when it was taken."""
    return_path: str = ""


def known_of(entry: Entry, job: Job) -> Known:
    """What is kept of an entry beside its bytes."""
    return Known(
        student=entry.student,
        others=tuple(
            KnownFile(
                name=one.name,
                sha256=one.sha256,
                modules=tuple((n, _digest(t)) for n, t in sorted(one.modules.items())),
            )
            for one in job.others
        ),
        notes=job.notes,
        number=entry.number,
        group="" if entry.number else entry.ending,
        passed_over=job.passed_over,
        is_late=job.is_late,
        fault_where=job.fault.where if job.fault else "",
        fault=job.fault.what if job.fault else None,
        return_path=entry.return_path,
    )


def digest_of(job: Job) -> str:
    """What is equal for submissions of the same bytes, whatever the files are called."""
    others = [(one.sha256, _digests(one.modules)) for one in job.others]
    files = [(job.sha256, _digests(job.modules)), *others]
    return digest_of_files(files, job.fault.what if job.fault else None)


def digest_of_files(
    files: Sequence[tuple[str, Mapping[str, str]]], fault: Message | None = None
) -> str:
    """The same from the digests of files, and of the modules next to each."""
    (first, modules), *others = files
    told: list[Any] = [first, sorted(modules.items())]
    told += [[digest, sorted(beside.items())] for digest, beside in others]
    if fault is not None:
        told.append(to_json(fault))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def keep(job: Job) -> tuple[str | None, dict[str, str]]:
    """Put the bytes of a submission into the store: the file's digest, and those of its modules.

    Within a transaction of `writing`.
    """
    for one in job.others:
        blobs.put(one.data)
        for text in one.modules.values():
            blobs.put(text.encode("utf-8", "surrogatepass"))
    modules = {
        name: blobs.put(text.encode("utf-8", "surrogatepass")) for name, text in job.modules.items()
    }
    return (None if job.fault else blobs.put(job.data)), modules


def known_in(row: Submission) -> Known:
    """What is kept of a submission beside its bytes."""
    return from_json(Known, row.known)


def job_in(row: Submission) -> Job:
    """The job that a submission in the store is. Raises DamagedError."""
    known = known_in(row)
    others = tuple(
        JobFile(name=one.name, data=blobs.get(one.sha256), modules=_texts(dict(one.modules)))
        for one in known.others
    )
    fault = UnreadableError(known.fault_where, known.fault) if known.fault else None
    return Job(
        student=known.student,
        name=row.filename,
        data=blobs.get(row.blob_id) if row.blob_id else b"",
        modules=_texts(row.modules),
        others=others,
        notes=known.notes,
        number=known.number,
        passed_over=known.passed_over,
        is_late=known.is_late,
        fault=fault,
    )


def _texts(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: blobs.get(sha).decode("utf-8", "surrogatepass") for name, sha in modules.items()}


def _digests(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: _digest(text) for name, text in modules.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
