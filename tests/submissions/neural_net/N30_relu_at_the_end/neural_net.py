# %%
import jax
import jax.numpy as jnp
import numpy as np

# %%
def init_mlp(key, sizes):
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        key, subkey = jax.random.split(key)
        w = jax.random.normal(subkey, (n_in, n_out)) * jnp.sqrt(2 / n_in)
        layers.append({"w": w, "b": jnp.zeros(n_out)})
    return layers

# %%
def forward(params, x):
    for layer in params:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x

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
