"""What counts as rows of the course's table of marks."""

from __future__ import annotations

from grader.course.exchange.csv_table import MarkRow, points_cell
from grader.course.gradebook.facts import OverrideKind
from grader.course.operations.ledger import Entry

_UNKNOWN = {"unreadable", "crashed", "waiting", "none"}


def mark_row(one: Entry) -> MarkRow:
    """A row of the table of marks."""
    mark = one.mark
    return MarkRow(
        student=one.student,
        number=one.number,
        name=one.name,
        assignment=one.assignment,
        attempt=mark.attempt.number if mark.attempt else None,
        status=mark.status,
        raw_mp=None if mark.status in _UNKNOWN else mark.raw_mp,
        override=_override(one),
        late_mp=mark.late_mp,
        mark_mp=mark.mark_mp,
        max_mp=mark.max_mp,
        open_mp=mark.open_mp,
    )


def _override(one: Entry) -> str:
    """What people made of the points: a number, `excused` or `void`; "" where nobody did."""
    held = one.mark.override
    if held is not None and held.kind is OverrideKind.EXCUSE:
        return "excused"
    if held is not None and held.kind is OverrideKind.VOID:
        return "void"
    is_changed = held is not None or any(part.override for part in one.mark.parts)
    return points_cell(one.mark.total_mp) if is_changed and one.mark.total_mp is not None else ""
