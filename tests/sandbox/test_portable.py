"""Programs as plain data: described, sent, read, and run with the results that XLA gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.experimental
import jax.export
import jax.extend.core
import jax.numpy as jnp
import numpy as np
import pytest
from portable_programs import FUNCTIONS
from test_interpreter import CALLS

from grader.sandbox.inside import frames
from grader.sandbox.inside.evaluator import interpreter
from grader.sandbox.inside.frames import Key
from grader.sandbox.inside.portable import data, rebuild
from grader.sandbox.inside.portable import describe as describing
from grader.sandbox.inside.portable.data import KeyType, PortableError, Program

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""As the children compile."""
ROUNDING = {"bfloat16": 1e-2, "float16": 1e-3, "float32": 2e-5, "float64": 1e-12}
ROUNDING |= {"complex64": 2e-5, "complex128": 1e-12}


def sent(value: Any) -> Any:
    """Get a value as it comes out at the other end."""
    frame = frames.encode(value)
    header, _ = frames.lengths(frame[: frames.PREFIX_BYTES])
    body = frame[frames.PREFIX_BYTES :]
    return frames.decode(body[:header], body[header:])


def carried(closed: Any) -> Program:
    """Get a program as another process reads it."""
    text, constants = sent(describing.describe(closed))
    return data.read(text, tuple(constants))


def words(array: Any) -> Any:
    """Get an array of NumPy's, and for keys their words."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return np.asarray(jax.random.key_data(array))
    return np.asarray(array)


def assert_same_types(program: Program, closed: Any) -> None:
    """The types of inputs and results are told as they are."""
    for told, real in ((program.in_avals, closed.in_avals), (program.out_avals, closed.out_avals)):
        assert len(told) == len(real)
        for one, other in zip(told, real, strict=True):
            assert one.shape == other.shape
            if isinstance(one.dtype, KeyType):
                assert str(other.dtype) == f"key<{'fry' if one.dtype.name[0] == 't' else 'rbg'}>"
            else:
                assert one.dtype == other.dtype
            assert one.weak_type == getattr(other, "weak_type", False)


def assert_close(got: Any, want: Any) -> None:
    """Two arrays agree in dtype, shape, and numbers."""
    one, other = words(got), words(want)
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    rounding = ROUNDING.get(one.dtype.name, 0.0)
    scale = np.nanmax(np.abs(np.where(np.isfinite(other), other, 0)), initial=0.0)
    wide = "complex128" if one.dtype.kind == "c" else "float64"
    np.testing.assert_allclose(
        one.astype(wide), other.astype(wide), rtol=rounding, atol=rounding * float(scale)
    )


def check(function: Callable[..., Any], inputs: Sequence[Any]) -> bool:
    """XLA gives the same for a carried program, and so does NumPy, or raises. Whether it did."""
    arrays = [jax.device_put(value) for value in inputs]
    closed = jax.make_jaxpr(function)(*arrays)
    program = carried(closed)
    assert_same_types(program, closed)

    def both(*values: Any) -> Any:
        return jax.tree.leaves(function(*values)), rebuild.call(program, values)

    want, rebuilt = jax.jit(both, compiler_options=QUICK)(*arrays)
    assert len(want) == len(rebuilt) == len(closed.out_avals)
    for one, other in zip(rebuilt, want, strict=True):
        assert one.dtype == other.dtype
        assert_close(one, other)
    try:
        got = interpreter.numbers(program, [np.asarray(value) for value in inputs])
    except Exception:  # noqa: BLE001  (it is not sure, and XLA is asked)
        return False
    for one, other in zip(got, want, strict=True):
        assert_close(one, other)
    return True


@pytest.mark.parametrize("name", FUNCTIONS)
def test_carried_programs_give_the_same(name: str) -> None:
    """What a program gives does not change on its way."""
    check(*FUNCTIONS[name])


WIDE = ("binary", "reductions", "indexed", "whole numbers", "complex", "weak", "odd numbers", "solve",
        "typed keys", "nested loops", "loop mapped", "fft", "sort", "gradient", "constants", "random")  # fmt: skip


@pytest.mark.parametrize("name", [name for name in WIDE if name in FUNCTIONS])
def test_64_bits_are_carried(name: str) -> None:
    """With 64 bits a program keeps them, in its numbers and constants as well."""
    function, inputs = FUNCTIONS[name]
    wide = {"float32": "float64", "int32": "int64", "complex64": "complex128"}
    with jax.enable_x64(True):
        check(function, [x.astype(wide.get(x.dtype.name, x.dtype)) for x in inputs])


def test_most_programs_need_no_compiler() -> None:
    """NumPy is sure of the usual operations of a first course."""
    usual = ("norm and argmin", "scan", "while", "switch", "helpers", "segments")
    assert [name for name in usual if not check(*FUNCTIONS[name])] == []


@pytest.mark.parametrize("name", CALLS)
def test_numpy_does_the_same_for_plain_data(name: str) -> None:
    """What NumPy can do for a program of JAX's, it does for the same as plain data."""
    function, *inputs = CALLS[name]
    leaves = jax.tree.leaves(inputs)
    closed = jax.make_jaxpr(function)(*inputs)
    want = interpreter.run(closed, leaves)
    got = interpreter.numbers(carried(closed), [plain(leaf) for leaf in leaves])
    for one, other in zip(got, want, strict=True):
        assert one.dtype == words(other).dtype
        np.testing.assert_array_equal(one, words(other))


def plain(array: Any) -> Any:
    """Get an array or keys as they are sent."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return Key(words(array), str(jax.random.key_impl(array)))
    return np.asarray(array)


# What is not carried ------------------------------------------------------------------------


GRID = np.ones((3, 2), np.float32)
SHAPE = jax.ShapeDtypeStruct((3, 2), np.float32)
OWN = jax.extend.core.Primitive("tripled")
OWN.def_abstract_eval(lambda x: x)
LIKE_SINE = jax.extend.core.Primitive("sin")
LIKE_SINE.def_abstract_eval(lambda x: x)
"""Has the name of an operation of JAX's, and is none."""


def many(x: Any) -> Any:
    """More operations than are carried."""
    for _ in range(data.MAX_EQUATIONS + 1):
        x = jax.lax.neg_p.bind(x)
    return x


def deep(x: Any) -> Any:
    """Calls in each other, deeper than is carried."""
    function = jnp.sin
    for _ in range(data.MAX_NESTED + 2):
        function = jax.jit(lambda y, inner=function: inner(y) * 2)
    return function(x)


def kept_elsewhere(x: Any) -> Any:
    """A number that is written down and read again."""
    cell = jax.new_ref(x)
    cell[0] += 1.0
    return cell[...]


NOT_CARRIED: dict[str, Callable[..., Any]] = {
    "asks Python": lambda x: jax.pure_callback(np.sin, SHAPE, x),
    "asks Python in a loop": lambda x: jax.lax.map(
        lambda row: jax.pure_callback(np.sin, jax.ShapeDtypeStruct((2,), np.float32), row), x
    ),
    "asks the world": lambda x: jax.experimental.io_callback(np.sin, SHAPE, x),
    "written down": kept_elsewhere,
    "an operation of its own": OWN.bind,
    "an operation with a known name": LIKE_SINE.bind,
    "a known name in a loop": lambda x: jax.lax.map(LIKE_SINE.bind, x),
    "many": many,
    "deep": deep,
    "small floats": lambda x: x.astype(jnp.float8_e4m3fn),
    "large constants": lambda x: x.sum() + np.zeros(1 + data.MAX_CONSTANT_BYTES // 4, "f"),
    "many constants": lambda x: sum(
        (x + np.full((3, 2), i, "f") for i in range(data.MAX_CONSTANTS + 1)), start=x
    ),
    "windows of its own": lambda x: jax.lax.reduce_window(
        x, 1.0, lambda a, b: a * b + a, (2, 2), (1, 1), "VALID"
    ),
    "several devices": jax.shard_map(
        lambda y: jax.lax.psum(y, "i"),
        mesh=jax.make_mesh((1,), ("i",), axis_types=(jax.sharding.AxisType.Auto,)),
        in_specs=jax.P("i"),
        out_specs=jax.P(),
    ),
}


@pytest.mark.parametrize("name", NOT_CARRIED)
def test_other_programs_are_not_carried(name: str) -> None:
    """What is no plain data, or too much of it, is refused by one error, on one of both sides."""
    closed = jax.make_jaxpr(NOT_CARRIED[name])(GRID)
    with pytest.raises(PortableError):
        carried(closed)


def test_names_for_sizes_are_not_carried() -> None:
    """A program for arrays of any size is none for arrays of one."""
    (size,) = jax.export.symbolic_shape("n")
    closed = jax.make_jaxpr(lambda x: x * 2)(jax.ShapeDtypeStruct((size,), np.float32))
    with pytest.raises(PortableError):
        carried(closed)


def test_outer_traces_are_not_carried() -> None:
    """A program that closes over what is traced elsewhere has no constants to be told."""
    told = []

    def outer(x: Any) -> Any:
        inner = jax.make_jaxpr(lambda y: y * x)(GRID)
        told.append(inner)
        with pytest.raises(PortableError):
            describing.describe(inner)
        return x

    jax.make_jaxpr(outer)(GRID)
    assert told


def test_deleted_constants_are_not_carried() -> None:
    """An array that was given away is refused like anything else that cannot be told."""
    array = jnp.arange(6.0).reshape(3, 2)
    closed = jax.make_jaxpr(lambda x: x + array)(GRID)
    array.delete()
    with pytest.raises(PortableError):
        carried(closed)
