"""Inputs and reference answers on the judge's side: plain data of them, and what they stand for.

JAX is imported when the first value needs it, so that declarations and messages do not wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from grader.sandbox.inside.frames import (
    DTYPES,
    MAX_TEXT,
    MAX_VALUE_BYTES,
    Code,
    Key,
    Opaque,
    Plain,
    Record,
    name_of,
)

EXPRESSION, CODE, HELPERS = "<expression>", "<code>", "<helpers>"
"""What trusted text is called in tracebacks: of a part, of an input, and what both may use."""
OURS = (EXPRESSION, CODE, HELPERS)

_CARRIED = (bool, int, float, str, bytes, Code, Plain, Key, type(None))


def carried(value: Any) -> Any:
    """An input as it goes to the student's code: plain data, and Opaque for what cannot go."""
    if (type(value) in _CARRIED and not _is_long(value)) or _is_usual(value):
        return value
    from grader.sandbox.inside import trees  # noqa: PLC0415  (JAX)

    return trees.carried(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, (str, bytes)) and len(value) > MAX_TEXT


def _is_usual(value: Any) -> bool:
    is_array = isinstance(value, np.ndarray) and name_of(value.dtype) in DTYPES
    return is_array and value.nbytes <= MAX_VALUE_BYTES


def to_plain(value: Any) -> Any:
    """A value of the reference's as plain data, and Opaque for what is none."""
    from grader.sandbox.inside import trees  # noqa: PLC0415  (JAX)

    return trees.to_plain(value)


def new_key(seed: int, *, is_typed: bool) -> Any:
    """A random key of JAX's usual generator."""
    from grader.sandbox.inside import trees  # noqa: PLC0415  (JAX)

    return trees.new_key(seed, is_typed=is_typed)


def evaluated(value: Any, scope: Mapping[str, Any]) -> Any:
    """An input as the reference gets it: code in it is run, keys and the rest stay as they are."""
    if isinstance(value, np.ndarray) or type(value) in {bool, int, float, str}:
        return value

    def inside(item: Any) -> Any:
        if isinstance(item, Code):
            return run(item.expression, scope, CODE)
        if isinstance(item, Key):
            from grader.sandbox.inside import trees  # noqa: PLC0415  (JAX)

            return trees.to_inside(item, lambda _: None)
        if type(item) in {tuple, list}:
            return type(item)(map(inside, item))
        return {key: inside(one) for key, one in item.items()} if type(item) is dict else item

    return inside(value)


def run(expression: str, scope: Mapping[str, Any], name: str = EXPRESSION) -> Any:
    """The value of trusted Python text."""
    return eval(compile(expression, name, "eval"), dict(scope))  # noqa: S307


def trusted(helpers: str) -> dict[str, Any]:
    """What expressions may name: JAX, NumPy, and what a trusted text defines."""
    from grader.sandbox.inside import trusted  # noqa: PLC0415  (JAX)

    return {**trusted.helpers(helpers), **trusted.TRUSTED}


@contextlib.contextmanager
def precision(*, float64: bool) -> Iterator[None]:
    """Run what JAX does meanwhile with 64 bits, where that is wanted."""
    if not float64:
        yield
        return
    import jax  # noqa: PLC0415

    with jax.enable_x64(True):
        yield


def stand_for(
    value: Any,
    scope: Mapping[str, Any],
    class_of: Callable[[Record], Any] = lambda _: None,
    *,
    keeps_width: bool = False,
) -> Any:
    """A plain tree as code sees it: arrays are JAX arrays, records objects, code is run."""
    from grader.sandbox.inside import trees  # noqa: PLC0415  (JAX)

    return trees.to_inside(value, lambda text: run(text, scope), class_of, keeps_width=keeps_width)


def is_key(value: Any) -> bool:
    """Whether it is a random key, or several: typed, or as raw words."""
    found = carried(value)
    words = isinstance(found, np.ndarray) and found.dtype == np.uint32 and found.shape[-1:] == (2,)
    return isinstance(found, Key) or words


def is_opaque(value: Any) -> bool:
    """Whether it is what could not be carried."""
    return isinstance(value, Opaque)
