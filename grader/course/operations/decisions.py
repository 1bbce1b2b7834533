"""What people decide: points, excuses, comments, other due times, the attempt that counts.

Each is a row that is only added, with an event that says who, when and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from grader.catalog import Message, say
from grader.course.gradebook.facts import LateRule, OverrideKind
from grader.course.gradebook.times import utc_text
from grader.course.operations.assignments import latest_release, schedule_of
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import (
    Assignment,
    Choice,
    Comment,
    Enrolment,
    Extension,
    Override,
    Standing,
    Submission,
)
from grader.errors import UsageError
from grader.report.numbers import score
from grader.safe_text import NAME_LIMIT, visible

LONGEST_TEXT = 5000
_ENDED: dict[str, type[Any]] = {"override": Override, "extension": Extension}


class RefusedError(UsageError):
    """A rule forbids it; nothing was changed."""


def override(  # noqa: PLR0913  (all but two by name)
    row: Enrolment,
    assignment: Assignment,
    *,
    kind: OverrideKind,
    value_mp: int | None,
    reason: str,
    actor: Actor,
    part: str | None = None,
    check: str = "",
    late: LateRule | None = None,
    comment: str = "",
) -> Override:
    """An override of a part, or of the total. Raises RefusedError."""
    _require_reason(reason)
    most = _most(assignment, part)
    if value_mp is not None and kind is OverrideKind.SET and not 0 <= value_mp <= most:
        what = f"part {part!r}" if part else assignment.slug
        raise RefusedError(
            f"{score(value_mp / 1000)}: {what} has 0 to {score(most / 1000)} points; give a value "
            "in between"
        )
    is_final = part is None and kind is not OverrideKind.ADD
    rule = late or (LateRule.IGNORE if is_final else LateRule.APPLY)
    with writing():
        detail = {
            "assignment": assignment.slug,
            "part": part,
            "check": check,
            "kind": str(kind),
            "value_mp": value_mp,
            "late": str(rule),
            "reason": reason,
        }
        at = record(actor, "override", row.student, detail)
        made: Override = Override.objects.create(
            assignment=assignment,
            enrolment=row,
            part=part,
            check_name=check,
            kind=str(kind),
            value_mp=value_mp,
            late=str(rule),
            reason=reason,
            comment=comment,
            seen_result=_seen(row, assignment),
            by=actor.name,
            at=at,
        )
    return made


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("--reason: is empty; say why, for those who read the log")
    if len(reason) > LONGEST_TEXT:
        raise UsageError(f"--reason: expected at most {LONGEST_TEXT} characters; shorten it")


def _most(assignment: Assignment, part: str | None) -> int:
    """What a part offers, or the whole. Raises RefusedError for a part that is not there."""
    release = latest_release(assignment)
    parts = dict(release.parts) if release is not None else {}
    if part is None:
        return int(release.max_mp) if release is not None else 0
    if part not in parts:
        shown = repr(visible(part, NAME_LIMIT))
        raise RefusedError(f"{assignment.slug}: has no part {shown}; it has {', '.join(parts)}")
    return int(parts[part])


def _seen(row: Enrolment, assignment: Assignment) -> Any:
    """The result that stood when it was decided."""
    of = Standing.objects.filter(submission__enrolment=row, submission__assignment=assignment)
    last = of.order_by("-submission__attempt", "-id").select_related("result").first()
    return last.result if last is not None else None


def revoke(pid: str, actor: Actor) -> Message:
    """End an override or an extension; what it was. Raises RefusedError."""
    shown = repr(visible(pid, NAME_LIMIT))
    with writing():
        for what, model in _ENDED.items():
            found = (
                model.objects.filter(pid=pid.strip().lower()).select_related("enrolment").first()
            )
            if found is None:
                continue
            if found.revoked_at is not None:
                raise RefusedError(f"{shown}: was revoked on {utc_text(found.revoked_at)} already")
            student = str(found.enrolment.student)
            at = record(actor, "revoke", student, {"what": what, "id": found.pid})
            model.objects.filter(id=found.id).update(revoked_by=actor.name, revoked_at=at)
            return say(f"course.revoked_{what}", student=student)
    raise RefusedError(
        f"{shown}: no override or extension has this ID; grader course log lists them"
    )


def comment(  # noqa: PLR0913  (all but two by name)
    row: Enrolment,
    assignment: Assignment,
    *,
    text: str,
    actor: Actor,
    part: str | None = None,
    is_staff: bool = False,
) -> Comment:
    """A comment on a student's latest submission. Raises RefusedError."""
    if not text.strip():
        raise UsageError("the comment is empty; write what the student is to read")
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"the comment has more than {LONGEST_TEXT} characters; shorten it")
    if part is not None:
        _most(assignment, part)
    of = Submission.objects.filter(enrolment=row, assignment=assignment)
    last = of.order_by("-attempt").first()
    if last is None:
        raise RefusedError(f"{row.student}: has submitted nothing for {assignment.slug} yet")
    audience = "staff" if is_staff else "student"
    with writing():
        detail = {"assignment": assignment.slug, "part": part, "audience": audience}
        at = record(actor, "comment", row.student, detail)
        made: Comment = Comment.objects.create(
            submission=last, part=part or "", text=text, audience=audience, by=actor.name, at=at
        )
    return made


def extend(  # noqa: PLR0913  (all but two by name)
    row: Enrolment,
    assignment: Assignment,
    *,
    due_at: datetime | None,
    reason: str,
    actor: Actor,
    closes_at: datetime | None = None,
    late_days: int | None = None,
    is_exempt: bool = False,
) -> Extension:
    """Another due time for a student. Raises UsageError."""
    _require_reason(reason)
    closes = closes_at or schedule_of(assignment).closes_at
    if due_at is not None and closes is not None and due_at > closes:
        closes_at = due_at  # who may submit until then must be able to
    with writing():
        detail = {
            "assignment": assignment.slug,
            "due": utc_text(due_at) if due_at else "",
            "reason": reason,
        }
        at = record(actor, "extend", row.student, detail)
        made: Extension = Extension.objects.create(
            assignment=assignment,
            enrolment=row,
            due_at=due_at,
            closes_at=closes_at,
            late_days=late_days,
            exempt=is_exempt,
            reason=reason,
            by=actor.name,
            at=at,
        )
    return made


def choose(row: Enrolment, assignment: Assignment, attempt: int, actor: Actor) -> Choice:
    """Let an attempt count, where the schedule says `chosen`. Raises RefusedError."""
    of = Submission.objects.filter(enrolment=row, assignment=assignment)
    found = of.filter(attempt=attempt).first()
    if found is None:
        raise RefusedError(
            f"{row.student}: has no attempt {attempt} of {assignment.slug}; there are {of.count()}"
        )
    with writing():
        detail = {"assignment": assignment.slug, "attempt": attempt}
        at = record(actor, "choose", row.student, detail)
        made: Choice = Choice.objects.create(
            assignment=assignment, enrolment=row, submission=found, by=actor.name, at=at
        )
    return made
