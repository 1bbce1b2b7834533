"""What is sent to other systems of an assignment: each student's mark, names, and comments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from grader.catalog import Text, say
from grader.course.exchange.rows import GradeRow
from grader.course.gradebook.marks import NONE, WAITING
from grader.course.operations.handed_in import Known, known_in
from grader.course.operations.ledger import Entry, Ledger
from grader.course.operations.matching import CANVAS, PROVIDER
from grader.course.records import blobs
from grader.course.records.models import (
    Assignment,
    Comment,
    Enrolment,
    Identity,
    Result,
    Submission,
)
from grader.report import result_json
from grader.report.stored import StoredResult
from grader.report.wording import plain

NOT_GRADED = say("course.left.not_graded")
_MOODLE = re.compile(r"(?P<name>[^_]*)_(?P<number>[0-9]+)_assignfeedback_file/")


class System(StrEnum):
    """A system that files of a class come from and go to."""

    MOODLE = "moodle"
    CANVAS = "canvas"


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A student's mark of an assignment, with what else is sent of it."""

    entry: Entry
    row: Enrolment
    names: tuple[Known, ...] = ()
    """What the downloads said of the student's submissions, of the counted one first."""
    comments: tuple[tuple[str, str], ...] = ()
    """What staff wrote to the student, in order: the part ('' for the whole) and the text."""
    canvas: str = ""
    """By which Canvas knows the student."""

    @property
    def student(self) -> str:
        """The ID in the course."""
        return self.entry.student

    @property
    def is_sent(self) -> bool:
        """Whether there is anything to send: an attempt, a mark, an excuse, or a comment."""
        mark = self.entry.mark
        has_mark = mark.mark_mp is not None or mark.is_excused
        return mark.attempt is not None or has_mark or bool(self.comments)

    @property
    def result(self) -> int | None:
        """The result that counts."""
        attempt = self.entry.mark.attempt
        return attempt.result.id if attempt and attempt.result else None


def graded(assignment: Assignment, zone: ZoneInfo) -> list[Graded]:
    """Everybody of whom there is something to send, by ID."""
    entries = Ledger(zone=zone).entries(assignment.id)
    people = Enrolment.objects.select_related("person", "course").in_bulk(
        [one.enrolment for one in entries]
    )
    names, comments, canvas = _names(assignment), _comments(assignment), _canvas()
    found = []
    for one in entries:
        counted = one.mark.attempt.id if one.mark.attempt else 0
        known = sorted(names.get(one.enrolment, ()), key=lambda item: item[0] != counted)
        made = Graded(
            entry=one,
            row=people[one.enrolment],
            names=tuple(item for _, item in known),
            comments=tuple(comments.get(one.enrolment, ())),
            canvas=canvas.get(people[one.enrolment].person_id, ""),
        )
        if made.is_sent:
            found.append(made)
    return found


def _names(assignment: Assignment) -> Mapping[int, Sequence[tuple[int, Known]]]:
    """What downloads said of each student's submissions, the latest first."""
    found: defaultdict[int, list[tuple[int, Known]]] = defaultdict(list)
    for row in Submission.objects.filter(assignment=assignment).order_by("-attempt"):
        found[row.enrolment_id].append((row.id, known_in(row)))
    return found


def _comments(assignment: Assignment) -> Mapping[int, Sequence[tuple[str, str]]]:
    of = Comment.objects.filter(submission__assignment=assignment)
    replaced = set(of.exclude(replaces=None).values_list("replaces_id", flat=True))
    rows = of.filter(audience="student", removed_at=None).exclude(id__in=replaced).order_by("id")
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for enrolment, part, text in rows.values_list("submission__enrolment_id", "part", "text"):
        found[enrolment].append((part, text.strip()))
    return found


def _canvas() -> Mapping[int, str]:
    """Canvas's number of each person whom it holds everywhere."""
    rows = Identity.objects.filter(provider=PROVIDER, issuer=CANVAS).order_by("-id")
    return dict(rows.values_list("person_id", "subject"))


# Rows --------------------------------------------------------------------------------------


def grade_rows(found: Sequence[Graded], system: System) -> list[GradeRow]:
    """The rows for a file of a system, with the names that it knows people by."""
    titles = _titles(found)
    return [_grade_row(one, system, titles) for one in found]


def _grade_row(one: Graded, system: System, titles: Mapping[tuple[int, str], str]) -> GradeRow:
    mark, person = one.entry.mark, one.row.person
    known = _known(one.names, system)
    number = known.number if known else ""
    return GradeRow(
        student=one.student,
        name="" if person.name == one.student else person.name,
        sort_name=person.sort_name,
        email=person.email,
        login=one.row.login,
        number=one.row.number or "",
        lms_number=(number or one.canvas) if system is System.CANVAS else number,
        group=_team(known) if known else "",
        mark_mp=mark.mark_mp,
        max_mp=mark.max_mp,
        is_excused=mark.is_excused,
        comment=_comment(one, titles),
        return_path=known.return_path if known else "",
    )


def _known(names: Iterable[Known], system: System) -> Known | None:
    """The submission that the system itself named: numbers of others say nothing there."""
    for one in names:
        is_moodle = _MOODLE.match(one.return_path) is not None
        if one.return_path and is_moodle is (system is System.MOODLE):
            return one
    return None


def _team(known: Known) -> str:
    """The name of a team in the download, '' where it is of one person."""
    if not known.group:
        return ""
    found = _MOODLE.match(known.return_path)
    return found["name"] if found else known.student.removesuffix(f"_{known.group}")


def _comment(one: Graded, titles: Mapping[tuple[int, str], str]) -> str:
    texts = []
    for part, text in one.comments:
        title = titles.get((one.result or 0, part), part)
        texts.append(f"{title}: {text}" if part else text)
    return "\n\n".join(texts)


def _titles(found: Iterable[Graded]) -> dict[tuple[int, str], str]:
    """The titles of parts that comments are about, by the result and the part's name."""
    wanted = {one.result for one in found if any(part for part, _ in one.comments)}
    held = results({one for one in wanted if one is not None})
    return {(rid, one.name): plain(one.title) for rid, of in held.items() for one in of.parts}


def results(wanted: Collection[int]) -> dict[int, StoredResult]:
    """Results by their IDs, without those whose bytes were erased."""
    rows = Result.objects.filter(id__in=wanted).select_related("json")
    contents = {row.id: blobs.content_of(row.json) for row in rows}
    return {
        rid: result_json.loads(data, where=f"result {rid}")
        for rid, data in contents.items()
        if data
    }


# What is to be known ------------------------------------------------------------------------


def without_mark(found: Iterable[Graded]) -> dict[str, Text]:
    """Why those who submitted have no mark, by ID; without those who are excused."""
    return {
        one.student: _why(one.entry.mark.status)
        for one in found
        if one.entry.mark.mark_mp is None
        and not one.entry.mark.is_excused
        and one.entry.mark.status != NONE
    }


def _why(status: str) -> Text:
    if status == WAITING:
        return NOT_GRADED
    return say("course.left.no_mark", status=say(f"course.status.{status}"))


def with_open_points(found: Iterable[Graded]) -> tuple[str, ...]:
    """Those whose mark lacks points that a person decides."""
    return tuple(
        one.student for one in found if one.entry.mark.open_mp and not one.entry.mark.is_excused
    )
