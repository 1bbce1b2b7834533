"""By rules of its own: a derivative that JAX is told, and a number of halvings that is computed."""

import jax
import jax.numpy as jnp


def newton(f, x0, steps):
    f_and_df = jax.value_and_grad(f)

    def update(_, x):
        y, dy = f_and_df(x)
        return x - y / dy

    return jax.lax.fori_loop(0, steps, update, x0)


def rk4_step(f, t, h, y):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h * k1 / 2)
    k3 = f(t + h / 2, y + h * k2 / 2)
    k4 = f(t + h, y + h * k3)
    return y + (k1 + 2 * (k2 + k3) + k4) * h / 6


def rk4(f, y0, ts):
    def scanned(y, item):
        t, h = item
        return rk4_step(f, t, h, y), y

    steps = jnp.append(jnp.diff(ts), 0.0)
    return jax.lax.scan(scanned, y0, (ts, steps))[1]


def jacobian(f, x):
    rows = []
    for i in range(f(x).shape[0]):
        rows.append(jax.grad(lambda z, i=i: f(z)[i])(x))
    return jnp.stack(rows)


@jax.custom_jvp
def log1pexp(x):
    return jnp.where(x > 0, x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def log1pexp_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return log1pexp(x), jax.nn.sigmoid(x) * x_dot


log1pexp.defjvp(log1pexp_jvp)


def bisect(f, a, b, tol):
    width = jnp.asarray(b) - a
    rises = f(b) > f(a)

    def halve(i, low):
        mid = low + width / 2.0 ** (i + 1)
        return jnp.where((f(mid) < 0) == rises, mid, low)

    count = jnp.maximum(jnp.ceil(jnp.log2(width / tol)), 0).astype(int)
    return jax.lax.fori_loop(0, count, halve, jnp.asarray(a, float))
