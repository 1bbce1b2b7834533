"""Draws the test cases of a part and validates them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from grader.assignment import rules
from grader.assignment.part import Part
from grader.assignment.source_lines import raised
from grader.assignment.tables import Case, Cases
from grader.errors import AssignmentError, GraderError


def draw_cases(
    part: Part,
    draw: np.random.Generator,
    *,
    folder: Path | None = None,
    cases: Cases | None = None,
) -> tuple[Case, ...]:
    """The part's cases, or those that another of its fields draws.

    Raises AssignmentError that lists what is wrong with them, or says what drawing raised and where
    in the assignment's `folder`.
    """
    try:
        drawn = (cases or part.cases)(draw)
    except GraderError:
        raise
    except Exception as error:
        msg = f"drawing the test cases raised {raised(error, folder)}; fix `cases`"
        raise AssignmentError(f"part {part.name!r}: {msg}") from error
    problems = [f"part {part.name!r}: {line}" for line in rules.of_cases(part, drawn)]
    if problems:
        raise AssignmentError(*problems)
    return drawn
