"""By formulas, with NumPy where that is allowed."""

import jax
import jax.numpy as jnp
import numpy as np


def draw_normal(key, shape):
    new_key = jax.random.fold_in(key, 1)
    u = jax.random.uniform(jax.random.fold_in(key, 2), shape, minval=1e-6)
    return new_key, jax.scipy.stats.norm.ppf(u)


def to_device(x):
    return jnp.array(x)


def gram(x):
    x = jnp.asarray(x)
    return (x[:, None, :] * x[None, :, :]).sum(-1)


def relu(x):
    return jnp.maximum(x, 0)


def sum_logistic(x):
    return sum(0.5 * (1 + jnp.tanh(x[i] / 2)) for i in range(x.shape[0]))


def grad_sum_logistic(x):
    s = 1 / (1 + np.exp(-np.asarray(x)))
    return s * (1 - s)


def hessian_fn(x, v):
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s) * (1 - 2 * s) * v


def hessian_fn_vmap(x):
    return jnp.diag(hessian_fn(x, jnp.ones_like(x)))


def hessian_jac(x):
    return jax.hessian(sum_logistic)(x)


def batched_apply_matrix(w, v_batched):
    return np.asarray(v_batched) @ np.asarray(w).T
