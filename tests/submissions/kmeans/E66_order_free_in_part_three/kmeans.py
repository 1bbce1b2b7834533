# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

# %%
key = random.PRNGKey(0)
key, *subkeys = random.split(key, 4)
points = jnp.concatenate(
    [
        random.normal(subkeys[0], (400, 2)) + jnp.array([4, 0]),
        random.normal(subkeys[1], (200, 2)) + jnp.array([0.5, 1]),
        random.normal(subkeys[2], (200, 2)) + jnp.array([-0.5, -1]),
    ]
)
points.shape

# %%
def init(p, q, r):
    rows = jax.random.choice(r, p.shape[0], (q,), replace=False)
    return p[rows], 1e6

# %%
num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)
initial_centroids, initial_distortion

# %%
def update_assignment(p, q):
    d = jnp.linalg.norm(q[:, None] - p[None], axis=-1)
    return d.argmin(1), d.min(1)

# %%
assignment, distortions = update_assignment(points, initial_centroids)
assignment.shape, distortions.shape

# %%
def update_centroids(p, q, r):
    total = jax.ops.segment_sum(r, p, q)
    return total / jnp.maximum(jnp.bincount(p, length=q), 1)[:, None]

# %%
update_centroids(points, assignment, num_clusters)

# %%
def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(assignment, k, points)
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
centroids, distortion

# %%
def visualization(p, q, r):
    plt.scatter(p[:, 0], p[:, 1], c=q)
    plt.scatter(r[:, 0], r[:, 1], c="red", marker="x")

# %%
final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
