"""By `take_along_axis`, and sums that are scattered with `at[].add`; a shuffled index as start."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    order = jax.random.permutation(key, len(points))
    initial_centroids = points[order[:num_clusters]]
    _, distortions = update_assignment(points, initial_centroids)
    return initial_centroids, distortions.mean()


def update_assignment(samples, centroids):
    differences = jnp.expand_dims(samples, 1) - jnp.expand_dims(centroids, 0)
    distances = jnp.linalg.norm(differences, axis=2)
    assignment = distances.argmin(axis=1)
    distortions = jnp.take_along_axis(distances, assignment[:, None], axis=1)[:, 0]
    return assignment, distortions


def update_centroids(samples, assignment, k):
    sums = jnp.zeros((k, samples.shape[1])).at[assignment].add(samples)
    counts = jnp.zeros(k).at[assignment].add(1)
    return sums / counts[:, None]


def improve_centroids(values, k):
    centroids, distortion, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, jnp.mean(new_distortions), jnp.mean(distortion)


def visualization(points, centroids, assignment):
    fig, ax = plt.subplots(figsize=(8, 6))
    scatter = ax.scatter(points[:, 0], points[:, 1], c=assignment, cmap="viridis", alpha=0.6)
    ax.scatter(centroids[:, 0], centroids[:, 1], c="red", marker="X", s=200, label="centroids")
    ax.legend()
    fig.colorbar(scatter)
