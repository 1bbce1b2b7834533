"""By broadcasting, and the step's distortion of the incoming centroids: what the audit mutates."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    initial_centroids = points[rows]
    gaps = points[:, None, :] - initial_centroids[None, :, :]
    distances = jnp.sqrt((gaps**2).sum(axis=-1))
    return initial_centroids, distances.min(axis=1).mean()


def update_assignment(samples, centroids):
    gaps = samples[:, None, :] - centroids[None, :, :]
    distances = jnp.sqrt(jnp.sum(gaps**2, axis=-1))
    assignment = jnp.argmin(distances, axis=1)
    distortions = jnp.min(distances, axis=1)
    return assignment, distortions


def update_centroids(samples, assignment, k):
    is_member = assignment[:, None] == jnp.arange(k)[None, :]
    sums = jnp.where(is_member[:, :, None], samples[:, None, :], 0.0).sum(axis=0)
    counts = is_member.sum(axis=0)
    return sums / jnp.maximum(counts, 1)[:, None]


def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")
