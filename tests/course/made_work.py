"""Submissions and results that nobody wrote and nobody graded, for tests of the store alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from grader.course.collecting.collect import Collection
from grader.course.collecting.entry import Entry
from grader.course.job import JobResult
from grader.report.stored import StoredCheck, StoredPart, StoredResult
from grader.results import CheckStatus, PartStatus, State, SubmissionStatus, Visibility

PARTS = (("one", 40), ("two", 60))
"""As in `course_store`, in whole points."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A file whose bytes are known."""

    data: bytes

    def load(self, _label: str) -> bytes:
        """The bytes."""
        return self.data


def entry(student: str, data: bytes, **more: Any) -> Entry:
    """The entry of a student who submitted these bytes."""
    found: Any = _Found(data=data)
    name = f"{student}.ipynb"
    return Entry(label=name, name=name, found=found, student=student, **more)


def taking(course: Any, entries: tuple[Entry, ...], *, slug: str = "kmeans") -> Any:
    """What takes these entries into the course that is open."""
    from grader.course.operations import assignments
    from grader.course.operations.matching import Matcher
    from grader.course.operations.taking import Taking
    from grader.course.records.events import Actor

    assignment = assignments.find(slug)
    release = assignments.latest_release(assignment)
    assert release is not None
    return Taking(
        course=course,
        assignment=assignment,
        release=release,
        found=Collection(entries=entries),
        actor=Actor(name="tests", via="test"),
        matcher=Matcher.of(slug, entries, []),
        secret=b"s" * 32,
    )


def take(course: Any, student: str, data: bytes) -> Any:
    """Take the bytes of a student; what became of them."""
    return next(iter(taking(course, (entry(student, data),)).run()))


def take_from(work: Any) -> Any:
    """What became of the first that is taken."""
    return next(iter(work.run()))


def job_result(job: Any, points: tuple[int, ...], *, is_failed: bool = False) -> JobResult:
    """The result of a job whose parts have these points."""
    status = SubmissionStatus.CRASHED if is_failed else SubmissionStatus.GRADED
    stored = StoredResult(
        assignment="kmeans",
        student=job.student,
        path=job.name,
        sha256=hashlib.sha256(job.data).hexdigest(),
        status=status,
        score=float(sum(points)),
        max_score=100.0,
        parts=tuple(
            _part(name, most, got, is_failed=is_failed)
            for (name, most), got in zip(PARTS, points, strict=True)
        ),
        messages=("the process ended",) if is_failed else (),
        environment={"grader": "0.0", "jax": "0.0"},
        duration_s=0.01,
    )
    return JobResult(stored=stored, page=f"<p>{job.student}</p>", failed=is_failed)


def _part(name: str, most: int, got: int, *, is_failed: bool) -> StoredPart:
    check = StoredCheck(
        name="values",
        status=CheckStatus.PASSED if got == most else CheckStatus.FAILED,
        score=float(got),
        max_score=float(most),
        visibility=Visibility.PUBLIC,
        message="",
        hint="",
        mistake="",
        noticed="",
    )
    part = StoredPart(
        name=name,
        title=name,
        status=PartStatus.PASSED if got == most else PartStatus.PARTIAL,
        state=State.CORRECT if got == most else State.PARTLY,
        score=float(got),
        max_score=float(most),
        code="",
        notes=(),
        checks=(check,),
    )
    unchecked = replace(part, status=PartStatus.ERROR, state=State.UNCHECKED, score=0.0)
    return unchecked if is_failed else part


def points_of(data: bytes) -> tuple[int, int]:
    """Points that follow from what was submitted."""
    digest = hashlib.sha256(data).digest()
    return digest[0] % 41, digest[1] % 61


def result_of(held: Any, points: tuple[int, int], *, is_failed: bool = False) -> JobResult:
    """The result of a job that is leased."""
    from grader.course.records.models import Job

    row = Job.objects.select_related("submission__enrolment").get(id=held.job).submission
    work = SimpleNamespace(student=row.enrolment.student, name=row.filename, data=b"")
    made = job_result(work, points, is_failed=is_failed)
    return replace(made, stored=replace(made.stored, sha256=row.blob_id or ""))
