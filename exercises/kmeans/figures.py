"""What is checked of the figure of part 5, told by its marks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case, Incorrect, Student
from grader.catalog import say
from grader.sandbox import failure_of

Array = NDArray[Any]
KINDS = ("scatter", "plot", "text", "patch", "line")
"""The kinds of marks, as `grader.sandbox.inside.figures` numbers them."""


def _marks(student: Student) -> tuple[Case, dict[str, Array]]:
    (case,) = student.cases
    drawn = student.figure(case, picture=True)
    marks = {
        name: np.asarray(drawn[name])
        for name in ("xy", "color", "size", "kind", "shape", "artist", "axes", "figure")
    }
    if len(marks["xy"]) == 0:
        if isinstance(drawn.get("error"), dict):
            raise failure_of(drawn["error"])
        raise Incorrect("the figure contains no points")
    return case, marks


def _where(marks: dict[str, Array], places: Array) -> list[NDArray[np.bool_]]:
    """For each place, which marks lie on it."""
    scale = 1e-4 * (1 + np.abs(places).max())
    is_symbol = marks["kind"] != KINDS.index("line")
    return [is_symbol & (np.abs(marks["xy"] - place).max(axis=1) <= scale) for place in places]


def _points_of(student: Student) -> tuple[Case, dict[str, Array], list[NDArray[np.bool_]]]:
    case, marks = _marks(student)
    return case, marks, _where(marks, case.inputs["points"])


def points_drawn(student: Student) -> None:
    """Every point is drawn where it is."""
    case, marks, where = _points_of(student)
    drawn = sum(bool(on.any()) for on in where)
    if drawn < len(where):
        turned = _where({**marks, "xy": marks["xy"][:, ::-1]}, case.inputs["points"])
        if all(on.any() for on in turned):
            raise Incorrect("the two coordinates of the points are swapped", earned=0.8)
        share = drawn / len(where)
        said = say(
            "only {count} of {size} points are drawn in the right place",
            count=drawn,
            size=len(where),
        )
        raise Incorrect(said, earned=0.5 * share)


def points_colored(student: Student) -> None:
    """Points of a cluster share a color, and every cluster has its own."""
    case, marks, where = _points_of(student)
    labels = case.globals["final_assignments"]
    colors: list[set[tuple[float, ...]]] = [set() for _ in range(case.inputs["k"])]
    for on, label in zip(where, labels, strict=True):
        if on.any():
            first = np.flatnonzero(on)
            colors[label].add(tuple(np.round(marks["color"][first[-1]], 3)))
    found = set().union(*colors)
    if len(found) <= 1:
        raise Incorrect("all points have the same color; color each point by its cluster")
    if any(len(own) != 1 for own in colors) or len(found) != len(colors):
        raise Incorrect("the colors of the points do not distinguish the clusters")


def centroids_marked(student: Student) -> None:
    """Every centroid has a mark of its own, in the picture with the points."""
    case, marks = _marks(student)
    on_points = _where(marks, case.inputs["points"])
    where = _where(marks, case.inputs["centroids"])
    missing = sum(not on.any() for on in where)
    if missing:
        marked = len(where) - missing
        raise Incorrect(
            say("only {count} of {size} centroids are marked", count=marked, size=len(where))
        )
    homes = {
        (int(marks["figure"][i]), int(marks["axes"][i]))
        for on in on_points
        for i in np.flatnonzero(on)
    }
    seen = {
        (int(marks["figure"][i]), int(marks["axes"][i])) for on in where for i in np.flatnonzero(on)
    }
    if not homes & seen and homes:
        raise Incorrect("the centroids are not in the same plot as the points", earned=0.5)
