from functools import partial
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import random


def distances(a, b):
    return jnp.linalg.norm(a[:, None] - b[None], axis=-1)
