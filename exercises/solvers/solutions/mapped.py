"""By JAX's transformations and ready-made functions throughout."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax, vmap


@partial(jax.jit, static_argnums=(0, 2))
def newton(f, x0, steps):
    def step(x, _):
        value, slope = jax.jvp(f, (x,), (jnp.ones_like(x),))
        return x - value / slope, None

    return lax.scan(step, jnp.asarray(x0, jnp.float64), length=steps)[0]


@partial(jax.jit, static_argnums=0)
def rk4(f, y0, ts):
    def step(carry, t_next):
        t, y = carry
        h = t_next - t
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h * k1 / 2)
        k3 = f(t + h / 2, y + h * k2 / 2)
        k4 = f(t_next, y + h * k3)
        y = y + h * jnp.dot(jnp.array([1, 2, 2, 1]) / 6, jnp.stack([k1, k2, k3, k4]))
        return (t_next, y), y

    _, ys = lax.scan(step, (ts[0], y0), ts[1:])
    return jnp.concatenate([y0[jnp.newaxis], ys], axis=0)


def jacobian(f, x):
    _, pushforward = jax.linearize(f, x)
    return vmap(pushforward, out_axes=1)(jnp.eye(x.size))


log1pexp = jax.nn.softplus


@partial(jax.jit, static_argnums=0)
def bisect(f, a, b, tol):
    def body(bracket):
        a, b = bracket
        mid = a + (b - a) / 2
        return lax.cond(f(a) * f(mid) > 0, lambda: (mid, b), lambda: (a, mid))

    a, b = lax.while_loop(lambda bracket: bracket[1] - bracket[0] > 2 * tol, body, (a, b))
    return a + (b - a) / 2
