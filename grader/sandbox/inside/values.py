"""What passes between the judge and a child: values and errors as plain data."""

from __future__ import annotations

import contextlib
import functools
import types
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from inside import frames

MAX_MESSAGE = 2_000
MAX_FRAMES = 12


def to_inside(value: Any) -> Any:
    """A value from the judge as the student's code gets it: arrays become JAX arrays."""
    if isinstance(value, frames.Code):
        return eval(value.expression, dict(TRUSTED))  # noqa: S307
    if isinstance(value, frames.Plain):
        return value.array
    if isinstance(value, np.ndarray):
        # Converted by NumPy and put, since `jnp.asarray` compiles a program for each shape.
        own = jax.dtypes.canonicalize_dtype(float if value.dtype.kind == "f" else value.dtype)
        return jax.device_put(value.astype(own, copy=True))
    if isinstance(value, (tuple, list)):
        return type(value)(to_inside(item) for item in value)
    if isinstance(value, dict):
        return {name: to_inside(item) for name, item in value.items()}
    return value


def to_plain(value: Any, depth: int = 0) -> Any:
    """What the student's code returned, as plain data; whatever is none becomes Opaque."""
    if value is None or type(value) in {bool, int, float, str}:
        return value if not isinstance(value, str) else value[:MAX_MESSAGE]
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    if isinstance(value, (tuple, list)) and depth < frames.MAX_DEPTH:
        if len(value) > 16:
            with contextlib.suppress(Exception):
                array = np.asarray(value)
                if array.dtype.name in frames.DTYPES:
                    return array
        items = [to_plain(item, depth + 1) for item in value[: frames.MAX_LEAVES // 10]]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict) and depth < frames.MAX_DEPTH:
        return {str(key)[:100]: to_plain(item, depth + 1) for key, item in value.items()}
    if hasattr(value, "__array__"):
        with contextlib.suppress(Exception):
            array = np.asarray(value)
            if array.dtype.name not in frames.DTYPES and array.dtype.kind in "fV":
                array = array.astype(np.float32)
            if array.dtype.name in frames.DTYPES:
                return array
    return frames.Opaque(type(value).__name__)


def tell(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its class, text, and where in the student's cells it arose."""
    try:
        message = without_inner_trace(str(error))[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001
        message = ""
    passed = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        passed.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        passed.append((str(error.filename), error.lineno or 1, ""))
    places = [(name[6:-1], *rest) for name, *rest in passed if name.startswith("<cell ")]
    told: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": message,
        "places": places[-MAX_FRAMES:],
    }
    own = [item for item in passed if item[0].startswith("<cell ") or item[0].endswith(".py>")]
    if own and own[-1][0].endswith(".py>"):
        told["file"] = own[-1][0][1:-1], own[-1][1]
    return told


def without_inner_trace(message: str) -> str:
    """A message in which another error is printed whole, with only the last line of that."""
    head, mark, trace = message.partition("Traceback (most recent call last):")
    return head + trace.strip().rpartition("\n")[2] if mark else message


def as_imported(module: types.ModuleType, *inner: str) -> types.ModuleType:
    """A copy of a module's names, and of modules in it, that later changes to it do not reach."""
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update(module.__dict__)
    for name in inner:
        setattr(copy, name, as_imported(getattr(module, name)))
    return copy


TRUSTED: dict[str, Any] = {
    "jax": as_imported(jax, "lax", "random", "tree"),
    "jnp": as_imported(jnp, "linalg"),
    "np": as_imported(np, "linalg"),
    "partial": functools.partial,
}
"""What the judge's expressions name, as it was before any student's code ran."""
