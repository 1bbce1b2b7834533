"""Explains why student code raised, timed out or crashed, and where."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence

import numpy as np

from grader.assignment import Mistake
from grader.catalog import Message, Text, joined, say
from grader.judging import known_mistakes
from grader.judging.causes import NotRun
from grader.reading.cells import ParsedCell
from grader.reading.program import Program
from grader.results import Excerpt, Picture
from grader.running import drawn, jax_errors
from grader.running.student import Student
from grader.sandbox.failures import Failure, FailureReason

Placed = Callable[[int, int], Message]
"""The words for a line of a cell, by their numbers."""

MAX_LINES = 40
PYTHONS_OWN = frozenset({"NoneType", *dir(builtins)})
"""Names that Python tells of its own accord."""


def sentence(failure: Failure, placed: Placed | None = None, *, source: str | None = None) -> Text:
    """What became of a call that gave no answer, its cause, and what Python said.

    `placed` has the words for a line of a cell; without it the line is omitted, since it was
    told before. With the student's `source`, the cause has a name only if it stands there: what
    code makes up itself could be what it was called with.
    """
    place = failure.places[-1] if failure.places and placed else None
    where = placed(place.cell, place.line) if placed and place else None
    if isinstance(failure, NotRun) and where:
        return _not_run(failure.root, where, source)
    if failure.reason is FailureReason.TIMEOUT:
        return say("stopped.timeout")
    if failure.reason is FailureReason.CRASHED:
        # What ended it, a number, may be an input: a hidden check only says that it ended.
        is_hidden = source is not None
        return say("stopped.ended") if is_hidden else say("stopped.crashed", why=failure.message)
    if failure.reason is FailureReason.NOT_PLAIN_DATA:
        return say("stopped.violated")
    if not failure.kind:
        return failure.message
    words = said(failure, source)
    return (
        say("stopped.error_at", place=where, said=words)
        if where
        else say("stopped.error", said=words)
    )


def _not_run(root: Failure, where: Message, source: str | None) -> Message:
    """That a statement which the part needs did not run, and why."""
    if root.reason is FailureReason.TIMEOUT:
        return say("stopped.needed_timeout", place=where)
    if root.reason is FailureReason.CRASHED:
        return say("stopped.needed_crashed", place=where, why=root.message)
    return say("stopped.needed", place=where, said=said(root, source))


def said(failure: Failure, source: str | None) -> Text:
    """The cause of an exception and what Python said, with the handed-in file that it arose in."""
    explained = _explained(failure, source)
    words = jax_errors.raised(failure.kind, str(failure.message))
    if explained:
        words = say("stopped.because", cause=explained.cause, said=words)
    if failure.file:
        words = say("stopped.in_file", file=failure.file.name, line=failure.file.line, said=words)
    return words


def advice(failure: Failure, files: Sequence[str] = ()) -> Text:
    """What to do about an error that is known, or about a statement that did not run, or ''.

    `files` are those of the exercise, to be named where the code opens one that is not there.
    """
    explained = _explained(failure, None) if failure.kind else None
    if explained and explained.row in jax_errors.NO_SUCH_FILE and files:
        names = joined("list.and", [f"`{name}`" for name in files])
        return say("stopped.files_hint", n=len(files), files=names)
    if explained and not (isinstance(failure, NotRun) and failure.root.is_final):
        return explained.advice
    return say("stopped.needed_hint") if isinstance(failure, NotRun) else ""


def _explained(failure: Failure, source: str | None) -> jax_errors.Explanation | None:
    explained = jax_errors.explain(failure.kind, str(failure.message))
    if source is not None and explained and explained.name:
        words = {*re.findall(r"\w+", source), *PYTHONS_OWN}
        if not words.issuperset(re.findall(r"\w+", explained.name)):
            return jax_errors.explain(failure.kind, "")
    return explained


def excerpt(
    cells: Sequence[ParsedCell],
    program: Program,
    student: Student,
    failure: Failure | None,
    mistake: Mistake | None,
) -> Excerpt | None:
    """The student's own lines of a part, marked where it raised or where a mistake shows."""
    bindings = program.bindings(student.candidate.function) if student.candidate.function else []
    place = failure.places[-1] if failure and failure.places else None
    if place is not None:
        cell, line = place.cell, place.line
    elif bindings:
        cell, line = bindings[-1].definition.cell, bindings[-1].definition.line
    else:
        return None
    written = next((item for item in cells if item.number == cell), None)
    source = written.source.splitlines() if written else []
    first, last = 1, len(source)
    for statement in program.statements:
        if statement.cell == cell and statement.line <= line <= statement.end_line:
            first, last = statement.line, statement.end_line
    if place is not None and last - first >= MAX_LINES:
        first = max(first, line - MAX_LINES // 2)
    shown = source[first - 1 : min(last, first - 1 + MAX_LINES)]
    if written is None or not shown:
        return None
    marked, note = (line, say("stopped.here")) if place is not None else (None, "")
    if marked is None and mistake is not None:
        found = known_mistakes.marked_line(mistake, shown)
        if found is not None:
            marked, note = first + found, say("stopped.shows_here")
    at = marked or first
    moved = written.shown_line(at) - at
    return Excerpt(
        source="\n".join(shown),
        cell=cell if written.first_line is None else None,
        file=written.file,
        first_line=max(1, first + moved),
        marked=None if marked is None else marked + moved,
        note=note,
    )


def picture(student: Student) -> Picture | None:
    """The figure that the part drew for its first case, if it draws."""
    found = drawn.picture(student)
    if not isinstance(found, np.ndarray) or found.dtype != np.uint8 or found.ndim != 3:
        return None
    height, width, channels = found.shape
    if channels != 3 or not (0 < height <= 2000 and 0 < width <= 2000):
        return None
    alt = say("stopped.figure")
    return Picture(pixels=found.tobytes(), width=width, height=height, alt=alt)
