"""The inputs on which the K-Means exercise is graded.

A shape costs a trace and a value little, so there are few shapes, each for a reason, and on some
of them several values. The example is the same for everybody; all that is hidden is drawn from
the run's seed. What each case is for stands beside it: its name is what the audit tells.

Right answers in float32 differ by rounding, also where the square is expanded. So data are near
the origin as seen from their spread, samples on a centroid have few digits, and no sample is so
near a tie that rounding decides. Of exact ties any answer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Case
from grader.results import Visibility

Array = NDArray[np.float64]
EXAMPLE_SEED = 800
FIGURE_SEED = 801
MARGIN = 0.02
"""How much nearer the nearest centroid must be than the next one: labels never hang on rounding."""
SMALL_MARGIN = 6e-4
"""The same where half precision is to show: a few times the room that labels have."""
BIG = 1000.0
LOOP_LIMIT = 500
THRESH = 1e-5
"""The loop of the notebook goes on while the distortion falls by more."""
NEAREST = 0.1
"""How far samples are from a centroid at least, but for those on one: an expanded square of less
is rounding alone."""
MAX_SMALLEST = 7
"""One cluster has at most so many samples: a count that is clipped too high shows."""
MANY = 1201
"""More samples than any limit that is likely to be written, and a prime, so no block divides it."""
WIDE = 23
"""More clusters and coordinates than twenty: as many of both, where axes may be confused."""
TINY, HUGE = 1e-2, 3e6
"""Scales at which rounding, limits, and constants that stand for infinity show."""


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


def lloyd(
    samples: Array, centroids: Array, *, is_new: bool, is_kept: bool = False
) -> tuple[Array, int]:
    """Where the notebook's loop ends in float64, and after how many steps.

    The distortion that it goes by is to the new centroids or to the old ones; with `is_kept` to the
    new ones from the samples that were assigned to them as the old ones.
    """
    now, before, steps = BIG, np.inf, 0
    while before - now > THRESH and steps < LOOP_LIMIT:
        table = distances(samples, centroids)
        moved = means(samples, table.argmin(axis=1), len(centroids))
        moved = np.where(np.isnan(moved), centroids, moved)  # cluster without samples stays
        measured = distances(samples, moved) if is_new or is_kept else table
        own = np.take_along_axis(measured, table.argmin(axis=1)[:, None], axis=1)
        least = own if is_kept else measured.min(axis=1)
        centroids, before, now = moved, now, float(least.mean())
        steps += 1
    return centroids, steps


# What is drawn ---------------------------------------------------------------------------------


def _until(draw_one: Callable[[], Any], is_good: Callable[[Any], bool]) -> Any:
    for _ in range(10_000):
        drawn = draw_one()
        if is_good(drawn):
            return drawn
    raise RuntimeError("no suitable data in 10000 draws")


def scattered(
    draw: np.random.Generator, n: int, d: int, k: int, *, margin: float = MARGIN
) -> tuple[Array, Array]:
    """Samples and centroids near the origin, none near a tie; one cluster small, none empty."""

    def one() -> tuple[Array, Array]:
        centroids = rounded(draw.uniform(-2.0, 2.0, (k, d)))
        samples = rounded(draw.normal(0.0, 1.4, (2 * n, d)))
        near = np.sort(distances(samples, centroids), axis=1)
        clear = (near[:, 1] - near[:, 0] > margin) & (near[:, 0] > margin)
        return samples[clear][:n], centroids

    def is_good(drawn: tuple[Array, Array]) -> bool:
        samples, centroids = drawn
        counts = np.bincount(distances(samples, centroids).argmin(axis=1), minlength=k)
        is_uneven = 3 <= counts.min() <= MAX_SMALLEST and counts.max() > counts.min()
        return len(samples) == n and bool(is_uneven)

    found: tuple[Array, Array] = _until(one, is_good)
    return found


def crowded(
    draw: np.random.Generator, n: int, d: int, k: int, *, scale: float = 1.0
) -> tuple[Array, Array]:
    """Samples all about a few centroids that lie apart, a quarter of them not far from a tie."""

    def one() -> tuple[Array, Array]:
        centroids = rounded(draw.uniform(-2.0, 2.0, (k, d)) + 3.0)
        samples = rounded(draw.normal(3.0, 1.4, (4 * n, d)))
        near = np.sort(distances(samples, centroids), axis=1)
        gaps = near[:, 1] - near[:, 0]
        clear = np.flatnonzero((gaps > SMALL_MARGIN) & (near[:, 0] > NEAREST))
        close, others = np.split(clear[np.argsort(gaps[clear])], [n // 4])
        chosen = draw.permutation([*close, *draw.choice(others, n - len(close), replace=False)])
        return samples[chosen], centroids

    def is_good(drawn: tuple[Array, Array]) -> bool:
        samples, centroids = drawn
        apart = distances(centroids, centroids) + 9 * np.eye(k)
        counts = np.bincount(distances(samples, centroids).argmin(axis=1), minlength=k)
        return len(samples) == n and apart.min() > 1.0 and counts.min() > n / 20

    samples, centroids = _until(one, is_good)
    return rounded(scale * samples), rounded(scale * centroids)


def _about(draw: np.random.Generator, centers: Array) -> Array:
    """A point near each center, and not too near. Shapes: (n, d) -> (n, d)."""
    ways = draw.normal(size=centers.shape)
    ways *= draw.uniform(0.2, 0.6, (len(centers), 1)) / np.linalg.norm(ways, axis=1)[:, None]
    return centers + ways


def grouped(
    draw: np.random.Generator, counts: Sequence[int], d: int, *, scale: float = 1.0
) -> tuple[Array, Array]:
    """So many samples in each cluster, in any order, and centroids that are not their means."""
    k = len(counts)

    def one() -> tuple[Array, Array]:
        centroids = draw.uniform(-5.0, 5.0, (k, d)) * (1 if d > 1 else k)
        shifts = draw.normal(size=(k, d))
        centers = centroids + 0.9 * shifts / np.linalg.norm(shifts, axis=1)[:, None]
        labels = draw.permutation(np.repeat(np.arange(k), counts))
        return rounded(scale * _about(draw, centers[labels])), rounded(scale * centroids)

    def is_good(drawn: tuple[Array, Array]) -> bool:
        samples, centroids = drawn
        table = distances(samples, centroids)
        labels, near = table.argmin(axis=1), np.sort(table, axis=1)
        found = np.bincount(labels, minlength=k)
        if found.tolist() != list(counts) or near[:, 0].min() < NEAREST * scale:
            return False
        moved = distances(samples, means(samples, labels, k))[np.arange(len(labels)), labels]
        is_clear = k == 1 or bool((near[:, 1] - near[:, 0]).min() > MARGIN * scale)
        return is_clear and bool((moved[found[labels] > 1] > NEAREST * scale).all())

    found: tuple[Array, Array] = _until(one, is_good)
    return found


def on_centroids(draw: np.random.Generator, size: int) -> tuple[Array, Array]:
    """As many samples as centroids and coordinates: some on a centroid, two centroids the same.

    Samples on a centroid have quarters for coordinates, one of them 0, so that expanded squares
    are exact. One sample is far away, one is 0, and half of them belong to no centroid much.
    """
    centroids = rounded(draw.normal(0.0, 2.0, (size, size)))
    centroids[[1, 4, 9]] = draw.choice([-0.5, -0.25, 0.25, 0.5], (3, size))
    centroids[[1, 4, 9], 0] = 0.0
    centroids[[3, 8]] = rounded(draw.normal(0.0, 2.0, size))  # 3 + 8 is no cluster
    labels = np.array([4, 3, 9, 0, 8, 1, 9, 10, 2, 3, 7, *range(11, size)])
    samples = rounded(centroids[labels] + draw.uniform(0.2, 0.6, (size, size)))
    for row, label in ((0, 4), (2, 9), (5, 1)):
        samples[row] = centroids[label]
    samples[7] = rounded(samples[7] * 30.0)
    samples[10] = 0.0
    samples[11:] = rounded(draw.normal(0.0, 2.0, samples[11:].shape))
    return samples, centroids


def separated(draw: np.random.Generator, n: int, d: int, k: int) -> tuple[Array, Array]:
    """Well separated blobs and a start from which the loop of either convention ends in them.

    A few samples are nearest to the start of another blob, so that one step is not enough.
    """

    def one() -> tuple[Array, Array, Array]:
        centers = draw.uniform(-6.0, 6.0, (k, d))
        labels = np.arange(n) % k
        samples = rounded(_about(draw, centers[labels]))
        samples[k * 20] = samples[0]
        start = rounded(centers + draw.uniform(-2.4, 2.4, (k, d)))
        return samples, start, centers

    def is_good(drawn: tuple[Array, Array, Array]) -> bool:
        samples, start, centers = drawn
        gaps = distances(centers, centers) + np.eye(k) * 100
        if gaps.min() < 3.5:
            return False
        near = np.sort(distances(samples, start), axis=1)
        labels = distances(samples, start).argmin(axis=1)
        if (
            not 20 < (labels != np.arange(n) % k).sum() < n / 3
            or (near[:, 1] - near[:, 0]).min() < SMALL_MARGIN
        ):
            return False
        if not _keeps_clusters(samples, start):  # what is done with an empty one is free
            return False
        new, old = (lloyd(samples, start, is_new=flag)[0] for flag in (True, False))
        right = means(samples, np.arange(n) % k, k)
        return np.allclose(new, right, atol=1e-6) and np.allclose(old, right, atol=1e-6)

    samples, start, _ = _until(one, is_good)
    order = draw.permutation(n)
    return samples[order], start


def _keeps_clusters(samples: Array, centroids: Array) -> bool:
    """Whether no cluster is empty in any step from these centroids."""
    for _ in range(LOOP_LIMIT):
        labels = distances(samples, centroids).argmin(axis=1)
        if np.bincount(labels, minlength=len(centroids)).min() == 0:
            return False
        moved = means(samples, labels, len(centroids))
        if np.array_equal(moved, centroids):
            return True
        centroids = moved
    return False


# Cases -----------------------------------------------------------------------------------------


def raw_key(number: int, first: int = 0) -> NDArray[np.uint32]:
    """What `jax.random.PRNGKey(number)` is, for a number below 2^32, without computing it."""
    return np.array([first, number], np.uint32)


_KEY = raw_key(11)


def decoys(draw: np.random.Generator, shape: tuple[int, int]) -> dict[str, Any]:
    """Other values for the notebook's globals, the points of a shape that a case has as well.

    One set serves all cases of a part, since each other set needs the student's cells run again.
    """
    return {
        "points": rounded(draw.normal(0.5, 2.0, shape)),
        "num_clusters": 2,
        "key": raw_key(int(draw.integers(1 << 30))),
        "centroids": rounded(draw.normal(0.0, 2.0, (6, 2))),
        "final_assignments": draw.integers(0, 6, 37).astype(np.int32),
    }


def _case(  # noqa: PLR0913  (what may differ)
    name: str,
    samples: Array,
    centroids: Array,
    others: dict[str, Any],
    visibility: Visibility = Visibility.HIDDEN,
    *,
    incoming: tuple[float, float] = (3.75, 11.5),
) -> Case:
    """A case with every role of parts 2 to 5."""
    k = len(centroids)
    assignment = distances(samples, centroids).argmin(axis=1).astype(np.int32)
    return Case(
        name,
        inputs={
            "samples": samples,
            "points": samples,
            "centroids": centroids,
            "assignment": assignment,
            "k": k,
            "values": (centroids, *map(np.float32, incoming)),
        },
        globals={
            "points": samples,
            "num_clusters": k,
            "key": _KEY,
            "centroids": centroids,
            "final_assignments": assignment,
        },
        decoy_globals=others,
        visibility=visibility,
    )


def _example(others: dict[str, Any]) -> Case:
    samples, centroids = scattered(np.random.default_rng(EXAMPLE_SEED), 130, 2, 4)
    return _case("example", samples, centroids, others, Visibility.PUBLIC)


def for_assignment(draw: np.random.Generator) -> tuple[Case, ...]:
    """Part 2: the example, and what else may make a difference to distances."""
    others = decoys(draw, (WIDE, WIDE))
    return (
        _example(others),
        _case("many samples", *crowded(draw, MANY, 3, 3), others),
        _case("samples on centroids", *on_centroids(draw, WIDE), others),
        _case("tiny numbers", *crowded(draw, 130, 2, 4, scale=TINY), others),
        _case("huge numbers", *grouped(draw, [1] * WIDE, WIDE, scale=HUGE), others),
        _case("one sample", *grouped(draw, (0, 0, 0, 0, 1), 1), others),
    )


def for_means(draw: np.random.Generator, *, k: int = 0) -> tuple[Case, ...]:
    """Part 3: the example, and what else may make a difference to means.

    With a `k`, clusters are that many throughout.
    """
    wide, few, more = k or WIDE, k or 3, k or 5
    others = decoys(draw, (130, 2))
    uneven = draw.permutation((1, 2, 9) if few == 3 else (1, 2, 4, 9))
    # One cluster has far more than its share, and more than a byte counts.
    many = draw.permutation([MANY - 40 * (more - 1)] + [40] * (more - 1))
    tiny = grouped(draw, draw.permutation((60, 9, 38, 23)), 2, scale=TINY)
    tiny[0][:9, 0], tiny[0][9:18] = 0.0, tiny[0][18:27]
    huge = grouped(draw, draw.permutation((60, 9, 38, 23)), 2, scale=HUGE)
    empty = draw.permutation([50, 40, 40])
    return (
        _example(others),
        _case("many samples", *grouped(draw, many, 3), others),
        _case("as many of all", *_cycle(draw, wide), others),
        _case("tiny numbers", *tiny, others),
        _case("huge numbers", *huge, others),
        _case("one coordinate", *grouped(draw, uneven, 1), others),
        # In the middle, so that it shows whether rows before or after it are spoilt.
        _case("empty cluster", *grouped(draw, np.insert(empty, 2, 0), 2), others),
    )


def _cycle(draw: np.random.Generator, size: int) -> tuple[Array, Array]:
    """A sample for each cluster, in an order that is not its own inverse."""

    def is_good(drawn: tuple[Array, Array]) -> bool:
        labels = distances(*drawn).argmin(axis=1)
        return not np.array_equal(labels, np.argsort(labels))

    found: tuple[Array, Array] = _until(lambda: grouped(draw, [1] * size, size), is_good)
    return found


def for_means_of_four(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same with four clusters throughout, as many as the exercise has."""
    return for_means(draw, k=4)


def for_improve(draw: np.random.Generator, *, k: int = 0) -> tuple[Case, ...]:
    """Part 4: the example, many samples that end in a loop, and other sizes and scales.

    No cluster has a single sample: its distance to the new centroid would be rounding alone.
    """
    wide, few = k or WIDE, k or 3
    others = decoys(draw, (130, 2))
    points, start = separated(draw, MANY, 2, few)
    many = _case("many samples", points, start, others, incoming=(1500.5, 7000.25))
    # The same points in the same memory, so that the cells need not run again.
    little = draw.uniform(0.002, 0.009), 0.5
    low = _case("low distortion", points, start, others, incoming=little)
    counts = draw.permutation([3] + [2] * (wide - 1))
    far = grouped(draw, counts, wide, scale=HUGE)
    return (
        _example(others),
        many,
        low,
        _case("many clusters", *far, others, incoming=(5e7, 9e7)),
    )


def for_improve_of_four(draw: np.random.Generator) -> tuple[Case, ...]:
    """The same with four clusters throughout, as many as the exercise has."""
    return for_improve(draw, k=4)


def for_figure(draw: np.random.Generator) -> tuple[Case, ...]:
    """Part 5: points in the plane, other numbers of points and clusters than in the notebook.

    It is the same for everybody, since it is shown.
    """
    del draw
    fixed = np.random.default_rng(FIGURE_SEED)
    samples, centroids = scattered(fixed, 151, 2, 6)
    return (_case("plane", samples, centroids, decoys(fixed, (37, 2)), Visibility.PUBLIC),)
