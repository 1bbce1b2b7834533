"""What is checked in the K-Means exercise, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.kmeans import cases
from grader.assignment import Advice, Case, Incorrect, Student, Unset
from grader.catalog import Text, say
from grader.compare import FLOAT32_RTOL, as_array, describe_value, difference, matching_share
from grader.results import Visibility
from grader.sandbox import Failure, failure_of

Array = NDArray[Any]
KINDS = ("scatter", "plot", "text", "patch", "line")
"""The kinds of marks, as `grader.sandbox.inside.figures` numbers them."""


def _named(student: Student, *names: str) -> tuple[Case, ...]:
    return tuple(case for case in student.cases if case.name in names)


def pair(value: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The parts of a returned tuple, further ones left out. Raises Incorrect when it is shorter."""
    if isinstance(value, (tuple, list)) and len(value) >= len(names):
        return tuple(value[: len(names)])
    wanted = ", ".join(f"`{name}`" for name in names)
    raise Incorrect(
        say(
            "your code returned {what}; expected the values {names}",
            what=describe_value(value),
            names=wanted,
        )
    )


# Part 1: init ------------------------------------------------------------------------------


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
        room = 1e-4 * (1 + np.abs(points).max())
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
    hidden, same, other = _named(student, "hidden", "same key", "other key")
    first = _start_centroids(student, hidden)
    if not np.array_equal(first, _start_centroids(student, same)):
        raise Incorrect("the same key gave different centroids the second time")
    if np.array_equal(first, _start_centroids(student, other)):
        raise Incorrect("a different key gave the same centroids, so the key is not used")


def start_distortion(student: Student) -> Advice | None:
    """The start distortion lets the loop begin: finite, and not below the mean distance."""
    advice = None
    for case in student.cases:
        value = as_array(_set(_start(student, case)[1]))
        if value is None:
            what = describe_value(_start(student, case)[1])
            raise Incorrect(say("`initial_distortion` is not a number; it is {what}", what=what))
        advice = _distortion_of(value, _start_centroids(student, case), case) or advice
    return advice


def _distortion_of(value: Array, centroids: Array, case: Case) -> Advice | None:
    with np.errstate(over="ignore"):
        number = value.astype(np.float32).astype(float)
    if np.isnan(number).any():
        raise Incorrect("`initial_distortion` is NaN, so the loop would stop at once")
    if np.isinf(number).any():
        raise Incorrect(
            "`initial_distortion` is infinite; inf − inf is NaN, so the loop would stop at once"
        )
    nearest = cases.distances(case.globals["points"], centroids).min(axis=1)
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


# Part 2: update_assignment -------------------------------------------------------------------


def _labels(student: Student, case: Case) -> Array:
    value = pair(student.answer(case), ("assignment", "distortions"))[0]
    array = as_array(value)
    n, k = len(case.inputs["samples"]), case.inputs["k"]
    if array is None:
        raise Incorrect(
            say("`assignment` is not an array; it is {what}", what=describe_value(value))
        )
    if array.shape != (n,):
        public = say("`assignment` has shape {got}; expected ({n},)", got=array.shape, n=n)
        hidden = "`assignment` does not contain exactly one index per sample"
        raise Incorrect(_hidden(case, public, hidden))
    if array.dtype.kind not in "iu":
        raise Incorrect("`assignment` does not contain integers, but an index must be an integer")
    if array.min() < 0 or array.max() >= k:
        public = say(
            (
                "`assignment` contains numbers from {least} to {most}; clusters are numbered "
                "from 0 to {last}"
            ),
            least=array.min(),
            most=array.max(),
            last=k - 1,
        )
        hidden = (
            "`assignment` contains numbers that are not clusters: clusters are numbered from zero"
        )
        raise Incorrect(_hidden(case, public, hidden))
    return array


def _nearest(student: Student, name: str) -> None:
    for case in _named(student, name):
        labels = _labels(student, case)
        table = cases.distances(case.inputs["samples"], case.inputs["centroids"])
        chosen = table[np.arange(len(labels)), labels]
        is_off = chosen > table.min(axis=1) * (1 + FLOAT32_RTOL) + 1e-6
        if is_off.any():
            what = say(
                "`assignment` is incorrect for {count} of {size} samples",
                count=int(is_off.sum()),
                size=len(labels),
            )
            raise Incorrect(
                _hidden(case, what, "`assignment` does not always give the nearest centroid")
            )


ONLY_THE_EXAMPLE = (
    "correct for the example, but not for data with a different number of clusters, "
    "samples, or dimensions: look for a hard-coded number"
)


def _hidden_alone(check: Callable[[Student, str], None], student: Student) -> None:
    """A check of the hidden test case, which says so when only the example is correct."""
    try:
        check(student, "hidden")
    except (Incorrect, Failure) as found:
        if isinstance(found, Failure) and found.is_final:
            raise
        try:
            check(student, "example")
        except (Incorrect, Failure):
            raise found from None
        raise Incorrect(ONLY_THE_EXAMPLE) from None


def nearest_example(student: Student) -> None:
    """Each sample of the example gets its nearest centroid."""
    _nearest(student, "example")


def nearest_hidden(student: Student) -> None:
    """So does each of other samples, in three dimensions, with another number of clusters."""
    _hidden_alone(_nearest, student)


def _hidden(case: Case, public: Text, hidden: Text) -> Text:
    return public if case.visibility is Visibility.PUBLIC else hidden


def _distance(student: Student, name: str) -> None:
    for case in _named(student, name):
        value = pair(student.answer(case), ("assignment", "distortions"))[1]
        _same(case, value, student.expected(case)[1], "`distortions`")


HIDDEN_SHAPE = "{name} has the wrong shape for the hidden test case"
HIDDEN_VALUES = "{name} is not correct for the hidden test case"


def _same(case: Case, value: Any, want: Any, name: str) -> None:
    found = difference(got=value, want=want, name=name, ignore_kind=True)
    if found:
        is_shape = found.reason == "shape"
        hidden = HIDDEN_SHAPE if is_shape else HIDDEN_VALUES
        raise Incorrect(
            _hidden(case, found.message, say(hidden, name=name)),
            differences=(found,) if case.visibility is Visibility.PUBLIC else (),
        )


def distance_example(student: Student) -> None:
    """Each distortion of the example is the distance to the nearest centroid."""
    _distance(student, "example")


def distance_hidden(student: Student) -> None:
    """So is each of the hidden input."""
    _hidden_alone(_distance, student)


def vectorized(student: Student) -> None:
    """JAX can trace it, and the traced program does not grow with the number of samples."""
    few, many = _named(student, "hidden", "more samples")
    try:
        sizes = [student.program_size(case) for case in (few, many)]
    except Failure as failure:
        if failure.is_final:
            raise
        raise Incorrect(
            "JAX cannot trace your function, so it does not work under `jit` or in `while_loop`",
            hint="Look for NumPy calls, `float()`, or an `if` that depends on array values.",
        ) from failure
    grown = len(many.inputs["samples"]) - len(few.inputs["samples"])
    if sizes[1] - sizes[0] > grown / 2:
        raise Incorrect(
            "a Python loop handles the samples one by one; use `jax.vmap` or array "
            "operations to process them all at once"
        )


# Part 3: update_centroids --------------------------------------------------------------------


def _means(student: Student, name: str) -> None:
    for case in _named(student, name):
        value, want = student.answer(case), student.expected(case)
        if isinstance(value, tuple) and value and matching_share(got=value[0], want=want) == 1:
            raise Incorrect(
                "your code returns more values than the centroids; expected only the centroids",
                earned=0.6,
            )
        _same(case, value, want, "the array of new centroids")


def means_example(student: Student) -> None:
    """Row j is the mean of the example's samples in cluster j."""
    _means(student, "example")


def means_hidden(student: Student) -> None:
    """So it is in three dimensions, with another number of clusters."""
    _hidden_alone(_means, student)


def means_empty(student: Student) -> Advice | None:
    """A cluster without samples leaves the other rows correct."""
    case = _named(student, "empty cluster")[0]
    samples, k = case.inputs["samples"], case.inputs["k"]
    labels = cases.distances(samples, case.inputs["centroids"]).argmin(axis=1)
    value = as_array(student.answer(case))
    if value is None or value.shape != (k, samples.shape[1]):
        raise Incorrect("the result has the wrong shape when one cluster has no samples")
    filled = np.unique(labels)
    want = np.stack([samples[labels == j].mean(axis=0) for j in filled])
    if difference(got=value[filled], want=want, ignore_kind=True):
        raise Incorrect("a cluster without samples makes the rows of other clusters wrong")
    if not np.isfinite(value.astype(float)).all():
        return Advice(
            "an empty cluster gets NaN, which attracts every point in the next step; "
            "consider keeping its old centroid"
        )
    return None


# Part 4: improve_centroids -------------------------------------------------------------------


LOOP = (
    "jax.lax.while_loop("
    "lambda s: (s[0][2] - s[0][1] > 1e-5) & (s[1] < limit), "
    "lambda s: ((lambda values: {call})(s[0]), s[1] + 1), "
    "((centroids, start, before), 0))"
)


def loop(student: Student, case: Case, *, limit: int, start: Any, before: Any) -> tuple[Any, ...]:
    """The values with which the notebook's loop ends, and its steps."""
    with np.errstate(over="ignore"):  # a number too large for float32 is infinite there
        numbers = {"start": np.array(start, np.float32), "before": np.array(before, np.float32)}
    value = student.evaluate(LOOP, case, limit=np.array(limit, np.int32), **numbers)
    return pair(value, ("values", "steps"))


def _step(student: Student, case: Case) -> tuple[Any, ...]:
    """One step, by a loop of one: that program is needed for the whole loop anyway."""
    _, start, before = case.inputs["values"]
    try:
        value: Any = loop(student, case, limit=1, start=start, before=before)[0]
    except Failure as failure:
        if failure.is_final:
            raise
        value = student.answer(case)
    return pair(value, ("new_centroids", "new_distortion", "old_distortion"))


def _moved(student: Student, name: str) -> None:
    for case in _named(student, name):
        _same(case, _step(student, case)[0], student.expected(case)[0], "`new_centroids`")


def moved_example(student: Student) -> None:
    """The new centroids of the example are the means after one assignment."""
    _moved(student, "example")


def moved_hidden(student: Student) -> None:
    """So are those of the hidden input, with another number of clusters."""
    _hidden_alone(_moved, student)


def _mean_distortions(case: Case) -> Sequence[float]:
    """The mean distortion by each convention: incoming centroids, new, new under old labels."""
    points, labels = case.inputs["points"], case.inputs["assignment"]
    table = cases.distances(points, case.inputs["centroids"])
    moved = cases.distances(points, cases.means(points, labels, case.inputs["k"]))
    under_old = moved[np.arange(len(labels)), labels]
    return [float(v.mean()) for v in (table.min(axis=1), moved.min(axis=1), under_old)]


def new_distortion(student: Student) -> None:
    """The second value is the mean distortion, for the incoming or for the new centroids."""
    for case in _named(student, "example", "hidden"):
        value = _step(student, case)[1]
        wants = _mean_distortions(case)
        found = [
            difference(got=value, want=want, name="the second value", ignore_kind=True)
            for want in wants
        ]
        if all(found):
            assert found[0] is not None
            is_shape = found[0].reason in {"shape", "structure"}
            words = "the second value is not the mean distance from the points to their centroids"
            raise Incorrect(found[0].message if is_shape else words)


def old_distortion(student: Student) -> None:
    """The third value is the mean of the input distortion."""
    for case in _named(student, "example", "hidden"):
        value, came_in = _step(student, case)[2], case.inputs["values"]
        if difference(got=value, want=came_in[1], ignore_kind=True) is None:
            continue
        if difference(got=value, want=came_in[2], ignore_kind=True) is None:
            raise Incorrect(
                "the third value is the third input value unchanged, so the loop never ends"
            )
        raise Incorrect("the third value is not the mean of the input distortion")


def in_loop(student: Student) -> None:
    """As the body of the notebook's loop it ends where the reference's loop ends, or lower."""
    (case,) = _named(student, "loop")
    points, centroids = case.inputs["points"], case.inputs["centroids"]
    (ended, *_), steps = loop(student, case, limit=cases.LOOP_LIMIT, start=cases.BIG, before=np.inf)
    array = as_array(ended)
    if array is None or array.shape != centroids.shape:
        raise Incorrect("the loop ends with something that is not an array of centroids")
    if int(as_array(steps) or 0) >= cases.LOOP_LIMIT:
        raise Incorrect(
            say(
                "the loop does not end; it was still running after {count} steps",
                count=cases.LOOP_LIMIT,
            )
        )
    goals = [cases.lloyd(points, centroids, is_new=flag)[0] for flag in (True, False)]
    goal = max(float(cases.distances(points, ended).min(axis=1).mean()) for ended in goals)
    reached = float(cases.distances(points, array.astype(float)).min(axis=1).mean())
    if not reached <= goal * 1.001:
        raise Incorrect("the loop ends with centroids that do not match the clusters")


# Part 5: visualization -----------------------------------------------------------------------


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
