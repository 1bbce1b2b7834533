"""By JAX's transformations throughout, and a normal sample from uniform numbers."""

from functools import partial

import jax
import jax.numpy as jnp


def draw_normal(key, shape):
    first, second, new_key = jax.random.split(key, 3)
    radius = jnp.sqrt(-2 * jnp.log1p(-jax.random.uniform(first, shape)))
    return new_key, radius * jnp.cos(2 * jnp.pi * jax.random.uniform(second, shape))


def to_device(x):
    return jax.device_put(x, jax.devices()[0])


@jax.jit
def gram(x):
    return jnp.einsum("id,jd->ij", x, x)


@partial(jax.jit)
def relu(x):
    return jax.nn.relu(x)


def sum_logistic(x):
    return jax.nn.sigmoid(x).sum()


def grad_sum_logistic(x):
    return jax.vmap(jax.grad(jax.nn.sigmoid))(x)


def hessian_fn(x, v):
    return jax.jvp(jax.grad(sum_logistic), (x,), (v,))[1]


@jax.jit
def hessian_fn_vmap(x):
    return jax.lax.map(partial(hessian_fn, x), jnp.eye(len(x), dtype=x.dtype))


def hessian_jac(x):
    return jax.jacrev(jax.jacfwd(sum_logistic))(x)


def batched_apply_matrix(w, v_batched):
    return jax.vmap(jnp.matmul, in_axes=(None, 0))(w, v_batched)
