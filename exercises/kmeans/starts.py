"""Part 1: its cases, and what is checked of a start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.kmeans.answers import named, pair
from exercises.kmeans.cases import decoys, distances, raw_key, rounded
from grader.assignment import Advice, Case, Incorrect, Student, Unset
from grader.catalog import say
from grader.compare import as_array, describe_value
from grader.sandbox import Failure

Array = NDArray[Any]
ROWS, CLUSTERS = 30, 21
"""Most points are centroids, so that a draw that may repeat one does for some key."""
SMALL_ROWS, SMALL_SIZE = 613, 11
"""As many clusters as coordinates, where the axes may be confused."""
SAME_REMAINDER = 2_016_000
"""A multiple of 256, 1000, and of each number to 10: keys apart by it have the same remainders."""
OTHERS = ("key of the same remainder", "key of the same second word", "next key")


# Cases -----------------------------------------------------------------------------------------


def for_init(draw: np.random.Generator) -> tuple[Case, ...]:
    """Points of a large scale away from the origin with several keys, and those of a small scale.

    The mean distance of the first is below a hundred, a constant that may be meant to be large; of
    the second a mean of squares is below the mean. One set of points serves all keys, since the
    code in cells runs again for each case.
    """
    first, steps, word = (int(number) for number in draw.integers(1, (1 << 20, 1000, 1000)))
    points = _points(draw, ROWS, [600.0, -560.0, 670.0], 150.0)
    same_remainder, same_word, following = OTHERS
    keys = {
        "hidden": raw_key(first),
        "same key": raw_key(first),
        same_remainder: raw_key(first + steps * SAME_REMAINDER),
        same_word: raw_key(first, word),
        following: raw_key(first + 1),
    }
    others = decoys(draw, (ROWS, 3))
    # The later, the farther from the middle: the mean distance of the first ones is too small.
    # All are close in one coordinate, where rounding leaves their range.
    spread = np.linspace(0.02, 0.12, SMALL_ROWS)[:, None] * np.repeat(
        (0.05, 1), (1, SMALL_SIZE - 1)
    )
    few = _points(draw, SMALL_ROWS, 0.8 * draw.permutation(SMALL_SIZE) + 0.043, spread)
    key = raw_key(int(draw.integers(1 << 30)))
    return (
        *(_case(name, key, points, CLUSTERS, others) for name, key in keys.items()),
        _case("small numbers", key, few, SMALL_SIZE, others),
    )


def _points(draw: np.random.Generator, n: int, center: Any, spread: Any) -> Array:
    return rounded(np.asarray(center) + draw.normal(0.0, spread, (n, len(center))))


def _case(name: str, key: Array, points: Array, k: int, others: dict[str, Any]) -> Case:
    given = {"key": key, "points": points, "num_clusters": k}
    return Case(name, inputs=dict(given), globals=given, decoy_globals=others)


# Checks ----------------------------------------------------------------------------------------


def _start(student: Student, case: Case) -> tuple[Any, Any]:
    names = ("initial_centroids", "initial_distortion")
    centroids, distortion = pair(student.answer(case), names)
    return centroids, distortion


def _set(value: Any) -> Any:
    """A value that a cell must have bound. Raises what stopped it, or Incorrect."""
    if isinstance(value, Unset):
        if value.failure is not None:
            raise value.failure
        raise Incorrect(say("`{name}` is never assigned", name=value.name))
    return value


def _start_centroids(student: Student, case: Case) -> Array:
    """The start centroids as a finite (m, d) array of any m. Raises Incorrect."""
    value = as_array(_set(_start(student, case)[0]))
    points = case.globals["points"]
    is_table = value is not None and value.ndim == 2 and len(value) > 0
    if value is None or not is_table or value.shape[1] != points.shape[1]:
        raise Incorrect(
            "`initial_centroids` does not have shape (k, d): it needs one row per "
            "cluster and one column per coordinate"
        )
    if not np.isfinite(value.astype(float)).all():
        raise Incorrect("`initial_centroids` contains NaN or infinity")
    return value.astype(float)


def start_shape(student: Student) -> None:
    """One centroid a cluster, as many numbers each as a point has."""
    for case in student.cases:
        value = _start_centroids(student, case)
        want = (case.globals["num_clusters"], case.globals["points"].shape[1])
        if value.shape != want:
            raise Incorrect("`initial_centroids` does not have `num_clusters` rows")


def start_inside(student: Student) -> None:
    """Every centroid lies where the data lie."""
    for case in student.cases:
        value, points = _start_centroids(student, case), case.globals["points"]
        room = 1e-4 * np.abs(points).max()
        is_inside = (value >= points.min(0) - room) & (value <= points.max(0) + room)
        if not is_inside.all():
            share = 0.4 if is_inside.all(axis=1).any() else 0.0
            raise Incorrect("some centroids lie outside the range of the points", earned=share)


def start_distinct(student: Student) -> None:
    """No two centroids are equal."""
    for case in student.cases:
        value = _start_centroids(student, case)
        if len(np.unique(value, axis=0)) < len(value):
            raise Incorrect("two of the centroids are equal, so one cluster stays empty")


def start_follows_key(student: Student) -> None:
    """The same key gives the same centroids, another key gives others."""
    hidden, same = named(student, "hidden", "same key")
    first = _start_centroids(student, hidden)
    if not np.array_equal(first, _start_centroids(student, same)):
        raise Incorrect("the same key gave different centroids the second time")
    others = [_start_centroids(student, case) for case in named(student, *OTHERS)]
    is_same = [np.array_equal(first, other) for other in others]
    if all(is_same):
        raise Incorrect("every key gave the same centroids, so the key is not used")
    if any(is_same) or len({other.tobytes() for other in others}) < len(others):
        raise Incorrect("some different keys gave the same centroids")
    if any(other.shape != first.shape for other in others):
        return
    is_fixed = np.all([other == first for other in others], axis=(0, 2))
    if any(is_fixed[row] and not _is_farthest(first, row, hidden) for row in range(len(first))):
        raise Incorrect("some of the centroids are the same for every key", earned=0.5)


def _is_farthest(centroids: Array, row: int, case: Case) -> bool:
    """Whether a centroid is the point farthest from those before it: for many keys, the same."""
    points = case.globals["points"]
    if row == 0:
        return False
    gaps = distances(points, centroids[:row]).min(axis=1)
    return bool(np.allclose(points[gaps.argmax()], centroids[row], rtol=1e-4))


def start_distortion(student: Student) -> Advice | None:
    """The start distortion lets the loop begin: finite, and not below the mean distance."""
    advice = None
    for case in student.cases:
        value = as_array(_set(_start(student, case)[1]))
        if value is None:
            what = describe_value(_start(student, case)[1])
            raise Incorrect(say("`initial_distortion` is not a number; it is {what}", what=what))
        centroids = _start_centroids(student, case)
        try:
            advice = _distortion_of(value, centroids, case) or advice
        except Incorrect:
            if not _is_own_distance(student, case, value, centroids):
                raise
    return advice


def _is_own_distance(student: Student, case: Case, value: Array, centroids: Array) -> bool:
    """Whether a number is what the student's `update_assignment` makes of it, where that is used.

    A wrong distance has lost its points there.
    """
    try:
        own = student.evaluate("update_assignment(points, start)[1]", case, start=centroids)
    except Failure as failure:
        if failure.is_final:
            raise
        return False
    distances_found = as_array(own)
    if distances_found is None or value.ndim:
        return False
    return bool(np.isclose(value, distances_found.mean(), rtol=1e-3, equal_nan=True))


def _distortion_of(value: Array, centroids: Array, case: Case) -> Advice | None:
    with np.errstate(over="ignore"):
        number = value.astype(np.float32).astype(float)
    if np.isnan(number).any():
        raise Incorrect("`initial_distortion` is NaN, so the loop would stop at once")
    if np.isinf(number).any():
        raise Incorrect(
            "`initial_distortion` is infinite; inf − inf is NaN, so the loop would stop at once"
        )
    nearest = distances(case.globals["points"], centroids).min(axis=1)
    if number.shape == nearest.shape:
        if np.allclose(number, nearest, rtol=1e-3, atol=1e-3 * nearest.max()):
            return Advice(
                "`initial_distortion` has one number per point, but `while_loop` carries "
                "a single number: take the mean before the loop"
            )
        if number.mean() >= nearest.mean() * (1 - 1e-3):
            return Advice(
                "`initial_distortion` has one number per point, but `while_loop` carries "
                "a single number: start with a single number"
            )
        raise Incorrect(
            "`initial_distortion` has one number per point, and their mean is below the "
            "mean distance to the nearest centroid"
        )
    if number.ndim:
        earned = 0.5 if number.size == 1 and number.ravel()[0] >= nearest.mean() * 0.999 else 0.0
        raise Incorrect(
            say(
                "`initial_distortion` has shape {shape}; expected a single number",
                shape=number.shape,
            ),
            earned=earned,
        )
    if number < nearest.mean() * (1 - 1e-3):
        raise Incorrect(
            "`initial_distortion` is below the mean distance to the nearest centroid, so "
            "the loop would stop too early"
        )
    return None
