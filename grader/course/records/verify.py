"""Whether a course is as it was written: its log, bytes, attempts, jobs and results."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import connection
from django.db.models import Count, F, Max, Q

from grader.course.records import blobs, events, verify_decisions
from grader.course.records.connection import is_sqlite
from grader.course.records.migrations import _triggers
from grader.course.records.models import (
    Blob,
    Enrolment,
    Event,
    Job,
    Place,
    Result,
    Standing,
    Submission,
)
from grader.errors import GraderError


def counts() -> dict[str, int]:
    """How many rows were looked at."""
    return {
        "students": Enrolment.objects.filter(role="student").count(),
        "submissions": Submission.objects.count(),
        "results": Result.objects.count(),
        "events": Event.objects.count(),
    }


def problems() -> Iterator[str]:
    """A sentence for each thing that is not as it must be."""
    yield from _file()
    yield from events.broken()
    yield from _bytes()
    yield from _attempts()
    yield from _jobs()
    yield from _results()
    yield from verify_decisions.problems()
    yield from _triggers_there()


def _file() -> Iterator[str]:
    """What SQLite finds wrong with its own file, and with references between rows."""
    if not is_sqlite():
        return
    with connection.cursor() as cursor:
        for pragma in ("integrity_check", "foreign_key_check"):
            cursor.execute(f"PRAGMA {pragma}")
            for row in cursor.fetchall():
                if row[0] != "ok":
                    yield f"database: {' '.join(map(str, row))}"


def _bytes() -> Iterator[str]:
    forgotten = Q(codec=blobs.FORGOTTEN)
    for blob in Blob.objects.exclude(forgotten).order_by("sha256").iterator(100):
        try:
            blobs.content_of(blob)
        except GraderError as error:
            yield str(error)


def _attempts() -> Iterator[str]:
    """Attempts that are missing or double; submissions without a job."""
    rows = Submission.objects.values(
        "enrolment__student", "assignment__slug", "enrolment_id", "assignment_id"
    ).annotate(n=Count("id"), last=Max("attempt"))
    known = {
        (one.enrolment_id, one.assignment_id): one.attempts for one in Place.objects.iterator()
    }
    for row in rows.order_by("enrolment__student", "assignment__slug"):
        who = f"{row['enrolment__student']}, {row['assignment__slug']}"
        if row["n"] != row["last"]:
            yield f"{who}: has {row['n']} attempts, the last is number {row['last']}"
        if known.get((row["enrolment_id"], row["assignment_id"])) != row["last"]:
            yield f"{who}: its counter of attempts is not {row['last']}"
    for pid in Submission.objects.filter(job=None).values_list("pid", flat=True):
        yield f"submission {pid}: has no job"


def _jobs() -> Iterator[str]:
    ended = Job.objects.filter(state__in=("done", "failed"), result=None)
    for job in ended.order_by("id"):
        yield f"job {job.id}: is {job.state} and has no result"
    other = Job.objects.exclude(state__in=("done", "failed")).exclude(result=None)
    for job in other.order_by("id"):
        yield f"job {job.id}: is {job.state} and has a result"
    wrong = Standing.objects.exclude(result__submission_id=F("submission_id"))
    for row in wrong.order_by("id"):
        yield f"standing {row.id}: names a result of another submission"
    without = Submission.objects.filter(job__state="done", job__campaign=None, standing=None)
    for row in without.distinct().order_by("id"):
        yield f"submission {row.pid}: is graded, but none of its results counts"


def _results() -> Iterator[str]:
    """Results whose points are not those of what they keep."""
    for row in (
        Result.objects.select_related("json", "submission__blob").order_by("id").iterator(50)
    ):
        if row.json.codec == blobs.FORGOTTEN:
            continue
        try:
            data = json.loads(blobs.content_of(row.json))
        except GraderError:
            continue  # named already
        if row.score_mp is not None and round(data["score"] * 1000) != row.score_mp:
            yield f"result {row.id}: its points are not those of its result.json"
        blob = row.submission.blob
        if blob is not None and data["submission"]["sha256"] not in {"", blob.sha256}:
            yield f"result {row.id}: is of other bytes than its submission's"


def _triggers_there() -> Iterator[str]:
    table = "sqlite_master" if is_sqlite() else "pg_trigger"
    column, where = ("name", "WHERE type = 'trigger'") if is_sqlite() else ("tgname", "")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} {where}")  # noqa: S608  (no value from outside)
        found = {row[0] for row in cursor.fetchall()}
    for name in sorted(_triggers.names() - found):
        yield f"trigger {name}: is missing, so rows could be changed"
