"""Correct functions that replace an earlier part when a later part is checked.

This text runs next to student code, so it is written for that alone and is not the reference.
"""

import jax.numpy as jnp


def logistic(x):
    return 1 / (1 + jnp.exp(-jnp.asarray(x)))


def sum_logistic(x):
    return logistic(x).sum()


def grad_sum_logistic(x):
    s = logistic(x)
    return s * (1 - s)


def hessian_fn(x, v):
    # As strict as a product of vectors: a whole matrix of directions needs `vmap`.
    if jnp.ndim(x) != 1 or jnp.shape(v) != jnp.shape(x):
        msg = f"a vector with the shape of x, {jnp.shape(x)}, is needed, got {jnp.shape(v)}"
        raise ValueError(msg)
    s = logistic(x)
    return s * (1 - s) * (1 - 2 * s) * v


def hessian_fn_vmap(x):
    s = logistic(x)
    return jnp.diag(s * (1 - s) * (1 - 2 * s))
