"""No loops in Python: reduce, maps over trees, and scan over steps, compiled where it can be."""

import functools

import jax
import jax.numpy as jnp
from jax import lax, random


def init_mlp(key, sizes):
    def layer(i, n_in, n_out):
        draw = jax.nn.initializers.he_normal()
        return {"w": draw(random.fold_in(key, i), (n_in, n_out)), "b": jnp.zeros(n_out)}

    return tuple(map(layer, range(len(sizes) - 1), sizes[:-1], sizes[1:]))


def affine(x, layer):
    return jnp.einsum("nd,dk->nk", x, layer["w"]) + layer["b"]


@jax.jit
def forward(params, x):
    *hidden, last = params
    return affine(functools.reduce(lambda h, layer: jax.nn.relu(affine(h, layer)), hidden, x), last)


@jax.jit
def cross_entropy(params, x, y):
    def of_row(logits, label):
        return jax.nn.logsumexp(logits) - logits[label]

    return jax.vmap(of_row)(forward(params, x), y).mean()


@jax.jit
def sgd_step(params, x, y, lr):
    loss, pullback = jax.vjp(lambda p: cross_entropy(p, x, y), params)
    (grads,) = pullback(jnp.ones_like(loss))
    return jax.tree.map(lambda p, g: p - lr * g, params, grads), loss


def make_adam(lr, b1=0.9, b2=0.999, eps=1e-8):
    def init(params):
        return jax.tree.map(lambda p: (jnp.zeros_like(p), jnp.zeros_like(p)), params), jnp.zeros(())

    @jax.jit
    def update(grads, state, params):
        moments, count = state
        count = count + 1

        def averages(g, pair):
            return b1 * pair[0] + (1 - b1) * g, b2 * pair[1] + (1 - b2) * jnp.square(g)

        def moved(p, pair):
            m, v = pair[0] / (1 - b1**count), pair[1] / (1 - b2**count)
            return p - lr * m / (jnp.sqrt(v) + eps)

        moments = jax.tree.map(averages, grads, moments)
        return jax.tree.map(moved, params, moments), (moments, count)

    return init, update


@functools.partial(jax.jit, static_argnames="steps")
def train(key, x, y, steps):
    init, update = make_adam(0.02)
    params = init_mlp(key, (x.shape[1], 50, 10))

    def step(carry, _):
        grads = jax.grad(cross_entropy)(carry[0], x, y)
        return update(grads, carry[1], carry[0]), None

    (params, _), _ = lax.scan(step, (params, init(params)), None, length=steps)
    return params
