"""A neural network on trees of parameters: from its initialization to its training.

All functions work under `jax.jit` and `jax.grad`, in 32 and in 64 bits. Most are compiled, since
many small arrays take longer operation by operation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp

Params = list[dict[str, jax.Array]]
Adam = tuple[Callable[[Any], Any], Callable[[Any, Any, Any], tuple[Any, Any]]]

SIZES = (64, 32, 10)
"""The layers of the network for digits of 8 x 8 pixels."""
RATE = 0.5
"""The rate at which it learns."""
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


@partial(jax.jit, static_argnames="sizes")
def init_mlp(key: jax.Array, sizes: tuple[int, ...]) -> Params:
    """Return a layer for each two sizes that follow each other, a key for each.

    Shapes: L + 1 sizes -> L layers, w (n_in, n_out), b (n_out,).
    Source: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing
    human-level performance on ImageNet classification", Proc. ICCV (2015), 1026-1034, eq. 10.
    """
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        {"w": jax.random.normal(one, (n, m)) * jnp.sqrt(2 / n), "b": jnp.zeros(m)}
        for one, (n, m) in zip(keys, pairwise(sizes), strict=True)
    ]


@jax.jit
def forward(params: Params, x: jax.Array) -> jax.Array:
    """Return the logits: layers with rectified linear units between them.

    Shapes: x (n, d) -> (n, c).
    Source: I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning" (2016), section 6.3.
    """
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


@jax.jit
def cross_entropy(params: Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean of the negative logarithm of the probability of each label.

    Shapes: x (n, d), y (n,) -> ().
    Source: Goodfellow, Bengio and Courville (2016), section 6.2.2.3; that nothing overflows:
    P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions", IMA J. Numer. Anal. 41(4) (2021), 2311-2330.
    """
    logits = forward(params, x)
    of_labels = jnp.take_along_axis(logits, jnp.asarray(y)[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - of_labels)


@jax.jit
def sgd_step(params: Params, x: jax.Array, y: jax.Array, lr: float) -> tuple[Params, jax.Array]:
    """Return the parameters after a step down the gradient, and the loss before it.

    Shapes: x (n, d), y (n,), lr () -> as params, ().
    Source: Goodfellow, Bengio and Courville (2016), section 8.3.1.
    """
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    return jax.tree.map(lambda p, g: p - lr * g, params, grads), loss


def make_adam(lr: float) -> Adam:
    """Return the functions `init(params)` and `update(grads, state, params)` of Adam.

    Shapes: trees of any form -> the same.
    Source: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR (2015),
    algorithm 1.
    """

    def init(params: Any) -> Any:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return {"t": 0, "m": zeros, "v": zeros}

    def update(grads: Any, state: Any, params: Any) -> tuple[Any, Any]:
        t = state["t"] + 1
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state["m"], grads)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g**2, state["v"], grads)

        def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
            return p - lr * (m / (1 - BETA1**t)) / (jnp.sqrt(v / (1 - BETA2**t)) + EPSILON)

        return jax.tree.map(moved, params, m, v), {"t": t, "m": m, "v": v}

    return init, update


def train(key: jax.Array, x: jax.Array, y: jax.Array, steps: int) -> Params:
    """Return the parameters after so many steps down the gradient of the loss of all digits.

    Shapes: x (n, 64), y (n,) -> the layers of a network of 64, 32 and 10 units.
    Source: the exercise; Goodfellow, Bengio and Courville (2016), section 8.3.1.
    """
    params = init_mlp(key, SIZES)
    for _ in range(steps):
        params, _ = sgd_step(params, x, y, RATE)
    return params
