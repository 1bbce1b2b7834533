"""Whether what people decided is what the log says: each row has its event, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from grader.course.gradebook.times import utc_text
from grader.course.records.models import Campaign, Event, Extension, Override

_DECIDED = {
    "regrade applied": "applied",
    "regrade discarded": "discarded",
    "regrade undone": "undone",
}


def problems() -> Iterator[str]:
    """A sentence for each decision that the log does not say, or says otherwise."""
    revoked = {
        str(detail.get("id", ""))
        for detail in Event.objects.filter(verb="revoke").values_list("detail", flat=True)
    }
    yield from _rows("override", Override, "override", _of_override, revoked)
    yield from _rows("extension", Extension, "extend", _of_extension, revoked)
    yield from _campaigns()


def _rows(what: str, model: Any, verb: str, told_of: Any, revoked: set[str]) -> Iterator[str]:
    said = Counter(
        _key(at, detail)
        for at, detail in Event.objects.filter(verb=verb).values_list("at", "detail")
    )
    for row in model.objects.select_related("assignment").order_by("id").iterator():
        key = _key(row.at, told_of(row))
        if said[key] < 1:
            yield f"{what} {row.pid}: is not what the log says"
        said[key] -= 1
        if row.revoked_at is not None and row.pid not in revoked:
            yield f"{what} {row.pid}: is revoked, and the log does not say so"
        if row.revoked_at is None and row.pid in revoked:
            yield f"{what} {row.pid}: is not revoked, and the log says so"
    for key, count in said.items():
        if count > 0:
            yield f"{what} of {key[0]}: the log has it, and it is missing"


def _key(at: Any, detail: Any) -> tuple[str, ...]:
    """What an event and its row have in common; reasons may have been erased."""
    names = ("assignment", "part", "check", "kind", "value_mp", "late", "due")
    return utc_text(at), *(str(detail.get(name)) for name in names)


def _of_override(row: Override) -> dict[str, Any]:
    return {
        "assignment": row.assignment.slug,
        "part": row.part,
        "check": row.check_name,
        "kind": row.kind,
        "value_mp": row.value_mp,
        "late": row.late,
    }


def _of_extension(row: Extension) -> dict[str, Any]:
    return {
        "assignment": row.assignment.slug,
        "due": utc_text(row.due_at) if row.due_at else "",
    }


def _campaigns() -> Iterator[str]:
    said: dict[str, str] = {}
    rows = Event.objects.filter(verb__in=_DECIDED).order_by("id").values_list("verb", "detail")
    for verb, detail in rows:
        said[str(detail.get("id", ""))] = _DECIDED[verb]
    for row in Campaign.objects.order_by("id"):
        decided = row.state if row.state in _DECIDED.values() else ""
        if decided != said.get(row.pid, ""):
            yield f"regrade {row.pid}: is {row.state}, and the log does not say so"
