"""What to say about student code that raised, ran out of time or died, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.attempt import Student
from grader.cells import ParsedCell
from grader.extract import Program
from grader.results import Excerpt, Picture
from grader.sandbox import Failure

MAX_LINES = 40


def sentence(failure: Failure) -> str:
    """One sentence for the student about a call that gave no answer."""
    if failure.reason == "timeout":
        return "it was still running at the time limit, so we stopped it"
    if failure.reason == "crashed":
        return f"it ended the whole Python process ({failure.message})"
    if failure.reason == "violated":
        return "what it returned could not be read as plain arrays and numbers"
    if not failure.kind:
        return failure.message
    place = f" in cell {failure.places[-1].cell}, line {failure.places[-1].line}" if failure.places else ""
    return f"it stopped with {failure.kind}{place}: {failure.message.splitlines()[0][:200] if failure.message else ''}"


def excerpt(
    cells: Sequence[ParsedCell], program: Program, student: Student, failure: Failure | None
) -> Excerpt | None:
    """The student's own lines of a part, the line that raised marked."""
    attempt = student.attempt
    bindings = program.bindings(attempt.function) if attempt.function else []
    place = failure.places[-1] if failure and failure.places else None
    if place is None and not bindings:
        return None
    number = place.cell if place else bindings[-1].cell
    sources = {cell.number: cell.source.splitlines() for cell in cells}
    lines = sources.get(number, [])
    first, last = 1, len(lines)
    for statement in program.statements:
        line = place.line if place else bindings[-1].line
        if statement.cell == number and statement.line <= line <= statement.end_line:
            first, last = statement.line, statement.end_line
    if place and last - first >= MAX_LINES:
        first = max(first, place.line - MAX_LINES // 2)
    shown = lines[first - 1 : min(last, first - 1 + MAX_LINES)]
    if not shown:
        return None
    return Excerpt(
        source="\n".join(shown),
        cell=number,
        first_line=first,
        marked=place.line if place else None,
        note="it stopped here" if place else "",
    )


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
    return Picture(pixels=drawn.tobytes(), width=width, height=height, alt="The figure that your code drew")
