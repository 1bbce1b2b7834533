"""What is checked in parts 2 to 4 of the K-Means exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.kmeans import cases
from exercises.kmeans.answers import SLIGHT, SlightlyIncorrect, must_match, named, of_hidden, pair
from exercises.kmeans.other_data import on_other_data
from grader.assignment import Advice, Case, Incorrect, Student
from grader.catalog import say
from grader.compare import FLOAT32_RTOL, as_array, describe_value, difference, matching_share
from grader.sandbox import Failure

Array = NDArray[Any]

# Part 2: update_assignment -------------------------------------------------------------------

OTHER_ASSIGNMENTS = (
    *("many samples", "samples on centroids", "tiny numbers", "huge numbers", "one sample"),
)

ON_CENTROIDS = (
    "correct for most samples, but not where a sample lies exactly on a centroid, or is as near "
    "to one centroid as to another"
)


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
        raise Incorrect(of_hidden(case, public, hidden))
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
        raise Incorrect(of_hidden(case, public, hidden))
    return array


def _nearest(student: Student, case: Case) -> None:
    labels = _labels(student, case)
    table = cases.distances(case.inputs["samples"], case.inputs["centroids"])
    chosen, least = table[np.arange(len(labels)), labels], table.min(axis=1)
    is_off = chosen > least * (1 + FLOAT32_RTOL) + 1e-6 * least.max()
    if is_off.any():
        what = say(
            "`assignment` is incorrect for {count} of {size} samples",
            count=int(is_off.sum()),
            size=len(labels),
        )
        kind = SlightlyIncorrect if is_off.mean() <= SLIGHT else Incorrect
        hidden = "`assignment` does not always give the nearest centroid"
        raise kind(of_hidden(case, what, ON_CENTROIDS if _is_special(table, is_off) else hidden))


def _is_special(table: Array, is_off: Array) -> bool:
    """Whether only samples are wrong that lie on a centroid or as near to one as to another."""
    first, second = np.sort(np.pad(table, ((0, 0), (0, 1)), constant_values=np.inf))[:, :2].T
    return bool(is_off.any()) and bool(((first == 0) | (first == second))[is_off].all())


def nearest_example(student: Student) -> None:
    """Each sample of the example gets its nearest centroid."""
    for case in named(student, "example"):
        _nearest(student, case)


def nearest_hidden(student: Student) -> None:
    """So does each of other samples, of other numbers, sizes, and scales."""
    on_other_data(_nearest, student, *OTHER_ASSIGNMENTS)


def _distance(student: Student, case: Case) -> None:
    value = pair(student.answer(case), ("assignment", "distortions"))[1]
    want = student.expected(case)[1]
    found = difference(got=value, want=want, ignore_kind=True)
    table = cases.distances(case.inputs["samples"], case.inputs["centroids"])
    if found and found.is_off is not None and _is_special(table, found.is_off):
        raise Incorrect(of_hidden(case, found.message, ON_CENTROIDS))
    must_match(case, value, want, "`distortions`")


def distance_example(student: Student) -> None:
    """Each distortion of the example is the distance to the nearest centroid."""
    for case in named(student, "example"):
        _distance(student, case)


def distance_hidden(student: Student) -> None:
    """So is each of the hidden inputs."""
    on_other_data(_distance, student, *OTHER_ASSIGNMENTS)


def vectorized(student: Student) -> None:
    """JAX can trace it, and the traced program does not grow with the number of samples."""
    few, many = named(student, "example", "many samples")
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

OTHER_MEANS = (
    *("many samples", "as many of all", "tiny numbers", "huge numbers", "one coordinate"),
)


def _means(student: Student, case: Case) -> None:
    value, want = student.answer(case), student.expected(case)
    if isinstance(value, tuple) and value and matching_share(got=value[0], want=want) == 1:
        raise Incorrect(
            "your code returns more values than the centroids; expected only the centroids",
            earned=0.6,
        )
    must_match(case, value, want, "the array of new centroids")


def means_example(student: Student) -> None:
    """Row j is the mean of the example's samples in cluster j."""
    for case in named(student, "example"):
        _means(student, case)


def means_hidden(student: Student) -> None:
    """So it is for other samples, of other numbers, sizes, and scales."""
    on_other_data(_means, student, *OTHER_MEANS)


def means_empty(student: Student) -> Advice | None:
    """A cluster without samples leaves the other rows correct."""
    (case,) = named(student, "empty cluster")
    samples, k = case.inputs["samples"], case.inputs["k"]
    labels = case.inputs["assignment"]
    value = as_array(student.answer(case))
    if value is None or value.shape != (k, samples.shape[1]):
        raise Incorrect("the result has the wrong shape when one cluster has no samples")
    filled = np.unique(labels)
    if difference(
        got=value[filled], want=cases.means(samples, labels, k)[filled], ignore_kind=True
    ):
        try:
            means_example(student)
        except (Incorrect, Failure):
            words = "the rows of the other clusters are not correct when one cluster has no samples"
            raise Incorrect(words) from None
        raise Incorrect("a cluster without samples makes the rows of other clusters wrong")
    if not np.isfinite(value.astype(float)).all():
        return Advice(
            "an empty cluster gets NaN, which attracts every point in the next step; "
            "consider keeping its old centroid"
        )
    return None


# Part 4: improve_centroids -------------------------------------------------------------------

OTHER_STEPS = ("many samples", "many clusters")

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


def _moved(student: Student, case: Case) -> None:
    must_match(case, _step(student, case)[0], student.expected(case)[0], "`new_centroids`")


def moved_example(student: Student) -> None:
    """The new centroids of the example are the means after one assignment."""
    for case in named(student, "example"):
        _moved(student, case)


def moved_hidden(student: Student) -> None:
    """So are those of the hidden inputs, with other numbers of clusters."""
    on_other_data(_moved, student, *OTHER_STEPS)


def _mean_distortions(case: Case) -> Sequence[float]:
    """The mean distortion by each convention: incoming centroids, new, new under old labels."""
    points, labels = case.inputs["points"], case.inputs["assignment"]
    table = cases.distances(points, case.inputs["centroids"])
    moved = cases.distances(points, cases.means(points, labels, case.inputs["k"]))
    under_old = moved[np.arange(len(labels)), labels]
    return [float(v.mean()) for v in (table.min(axis=1), moved.min(axis=1), under_old)]


def new_distortion(student: Student) -> None:
    """The second value is the mean distortion, for the incoming or for the new centroids."""
    for case in student.cases:
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
    for case in student.cases:
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
    (case,) = named(student, "many samples")
    points, centroids = case.inputs["points"], case.inputs["centroids"]
    (ended, *_), steps = loop(student, case, limit=cases.LOOP_LIMIT, start=cases.BIG, before=np.inf)
    array = as_array(ended)
    if array is None or array.shape != centroids.shape:
        raise Incorrect("the loop ends with something that is not an array of centroids")
    if int(as_array(steps) or 0) >= cases.LOOP_LIMIT:
        raise Incorrect("the loop does not end")
    goals = [cases.lloyd(points, centroids, is_new=flag)[0] for flag in (True, False)]
    goals.append(cases.lloyd(points, centroids, is_new=True, is_kept=True)[0])
    goal = max(float(cases.distances(points, ended).min(axis=1).mean()) for ended in goals)
    reached = float(cases.distances(points, array.astype(float)).min(axis=1).mean())
    if not reached <= goal * 1.001:
        raise Incorrect("the loop ends with centroids that do not match the clusters")
