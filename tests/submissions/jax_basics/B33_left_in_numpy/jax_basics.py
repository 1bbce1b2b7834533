# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
def draw_normal(key, shape):
    key, subkey = random.split(key)
    return key, random.normal(subkey, shape)

# %%
def to_device(x):
    device_put(x)
    return x

# %%
def gram(x):
    return jnp.dot(x, x.T)

# %%
@jit
def relu(x):
    return jnp.where(x > 0, x, 0)

# %%
def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))

# %%
def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)

# %%
derivative_fn = grad(sum_logistic)


def hessian_fn(x, v):
    intermediate_fn = lambda x: jnp.vdot(derivative_fn(x), v)
    return grad(intermediate_fn)(x)

# %%
def hessian_fn_vmap(x):
    return vmap(lambda v: hessian_fn(x, v))(jnp.identity(x.shape[0]))

# %%
def hessian_jac(x):
    return jax.jacfwd(jax.grad(sum_logistic))(x)

# %%
def batched_apply_matrix(w, v_batched):
    return jnp.dot(v_batched, w.T)
