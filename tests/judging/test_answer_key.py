"""The answer key of an assignment whose own code raises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from exercises.kmeans.assignment import ASSIGNMENT
from grader.assignment import Case
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key


def broken(draw: np.random.Generator) -> tuple[Case, ...]:
    """Draw no case."""
    return (Case("example", {"x": draw.nrmal(3)}),)  # type: ignore[attr-defined]


def test_cases_that_cannot_be_drawn_are_the_assignments_fault() -> None:
    """Whatever drawing raises is one line that names the part and what to fix."""
    part, *others = ASSIGNMENT.parts
    assignment = replace(ASSIGNMENT, parts=(replace(part, cases=broken), *others))
    with pytest.raises(AssignmentError) as found:
        draw_key(assignment, 1)
    assert str(found.value).startswith("part 'init': drawing the test cases raised AttributeError")
    assert str(found.value).endswith("; fix `cases`")
