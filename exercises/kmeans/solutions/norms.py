"""By `norm` over the broadcast difference, and means with `where`; the sum as first distortion."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import random


def init(key, points, num_clusters):
    initial_centroids = random.choice(key, points, (num_clusters,), replace=False)
    distances = jnp.linalg.norm(points[:, None] - initial_centroids, axis=-1)
    return initial_centroids, distances.min(axis=-1).sum()


def update_assignment(samples, centroids):
    distances = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return jnp.argmin(distances, axis=-1), jnp.min(distances, axis=-1)


def update_centroids(samples, assignment, k):
    return jnp.array([samples.mean(axis=0, where=(assignment == j)[:, None]) for j in range(k)])


def improve_centroids(values, k):
    centroids, distortion, _ = values
    assignment, distortions = update_assignment(points, centroids)
    return update_centroids(points, assignment, k), jnp.mean(distortions), jnp.mean(distortion)


def visualization(points, centroids, assignment):
    plt.figure(figsize=(6, 6))
    plt.scatter(points[:, 0], points[:, 1], c=assignment, cmap="tab10", s=10)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="red", marker="x", s=100)
    plt.xlabel("x")
    plt.ylabel("y")
    plt.show()
