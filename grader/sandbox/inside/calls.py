"""Calls of a student's function: traced and run as one program, or plainly, or only counted."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from inside.errors import tell
from inside.evaluator import counts, interpreter, programs
from inside.trees import to_plain

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
"""What tracing gave, by `Inputs.key`."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of a call: the arrays in them, which are traced, and all that stays as it is.

    `filled` gives the inputs with other arrays in their places. `told` is the same for inputs
    that differ in the numbers in their arrays alone; None where that cannot be told.
    """

    arrays: Sequence[Any]
    filled: Callable[[Sequence[Any]], dict[str, Any]]
    told: str | None

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Inputs:
        """The inputs taken apart, trees as well; what is in dicts keeps its order."""
        arrays: list[Any] = []
        told: list[str] = []
        filled = _apart(dict(inputs), arrays, told)
        return cls(arrays, filled, None if "" in told else " ".join(told))

    def key(self, expression: str) -> bytes:
        """What is the same for calls that trace to one program; b"" where that is not known."""
        return b"" if self.told is None else f"{expression}\n{self.told}".encode()


Filled = Callable[[Sequence[Any]], Any]


def _apart(value: Any, arrays: list[Any], told: list[str]) -> Filled:
    """What puts a value together again from its arrays, which are added to the others."""
    if isinstance(value, jax.Array):
        at = len(arrays)
        arrays.append(value)
        told.append(str(value.aval))
        return lambda found: found[at]
    if type(value) is dict:
        told.append(f"{{{[*value]!r}")
        parts = {name: _apart(item, arrays, told) for name, item in value.items()}
        return lambda found: {name: part(found) for name, part in parts.items()}
    if type(value) in {list, tuple}:
        told.append(f"{type(value).__name__}{len(value)}")
        items = [_apart(item, arrays, told) for item in value]
        make = type(value)
        return lambda found: make([item(found) for item in items])
    told.append(repr(value) if type(value) in _TOLD else "")
    try:
        leaves, structure = jax.tree.flatten(value)
    except Exception:  # noqa: BLE001  (a class of the student's may raise anything)
        return lambda _: value
    if not any(isinstance(leaf, jax.Array) for leaf in leaves):
        return lambda _: value
    inner = [_apart(leaf, arrays, told) for leaf in leaves]
    return lambda found: jax.tree.unflatten(structure, [item(found) for item in inner])


_TOLD = frozenset({bool, int, float, str, bytes, type(None)})
"""What is the same for a program where its text is."""


def evaluate(  # noqa: PLR0913, PLR0917  (what it depends on)
    code: types.CodeType,
    scope: dict[str, Any],
    inputs: Inputs,
    mode: str,
    known: Traces,
    key: bytes,
) -> dict[str, Any]:
    """Value of the code: evaluated as one program where it can be traced, else run plainly.

    `mode` is "auto", "eager" (never traced), "trace" (only the program's size), "builds" or
    "steps" (only these are counted). What tracing gives is kept in `known` and taken from there,
    unless there is no key.
    """
    arrays = inputs.arrays

    def call(arrays: Sequence[Any]) -> Any:
        return eval(code, {**scope, **inputs.filled(arrays)})  # noqa: S307

    if mode in {"builds", "steps"}:
        counted, value = _counted(mode, call, arrays)
        return {mode: counted, "value": to_plain(value)}
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
    mode: str, call: Callable[[Sequence[Any]], Any], arrays: Sequence[Any]
) -> tuple[Any, Any]:
    """How many programs two plain calls build, or how many steps one takes; and what they give."""
    if mode == "steps":
        counted: tuple[Any, Any] = counts.steps(call, arrays)
    else:
        counted = counts.builds(call, arrays, [_again(value) for value in arrays])
    return counted


def _trace(call: Callable[[Sequence[Any]], Any], arrays: Sequence[Any]) -> Trace | Untraceable:
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
    return jax.device_put(np.array(value, copy=True))


def traced(closed: Any, shapes: Any, arrays: Sequence[Any], equations: int) -> Any:
    """The traced program's result. Raises when it is too long to be compiled, and has to be."""
    leaves = list(arrays)
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
