"""By matrix products: the square expanded, and one-hot labels."""
# ruff: noqa: F821  (the notebook's globals)

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt


def init(key, points, num_clusters):
    low, high = points.min(axis=0), points.max(axis=0)
    shape = (num_clusters, points.shape[1])
    initial_centroids = jax.random.uniform(key, shape, minval=low, maxval=high)
    _, distortions = update_assignment(points, initial_centroids)
    return initial_centroids, jnp.mean(distortions)


def update_assignment(samples, centroids):
    products = samples @ centroids.T
    squares = (samples**2).sum(axis=1)[:, None] + (centroids**2).sum(axis=1)
    table = jnp.maximum(squares - 2 * products, 0)
    return table.argmin(axis=1), jnp.sqrt(table.min(axis=1))


def update_centroids(samples, assignment, k):
    one_hot = jax.nn.one_hot(assignment, k, dtype=samples.dtype)
    return jnp.einsum("nk,nd->kd", one_hot, samples) / jnp.clip(one_hot.sum(0), 1)[:, None]


def improve_centroids(values, k):
    old, distortion, _ = values
    labels, distances = update_assignment(points, old)
    new = update_centroids(points, labels, k)
    under_old_labels = jnp.linalg.norm(points - new[labels], axis=1)
    return new, under_old_labels.mean(), jnp.mean(distortion)


def visualization(points, centroids, assignment):
    colours = plt.get_cmap("tab10")(assignment)
    plt.scatter(points[:, 0], points[:, 1], color=colours, s=8)
    plt.scatter(centroids[:, 0], centroids[:, 1], color="red", s=90, marker="^")
    plt.title("clusters")
    plt.savefig("clusters.png")
