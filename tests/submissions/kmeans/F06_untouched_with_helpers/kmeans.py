# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

# %%
import functools
import time


def update_timer(function):
    @functools.wraps(function)
    def timed(*args):
        start = time.time()
        result = function(*args)
        print(time.time() - start)
        return result

    return timed


def load_data(path):
    return jnp.array([float(word) for word in open(path).read().split()])


def plot_clusters(points, centroids=None, assignment=None):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)


def normalise(samples):
    return (samples - samples.mean(0)) / samples.std(0)


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
plot_clusters(points)

# %%
def init(key, points, num_clusters):
    # TODO
    return initial_centroids, initial_distortion

# %%
num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)
initial_centroids, initial_distortion

# %%
def update_assignment(samples, centroids):
    # TODO
    return assignment, distortions

# %%
assignment, distortions = update_assignment(points, initial_centroids)
assignment.shape, distortions.shape

# %%
def update_centroids(samples, assignment, k):
    # TODO
    return new_centroids

# %%
update_centroids(points, assignment, num_clusters)

# %%
def improve_centroids(values, k):
    centroids, distortions, _ = values
    # TODO
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
    # TODO
    pass

# %%
final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
