"""The inputs on which the K-Means exercise is graded.

n, k and d all differ from each other and between the cases, no centroid lies on a sample, no
sample is near a tie, and (but for one case) every cluster has samples. The example is the same
for everybody; everything hidden is drawn from the run's seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case
from grader.results import Visibility

Array = NDArray[np.float64]
EXAMPLE_SEED = 800
MARGIN = 0.02
"""How much nearer the nearest centroid must be than the next one: labels never hang on rounding."""
BIG = 1000.0
LOOP_LIMIT = 500
THRESH = 1e-5
"""The loop of the notebook goes on while the distortion falls by more."""
MAX_SMALLEST = 7
"""One cluster has at most so many samples: a count that is clipped too high shows."""


def distances(samples: Array, centroids: Array) -> Array:
    """Euclidean distances. Shapes: samples (n, d), centroids (k, d) -> (n, k)."""
    return np.linalg.norm(samples[:, None, :] - centroids[None, :, :], axis=-1)


def means(samples: Array, assignment: NDArray[Any], k: int) -> Array:
    """The mean of each cluster's samples, NaN without any. Shapes: (n, d), (n,) -> (k, d)."""
    nothing = np.full(samples.shape[1], np.nan)
    members = [samples[assignment == j] for j in range(k)]
    return np.stack([own.mean(axis=0) if len(own) else nothing for own in members])


def rounded(values: Array) -> Array:
    """The values as float32 stores them, so that both sides compute with the same numbers."""
    return values.astype(np.float32).astype(np.float64)


def _until(draw_one: Callable[[], Any], is_good: Callable[[Any], bool]) -> Any:
    for _ in range(10_000):
        drawn = draw_one()
        if is_good(drawn):
            return drawn
    raise RuntimeError("no suitable data in 10000 draws")


def scattered(draw: np.random.Generator, n: int, d: int, k: int) -> tuple[Array, Array]:
    """Samples and centroids near the origin, none near a tie; one cluster small, none empty."""

    def one() -> tuple[Array, Array]:
        centroids = rounded(draw.uniform(-2.0, 2.0, (k, d)))
        samples = rounded(draw.normal(0.0, 1.4, (2 * n, d)))
        near = np.sort(distances(samples, centroids), axis=1)
        clear = (near[:, 1] - near[:, 0] > MARGIN) & (near[:, 0] > MARGIN)
        return samples[clear][:n], centroids

    def is_good(drawn: tuple[Array, Array]) -> bool:
        samples, centroids = drawn
        counts = np.bincount(distances(samples, centroids).argmin(axis=1), minlength=k)
        is_uneven = 3 <= counts.min() <= MAX_SMALLEST and counts.max() > counts.min()
        return len(samples) == n and bool(is_uneven)

    found: tuple[Array, Array] = _until(one, is_good)
    return found


def lloyd(samples: Array, centroids: Array, *, is_new: bool) -> tuple[Array, int]:
    """Where the notebook's loop ends in float64, and after how many steps."""
    now, before, steps = BIG, np.inf, 0
    while before - now > THRESH and steps < LOOP_LIMIT:
        table = distances(samples, centroids)
        moved = means(samples, table.argmin(axis=1), len(centroids))
        moved = np.where(np.isnan(moved), centroids, moved)  # cluster without samples stays
        measured = distances(samples, moved) if is_new else table
        centroids, before, now = moved, now, float(measured.min(axis=1).mean())
        steps += 1
    return centroids, steps


def separated(draw: np.random.Generator, n: int, d: int, k: int) -> tuple[Array, Array]:
    """Well separated blobs and a start from which the loop of either convention ends in them."""

    def one() -> tuple[Array, Array, Array]:
        centers = draw.uniform(-6.0, 6.0, (k, d))
        labels = np.arange(n) % k
        samples = rounded(centers[labels] + draw.normal(0.0, 0.35, (n, d)))
        start = rounded(centers + draw.uniform(-1.2, 1.2, (k, d)))
        return samples, start, centers

    def is_good(drawn: tuple[Array, Array, Array]) -> bool:
        samples, start, centers = drawn
        gaps = distances(centers, centers) + np.eye(k) * 100
        labels = distances(samples, start).argmin(axis=1)
        if gaps.min() < 3.5 or np.bincount(labels, minlength=k).min() < 3:
            return False
        new, old = (lloyd(samples, start, is_new=flag)[0] for flag in (True, False))
        right = means(samples, np.arange(n) % k, k)
        return np.allclose(new, right, atol=1e-6) and np.allclose(old, right, atol=1e-6)

    samples, start, _ = _until(one, is_good)
    order = draw.permutation(n)
    return samples[order], start


def _key(number: int) -> NDArray[np.uint32]:
    """What `jax.random.PRNGKey(number)` is, for a number below 2^32, without computing it."""
    return np.array([0, number], np.uint32)


def _decoys(draw: np.random.Generator, k: int) -> dict[str, Any]:
    return {
        "points": rounded(draw.normal(0.5, 2.0, (37, 2))),
        "num_clusters": k - 2,
        "key": _key(int(draw.integers(1 << 30))),
        "centroids": rounded(draw.normal(0.0, 2.0, (k + 2, 2))),
        "final_assignments": draw.integers(0, k + 2, 37).astype(np.int32),
    }


def _case(
    name: str,
    samples: Array,
    centroids: Array,
    decoys: dict[str, Any],
    visibility: Visibility = Visibility.HIDDEN,
) -> Case:
    """A case with every role of parts 2 to 5."""
    k = len(centroids)
    table = distances(samples, centroids)
    assignment = table.argmin(axis=1).astype(np.int32)
    values = (centroids, np.float32(3.75), np.float32(11.5))
    return Case(
        name,
        inputs={
            "samples": samples,
            "points": samples,
            "centroids": centroids,
            "assignment": assignment,
            "k": k,
            "values": values,
        },
        globals={
            "points": samples,
            "num_clusters": k,
            "key": _key(11),
            "centroids": centroids,
            "final_assignments": assignment,
        },
        decoy_globals=decoys,
        visibility=visibility,
    )


def _example() -> tuple[np.random.Generator, Array, Array]:
    draw = np.random.default_rng(EXAMPLE_SEED)
    return draw, *scattered(draw, 130, 2, 4)


def for_assignment_of_four(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same with four clusters throughout, as many as the exercise has."""
    return for_assignment(draw, k=4)


def for_improve_of_four(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same with four clusters throughout, as many as the exercise has."""
    return for_improve(draw, k=4)


def for_assignment(draw: np.random.Generator, *, k: int = 5) -> tuple[Case, ...]:
    """Parts 2 and 3: the example, a hidden one in 3 dimensions, more samples, an empty cluster."""
    example_draw, samples, centroids = _example()
    cases = [_case("example", samples, centroids, _decoys(example_draw, 4), Visibility.PUBLIC)]
    decoys = _decoys(draw, k)
    samples, centroids = scattered(draw, 110, 3, k)
    cases.append(_case("hidden", samples, centroids, decoys))
    more, centroids_of_more = scattered(draw, 150, 3, k)
    cases.append(_case("more samples", more, centroids_of_more, decoys))
    far, few = centroids.copy(), samples.copy()
    # In the middle, so that it shows whether rows before or after it are spoilt.
    far[2] = rounded(np.full(3, 40.0))
    # And one cluster has a single sample, which is its mean.
    far[-1] = rounded(np.full(3, -9.0))
    few[0] = rounded(far[-1] + draw.uniform(0.1, 0.5, 3))
    cases.append(_case("empty cluster", few, far, decoys))
    return tuple(cases)


def for_improve(draw: np.random.Generator, *, k: int = 5) -> tuple[Case, ...]:
    """Part 4: the example, a hidden one in 3 dimensions, and well separated data for the loop."""
    example_draw, samples, centroids = _example()
    decoys = _decoys(draw, k)
    return (
        _case("example", samples, centroids, _decoys(example_draw, 4), Visibility.PUBLIC),
        _case("hidden", *scattered(draw, 110, 3, k), decoys),
        _case("loop", *separated(draw, 110, 3, k), decoys),
    )


def for_init(draw: np.random.Generator) -> tuple[Case, ...]:
    """Part 1: data away from the origin with a key, with the same key again, with another key.

    The points lie so far apart that a mean of squared distances is above the mean distance.
    """
    seed = int(draw.integers(1 << 30))
    first, second = (int(number) for number in draw.choice(1 << 20, 2, replace=False))
    keys = (("hidden", first), ("same key", first), ("other key", second))
    return tuple(_start_case(name, np.random.default_rng(seed), key) for name, key in keys)


def _start_case(name: str, draw: np.random.Generator, key: int) -> Case:
    center = np.array([8.0, -7.5, 9.0])
    points = rounded(center + draw.normal(0.0, 2.0, (60, 3)))
    given = {"key": _key(key), "points": points, "num_clusters": 5}
    return Case(
        name,
        inputs=dict(given),
        globals=given,
        decoy_globals=_decoys(np.random.default_rng(key), 5),
    )


def for_figure(draw: np.random.Generator) -> tuple[Case, ...]:
    """Part 5: points in the plane in four clusters; the same for everybody, since it is drawn."""
    del draw
    fixed = np.random.default_rng(EXAMPLE_SEED)
    samples, centroids = scattered(fixed, 130, 2, 4)
    return (_case("plane", samples, centroids, _decoys(fixed, 4), Visibility.PUBLIC),)
