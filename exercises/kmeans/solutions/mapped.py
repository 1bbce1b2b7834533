"""By `vmap` over points and clusters, as the task's hints suggest, and a large first distortion."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    key, subkey = jax.random.split(key)
    shuffled = jax.random.permutation(subkey, points)
    return shuffled[:num_clusters], 1e9


def update_assignment(samples, centroids):
    def nearest(sample):
        lengths = jax.vmap(lambda centroid: jnp.linalg.norm(sample - centroid))(centroids)
        return jnp.argmin(lengths), lengths.min()

    return jax.vmap(nearest)(samples)


def update_centroids(samples, assignment, k):
    def mean_of(cluster_id):
        mask = assignment == cluster_id
        total = jnp.where(mask[:, jnp.newaxis], samples, 0).sum(axis=0)
        return total / mask.sum()

    return jax.vmap(mean_of)(jnp.arange(k))


def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)


def visualization(points, centroids, assignment):
    figure, axes = plt.subplots(figsize=(5, 5))
    for j in range(len(centroids)):
        axes.plot(*points[assignment == j].T, "o", markersize=3, label=f"cluster {j}")
    axes.plot(centroids[:, 0], centroids[:, 1], "k*", markersize=14)
    axes.legend()
    plt.show()
