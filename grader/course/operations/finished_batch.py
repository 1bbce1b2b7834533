"""A finished batch taken into the store: its results, though not the bytes that were submitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment as Declaration
from grader.course.decided import by_hand, with_marks
from grader.course.gradebook.facts import OverrideKind
from grader.course.job import JobResult, in_words
from grader.course.kept import pack, unpack
from grader.course.operations import decisions, outcomes, people, queue
from grader.course.operations.assignments import declaration_of, milli, required_release
from grader.course.operations.handed_in import IMPORTED, Known, digest_of_files
from grader.course.operations.matching import Matcher
from grader.course.operations.taking import next_attempt
from grader.course.records.connection import writing
from grader.course.records.courses import OpenCourse
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Assignment, Enrolment, Release, Submission
from grader.course.store import FEEDBACK, Store
from grader.errors import UsageError
from grader.report.as_json import to_json
from grader.report.stored import StoredResult
from grader.results import Mark
from grader.safe_text import visible


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A student of a finished batch: what was found, as an entry of a class names it."""

    student: str
    result: StoredResult
    page: str
    kept: bytes
    return_path: str = ""

    @property
    def number(self) -> str:
        """By which the system knows the student."""
        return self.result.number

    @property
    def ending(self) -> str:
        """What the ID ends in."""
        return self.number if self.number and self.student.endswith(f"_{self.number}") else ""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a student of a finished batch."""

    student: str
    attempt: int
    is_new: bool
    is_new_person: bool = False


def found_in(folder: Path, assignment: Assignment) -> list[Finished]:
    """The students of a finished batch of the assignment. Raises UsageError."""
    shown = visible(str(folder), limit=300)
    store = Store(folder)
    names = store.names() if folder.is_dir() else []
    if not names:
        raise UsageError(f"{shown}: no results found; name a folder that grader batch wrote")
    read = {name: store.load(name) for name in names}
    mine = {n: one for n, one in read.items() if one and one.assignment == assignment.slug}
    if not mine:
        of = ", ".join(sorted({one.assignment for one in read.values() if one})) or "nothing whole"
        raise UsageError(f"{shown}: has results of {of}, not of {assignment.slug}; choose with -a")
    return [
        Finished(
            student=name,
            result=one,
            page=(store.student(name) / FEEDBACK).read_text("utf-8"),
            kept=store.evidence(name),
        )
        for name, one in sorted(mine.items())
    ]


def take(
    course: OpenCourse, assignment: Assignment, found: list[Finished], actor: Actor
) -> Iterator[Imported]:
    """Take each student's result over; what is there already changes nothing."""
    release = required_release(assignment)
    declaration = declaration_of(release)
    matcher = Matcher.of(assignment.slug, found, ())
    for one in found:
        with writing():
            taken = _taken(assignment, release, declaration, one, actor, matcher, course.lang)
        yield taken


def _taken(  # noqa: PLR0913, PLR0917  (what a student's result belongs to)
    assignment: Assignment,
    release: Release,
    declaration: Declaration,
    one: Finished,
    actor: Actor,
    matcher: Matcher,
    lang: str,
) -> Imported:
    row = matcher.find(one)
    is_new_person = row is None
    if row is None:
        row = people.add(student=people.free_id(one.student), name=one.student)
    matcher.learn(one, row)
    digest = _digest(one.result)
    same = Submission.objects.filter(assignment=assignment, enrolment=row, digest=digest).first()
    if same is not None:
        return Imported(student=row.student, attempt=same.attempt, is_new=False)
    submission = _submission(assignment, row, one, digest, actor)
    job = queue.enqueue(submission, release, seed=one.result.seed)
    held = queue.start(job, queue.new_worker())
    result, marks = _without_marks(one, declaration, lang)
    outcomes.finish(held, result, actor)
    for (part, check), mark in marks.items():
        decisions.override(
            row,
            assignment,
            kind=OverrideKind.SET,
            value_mp=milli(mark.points),
            part=part,
            check=check,
            comment=mark.comment,
            reason="taken over from a finished batch",
            actor=actor,
        )
    return Imported(
        student=row.student, attempt=submission.attempt, is_new=True, is_new_person=is_new_person
    )


def _digest(result: StoredResult) -> str:
    """As it is of the same files, without modules."""
    digests = [result.sha256, *(one.sha256 for one in result.notebooks[1:])]
    return digest_of_files([(digest, {}) for digest in digests])


def _submission(
    assignment: Assignment, row: Enrolment, one: Finished, digest: str, actor: Actor
) -> Submission:
    result, moment = one.result, now()
    known = Known(
        student=one.student,
        number=one.number,
        passed_over=result.passed_over,
        is_late=result.is_late,
    )
    made: Submission = Submission.objects.create(
        assignment=assignment,
        enrolment=row,
        attempt=next_attempt(assignment, row),
        started_at=moment,
        received_at=moment,
        via=IMPORTED,
        by=actor.name,
        filename=result.path,
        known=to_json(known),
        digest=digest,
        size=0,
    )
    detail = {"attempt": made.attempt, "sha256": result.sha256, "student": row.student}
    record(actor, "imported", made.pid, {**detail, "assignment": assignment.slug})
    return made


def _without_marks(
    one: Finished, declaration: Declaration, lang: str
) -> tuple[JobResult, dict[tuple[str, str], Mark]]:
    """The result as it was graded, and apart the points that people gave."""
    plain = JobResult(stored=one.result, page=one.page, kept=one.kept)
    try:
        full = unpack(one.kept)
    except ValueError:
        return JobResult(stored=one.result, page=one.page), {}
    marks = {key: check.mark for key, _, check in by_hand(full) if check.mark is not None}
    if not marks:
        return plain, {}
    bare = with_marks(full, dict.fromkeys(marks))
    made = in_words(bare, lang, declaration.folder)
    return JobResult(stored=made.stored, page=made.page, kept=pack(bare)), marks
