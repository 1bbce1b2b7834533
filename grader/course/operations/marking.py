"""Points that people give for checks, from a table as `to_mark.csv`: overrides like all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course.gradebook.facts import OverrideKind
from grader.course.marks import Marks, items_of, read_marks
from grader.course.operations import decisions
from grader.course.operations.assignments import declaration_of, latest_release, milli
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import Assignment, Enrolment, Override, Submission
from grader.errors import UsageError

REASON = "marked by hand"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A check of a student whose points are new, or different, or taken back (None)."""

    enrolment: Enrolment
    part: str
    check: str
    value_mp: int | None
    comment: str
    before: Override | None


def read(file: Path, assignment: Assignment) -> Marks:
    """The table in a file, checked whole. Raises UsageError with a line for each problem."""
    release = latest_release(assignment)
    assert release is not None
    declaration = declaration_of(release)
    if not items_of(declaration):
        raise UsageError(f"{assignment.slug}: has no points that a person gives")
    return read_marks(file, declaration, names(assignment).keys())


def names(assignment: Assignment) -> dict[str, Enrolment]:
    """By the IDs that a table may name students: those of the course, and of their submissions."""
    rows = Submission.objects.filter(assignment=assignment).select_related("enrolment__person")
    found = {str(row.known["student"]): row.enrolment for row in rows.order_by("id")}
    return found | {row.enrolment.student: row.enrolment for row in rows}


def changes(table: Marks, assignment: Assignment) -> list[Change]:
    """What the table changes; a row that is there already changes nothing."""
    of = names(assignment)
    held = {
        (row.enrolment_id, row.part, row.check_name): row
        for row in Override.objects.filter(assignment=assignment, revoked_at=None)
        .exclude(check_name="")
        .order_by("id")
    }
    found = []
    for row in table.rows:
        enrolment, (part, check) = of[row.student], row.key
        before = held.get((enrolment.id, part, check))
        value = None if row.mark is None else milli(row.mark.points)
        comment = "" if row.mark is None else row.mark.comment
        now = (before.value_mp, before.comment) if before is not None else (None, "")
        if (value, comment) != now:
            found.append(
                Change(
                    enrolment=enrolment,
                    part=part,
                    check=check,
                    value_mp=value,
                    comment=comment,
                    before=before,
                )
            )
    return found


def take(found: Sequence[Change], assignment: Assignment, actor: Actor) -> None:
    """Take all changes over, or none."""
    with writing():
        record(actor, "marks", assignment.slug, {"points": len(found)})
        for one in found:
            if one.before is not None:
                decisions.revoke(one.before.pid, actor)
            if one.value_mp is not None:
                decisions.override(
                    one.enrolment,
                    assignment,
                    kind=OverrideKind.SET,
                    value_mp=one.value_mp,
                    part=one.part,
                    check=one.check,
                    comment=one.comment,
                    reason=REASON,
                    actor=actor,
                )
