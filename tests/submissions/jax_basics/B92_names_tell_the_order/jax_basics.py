# %%
import jax
import jax.numpy as jnp
import numpy as np
from jax import device_put, grad, jit, random, vmap

# %%
jax.devices()

# %%
key = random.PRNGKey(0)
key, subkey = random.split(key)
x = random.normal(subkey, (10,))
print(x)

# %%
def draw_normal(Shape, KEY):
    KEY, subkey = random.split(KEY)
    return KEY, random.normal(subkey, Shape)

# %%
key, x = draw_normal(key, (10,))
print(x)
key, x = draw_normal(key, (10,))
print(x)

# %%
size = 3000
key, subkey = random.split(key)
x = random.normal(subkey, (size, size), dtype=jnp.float32)
%timeit jnp.dot(x, x.T).block_until_ready()

# %%
x = np.random.normal(size=(size, size)).astype(np.float32)
%timeit jnp.dot(x, x.T).block_until_ready()

# %%
def to_device(x):
    return jax.device_put(x)

# %%
x = np.random.normal(size=(size, size)).astype(np.float32)
x = to_device(x)
print(type(x), x.devices())
%timeit jnp.dot(x, x.T).block_until_ready()

# %%
def gram(x):
    return jnp.dot(x, x.T)

# %%
print(gram(np.arange(6.0).reshape(3, 2)))
%timeit gram(x).block_until_ready()

# %%
def selu(x, alpha=1.67, lmbda=1.05):
    return lmbda * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)


key, subkey = random.split(key)
x = random.normal(subkey, (1000000,))
selu(x).block_until_ready()
%timeit selu(x).block_until_ready()

# %%
@jit
def selu_jit(x):
    return selu(x)


selu_jit(x).block_until_ready()
%timeit selu_jit(x).block_until_ready()

# %%
@jax.jit
def relu(x):
    return jnp.where(x > 0, x, 0)

# %%
print(relu(jnp.array([[-1.0, 0.0], [0.5, 2.0]])))
%timeit relu(x).block_until_ready()

# %%
%timeit jnp.where(x > 0, x, 0).block_until_ready()

# %%
def sum_of_cubes(x):
    return jnp.sum(x**3)


x_small = jnp.arange(3.0)
print(grad(sum_of_cubes)(x_small))

# %%
def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))

# %%
print(sum_logistic(x_small))
print(grad(sum_logistic)(x_small))

# %%
def grad_sum_logistic(x):
    return jnp.exp(x) / jnp.power(1.0 + jnp.exp(x), 2)

# %%
print(grad_sum_logistic(x_small))
print(grad(sum_logistic)(x_small))

# %%
def hessian_fn(V, x):
    return jax.jvp(jax.grad(sum_logistic), (x,), (V,))[1]

# %%
print(hessian_fn(x_small, jnp.array([1.0, 0.0, 0.0])))
print(hessian_fn(x_small, jnp.array([0.0, 1.0, 0.0])))
print(hessian_fn(x_small, jnp.array([0.0, 0.0, 1.0])))

# %%
def hessian_fn_stacked(x):
    return jnp.stack([hessian_fn(x, unit_vector) for unit_vector in jnp.identity(x.shape[0])])


hessian_fn_stacked(x_small)

# %%
def length(v):
    return jnp.sqrt(jnp.vdot(v, v))


vmap(length)(jnp.array([[3.0, 4.0], [5.0, 12.0], [8.0, 15.0]]))

# %%
vmap(lambda v: jnp.vdot(v, v))(jnp.array([[3.0, 4.0], [5.0, 12.0], [8.0, 15.0]]))

# %%
def hessian_fn_vmap(x):
    return vmap(lambda v: hessian_fn(v, x))(jnp.identity(x.shape[0]))

# %%
hessian_fn_vmap(x_small)

# %%
print(jax.jacfwd(jax.jacrev(sum_of_cubes))(x_small))
print(jax.jacrev(jax.jacfwd(sum_of_cubes))(x_small))
print(jax.jacfwd(jax.jacfwd(sum_of_cubes))(x_small))
print(jax.jacrev(jax.jacrev(sum_of_cubes))(x_small))

# %%
%timeit jax.jacfwd(jax.jacrev(sum_of_cubes))(x_small).block_until_ready()

# %%
%timeit jax.jacrev(jax.jacfwd(sum_of_cubes))(x_small).block_until_ready()

# %%
def hessian_jac(x):
    return jax.jacfwd(jax.grad(sum_logistic))(x)

# %%
print(hessian_jac(x_small))
%timeit hessian_jac(x_small).block_until_ready()

# %%
@jit
def hessian_jitted(x):
    return hessian_jac(x)


hessian_jitted(x_small)
%timeit hessian_jitted(x_small).block_until_ready()

# %%
%%timeit
hessian_fn(x_small, jnp.array([1.0, 0.0, 0.0]))
hessian_fn(x_small, jnp.array([0.0, 1.0, 0.0]))
hessian_fn(x_small, jnp.array([0.0, 0.0, 1.0])).block_until_ready()

# %%
map(lambda x: x * 2, range(1, 10))

# %%
key, *subkeys = random.split(key, 3)
w = random.normal(subkeys[0], (150, 100))
samples = random.normal(subkeys[1], (10, 100))
%timeit jnp.dot(w, samples.T).block_until_ready()

# %%
def apply_matrix(v):
    return jnp.dot(w, v)


def naively_batched_apply_matrix(v_batched):
    return jnp.stack([apply_matrix(v) for v in v_batched])


print("Naively batched")
%timeit naively_batched_apply_matrix(samples).block_until_ready()

# %%
def distances(v):
    return jnp.sum((w - v) ** 2, axis=1)


def naively_batched_distances(v_batched):
    return jnp.stack([distances(v) for v in v_batched])


print("Naively batched")
%timeit naively_batched_distances(samples).block_until_ready()

# %%
@jit
def vmap_batched_distances(v_batched):
    return vmap(distances)(v_batched)


vmap_batched_distances(samples).block_until_ready()
print("Auto-vectorized with vmap, and compiled")
%timeit vmap_batched_distances(samples).block_until_ready()

# %%
def batched_apply_matrix(V_batched, W):
    return V_batched @ W.T

# %%
print("Batched by you")
%timeit batched_apply_matrix(w, samples).block_until_ready()

# %%
@jit
def batched_jit(w, v_batched):
    return batched_apply_matrix(w, v_batched)


batched_jit(w, samples).block_until_ready()
print("Batched by you and compiled")
%timeit batched_jit(w, samples).block_until_ready()

# %%
@jit
def naively_batched_jit(v_batched):
    return naively_batched_apply_matrix(v_batched)


naively_batched_jit(samples).block_until_ready()
print("Naively batched and compiled")
%timeit naively_batched_jit(samples).block_until_ready()
