"""The log of a course: an event for every change, each bound to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.course.gradebook.times import utc_text
from grader.course.records.models import Course, Event

FIRST = "0" * 64
"""What the first event is bound to."""
LONGEST_OBJECT = 400


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who changes something, and by what: the command line, a batch, a worker."""

    name: str
    via: str = "cli"


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def record(
    actor: Actor, verb: str, subject: str, detail: Mapping[str, Any] | None = None
) -> datetime:
    """Note a change, within the transaction that makes it; when it was."""
    course = Course.objects.select_for_update().get()
    last = Event.objects.order_by("-id").first()
    at = now()
    row = Event(
        at=at,
        actor=actor.name[:200],
        via=actor.via,
        course=course,
        verb=verb,
        object=subject[:LONGEST_OBJECT],
        detail=dict(detail or {}),
        prev=last.hash if last else FIRST,
    )
    row.hash = digest_of(row)
    row.save(force_insert=True)
    return at


def digest_of(event: Event) -> str:
    """The digest over everything in an event, that of the one before it included."""
    told = [
        event.prev,
        utc_text(event.at),
        event.actor,
        event.via,
        event.verb,
        event.object,
        event.detail,
    ]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def broken() -> Iterator[str]:
    """A sentence for each event that is not what was written, or not where it was."""
    before = FIRST
    for event in Event.objects.order_by("id").iterator():
        if event.prev != before:
            yield f"event {event.id}: an event before it is missing or was changed"
        elif event.hash != digest_of(event):
            yield f"event {event.id}: was changed"
        before = event.hash
