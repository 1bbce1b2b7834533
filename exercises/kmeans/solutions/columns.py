"""By a table with a row for each cluster, built by a list; sums and counts by `segment_sum`."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import vmap


def init(key, points, num_clusters):
    initial_centroids = jax.random.permutation(key, points, axis=0)[:num_clusters]
    per_point = vmap(lambda x: jnp.min(jnp.linalg.norm(x - initial_centroids, axis=1)))(points)
    return initial_centroids, jnp.mean(per_point)


def update_assignment(samples, centroids):
    table = jnp.stack([jnp.linalg.norm(samples - c, axis=1) for c in centroids])
    return jnp.argmin(table, axis=0), jnp.min(table, axis=0)


def update_centroids(samples, assignment, k):
    sums = jax.ops.segment_sum(samples, assignment, num_segments=k)
    counts = jax.ops.segment_sum(jnp.ones(samples.shape[0]), assignment, num_segments=k)
    return sums / jnp.maximum(counts, 1.0)[:, None]


def improve_centroids(values, k):
    centroids, distortion, _ = values
    assignment, distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, distortions.mean(), distortion


def visualization(points, centroids, assignment):
    plt.scatter(*points.T, c=assignment)
    plt.scatter(*centroids.T, c="r", marker="x", s=100)
