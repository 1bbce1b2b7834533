"""Calls of a student's function: traced and run as one program, or plainly, or only counted."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from inside.evaluator import counts, interpreter, programs
from inside.values import tell, to_inside, to_plain

MAX_COMPILED_EQUATIONS = 600
"""A traced program longer than this is run operation by operation: compiling it would cost more."""
MAX_EQUATIONS = 1_000_000


@dataclass(frozen=True, eq=False)
class Trace:
    """A traced program, what its results are put together to, and how many operations it has."""

    closed: Any
    shapes: Any
    equations: int


@dataclass(frozen=True, eq=False)
class Untraceable:
    """What tracing a call raised, and whether a plain call would be of no use then."""

    error: dict[str, Any]
    is_final: bool


Traces = dict[bytes, Trace | Untraceable]
"""What tracing gave, by `call_key`."""


def call_key(expression: str, inputs: Mapping[str, Any]) -> bytes:
    """What is the same for calls that trace to one program; b"" where that cannot be told."""
    parts = []
    for name, value in sorted(inputs.items()):
        if isinstance(value, jax.Array):
            parts.append((name, str(value.aval)))
        elif type(value) in {bool, int, float, str}:
            parts.append((name, repr(value)))
        else:
            return b""
    return repr((expression, parts)).encode()


def evaluate(  # noqa: PLR0913, PLR0917  (what it depends on)
    code: types.CodeType,
    scope: dict[str, Any],
    inputs: dict[str, Any],
    mode: str,
    known: Traces,
    key: bytes,
) -> dict[str, Any]:
    """Value of the code: evaluated as one program where it can be traced, else run plainly.

    `mode` is "auto", "eager" (never traced), "trace" (only the program's size), "builds" or
    "steps" (only these are counted). What tracing gives is kept in `known` and taken from there,
    unless there is no key.
    """
    arrays = {name: value for name, value in inputs.items() if isinstance(value, jax.Array)}
    fixed = {name: value for name, value in inputs.items() if name not in arrays}

    def call(arrays: dict[str, Any]) -> Any:
        return eval(code, {**scope, **fixed, **arrays})  # noqa: S307

    if mode in {"builds", "steps"}:
        return {mode: _counted(mode, call, arrays)}
    if mode == "eager":
        return {"value": to_plain(call(arrays)), "mode": "eager", "trace_error": None}
    trace = known.get(key) or _trace(call, arrays)
    if key:
        known[key] = trace
    if isinstance(trace, Untraceable):
        if mode == "trace" or trace.is_final:
            return {"error": trace.error}
        return {"value": to_plain(call(arrays)), "mode": "eager", "trace_error": trace.error}
    if mode == "trace":
        return {"equations": trace.equations}
    way = "jit"
    try:
        value = to_plain(traced(trace.closed, trace.shapes, arrays, trace.equations))
    except Exception:  # noqa: BLE001  (what the evaluator has no rule for, or may not compile)
        value, way = to_plain(call(arrays)), "eager"
    return {"value": value, "mode": way, "equations": trace.equations}


def _counted(
    mode: str, call: Callable[[dict[str, Any]], Any], arrays: dict[str, Any]
) -> int | tuple[int, int]:
    """How many programs two plain calls build, or how many steps one takes."""
    if mode == "steps":
        steps: int = counts.steps(call, arrays)
        return steps
    again = {name: _again(value) for name, value in arrays.items()}
    builds: tuple[int, int] = counts.builds(call, arrays, again)
    return builds


def _trace(call: Callable[[dict[str, Any]], Any], arrays: dict[str, Any]) -> Trace | Untraceable:
    """The program of a call, or what tracing it raised."""
    try:
        with jax.disable_jit(False):
            closed, shapes = _make_jaxpr(call, return_shape=True)(arrays)
        return Trace(closed, shapes, count_equations(closed.jaxpr))
    except BaseException as error:  # noqa: BLE001  (student code may raise anything)
        return Untraceable(tell(error), isinstance(error, (SystemExit, MemoryError)))


def _again(value: jax.Array) -> Any:
    """The same array once more, as another object."""
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jax.random.key_data(value))
    return to_inside(np.asarray(value))


def traced(closed: Any, shapes: Any, arrays: dict[str, Any], equations: int) -> Any:
    """The traced program's result. Raises when it is too long to be compiled, and has to be."""
    leaves = jax.tree.leaves(arrays)
    try:
        results = interpreter.run(closed, leaves)
    except Exception:
        if equations > MAX_COMPILED_EQUATIONS:
            raise
        program = functools.partial(jax.core.eval_jaxpr, closed.jaxpr, closed.consts)
        with jax.disable_jit(False), programs.compiled():
            results = jax.jit(program)(*leaves)
    return jax.tree.unflatten(jax.tree.structure(shapes), results)


_make_jaxpr = jax.make_jaxpr
"""As it was before any student's code ran; what that puts in its place tells no sizes."""


def count_equations(jaxpr: Any) -> int:
    """How many operations a traced program has, its inner programs counted where they stand."""
    total = 0
    pending = [jaxpr]
    while pending and total < MAX_EQUATIONS:
        current = pending.pop()
        total += len(current.eqns)
        for equation in current.eqns:
            for parameter in equation.params.values():
                items = parameter if isinstance(parameter, (tuple, list)) else (parameter,)
                for item in items:
                    inner = getattr(item, "jaxpr", item)
                    if hasattr(inner, "eqns"):
                        pending.append(inner)
    return total
