"""Marks that people give, merged into the results of a class: nothing is graded for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from grader.catalog import Message, say
from grader.course.decided import Key, by_hand, carried_over, with_marks
from grader.course.job import JobResult, in_words
from grader.course.kept import pack, unpack
from grader.course.marks import Marks, Row
from grader.course.resume import EarlierRuns
from grader.report.stored import StoredResult
from grader.results import Mark, SubmissionResult, SubmissionStatus
from grader.safe_text import NAME_LIMIT, visible


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What came of a table of marks: the results that it changed, and what is to be said."""

    results: Mapping[str, StoredResult]
    said: tuple[Message, ...]


def merge(marks: Marks, earlier: EarlierRuns) -> Merged:
    """Merge a table into the results that are stored; a row that is there already changes nothing.

    A row about something that has changed since is not taken, and that is said.
    """
    said: list[Message] = []
    changed: dict[str, StoredResult] = {}
    count = 0
    ordered = sorted(marks.rows, key=lambda row: (row.student, row.line))
    for student, group in groupby(ordered, key=lambda row: row.student):
        rows = list(group)
        full = _evidence(student, earlier)
        if full is None:
            said += [_about("batch.mark_unread", row, marks) for row in rows]
            continue
        new, refused = _taken(rows, full)
        said += [_about("batch.mark_seen", row, marks) for row in refused]
        count += len(new)
        if any(check.mark != new.get(key, check.mark) for key, _, check in by_hand(full)):
            changed[student] = _saved(student, with_marks(full, new), earlier)
    return Merged(results=changed, said=(*said, say("batch.marked", n=count, file=marks.file)))


def _evidence(student: str, earlier: EarlierRuns) -> SubmissionResult | None:
    """What the result of a student was made of, None where there is nothing to decide about."""
    found = earlier.store.load(student)
    if found is None or found.assignment != earlier.assignment.name:
        return None
    full = earlier.evidence_of(found)
    is_graded = full is not None and full.status is SubmissionStatus.GRADED
    return full if is_graded else None


def _about(text_id: str, row: Row, marks: Marks) -> Message:
    student = visible(row.student, NAME_LIMIT)
    return say(text_id, file=marks.file, line=row.line, student=student, part=row.key[0])


def _taken(rows: Sequence[Row], full: SubmissionResult) -> tuple[dict[Key, Mark | None], list[Row]]:
    """The marks of a student that hold for what was submitted, and the rows that do not."""
    known = {key: (part, check) for key, part, check in by_hand(full)}
    taken: dict[Key, Mark | None] = {}
    refused = []
    for row in rows:
        part, check = known.get(row.key, (None, None))
        mark = row.mark
        if part is None or check is None:
            refused.append(row)
        elif mark is None:
            taken[row.key] = None
        elif mark.points > check.max_score or (mark.seen and mark.seen != part.seen):
            refused.append(row)
        else:
            taken[row.key] = replace(mark, seen=part.seen)
    return taken, refused


def _saved(student: str, full: SubmissionResult, earlier: EarlierRuns) -> StoredResult:
    made = in_words(full, earlier.lang, earlier.assignment.folder)
    earlier.store.save(student, made.stored, made.page, pack(full))
    return made.stored


def with_earlier_marks(
    result: JobResult, evidence: bytes, *, lang: str, folder: Path
) -> tuple[JobResult, tuple[Message, ...]]:
    """A new result with the marks of an earlier one that still count, and what no longer does.

    `evidence` is what was kept of the earlier one.
    """
    try:
        before, now = unpack(evidence), unpack(result.kept)
    except ValueError:
        return result, ()
    if before.assignment != now.assignment:
        return result, ()
    marked, dropped = carried_over(now, before)
    said = tuple(_dropped(now.student, dropped))
    if all(check.mark is None for _, _, check in by_hand(marked)):
        return result, said
    made = in_words(marked, lang, folder)
    return replace(made, kept=pack(marked), suspect=result.suspect), said


def _dropped(student: str, keys: Sequence[Key]) -> Iterator[Message]:
    for part in dict.fromkeys(part for part, _ in keys):
        yield say("batch.mark_dropped", student=visible(student, NAME_LIMIT), part=part)
