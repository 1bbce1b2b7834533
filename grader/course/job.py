"""The job that grades one submission of a class: from its file to its result and page.

What a student submitted is data that can be sent elsewhere; what comes back is a result and a
page. Whatever goes wrong on the way has a result too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, Message, Text, say
from grader.course.collecting.entry import Entry
from grader.course.collecting.student_ids import safe_id
from grader.course.decided import decided
from grader.course.kept import pack
from grader.errors import GraderError, SandboxError
from grader.judging.answer_key import AnswerKey
from grader.judging.grade import grade
from grader.judging.part_result import ungraded
from grader.reading.submission import Submission, joined, parse_bytes
from grader.reading.unreadable import SourceError, UnreadableError
from grader.report.html import render_student
from grader.report.result_json import stored
from grader.report.stored import StoredResult
from grader.results import SubmissionResult, SubmissionStatus
from grader.safe_text import NAME_LIMIT, visible
from grader.sandbox import control
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer


@dataclass(frozen=True, kw_only=True)
class JobFile:
    """A further notebook of a submission: its bytes, and the modules next to it."""

    name: str
    data: bytes
    modules: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The digest of the file."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Job:
    """A submission of a class to be graded: its bytes, or in `fault` why there are none."""

    student: str
    name: str
    data: bytes = b""
    modules: Mapping[str, str] = field(default_factory=dict)
    others: tuple[JobFile, ...] = ()
    """Further notebooks of the same exercise."""
    notes: tuple[Message, ...] = ()
    number: str = ""
    passed_over: tuple[str, ...] = ()
    is_late: bool = False
    fault: UnreadableError | None = None
    seed: int | None = None
    """The seed of its own hidden inputs; None where it is graded with its class."""

    @property
    def sha256(self) -> str:
        """The digest of the file, empty when it could not be read."""
        return "" if self.fault else hashlib.sha256(self.data).hexdigest()

    def read(self) -> Submission:
        """The submission. Raises UnreadableError, a SourceError where it is another by now."""
        if self.fault:
            raise self.fault
        files = (JobFile(name=self.name, data=self.data, modules=self.modules), *self.others)
        submission = joined(
            [parse_bytes(one.data, name=one.name, modules=one.modules) for one in files]
        )
        return replace(submission, notes=self.notes + submission.notes)


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """A result as it is stored, the student's page, and whether either can be relied on.

    A `suspect` one is not decided: the machine may have ended student code. It must be run
    again, alone and with `is_last`.
    """

    stored: StoredResult
    page: str
    kept: bytes = b""
    """The result with its evidence, from which both can be made in another language; b"" where it
    is kept already, or nothing is to be."""
    failed: bool = False
    """The grader failed, or could not check a part: this is no result to keep."""
    suspect: bool = False


def job_of(entry: Entry) -> Job:
    """The job that an entry of a class is."""
    known: dict[str, Any] = {
        "student": entry.student,
        "name": entry.name,
        "notes": entry.notes,
        "number": entry.number,
        "passed_over": entry.passed_over,
        "is_late": entry.is_late,
    }
    try:
        others = tuple(
            JobFile(name=one.name, data=one.load(), modules=one.load_modules())
            for one in entry.others
        )
        return Job(**known, data=entry.load(), modules=entry.load_modules(), others=others)
    except UnreadableError as error:
        return Job(**known, fault=error)


def job_of_files(files: Sequence[tuple[Path, bytes]]) -> Job:
    """The job that a single file is, or several notebooks; the student is called like the first."""
    (path, data), *more = files
    names = [one.name for one, _ in files]
    others = [
        JobFile(name=one.name if names.count(one.name) == 1 else str(one), data=content)
        for one, content in more
    ]
    student = safe_id(path.name.split(".")[0] or path.name)
    return Job(student=student, name=path.name, data=data, others=tuple(others))


def is_same_finding(kept: StoredResult, entry: Entry, texts: Catalog) -> bool:
    """Whether an earlier result says what is known now of the student and the other files.

    `texts` are those that it was put into words with. One of a file that could not be read is
    never kept: it costs nothing to say it again.
    """
    said = [visible(texts.tell(note), 4000) for note in entry.notes]
    return (
        kept.sha256 != ""
        and kept.number == entry.number
        and kept.passed_over == entry.passed_over
        and kept.is_late == entry.is_late
        and all(note in kept.messages for note in said)
    )


def grade_job(  # noqa: PLR0913  (all but the first by name)
    job: Job,
    answer_key: AnswerKey,
    server: ForkServer,
    *,
    timeout_s: float,
    is_last: bool = False,
    submission: Submission | None = None,
) -> SubmissionResult:
    """The result of a job, whose submission is read unless it is there already.

    Raises: UnreadableError; SuspectError and other SandboxErrors as `grade` does. A suspect job is
    graded once more, with a `fresh_server()` and `is_last`.
    """
    graded = grade(
        submission or job.read(),
        answer_key,
        server,
        student=job.student,
        timeout_s=timeout_s,
        is_last=is_last,
    )
    return _with_entry(graded, job)


@contextmanager
def fresh_server() -> Iterator[ForkServer]:
    """A fork server for a suspect job alone, with nothing next to it, that works as it should."""
    with ForkServer() as server:
        control.require(server)
        yield server


def run_job(  # noqa: PLR0913  (every argument by name)
    job: Job,
    answer_key: AnswerKey,
    server: ForkServer,
    *,
    timeout_s: float,
    lang: str,
    is_last: bool = False,
) -> JobResult:
    """The result and the page of what was submitted; never raises for what is in it.

    With `is_last` nothing is left open: what the machine does not let end is not checked.
    """
    try:
        graded = grade_job(job, answer_key, server, timeout_s=timeout_s, is_last=is_last)
    except SourceError as error:
        return failed(job, answer_key, server, error, lang=lang)
    except UnreadableError as error:
        graded = unreadable(job, answer_key, server, error)
    except (SandboxError, OSError, MemoryError) as error:
        result = failed(job, answer_key, server, error, lang=lang)
        return replace(result, suspect=not is_last)
    except Exception as error:  # noqa: BLE001  (a fault of ours must not cost the others theirs)
        return failed(job, answer_key, server, error, lang=lang)
    result = in_words(graded, lang, answer_key.assignment.folder)
    return result if result.failed else replace(result, kept=pack(graded))


def unreadable(
    job: Job, answer_key: AnswerKey, server: ForkServer, error: UnreadableError
) -> SubmissionResult:
    """The result of a submission that cannot be read."""
    # Under the name that the student gave it: only staff may know its folder.
    said = say("file.at", where=visible(job.name, NAME_LIMIT), what=error.what)
    result = _ungraded(job, answer_key, server, SubmissionStatus.UNREADABLE, said)
    return _with_entry(replace(result, messages=result.messages + job.notes), job)


def in_words(result: SubmissionResult, lang: str, folder: Path) -> JobResult:
    """A result put into the words of a language, with the points that people gave.

    `folder` is the assignment's.
    """
    result = decided(result)
    return JobResult(
        stored=stored(result, lang=lang, folder=folder),
        page=render_student(result, lang=lang, folder=folder),
        failed=bool(result.unchecked),
    )


def failed(
    job: Job, answer_key: AnswerKey, server: ForkServer | None, error: Exception, *, lang: str
) -> JobResult:
    """The result that says that the grader failed on what was submitted."""
    result = _ungraded(job, answer_key, server, SubmissionStatus.CRASHED, said_of(error))
    result = _with_entry(result, job)
    # What failed is for staff: it may name our files.
    folder = answer_key.assignment.folder
    page = render_student(replace(result, messages=()), lang=lang, folder=folder)
    return JobResult(stored=stored(result, lang=lang, folder=folder), page=page, failed=True)


def said_of(error: Exception) -> Text:
    """What an error says, in words that can be translated where it has them."""
    if isinstance(error, SuspectError):
        return error.what
    if isinstance(error, UnreadableError):
        return say("file.at", where=error.where, what=error.what) if error.where else error.what
    return str(error) if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"


def _with_entry(result: SubmissionResult, job: Job) -> SubmissionResult:
    """The result with what is known of the student and the other files."""
    return replace(result, number=job.number, passed_over=job.passed_over, is_late=job.is_late)


def _ungraded(
    job: Job,
    answer_key: AnswerKey,
    server: ForkServer | None,
    status: SubmissionStatus,
    message: Any,
) -> SubmissionResult:
    return ungraded(
        answer_key,
        server,
        status,
        student=job.student,
        path=job.name,
        sha256=job.sha256,
        message=message,
        is_ours=status is SubmissionStatus.CRASHED,
    )
