"""Points that a person gives: a part that is answered in words, and a check of any part.

What a declaration of them must keep to is here as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.assignment.field_values import is_number, refuse, short
from grader.assignment.part import Check, Part
from grader.assignment.student import Student
from grader.assignment.tables import Case
from grader.catalog import say
from grader.results import Visibility

__all__ = ["by_hand", "written"]


def by_hand(name: str, *, points: float, rubric: str = "") -> Check:
    """A check that a person decides: its points are open until then.

    `rubric` says what the points are for; it is shown to those who decide, never to students.
    Raises AssignmentError for arguments of another kind.
    """
    refuse("by_hand", _of_arguments(points, rubric, name=name))
    return _check(name, points, rubric)


def written(name: str, *, title: str, task: str, points: float, rubric: str = "") -> Part:
    """A part that is answered in words, in the cell of the notebook with `<!-- answer: NAME -->`.

    A person decides its points, with `rubric`, which students never see. Raises AssignmentError
    for arguments of another kind.
    """
    refuse("written", _of_arguments(points, rubric, title=title, task=task))
    return Part(
        name,
        title=title,
        task=task,
        checks=(_check(str(say("title.written")), points, rubric),),
        cases=_no_cases,
        is_written=True,
    )


def _check(name: str, points: float, rubric: str) -> Check:
    return Check(
        name,
        _decided_by_a_person,
        points=points,
        visibility=Visibility.PUBLIC,
        compares_values=False,
        is_by_hand=True,
        rubric=rubric,
    )


def _decided_by_a_person(_student: Student) -> None:
    """Never called: a person looks at what the student wrote."""


def _no_cases(_draw: np.random.Generator) -> tuple[Case, ...]:
    """Never called: nothing is run."""
    return ()


def _of_arguments(points: Any, rubric: Any, **texts: Any) -> Iterator[str]:
    for name, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            yield f"{name}: expected a text, got {short(value)}; write it in quotes"
    if not is_number(points) or not (math.isfinite(points) and points > 0):
        yield f"points: expected a number above 0, got {short(points)}; change it"
    if not isinstance(rubric, str):
        yield f"rubric: expected a text, got {short(rubric)}; put it in quotes"


def without_by_hand(part: Part) -> tuple[Check, ...]:
    """The checks of a part that the grader decides."""
    return tuple(check for check in part.checks if not check.is_by_hand)


def problems(part: Part, written_parts: set[str]) -> Iterator[str]:
    """What is wrong with what a person decides in a part; `written_parts` are those in words."""
    where = f"part {part.name!r}"
    others = [check.name for check in without_by_hand(part)]
    if part.is_written and others:
        yield (
            f"{where}: is answered in words, so nobody can run check {others[0]!r}; use "
            "ready.by_hand"
        )
    if part.is_written and (part.reference is not None or part.mistakes or part.depends_on):
        yield (
            f"{where}: is answered in words, so it has no reference, mistakes, or earlier parts; "
            "remove them"
        )
    for used in written_parts.intersection(part.depends_on):
        yield f"{where}: depends on {used!r}, which is answered in words; name a part with code"
    for check in part.checks:
        at = f"{where}, check {check.name!r}"
        if check.is_by_hand and not check.points > 0:
            yield f"{at}: points: a person decides 0 points, got {check.points:g}; change it"
        decided = [one.name for one in part.checks if one.is_by_hand and one.name in check.needs]
        for need in decided:
            yield f"{at}: needs {need!r}, which a person decides later; name another check"
