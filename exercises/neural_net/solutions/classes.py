"""Named tuples and a class for the state, and three layers for the digits."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Moments(NamedTuple):
    m: Any
    v: Any


@jax.tree_util.register_dataclass
@dataclass
class AdamState:
    moments: Moments
    count: jax.Array


@dataclass(frozen=True)
class Adam:
    lr: float
    decay: tuple = (0.9, 0.999)

    def init(self, params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return AdamState(Moments(zeros, zeros), jnp.zeros((), jnp.int32))

    def update(self, grads, state, params):
        count = state.count + 1
        m, v = (
            jax.tree.map(lambda a, g: d * a + (1 - d) * g**power, old, grads)
            for d, power, old in zip(self.decay, (1, 2), state.moments)
        )
        first, second = (1 - d**count for d in self.decay)
        step = lambda p, a, b: p - self.lr * (a / first) / ((b / second) ** 0.5 + 1e-8)
        return jax.tree.map(step, params, m, v), AdamState(Moments(m, v), count)


def init_mlp(key: jax.Array, sizes: tuple[int, ...]) -> list[dict[str, jax.Array]]:
    def he(subkey, shape):
        return jax.random.truncated_normal(subkey, -2, 2, shape) * jnp.sqrt(2 / shape[0]) / 0.87962566

    shapes = list(zip(sizes, sizes[1:]))
    subkeys = jax.random.split(key, len(shapes))
    return [dict(w=he(k, shape), b=jnp.zeros(shape[1])) for k, shape in zip(subkeys, shapes)]


def forward(params: list[dict[str, jax.Array]], x: jax.Array) -> jax.Array:
    if len(params) > 1:
        first, *others = params
        return forward(others, jnp.clip(x @ first["w"] + first["b"], min=0))
    return x @ params[0]["w"] + params[0]["b"]


def cross_entropy(params: list[dict[str, jax.Array]], x: jax.Array, y: jax.Array) -> jax.Array:
    logits = forward(params, x)
    targets = jax.nn.one_hot(y, logits.shape[-1])
    return jnp.mean(jnp.sum(-targets * jax.nn.log_softmax(logits), axis=-1))


def sgd_step(params, x, y, lr):
    def loss_of(params):
        return cross_entropy(params, x, y)

    loss, gradient = jax.value_and_grad(loss_of)(params)
    return [{name: p[name] - lr * g[name] for name in p} for p, g in zip(params, gradient)], loss


def make_adam(lr):
    optimizer = Adam(lr)
    return optimizer.init, optimizer.update


def train(key, x, y, steps, lr=3e-3):
    optimizer = Adam(lr)
    params = init_mlp(key, (64, 64, 32, 10))
    state = optimizer.init(params)

    @jax.jit
    def step(params, state):
        return optimizer.update(jax.grad(cross_entropy)(params, x, y), state, params)

    for _ in range(steps):
        params, state = step(params, state)
    return params
