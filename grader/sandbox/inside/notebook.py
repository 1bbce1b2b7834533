"""What a notebook's kernel offers to the code in it, made harmless where there is no notebook.

Figures stay in memory, input has no one to answer, environment lines (platform, debugging
switches) change nothing, and packages that only show something are stand-ins (`stand_ins`).
"""

from __future__ import annotations

import builtins
import functools
import importlib.abc
import importlib.machinery
import os
import random as python_random
import sys
import types
import warnings
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from inside import figures, leaving
from inside.evaluator import callers
from inside.stand_ins.idle import CALLS, Idle
from inside.stand_ins.imports import with_stand_ins
from inside.stand_ins.shell import get_ipython

KEPT_OPTIONS = frozenset(
    {"jax_enable_x64", "jax_threefry_partitionable", "jax_numpy_rank_promotion"}
)
"""The JAX options that students may set; all others (platforms, debugging) change nothing."""


REGISTERING = frozenset(
    "register_pytree_node register_pytree_with_keys register_dataclass register_static "
    "register_pytree_node_class register_pytree_with_keys_class".split()
)
"""What makes a class known to JAX; a second time for the same class is an error."""


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
        "display": Idle("IPython.display.display"),
        "get_ipython": get_ipython,
        "__import__": _import,
        "exit": sys.exit,
        "quit": sys.exit,
        **callers.BUILTINS,
    }
    return names


def _no_input(prompt: object = "") -> str:
    raise EOFError("input() cannot be answered during grading")


def _nothing(*_: Any, **__: Any) -> None:
    return None


_import = with_stand_ins(builtins.__import__)


def read_environment() -> None:
    """Set the JAX options that the environment names, as JAX does when it is first imported."""
    config: Any = jax.config
    for name in sorted(KEPT_OPTIONS):
        text = os.environ.get(name.upper())
        if text is not None:
            is_switch = isinstance(getattr(config, name), bool)
            config.update(name, _SWITCH[text.lower()] if is_switch else text)


_SWITCH = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}
"""How JAX reads a variable, see `bool_env` in its config.py."""


class _HandedIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds files that were submitted next to the notebook, for imports at run time."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        init = f"{name}.__init__" in self.sources
        is_package = init or any(known.startswith(name + ".") for known in self.sources)
        if is_package or name in self.sources:
            return importlib.machinery.ModuleSpec(name, self, is_package=is_package)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        module.__dict__["__builtins__"] = builtins_for_students()
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        source = self.sources.get(name, self.sources.get(f"{name}.__init__", ""))
        exec(compile(source, f"<{name}.py>", "exec"), module.__dict__)  # noqa: S102


_HANDED_IN = _HandedIn()


def offer_modules(sources: Mapping[str, str]) -> None:
    """Make files that were submitted next to the notebook importable, each anew."""
    for name in _HANDED_IN.sources:
        sys.modules.pop(name.removesuffix(".__init__"), None)
    # A module that is loaded already, Python's own above all, is no file of the student's.
    _HANDED_IN.sources = {
        name: text for name, text in sources.items() if name.partition(".")[0] not in sys.modules
    }


def add_module(name: str, *, is_package: bool) -> dict[str, Any]:
    """The empty namespace of a file that was submitted, known under a module's name."""
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = builtins_for_students()
    package, _, last = name.rpartition(".")
    module.__package__ = name if is_package else package
    module.__file__ = f"{last}.py"
    if is_package:
        module.__path__ = []
    sys.modules[name] = module
    if package in sys.modules:
        setattr(sys.modules[package], last, module)
    return module.__dict__


def prepare() -> None:
    """Make the process like a notebook's kernel; called once in each child."""
    warnings.simplefilter("ignore")
    sys.meta_path.insert(0, _HANDED_IN)
    sys.argv = ["notebook"]
    leaving.install()
    callers.install()
    # A fixed state, so that the same submission is graded alike; the hidden inputs do the rest.
    np.random.seed(20_240_229)
    python_random.seed(20_240_229)
    _tame_jax()
    _register_once()
    _tame_matplotlib()


def _tame_jax() -> None:
    update: Any = jax.config.update

    def guarded_update(name: str, value: Any) -> None:
        if name in KEPT_OPTIONS:
            update(name, value)

    config_type: Any = type(jax.config)
    set_plainly = config_type.__setattr__

    def guarded_set(self: Any, name: str, value: Any) -> None:
        if not name.startswith("jax_"):
            set_plainly(self, name, value)
        guarded_update(name, value)  # older versions took an assignment for this

    config_type.update = lambda _, name, value: guarded_update(name, value)
    config_type.__setattr__ = guarded_set


def _register_once() -> None:
    """Let each namespace register a class of a package for JAX, as a notebook does it once."""
    known: list[Any] = []
    for module in (jax.tree_util, jax.tree):
        for name in REGISTERING & vars(module).keys():
            setattr(module, name, _once(getattr(module, name), known))


def _once(register: Any, known: list[Any]) -> Any:
    @functools.wraps(register)
    def registering(nodetype: Any, *args: Any, **named: Any) -> Any:
        try:
            made = register(nodetype, *args, **named)
        except ValueError:
            if not any(one is nodetype for one in known):
                raise
            return nodetype
        home = vars(sys.modules.get(getattr(nodetype, "__module__", ""), builtins))
        is_students = home.get("__builtins__", vars(builtins)) is not vars(builtins)
        if not is_students and home.get(getattr(nodetype, "__name__", "")) is nodetype:
            known.append(nodetype)
        return made

    return registering


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
    pyplot.show = figures.show
    for name in ("pause", "ion", "ioff", "switch_backend"):
        setattr(pyplot, name, _nothing)
    package.figure.Figure.savefig = figures.look_at
    package.figure.Figure.show = figures.look_at
    CALLS["IPython"] = lambda _, shown, __: figures.look_at(*shown)
