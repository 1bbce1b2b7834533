import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


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
    def halve(_, bracket):
        a, b = bracket
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        return jnp.where(is_left, a, x), jnp.where(is_left, x, b)

    return jax.lax.fori_loop(0, 100, halve, (a, b))[0]
