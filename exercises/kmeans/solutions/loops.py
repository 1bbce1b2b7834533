"""By loops over the clusters, which JAX unrolls; samples that are summed one after the other."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    order = jnp.argsort(jax.random.uniform(key, (points.shape[0],)))
    start = points[order[:num_clusters]]
    return start, update_assignment(points, start)[1].max()


def update_assignment(samples, centroids):
    best = jnp.zeros(samples.shape[0], dtype=int)
    least = jnp.full(samples.shape[0], jnp.inf, samples.dtype)
    for j in range(centroids.shape[0]):
        squares = sum((samples[:, i] - centroids[j, i]) ** 2 for i in range(samples.shape[1]))
        distance = squares**0.5
        best = jnp.where(distance < least, j, best)
        least = jnp.minimum(distance, least)
    return best, least


def update_centroids(samples, assignment, k):
    def add(i, state):
        sums, counts = state
        return sums.at[assignment[i]].add(samples[i]), counts.at[assignment[i]].add(1.0)

    start = jnp.zeros((k, samples.shape[1]), samples.dtype), jnp.zeros(k, samples.dtype)
    sums, counts = jax.lax.fori_loop(0, samples.shape[0], add, start)
    return sums / (counts + (counts == 0))[:, None]


def improve_centroids(values, k):
    assignment, _ = update_assignment(points, values[0])
    moved = update_centroids(points, assignment, k)
    return moved, jnp.mean(update_assignment(points, moved)[1]), jnp.mean(values[1])


def visualization(points, centroids, assignment):
    for j in range(centroids.shape[0]):
        mine = points[assignment == j]
        plt.scatter(mine[:, 0], mine[:, 1], s=6)
        plt.text(centroids[j, 0], centroids[j, 1], str(j))
        plt.plot(centroids[j, 0], centroids[j, 1], "ks")
