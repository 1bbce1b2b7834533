"""What the expressions of this exercise look at; run beside a submission, never by it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp


def without_weights(params: Any) -> Any:
    """The parameters with zeros for each `w`: what is left is their form, and the biases."""
    if not isinstance(params, (list, tuple)):
        return params
    return [_blank(layer) if isinstance(layer, dict) else layer for layer in params]


def _blank(layer: dict[str, Any]) -> dict[str, Any]:
    return {name: jnp.zeros_like(x) if name == "w" else x for name, x in layer.items()}


def weights(params: Any) -> list[Any]:
    """The weights of each layer; in one of another form, the first array with two axes."""
    return [_weights_of(layer) for layer in params]


def _weights_of(layer: Any) -> Any:
    if isinstance(layer, dict) and "w" in layer:
        return layer["w"]
    return next(x for x in jax.tree.leaves(layer) if jnp.ndim(x) == 2)


def standardized(params: Any, sizes: Sequence[int]) -> Any:
    """All weights, in units of He's standard deviation, by the sizes that the layers have."""
    both = zip(weights(params), sizes, strict=False)
    return jnp.concatenate([jnp.ravel(w) * (n / 2) ** 0.5 for w, n in both])


def adam_steps(optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
    """The parameters after an update with each of the gradients."""
    init, update = optimizer
    state = init(params)
    for grads in gradients:
        # Twice: what an update keeps to itself would show in the next one.
        update(grads, state, params)
        params, state = update(grads, state, params)
    return params


def compiled_adam_steps(optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
    """The same, with the update compiled."""
    init, update = optimizer
    return adam_steps((init, jax.jit(update)), params, gradients)


def agree(one: Any, other: Any) -> bool:
    """Whether two trees have the same form, and nearly the same numbers."""
    if jax.tree.structure(one) != jax.tree.structure(other):
        return False
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(bool(_is_near(a, b)) for a, b in pairs)


def _is_near(one: Any, other: Any) -> Any:
    size = jnp.max(jnp.abs(other), initial=0)
    return jnp.allclose(one, other, rtol=1e-4, atol=1e-4 * size)


def accuracy(forward: Callable[..., Any], params: Any, x: Any, y: Any) -> Any:
    """The share of rows whose largest logit is that of their label.

    `forward` is the student's: with the task's names its parameters may have any order.
    """
    by_name = {"params", "x"} <= inspect.signature(forward).parameters.keys()
    logits = forward(params=params, x=x) if by_name else forward(params, x)
    return jnp.mean(jnp.argmax(logits, axis=-1) == y)
