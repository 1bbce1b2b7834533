"""What people decided in nbgrader, taken over: manual scores as overrides, and comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.catalog import Text, say
from grader.course.exchange.nbgrader_read import read_gradebook
from grader.course.exchange.nbgrader_rows import ManualScore, of_parts
from grader.course.gradebook.facts import OverrideKind
from grader.course.gradebook.points import PartMark
from grader.course.operations import decisions, people
from grader.course.operations.assignments import latest_release
from grader.course.operations.gradebooks import Sent, sent_to
from grader.course.operations.ledger import Ledger
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import Assignment, Comment, Enrolment, Submission
from grader.errors import UsageError
from grader.report.numbers import score
from grader.safe_text import NAME_LIMIT, visible

REASON = "imported from nbgrader"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A part of a student that gets other points, or a comment; None and "" where it does not."""

    enrolment: Enrolment
    part: str
    kind: OverrideKind = OverrideKind.SET
    value_mp: int | None = None
    before_mp: int | None = None
    """What the part counts now."""
    is_replacing: bool = False
    """Whether somebody decided about the part in the course."""
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a gradebook would change, and what is not taken over, a line each."""

    changes: tuple[Change, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the course has of an assignment."""

    assignment: Assignment
    parts: Mapping[tuple[int, str], PartMark]
    most: Mapping[str, int]
    sent: Sent
    submitted: frozenset[int]
    comments: frozenset[tuple[int, str, str]]


def read(db: Path, assignment: Assignment, zone: ZoneInfo) -> Found:
    """What a gradebook would change: what is so already changes nothing. Raises UsageError."""
    release = latest_release(assignment)
    if release is None:
        raise UsageError(f"{assignment.slug}: has no release; run grader course add")
    scores = of_parts(read_gradebook(db, assignment.slug), [name for name, _ in release.parts])
    known = _known(assignment, dict(release.parts), sent_to(db, assignment), zone)
    notes = list(scores.notes)
    rows = _people(scores.scores, notes)
    changes = [
        change
        for one in scores.scores
        if one.student in rows
        for change in _changes(rows[one.student], one, known, notes.append)
    ]
    return Found(changes=tuple(changes), notes=tuple(notes))


def _known(assignment: Assignment, most: Mapping[str, int], sent: Sent, zone: ZoneInfo) -> _Known:
    entries = Ledger(zone=zone).entries(assignment.id)
    of = Submission.objects.filter(assignment=assignment)
    said = Comment.objects.filter(submission__assignment=assignment, removed_at=None)
    return _Known(
        assignment=assignment,
        parts={(one.enrolment, part.name): part for one in entries for part in one.mark.parts},
        most=most,
        sent=sent,
        submitted=frozenset(of.values_list("enrolment_id", flat=True)),
        comments=frozenset(said.values_list("submission__enrolment_id", "part", "text")),
    )


def _people(scores: Sequence[ManualScore], notes: list[Text]) -> dict[str, Enrolment]:
    """Whom the gradebook's students are in the course; the others are named."""
    rows = list(Enrolment.objects.select_related("person").filter(role=people.STUDENT))
    found: dict[str, Enrolment] = {}
    taken: dict[int, str] = {}
    for student in dict.fromkeys(one.student for one in scores):
        try:
            row = people.find(student, rows)
        except people.UnknownError as error:
            notes.append(str(error))
            continue
        first = taken.setdefault(row.id, student)
        if first == student:
            found[student] = row
        else:
            same, other = visible(student, NAME_LIMIT), visible(first, NAME_LIMIT)
            notes.append(say("course.nbgrader.same_person", student=same, other=other))
    return found


def _changes(
    row: Enrolment, one: ManualScore, known: _Known, note: Callable[[Text], None]
) -> Iterator[Change]:
    where = f"{visible(one.student, NAME_LIMIT)}/{visible(one.part, NAME_LIMIT)}"
    wanted = _points(row, one, known)
    most = known.most[one.part]
    if wanted is not None:
        kind, value = wanted
        if kind is OverrideKind.SET and not 0 <= value <= most:
            given = {"points": score(value / 1000), "most": score(most / 1000)}
            note(say("course.nbgrader.outside", where=where, **given))
        else:
            part = known.parts.get((row.id, one.part))
            yield Change(
                enrolment=row,
                part=one.part,
                kind=kind,
                value_mp=value,
                before_mp=part.mark_mp if part else None,
                is_replacing=part is not None and part.override is not None,
            )
    text = one.comment.strip()
    if not text or (row.id, one.part, text) in known.comments:
        return
    if len(text) > decisions.LONGEST_TEXT:
        note(say("course.nbgrader.long", where=where, most=decisions.LONGEST_TEXT))
    elif row.id in known.submitted:
        yield Change(enrolment=row, part=one.part, comment=text)
    else:
        note(say("course.nbgrader.no_submission", where=where))


def _points(row: Enrolment, one: ManualScore, known: _Known) -> tuple[OverrideKind, int] | None:
    """What is to be decided about a part; None where it is decided so, or is the course's own."""
    part = known.parts.get((row.id, one.part))
    held = part.override if part else None
    if one.manual_mp is None:
        wanted = (OverrideKind.ADD, one.extra_mp)
        is_held = held is not None and (held.kind, held.value_mp) == wanted
        return wanted if one.extra_mp and not is_held else None
    if not one.extra_mp and known.sent.get(row.id, {}).get(one.part) == one.manual_mp:
        return None
    value = one.manual_mp + one.extra_mp
    if held is not None and part is not None and part.mark_mp == value:
        return None
    return OverrideKind.SET, value


def take(found: Found, assignment: Assignment, actor: Actor) -> None:
    """Take all changes over, or none."""
    with writing():
        points = sum(one.value_mp is not None for one in found.changes)
        detail = {"from": "nbgrader", "points": points, "comments": len(found.changes) - points}
        record(actor, "import", assignment.slug, detail)
        for one in found.changes:
            if one.value_mp is None:
                decisions.comment(
                    one.enrolment, assignment, text=one.comment, part=one.part, actor=actor
                )
            else:
                decisions.override(
                    one.enrolment,
                    assignment,
                    kind=one.kind,
                    value_mp=one.value_mp,
                    part=one.part,
                    reason=REASON,
                    actor=actor,
                )
