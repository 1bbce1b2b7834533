import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def newton(f, x0, steps):
    x = float(x0)
    df = jax.grad(f)
    count = 0
    while count < steps:
        dx = float(f(x)) / float(df(x))
        x -= dx
        count += 1
    return x


def rk4(f, y0, ts):
    n = len(ts)
    ys = jnp.zeros((n, len(y0))).at[0].set(y0)

    def body(i, ys):
        t, h, y = ts[i], ts[i + 1] - ts[i], ys[i]
        k1 = h * f(t, y)
        k2 = h * f(t + 0.5 * h, y + 0.5 * k1)
        k3 = h * f(t + 0.5 * h, y + 0.5 * k2)
        k4 = h * f(t + h, y + k3)
        return ys.at[i + 1].set(y + k1 / 6 + k2 / 3 + k3 / 3 + k4 / 6)

    return jax.lax.fori_loop(0, n - 1, body, ys)


def jacobian(f, x):
    x = np.asarray(x)
    h = 1e-6
    columns = []
    for j in range(len(x)):
        plus, minus = x.copy(), x.copy()
        plus[j] += h
        minus[j] -= h
        columns.append((np.asarray(f(plus)) - np.asarray(f(minus))) / (2 * h))
    return np.array(columns).T


def log1pexp(x):
    small = jnp.where(x > 0, 0.0, x)
    large = jnp.where(x > 0, x, 0.0)
    return jnp.where(x > 0, large + jnp.log1p(jnp.exp(-large)), jnp.log1p(jnp.exp(small)))


def bisect(f, a, b, tol):
    a = jnp.asarray(a)
    b = jnp.asarray(b)

    def body(state):
        left, right, f_left = state
        mid = 0.5 * (left + right)
        f_mid = f(mid)
        root_is_left = f_left * f_mid <= 0
        left = jnp.where(root_is_left, left, mid)
        right = jnp.where(root_is_left, mid, right)
        return left, right, jnp.where(root_is_left, f_left, f_mid)

    left, right, _ = jax.lax.while_loop(lambda s: (s[1] - s[0]) / 2 > tol, body, (a, b, f(a)))
    return (left + right) / 2
