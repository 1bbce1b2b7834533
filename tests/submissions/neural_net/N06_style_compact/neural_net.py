# %%
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

# %%
def init_mlp(key, sizes):
    ks = jax.random.split(key, 2 * len(sizes))[1::2]
    return [
        {"b": jnp.zeros(m), "w": (2 / n) ** 0.5 * jax.random.normal(k, (n, m))}
        for k, n, m in zip(ks, sizes, sizes[1:])
    ]

# %%
def forward(params, x):
    x = x @ params[0]["w"] + params[0]["b"]
    for layer in params[1:]:
        x = jax.nn.relu(x) @ layer["w"] + layer["b"]
    return x

# %%
def cross_entropy(params, x, y):
    z = forward(params, x)
    z = z - jax.lax.stop_gradient(z.max(axis=1, keepdims=True))
    return (jnp.log(jnp.exp(z).sum(axis=1)) - jnp.take_along_axis(z, y[:, None], 1).squeeze(1)).mean()

# %%
def sgd_step(params, x, y, lr):
    flat, back = ravel_pytree(params)
    loss, gradient = jax.value_and_grad(lambda flat: cross_entropy(back(flat), x, y))(flat)
    return back(flat - lr * gradient), loss

# %%
def make_adam(lr):
    def init(params):
        flat, _ = ravel_pytree(params)
        return jnp.stack([0 * flat, 0 * flat]), 1.0

    def update(grads, state, params):
        (m, v), t = state
        flat, back = ravel_pytree(params)
        g, _ = ravel_pytree(grads)
        m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
        flat = flat - lr * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return back(flat), (jnp.stack([m, v]), t + 1)

    return init, update

# %%
def train(key, x, y, steps):
    params = init_mlp(key, (64, 10))

    def step(i, carry):
        params, speed = carry
        grads = jax.grad(cross_entropy)(params, x, y)
        speed = jax.tree.map(lambda s, g: 0.9 * s + g, speed, grads)
        return jax.tree.map(lambda p, s: p - 0.1 * s, params, speed), speed

    return jax.lax.fori_loop(0, steps, step, (params, jax.tree.map(jnp.zeros_like, params)))[0]
