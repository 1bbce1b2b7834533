"""The notebooks with feedback of a class, made from results that are kept: nothing is graded.

A notebook that is there is of the result that is there, see `Store.save`, so it stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader import atomic
from grader.course.annotated import annotated, files_of, notebook_names
from grader.course.collecting.entry import Entry
from grader.course.decided import decided
from grader.course.job import Job, job_of
from grader.course.resume import EarlierRuns
from grader.course.store import NOTEBOOK
from grader.results import SubmissionResult, SubmissionStatus


def write_notebooks(entries: Sequence[Entry], earlier: EarlierRuns) -> list[str]:
    """Write what is missing; gives the students of whom it cannot be made, by ID.

    Raises: UsageError where a file cannot be written.
    """
    return [entry.student for entry in entries if not _is_written(entry, earlier)]


def _is_written(entry: Entry, earlier: EarlierRuns) -> bool:
    """Whether a student's notebooks are there, once they are written if they can be made."""
    names = notebook_names(NOTEBOOK, [entry.name, *(one.name for one in entry.others)])
    there = {path.name for path in earlier.store.notebooks(entry.student)}
    if there.issuperset(names) or NOTEBOOK in there:
        return True
    found = earlier.store.load(entry.student)
    result = earlier.evidence_of(found) if found else None
    job = job_of(entry)
    if result is None or not _is_of(result, job):
        return False
    folder, home = earlier.assignment.folder, earlier.store.student(entry.student)
    try:
        texts = annotated(files_of(job), decided(result), lang=earlier.lang, folder=folder)
    except Exception:  # noqa: BLE001  (a fault of ours must not cost the others theirs)
        return False
    for name, text in zip(names if len(texts) > 1 else (NOTEBOOK,), texts, strict=True):
        atomic.write(home / name, text)
    return True


def _is_of(result: SubmissionResult, job: Job) -> bool:
    """Whether a result is of the files that are there now."""
    if result.status is SubmissionStatus.UNREADABLE:
        return result.sha256 == job.sha256
    graded = [one.sha256 for one in result.notebooks] or [result.sha256]
    return job.fault is None and graded == [one.sha256 for one in files_of(job)]
