"""By `segment_sum`, `lax.map` and compiled functions; the start by k-means++."""
# ruff: noqa: F821  (the notebook's globals)

from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def squares_to(points, centroid):
    return jnp.square(points - centroid).sum(axis=1)


def init(key, points, num_clusters):
    key, subkey = jax.random.split(key)
    chosen = [points[jax.random.randint(subkey, (), 0, len(points))]]
    while len(chosen) < num_clusters:
        key, subkey = jax.random.split(key)
        weights = jnp.stack([squares_to(points, c) for c in chosen]).min(axis=0)
        row = jax.random.choice(subkey, len(points), p=weights / weights.sum())
        chosen.append(points[row])
    weights = jnp.stack([squares_to(points, c) for c in chosen]).min(axis=0)
    return jnp.stack(chosen), jnp.sqrt(weights).mean()


@jax.jit
def update_assignment(samples, centroids):
    table = jax.lax.map(partial(squares_to, samples), centroids)
    return jnp.argmin(table, axis=0), jnp.sqrt(jnp.min(table, axis=0))


@partial(jax.jit, static_argnames="k")
def update_centroids(samples, assignment, k):
    sums = jax.ops.segment_sum(samples, assignment, k)
    counts = jnp.bincount(assignment, length=k)
    means = sums / counts[:, None]
    return jnp.where(counts[:, None] > 0, means, 0.0)


def improve_centroids(values, k):
    centroids, distortion, _ = values
    labels, distances = update_assignment(points, centroids)
    return update_centroids(points, labels, k), distances.mean(), jnp.mean(distortion)


def visualization(points, centroids, assignment):
    figure, (left, right) = plt.subplots(1, 2)
    left.scatter(*points.T, c=assignment, cmap="viridis", alpha=0.5)
    left.scatter(*centroids.T, marker="+", s=200, c="k")
    right.hist(assignment)
