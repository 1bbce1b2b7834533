from functools import partial
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import random


def init(key, points, num_clusters):
    idx = random.choice(key, points.shape[0], (num_clusters,), replace=False)
    c = points[idx]
    d = jnp.linalg.norm(points[:, None] - c[None], axis=-1).min(axis=1)
    return c, 2 * d.mean()


def update_assignment(samples, centroids):
    d = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    return jnp.argmin(d, axis=1), jnp.min(d, axis=1)


def update_centroids(samples, assignment, k):
    oops = missing_name
    hot = (assignment[:, None] == jnp.arange(k)[None]).astype(samples.dtype)
    return (hot.T @ samples) / jnp.maximum(hot.sum(0), 1)[:, None]


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], marker="x", c="red")

