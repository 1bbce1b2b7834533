"""Functions of all kinds of JAX's operations, by name, with inputs: programs to be carried."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st
from jax import lax, random

from grader.sandbox.inside.portable.describe import describe
from grader.sandbox.inside.portable.names import KNOWN

RNG = np.random.default_rng(0)
GRID = RNG.uniform(0.1, 1, (5, 4)).astype(np.float32)
HALF = RNG.normal(size=(4, 4)).astype(np.float32)
SQUARE = HALF @ HALF.T + 3 * np.eye(4, dtype=np.float32)
ROW = np.array([0.3, -1.5, 0.0, 2.5, -0.0, 7.0], np.float32)
WHOLE = np.array([[3, -1, 4], [1, -5, 9]], np.int32)
BYTES = np.array([-128, -1, 0, 5, 127], np.int8)
FLAGS = np.array([True, False, True])
WORDS = np.array([1, 2], np.uint32)
SIGNAL = RNG.normal(size=(8,)).astype(np.float32)
COMPLEX = (SIGNAL + 1j * SIGNAL[::-1]).astype(np.complex64)
IMAGE = RNG.normal(size=(1, 2, 6, 6)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2, 3, 3)).astype(np.float32)
PLACES = np.array([0, 2, 2, 9, -1], np.int32)
HALVES = GRID.astype(jnp.bfloat16)


@jax.custom_jvp
def own_jvp(x: Any) -> Any:
    """A function with a derivative of its own."""
    return jnp.sin(x) * 2


@own_jvp.defjvp
def _(primals: Any, tangents: Any) -> Any:
    return own_jvp(*primals), tangents[0] * 3


@jax.custom_vjp
def own_vjp(x: Any) -> Any:
    """The same, backwards."""
    return jnp.cos(x) * 2


own_vjp.defvjp(lambda x: (own_vjp(x), x), lambda x, g: (g * x * 3,))


@jax.custom_batching.custom_vmap
def own_vmap(x: Any) -> Any:
    """A function with a rule of its own for being mapped."""
    return x * 5


@own_vmap.def_vmap
def _(_: int, is_batched: Any, x: Any) -> Any:
    return x * 5 + 1, is_batched[0]


@partial(jax.jit, static_argnames="n")
def helper(x: Any, n: int = 2) -> Any:
    """A helper that is compiled by itself."""
    return x * n


def convolved(x: Any, kernel: Any) -> Any:
    """A convolution with strides, dilation and padding."""
    return lax.conv_general_dilated(x, kernel, (2, 1), "SAME", rhs_dilation=(1, 2))


def newton(x: Any) -> Any:
    """A root, differentiated implicitly."""
    return lax.custom_root(
        lambda y: y**2 - x.sum(),
        1.0,
        lambda f, start: lax.fori_loop(0, 9, lambda _, y: y - f(y) / (2 * y), start),
        lambda g, y: y / g(1.0),
    )


def solved(x: Any, y: Any) -> Any:
    """A linear system whose solution is differentiated without the steps to it."""
    return lax.custom_linear_solve(
        lambda v: x @ v, y, lambda _, b: jnp.linalg.solve(x, b), symmetric=True
    )


def nested(x: Any) -> Any:
    """Loops and branches in each other."""

    def body(carry: Any, row: Any) -> Any:
        grown = lax.cond(row.sum() > 1, lambda v: v + row, lambda v: v * 0.5, carry)
        limited = lax.while_loop(lambda v: v.sum() > 3, lambda v: v / 2, grown)
        return limited, lax.switch(jnp.int32(limited[0]), [jnp.sin, jnp.cos], limited)

    return lax.scan(body, jnp.zeros(4), x, reverse=True)


def printed(x: Any) -> Any:
    """A program that also prints."""
    jax.debug.print("x = {}", x[0])
    jax.debug.callback(lambda _: None, x)
    return x + 1


def draws(key: Any) -> Any:
    """Draws by the usual samplers."""
    return (
        *(random.split(key), random.fold_in(key, 7), random.normal(key, (4, 3))),
        *(random.uniform(key, (5,), minval=-2, maxval=3), random.randint(key, (9,), 0, 5)),
        *(random.permutation(key, 12), random.choice(key, GRID, (3,), replace=False)),
        *(random.bits(key, (3,), "uint8"), random.bernoulli(key, 0.3, (6,))),
        random.choice(key, 5, (3,), p=jnp.asarray([0.1, 0.2, 0.3, 0.2, 0.2])),
    )


def samplers(key: Any) -> Any:
    """Draws by samplers that loop or solve."""
    return (
        random.gamma(key, 2.0, (3,)),
        random.categorical(key, jnp.log(GRID), axis=1),
        random.truncated_normal(key, -1, 2, (4,)),
        random.multivariate_normal(key, jnp.zeros(4), SQUARE),
        random.exponential(key, (3,)),
        random.gumbel(key, (2,)),
        random.orthogonal(key, 3),
    )


def typed(seed: Any) -> Any:
    """Keys of the newer kind, some of which come back."""
    keys = random.split(random.key(seed), 4)
    words = random.wrap_key_data(random.key_data(keys[2]))
    return keys[1], random.clone(words), jax.vmap(partial(random.normal, shape=(2,)))(keys), keys


def other_generator(x: Any) -> Any:
    """Random bits of another generator."""
    key = random.key(3, impl="rbg")
    return random.uniform(key, (3,)) + x[:3], random.fold_in(key, 1)


def _loss(x: Any) -> Any:
    return jax.nn.logsumexp(jnp.tanh(x) @ x.T)


def _unary(x: Any) -> list[Any]:
    functions = (
        *(jnp.abs, jnp.exp, jnp.expm1, jnp.sinh, jnp.arctan, jnp.cbrt, jnp.sign, jnp.floor),
        *(jnp.round, jnp.square, jnp.isfinite, jax.nn.sigmoid, jax.nn.relu, jax.nn.gelu, jnp.ceil),
        *(jax.scipy.special.erf, jax.scipy.special.gammaln, jax.scipy.special.digamma),
        *(jax.scipy.special.i0e, lax.rsqrt, jnp.log1p, jnp.negative, jnp.asinh, jnp.nan_to_num),
    )
    return [function(x) for function in functions]


def _binary(x: Any) -> list[Any]:
    y = x[::-1]
    return [x + y, x - 2, 3 * x, x / 7, x // y, x % 3, x**y, x**3, jnp.hypot(x, y),
            jnp.arctan2(x, y), jnp.maximum(x, y), x > y, x <= 0.5, jnp.nextafter(x, y),
            jnp.clip(x, 0.2, 0.7), jnp.logaddexp(x, y), jnp.copysign(x, -y), x == y]  # fmt: skip


def _reductions(x: Any) -> list[Any]:
    return [x.sum(0), x.prod(1), x.max(), x.min(axis=1, keepdims=True), x.argmax(0), x.argmin(),
            x.mean(), x.std(ddof=1), jnp.ptp(x), (x > 0.5).any(0), (x > 0.5).all(),
            jnp.cumsum(x, 1), jnp.cumprod(x, 0), lax.cummax(x, reverse=True), lax.cummin(x),
            lax.cumlogsumexp(x), jnp.linalg.norm(x, axis=1), jnp.count_nonzero(x > 0.4)]  # fmt: skip


def _shapes(x: Any) -> list[Any]:
    return [x.T, x.ravel(), x[None, ..., None], jnp.concatenate([x, x], 1), jnp.stack([x, x], 2),
            *jnp.split(x, [1, 3]), jnp.pad(x, ((1, 2), (0, 1)), constant_values=3), jnp.tile(x, 2),
            jnp.repeat(x, 2, axis=0), jnp.flip(x, 1), jnp.roll(x, 2), x.swapaxes(0, 1),
            jnp.broadcast_to(x[0], (3, 4)), jnp.eye(3) + x[0, 0], jnp.meshgrid(x[0], x[1])[0],
            jnp.tril(x), jnp.diag(x[:4]), lax.pad(x, 0.0, ((1, -1, 1), (0, 0, 2)))]  # fmt: skip


def _indexed(x: Any, i: Any) -> list[Any]:
    return [x[1], x[1:3, ::2], x[i], x[i, 1], x[:, i % 3], x[i][:, None], jnp.take(x, i, axis=0),
            x.at[0].set(1), x.at[i].add(0.5), x.at[i, 1].multiply(2), x.at[i].min(0.5),
            x.at[i].max(0.5), x.at[i].set(0.5, mode="drop"), x.at[i].get(mode="fill"),
            x.at[i].get(mode="clip"), jnp.take_along_axis(x, i[:, None] % 3, axis=1),
            lax.dynamic_slice(x, (i[1], 0), (2, 3)), x.at[i[0]].divide(3), x.at[i].subtract(0.5),
            lax.dynamic_update_slice(x, x[:2] * 0, (i[1], 1))]  # fmt: skip


def _whole(x: Any) -> list[Any]:
    return [x + 1, x * x, x // 2, x % 3, x & 6, x | 1, x ^ 5, ~x, x << 2, x >> 1, abs(x), -x,
            jnp.sign(x), x.sum(), x**2, lax.population_count(x), lax.clz(x), x.astype(float),
            x.astype(jnp.uint8), lax.shift_right_logical(x, 3), jnp.bincount(x[0] % 3, length=3),
            x / 2, x.mean(), lax.bitcast_convert_type(x, jnp.uint32), x.astype(bool)]  # fmt: skip


def _complex(x: Any) -> list[Any]:
    return [x * 1j, x.conj(), x.real, x.imag, jnp.abs(x), jnp.angle(x), x + (0.5 - 2j), jnp.exp(x),
            x @ x, x.sum(), jnp.where(x.real > 0, x, complex("nan")), jnp.sqrt(x)]  # fmt: skip


def _lin(x: Any) -> list[Any]:
    value, vectors = jnp.linalg.eigh(x)
    return [value, jnp.abs(vectors), jnp.linalg.slogdet(x), jnp.linalg.matrix_power(x, 3)]


_window: Any = partial(lax.reduce_window, init_value=-jnp.inf, computation=lax.max)


FUNCTIONS: dict[str, tuple[Callable[..., Any], Sequence[Any]]] = {
    "unary": (_unary, [GRID]),
    "binary": (_binary, [GRID]),
    "reductions": (_reductions, [GRID]),
    "shapes": (_shapes, [GRID]),
    "indexed": (_indexed, [GRID, PLACES]),
    "whole numbers": (_whole, [WHOLE]),
    "unsigned": (lambda x: [x * 3, x - 2, x // 3, -x, x.astype(jnp.float32)], [WORDS]),
    "bytes": (lambda x: [x + x, x.astype(jnp.int32) * 2, x > 3, x.max(), x.sum()], [BYTES]),
    "flags": (lambda x: [~x, x & True, x | x, x.sum(), x.any(), jnp.where(x, 1, 2.5)], [FLAGS]),
    "complex": (_complex, [COMPLEX]),
    "halves": (lambda x: [x * 2, x.sum(), x @ x.T, jnp.exp(x), x.astype(float), x > 0.5], [HALVES]),
    "half constant": (lambda x: x.astype(jnp.bfloat16) + HALVES, [GRID]),
    "float16": (lambda x: x.astype(jnp.float16) * jnp.float16(0.1), [GRID]),
    "weak": (lambda x: [1.0, 2, True, jnp.asarray(3.0) * 2, x * 0 + 1, jnp.where(x > 0, 1, 0)],
             [ROW]),
    "odd numbers": (lambda x: [x + jnp.inf, x * -jnp.inf, x + jnp.nan, x * -0.0, x + 1e-45,
                               x > -jnp.inf], [ROW]),
    "constants": (lambda x: [x + GRID, jnp.asarray(GRID), x[np.array([1, 0])], GRID > 0.5, x],
                  [GRID]),
    "results that are inputs": (lambda x: (x, x, 3), [GRID]),
    "norm and argmin": (lambda x: jnp.linalg.norm(x, axis=1).argmin(), [GRID]),
    "products": (lambda x: [jnp.einsum("ij,kj->ik", x, x), jnp.tensordot(x, x, 2), x.T @ x,
                            jnp.outer(x[0], x[1]), jnp.kron(x, x), jnp.vdot(x, x),
                            lax.dot(x.T, x, precision="highest"),
                            jnp.dot(x.T, x, preferred_element_type=jnp.bfloat16)], [GRID]),
    "batched product": (lambda x: jnp.einsum("bij,bjk->bik", x, x), [IMAGE[0]]),
    "solve": (lambda x, y: jnp.linalg.solve(x, y.T), [SQUARE, GRID]),
    "inverse": (jnp.linalg.inv, [SQUARE]),
    "determinant": (jnp.linalg.det, [SQUARE]),
    "eigenvalues": (_lin, [SQUARE]),
    "general eigenvalues": (lambda x: jnp.abs(jnp.linalg.eigvals(x)).sum(), [SQUARE]),
    "singular values": (lambda x: jnp.linalg.svd(x, compute_uv=False), [GRID]),
    "orthogonal": (lambda x: jnp.abs(jnp.linalg.qr(x)[1]), [GRID]),
    "cholesky": (jnp.linalg.cholesky, [SQUARE]),
    "lu": (jax.scipy.linalg.lu, [SQUARE]),
    "triangular": (lambda x: jax.scipy.linalg.solve_triangular(x, x, lower=True), [SQUARE]),
    "least squares": (lambda x: jnp.linalg.lstsq(x, x[:, 0])[0], [GRID]),
    "pseudo-inverse": (jnp.linalg.pinv, [GRID]),
    "exponential of a matrix": (lambda x: jax.scipy.linalg.expm(x / 9), [SQUARE]),
    "gradient of solve": (jax.grad(lambda x: jnp.linalg.solve(x, x[0]).sum()), [SQUARE]),
    "fft": (lambda x: [jnp.fft.fft(x), jnp.fft.rfft(x), jnp.fft.ifft(x), jnp.fft.fft2(x[None])],
            [SIGNAL]),
    "irfft": (lambda x: jnp.fft.irfft(jnp.fft.rfft(x) * 2), [SIGNAL]),
    "convolution": (convolved, [IMAGE, KERNEL]),
    "gradient of a convolution": (jax.grad(lambda x, k: convolved(x, k).sum(), (0, 1)),
                                  [IMAGE, KERNEL]),
    "convolve": (lambda x: jnp.convolve(x, x[:3], mode="same"), [SIGNAL]),
    "windows": (lambda x: _window(x, window_dimensions=(2, 2), window_strides=(1, 2),
                                  padding="VALID"), [GRID]),
    "sums of windows": (lambda x: lax.reduce_window(x, 0.0, lax.add, (2, 1), (1, 1), "SAME"),
                        [GRID]),
    "sort": (lambda x: [jnp.sort(x), jnp.argsort(x, axis=0), jnp.sort(-x, descending=True),
                        jnp.lexsort((x[0], x[1])), lax.sort((x, x * 2), num_keys=2)], [GRID]),
    "top": (lambda x: lax.top_k(x, 2), [GRID]),
    "unique": (lambda x: jnp.unique(x, size=4, return_inverse=True), [WHOLE]),
    "searchsorted": (lambda x: jnp.searchsorted(jnp.sort(x[0]), x[1]), [GRID]),
    "nonzero": (lambda x: jnp.nonzero(x > 0.5, size=6, fill_value=-1), [GRID]),
    "histogram": (lambda x: jnp.histogram(x, bins=3), [GRID]),
    "scan": (lambda x: lax.scan(lambda c, r: (c + r, c * r), jnp.zeros(4), x), [GRID]),
    "scan without rows": (lambda x: lax.scan(lambda c, _: (c * 2, None), x, length=3), [GRID]),
    "while": (lambda x: lax.while_loop(lambda v: v[0] < 20, lambda v: (v[0] + 1, v[1] * 0.9),
                                       (0, x)), [GRID]),
    "for": (lambda x: lax.fori_loop(0, 5, lambda i, c: c * 0.5 + i, x), [GRID]),
    "for of unknown length": (lambda x, n: lax.fori_loop(0, n[1], lambda _, c: c + 1, x),
                              [GRID, PLACES]),
    "cond": (lambda x: lax.cond(x[0, 0] > 0, jnp.sin, jnp.cos, x), [GRID]),
    "switch": (lambda x, i: lax.switch(i[1], [jnp.sin, jnp.cos, jnp.tan], x), [GRID, PLACES]),
    "map": (lambda x: lax.map(lambda r: jnp.sort(r).sum(), x), [GRID]),
    "map in batches": (lambda x: lax.map(jnp.sin, x, batch_size=2), [GRID]),
    "associative scan": (lambda x: lax.associative_scan(jnp.multiply, x), [GRID]),
    "nested loops": (nested, [GRID]),
    "gradient of a scan": (jax.grad(lambda x: lax.scan(lambda c, r: (c * r, c), x[0], x)[0].sum()),
                           [GRID]),
    "applied": (lambda x: [x.at[1].apply(jnp.sin), x.at[1:3, 0].apply(lambda y: 1 / y)], [GRID]),
    "loop mapped": (jax.vmap(lambda r: lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, r)),
                    [GRID]),
    "branch mapped": (jax.vmap(lambda r: lax.cond(r[0] > 0.5, jnp.sin, jnp.cos, r)), [GRID]),
    "own derivative": (lambda x: [own_jvp(x), jax.grad(lambda y: own_jvp(y).sum())(x)], [GRID]),
    "own derivative backwards": (lambda x: [own_vjp(x), jax.grad(lambda y: own_vjp(y).sum())(x)],
                                 [GRID]),
    "own mapping": (lambda x: [own_vmap(x), jax.vmap(own_vmap)(x)], [GRID]),
    "checkpoint": (jax.grad(lambda x: jax.checkpoint(lambda y: jnp.sin(jnp.sin(y)))(x).sum()),
                   [GRID]),
    "gradient": (jax.value_and_grad(_loss), [GRID]),
    "hessian": (jax.hessian(lambda x: jax.nn.sigmoid(x).sum() ** 2), [GRID[0]]),
    "jacobian": (jax.jacobian(lambda x: jnp.tanh(x @ x)), [SQUARE]),
    "mapped": (jax.vmap(jax.vmap(lambda x: x * jnp.sin(x))), [GRID]),
    "mapped gradient": (jax.vmap(jax.grad(lambda r: jax.nn.softmax(r)[0])), [GRID]),
    "tangents": (lambda x: jax.jvp(_loss, (x,), (x * 0 + 1,)), [GRID]),
    "linearized": (lambda x: jax.linearize(jnp.sin, x)[1](x), [GRID]),
    "helpers": (lambda x: helper(helper(x), n=3) + jax.jit(lambda y: helper(y) - 1)(x), [GRID]),
    "named": (lambda x: jax.named_call(jnp.sin, name="sine")(x) * 2, [GRID]),
    "printed": (printed, [GRID]),
    "places": (lambda x: [jax.device_put(x), x.copy(), lax.stop_gradient(x) * 2,
                          lax.optimization_barrier(x), jax.named_scope("a")(jnp.sin)(x)], [GRID]),
    "median": (lambda x: [jnp.median(x), jnp.percentile(x, 30, axis=0), jnp.quantile(x, 0.2)],
               [GRID]),
    "interpolation": (lambda x: jnp.interp(x[0], jnp.sort(x[1]), x[2]), [GRID]),
    "softmax": (lambda x: [jax.nn.softmax(x), jax.nn.log_softmax(x), jax.nn.one_hot(WHOLE[0], 3)],
                [GRID]),
    "segments": (lambda x, i: jax.ops.segment_sum(x, i, num_segments=3), [GRID, PLACES]),
    "largest of segments": (lambda x, i: jax.ops.segment_max(x, i, 3), [GRID, PLACES]),
    "reduced by a function": (lambda x: lax.reduce(x, 1.0, lambda a, b: a * b + 0, (0,)), [GRID]),
    "reduced together": (lambda x: lax.reduce((x, x), (0.0, -jnp.inf), lambda a, b: (
        a[0] + b[0], jnp.maximum(a[1], b[1])), (1,)), [GRID]),
    "root": (newton, [GRID]),
    "linear system": (solved, [SQUARE, SQUARE[0]]),
    "gradient of a linear system": (jax.grad(lambda x, y: solved(x, y).sum()), [SQUARE, SQUARE[0]]),
    "conjugate gradients": (lambda x: jax.scipy.sparse.linalg.cg(x, x[0], maxiter=5)[0], [SQUARE]),
    "draws": (draws, [WORDS]),
    "samplers": (samplers, [WORDS]),
    "typed keys": (typed, [PLACES[1]]),
    "another generator": (other_generator, [GRID[0]]),
    "key of a number": (lambda x: random.normal(random.PRNGKey(0), (3,)) * x[0], [ROW]),
    "special functions": (lambda x: [jax.scipy.special.betainc(x, x, x),
                                     jax.scipy.special.zeta(x + 2, 1.0),
                                     jax.scipy.special.gammainc(x, x), lax.erf_inv(x - 0.5),
                                     jax.scipy.special.polygamma(1, x)], [GRID]),
    "polynomial": (lambda x: [jnp.polyval(jnp.asarray([1.0, 2.0, 3.0]), x), jnp.cross(x[:, :3],
                              x[:, 1:]), jnp.trapezoid(x), jnp.diff(x), jnp.gradient(x[0])],
                   [GRID]),
    "precision": (lambda x: lax.reduce_precision(x, 5, 3), [GRID]),
    "rare unary": (lambda x: [jnp.arccos(x), jnp.arcsin(x), jnp.cosh(x), jnp.exp2(x), jnp.arctanh(x),
                              lax.erfc(x), lax.complex(x, -x), jnp.arccosh(x + 1),
                              lax.bessel_i1e(x), lax.igammac(x, x), jnp.bitwise_xor.reduce(WHOLE),
                              lax.random_gamma_grad(x, x)], [GRID]),
    "rare algebra": (lambda x: [lax.linalg.tridiagonal_solve(x[0], x[1] + 3, x[2], x[:2].T),
                                lax.linalg.schur(x)[0], lax.linalg.hessenberg(x)[0],
                                lax.linalg.householder_product(x, x[0])], [SQUARE]),
    "pooling, differentiated": (jax.grad(lambda x: (_window(
        x, window_dimensions=(2, 2), window_strides=(1, 2), padding="VALID") ** 2).sum()), [GRID]),
    "tangent of pooling": (lambda x: jax.jvp(lambda y: _window(
        y, window_dimensions=(2, 2), window_strides=(1, 2), padding="VALID"), (x,), (x,)), [GRID]),
    "smallest of windows": (lambda x: lax.reduce_window(x, jnp.inf, lax.min, (2, 2), (1, 1), "SAME"),
                            [GRID]),
    "approximate top": (lambda x: lax.approx_max_k(x + 1, 2)[0], [GRID]),
    "bits": (lambda x: lax.rng_bit_generator(jnp.concatenate([x, x]), (3,))[1], [WORDS]),
    "unstacked": (lambda x: [*jnp.unstack(x), *map(jnp.sum, x)], [GRID]),
    "nothing": (lambda x: (), [GRID]),
    "empty": (lambda x: [x[:0].sum(0), jnp.zeros((0, 3)), x[:0]], [GRID]),
}  # fmt: skip
"""What each is called, the function, and its inputs."""


# Changed ------------------------------------------------------------------------------------

FEW = ("binary", "indexed", "nested loops", "typed keys", "helpers", "reduced together", "applied",
       "constants", "half constant", "odd numbers", "another generator", "convolution")  # fmt: skip
TEXTS = {}
for name in FEW:
    function, inputs = FUNCTIONS[name]
    TEXTS[name] = describe(jax.make_jaxpr(function)(*inputs))


def places(tree: Any, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Where in a tree of lists something stands."""
    inner = enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(place for i, item in inner for place in places(item, (*at, i)))]


def get(tree: Any, place: tuple[int, ...]) -> Any:
    """Get what stands there."""
    for step in place:
        tree = tree[step]
    return tree


def put(tree: Any, place: tuple[int, ...], value: Any) -> Any:
    """Put something there."""
    if not place:
        return value
    if not isinstance(tree, list):
        return tree
    return [put(x, place[1:], value) if i == place[0] else x for i, x in enumerate(tree)]


TREES = {name: json.loads(text) for name, (text, _) in TEXTS.items()}
PLACES = {name: places(tree) for name, tree in TREES.items()}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 70), st.integers(), st.floats(allow_nan=False),
    st.sampled_from([2**31, 2**63, 10**400, -1, 1e999, [], {}, [[]], "", "nan", "\ud800"]),
    st.sampled_from(sorted(KNOWN)), st.sampled_from(["key:threefry2x32", "float64", "int4", "p"]),
    st.sampled_from([["p", 0], ["t", []], ["d", "int8"], ["f", "inf"], ["s", "x"], ["o", "add"]]),
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> tuple[bytes, Any]:
    """The text of a program with other numbers in it, or parts that changed places; its arrays."""
    name = draw(st.sampled_from(FEW))
    tree, (_, constants) = TREES[name], TEXTS[name]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(PLACES[name]))
        other = draw(st.one_of(ODD, st.sampled_from(PLACES[name])))
        value = get(TREES[name], other) if isinstance(other, tuple) else other
        tree = put(tree, place, value)
    return json.dumps(tree).encode(), constants
