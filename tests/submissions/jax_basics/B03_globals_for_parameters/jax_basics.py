# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
x_small = jnp.arange(3.0)
w = jnp.ones((4, 3))
samples = jnp.ones((5, 3))
key = random.PRNGKey(1)
x = jnp.ones((3, 3))

# %%
def draw_normal(shape):
    new_key, subkey = random.split(key)
    return new_key, random.normal(subkey, shape)

# %%
def to_device(x):
    return device_put(x)

# %%
def gram():
    return jnp.dot(x, x.T)

# %%
@jit
def relu(x):
    return jnp.where(x > 0, x, 0)

# %%
def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x_small)))

# %%
def grad_sum_logistic(x):
    s = 1 / (1 + jnp.exp(-x_small))
    return s * (1 - s)

# %%
def hessian_fn(x, v):
    s = 1 / (1 + jnp.exp(-x_small))
    return s * (1 - s) * (1 - 2 * s) * v

# %%
def hessian_fn_vmap(x):
    def product(v):
        s = 1 / (1 + jnp.exp(-x_small))
        return s * (1 - s) * (1 - 2 * s) * v
    return vmap(product)(jnp.eye(len(x_small)))

# %%
def hessian_jac():
    f = lambda x: jnp.sum(1.0 / (1.0 + jnp.exp(-x)))
    return jax.jacfwd(jax.grad(f))(x_small)

# %%
def batched_apply_matrix(w):
    return vmap(lambda v: w @ v)(samples)
