"""As in the tutorial: what the audit mutates."""

import jax
import jax.numpy as jnp


def draw_normal(key, shape):
    key, subkey = jax.random.split(key)
    x = jax.random.normal(subkey, shape)
    return key, x


def to_device(x):
    return jax.device_put(x)


def gram(x):
    return jnp.dot(x, x.T)


@jax.jit
def relu(x):
    return jnp.where(x > 0, x, 0)


def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))


def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)


def hessian_fn(x, v):
    intermediate_fn = lambda y: jnp.vdot(jax.grad(sum_logistic)(y), v)
    return jax.grad(intermediate_fn)(x)


def hessian_fn_vmap(x):
    return jax.vmap(lambda v: hessian_fn(x, v))(jnp.identity(x.shape[0]))


def hessian_jac(x):
    return jax.jacfwd(jax.grad(sum_logistic))(x)


def batched_apply_matrix(w, v_batched):
    return jnp.dot(v_batched, w.T)
