"""What came of the figures that checks asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.running.student import Student


def picture(student: Student) -> Any:
    """The pixels of a figure that a check asked for, or None."""
    found = (marks.get("pixels") for marks in student.drawn if marks)
    return next((pixels for pixels in found if pixels is not None), None)


def has_drawn(student: Student) -> bool:
    """Whether a check that asked for figures was told of any mark."""
    return any(np.size(marks.get("xy", ())) for marks in student.drawn if marks)


def other_packages(student: Student) -> list[str]:
    """The packages that the part uses and whose figures are not looked at, where others are."""
    if not student.drawn:
        return []
    return sorted({name for one in student.statements() for name in one.other_figures})
