# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap
from functools import partial, wraps

# %%
def draw_normal(key, shape):
    key, subkey = random.split(key)
    return key, random.normal(subkey, shape)

# %%
to_device = partial(jax.device_put, device=jax.devices()[0])

# %%
def gram(x):
    return jnp.dot(x, x.T)

# %%
relu = partial(jit(jnp.maximum), 0)

# %%
def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))

# %%
def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)

# %%
def checked(f):
    @wraps(f)
    def inner(*args, **kwargs):
        result = f(*args, **kwargs)
        assert result.shape == args[0].shape
        return result
    return inner


@checked
def hessian_fn(x, v):
    return jax.vjp(grad(sum_logistic), x)[1](v)[0]

# %%
def hessian_fn_vmap(x):
    return vmap(partial(hessian_fn, x))(jnp.identity(len(x)))

# %%
hessian_jac = jax.jacrev(jax.jacfwd(sum_logistic))

# %%
batched_apply_matrix = vmap(lambda w, v: w @ v, in_axes=(None, 0))
