"""The student's `import`: stand-ins where nothing is installed, and a notebook's shell."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

# Imported for what they add to `idle.KNOWN` and `idle.CALLS` as well.
from . import bars, widgets  # noqa: F401
from .idle import Idle
from .package_list import above, package_of
from .shell import get_ipython


class _Beside(types.ModuleType):
    """An installed module with further names next to its own, for the student alone."""

    def __init__(self, module: types.ModuleType, **names: Any) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(names, _module=module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_module"], name)


def with_stand_ins(plain: Callable[..., Any]) -> Callable[..., Any]:
    """`__import__` for students: stand-ins where nothing is installed, and a notebook's shell."""

    def import_(
        name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        names = [name, *(f"{name}.{item}" for item in wanted or ())]
        package = next((found for found in map(package_of, names) if found), "")
        try:
            module = plain(name, scope, local, wanted, level)
        except ModuleNotFoundError as error:
            if level or not package or error.name not in above(package):
                raise
            if package != "google.colab" or "google" not in sys.modules:
                return stand_in(name if wanted else name.partition(".")[0])
            module = sys.modules["google"]
        return module if level or not package else _completed(module, name, package, wanted or ())

    return import_


def stand_in(name: str) -> Idle:
    """The stand-in of a package, or of a module in it."""
    top, *inner = name.split(".")
    found = _top(top)
    for part in inner:
        found = getattr(found, part)
    return found


@functools.cache
def _top(name: str) -> Idle:
    return Idle(name)


def _completed(module: Any, name: str, package: str, wanted: Sequence[str]) -> Any:
    """An installed module with what it lacks here: a package in it, its widgets, a shell."""
    if package == "google.colab":
        whole = _Beside(module, colab=stand_in(package))
        return stand_in(name) if wanted and name != "google" else whole
    if name == "tqdm.notebook" and sys.modules[name].IProgress is None:
        bars = stand_in(name)  # its own need ipywidgets
        return bars if wanted else _Beside(module, notebook=bars)
    if hasattr(module, "get_ipython") and "*" not in wanted:
        return _Beside(module, get_ipython=get_ipython)
    return module
