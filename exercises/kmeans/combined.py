"""The student's own parts run together: from their start to where their loop ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.kmeans import cases, checks
from exercises.kmeans.answers import pair
from grader.assignment import Case, Incorrect, Student
from grader.catalog import Text, say
from grader.compare import as_array
from grader.results import CombinedRun, Plot
from grader.sandbox import Failure

LIMIT = 50
"""Steps after which a loop is left; the reference needs about ten on the example."""

Array = NDArray[np.float64]


def combined(students: Mapping[str, Student]) -> CombinedRun | None:
    """Where the student's loop ends on the example, next to the reference's from the same start."""
    step = students.get("improve_centroids")
    if step is None:
        return None
    example = next(case for case in step.cases if case.name == "example")
    points = example.inputs["points"]
    start, distortion = _start(students.get("init"), example)
    ended, steps = _loop(
        step, replace(example, inputs=example.inputs | {"centroids": start}), distortion
    )
    if not np.isfinite(ended).any():
        return None
    # Both conventions are correct, and may end a step apart: the student's own, as far as it shows.
    loops = [cases.lloyd(points, start, is_new=flag) for flag in (True, False)]
    right, right_steps = min(loops, key=lambda one: _apart(one[0], ended))
    mine, theirs = (_nearest(points, centroids) for centroids in (ended, right))
    before, after, goal = (_mean(points, centroids) for centroids in (start, ended, right))
    same = int((mine == theirs).sum())
    return CombinedRun(
        title="Your clustering, start to finish",
        sentences=(
            _ended(steps, right_steps),
            say(
                (
                    "The mean distance from the points to their centroids goes from {before} "
                    "to {after}. The reference solution ends at {goal}."
                ),
                before=f"{before:#.4g}",
                after=f"{after:#.4g}",
                goal=f"{goal:#.4g}",
            ),
        ),
        plots=(
            Plot(title="Your result", points=points, groups=mine, marks=ended),
            Plot(
                title="Reference solution, from your starting centroids",
                points=points,
                groups=theirs,
                marks=right,
            ),
        ),
        group="cluster",
        mark="centroid",
        note=say("{same} of {n} points are in the same cluster in both.", same=same, n=len(points)),
    )


def _start(init: Student | None, example: Case) -> tuple[Array, float]:
    """The student's own first centroids and distortion, or those of the example."""
    points, k = example.inputs["points"], example.inputs["k"]
    usual = example.inputs["centroids"], cases.BIG
    if init is None:
        return usual
    given = {"key": example.globals["key"], "points": points, "num_clusters": k}
    case = Case("example", inputs=given, globals=given)
    try:
        value = pair(init.with_cases((case,)).answer(case), ("centroids", "distortion"))
    except (Failure, Incorrect):
        return usual
    centroids, distortion = map(as_array, value)
    if centroids is None or centroids.shape != (k, points.shape[1]):
        return usual
    if distortion is None or distortion.dtype.kind not in "fiu" or not distortion.size:
        return usual
    found = centroids.astype(np.float64)
    return (found, float(distortion.mean())) if np.isfinite(found).all() else usual


def _loop(step: Student, case: Case, distortion: float) -> tuple[Array, int]:
    """Where the notebook's loop ends, compiled or, where that cannot be, step by step."""
    try:
        (ended, *_), steps = checks.loop(step, case, limit=LIMIT, start=distortion, before=np.inf)
        return _checked(ended, case), int(as_array(steps) or 0)
    except Failure as failure:
        if failure.reason == "timeout":
            raise
    centroids, now, before = case.inputs["centroids"], distortion, np.inf
    steps = 0
    while before - now > cases.THRESH and steps < LIMIT:
        with np.errstate(over="ignore"):
            values = (centroids, np.float32(now), np.float32(before))
        told = step.evaluate("{call}", case, mode="eager", values=values)
        moved, new, old = pair(told, ("centroids", "distortion", "old distortion"))
        centroids = _checked(moved, case)
        now, before = (float(np.mean(as_array(one))) for one in (new, old))
        steps += 1
    return centroids, steps


def _checked(value: Any, case: Case) -> Array:
    found = as_array(value)
    if found is None or found.shape != case.inputs["centroids"].shape:
        raise Failure("not_plain_data")
    return found.astype(np.float64)


def _apart(one: Array, other: Array) -> float:
    return float(np.nan_to_num(np.abs(one - other), nan=np.inf).max())


def _table(points: Array, centroids: Array) -> Array:
    """Distances, infinite to a centroid that is not finite."""
    return np.nan_to_num(cases.distances(points, centroids), nan=np.inf, posinf=np.inf)


def _nearest(points: Array, centroids: Array) -> NDArray[np.int64]:
    return _table(points, centroids).argmin(axis=1)


def _mean(points: Array, centroids: Array) -> float:
    return float(_table(points, centroids).min(axis=1).mean())


STOPPED = (
    "This is what your own parts do together on the example data. Your loop stopped "
    "after {mine}. From the same starting centroids, the reference solution takes "
    "{theirs}."
)
STILL_GOING = (
    "This is what your own parts do together on the example data. Your loop was still "
    "running after {mine}. From the same starting centroids, the reference solution "
    "takes {theirs}."
)


def _ended(steps: int, right_steps: int) -> Text:
    text = STOPPED if steps < LIMIT else STILL_GOING
    return say(text, mine=_steps(steps), theirs=_steps(right_steps))


def _steps(count: int) -> Text:
    return say("{count} step", count=count) if count == 1 else say("{count} steps", count=count)
