"""Every private name of JAX that is used here, and whether this JAX is one that is known.

What runs students' programs without compiling them (`programs`, `interpreter`, `picking`) relies on
names that JAX may change in any release. A name that is gone would be noticed; one that takes
another argument, or returns one value more, is not, and would cost an honest student points. So all
of it is on for exactly those releases that it was tested with, file by file. With any other JAX
students' programs are compiled: slower, and never another mark.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from ..portable import data

HOOK = "_pjit_call_impl_python"
"""What JAX calls, in `jax._src.pjit`, for each program that it has not built yet."""

TESTED = {
    "0.8.3": "707f97b8c62781c9",
    "0.9.2": "4519158633866f82",
    "0.10.0": "e35694814f1b0765",
    "0.10.1": "4c61f64fb03622e2",
    "0.10.2": "9f2b9498e2018508",
}
"""The releases that all of this was tested with, and the `digest` of each. To add one, run the
tests of `interpreter`, `picking`, `programs`, `portable` and `counts` with it."""

_FILES = (
    *("array.py", "core.py", "pjit.py", "xla_bridge.py", "prng.py", "random/prng.py"),
    *("interpreters/mlir.py", "interpreters/pxla.py"),
)
"""The files of `jax/_src` that define or call what is used here; no release has all of them."""
_DEFINING = ("jax._src.lax.", "jax._src.prng", "jax._src.random", "jax._src.ad_util")
"""Where the primitives and the types of their parameters are defined."""


@functools.cache
def is_known() -> bool:
    """Whether this JAX is, file by file, one that was tested."""
    return TESTED.get(jax.__version__) == digest()


def digest() -> str:
    """16 hexadecimal digits of the files with what is used here; '' where they cannot be read.

    What the hook takes counts too, as it is in this process.
    """
    folder = Path(jax.__file__).parent / "_src"
    found = hashlib.sha256()
    try:
        for name in _FILES:
            path = folder / name
            found.update(path.read_bytes() if path.exists() else b"none")
        called: Any = hook()
        found.update(str([*inspect.signature(called).parameters]).encode())
    except (OSError, TypeError, ValueError):
        return ""
    return found.hexdigest()[:16]


def why_compiled() -> str:
    """What makes this JAX one that is not known, '' for one that is."""
    if is_known():
        return ""
    if jax.__version__ in TESTED:
        return f"JAX {jax.__version__} is not as released"
    return f"JAX {jax.__version__} was not tested with it"


# The names, each as it is in the releases above. A caller has made sure that this JAX is known, or
# does without what comes back as None.


def hook() -> Callable[..., Any] | None:
    """What builds a program and runs it: `(*values, jaxpr=, ...) -> (results, _, _, _)`."""
    found: Callable[..., Any] | None = getattr(_module("pjit"), HOOK, None)
    return found


def set_hook(function: Callable[..., Any]) -> None:
    """Have JAX call this instead of its own."""
    setattr(_module("pjit"), HOOK, function)


def literal() -> Any:
    """The class of a constant that is in a traced program."""
    return getattr(_module("core"), "Literal", None)


def array_type() -> Any:
    """The class of concrete arrays."""
    return getattr(_module("array"), "ArrayImpl", None)


def is_tracing() -> bool:
    """Whether something is being traced just now."""
    return not _module("core").trace_state_clean()


def put() -> Any:
    """What makes one array of the parts that lie on devices."""
    return getattr(getattr(_module("interpreters"), "pxla", None), "batched_device_put", None)


def is_committed(array: Any) -> bool:
    """Whether an array must stay on its device."""
    return bool(getattr(array, "_committed", False))


def generator(dtype: Any) -> Any:
    """What makes the random numbers of keys of a type; None for a type of no keys."""
    if isinstance(dtype, data.KeyType):
        return generator_named(dtype.name)
    return getattr(dtype, "_impl", None)


def generator_named(name: str) -> Any:
    """The generator of a name. Raises ValueError for one that is not known."""
    return generator(key_type(name))


@functools.cache
def key_type(name: str) -> Any:
    """The type of keys of a generator, by its name. Raises ValueError for one that is not known."""
    return jax.eval_shape(lambda: jax.random.key(0, impl=name)).dtype


def operation(name: str) -> Any:
    """The primitive of a name; None where JAX has none."""
    found = _named().get(name)
    return found if isinstance(found, _module("core").Primitive) else None


def operations() -> frozenset[Any]:
    """All primitives that JAX has defined so far."""
    primitive = _module("core").Primitive
    modules = [
        module for name, module in tuple(sys.modules.items()) if name.startswith("jax._src.")
    ]
    items = [item for module in modules for item in [*vars(module).values()]]
    return frozenset(item for item in items if isinstance(item, primitive))


def type_named(name: str) -> Any:
    """The enumeration or the named tuple of a name that parameters are made of. Raises KeyError."""
    found = _named()[name]
    if not (isinstance(found, type) and issubclass(found, (enum.Enum, tuple))):
        raise KeyError(name)
    return found


@functools.cache
def _named() -> dict[str, Any]:
    """JAX's primitives by their names, and the small types of their parameters by theirs."""
    found: dict[str, Any] = {}
    primitive = _module("core").Primitive
    for module_name, module in sorted(sys.modules.items()):
        if not module_name.startswith(_DEFINING):
            continue
        for item in [*vars(module).values()]:
            if isinstance(item, primitive):
                found.setdefault(item.name, item)
            elif isinstance(item, type) and issubclass(item, (enum.Enum, tuple)):
                found.setdefault(item.__name__, item)
    return found


def share_context() -> None:
    """Give all programs that a process builds one MLIR context instead of one each.

    Making a context is half of what building a small program costs. Which one a program is built
    in changes nothing in its text.
    """
    mlir = _module("interpreters").mlir
    context = mlir.make_ir_context()
    mlir.make_ir_context = lambda: context


def has_backend() -> bool:
    """Whether JAX has started a backend, as far as can be told: then no process may be forked."""
    backends = getattr(_module("xla_bridge"), "_backends", None)
    return bool(backends) if isinstance(backends, dict) else False


def threads() -> int:
    """How many threads this process has, those that Python does not know of included."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _module(name: str) -> Any:
    return getattr(getattr(jax, "_src", None), name, None)
