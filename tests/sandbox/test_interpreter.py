"""Programs run by NumPy inside the children: XLA's results, or none and XLA is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax, random
from jax.extend.random import threefry_2x32

from grader.sandbox.inside.evaluator import (
    arithmetic,
    interpreter,
    jax_internals,
    primitives,
    programs,
)

ROUNDING = {"float32": 2e-5, "float64": 1e-12}
KEY = random.PRNGKey(3)
NEWER = {"stack", "unstack", "tile"}
"""Operations that the older of the known releases of JAX make of others."""
PRNG: Any = sys.modules.get("jax._src.random.prng") or sys.modules["jax._src.prng"]
FLOATS = jnp.asarray([-2.5, -1.0, -0.0, 0.0, 0.25, 0.5, 1.0, 3.5, jnp.inf, -jnp.inf, jnp.nan])
SMALL = jnp.asarray([-0.9, -0.25, 0.0, 0.5, 0.75, 1.0])
INTEGERS = jnp.asarray([-7, -3, -1, 0, 1, 2, 6, 2**31 - 1, -(2**31)])
UNSIGNED = INTEGERS.astype(jnp.uint32)
PLACES = jnp.asarray([0, 1, 5, 31, 32, 40, -1, 2, 3])
SIGNS = jnp.asarray([-7, 7, 6, -6])
GRID = jnp.asarray(np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32))
CUBE = jnp.arange(24.0).reshape(2, 3, 4)
FLAGS = jnp.asarray([True, False, True])


def primitives_of(jaxpr: Any) -> set[str]:
    """The names of all primitives in a program and in those inside it."""
    names = set()
    for equation in getattr(jaxpr, "jaxpr", jaxpr).eqns:
        names.add(equation.primitive.name)
        for parameter in equation.params.values():
            for item in parameter if isinstance(parameter, (tuple, list)) else (parameter,):
                if hasattr(getattr(item, "jaxpr", item), "eqns"):
                    names |= primitives_of(item)
    return names


def check(function: Callable[..., Any], *inputs: Any) -> set[str]:
    """NumPy gives what XLA gives: type, shape and numbers. The primitives that were used."""
    closed = jax.make_jaxpr(function)(*inputs)
    got = interpreter.run(closed, jax.tree.leaves(inputs))
    want = jax.tree.leaves(jax.jit(function)(*inputs))
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        assert one.aval == other.aval
        assert one.aval.weak_type == other.aval.weak_type
        assert isinstance(one, type(other))
        if jnp.issubdtype(one.dtype, jax.dtypes.prng_key):
            one, other = random.key_data(one), random.key_data(other)  # noqa: PLW2901
        rounding = ROUNDING.get(one.dtype.name, 0.0)
        np.testing.assert_allclose(one, other, rtol=rounding, atol=rounding)
    return primitives_of(closed)


def step(points: Any, centroids: Any) -> Any:
    """One step of Lloyd's algorithm."""
    distances = jnp.linalg.norm(points[:, None] - centroids[None], axis=-1)
    nearest = distances.argmin(axis=1)
    sums = jax.ops.segment_sum(points, nearest, num_segments=len(centroids))
    return (
        nearest,
        distances.min(axis=1),
        sums / jnp.bincount(nearest, length=len(centroids))[:, None],
    )


def draws(key: Any) -> Any:
    """Draws by the usual samplers."""
    return (
        *(random.split(key), random.fold_in(key, 7), random.normal(key, (4, 3))),
        *(random.uniform(key, (5,), minval=-2, maxval=3), random.randint(key, (9,), 0, 5)),
        *(random.permutation(key, 12), random.choice(key, GRID, (3,), replace=False)),
        *(random.bits(key, (3,), "uint8"), random.bernoulli(key, 0.3, (6,))),
        random.choice(key, 5, (3,), p=jnp.asarray([0.1, 0.2, 0.3, 0.2, 0.2])),
    )


def typed_keys(seed: Any) -> Any:
    """Draws by keys of the newer kind, some of which come back."""
    keys = random.split(random.key(seed), 4)
    return keys[1], jax.vmap(partial(random.normal, shape=(2,)))(keys), random.clone(keys[0])


def indexed(x: Any, i: Any) -> Any:
    """Elements taken and put in the ways of `x[i]` and `x.at[i]`."""
    one = jnp.float32(0.5)
    return (
        *(x[i], x[i, 1], x[:, i % 3], x[i][:, None], jnp.take(x, i, axis=0)),
        *(x.at[i].set(one), x.at[i].add(one), x.at[i, 1].multiply(one), x.at[i].min(one)),
        *(x.at[i].max(one), x.at[i].subtract(one), x.at[i].set(one, mode="drop")),
        *(x.at[i].add(one, mode="clip"), x.at[i].get(mode="fill"), x.at[i].get(mode="clip")),
        *(jnp.take_along_axis(x, i[:5, None] % 3, axis=1), i.at[i].get(mode="fill")),
        *((i > 1).at[i].get(mode="fill"), i.astype(jnp.uint32).at[i].get(mode="fill")),
    )


def loops(x: Any) -> Any:
    """All kinds of loops and branches."""
    return (
        lax.fori_loop(0, 5, lambda i, v: v * 0.5 + i, x),
        lax.while_loop(lambda v: v.sum() < 50, lambda v: v + 1, x),
        lax.scan(lambda c, row: (c + row, c * row), jnp.zeros(3), x),
        lax.scan(lambda c, row: (c + row, c * row), jnp.zeros(3), x, reverse=True),
        lax.scan(lambda c, _: (c * 2, None), jnp.ones(2), length=4),
        lax.map(lambda row: row.sum(), x),
        lax.cond(x[0, 0] > 0, lambda v: v + 1, lambda v: v - 1, x),
        lax.switch(jnp.int32(9), [jnp.sin, jnp.cos, jnp.tan], x),
        jax.checkpoint(lambda v: jnp.sin(v) * 2)(x),
    )


@jax.custom_jvp
def own_jvp(x: Any) -> Any:
    """A function with a derivative of its own."""
    return x * 2


@own_jvp.defjvp
def _(primals: Any, tangents: Any) -> Any:
    return own_jvp(*primals), tangents[0] * 3


@jax.custom_vjp
def own_vjp(x: Any) -> Any:
    """The same, backwards."""
    return x * 2


own_vjp.defvjp(lambda x: (own_vjp(x), None), lambda _, g: (g * 3,))

CALLS: dict[str, tuple[Any, ...]] = {
    "unary": (
        lambda x: [
            *(f(x) for f in (jnp.negative, jnp.sign, jnp.abs, jnp.floor, jnp.ceil, jnp.isfinite)),
            *(f(x) for f in (jnp.exp, jnp.exp2, jnp.expm1, jnp.square, jnp.round, jnp.cbrt)),
            *(f(x) for f in (jax.nn.sigmoid, jnp.sin, jnp.cos, jnp.arctan, jnp.tanh, jnp.arcsinh)),
            *(f(x) for f in (jnp.log, jnp.log1p, jnp.sqrt, lax.rsqrt, jnp.sinh, jnp.cosh)),
            *(x**3, x**-2, x**0, lax.integer_pow(x, 5), lax.clamp(-1.0, x, 1.0)),
            lax.copy_p.bind(x),
        ],
        FLOATS,
    ),
    "bounded": (
        lambda x: (
            [f(x) for f in (jnp.arcsin, jnp.arccos, jnp.arctanh, jnp.tan, lax.erf_inv)]
            + [jnp.arccosh(x + 2)]
        ),
        SMALL,
    ),
    "binary": (
        lambda x, y: [
            *(x + y, x - y, x * y, x / y, jnp.maximum(x, y), jnp.minimum(x, y), lax.rem(x, y)),
            *(x == y, x != y, x < y, x <= y, x > y, x >= y, jnp.arctan2(x, y), lax.pow(x, y)),
            lax.nextafter(x, y),
            *(f.bind(x, y) for f in (lax.eq_to_p, lax.le_to_p, lax.lt_to_p)),
        ],
        FLOATS[:8],
        FLOATS[::-1][:8],
    ),
    "integers": (
        lambda x, y: [
            *(x + y, x - y, x * y, x & y, x | y, x ^ y, ~x, jnp.maximum(x, y), x == y, x < y),
            *(-x, jnp.abs(x), jnp.sign(x), x**2, lax.shift_left(x, y)),
            *(lax.shift_right_logical(x, y), lax.shift_right_arithmetic(x, y)),
        ],
        INTEGERS,
        PLACES,
    ),
    "unsigned": (
        lambda x, y: [
            *(x + y, x - y, x * y, -x, ~x, lax.shift_left(x, y), lax.shift_right_logical(x, y)),
            *(lax.shift_right_arithmetic(x, y), lax.div(x, y | 1), lax.rem(x, y | 1)),
        ],
        UNSIGNED,
        PLACES.astype(jnp.uint32),
    ),
    "division": (
        lambda x, y: [lax.div(x, y), lax.rem(x, y), x // y, x % y],
        SIGNS,
        jnp.asarray([2, -2, 4, -4]),
    ),
    "conversions": (
        lambda x, n: [
            *(x.astype(t) for t in (jnp.int32, jnp.int8, bool, jnp.float32)),
            *(n.astype(t) for t in (jnp.int8, jnp.uint32, jnp.float32, bool)),
            lax.bitcast_convert_type(n, jnp.uint32),
        ],
        SMALL * 100,
        INTEGERS,
    ),
    "reductions": (
        lambda x, b, n: [
            *(f(x, axis=(0, 1)) for f in (jnp.sum, jnp.prod, jnp.max, jnp.min, jnp.mean)),
            *(f(x, axis=1) for f in (jnp.argmin, jnp.argmax, jnp.cumsum, jnp.cumprod)),
            *(b.all(), b.any(), jnp.bitwise_xor.reduce(n), n.sum(), x.std(axis=0)),
            *(lax.cummax(x, 0), lax.cummin(x, 1, reverse=True), lax.cumsum(n, reverse=True)),
            *(jnp.linalg.norm(x, axis=0), jax.nn.softmax(x), jax.nn.logsumexp(x)),
        ],
        GRID,
        FLAGS,
        INTEGERS,
    ),
    "nan": (lambda x: [x.argmin(), x.argmax(), x.max(), x.min(), jnp.nanmin(x)], FLOATS),
    "sorting": (
        lambda x, y: [
            *(jnp.sort(x), jnp.argsort(y, axis=0), jnp.median(y, axis=0), jnp.sort(y, axis=1)),
            *(
                jnp.unique(y, size=4),
                jnp.percentile(y, 30.0),
                jnp.searchsorted(jnp.sort(y[0]), 0.0),
            ),
            lax.sort((y, 2 * y), dimension=0),
        ],
        FLOATS,
        GRID,
    ),
    "products": (
        lambda x, c: [
            *(x @ x.T, x.T @ x, jnp.dot(x, x[0]), jnp.einsum("ij,kj->ik", x, x), x @ x[0]),
            *(jnp.einsum("abc,adc->adb", c, c), jnp.tensordot(c, c, axes=((0, 2), (0, 2)))),
            *(jnp.outer(x[0], x[1]), jnp.vdot(x[0], x[1]), jnp.matmul(c, c.swapaxes(1, 2))),
            lax.dot(x.astype(jnp.int32), x.T.astype(jnp.int32)),
        ],
        GRID,
        CUBE,
    ),
    "shapes": (
        lambda x, c: [
            *(x.reshape(3, 5), x.ravel(), c.transpose(2, 0, 1), jnp.flip(c, (0, 2)), c[:, ::2]),
            *(jnp.concatenate([x, x]), jnp.stack([x, x], axis=1), jnp.split(c, [1, 2], axis=2)),
            *(jnp.pad(x, ((1, 0), (2, 3))), lax.pad(x, 7.0, ((-1, 2, 1), (1, -2, 0)))),
            *(jnp.tile(x, (2, 1)), jnp.repeat(x, 2, axis=0), jnp.roll(x, 1), jnp.eye(3)),
            *(lax.expand_dims(x, (0, 3)), jnp.linspace(0, 1, 5), jnp.arange(4), lax.rev(x, (1,))),
            *(lax.dynamic_slice(c, (1, 9, -3), (1, 2, 3)), lax.dynamic_slice(x, (4, 0), (2, 2))),
            *(lax.unstack(x, axis=1) if hasattr(lax, "unstack") else ()),
            *(lax.dynamic_update_slice(x, x[:2], (9, 1)), lax.squeeze(x[:, :1], (1,))),
            *(jnp.where(x > 0, x, 0.0), jnp.select([x > 1, x > 0], [x, -x], 9.0), jnp.triu(x)),
        ],
        GRID,
        CUBE,
    ),
    "indexed": (indexed, GRID, jnp.asarray([0, 2, 9, -1, 2, -9])),
    "mapped index": (jax.vmap(lambda x, i: (x[i], x.at[i].add(2.0))), GRID, jnp.arange(5) % 3),
    "random": (draws, KEY),
    "typed keys": (typed_keys, jnp.int32(-5)),
    "threefry": (threefry_2x32, KEY, jnp.arange(7, dtype=jnp.uint32)),
    "counters": (lambda: PRNG.iota_2x32_shape((3, 5)),),
    "loops": (loops, GRID),
    "derivatives": (
        lambda x: (
            jax.hessian(lambda v: jax.nn.sigmoid(v).sum())(x[0]),
            jax.grad(lambda v: (own_jvp(v) * own_vjp(v)).sum())(x),
            *(own_jvp(x), own_vjp(x), jax.jit(jnp.sin)(x), jax.jacrev(jnp.tanh)(x[0])),
        ),
        GRID,
    ),
    "k-means": (step, GRID, GRID[:2]),
    "an empty cluster": (step, GRID, jnp.concatenate([GRID[:2], 1e6 * GRID[:1]])),
}


@pytest.mark.parametrize("name", CALLS)
def test_results_are_those_of_xla(name: str) -> None:
    """Same types, shapes and, rounding aside, numbers."""
    function, *inputs = CALLS[name]
    check(function, *inputs)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"random", "bounded", "typed keys"}))
def test_double_precision_is_kept(name: str) -> None:
    """The same in double precision, but for normal draws, which are left to XLA."""
    function, *inputs = CALLS[name]
    with jax.enable_x64(True):
        check(function, *(x.astype(float) if x.dtype == np.float32 else x for x in inputs))


def test_long_unsigned_numbers_are_no_keys() -> None:
    """Keys are held as such numbers; those that are none stay numbers."""
    with jax.enable_x64(True):
        check(lambda x: [x + x, x[1], x.astype(float)], jnp.arange(4, dtype=jnp.uint64) << 40)


def test_every_rule_is_tried() -> None:
    """A rule that no test compares with XLA cannot be added."""
    known = {*primitives.RULES, *interpreter.INNER} - {"call"}  # of programs as plain data
    known |= {name[3:] for name in vars(interpreter._Run) if name.startswith("on_")}
    tried = set()
    for function, *inputs in CALLS.values():
        tried |= primitives_of(jax.make_jaxpr(function)(*inputs))
    is_newest = jax.__version__ == [*jax_internals.TESTED][-1]
    assert known - tried <= (set() if is_newest else NEWER)


@given(
    st.data(),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from(["clip", "fill", "promise_in_bounds"]),
)
def test_indices_mean_what_they_mean_to_xla(data: Any, shape: list[int], mode: str) -> None:
    """Any array, any mix of slices, numbers and arrays of indices, in bounds and out of them."""
    x = jnp.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    is_anywhere = mode != "promise_in_bounds"
    index: list[Any] = []
    for length in shape:
        places = st.integers(-length - 2, length + 2) if is_anywhere else st.integers(0, length - 1)
        kind = data.draw(st.sampled_from(["slice", "number", "array"]))
        if kind == "slice":
            index.append(slice(data.draw(st.integers(0, length - 1)), None))
        elif kind == "number":
            index.append(jnp.int32(data.draw(places)))
        else:
            index.append(jnp.asarray(data.draw(st.lists(places, min_size=2, max_size=2))))
    where = tuple(index)
    check(lambda x: x.at[where].get(mode=mode), x)
    check(lambda x: x.at[where].add(2.0, mode="drop" if mode == "fill" else mode), x)
    check(lambda x: x.at[where].multiply(2.0, mode="drop" if mode == "fill" else mode), x)


@given(st.lists(st.floats(width=32, allow_subnormal=False), min_size=1, max_size=20))
def test_sums_and_orders_of_any_numbers(numbers: list[float]) -> None:
    """NaN, infinities and huge numbers are treated as XLA does."""
    x = jnp.asarray(numbers, jnp.float32)
    check(lambda x: [jnp.argsort(x), jnp.sort(x), x.argmin(), x.argmax(), x.min(), x.max()], x)
    check(lambda x: [jnp.isnan(x), x > 0, jnp.sign(x), jnp.maximum(x, 1.0), x == x[0]], x)


UNSURE: dict[str, tuple[Any, ...]] = {
    "zero divides": (lambda n: lax.div(n, n - n[0]), INTEGERS),
    "a float that is no such integer": (lambda x: x.astype(jnp.int32), FLOATS),
    "half precision": (lambda x: x.astype(jnp.float16) * 2, SMALL),
    "complex numbers": (lambda x: jnp.abs(x + 1j), SMALL),
    "an unknown operation": (lambda x: jnp.linalg.solve(x[:3], x[3]), GRID),
    "a convolution": (lambda x: jnp.convolve(x[0], x[1]), GRID),
    "a long loop": (lambda x: lax.fori_loop(0, 50_000, lambda _, v: v + 1, x), GRID),
    "no step at all": (lambda x: lax.scan(lambda c, r: (c + r, r), x[0], x[:0]), GRID),
    "an effect": (lambda x: (jax.debug.callback(lambda: None), x)[1], GRID),
    "a callback": (
        lambda x: jax.pure_callback(np.sin, jax.ShapeDtypeStruct((5, 3), np.float32), x),
        GRID,
    ),
    "another generator": (
        lambda seed: random.normal(random.key(seed, impl="rbg"), (3,)),
        jnp.int32(1),
    ),
}


@pytest.mark.parametrize("name", UNSURE)
def test_what_is_not_sure_is_left_to_xla(name: str) -> None:
    """A type, an operation, an effect or a number that may mean something else to NumPy."""
    function, *inputs = UNSURE[name]
    closed = jax.make_jaxpr(function)(*inputs)
    with pytest.raises(Exception):  # noqa: B017, PT011  (of any kind, says the docstring)
        interpreter.run(closed, inputs)


@pytest.mark.parametrize("option", ["jax_debug_nans", "jax_debug_infs"])
def test_who_asks_jax_to_check_numbers_gets_jax(option: str) -> None:
    """With these options JAX raises where a number is not finite; so it is JAX that runs."""
    closed = jax.make_jaxpr(jnp.log)(SMALL)
    jax.config.update(option, val=True)
    try:
        with pytest.raises(arithmetic.UnsureError):
            interpreter.run(closed, [SMALL])
    finally:
        jax.config.update(option, val=False)


@pytest.fixture
def compiled() -> Iterator[list[str]]:
    """The names of the programs that XLA has been given."""
    pjit: Any = jax._src.pjit
    own = pjit._pjit_call_impl_python
    names: list[str] = []

    @wraps(own)
    def build(*values: Any, **program: Any) -> Any:
        names.append(program["name"])
        return own(*values, **program)

    pjit._pjit_call_impl_python = build
    jax.clear_caches()
    programs._install_for_some.cache_clear()
    yield names
    pjit._pjit_call_impl_python = own
    programs._install_for_some.cache_clear()
    jax.clear_caches()


@pytest.fixture
def built(compiled: list[str]) -> list[str]:
    """The same, with the children's way installed."""
    programs.install()
    return compiled


def test_a_process_that_compiles_may_evaluate_for_a_while(compiled: list[str]) -> None:
    """The judge runs known mistakes without XLA, and the reference with it."""
    with programs.evaluated():
        assert jnp.sum(jnp.ones(3) * 2).item() == 6
    assert compiled == []
    assert jnp.sum(jnp.ones(5) * 2).item() == 10
    assert compiled


def test_a_process_that_evaluates_may_compile_for_a_while(built: list[str]) -> None:
    """What was found to be unsure is compiled at once, and not evaluated a second time."""
    with programs.compiled():
        assert jnp.sum(jnp.ones(7) * 2).item() == 14
    count = len(built)
    assert count
    assert jnp.sum(jnp.ones(9) * 2).item() == 18
    assert len(built) == count


def test_ordinary_code_is_not_compiled(built: list[str]) -> None:
    """Plain calls, jitted ones, draws and loops all run without XLA."""
    x = random.normal(KEY, (6, 2))
    total = jnp.sqrt(jnp.sum((x[:, None] - x[None]) ** 2, axis=-1)).argmin(axis=1)
    jax.jit(step)(x, x[:2])
    lax.while_loop(lambda v: v < 3, lambda v: v + 1, total.sum())
    assert built == []


def test_what_is_unsure_is_compiled_and_right(built: list[str]) -> None:
    """The fallback gives JAX's own result, each time."""
    for _ in range(2):
        assert jax.jit(lambda n: lax.div(n, n - 1))(jnp.int32(1)) == -1
        assert jnp.linalg.solve(jnp.eye(2), jnp.ones(2)).tolist() == [1.0, 1.0]
    assert built


def test_donated_and_placed_inputs_are_left_to_jax(built: list[str]) -> None:
    """Who gives away a buffer finds it gone; who names a device gets an array that stays there."""
    x = jnp.arange(4.0)
    jax.jit(lambda v: v * 2, donate_argnums=0)(x)
    assert built
    device = jax.devices()[0]
    placed = jax.device_put(jnp.arange(4.0), device)
    assert jax.jit(lambda v: v * 2)(placed).committed
    assert not (jnp.arange(4.0) * 2).committed
