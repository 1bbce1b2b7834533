# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
def draw_normal(rng, dims):
    a, b = random.split(rng)
    return b, random.normal(a, dims)

# %%
def to_device(array_on_host):
    return jnp.array(array_on_host)

# %%
def gram(rows):
    return rows @ jnp.asarray(rows).T

# %%
@jit
def relu(z):
    return (z + jnp.abs(z)) / 2

# %%
def sum_logistic(theta):
    return jnp.sum(1 / (1 + jnp.exp(-theta)))

# %%
def grad_sum_logistic(theta):
    return jax.grad(sum_logistic)(theta)

# %%
def hessian_fn(point, tangent):
    return jax.jvp(grad(sum_logistic), (point,), (tangent,))[1]

# %%
def hessian_fn_vmap(point):
    return vmap(lambda e: hessian_fn(point, e))(jnp.eye(len(point)))

# %%
def hessian_jac(point):
    return jax.hessian(sum_logistic)(point)

# %%
def batched_apply_matrix(a, b):
    return b @ a.T
