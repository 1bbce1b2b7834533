"""What was sent to other systems: each export is kept, with the bytes that were written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from grader.course.records import blobs
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import Assignment, Export


def digest_of(rows: Sequence[Any]) -> str:
    """The digest of rows that are dataclasses: equal for equal rows."""
    told = [asdict(row) for row in rows]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def keep(  # noqa: PLR0913  (all by name)
    *,
    kind: str,
    assignment: Assignment | None,
    rows: Sequence[Any],
    data: bytes | None,
    params: Mapping[str, Any],
    actor: Actor,
    write: Callable[[], None] = lambda: None,
) -> Export:
    """Keep an export, and write it: nothing is kept where it cannot be written.

    `data` is what the other system gets, None where that is not a file.
    """
    slug = assignment.slug if assignment is not None else ""
    told = {"assignment": slug, **params}
    with writing():
        row = Export(
            kind=kind,
            params=told,
            rows=digest_of(rows),
            blob_id=None if data is None else blobs.put(data),
            by=actor.name,
        )
        detail = {"kind": kind, "id": row.pid, "rows": row.rows}
        row.at = record(actor, "export", slug or "course", detail)
        row.save(force_insert=True)
        write()
    return row


def last(kind: str, assignment: Assignment, **params: str) -> Export | None:
    """The latest export of a kind that was made with these."""
    wanted = {"assignment": assignment.slug, **params}.items()
    for row in Export.objects.filter(kind=kind).order_by("-id").iterator(100):
        found: Export = row
        if wanted <= {k: v for k, v in found.params.items() if isinstance(v, str)}.items():
            return found
    return None
