"""Compiled programs kept in a folder, found by what they compute.

JAX's own compilation cache knows a program by its lowered text, and lowering costs more than
loading what was compiled. Here a program is known by its structure: operations, how they are
wired, shapes, types, settings. Names, places in the source and metadata do not count, so two
students who write the same in other words share a program. A program with anything of which that
cannot be told for sure (a captured array, a callback, a device) is not kept.

The folder is written by trusted code alone, and loading happens behind the walls.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import os
import pickle
import secrets
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental import serialize_executable

SETTINGS = ("enable_x64", "threefry_partitionable", "default_matmul_precision", "default_prng_impl")
"""Options of JAX that change what a program computes and do not show in it."""
NAMES = frozenset({"name", "inline", "keep_unused", "debug_info", "ctx_mesh"})
"""Parameters that change nothing about what an operation inside a program computes."""
DERIVATIVES = {
    "custom_jvp_call": frozenset({"jvp_jaxpr_fun", "jvp_jaxpr_thunk", "symbolic_zeros"}),
    "custom_vjp_call": frozenset({"fwd_jaxpr_thunk", "bwd", "out_trees", "symbolic_zeros"}),
}
"""Parameters that matter only to differentiation, which is over when a program is compiled."""
SIMPLE = (type(None), bool, int, float, complex, str, bytes)

_literal: Any = jax._src.core.Literal  # noqa: SLF001

asked: dict[int, Any] = {}
"""The programs that this process has asked for since this was cleared, by their identity."""


class UntoldError(Exception):
    """Of a part of a program it is not sure whether its text says all."""


def install(folder: str, *, writes: bool) -> None:
    """Look in this process, then in the folder ("" for none), before a program is built.

    With `writes`, what had to be built is kept there. Does nothing where JAX builds programs by
    another way than the one known here.
    """
    pjit: Any = jax._src.pjit  # noqa: SLF001
    if is_known():
        place = Path(folder) if folder else None
        build = pjit._pjit_call_impl_python  # noqa: SLF001
        pjit._pjit_call_impl_python = _looking_up(build, place, writes=writes)  # noqa: SLF001


def is_known() -> bool:
    """Whether JAX builds programs by the way that is known here."""
    return hasattr(jax._src.pjit, "_pjit_call_impl_python")  # noqa: SLF001


def _looking_up(build: Callable[..., Any], folder: Path | None, *, writes: bool) -> Any:
    known: dict[str, Any] = {}

    def run(*values: Any, **program: Any) -> Any:
        asked[id(program["jaxpr"])] = program["jaxpr"]
        try:
            name = digest(program)
        except Exception:  # noqa: BLE001  (whatever is not told is built)
            return build(*values, **program)
        if name not in known and folder is not None:
            with contextlib.suppress(Exception):
                known[name] = load(folder / name)
        if name in known:
            return known[name].unsafe_call(*values), known[name], None, []
        answer = build(*values, **program)
        known[name] = answer[1]
        if writes and folder is not None:
            with contextlib.suppress(Exception):
                keep(folder / name, answer[1])
        return answer

    return run


def load(path: Path) -> Any:
    """The executable in a file. Raises OSError when there is none, and whatever loading raises."""
    parts = pickle.loads(path.read_bytes())  # noqa: S301  (trusted: see the module's docstring)
    executable: Any = serialize_executable.deserialize_and_load(*parts)
    return executable._executable  # noqa: SLF001


def keep(path: Path, executable: Any) -> None:
    """Write an executable to a file, whole or not at all."""
    empty = jax.tree.structure(())
    compiled = jax.stages.Compiled(executable, [], (), empty, no_kwargs=True)
    parts = serialize_executable.serialize(compiled)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.write_bytes(pickle.dumps(parts))
    os.replace(draft, path)


def digest(program: Mapping[str, Any]) -> str:
    """The name of a program that JAX is about to build, from the parameters of its call.

    Raises an exception of any kind when it is not sure that the name tells it from all others.
    """
    closed = program["jaxpr"]
    is_plain = not (
        any(program["donated_invars"])
        or program["compiler_options_kvs"]
        or any(layout is not None for layout in (*program["in_layouts"], *program["out_layouts"]))
        or any(map(_is_specified, (*program["in_shardings"], *program["out_shardings"])))
    )
    if not is_plain:
        raise UntoldError
    settings = [(name, getattr(jax.config, f"jax_{name}", None)) for name in SETTINGS]
    text = f"{settings} {program['keep_unused']} {''.join(told(closed))}"
    return hashlib.sha256(text.encode()).hexdigest()


def told(closed: Any) -> Iterator[str]:
    """The structure of a traced program in pieces of text. Raises when something is untold."""
    if getattr(closed, "consts", ()) or closed.effects:
        raise UntoldError
    jaxpr = getattr(closed, "jaxpr", closed)
    if jaxpr.constvars:
        raise UntoldError
    numbers: dict[Any, int] = {}

    def name(variable: Any) -> str:
        if isinstance(variable, _literal):
            return _literal_told(variable)
        return str(numbers.setdefault(variable, len(numbers)))

    def made(variable: Any) -> str:
        return f"{name(variable)}:{variable.aval.str_short()}{variable.aval.weak_type:d}"

    yield f"({','.join(map(made, jaxpr.invars))})"
    for equation in jaxpr.eqns:
        primitive = equation.primitive.name
        yield f"{','.join(map(made, equation.outvars))}={primitive}["
        left_out = DERIVATIVES.get(primitive, frozenset()) | NAMES
        for key, value in sorted(equation.params.items()):
            if key not in left_out:
                yield f"{key}="
                yield from _parameter_told(value)
        yield f"]({','.join(map(name, equation.invars))});"
    yield f"->({','.join(map(name, jaxpr.outvars))})"


def _literal_told(literal: Any) -> str:
    value = np.asarray(literal.val)
    if value.ndim:
        raise UntoldError
    return f"{value.dtype}{literal.aval.weak_type:d}:{value.tobytes().hex()}"


def _parameter_told(value: Any) -> Iterator[str]:
    if hasattr(value, "eqns") or hasattr(value, "jaxpr"):
        yield "{"
        yield from told(value)
        yield "}"
    elif isinstance(value, (tuple, list)):
        yield f"{type(value).__name__}("
        for item in value:
            yield from _parameter_told(item)
        yield ")"
    elif type(value) in SIMPLE or isinstance(value, (enum.Enum, np.dtype, np.generic)):
        yield f"{value!r},"
    elif isinstance(value, type) and issubclass(value, np.generic):
        yield f"{value.__name__},"
    elif not _is_specified(value):
        yield "-,"
    elif _is_own_function(value):
        yield f"{value.__module__}.{value.__name__},"
    elif type(value).__module__.startswith("jax") and not callable(value):
        text = repr(value)
        if " at 0x" in text:
            raise UntoldError
        yield f"{text},"
    else:
        raise UntoldError


def _is_specified(sharding: Any) -> bool:
    return type(sharding).__name__ != "UnspecifiedValue"


def _is_own_function(value: Any) -> bool:
    """Whether it is a function that JAX's module of that name has under its name."""
    if type(value) is not types.FunctionType or not value.__module__.startswith("jax."):
        return False
    return getattr(sys.modules.get(value.__module__), value.__name__, None) is value
