from functools import partial
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import random


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], marker="x", c="red")

