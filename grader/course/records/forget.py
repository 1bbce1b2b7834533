"""Erases a person on request: names, addresses and bytes go, numbers and the log stay."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from grader.course.records import blobs
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.migrations import _triggers
from grader.course.records.models import (
    Blob,
    Comment,
    Enrolment,
    Event,
    Export,
    Extension,
    Identity,
    Override,
    Result,
    Submission,
)

NOBODY = "forgotten"


class _Editor:
    """What the triggers are made and dropped with, inside a transaction that has begun."""

    connection = connection

    @staticmethod
    def execute(statement: str) -> None:
        """Run a statement."""
        with connection.cursor() as cursor:
            cursor.execute(statement)


def forget(row: Enrolment, actor: Actor) -> int:
    """Erase what says who a student is and what was submitted; of how many submissions.

    The triggers that keep rows are dropped for this one transaction and made again in it.
    """
    mine = Submission.objects.filter(enrolment=row)
    count = int(mine.count())
    with writing():
        _triggers.remove(_Editor())
        _erase_bytes(row)
        mine.update(filename=NOBODY, known=_nothing(row), modules={}, client="")
        Comment.objects.filter(submission__enrolment=row).update(text=NOBODY)
        for model in (Override, Extension):
            model.objects.filter(enrolment=row).update(reason=NOBODY)
        Override.objects.filter(enrolment=row).update(comment="")
        _erase_person(row)
        _triggers.install(_Editor())
        record(actor, "forget", row.person.pid, {"submissions": count})
    return count


def _erase_bytes(row: Enrolment) -> None:
    """Empty the bytes that no other student's rows name, and what was sent of the class."""
    submissions = Submission.objects.filter(enrolment=row)
    results = Result.objects.filter(submission__enrolment=row)
    digests = set(submissions.exclude(blob=None).values_list("blob_id", flat=True))
    for modules, known in submissions.values_list("modules", "known"):
        digests |= set(modules.values()) | {one["sha256"] for one in known.get("others", ())}
        digests |= {sha for one in known.get("others", ()) for _, sha in one["modules"]}
    for name in ("json_id", "page_id", "evidence_id"):
        digests |= {sha for sha in results.values_list(name, flat=True) if sha}
    digests |= set(Export.objects.exclude(blob=None).values_list("blob_id", flat=True))
    others = Submission.objects.exclude(enrolment=row)
    shared = set(others.filter(blob_id__in=digests).values_list("blob_id", flat=True))
    for modules, known in others.values_list("modules", "known"):
        shared |= set(modules.values()) | {one["sha256"] for one in known.get("others", ())}
        shared |= {sha for one in known.get("others", ()) for _, sha in one["modules"]}
    theirs = Result.objects.exclude(submission__enrolment=row)
    for name in ("json_id", "page_id", "evidence_id"):
        same = Q(**{f"{name}__in": digests})
        shared |= set(theirs.filter(same).values_list(name, flat=True))
    Blob.objects.filter(sha256__in=digests - shared).update(
        bytes=b"", size=0, codec=blobs.FORGOTTEN
    )


def _nothing(row: Enrolment) -> dict[str, str]:
    return {"student": f"{NOBODY}-{row.person.pid}"}


def _erase_person(row: Enrolment) -> None:
    person = row.person
    Identity.objects.filter(person=person).delete()
    student = row.student
    row.student, row.login, row.number = f"{NOBODY}-{person.pid}", "", None
    row.section, row.active = "", False
    row.save()
    person.name = person.sort_name = NOBODY
    person.email = person.locale = ""
    person.save()
    _rename_events(student, row.student)


def _rename_events(before: str, after: str) -> None:
    """Put another name in the log, whose digests are computed again from there on."""
    from grader.course.records.events import FIRST, digest_of  # noqa: PLC0415

    previous = FIRST
    for event in Event.objects.order_by("id").iterator(500):
        is_about = event.object == before
        names = event.detail.get("student") == before
        if is_about:
            event.object = after
        if names:
            event.detail = {**event.detail, "student": after}
        event.prev = previous
        digest = digest_of(event)
        if is_about or names or digest != event.hash:
            event.hash = digest
            event.save()
        previous = digest
