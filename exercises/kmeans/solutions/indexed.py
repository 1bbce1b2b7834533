"""By squares, the distance of the chosen centroid read by index; one-hot labels transposed."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    key, subkey = jax.random.split(key)
    rows = jax.random.choice(subkey, len(points), shape=(num_clusters,), replace=False)
    initial_centroids = points[rows]
    squares = jnp.sum((points[:, None, :] - initial_centroids[None, :, :]) ** 2, axis=2)
    return initial_centroids, jnp.mean(jnp.sqrt(jnp.min(squares, axis=1)))


def update_assignment(samples, centroids):
    distances = jnp.sqrt(((samples[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2))
    assignment = jnp.argmin(distances, axis=1)
    distortions = distances[jnp.arange(samples.shape[0]), assignment]
    return assignment, distortions


def update_centroids(samples, assignment, k):
    members = jax.nn.one_hot(assignment, k)
    sums = members.T @ samples
    counts = members.sum(axis=0)
    return sums / jnp.maximum(counts[:, None], 1)


def improve_centroids(values, k):
    centroids, old_distortion, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, distortions = update_assignment(points, new_centroids)
    return new_centroids, distortions.mean(), jnp.mean(old_distortion)


def visualization(points, centroids, assignment):
    plt.figure()
    for j in range(centroids.shape[0]):
        cluster = points[assignment == j]
        plt.scatter(cluster[:, 0], cluster[:, 1], label=f"Cluster {j}")
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="x", label="Centroids")
    plt.legend()
    plt.show()
