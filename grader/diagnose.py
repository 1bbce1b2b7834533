"""What to say about student code that raised, ran out of time or died, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader import jax_errors, mistakes
from grader.assignment import Mistake
from grader.attempt import Student
from grader.cells import ParsedCell
from grader.extract import Program
from grader.results import Excerpt, Picture
from grader.sandbox import Failure

MAX_LINES = 40


def sentence(failure: Failure, *, is_placed: bool = True) -> str:
    """What became of a call that gave no answer, its cause, and what Python said.

    Without `is_placed` the line is left out, since it was told before.
    """
    if failure.reason == "timeout":
        return "it was still running at the time limit, so we stopped it"
    if failure.reason == "crashed":
        return f"it ended the whole Python process ({failure.message})"
    if failure.reason == "violated":
        return "what it returned could not be read as plain arrays and numbers"
    if not failure.kind:
        return failure.message
    explained = jax_errors.explain(failure.kind, failure.message)
    cause = f" {explained.cause}" if explained else ""
    place = failure.places[-1] if failure.places else None
    where = f" in cell {place.cell}, line {place.line}" if place and is_placed else ""
    tidy = jax_errors.tidy_message(failure.kind, failure.message)
    return f"it stopped with an error{where}.{cause} {tidy}"


def advice(failure: Failure) -> str:
    """What to do about an error that is known, or ''."""
    explained = jax_errors.explain(failure.kind, failure.message) if failure.kind else None
    return explained.advice if explained else ""


def excerpt(
    cells: Sequence[ParsedCell],
    program: Program,
    student: Student,
    failure: Failure | None,
    mistake: Mistake | None = None,
) -> Excerpt | None:
    """The student's own lines of a part, marked where it raised or where a mistake shows."""
    bindings = program.bindings(student.attempt.function) if student.attempt.function else []
    place = failure.places[-1] if failure and failure.places else None
    if place is not None:
        cell, line = place.cell, place.line
    elif bindings:
        cell, line = bindings[-1].cell, bindings[-1].line
    else:
        return None
    source = {item.number: item.source.splitlines() for item in cells}.get(cell, [])
    first, last = 1, len(source)
    for statement in program.statements:
        if statement.cell == cell and statement.line <= line <= statement.end_line:
            first, last = statement.line, statement.end_line
    if place is not None and last - first >= MAX_LINES:
        first = max(first, line - MAX_LINES // 2)
    shown = source[first - 1 : min(last, first - 1 + MAX_LINES)]
    if not shown:
        return None
    marked, note = (line, "it stopped here") if place is not None else (None, "")
    if marked is None and mistake is not None:
        found = mistakes.marked_line(mistake, shown)
        if found is not None:
            marked, note = first + found, "this shows here"
    return Excerpt(source="\n".join(shown), cell=cell, first_line=first, marked=marked, note=note)


def picture(student: Student) -> Picture | None:
    """The figure that the part drew for its first case, if it draws."""
    try:
        drawn = student.drawn_picture()
    except Failure:
        return None
    if not isinstance(drawn, np.ndarray) or drawn.dtype != np.uint8 or drawn.ndim != 3:
        return None
    height, width, channels = drawn.shape
    if channels != 3 or not (0 < height <= 2000 and 0 < width <= 2000):
        return None
    return Picture(
        pixels=drawn.tobytes(), width=width, height=height, alt="The figure that your code drew"
    )
