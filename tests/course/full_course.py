"""Fills a course as it is at the end of a large term, by rows alone: nothing is graded."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from grader.assignment import registry
from grader.course.gradebook.facts import Counts
from grader.course.gradebook.policy import LatePolicy
from grader.course.gradebook.policy_json import policy_json
from grader.course.operations.assignments import fingerprint_of, milli
from grader.course.records import connection
from grader.course.records.names import new_pid

STUDENTS, ASSIGNMENTS = 500, 10
BEGAN = datetime(2026, 2, 1, tzinfo=UTC)
BATCH = 1000
_SHARED = b"<p>a page</p>" * 200


def fill(submissions: int) -> None:
    """Fill the course that is open: so many submissions, each with its job, result and events."""
    rng = random.Random(5)  # noqa: S311
    releases = _assignments()
    people = _people()
    rows = _rows(releases, people, submissions, rng)
    while batch := list(itertools.islice(rows, BATCH)):
        _write(batch)


def _assignments() -> list[Any]:
    from grader.course.records.models import (
        Assignment,
        Course,
        Release,
        Schedule,
    )

    declaration = registry.load("kmeans")
    parts = [[part.name, milli(part.points)] for part in declaration.parts]
    releases = []
    for n in range(ASSIGNMENTS):
        slug = "kmeans" if n == 0 else f"exercise-{n}"
        row, _ = Assignment.objects.get_or_create(
            course=Course.objects.get(), slug=slug, defaults={"title": slug, "position": n + 1}
        )
        releases.append(
            Release.objects.create(
                assignment=row,
                n=2,
                spec="kmeans",
                fingerprint=fingerprint_of(declaration),
                max_mp=sum(most for _, most in parts),
                parts=parts,
                timeout_s=60,
                created_at=BEGAN,
                by="bench",
            )
        )
        Schedule.objects.create(
            assignment=row,
            version=2,
            at=BEGAN,
            by="bench",
            due_at=BEGAN + timedelta(days=14 * (n + 1)),
            policy=policy_json(LatePolicy()),
            counts=str(Counts.BEST if n == 1 else Counts.LATEST),
        )
    return releases


def _people() -> list[Any]:
    from grader.course.records.models import Course, Enrolment, Person

    course = Course.objects.get()
    people = Person.objects.bulk_create(
        Person(name=f"Student {n:04}", email=f"s{n:04}@example.org") for n in range(STUDENTS)
    )
    return list(
        Enrolment.objects.bulk_create(
            Enrolment(course=course, person=one, student=f"s{n:04}", number=str(700_000 + n))
            for n, one in enumerate(people)
        )
    )


def _rows(
    releases: list[Any], people: list[Any], submissions: int, rng: random.Random
) -> Iterator[tuple[Any, Any, int, datetime, random.Random]]:
    """The attempts in the order of their time: release, student, number, time."""
    attempts = max(1, submissions // (len(releases) * len(people)))
    for n, release in enumerate(releases):
        for attempt in range(1, attempts + 1):
            for k, person in enumerate(people):
                days = 14 * n + 13 * attempt / attempts
                at = BEGAN + timedelta(days=days, seconds=k)
                yield release, person, attempt, at, rng


def _write(batch: list[Any]) -> None:
    from grader.course.records.events import FIRST, digest_of
    from grader.course.records.models import (
        Blob,
        Course,
        Event,
        Job,
        Place,
        Result,
        Standing,
        Submission,
    )

    blobs, submissions, made = [_blob(_SHARED)], [], []
    for release, person, attempt, at, rng in batch:
        source = _blob(rng.randbytes(300).hex().encode())
        result = _result(release, person, source.sha256, rng)
        blobs += [source, _blob(result["json"])]
        made.append((release, result, blobs[-1].sha256))
        submissions.append(
            Submission(
                pid=new_pid(),
                assignment_id=release.assignment_id,
                enrolment=person,
                attempt=attempt,
                started_at=at,
                received_at=at,
                via="cli",
                by="bench",
                filename=f"{person.student}.ipynb",
                blob_id=source.sha256,
                known={"student": person.student},
                digest=source.sha256,
                size=600,
            )
        )
    with connection.writing():
        Blob.objects.bulk_create(blobs, ignore_conflicts=True)
        rows = Submission.objects.bulk_create(submissions)
        jobs = Job.objects.bulk_create(_jobs(rows, made))
        results = Result.objects.bulk_create(_results(rows, jobs, made))
        Standing.objects.bulk_create(
            Standing(submission=row.submission, result=row, by="bench", at=row.finished_at)
            for row in results
        )
        keys = {(row.assignment_id, row.enrolment_id): row.attempt for row in rows}
        Place.objects.bulk_create(
            [Place(assignment_id=a, enrolment_id=e, attempts=n) for (a, e), n in keys.items()],
            update_conflicts=True,
            unique_fields=["assignment", "enrolment"],
            update_fields=["attempts"],
        )
        last = Event.objects.order_by("-id").first()
        before, course, events = last.hash if last else FIRST, Course.objects.get(), []
        for row in rows:
            for verb in ("submitted", "graded"):
                event = Event(
                    at=row.received_at, actor="bench", via="cli", course=course, verb=verb,
                    object=row.pid, detail={"attempt": row.attempt}, prev=before,
                )  # fmt: skip
                event.hash = before = digest_of(event)
                events.append(event)
        Event.objects.bulk_create(events)


def _blob(data: bytes) -> Any:
    from grader.course.records.models import Blob

    digest = hashlib.sha256(data).hexdigest()
    return Blob(sha256=digest, size=len(data), codec="zlib", bytes=zlib.compress(data, 1))


def _result(release: Any, person: Any, sha256: str, rng: random.Random) -> dict[str, Any]:
    parts = [
        [name, rng.choice((0, most // 2, most, most)), most, 0] for name, most in release.parts
    ]
    score = sum(part[1] for part in parts)
    told = {
        "student": person.student,
        "score": score / 1000,
        "submission": {"sha256": sha256},
        "parts": [
            {"name": name, "score": got / 1000, "note": "x" * 300} for name, got, *_ in parts
        ],
    }
    return {"parts": parts, "score_mp": score, "json": json.dumps(told).encode()}


def _jobs(rows: Iterable[Any], made: Iterable[Any]) -> Iterator[Any]:
    from grader.course.records.models import Job

    for row, (release, *_) in zip(rows, made, strict=True):
        yield Job(
            submission=row,
            release=release,
            purpose="attempt",
            priority=0,
            seed=1,
            state="done",
            tries=1,
            not_before=row.received_at,
            worker="host/1/2/3",
        )


def _results(rows: Iterable[Any], jobs: Iterable[Any], made: Iterable[Any]) -> Iterator[Any]:
    from grader.course.records.models import Result

    page = hashlib.sha256(_SHARED).hexdigest()
    for row, job, (release, result, digest) in zip(rows, jobs, made, strict=True):
        yield Result(
            job=job,
            submission=row,
            release=release,
            seed=1,
            status="graded",
            score_mp=result["score_mp"],
            max_mp=release.max_mp,
            parts=result["parts"],
            json_id=digest,
            page_id=page,
            environment={"grader": "0.1.0", "python": "3.11.7", "jax": "0.10.2"},
            duration_ms=250,
            finished_at=row.received_at + timedelta(seconds=3),
        )


def add_campaigns() -> tuple[str, str]:
    """A regrade of what counts in one assignment, and one of all attempts where the best counts."""
    return _campaign("exercise-2", is_all=False), _campaign("exercise-1", is_all=True)


def _campaign(slug: str, *, is_all: bool) -> str:
    from grader.course.records.models import (
        Assignment,
        Campaign,
        Job,
        Release,
        Result,
        Submission,
    )

    rng = random.Random(6)  # noqa: S311
    row = Assignment.objects.get(slug=slug)
    release = Release.objects.filter(assignment=row).latest("n")
    campaign = Campaign.objects.create(
        assignment=row, release=release, state="ready", by="bench", at=BEGAN + timedelta(days=200)
    )
    of = Submission.objects.filter(assignment=row).order_by("-attempt", "id")
    rows = list(of.select_related("enrolment"))
    chosen = rows if is_all else rows[:STUDENTS]
    jobs = Job.objects.bulk_create(
        Job(
            submission=one, release=release, purpose="regrade", campaign=campaign, priority=2,
            seed=2, state="done", tries=1, not_before=campaign.at,
        )
        for one in chosen
    )  # fmt: skip
    made = [(release, _result(release, one.enrolment, one.blob_id, rng)) for one in chosen]
    from grader.course.records.models import Blob

    blobs = [_blob(result["json"]) for _, result in made]
    Blob.objects.bulk_create([*blobs, _blob(_SHARED)], ignore_conflicts=True)
    known = [(r, result, blob.sha256) for (r, result), blob in zip(made, blobs, strict=True)]
    Result.objects.bulk_create(_results(chosen, jobs, known))
    return str(campaign.pid)
