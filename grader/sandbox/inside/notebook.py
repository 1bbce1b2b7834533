"""What a notebook's kernel offers to the code in it, made harmless where there is no notebook.

Figures stay in memory, input has no one to answer, environment lines (platform, debugging
switches) change nothing, and packages that only show something are stand-ins (`idle`).
"""

from __future__ import annotations

import builtins
import functools
import random as python_random
import sys
import types
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from inside import figures, idle

KEPT_OPTIONS = frozenset(
    {"jax_enable_x64", "jax_threefry_partitionable", "jax_numpy_rank_promotion"}
)
"""The JAX options that students may set; all others (platforms, debugging) change nothing."""


def fallback_names() -> dict[str, Any]:
    """The names that the exercises import at their start, for when that cell was lost."""
    return {
        "jax": jax,
        "jnp": jnp,
        "np": np,
        "numpy": np,
        "plt": plt,
        "jit": jax.jit,
        "vmap": jax.vmap,
        "grad": jax.grad,
        "lax": jax.lax,
        "random": jax.random,
        "partial": functools.partial,
    }


def builtins_for_students() -> dict[str, Any]:
    """Builtins with the fallback names below the real ones, and no one to answer `input`."""
    names = {**fallback_names(), **vars(builtins)}
    names |= {
        "input": _no_input,
        "display": idle.Idle("IPython.display.display"),
        "get_ipython": idle.get_ipython,
        "__import__": _import,
        "exit": sys.exit,
        "quit": sys.exit,
    }
    return names


def _no_input(prompt: object = "") -> str:
    raise EOFError("input() has no one to answer it while this is graded")


def _nothing(*_: Any, **__: Any) -> None:
    return None


_broken: dict[str, tuple[BaseException, types.TracebackType | None]] = {}
"""What the handed-in files that could not be run raised, by module, and where."""


def _import(name: str, *args: Any, **named: Any) -> Any:
    """`__import__` for students; of a handed-in file that could not be run, what that raised."""
    if name in _broken:
        error, trace = _broken[name]
        raise error.with_traceback(trace)
    return _import_or_stand_in(name, *args, **named)


_import_or_stand_in = idle.with_stand_ins(builtins.__import__)


def add_module(name: str, source: str) -> None:
    """Make a Python file that was handed in beside the notebook importable."""
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = builtins_for_students()
    sys.modules[name] = module
    try:
        exec(compile(source, f"<{name}.py>", "exec"), module.__dict__)  # noqa: S102
    except BaseException as error:  # noqa: BLE001  (raised where it is imported)
        del sys.modules[name]
        _broken[name] = error, error.__traceback__
    else:
        _broken.pop(name, None)


def prepare() -> None:
    """Make the process like a notebook's kernel; called once in each child."""
    warnings.simplefilter("ignore")
    sys.argv = ["notebook"]
    # A fixed state, so that the same submission is graded alike; the hidden inputs do the rest.
    np.random.seed(20_240_229)
    python_random.seed(20_240_229)
    _tame_jax()
    _tame_matplotlib()


def _tame_jax() -> None:
    update: Any = jax.config.update

    def guarded_update(name: str, value: Any) -> None:
        if name in KEPT_OPTIONS:
            update(name, value)

    config_type: Any = type(jax.config)
    set_plainly = config_type.__setattr__

    def guarded_set(self: Any, name: str, value: Any) -> None:
        if not name.startswith("jax_") or name in KEPT_OPTIONS:
            set_plainly(self, name, value)

    config_type.update = lambda _, name, value: guarded_update(name, value)
    config_type.__setattr__ = guarded_set


def _tame_matplotlib() -> None:
    figures.watch()
    use_style = plt.style.use
    pyplot: Any = plt
    package: Any = mpl

    def forgiving_style(style: Any) -> None:
        try:
            use_style(style)
        except OSError:
            return

    pyplot.style.use = forgiving_style
    package.style.use = forgiving_style
    package.use = _nothing
    for name in ("show", "pause", "ion", "ioff", "switch_backend"):
        setattr(pyplot, name, _nothing)
    package.figure.Figure.savefig = _nothing
    package.figure.Figure.show = _nothing
