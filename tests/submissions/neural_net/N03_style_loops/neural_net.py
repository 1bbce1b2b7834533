# %%
import jax
import jax.numpy as jnp

# %%
def init_mlp(key, sizes):
    keys = jax.random.split(key, len(sizes))
    params = []
    for i in range(len(sizes) - 1):
        limit = (6.0 / sizes[i]) ** 0.5
        layer = dict()
        layer["w"] = jax.random.uniform(keys[i], (sizes[i], sizes[i + 1]), minval=-limit, maxval=limit)
        layer["b"] = jnp.zeros((sizes[i + 1],))
        params.append(layer)
    return params

# %%
def forward(params, x):
    for i in range(len(params)):
        x = jnp.dot(x, params[i]["w"]) + params[i]["b"]
        if i < len(params) - 1:
            x = jnp.where(x > 0, x, 0)
    return x

# %%
def cross_entropy(params, x, y):
    logits = forward(params, x)
    total = 0.0
    for row, label in zip(logits, y):
        largest = jnp.max(row)
        total += largest + jnp.log(jnp.sum(jnp.exp(row - largest))) - row[label]
    return total / len(y)

# %%
def sgd_step(params, x, y, lr):
    loss = cross_entropy(params, x, y)
    grads = jax.grad(cross_entropy)(params, x, y)
    new_params = []
    for layer, grad in zip(params, grads):
        new_params.append({name: layer[name] - lr * grad[name] for name in layer})
    return new_params, loss

# %%
def make_adam(lr):
    # The corrections are taken together, as at the end of section 2 of the paper.
    def init(params):
        zeros = [0 * p for p in jax.tree.leaves(params)]
        return {"step": 0, "m": zeros, "v": list(zeros)}

    def update(grads, state, params):
        step = state["step"] + 1
        leaves, structure = jax.tree.flatten(params)
        grads = jax.tree.leaves(grads)
        rate = lr * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
        m, v, moved = [], [], []
        for i in range(len(leaves)):
            m.append(0.9 * state["m"][i] + (1 - 0.9) * grads[i])
            v.append(0.999 * state["v"][i] + (1 - 0.999) * grads[i] * grads[i])
            moved.append(leaves[i] - rate * m[i] / (jnp.sqrt(v[i]) + 1e-8))
        return jax.tree.unflatten(structure, moved), {"step": step, "m": m, "v": v}

    return init, update

# %%
def train(key, x, y, steps):
    key, start = jax.random.split(key)
    params = init_mlp(start, [64, 32, 10])

    @jax.jit
    def step(params, batch, labels):
        def loss(params):
            table = jax.nn.log_softmax(forward(params, batch))
            return -jnp.mean(jnp.take_along_axis(table, labels[:, None], axis=1))

        return jax.tree.map(lambda p, g: p - 0.3 * g, params, jax.grad(loss)(params))

    for _ in range(steps):
        key, subkey = jax.random.split(key)
        rows = jax.random.choice(subkey, len(x), (100,), replace=False)
        params = step(params, x[rows], y[rows])
    return params
