# %%
import jax
import jax.numpy as jnp
import numpy as np

# %%
def init_mlp(key, sizes):
    keys = jax.random.split(key, len(sizes))
    return [
        (jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), jnp.zeros(m))
        for k, n, m in zip(keys, sizes, sizes[1:])
    ]

# %%
def forward(params, x):
    for layer in params[:-1]:
        x = jnp.maximum(x @ layer["w"] + layer["b"], 0)
    return x @ params[-1]["w"] + params[-1]["b"]

# %%
def cross_entropy(params, x, y):
    log_p = jax.nn.log_softmax(forward(params, x))
    return -jnp.mean(log_p[jnp.arange(len(y)), y])

# %%
def sgd_step(params, x, y, lr):
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    new_params = jax.tree.map(lambda p, g: p - lr * g, params, grads)
    return new_params, loss

# %%
def make_adam(lr):
    def init(params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return zeros, zeros, 0

    def update(grads, state, params):
        m, v, t = state
        t = t + 1
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g**2, v, grads)

        def move(p, a, b):
            m_hat = a / (1 - 0.9**t)
            v_hat = b / (1 - 0.999**t)
            return p - lr * m_hat / (jnp.sqrt(v_hat) + 1e-8)

        return jax.tree.map(move, params, m, v), (m, v, t)

    return init, update

# %%
def train(key, x, y, steps):
    params = init_mlp(key, (64, 32, 10))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        params, _ = step(params, x, y, 0.5)
    return params
