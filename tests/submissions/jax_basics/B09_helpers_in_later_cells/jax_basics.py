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
    return device_put(x)

# %%
@jit
def relu(x):
    return jnp.where(x > 0, x, 0)

# %%
def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)

# %%
def hessian_fn_vmap(x):
    return vmap(lambda v: hessian_fn(x, v))(jnp.identity(x.shape[0]))

# %%
def hessian_jac(x):
    return jax.jacfwd(jax.grad(sum_logistic))(x)

# %%
def batched_apply_matrix(w, v_batched):
    return jnp.dot(v_batched, w.T)

# %%
def gram(x):
    return pairs(x, x)

# %%
def sum_logistic(x):
    return total(sigma(x))

# %%
def hessian_fn(x, v):
    return second(x) * v

# %%
def sigma(x):
    return 1 / (1 + jnp.exp(-x))

def total(x):
    return jnp.sum(x)

# %%
def second(x):
    return sigma(x) * (1 - sigma(x)) * (1 - 2 * sigma(x))

# %%
pairs = lambda a, b: jnp.inner(a, b)
