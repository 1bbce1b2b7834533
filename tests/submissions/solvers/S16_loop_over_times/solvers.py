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
    ys = [y0]
    for i in range(len(ts) - 1):
        h = ts[i + 1] - ts[i]
        k1 = f(ts[i], ys[i])
        k2 = f(ts[i] + h / 2, ys[i] + h / 2 * k1)
        k3 = f(ts[i] + h / 2, ys[i] + h / 2 * k2)
        k4 = f(ts[i] + h, ys[i] + h * k3)
        ys.append(ys[i] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def jacobian(f, x):
    return jax.jacfwd(f)(x)


def log1pexp(x):
    return jnp.logaddexp(x, 0.0)


def bisect(f, a, b, tol):
    sign = jnp.sign(f(a))

    def is_wide(bracket):
        a, b = bracket
        return b - a > tol

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_right = jnp.sign(f(x)) == sign
        return jnp.where(is_right, x, a), jnp.where(is_right, b, x)

    a, b = jax.lax.while_loop(is_wide, halve, (a, b))
    return (a + b) / 2
