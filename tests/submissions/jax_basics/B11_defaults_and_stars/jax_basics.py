# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
def draw_normal(key, shape=(10,), dtype=jnp.float32):
    key, subkey = random.split(key)
    return key, random.normal(subkey, shape, dtype)

# %%
def to_device(x):
    return device_put(x)

# %%
def gram(*args):
    x = jnp.asarray(args[0])
    return x @ x.T

# %%
@jit
def relu(x, threshold=0.0):
    return jnp.where(x > threshold, x, 0.0)

# %%
def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))

# %%
def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)

# %%
def hessian_fn(x, v=None, f=sum_logistic):
    return jax.jvp(jax.grad(f), (x,), (v,))[1]

# %%
def hessian_fn_vmap(x):
    return vmap(lambda v: hessian_fn(x, v))(jnp.identity(x.shape[0]))

# %%
def hessian_jac(x):
    return jax.jacfwd(jax.grad(sum_logistic))(x)

# %%
def batched_apply_matrix(w, v_batched, *, bias=0):
    return v_batched @ w.T + bias
