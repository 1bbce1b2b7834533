# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

# %%
def update_assignment(samples, centroids):
    d = ((samples[:, None] - centroids[None]) ** 2).sum(-1)
    return d.argmin(1), jnp.sqrt(d.min(1))


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
def init(key, points, num_clusters):
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    initial_centroids = points[rows]
    gaps = points[:, None, :] - initial_centroids[None, :, :]
    distances = jnp.sqrt((gaps**2).sum(axis=-1))
    return initial_centroids, distances.min(axis=1).mean()

# %%
num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)
initial_centroids, initial_distortion

# %%


# %%
assignment, distortions = update_assignment(points, initial_centroids)
assignment.shape, distortions.shape

# %%
def update_centroids(samples, assignment, k):
    return jnp.stack([samples[assignment == j].mean(axis=0) for j in range(k)])

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
centroids, distortion

# %%
def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")

# %%
final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
