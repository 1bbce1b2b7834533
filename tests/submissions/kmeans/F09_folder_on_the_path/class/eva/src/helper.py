from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap


def update_assignment(samples, centroids):
    d = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    assignment = jnp.argmin(d, axis=1)
    distortions = jnp.min(d, axis=1)
    return assignment, distortions
