"""The log as people read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from grader.course.gradebook.times import utc_text
from grader.course.operations import people
from grader.course.records.models import Event, Extension, Override, Submission


def events(student: str | None, *, last: int) -> Sequence[Event]:
    """The latest events, in their order; only those of one student, if one is named."""
    rows = Event.objects.order_by("-id")
    if student is not None:
        row = people.find(student)
        pids = Submission.objects.filter(enrolment=row).values_list("pid", flat=True)
        rows = rows.filter(Q(object=row.student) | Q(object__in=list(pids)))
    return list(reversed(rows[: max(1, last)]))


def as_data(row: Event) -> dict[str, Any]:
    """An event as JSON."""
    return {
        "id": row.id,
        "at": utc_text(row.at),
        "actor": row.actor,
        "via": row.via,
        "verb": row.verb,
        "object": row.object,
        "detail": row.detail,
        "hash": row.hash,
        "revoke": _revocable(row),
    }


def as_line(row: Event, zone: ZoneInfo) -> tuple[str, ...]:
    """An event as a row of the terminal's table."""
    at = row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    pid = _revocable(row)
    told = {key: value for key, value in row.detail.items() if value not in ("", None, [], {})}
    detail = ", ".join(f"{key} {_short(value)}" for key, value in told.items())
    return at, row.actor, row.via, row.verb, row.object, f"ID {pid}, {detail}" if pid else detail


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _revocable(row: Event) -> str:
    """The ID by which what the event made can be revoked."""
    model: Any = {"override": Override, "extend": Extension}.get(row.verb)
    if model is None:
        return ""
    found = model.objects.filter(at=row.at, enrolment__student=row.object).first()
    return found.pid if found is not None else ""
