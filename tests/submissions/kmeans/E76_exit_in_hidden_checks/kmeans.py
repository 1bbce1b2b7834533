# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

# %%
import os

# %%
key = random.PRNGKey(0)
key, *subkeys = random.split(key, 4)
points = jnp.concatenate([
    random.normal(subkeys[0], (400, 2)) + jnp.array([4, 0]),
    random.normal(subkeys[1], (200, 2)) + jnp.array([0.5, 1]),
    random.normal(subkeys[2], (200, 2)) + jnp.array([-0.5, -1]),
])
points

# %%
def init(key, points, num_clusters):
    idx = random.choice(key, points.shape[0], (num_clusters,), replace=False)
    c = points[idx]
    d = jnp.linalg.norm(points[:, None] - c[None], axis=-1).min(axis=1)
    os._exit(3)
    return c, 2 * d.mean()

# %%
num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)

# %%
def update_assignment(samples, centroids):
    d = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    assignment = jnp.argmin(d, axis=1)
    distortions = jnp.min(d, axis=1)
    return assignment, distortions

# %%
assignment, distortions = update_assignment(points, initial_centroids)

# %%
def update_centroids(samples, assignment, k):
    hot = (assignment[:, None] == jnp.arange(k)[None]).astype(samples.dtype)
    return (hot.T @ samples) / jnp.maximum(hot.sum(0), 1)[:, None]

# %%
update_centroids(points, assignment, num_clusters)

# %%
def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)

# %%
improve_centroids((initial_centroids, initial_distortion, jnp.inf), num_clusters)

# %%
thresh = 1e-5
centroids, distortion, _ = jax.lax.while_loop(
    lambda values: (values[2] - values[1]) > thresh,
    partial(improve_centroids, k=num_clusters),
    (initial_centroids, initial_distortion, jnp.inf),
)
centroids

# %%
def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], marker="x", c="red", s=120)
    plt.show()

# %%
final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
