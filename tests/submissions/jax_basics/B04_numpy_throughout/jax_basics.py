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
def gram(x):
    x = np.asarray(x)
    return x @ x.T

# %%
def relu(x):
    return np.maximum(np.asarray(x), 0)

# %%
def sum_logistic(x):
    return (1 / (1 + np.exp(-np.asarray(x)))).sum()

# %%
def grad_sum_logistic(x):
    s = 1 / (1 + np.exp(-np.asarray(x)))
    return s * (1 - s)

# %%
def hessian_fn(x, v):
    s = 1 / (1 + np.exp(-np.asarray(x)))
    return s * (1 - s) * (1 - 2 * s) * np.asarray(v)

# %%
def hessian_fn_vmap(x):
    s = 1 / (1 + np.exp(-np.asarray(x)))
    return np.diag(s * (1 - s) * (1 - 2 * s))

# %%
def hessian_jac(x):
    s = 1 / (1 + np.exp(-np.asarray(x)))
    return np.diag(s * (1 - s) * (1 - 2 * s))

# %%
def batched_apply_matrix(w, v_batched):
    return np.asarray(v_batched) @ np.asarray(w).T
