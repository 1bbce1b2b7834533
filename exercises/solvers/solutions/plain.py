"""As in the notebook: what the audit mutates.

The bisection ends for every tolerance, since the audit tries some that are 0.
"""

import jax
import jax.numpy as jnp


def newton(f, x0, steps):
    slope = jax.grad(f)
    x = x0
    for _ in range(steps):
        x = x - f(x) / slope(x)
    return x


def rk4(f, y0, ts):
    def step(y, times):
        t, following = times
        h = following - t
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y, y

    _, ys = jax.lax.scan(step, y0, (ts[:-1], ts[1:]))
    return jnp.vstack([y0, ys])


def jacobian(f, x):
    return jax.jacfwd(f)(x)


def log1pexp(x):
    return jnp.logaddexp(x, 0.0)


def bisect(f, a, b, tol):
    sign = jnp.sign(f(a))

    def is_wide(bracket):
        a, b = bracket
        return b - a > jnp.maximum(tol, jnp.spacing(jnp.abs(b)))

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_right = jnp.sign(f(x)) == sign
        return jnp.where(is_right, x, a), jnp.where(is_right, b, x)

    a, b = jax.lax.while_loop(is_wide, halve, (a, b))
    return (a + b) / 2
