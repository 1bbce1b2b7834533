"""By loops wherever they are allowed, as one writes before knowing better."""

import jax
import jax.numpy as jnp
import numpy as np


def draw_normal(key, shape):
    key, subkey = jax.random.split(key)
    rows = [jax.random.normal(k, shape[1:]) for k in jax.random.split(subkey, shape[0])]
    return key, jnp.stack(rows)


def to_device(x):
    return jnp.array(x.tolist())


def gram(x):
    n = x.shape[0]
    products = jnp.zeros((n, n))
    for i in range(n):
        products = products.at[i].set(jnp.dot(x, x[i]))
    return products


_compiled = {}


def relu(x):
    if "relu" not in _compiled:
        _compiled["relu"] = jax.jit(lambda y: y * (y > 0))
    return _compiled["relu"](x)


def sum_logistic(x):
    total = 0.0
    for entry in x:
        total = total + 1 / (1 + jnp.exp(-entry))
    return total


def grad_sum_logistic(x):
    return [float(jax.grad(jax.nn.sigmoid)(entry)) for entry in x]


def hessian_fn(x, v):
    gradient = jax.grad(sum_logistic)
    rows = [jax.grad(lambda y, i=i: gradient(y)[i])(x) for i in range(len(x))]
    return np.array([float(row @ v) for row in rows])


def hessian_fn_vmap(x):
    n = x.shape[0]
    second = jax.grad(jax.grad(jax.nn.sigmoid))
    return jax.lax.fori_loop(0, n, lambda i, h: h.at[i, i].set(second(x[i])), jnp.zeros((n, n)))


def hessian_jac(x):
    matrix = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        matrix[i] = jax.grad(lambda y, i=i: jax.grad(sum_logistic)(y)[i])(x)
    return matrix


def batched_apply_matrix(w, v_batched):
    columns = []
    for row in w:
        columns.append(v_batched @ row)
    return jnp.stack(columns, axis=1)
