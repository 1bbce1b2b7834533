# %% [markdown]
# # First steps in JAX

# %%
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

# %% Part 1
def draw_normal(key: jax.Array, shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
    next_key, subkey = jax.random.split(key)
    return next_key, jax.random.normal(subkey, shape, dtype=jnp.float64)

# %% Parts 2 and 3
to_device = jax.device_put

def gram(matrix):
    return jnp.einsum("id,jd->ij", matrix, matrix)

# %% Part 4
def _relu(x):
    return x * (x > 0)

relu = jax.jit(_relu)

# %% Parts 5 to 9
def logistic(t):
    return 1 / (1 + jnp.exp(-t))

def sum_logistic(x):
    return jax.vmap(logistic)(x).sum()

def grad_sum_logistic(x):
    value, gradient = jax.value_and_grad(sum_logistic)(x)
    return gradient

def hessian_fn(x, v):
    _, along = jax.linearize(jax.grad(sum_logistic), x)
    return along(v)

def hessian_fn_vmap(x):
    return jax.vmap(hessian_fn, in_axes=(None, 0))(x, jnp.eye(x.size, dtype=x.dtype))

hessian_jac = jax.hessian(sum_logistic)

# %% Part 10
@jax.jit
def batched_apply_matrix(w, v_batched):
    return jax.lax.map(lambda v: jnp.dot(w, v), v_batched)
