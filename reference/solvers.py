"""Solvers in 64 bits: Newton, Runge-Kutta, Jacobians, the softplus function and bisection.

All functions work under `jax.jit`, with functions as static arguments, and keep the precision of
what they get.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Function = Callable[[jax.Array], jax.Array]


def newton(f: Function, x0: float, steps: int) -> jax.Array:
    """Return the iterate of Newton's method after so many steps, with the derivative by JAX.

    Shapes: f () -> (), x0 () -> ().
    Source: P. Deuflhard, "Newton Methods for Nonlinear Problems" (2004), section 1.1.
    """

    def step(_: int, x: jax.Array) -> jax.Array:
        value, slope = jax.value_and_grad(f)(x)
        return x - value / slope

    return jax.lax.fori_loop(0, steps, step, jnp.asarray(x0, float))


def rk4(f: Callable[[jax.Array, jax.Array], jax.Array], y0: jax.Array, ts: jax.Array) -> jax.Array:
    """Return the solution of y' = f(t, y) at all times by the classical method of fourth order.

    One step from each time to the next, whatever their distance; the first row is `y0`.

    Shapes: f (), (d,) -> (d,), y0 (d,), ts (n,) -> (n, d).
    Raises: ValueError when `ts` is no vector of at least one time.
    Source: W. Kutta, "Beitrag zur näherungsweisen Integration totaler Differentialgleichungen",
    Z. Math. Phys. 46 (1901), 435-453; E. Hairer, S. P. Norsett and G. Wanner, "Solving Ordinary
    Differential Equations I", 2nd ed. (1993), section II.1.
    """
    y0, ts = jnp.asarray(y0), jnp.asarray(ts)
    if ts.ndim != 1 or not ts.size:
        msg = (
            f"rk4: ts must have shape (n,) with n at least 1, got {ts.shape}; give a list of times"
        )
        raise ValueError(msg)

    def step(y: jax.Array, times: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        t, following = times
        h = following - t
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y, y

    _, ys = jax.lax.scan(step, y0, (ts[:-1], ts[1:]))
    return jnp.concatenate([y0[None], ys])


def jacobian(f: Function, x: jax.Array) -> jax.Array:
    """Return the Jacobian of `f` at `x`: row i has the derivatives of output i.

    Shapes: f (n,) -> (m,), x (n,) -> (m, n).
    Source: forward mode: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed. (2008),
    chapter 3.
    """
    return jax.jacfwd(f)(jnp.asarray(x))


@jax.custom_jvp
def log1pexp(x: jax.Array) -> jax.Array:
    """Return log(1 + exp(x)), with all digits for every x, and with derivatives of every order.

    Shapes: x any -> the same.
    Source: M. Maechler, "Accurately computing log(1 - exp(-|a|))" (2012), section 3.
    """
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@log1pexp.defjvp
def _log1pexp_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """The derivative is the logistic function, of which JAX knows all derivatives."""
    (x,), (tangent,) = primals, tangents
    return log1pexp(x), jax.nn.sigmoid(x) * tangent


def bisect(f: Function, a: float, b: float, tol: float) -> jax.Array:
    """Return a number at most `tol` from a place between `a` and `b` where `f` changes its sign.

    Ends for each `tol` that is not below the spacing of the numbers near the root, and for
    smaller ones too: no number lies between two neighbors.

    Shapes: f () -> (), a (), b (), tol () -> ().
    Source: R. P. Brent, "Algorithms for Minimization without Derivatives" (1973), section 4.1.
    """
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    rises = f(b) > 0

    def middle(bracket: tuple[jax.Array, jax.Array]) -> jax.Array:
        low, high = bracket
        return low + (high - low) / 2

    def goes_on(bracket: tuple[jax.Array, jax.Array]) -> jax.Array:
        low, high = bracket
        x = middle(bracket)
        return (high - low > tol) & (low < x) & (x < high)

    def halved(bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        x = middle(bracket)
        is_above = (f(x) > 0) == rises
        return jnp.where(is_above, low, x), jnp.where(is_above, x, high)

    return middle(jax.lax.while_loop(goes_on, halved, (a, b)))
