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
        zeros = [{"w": 0 * layer["w"], "b": 0 * layer["b"]} for layer in params]
        return 0, zeros, zeros

    def update(grads, state, params):
        t, new_params, new_m, new_v = state[0] + 1, [], [], []
        for layer, grad, m, v in zip(params, grads, state[1], state[2]):
            m = {k: 0.9 * m[k] + 0.1 * grad[k] for k in ("w", "b")}
            v = {k: 0.999 * v[k] + 0.001 * grad[k] ** 2 for k in ("w", "b")}
            roots = {k: jnp.sqrt(v[k] / (1 - 0.999**t)) + 1e-8 for k in ("w", "b")}
            new_params.append({k: layer[k] - lr * m[k] / (1 - 0.9**t) / roots[k] for k in ("w", "b")})
            new_m.append(m)
            new_v.append(v)
        return new_params, (t, new_m, new_v)

    return init, update

# %%
def train(key, x, y, steps):
    params = init_mlp(key, (64, 32, 10))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        params, _ = step(params, x, y, 0.5)
    return params
