# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # K-Means in JAX
# My version, written with plain loops first so that I understand it.

# %%
import jax
import jax.numpy as jnp
import numpy as np
import matplotlib.pyplot as plt
from jax import random

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

# %% [markdown]
# ## Part 1

# %%
def init(key, points, num_clusters):
    order = random.permutation(key, len(points))
    initial_centroids = points[order[:num_clusters]]
    initial_distortion = 10000.0
    return initial_centroids, initial_distortion

# %%
num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)

# %% [markdown]
# ## Part 2

# %%
def update_assignment(samples, centroids):
    samples = np.asarray(samples)
    centroids = np.asarray(centroids)
    assignment = np.zeros(len(samples), dtype=int)
    distortions = np.zeros(len(samples))
    for i in range(len(samples)):
        best = None
        for j in range(len(centroids)):
            d = np.sqrt(((samples[i] - centroids[j]) ** 2).sum())
            if best is None or d < best:
                best = d
                assignment[i] = j
        distortions[i] = best
    return assignment, distortions

# %% [markdown]
# ## Part 3

# %%
def update_centroids(samples, assignment, k):
    samples = np.asarray(samples)
    sums = np.zeros((k, samples.shape[1]))
    counts = np.zeros(k)
    for x, j in zip(samples, np.asarray(assignment)):
        sums[j] += x
        counts[j] += 1
    counts[counts == 0] = 1
    return sums / counts[:, None]

# %% [markdown]
# ## Part 4
# `while_loop` complains about tracers here, so I use a normal while.

# %%
def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)

# %%
thresh = 1e-5
values = (initial_centroids, initial_distortion, jnp.inf)
while values[2] - values[1] > thresh:
    values = improve_centroids(values, num_clusters)
centroids, distortion, _ = values
print(centroids, distortion)

# %% [markdown]
# ## Part 5

# %%
def visualization(points, centroids, assignment):
    colours = plt.cm.tab10(np.asarray(assignment) % 10)
    plt.scatter(points[:, 0], points[:, 1], color=colours, s=12)
    plt.scatter(centroids[:, 0], centroids[:, 1], color="black", marker="x", s=100)
    plt.title("k-means")
    plt.show()

# %%
final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
