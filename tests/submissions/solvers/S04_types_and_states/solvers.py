from __future__ import annotations

from typing import Callable, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

jax.config.update("jax_enable_x64", True)

Scalar = Callable[[Array], Array]


Scalar = Callable[[Array], Array]


def newton(f: Scalar, x0: float, steps: int) -> Array:
    """Newton's method with early exit: nothing changes after an exact root."""
    x = jnp.asarray(x0, dtype=jnp.float64)
    derivative = jax.jacfwd(f)
    for _ in range(steps):
        value = f(x)
        if value == 0:
            break
        x = x - value / derivative(x)
    return x


class Tableau(NamedTuple):
    """A Butcher tableau."""

    nodes: tuple[float, ...]
    below: tuple[float, ...]
    weights: tuple[float, ...]


CLASSICAL = Tableau((0, 0.5, 0.5, 1), (0, 0.5, 0.5, 1), (1 / 6, 1 / 3, 1 / 3, 1 / 6))


def rk4(f: Callable[[Array, Array], Array], y0: Array, ts: Array) -> Array:
    """All values, by a loop over the slopes and a scan over the times."""
    ts = jnp.asarray(ts)

    def advance(y: Array, i: Array) -> tuple[Array, Array]:
        h = ts[i + 1] - ts[i]
        slope, new = jnp.zeros_like(y), y
        for c, a, b in zip(*CLASSICAL):
            slope = f(ts[i] + c * h, y + a * h * slope)
            new = new + b * h * slope
        return new, new

    y0 = jnp.asarray(y0)
    _, rest = jax.lax.scan(advance, y0, jnp.arange(ts.shape[0] - 1))
    return jnp.insert(rest, 0, y0, axis=0)


def jacobian(f: Scalar, x: Array) -> Array:
    """Central differences, all at once."""
    h = 1e-5
    steps = h * jnp.eye(x.shape[0])
    quotient = jax.vmap(lambda s: (f(x + s) - f(x - s)) / (2 * h))
    return quotient(steps).T


@jax.custom_vjp
def log1pexp(x: Array) -> Array:
    """The softplus function with a rule for reverse mode."""
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-abs(x)))


@jax.jit
def logistic(x: Array) -> Array:
    """The derivative."""
    return jnp.exp(-log1pexp(-x))


log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, ct: (ct * logistic(x),))


class Bracket(NamedTuple):
    """What the loop carries."""

    low: Array
    high: Array


def bisect(f: Scalar, a: float, b: float, tol: float) -> Array:
    """Low is where the function is negative, high where it is not, on whichever side."""
    a, b = jnp.float64(a), jnp.float64(b)
    is_rising = f(a) < 0
    start = Bracket(jnp.where(is_rising, a, b), jnp.where(is_rising, b, a))

    def shrink(s: Bracket) -> Bracket:
        mid = (s.low + s.high) / 2
        negative = f(mid) < 0
        return Bracket(jnp.where(negative, mid, s.low), jnp.where(negative, s.high, mid))

    end = jax.lax.while_loop(lambda s: jnp.abs(s.high - s.low) > tol, shrink, start)
    return end.low
