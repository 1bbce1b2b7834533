"""What students may see: an assignment's marks are published, and may be withheld again."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from grader.course.operations import queue
from grader.course.operations.ledger import Ledger
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import Assignment, Publication


@dataclass(frozen=True, kw_only=True)
class Before:
    """What is known of an assignment before its marks are published."""

    marks: int
    waiting: int
    failed: int
    open: int


def is_published(assignment: Assignment) -> bool:
    """Whether students may see the marks."""
    return bool(Publication.objects.filter(assignment=assignment, undone_at=None).exists())


def preview(assignment: Assignment, zone: ZoneInfo) -> Before:
    """What would be published, and what is not ready."""
    marks = [entry.mark for entry in Ledger(zone=zone).entries(assignment.id)]
    return Before(
        marks=sum(mark.mark_mp is not None for mark in marks),
        waiting=queue.count(queue.QUEUED, queue.RUNNING, assignment_id=assignment.id),
        failed=queue.failures(assignment.id),
        open=sum(mark.open_mp > 0 for mark in marks),
    )


def publish(assignment: Assignment, actor: Actor) -> None:
    """Let students see the marks."""
    with writing():
        at = record(actor, "publish", assignment.slug)
        Publication.objects.create(assignment=assignment, at=at, by=actor.name)


def withhold(assignment: Assignment, actor: Actor) -> None:
    """Let students not see the marks any more."""
    with writing():
        at = record(actor, "withhold", assignment.slug)
        Publication.objects.filter(assignment=assignment, undone_at=None).update(undone_at=at)
