"""Known mistakes of the exercise on a neural network: plausible wrong functions, and the words.

Each is written like a student's function, on its own and with the same parameters, and can be
submitted as one. The earlier parts that they call are the notebook's, by name.
"""
# ruff: noqa: B905, F821, RET503, RUF007  (as students write; earlier parts are theirs)

import jax
import jax.numpy as jnp
import numpy as np

from grader.assignment import Mistake

# init_mlp(key, sizes) -----------------------------------------------------------------------------


def one_key_for_all_layers(key, sizes):
    """Each layer is drawn with the same key. Source: the key is not split."""
    return [
        {"w": jax.random.normal(key, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros(m)}
        for n, m in zip(sizes[:-1], sizes[1:])
    ]


def fixed_key(key, sizes):
    """The key is written down. Source: a line of the notebook is copied whole."""
    keys = jax.random.split(jax.random.PRNGKey(0), len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def drawn_by_numpy(key, sizes):
    """NumPy's hidden state draws. Source: the habit of NumPy."""
    return [
        {"w": jnp.asarray(np.random.normal(0, np.sqrt(2 / n), (n, m))), "b": jnp.zeros(m)}  # noqa: NPY002
        for n, m in zip(sizes[:-1], sizes[1:])
    ]


def unit_scale(key, sizes):
    """Standard normal weights. Source: the scale is left out."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def lecun_scale(key, sizes):
    """The root of 1 / n_in. Source: the rule for other units than rectified linear ones."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) / jnp.sqrt(n), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def xavier_scale(key, sizes):
    """The root of 2 / (n_in + n_out). Source: the rule of Glorot and Bengio."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / (n + m)), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def scale_of_outputs(key, sizes):
    """The root of 2 / n_out. Source: the two sizes of a layer are confused."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / m), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def variance_for_deviation(key, sizes):
    """Scaled by 2 / n_in. Source: the variance is taken for the standard deviation."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * 2 / n, "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def positive_weights(key, sizes):
    """Uniform between 0 and a limit. Source: `uniform` is not centered by itself."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.uniform(k, (n, m)) * jnp.sqrt(6 / n), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def zero_weights(key, sizes):
    """All zeros. Source: what is right for the biases is done for the weights."""
    return [{"w": jnp.zeros((n, m)), "b": jnp.zeros(m)} for n, m in zip(sizes[:-1], sizes[1:])]


def random_biases(key, sizes):
    """Biases are drawn too. Source: all parameters are treated alike."""
    layers = []
    for n, m in zip(sizes[:-1], sizes[1:]):
        key, one, two = jax.random.split(key, 3)
        w = jax.random.normal(one, (n, m)) * jnp.sqrt(2 / n)
        layers.append({"w": w, "b": jax.random.normal(two, (m,))})
    return layers


def biases_of_ones(key, sizes):
    """Biases of one. Source: a start that keeps units active."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), "b": jnp.ones(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def biases_as_rows(key, sizes):
    """Biases of shape (1, n_out). Source: a row is wanted for the sum with a batch."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros((1, m))}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def biases_of_inputs(key, sizes):
    """Biases of length n_in. Source: the two sizes of a layer are confused."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros(n)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def transposed_weights(key, sizes):
    """Weights of shape (n_out, n_in). Source: the convention of PyTorch."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(k, (m, n)) * jnp.sqrt(2 / n), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, sizes[:-1], sizes[1:])
    ]


def layer_for_each_size(key, sizes):
    """One layer more than there are. Source: as many layers as sizes are counted."""
    keys = jax.random.split(key, len(sizes))
    return [
        {"w": jax.random.normal(k, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros(m)}
        for k, n, m in zip(keys, (sizes[0], *sizes[:-1]), sizes)
    ]


# forward(params, x) -------------------------------------------------------------------------------


def relu_at_the_end(params, x):
    """ReLU after each layer. Source: the last layer is treated like the others."""
    for layer in params:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x


def without_relu(params, x):
    """No ReLU at all. Source: the layers are multiplied and added only."""
    for layer in params:
        x = x @ layer["w"] + layer["b"]
    return x


def relu_of_the_input(params, x):
    """ReLU before each layer, the first one included. Source: the loop begins with it."""
    for layer in params:
        x = jax.nn.relu(x) @ layer["w"] + layer["b"]
    return x


def relu_before_the_bias(params, x):
    """The bias comes after ReLU. Source: a bracket closes too early."""
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"]) + layer["b"]
    return x @ params[-1]["w"] + params[-1]["b"]


def probabilities(params, x):
    """Softmax at the end. Source: what the network says is wanted as probabilities."""
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return jax.nn.softmax(x @ params[-1]["w"] + params[-1]["b"])


def log_probabilities(params, x):
    """The logarithm of softmax at the end. Source: what the loss needs is done here."""
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return jax.nn.log_softmax(x @ params[-1]["w"] + params[-1]["b"])


def tanh_units(params, x):
    """The hyperbolic tangent between layers. Source: an older network."""
    for layer in params[:-1]:
        x = jax.numpy.tanh(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


def sigmoid_units(params, x):
    """The logistic function between layers. Source: an older network."""
    for layer in params[:-1]:
        x = jax.nn.sigmoid(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


def without_biases(params, x):
    """Products only. Source: the biases are zero at the start and not missed."""
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"])
    return x @ params[-1]["w"]


def last_layer_without_bias(params, x):
    """The last layer is a product only. Source: it is written beside the loop, from memory."""
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"]


# cross_entropy(params, x, y) ----------------------------------------------------------------------


def sum_over_rows(params, x, y):
    """The sum. Source: the mean is forgotten."""
    log_p = jax.nn.log_softmax(forward(params, x))
    return -jnp.sum(log_p[jnp.arange(len(y)), y])


def loss_of_each_row(params, x, y):
    """One loss for each row. Source: the mean is forgotten."""
    log_p = jax.nn.log_softmax(forward(params, x))
    return -log_p[jnp.arange(len(y)), y]


def mean_over_classes_too(params, x, y):
    """Divided by the number of classes as well. Source: the mean of the whole table."""
    log_p = jax.nn.log_softmax(forward(params, x))
    return -jnp.mean(log_p * jax.nn.one_hot(y, log_p.shape[1]))


def without_minus(params, x, y):
    """The mean log-probability. Source: the minus is forgotten."""
    log_p = jax.nn.log_softmax(forward(params, x))
    return jnp.mean(log_p[jnp.arange(len(y)), y])


def without_logarithm(params, x, y):
    """Minus the mean probability. Source: the logarithm is forgotten."""
    p = jax.nn.softmax(forward(params, x))
    return -jnp.mean(p[jnp.arange(len(y)), y])


def naive_softmax(params, x, y):
    """Softmax as its formula. Source: the textbook's formula is typed in."""
    e = jnp.exp(forward(params, x))
    p = e / jnp.sum(e, axis=1, keepdims=True)
    return -jnp.mean(jnp.log(p[jnp.arange(len(y)), y]))


def naive_logsumexp(params, x, y):
    """The logarithm of the sum of exponentials as its formula. Source: half of the way."""
    logits = forward(params, x)
    log_sum = jnp.log(jnp.sum(jnp.exp(logits), axis=1))
    return jnp.mean(log_sum - logits[jnp.arange(len(y)), y])


def logarithm_of_softmax(params, x, y):
    """The logarithm of JAX's softmax. Source: two safe functions are taken for a safe one."""
    p = jax.nn.softmax(forward(params, x))
    return -jnp.mean(jnp.log(p[jnp.arange(len(y)), y]))


def small_number_in_the_logarithm(params, x, y):
    """1e-9 is added to each probability. Source: a remedy against infinity."""
    p = jax.nn.softmax(forward(params, x))
    return -jnp.mean(jnp.log(p[jnp.arange(len(y)), y] + 1e-9))


def largest_probability(params, x, y):
    """The largest probability of each row. Source: the label is not used."""
    log_p = jax.nn.log_softmax(forward(params, x))
    return -jnp.mean(jnp.max(log_p, axis=1))


def squared_error(params, x, y):
    """The mean squared error of the probabilities. Source: the loss of regression."""
    p = jax.nn.softmax(forward(params, x))
    return jnp.mean((p - jax.nn.one_hot(y, p.shape[1])) ** 2)


def softmax_over_rows(params, x, y):
    """Softmax over the batch. Source: the wrong axis."""
    log_p = jax.nn.log_softmax(forward(params, x), axis=0)
    return -jnp.mean(log_p[jnp.arange(len(y)), y])


# sgd_step(params, x, y, lr) -----------------------------------------------------------------------


def uphill(params, x, y, lr):
    """A step up the gradient. Source: the sign."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return jax.tree.map(lambda p, g: p + lr * g, params, grads), loss


def loss_after_the_step(params, x, y, lr):
    """The loss of the new parameters. Source: the loss is computed last."""
    grads = jax.grad(cross_entropy)(params, x, y)
    params = jax.tree.map(lambda p, g: p - lr * g, params, grads)
    return params, cross_entropy(params, x, y)


def loss_first(params, x, y, lr):
    """The two values are swapped. Source: the order of `value_and_grad`."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return loss, jax.tree.map(lambda p, g: p - lr * g, params, grads)


def rate_of_one_tenth(params, x, y, lr):
    """The rate is written down. Source: a line is copied."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return jax.tree.map(lambda p, g: p - 0.1 * g, params, grads), loss


def without_rate(params, x, y, lr):
    """The whole gradient is subtracted. Source: the rate is forgotten."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return jax.tree.map(lambda p, g: p - g, params, grads), loss


def returns_gradients(params, x, y, lr):
    """The gradient. Source: the step is left to the caller."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return grads, loss


def weights_only(params, x, y, lr):
    """Biases stay. Source: the loop goes over the weights."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    moved = [{"w": p["w"] - lr * g["w"], "b": p["b"]} for p, g in zip(params, grads)]
    return moved, loss


def last_layer_only(params, x, y, lr):
    """Only the last layer moves. Source: the index of a loop that has ended."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    last = jax.tree.map(lambda p, g: p - lr * g, params[-1], grads[-1])
    return [*params[:-1], last], loss


def divided_by_rows_again(params, x, y, lr):
    """The gradient is divided by the number of rows. Source: the loss is a mean already."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return jax.tree.map(lambda p, g: p - lr * g / len(y), params, grads), loss


def parameters_unchanged(params, x, y, lr):
    """The old parameters. Source: `tree.map` is taken for a change in place."""
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    jax.tree.map(lambda p, g: p - lr * g, params, grads)
    return params, loss


# make_adam(lr) ------------------------------------------------------------------------------------


def without_bias_correction(lr):
    """The averages as they are. Source: the correction is left out."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return zeros, zeros

    def update(grads, state, params):
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[1], grads)
        moved = jax.tree.map(lambda p, m, v: p - lr * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return moved, (m, v)

    return init, update


def epsilon_in_the_root(lr):
    """Epsilon is added to v. Source: the bracket of the root closes too late."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        moved = jax.tree.map(lambda p, m, v: p - lr * m / a / jnp.sqrt(v / b + 1e-8), params, m, v)
        return moved, (t, m, v)

    return init, update


def without_epsilon(lr):
    """No epsilon. Source: it is so small."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        moved = jax.tree.map(lambda p, m, v: p - lr * m / a / jnp.sqrt(v / b), params, m, v)
        return moved, (t, m, v)

    return init, update


def without_root(lr):
    """Divided by v itself. Source: the root is forgotten."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        moved = jax.tree.map(lambda p, m, v: p - lr * m / a / (v / b + 1e-8), params, m, v)
        return moved, (t, m, v)

    return init, update


def momentum_only(lr):
    """The average of the gradients, without the second one. Source: another optimizer."""

    def init(params):
        return 0, jax.tree.map(lambda p: 0 * p, params)

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        moved = jax.tree.map(lambda p, m: p - lr * m / (1 - 0.9**t), params, m)
        return moved, (t, m)

    return init, update


def plain_descent(lr):
    """A step down the gradient. Source: part 4 is wrapped up."""

    def init(params):
        return ()

    def update(grads, state, params):
        return jax.tree.map(lambda p, g: p - lr * g, params, grads), state

    return init, update


def counts_from_zero(lr):
    """The first step has the number 0. Source: the counter goes up at the end."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0]
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = jnp.float32(1 - 0.9**t), jnp.float32(1 - 0.999**t)
        moved = jax.tree.map(
            lambda p, m, v: p - lr * m / a / (jnp.sqrt(v / b) + 1e-8), params, m, v
        )
        return moved, (t + 1, m, v)

    return init, update


def always_the_first_step(lr):
    """The correction of the first step in each. Source: the counter is never stored."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return zeros, zeros

    def update(grads, state, params):
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[1], grads)
        a, b = 1 - 0.9, 1 - 0.999
        moved = jax.tree.map(
            lambda p, m, v: p - lr * m / a / (jnp.sqrt(v / b) + 1e-8), params, m, v
        )
        return moved, (m, v)

    return init, update


def state_is_not_kept(lr):
    """The state that came in goes out. Source: a state is taken for something that changes."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        moved = jax.tree.map(
            lambda p, m, v: p - lr * m / a / (jnp.sqrt(v / b) + 1e-8), params, m, v
        )
        return moved, state

    return init, update


def corrected_averages_kept(lr):
    """The corrected averages are stored. Source: one name for both."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        a, b = 1 - 0.9**t, 1 - 0.999**t
        m = jax.tree.map(lambda m, g: (0.9 * m + 0.1 * g) / a, state[1], grads)
        v = jax.tree.map(lambda v, g: (0.999 * v + 0.001 * g**2) / b, state[2], grads)
        moved = jax.tree.map(lambda p, m, v: p - lr * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return moved, (t, m, v)

    return init, update


def betas_exchanged(lr):
    """0.999 for the gradients, 0.9 for their squares. Source: the two are confused."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.999 * m + 0.001 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.9 * v + 0.1 * g**2, state[2], grads)
        a, b = 1 - 0.999**t, 1 - 0.9**t
        moved = jax.tree.map(
            lambda p, m, v: p - lr * m / a / (jnp.sqrt(v / b) + 1e-8), params, m, v
        )
        return moved, (t, m, v)

    return init, update


def adds_the_step(lr):
    """The step is added. Source: the sign."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        moved = jax.tree.map(
            lambda p, m, v: p + lr * m / a / (jnp.sqrt(v / b) + 1e-8), params, m, v
        )
        return moved, (t, m, v)

    return init, update


def returns_the_step(lr):
    """What is to be added, instead of the new parameters. Source: the convention of Optax."""

    def init(params):
        zeros = jax.tree.map(lambda p: 0 * p, params)
        return 0, zeros, zeros

    def update(grads, state, params):
        t = state[0] + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[1], grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, state[2], grads)
        a, b = 1 - 0.9**t, 1 - 0.999**t
        steps = jax.tree.map(lambda m, v: -lr * m / a / (jnp.sqrt(v / b) + 1e-8), m, v)
        return steps, (t, m, v)

    return init, update


# train(key, x, y, steps) --------------------------------------------------------------------------


def untrained(key, x, y, steps):
    """The parameters of the start. Source: the result of the loop is not kept."""
    params = init_mlp(key, (64, 32, 10))
    for _ in range(min(steps, 3)):
        sgd_step(params, x, y, 0.3)
    return params


def trained_uphill(key, x, y, steps):
    """The loss grows. Source: the sign of a step of one's own."""
    params = init_mlp(key, (64, 32, 10))
    gradient = jax.jit(jax.grad(cross_entropy))
    for _ in range(steps):
        params = jax.tree.map(lambda p, g: p + 0.1 * g, params, gradient(params, x, y))
    return params


def first_digits_only(key, x, y, steps):
    """Thirty digits are trained with. Source: a try that was left like that."""
    params = init_mlp(key, (64, 32, 10))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        params, _ = step(params, x[:30], y[:30], 0.3)
    return params


def single_step(key, x, y, steps):
    """One step. Source: `return` is inside the loop."""
    params = init_mlp(key, (64, 32, 10))
    for _ in range(steps):
        params, _ = sgd_step(params, x, y, 0.3)
        return params


def tiny_rate(key, x, y, steps):
    """Steps of a thousandth of the gradient. Source: the rate of Adam with plain descent."""
    params = init_mlp(key, (64, 32, 10))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        params, _ = step(params, x, y, 0.001)
    return params


def images_and_labels_apart(key, x, y, steps):
    """Images and labels are drawn separately. Source: a key for each in a batch."""
    params = init_mlp(key, (64, 32, 10))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        key, one, two = jax.random.split(key, 3)
        images = jax.random.choice(one, x, (64,))
        params, _ = step(params, images, jax.random.choice(two, y, (64,)), 0.3)
    return params


def start_at_zero(key, x, y, steps):
    """All parameters are zero at the start. Source: the key is not used."""
    params = jax.tree.map(lambda p: 0 * p, init_mlp(key, (64, 32, 10)))
    step = jax.jit(sgd_step)
    for _ in range(steps):
        params, _ = step(params, x, y, 0.3)
    return params


HINT_KEYS = "How many different keys do you use, and which of them come from `key`?"
HINT_SCALE = "Compute the standard deviation of a large layer, and compare it with the formula."
HINT_SHAPES = "Print the shapes of all layers, and compare them with those in the task."
HINT_BIASES = "Which value does the task give each bias at the start?"
HINT_LAYERS = "Follow one row through the layers, and write down what happens after each product."
HINT_LAST = "What should the last layer return, and does that include a function of it?"
HINT_LOSS = "Compute the loss of two rows by hand, and compare it with yours."
HINT_LARGE = (
    "Which step overflows for a logit of 10000? Which function of JAX gives log-probabilities?"
)
HINT_STEP = "Compare the line that changes the parameters with the formula in the task."
HINT_ORDER = "Compare the order of the returned values with the one in the task."
HINT_ALL = "Which entries of the tree stay as they were?"
HINT_ADAM = "Compare each line of your update with the formulas in the task."
HINT_COUNT = "Print the number of the step in each of three updates. What is it in the first one?"
HINT_STATE = "Print the state after two updates. What should it contain?"
HINT_TRAIN = "Print the loss every fifty steps. Does it go down?"
HINT_DATA = "Which digits does each step see, and does each label belong to its image?"

# fmt: off
# (tables: the mistake, what we noticed, a hint, where it shows)

INIT = (
    Mistake(one_key_for_all_layers, "All layers are drawn with the same key.",
            hint=HINT_KEYS, line_pattern=r"normal\(|uniform\("),
    Mistake(fixed_key, "The weights come from a fixed key.", hint=HINT_KEYS,
            line_pattern=r"PRNGKey\(|random\.key\("),
    Mistake(drawn_by_numpy, "The weights come from NumPy, which does not use the key.",
            hint=HINT_KEYS, line_pattern=r"\bnp\.random"),
    Mistake(unit_scale, "The weights have standard deviation 1 in each layer.", hint=HINT_SCALE,
            line_pattern=r"normal\("),
    Mistake(lecun_scale, "The standard deviation is the root of 1 / n_in. A factor of 2 is missing.",
            hint=HINT_SCALE, line_pattern=r"sqrt\("),
    Mistake(xavier_scale, "This is the scale of Xavier initialization, which uses both sizes of a layer.",
            hint=HINT_SCALE, line_pattern=r"sqrt\("),
    Mistake(scale_of_outputs, "The scale depends on the number of outputs instead of inputs.",
            hint=HINT_SCALE, line_pattern=r"sqrt\("),
    Mistake(variance_for_deviation, "The weights are scaled by 2 / n_in, without the root.",
            hint=HINT_SCALE, line_pattern=r"normal\("),
    Mistake(positive_weights, "All weights are positive.", hint=HINT_SCALE, line_pattern=r"uniform\("),
    Mistake(zero_weights, "All weights are zero, so all units of a layer stay equal.",
            hint=HINT_SCALE, line_pattern=r"zeros\("),
    Mistake(random_biases, "The biases are random. The task asks for zeros.",
            hint=HINT_BIASES, line_pattern=r"[\"']b[\"']"),
    Mistake(biases_of_ones, "The biases are ones. The task asks for zeros.",
            hint=HINT_BIASES, line_pattern=r"ones\("),
    Mistake(biases_as_rows, "The biases have two axes. The task asks for one.",
            hint=HINT_SHAPES, line_pattern=r"zeros\("),
    Mistake(biases_of_inputs, "The biases have one entry per input. The task asks for one per output.",
            hint=HINT_SHAPES, line_pattern=r"zeros\("),
    Mistake(transposed_weights, "The weights are transposed: each has one row per output.",
            hint=HINT_SHAPES, line_pattern=r"normal\("),
    Mistake(layer_for_each_size, "There is one layer too many.", hint=HINT_SHAPES),
)

FORWARD = (
    Mistake(relu_at_the_end, "ReLU is also applied after the last layer.", hint=HINT_LAST,
            line_pattern=r"relu|maximum"),
    Mistake(without_relu, "There is no ReLU between the layers.", hint=HINT_LAYERS),
    Mistake(relu_of_the_input, "ReLU is also applied to the input.", hint=HINT_LAYERS,
            line_pattern=r"relu|maximum"),
    Mistake(relu_before_the_bias, "ReLU is applied before the bias is added.", hint=HINT_LAYERS,
            line_pattern=r"relu|maximum"),
    Mistake(probabilities, "The result contains probabilities. The task asks for logits.",
            hint=HINT_LAST, line_pattern=r"softmax"),
    Mistake(log_probabilities, "The result contains log-probabilities. The task asks for logits.",
            hint=HINT_LAST, line_pattern=r"log_softmax"),
    Mistake(tanh_units, "The hyperbolic tangent is between the layers. The task asks for ReLU.",
            hint=HINT_LAYERS, line_pattern=r"tanh"),
    Mistake(sigmoid_units, "The logistic function is between the layers. The task asks for ReLU.",
            hint=HINT_LAYERS, line_pattern=r"sigmoid|expit|exp\("),
    Mistake(without_biases, "The biases are not used.", hint=HINT_LAYERS),
    Mistake(last_layer_without_bias, "The last layer has no bias.", hint=HINT_LAYERS,
            line_pattern=r"return"),
)

LOSS = (
    Mistake(sum_over_rows, "This is the sum over all rows. The task asks for the mean.",
            hint=HINT_LOSS, line_pattern=r"sum\("),
    Mistake(loss_of_each_row, "The result has one loss per row. The task asks for their mean.",
            hint=HINT_LOSS, line_pattern=r"return"),
    Mistake(mean_over_classes_too, "The mean also runs over the classes, so the loss is too small.",
            hint=HINT_LOSS, line_pattern=r"mean\("),
    Mistake(without_minus, "The loss has the wrong sign.", hint=HINT_LOSS, line_pattern=r"return"),
    Mistake(without_logarithm, "These are probabilities without the logarithm.",
            hint=HINT_LOSS, line_pattern=r"softmax"),
    Mistake(naive_softmax, "The exponentials of large logits overflow.",
            hint=HINT_LARGE, line_pattern=r"exp\("),
    Mistake(naive_logsumexp, "The sum of the exponentials of large logits overflows.",
            hint=HINT_LARGE, line_pattern=r"exp\("),
    Mistake(logarithm_of_softmax, "Small probabilities become zero before the logarithm is taken.",
            hint=HINT_LARGE, line_pattern=r"log\("),
    Mistake(small_number_in_the_logarithm, "A small number is added to each probability, so large losses are cut off.",
            hint=HINT_LARGE, line_pattern=r"1e-"),
    Mistake(largest_probability, "The loss uses the most probable class instead of the label.",
            hint=HINT_LOSS, line_pattern=r"\bmax\("),
    Mistake(squared_error, "This is the mean squared difference of the probabilities from 0 and 1.",
            hint=HINT_LOSS, line_pattern=r"\*\*\s*2|square"),
    Mistake(softmax_over_rows, "The softmax runs over the rows instead of the classes.",
            hint="Along which axis do the probabilities add up to 1?", line_pattern=r"axis\s*=\s*0"),
)

STEP = (
    Mistake(uphill, "The step goes up the gradient, so the loss grows.",
            hint=HINT_STEP, line_pattern=r"\+\s*lr|lr\s*\*.*\+"),
    Mistake(loss_after_the_step, "The loss belongs to the new parameters. The task asks for the loss before the step.",
            hint="With which parameters is your loss computed?", line_pattern=r"return"),
    Mistake(loss_first, "The two return values are swapped.", hint=HINT_ORDER, line_pattern=r"return"),
    Mistake(rate_of_one_tenth, "The learning rate is always 0.1.",
            hint="Where does your function use `lr`?", line_pattern=r"0?\.1\b"),
    Mistake(without_rate, "The learning rate is not used.",
            hint="Where does your function use `lr`?"),
    Mistake(returns_gradients, "The first value is the gradient, not the new parameters.",
            hint=HINT_STEP, line_pattern=r"return"),
    Mistake(weights_only, "Only the weights change, not the biases.", hint=HINT_ALL,
            line_pattern=r"[\"']b[\"']"),
    Mistake(last_layer_only, "Only the last layer changes.", hint=HINT_ALL, line_pattern=r"\[-1\]"),
    Mistake(divided_by_rows_again, "The gradient is divided by the number of rows a second time.",
            hint="Which part of the computation takes the mean already?", line_pattern=r"/"),
    Mistake(parameters_unchanged, "The parameters do not change.", hint=HINT_ALL,
            line_pattern=r"return"),
)

ADAM = (
    Mistake(without_bias_correction, "The averages are not corrected for their start at zero.",
            hint=HINT_ADAM),
    Mistake(epsilon_in_the_root, "Epsilon is inside the square root.", hint=HINT_ADAM,
            line_pattern=r"sqrt\("),
    Mistake(without_epsilon, "A gradient of zero gives NaN, because epsilon is missing.",
            hint=HINT_ADAM, line_pattern=r"sqrt\("),
    Mistake(without_root, "The square root of the second average is missing.", hint=HINT_ADAM),
    Mistake(momentum_only, "The average of the squared gradients is not used.", hint=HINT_ADAM),
    Mistake(plain_descent, "This is plain gradient descent, without any average.", hint=HINT_ADAM),
    Mistake(counts_from_zero, "The first step has number 0, so the correction divides by zero.",
            hint=HINT_COUNT),
    Mistake(always_the_first_step, "Every step is corrected like the first one.", hint=HINT_COUNT),
    Mistake(state_is_not_kept, "The returned state is the old one.", hint=HINT_STATE,
            line_pattern=r"return \w+, state"),
    Mistake(corrected_averages_kept, "The state contains the corrected averages, so later steps correct them again.",
            hint=HINT_STATE),
    Mistake(betas_exchanged, "The two decay rates are swapped.", hint=HINT_ADAM),
    Mistake(adds_the_step, "The step is added instead of subtracted.", hint=HINT_ADAM,
            line_pattern=r"\+\s*lr"),
    Mistake(returns_the_step, "The first value is the step, not the new parameters.",
            hint=HINT_ORDER),
)

TRAIN = (
    Mistake(untrained, "The parameters are those of the start.", hint=HINT_TRAIN),
    Mistake(trained_uphill, "The steps go up the gradient, so the loss grows.",
            hint=HINT_TRAIN, line_pattern=r"p \+"),
    Mistake(first_digits_only, "The training uses only the first digits.", hint=HINT_DATA,
            line_pattern=r"\[:\s*\d+\]"),
    Mistake(single_step, "The training stops after one step.", hint=HINT_TRAIN),
    Mistake(tiny_rate, "The learning rate is too small for so many steps.", hint=HINT_TRAIN,
            line_pattern=r"0\.0*1\b|1e-\d"),
    Mistake(images_and_labels_apart, "Images and labels are drawn separately, so they do not match.",
            hint=HINT_DATA),
    Mistake(start_at_zero, "All parameters start at zero, so the units of a layer stay equal.",
            hint=HINT_TRAIN),
)
# fmt: on
