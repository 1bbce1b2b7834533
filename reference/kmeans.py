"""K-means in JAX: the five parts of the exercise and the loop that joins them.

All functions work under `jax.jit` and `jax.vmap`, in 32 and in 64 bits.
"Distortion" is the plain distance to a centroid, not its square.
"""

from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Convention = Literal["incoming", "new"]
"""Which centroids the distortion that a step reports belongs to."""

Values = tuple[jax.Array, jax.Array, jax.Array]
"""What the loop carries: centroids, their distortion, the distortion before."""

THRESH = 1e-5
"""The exercise's stopping rule: go on while the distortion falls by more."""


@partial(jax.jit, static_argnames="num_clusters")
def init(key: jax.Array, points: jax.Array, num_clusters: int) -> tuple[jax.Array, jax.Array]:
    """Return `num_clusters` different rows of `points` and their mean distortion.

    The centroids differ from each other if the rows of `points` do.

    Shapes: key (), points (n, d) -> (k, d), ().
    Raises: ValueError when there are fewer points than clusters.
    Source: E. W. Forgy, "Cluster analysis of multivariate data: efficiency versus
    interpretability of classifications", Biometrics 21 (1965), 768-769.
    """
    n = points.shape[0]
    if num_clusters > n:
        msg = (
            f"init: more clusters than points, got {num_clusters} clusters and"
            f" {n} points; ask for at most {n}"
        )
        raise ValueError(msg)
    rows = jax.random.choice(key, n, (num_clusters,), replace=False)
    initial_centroids = points[rows]
    _, distortions = update_assignment(points, initial_centroids)
    return initial_centroids, distortions.mean()


@jax.jit
def update_assignment(samples: jax.Array, centroids: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the index of each sample's nearest centroid and the distance to it.

    The nearest one is found by a product of matrices: |s - c|^2 = |s|^2 - 2 s.c + |c|^2, and
    |s|^2 does not distinguish centroids. Seen from the centroids' mean, the numbers are small, so
    that data far from the origin lose no digits. The distance itself is that of the difference.

    On a tie the lowest index is taken, as far as rounding lets a tie be one.

    Shapes: samples (n, d), centroids (k, d) -> (n,), (n,).
    Source: S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf.
    Theory 28(2) (1982), 129-137, the nearest-neighbor condition.
    """
    mean = centroids.mean(axis=0, keepdims=True)
    s, c = samples - mean, centroids - mean
    products = jnp.matmul(s, c.T, precision="highest")
    assignment = jnp.argmin(jnp.sum(c**2, axis=1)[None, :] / 2 - products, axis=1)
    difference = samples - centroids[assignment]
    return assignment, jnp.sqrt(jnp.sum(difference**2, axis=1))


@partial(jax.jit, static_argnames="k")
def update_centroids(samples: jax.Array, assignment: jax.Array, k: int) -> jax.Array:
    """Return the mean of the samples of each cluster; an empty one gives zeros.

    Zeros, not 0/0: one NaN centroid would draw every sample in the next step.

    Shapes: samples (n, d), assignment (n,) of integers below k -> (k, d).
    Source: Lloyd (1982), as above, the centroid condition.
    """
    ones = jnp.ones(samples.shape[:1], samples.dtype)
    sums = jax.ops.segment_sum(samples, assignment, num_segments=k)
    counts = jax.ops.segment_sum(ones, assignment, num_segments=k)
    return sums / jnp.maximum(counts, 1)[:, None]


def improve_centroids(
    values: Values, k: int, *, points: jax.Array, convention: Convention = "new"
) -> Values:
    """Return the values after one Lloyd step.

    The second value is the mean distortion of the new centroids or, with
    `convention="incoming"`, of those that came in; the third is the mean of the
    distortion that came in.

    Shapes: values ((k, d), () or (n,), ()), points (n, d) -> ((k, d), (), ()).
    Raises: ValueError when `convention` is neither "incoming" nor "new".
    Source: Lloyd (1982), as above, "Method I".
    """
    if convention not in get_args(Convention):
        msg = f'improve_centroids: unknown convention, got {convention!r}; use "incoming" or "new"'
        raise ValueError(msg)
    centroids, distortion, _ = values
    assignment, distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    if convention == "new":
        _, distortions = update_assignment(points, new_centroids)
    return new_centroids, distortions.mean(), jnp.mean(distortion)


@partial(jax.jit, static_argnames="convention")
def lloyd(
    points: jax.Array,
    centroids: jax.Array,
    initial_distortion: jax.Array | float | None = None,
    *,
    convention: Convention = "new",
    thresh: float = THRESH,
) -> tuple[jax.Array, jax.Array]:
    """Return the centroids and the distortion at which the exercise's loop ends.

    The loop goes on while the reported distortion falls by more than `thresh`.
    Lloyd's steps lower the mean *square*, so the mean distance can rise and the
    loop end short of a fixed point. Without `initial_distortion` it starts from
    the largest number of the type. From exactly the mean distance, the
    "incoming" convention ends after one step, since the first step reports that
    same number again.

    Shapes: points (n, d), centroids (k, d), initial_distortion () -> (k, d), ().
    Raises: ValueError when `convention` is neither "incoming" nor "new".
    Source: Lloyd (1982), as above. That the number of steps is finite and in
    practice small: D. Arthur and S. Vassilvitskii, "k-means++: the advantages of
    careful seeding", Proc. 18th ACM-SIAM SODA (2007), 1027-1035.
    """
    dtype = jnp.result_type(points, centroids, float)
    points, centroids = jnp.asarray(points, dtype), jnp.asarray(centroids, dtype)
    if initial_distortion is None:
        initial_distortion = float(jnp.finfo(dtype).max)
    step = partial(improve_centroids, k=centroids.shape[0], points=points, convention=convention)
    start = (
        centroids,
        jnp.asarray(initial_distortion, dtype),
        jnp.asarray(jnp.inf, dtype),
    )
    centroids, distortion, _ = jax.lax.while_loop(
        lambda values: values[2] - values[1] > thresh, step, start
    )
    return centroids, distortion


def visualization(points: jax.Array, centroids: jax.Array, assignment: jax.Array) -> "Figure":
    """Return a figure of the points, colored by cluster, and of the centroids.

    Shapes: points (n, 2), centroids (k, 2), assignment (n,).
    Raises: ValueError when the points are not two-dimensional.
    Source: the exercise, part 5.
    """
    # Here, not above: matplotlib is slow to import and nothing else needs it.
    import matplotlib.pyplot as plt  # noqa: PLC0415

    if points.ndim != 2 or points.shape[1] != 2:
        msg = (
            f"visualization: points must have shape (n, 2), got {points.shape}; choose two columns"
        )
        raise ValueError(msg)
    figure, axes = plt.subplots()
    axes.scatter(points[:, 0], points[:, 1], c=assignment, s=10, cmap="tab10")
    axes.scatter(centroids[:, 0], centroids[:, 1], c="black", s=120, marker="X")
    axes.set(xlabel="x", ylabel="y", title="Clusters and their centroids")
    axes.set_aspect("equal")
    return figure
