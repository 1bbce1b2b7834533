"""One submission of a class to its result and its page, wherever that happens.

What a student handed in is data that can be sent elsewhere; what comes back is a result and a
page. Whatever goes wrong on the way has a result too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.catalogue import say
from grader.collect import Entry
from grader.errors import GraderError, SuspectError, UnreadableError
from grader.grade import grade
from grader.material import Material
from grader.outcome import ungraded
from grader.report.html import render_student
from grader.report.json import result_to_dict
from grader.results import SubmissionResult, SubmissionStatus
from grader.sandbox import ForkServer
from grader.submission import Submission, parse_bytes


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What a student handed in, read from where it lay; `fault` says why it could not be."""

    student: str
    name: str
    data: bytes = b""
    modules: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Any, ...] = ()
    fault: UnreadableError | None = None

    @property
    def sha256(self) -> str:
        """The digest of the file, empty when it could not be read."""
        return "" if self.fault else hashlib.sha256(self.data).hexdigest()

    def read(self) -> Submission:
        """The submission. Raises UnreadableError."""
        if self.fault:
            raise self.fault
        submission = parse_bytes(self.data, name=self.name, modules=self.modules)
        return replace(submission, notes=self.notes + submission.notes)


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A result as data, the student's page, and whether the grader itself failed on it.

    A `suspect` one is not decided: the machine may have ended student code. It must be marked
    again, alone and with `is_last`.
    """

    data: dict[str, Any]
    page: str
    failed: bool = False
    suspect: bool = False


def handed(entry: Entry) -> Handed:
    """What an entry of a class stands for."""
    known: dict[str, Any] = {"student": entry.student, "name": entry.name, "notes": entry.notes}
    try:
        return Handed(**known, data=entry.load(), modules=entry.load_modules())
    except UnreadableError as error:
        return Handed(**known, fault=error)


def mark(  # noqa: PLR0913  (each by name)
    one: Handed,
    material: Material,
    server: ForkServer,
    *,
    timeout_s: float,
    lang: str,
    is_last: bool = False,
) -> Marked:
    """The result and the page of what was handed in; never raises for what is in it."""
    known: dict[str, Any] = {"student": one.student, "timeout_s": timeout_s}
    try:
        graded = grade(one.read(), material, server, **known, is_last=is_last)
    except UnreadableError as error:
        what = say("file.at", where=error.where, what=error.what) if error.where else error.what
        graded = _unmarked(one, material, server, SubmissionStatus.UNREADABLE, what)
    except SuspectError as error:
        return replace(failed(one, material, server, error, lang=lang), suspect=not is_last)
    except Exception as error:  # noqa: BLE001  (a fault of ours must not cost the others theirs)
        return failed(one, material, server, error, lang=lang)
    page = render_student(graded, lang=lang)
    return Marked(data=result_to_dict(graded), page=page, failed=graded.is_cut_short)


def failed(
    one: Handed, material: Material, server: ForkServer, error: Exception, *, lang: str
) -> Marked:
    """The result that says that the grader failed on what was handed in."""
    kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
    what = error.what if isinstance(error, SuspectError) else f"{kind}{error}"
    result = _unmarked(one, material, server, SubmissionStatus.CRASHED, what)
    # What failed is for staff: it may name our files.
    page = render_student(replace(result, messages=()), lang=lang)
    return Marked(data=result_to_dict(result), page=page, failed=True)


def _unmarked(
    one: Handed, material: Material, server: ForkServer, status: SubmissionStatus, message: Any
) -> SubmissionResult:
    return ungraded(
        material,
        server,
        status,
        student=one.student,
        path=one.name,
        sha256=one.sha256,
        message=message,
        is_ours=status is SubmissionStatus.CRASHED,
    )
