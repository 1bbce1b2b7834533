"""Draws the test cases of a part and validates them."""

from __future__ import annotations

import numpy as np

from grader.assignment import rules
from grader.assignment.part import Part
from grader.assignment.tables import Case, Cases
from grader.errors import AssignmentError


def draw_cases(
    part: Part, draw: np.random.Generator, *, cases: Cases | None = None
) -> tuple[Case, ...]:
    """The part's cases, or those that another of its fields draws.

    Raises AssignmentError that lists what is wrong with them.
    """
    drawn = (cases or part.cases)(draw)
    problems = [f"part {part.name!r}: {line}" for line in rules.of_cases(part, drawn)]
    if problems:
        raise AssignmentError(*problems)
    return drawn
