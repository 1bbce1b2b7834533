"""What makes JAX cheap inside the children: the same answers as JAX's own ways, always."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from grader.sandbox.inside import picking, programs, sorting

ARRAYS = (
    np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    np.arange(7, dtype=np.int32),
    np.full(3, np.nan, np.float32),
    np.array(3.0, np.float32),
    np.ones((0, 3), np.float32),
    np.array([True, False]),
)
INDICES: tuple[Any, ...] = (
    *(0, -1, 5, -9, None, ..., True, 1.0, "a", [0, 1], np.int32(1), np.array([], int)),
    *(slice(None), slice(1, None), slice(None, None, -1), slice(0, 100), slice(0, np.int64(2))),
    *((0, 1), (..., 0), (slice(None), 1), (None, 0, ..., None), (0, 0, 0, 0)),
    *(np.array([True, False]), np.array([0, 9]), np.array([-1, -9]), np.array(True)),
    (np.array([0, 1]), slice(None), np.array([1, 2])),
    (0, slice(None), np.array([1, 2])),
    (np.array([[0], [1]]), np.array([0, 1])),
)


def outcome(ask: Callable[[], Any]) -> Any:
    """Type, shape and bits of a value, or class and text of what was raised."""
    try:
        value = ask()
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)[:80]
    return type(value), value.shape, value.dtype, value.weak_type, np.asarray(value).tobytes()


@pytest.fixture
def restored() -> Iterator[None]:
    """JAX's array type as it was, afterwards."""
    array: Any = jax._src.array.ArrayImpl
    own = array.__getitem__, array.__iter__
    yield
    array.__getitem__, array.__iter__ = own


@pytest.mark.usefixtures("restored")
def test_picking_is_what_jax_picks() -> None:
    """Every index gives the value or the error that JAX gives, as JAX array or plain."""

    def all_outcomes() -> list[Any]:
        found = []
        for array, index in itertools.product(map(jnp.asarray, ARRAYS), INDICES):
            found.append(outcome(lambda: array[index]))  # noqa: B023
            if isinstance(index, np.ndarray):
                found.append(outcome(lambda: array[jnp.asarray(index)]))  # noqa: B023
        for array in map(jnp.asarray, (*ARRAYS[:3], *ARRAYS[4:])):
            found += [outcome(lambda: row) for row in array]  # noqa: B023
        weak = jnp.asarray(2.0) * jnp.ones(3, jnp.float32).astype(float)
        return [*found, outcome(lambda: weak[0]), outcome(lambda: next(iter(weak)))]

    want = all_outcomes()
    picking.install()
    assert all_outcomes() == want


@pytest.mark.usefixtures("restored")
def test_traced_programs_pick_as_before() -> None:
    """In a traced function an element of a concrete array stays an operation of the program."""
    rows = jnp.arange(6.0).reshape(3, 2)

    def add(x: Any) -> Any:
        return sum(rows[i] + x for i in range(3))

    want = str(jax.make_jaxpr(add)(1.0))
    picking.install()
    assert str(jax.make_jaxpr(add)(1.0)) == want


@pytest.mark.parametrize("shape", [(0,), (1,), (9,), (60,), (5, 9), (3, 4, 5)], ids=str)
@pytest.mark.parametrize("kind", ["float32", "float16", "int32", "uint32", "int8"])
def test_counting_sorts_as_xla(shape: tuple[int, ...], kind: str) -> None:
    """Stable, along any axis, NaN last, zeros of both signs equal, companions moved alike."""
    draw = np.random.default_rng(3)
    for axis in range(len(shape)):
        key = draw.integers(0, 4, shape).astype(kind)
        if key.dtype.kind == "f" and key.size > 4:
            key.ravel()[:4] = np.nan, -0.0, 0.0, -np.inf
        place = np.arange(key.size, dtype=np.int32).reshape(shape)
        want = jax.lax.sort((jnp.asarray(key), place), dimension=axis, num_keys=1)
        got = sorting.sort_by_counting(jnp.asarray(key), place, dimension=axis)
        for one, other in zip(got, want, strict=True):
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def text(function: Callable[..., Any], *arguments: Any) -> str:
    """What is told of a traced function."""
    return "".join(programs.told(jax.make_jaxpr(function)(*arguments)))


def test_names_do_not_tell_programs_apart() -> None:
    """The same operations under other names are the same program."""

    def squares(x: Any) -> Any:
        return jax.jit(lambda inner: inner * inner)(x).sum()

    def energy(signal: Any) -> Any:
        @jax.jit
        def power(value: Any) -> Any:
            return value * value

        return power(signal).sum()

    assert text(squares, jnp.ones(3)) == text(energy, jnp.ones(3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: x + 1.0, lambda x: x + np.float32(1.0000001)),
        (lambda x: x + 1.0, lambda x: x - 1.0),
        (lambda x: x - 2 * x, lambda x: 2 * x - x),
        (lambda x: x.sum(0), lambda x: x.sum(1)),
        (lambda x: x > 1, lambda x: (x > 1).astype(int)),
        (jax.nn.relu, jax.nn.softplus),
        (
            lambda x: jax.lax.fori_loop(0, 3, lambda _, v: v + 1, x),
            lambda x: jax.lax.fori_loop(0, 4, lambda _, v: v + 1, x),
        ),
        (
            lambda x: jax.random.normal(jax.random.PRNGKey(1), x.shape),
            lambda x: jax.random.normal(jax.random.PRNGKey(2), x.shape),
        ),
    ],
)
def test_other_programs_are_told_apart(one: Any, other: Any) -> None:
    """Constants, operations, order, axes, types and lengths are part of a program."""
    x = jnp.ones((3, 3))
    assert text(one, x) != text(other, x)


def test_types_of_inputs_are_told() -> None:
    """The same function over other shapes and types is another program."""

    def double(x: Any) -> Any:
        return x + x

    inputs = (jnp.ones(3), jnp.ones(4), jnp.ones(3, int), jnp.ones((3, 1)), 1.0, jnp.float32(1))
    assert len({text(double, x) for x in inputs}) == len(inputs)


def captures(x: Any) -> Any:
    """A jitted function that holds an array from outside."""
    held = np.asarray([0.5, 0.25, 0.125], np.float32)
    return jax.jit(partial(jnp.add, held))(x)


def calls_back(x: Any) -> Any:
    """A program that calls Python while it runs."""
    return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((3,), np.float32), x)


def prints(x: Any) -> Any:
    """A program with an effect."""
    jax.debug.print("{}", x)
    return x


@pytest.mark.parametrize("function", [captures, calls_back, prints])
def test_what_text_cannot_hold_is_untold(function: Any) -> None:
    """A program that holds an array, calls back or prints has no name and is built each time."""
    with pytest.raises(programs.UntoldError):
        text(function, jnp.ones(3))


def test_executables_come_back_from_a_file(tmp_path: Any) -> None:
    """A program that was kept gives the same numbers when it is loaded."""
    compiled = jax.jit(lambda x: (x @ x.T).sum(axis=0)).lower(jnp.ones((3, 2))).compile()
    programs.keep(tmp_path / "program", compiled._executable)
    assert [path.name for path in tmp_path.iterdir()] == ["program"]
    (got,) = programs.load(tmp_path / "program").unsafe_call(jnp.ones((3, 2)))
    assert np.asarray(got).tolist() == [6.0, 6.0, 6.0]
