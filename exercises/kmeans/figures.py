"""What is checked of the figure of part 5, told by its marks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case, Incorrect, Student
from grader.catalog import say
from grader.sandbox import failure_of

Array = NDArray[Any]
Marks = dict[str, Array]
"""Columns of the table of marks, see `student.figure`."""
KINDS = ("scatter", "plot", "text", "patch", "line")
"""The kinds of marks, as `grader.sandbox.inside.figures` numbers them."""
COLUMNS = (
    *("xy", "place", "color", "edge", "background", "size", "visible"),
    *("kind", "shape", "axes", "figure"),
)
CONTRAST = 0.07
"""How much red, green, or blue differs at least from what is behind: as much as light blue."""
SMALLEST = 0.1
"""The area of the smallest symbol that is seen, in square points: a third of a point across."""
MUCH_LARGER = 1.5
SPOT = 20.0
"""So far apart, in points, the outermost ones are at least, of a picture some hundreds wide."""


def _all_marks(student: Student) -> tuple[Case, Marks]:
    (case,) = student.cases
    drawn = student.figure(case, picture=True)
    marks = {name: np.asarray(drawn[name]) for name in COLUMNS}
    if len(marks["xy"]) == 0:
        if isinstance(drawn.get("error"), dict):
            raise failure_of(drawn["error"])
        if drawn.get("closed"):
            raise Incorrect("the figure is closed before it is shown or saved, so nobody sees it")
        raise Incorrect("the figure contains no points")
    return case, marks


def _marks(student: Student) -> tuple[Case, Marks]:
    """All marks that a person sees."""
    case, marks = _all_marks(student)
    return case, _chosen(marks, _is_seen(marks))


def _chosen(marks: Marks, which: NDArray[np.bool_]) -> Marks:
    return {name: column[which] for name, column in marks.items()}


def _is_seen(marks: Marks) -> NDArray[np.bool_]:
    """Which marks are inside the axes, large enough, and of another color than what is behind."""
    contrast = np.maximum(*(_contrast(marks[name], marks) for name in ("color", "edge")))
    is_symbol = marks["kind"] <= KINDS.index("plot")
    is_large = ~is_symbol | (marks["size"] >= SMALLEST)
    seen: NDArray[np.bool_] = (marks["visible"] != 0) & is_large & (contrast >= CONTRAST)
    return seen


def _contrast(color: Array, marks: Marks) -> Array:
    gaps = np.abs(color[:, :3] - marks["background"]).max(axis=1, initial=0.0)
    return np.where(np.isnan(gaps), 1.0, gaps) * color[:, 3]


def _where(marks: Marks, places: Array) -> list[NDArray[np.bool_]]:
    """For each place, which marks lie on it."""
    scale = 1e-4 * (1 + np.abs(places).max())
    is_symbol = marks["kind"] != KINDS.index("line")
    return [is_symbol & (np.abs(marks["xy"] - place).max(axis=1) <= scale) for place in places]


def points_drawn(student: Student) -> None:
    """Every point is drawn where it is."""
    case, marks = _marks(student)
    where = _where(marks, case.inputs["points"])
    drawn = sum(bool(on.any()) for on in where)
    if drawn < len(where):
        turned = _where({**marks, "xy": marks["xy"][:, ::-1]}, case.inputs["points"])
        if all(on.any() for on in turned):
            raise Incorrect("the two coordinates of the points are swapped", earned=0.8)
        said = say(
            "only {count} of {size} points can be seen in the right place",
            count=drawn,
            size=len(where),
        )
        raise Incorrect(said, earned=0.5 * drawn / len(where))
    places = marks["place"][np.any(where, axis=0)]
    if np.ptp(places, axis=0).max() < SPOT:
        words = "the points are all drawn in one spot; choose limits that show them apart"
        raise Incorrect(words, earned=0.5)


def points_colored(student: Student) -> None:
    """Points of a cluster share a color, and every cluster has its own.

    Whether they can be seen is not asked again. Where most are not in their place, it counts how
    often each color is there.
    """
    case, marks = _all_marks(student)
    where = _where(marks, case.inputs["points"])
    labels, k = case.globals["final_assignments"], case.inputs["k"]
    seen = [np.flatnonzero(on)[-1] if on.any() else -1 for on in where]
    colors = [_colors(marks, mark) for mark in seen]
    if sum(color is not None for color in colors) < len(colors) / 2:
        on_centroids = np.any(_where(marks, case.inputs["centroids"]), axis=0)
        _colored_by_count(_chosen(marks, ~on_centroids), np.bincount(labels, minlength=k))
        return
    found = {color for color in colors if color is not None}
    own = [
        {color for color, of in zip(colors, labels, strict=True) if of == j and color is not None}
        for j in range(k)
    ]
    if len(found) <= 1:
        raise Incorrect("all points have the same color; color each point by its cluster")
    if any(len(of) > 1 for of in own) or len(found) != sum(map(len, own)):
        raise Incorrect("the colors of the points do not distinguish the clusters")


def _colors(marks: Marks, mark: int) -> tuple[float, ...] | None:
    """The color of a mark, rounded; None for no mark."""
    return None if mark < 0 else tuple(float(part) for part in np.round(marks["color"][mark], 3))


def _colored_by_count(marks: Marks, sizes: Array) -> None:
    """Whether as many symbols have a color as a cluster has points, for each cluster."""
    symbols = np.flatnonzero(marks["kind"] <= KINDS.index("plot"))
    counts = Counter(_colors(marks, mark) for mark in symbols)
    if len(counts) <= 1 or max(counts.values()) >= sizes.sum():
        raise Incorrect("all points have the same color; color each point by its cluster")
    if Counter(map(int, sizes)) - Counter(counts.values()):
        raise Incorrect("the colors of the points do not distinguish the clusters")


def centroids_marked(student: Student) -> None:
    """Every centroid has a mark that differs from the points, in the plot with the points."""
    case, marks = _marks(student)
    on_points = _where(marks, case.inputs["points"])
    where = _where(marks, case.inputs["centroids"])
    missing = sum(not on.any() for on in where)
    if missing:
        marked = len(where) - missing
        raise Incorrect(
            say("only {count} of {size} centroids are marked", count=marked, size=len(where))
        )
    homes, seen = (
        {_home(marks, i) for on in here for i in np.flatnonzero(on)} for here in (on_points, where)
    )
    if not homes & seen and homes:
        raise Incorrect("the centroids are not in the same plot as the points", earned=0.5)
    labels = case.globals["final_assignments"]
    looks = [
        {_look(marks, i) for on in np.array(on_points)[labels == j] for i in np.flatnonzero(on)}
        for j in range(len(where))
    ]
    alike = sum(
        all(any(_is_alike(_look(marks, i), other) for other in of) for i in np.flatnonzero(on))
        for on, of in zip(where, looks, strict=True)
    )
    if alike:
        raise Incorrect("the centroids look like the points around them; mark them in another way")


def _home(marks: Marks, mark: int) -> tuple[int, int]:
    return int(marks["figure"][mark]), int(marks["axes"][mark])


def _look(marks: Marks, mark: int) -> tuple[Any, ...]:
    """What a mark looks like: its outline, area, and colors."""
    edge = tuple(float(part) for part in np.round(marks["edge"][mark], 3))
    shape = int(marks["shape"][mark])
    return shape, float(marks["size"][mark]), _colors(marks, mark), edge


def _is_alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    sizes = sorted((one[1], other[1]))
    is_as_large = sizes[1] < MUCH_LARGER * sizes[0] or sizes[1] == 0
    return one[0] == other[0] and is_as_large and one[2:] == other[2:]
