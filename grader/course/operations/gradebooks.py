"""Marks into nbgrader's `gradebook.db`, and manual scores out of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import Text, say
from grader.course.exchange.nbgrader import write_gradebook
from grader.course.exchange.nbgrader_file import opened
from grader.course.exchange.nbgrader_rows import NbAssignment, NbCell, NbPart, NbRow, Written
from grader.course.gradebook.facts import OverrideKind
from grader.course.operations import exports
from grader.course.operations.assignments import latest_release, schedule_of
from grader.course.operations.grade_rows import Graded
from grader.course.records.events import Actor
from grader.course.records.models import Assignment, Release
from grader.errors import UsageError
from grader.report.numbers import score
from grader.safe_text import NAME_LIMIT, visible

KIND = "nbgrader"
Sent = Mapping[int, Mapping[str, int]]
"""The manual scores that the course wrote, by enrolment and part."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What a gradebook got, and what has no place in it."""

    written: Written
    left: tuple[tuple[str, Text], ...]


def sent_to(db: Path, assignment: Assignment) -> Sent:
    """The manual scores that the last export to this file wrote."""
    last = exports.last(KIND, assignment, db=str(db.resolve()))
    if last is None:
        return {}
    return {int(key): parts for key, parts in last.params["sent"].items()}


def export(found: Sequence[Graded], assignment: Assignment, db: Path, actor: Actor) -> Exported:
    """Write an assignment into a gradebook, and keep what was written. Raises UsageError."""
    release = latest_release(assignment)
    if release is None:
        raise UsageError(f"{assignment.slug}: has no release; run grader course add")
    known, earlier = _known(db), sent_to(db, assignment)
    rows = [_row(one, _name(one, known), release, earlier) for one in found]
    written = write_gradebook(db, _assignment(assignment, release), rows)
    kept = {(one.student, one.part) for one in written.kept}
    sent = {
        str(one.entry.enrolment): {
            part.name: part.override_mp
            for part in row.parts
            if part.override_mp is not None and (row.student, part.name) not in kept
        }
        for one, row in zip(found, rows, strict=True)
    }
    exports.keep(
        kind=KIND,
        assignment=assignment,
        rows=rows,
        data=None,
        params={
            "db": str(db.resolve()),
            "sent": {key: parts for key, parts in sent.items() if parts},
        },
        actor=actor,
    )
    left = [(one.student, why) for one in found for why in _without_cell(one, release)]
    left += [(one.student, _kept(one.part, one.there_mp, one.ours_mp)) for one in written.kept]
    return Exported(written=written, left=tuple(left))


def _assignment(assignment: Assignment, release: Release) -> NbAssignment:
    """The assignment with a cell a part."""
    return NbAssignment(
        name=assignment.slug,
        cells=tuple(NbCell(name=name, max_mp=most) for name, most in release.parts),
        due_at=schedule_of(assignment).due_at,
    )


def _known(db: Path) -> frozenset[str]:
    """The students that a gradebook has."""
    if not os.path.lexists(db):
        return frozenset()
    with opened(db, is_written=False) as connection:
        return frozenset(str(one) for (one,) in connection.execute("SELECT id FROM student"))


def _name(one: Graded, known: frozenset[str]) -> str:
    """By which ID nbgrader knows a student: that of the course, or the sign-in name."""
    login = one.row.login
    return login if login in known and one.student not in known else one.student


def _row(one: Graded, student: str, release: Release, earlier: Sent) -> NbRow:
    mark, person = one.entry.mark, one.row.person
    last, first = _names(person.name, person.sort_name)
    said: dict[str, str] = {}
    for part, text in one.comments:
        said[part] = f"{said[part]}\n\n{text}" if part in said else text
    sent = earlier.get(one.entry.enrolment, {})
    cells = dict(release.parts)
    has_parts = mark.attempt is not None or any(part.override for part in mark.parts)
    return NbRow(
        student=student,
        first_name=first,
        last_name=last,
        email=person.email,
        number=one.row.number or "",
        started_at=mark.attempt.started_at if mark.attempt else None,
        parts=tuple(
            NbPart(
                name=part.name,
                max_mp=part.max_mp,
                auto_mp=part.auto_mp,
                override_mp=part.mark_mp if part.override else None,
                open_mp=part.open_mp,
                comment=said.get(part.name, ""),
                sent_mp=sent.get(part.name),
            )
            for part in mark.parts
            if part.name in cells and has_parts
        ),
        late_mp=mark.late_mp,
    )


def _names(name: str, sort_name: str) -> tuple[str, str]:
    """The last name and the first names, as far as they are known apart."""
    if "," in sort_name:
        last, _, first = sort_name.partition(",")
    else:
        first, _, last = name.strip().rpartition(" ")
    return last.strip(), first.strip()


def _without_cell(one: Graded, release: Release) -> list[Text]:
    """What nbgrader has no cell for."""
    mark, cells = one.entry.mark, dict(release.parts)
    lost: list[Text] = [
        say("course.nbgrader.earlier", part=visible(part.name, NAME_LIMIT))
        for part in mark.parts
        if part.name not in cells
    ]
    if any(not part for part, _ in one.comments):
        lost.append(say("course.nbgrader.whole_comment"))
    if mark.override is None:
        return lost
    if mark.override.kind in {OverrideKind.EXCUSE, OverrideKind.VOID}:
        is_excused = mark.override.kind is OverrideKind.EXCUSE
        return [*lost, say("course.nbgrader.excused" if is_excused else "course.nbgrader.void")]
    return [*lost, say("course.nbgrader.whole", points=score((mark.total_mp or 0) / 1000))]


def _kept(part: str, there_mp: int, ours_mp: int | None) -> Text:
    name, there = visible(part, NAME_LIMIT), score(there_mp / 1000)
    ours = say("course.nbgrader.none") if ours_mp is None else score(ours_mp / 1000)
    return say("course.nbgrader.kept", part=name, there=there, ours=ours)
