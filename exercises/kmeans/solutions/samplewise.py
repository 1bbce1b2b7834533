"""By one function of a sample, mapped over all, as the task's loop over samples would read."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import vmap


def init(key, points, num_clusters):
    n = points.shape[0]
    chosen = jax.random.choice(key, jnp.arange(n), shape=(num_clusters,), replace=False)
    return points[chosen], 1000.0


def update_assignment(samples, centroids):
    def one(sample):
        distances = jnp.linalg.norm(centroids - sample, axis=1)
        return jnp.argmin(distances), jnp.min(distances)

    assignment, distortions = vmap(one)(samples)
    return assignment, distortions


def update_centroids(samples, assignment, k):
    def one(cluster_id):
        is_member = assignment == cluster_id
        count = jnp.sum(is_member)
        total = jnp.sum(jnp.where(is_member[:, None], samples, 0.0), axis=0)
        return total / jnp.maximum(count, 1)

    return vmap(one)(jnp.arange(k))


def improve_centroids(values, k):
    centroids, distortion, _ = values
    assignment, distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, jnp.mean(distortions), jnp.mean(distortion)


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment, s=20)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="k", marker="*", s=150)
    plt.title("K-Means")
    plt.show()
