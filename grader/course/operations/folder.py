"""The folder of a batch, written from the store: the same files with the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment import Assignment as Declaration
from grader.catalog import catalog
from grader.course.batch import Batch
from grader.course.decided import with_marks
from grader.course.job import in_words
from grader.course.kept import pack, unpack
from grader.course.operations.assignments import declaration_of, required_release
from grader.course.operations.handed_in import known_in
from grader.course.operations.ledger import Ledger
from grader.course.options import Options
from grader.course.records import blobs
from grader.course.records.courses import OpenCourse
from grader.course.records.models import Assignment, Event, Override, Result
from grader.course.store import Store
from grader.errors import UsageError
from grader.report import result_json
from grader.report.stored import StoredResult
from grader.results import Mark

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What an export wrote: the batch that it is, how many have no result yet, and who is left."""

    batch: Batch
    waiting: int
    others: tuple[str, ...]
    """Students of an earlier run in the folder whom the course does not have."""
    failed: int = 0
    """On how many the grader failed."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A student's files: the folder's name, the result, the page, and what both are made from."""

    student: str
    result: StoredResult
    page: str
    kept: bytes
    is_failed: bool


def export(
    course: OpenCourse,
    assignment: Assignment,
    out: Path,
    *,
    lang: str | None = None,
    tell: Tell = lambda _: None,
) -> Written:
    """Write the counted attempts of an assignment as `grader batch --out` does.

    Raises: UsageError.
    """
    declaration = _declaration(assignment)
    counted, waiting = _counted(course, assignment)
    if not counted:
        raise UsageError(f"{assignment.slug}: no results yet; run grader course grade")
    store = Store(out)
    store.open()
    try:
        batch = _batch(assignment, declaration, store, counted, lang or course.lang, tell)
        for page in _pages(assignment, declaration, counted, lang or course.lang):
            if page.is_failed:
                store.save_failed(page.student, page.page)
            else:
                store.save(page.student, page.result, page.page, page.kept)
            batch.take(page.result)
        batch.finish(None)
    finally:
        store.close()
    others = tuple(name for name in store.names() if name not in batch.results)
    return Written(
        batch=batch,
        waiting=waiting,
        others=others,
        failed=sum(row.is_failed for row in counted),
    )


def _declaration(assignment: Assignment) -> Declaration:
    return declaration_of(required_release(assignment))


def _counted(course: OpenCourse, assignment: Assignment) -> tuple[list[Result], int]:
    """The results of the attempts that count, and how many wait."""
    marks = [entry.mark for entry in Ledger(zone=course.zone).entries(assignment.id)]
    held = [mark.attempt.result.id for mark in marks if mark.attempt and mark.attempt.result]
    waiting = sum(mark.attempt is not None and mark.attempt.result is None for mark in marks)
    rows = Result.objects.filter(id__in=held).select_related(
        *("submission__enrolment", "json", "page", "evidence")
    )
    return list(rows.order_by("id")), waiting


def _batch(  # noqa: PLR0913, PLR0917  (what a batch is made of)
    assignment: Assignment,
    declaration: Declaration,
    store: Store,
    counted: list[Result],
    lang: str,
    tell: Tell,
) -> Batch:
    options = Options(
        assignment=assignment.slug, seed=None, timeout_s=0.0, jobs=1, is_fresh=False, lang=lang
    )
    return Batch(
        entries=(),
        assignment=declaration,
        seed=min(row.seed for row in counted),
        store=store,
        options=options,
        tell=tell,
        is_kept=True,
        has_one_seed=len({row.seed for row in counted}) == 1,
        soundness=_soundness(assignment),
    )


def _soundness(assignment: Assignment) -> list[tuple[bool | None, str]]:
    """What the controls showed when it was last graded."""
    last = Event.objects.filter(verb="controls", object=assignment.slug).order_by("-id").first()
    said: list[list[Any]] = last.detail["said"] if last is not None else []
    return [(holds, str(sentence)) for holds, sentence in said]


def _pages(
    assignment: Assignment, declaration: Declaration, counted: list[Result], lang: str
) -> Iterator[Page]:
    """Each student's files, in words of the language, with the points that people gave."""
    given, texts = given_points(assignment), catalog(lang, declaration.folder).digest
    for row in counted:
        stored = result_json.loads(blobs.content_of(row.json), where=f"result {row.id}")
        page = blobs.content_of(row.page).decode()
        kept = blobs.content_of(row.evidence) if row.evidence else b""
        marks = given.get(row.submission.enrolment_id, {})
        if kept and (marks or stored.environment.get("texts") != texts):
            full = with_marks(unpack(kept), marks)
            made = in_words(full, lang, declaration.folder)
            stored, page, kept = made.stored, made.page, pack(full)
        known = known_in(row.submission)
        yield Page(
            student=known.student, result=stored, page=page, kept=kept, is_failed=row.is_failed
        )


def given_points(assignment: Assignment) -> dict[int, dict[tuple[str, str], Mark | None]]:
    """The points that people gave for checks, by enrolment."""
    found: dict[int, dict[tuple[str, str], Mark | None]] = {}
    rows = Override.objects.filter(assignment=assignment, revoked_at=None).exclude(check_name="")
    for row in rows.order_by("id"):
        mark = Mark(points=row.value_mp / 1000, comment=row.comment)
        found.setdefault(row.enrolment_id, {})[row.part, row.check_name] = mark
    return found
