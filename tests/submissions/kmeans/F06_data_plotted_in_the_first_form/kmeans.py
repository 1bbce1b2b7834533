# %%
import jax
import jax.numpy as jnp
from jax import random, vmap, jit
from functools import partial
import matplotlib.pyplot as plt
key = random.PRNGKey(0)

# %%
key, *subkeys = random.split(key, 4)
points = jnp.concatenate([
    jax.random.normal(subkeys[0], (400, 2)) + jnp.array([4, 0]),
    jax.random.normal(subkeys[1], (200, 2)) + jnp.array([.5, 1]),
    jax.random.normal(subkeys[2], (200, 2)) + jnp.array([-.5, -1]),
])
points

# %%
def show(samples):
    plt.scatter(samples[:, 0], samples[:, 1])


show(points)

# %%
num_clusters = 4
key, subkey = random.split(key)
# TODO

# %%
def update_assignment(samples, centroids):
    # TODO
    return assignment, distortions

# %%
# TODO

# %%
def improve_centroids(values, k):
    centroids, distortions, _ = values
    # TODO
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)

# let's test it
improve_centroids((initial_centroids, initial_distortion, jnp.inf), 4)

# %%
from functools import partial

# %%
thresh=1e-5
centroids, distortion, _ = jax.lax.while_loop(
        lambda values: (values[2] - values[1]) > thresh,
        partial(improve_centroids, k = num_clusters),
        (initial_centroids, initial_distortion, jnp.inf),
)
centroids

# %%
import matplotlib.pyplot as plt

# %%
# Perform the final assignment
final_assignments, _ = update_assignment(points, centroids)

# TODO
