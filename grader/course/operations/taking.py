"""Submissions taken into the store: each in one transaction, with its job, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db.models import F

from grader.catalog import Message
from grader.course.collecting.collect import Collection, collect
from grader.course.collecting.entry import Entry
from grader.course.job import Job, job_of
from grader.course.operations import people, queue
from grader.course.operations.assignments import declaration_of, required_release
from grader.course.operations.handed_in import digest_of, keep, known_of
from grader.course.operations.matching import Matcher, name_of
from grader.course.records.connection import writing
from grader.course.records.courses import OpenCourse
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Assignment, Enrolment, Place, Release, Submission
from grader.judging.ranking import Rank
from grader.reading.unreadable import SourceError
from grader.report.as_json import to_json


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of an entry: a new attempt, or the one whose bytes are the same."""

    student: str
    attempt: int
    is_new: bool
    is_new_person: bool = False
    is_older: bool = False
    """Whether the same bytes are an attempt that a newer one has replaced."""
    refused: Message | None = None
    """Why it was not taken: the file is no longer there."""


@dataclass(kw_only=True)
class Taking:
    """A class that is taken: iterate over `run()`."""

    course: OpenCourse
    assignment: Assignment
    release: Release
    found: Collection
    actor: Actor
    matcher: Matcher
    at: datetime | None = None
    """When it was submitted; now if None."""
    seed: int | None = None
    """A seed for all; derived for each attempt if None."""
    secret: bytes = b""

    def run(self) -> Iterator[Taken]:
        """Take each entry; yields what became of it, once it is stored."""
        for entry in self.found.entries:
            job = job_of(entry)
            if isinstance(job.fault, SourceError):
                yield Taken(student=entry.student, attempt=0, is_new=False, refused=job.fault.what)
                continue
            with writing():
                taken = self._taken(entry, job)
            yield taken

    def _taken(self, entry: Entry, job: Job) -> Taken:
        row = self.matcher.find(entry)
        if row is None and self.matcher.renew():
            row = self.matcher.find(entry)
        is_new_person = row is None
        if row is None:
            row = self._new_person(entry)
        self.matcher.learn(entry, row)
        digest = digest_of(job)
        earlier = Submission.objects.filter(assignment=self.assignment, enrolment=row)
        same = earlier.filter(digest=digest).order_by("-attempt").first()
        if same is not None:
            last = earlier.order_by("-attempt").values_list("attempt", flat=True)[0]
            return Taken(
                student=row.student,
                attempt=same.attempt,
                is_new=False,
                is_older=same.attempt != last,
            )
        submission = self._store(entry, job, row, digest)
        seed = self.seed
        if seed is None:
            seed = queue.seed_of(self.secret, self.release, submission)
        queue.enqueue(submission, self.release, seed=seed)
        return Taken(
            student=row.student,
            attempt=submission.attempt,
            is_new=True,
            is_new_person=is_new_person,
        )

    def _new_person(self, entry: Entry) -> Enrolment:
        """Somebody who is not in the course yet, with what a worksheet next to it says."""
        told = self.matcher.in_worksheet(entry)
        student = people.free_id(entry.student)
        if told is None:
            return people.add(student=student, name=name_of(entry))
        is_free = not Enrolment.objects.filter(number=told.number).exists()
        number = told.number if is_free else ""
        return people.add(student=student, name=told.name, email=told.email, number=number)

    def _store(self, entry: Entry, job: Job, row: Enrolment, digest: str) -> Submission:
        attempt = next_attempt(self.assignment, row)
        moment = now()
        blob, modules = keep(job)
        made: Submission = Submission.objects.create(
            assignment=self.assignment,
            enrolment=row,
            attempt=attempt,
            started_at=self.at or moment,
            received_at=moment,
            via=self.actor.via,
            by=self.actor.name,
            filename=job.name,
            blob_id=blob,
            modules=modules,
            known=to_json(known_of(entry, job)),
            digest=digest,
            size=len(job.data),
        )
        detail = {"attempt": made.attempt, "sha256": job.sha256, "student": row.student}
        record(self.actor, "submitted", made.pid, {**detail, "assignment": self.assignment.slug})
        return made


def next_attempt(assignment: Assignment, row: Enrolment) -> int:
    """The number of a student's next attempt: no two get the same, and none is left out.

    Within a transaction, which holds the counter to its end.
    """
    Place.objects.get_or_create(assignment=assignment, enrolment=row)
    known = Place.objects.filter(assignment=assignment, enrolment=row)
    known.update(attempts=F("attempts") + 1)
    return int(known.values_list("attempts", flat=True)[0])


def opened(  # noqa: PLR0913  (all but three by name)
    course: OpenCourse,
    assignment: Assignment,
    sources: Sequence[Path],
    actor: Actor,
    *,
    at: datetime | None = None,
    seed: int | None = None,
) -> Taking:
    """A class that is ready to be taken. Raises UsageError."""
    release = required_release(assignment)
    rank = Rank(declaration_of(release))
    found = collect(
        sources, rank=rank, holds=rank.holds, notebook_of=rank.notebook_of, stems=rank.stems
    )
    return Taking(
        course=course,
        assignment=assignment,
        release=release,
        found=found,
        actor=actor,
        matcher=Matcher.of(assignment.slug, found.entries, sources),
        at=at,
        seed=seed,
        secret=course.home.secret(),
    )


def late_among(taking: Taking, due_at: datetime | None) -> bool:
    """Whether what is taken now counts as late, and nobody said when it was submitted."""
    return taking.at is None and due_at is not None and now() > due_at


def counts(taken: Sequence[Taken]) -> Mapping[str, int]:
    """How many of each kind there are."""
    return {
        "new": sum(one.is_new for one in taken),
        "same": sum(not one.is_new and one.refused is None for one in taken),
        "people": sum(one.is_new_person for one in taken),
        "refused": sum(one.refused is not None for one in taken),
    }
