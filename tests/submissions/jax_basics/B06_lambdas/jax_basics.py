# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
draw_normal = lambda key, shape: (random.split(key)[0], random.normal(random.split(key)[1], shape))

# %%
to_device = lambda x: jnp.asarray(x)

# %%
gram = lambda x: jnp.einsum('ik,jk->ij', x, x)

# %%
relu = jit(lambda x: jnp.maximum(x, 0))

# %%
sum_logistic = lambda x: jax.nn.sigmoid(x).sum()

# %%
grad_sum_logistic = lambda x: grad(sum_logistic)(x)

# %%
hessian_fn = lambda x, v: grad(lambda y: grad_sum_logistic(y) @ v)(x)

# %%
hessian_fn_vmap = lambda x: vmap(lambda v: hessian_fn(x, v))(jnp.eye(x.size))

# %%
hessian_jac = lambda x: jax.jacrev(jax.jacrev(sum_logistic))(x)

# %%
batched_apply_matrix = lambda w, v_batched: jnp.einsum('od,bd->bo', w, v_batched)
