"""Elements picked without a program: the same answers as JAX's own way, always."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from grader.sandbox.inside.evaluator import picking

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
