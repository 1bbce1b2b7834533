import jax.numpy as jnp
import chex


def dist(a, b):
    chex.assert_rank(a, 2)
    return jnp.linalg.norm(a[:, None] - b[None], axis=-1)
