"""The shell of a notebook, and what hands on a value that it shows or times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .idle import KNOWN, Idle


class _Told(Idle):
    """`ic` of icecream, which gives what it shows."""

    def __call__(self, *args: Any, **_: Any) -> Any:
        return args[0] if len(args) == 1 else args or None


def _run(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return function(*args, **named)


def get_ipython() -> Idle:
    """The shell of a notebook that is not there."""
    return SHELL


SHELL = Idle("IPython.shell()")
KNOWN["IPython"] = {"get_ipython": get_ipython}
KNOWN["icecream"] = {"ic": _Told("icecream.ic")}
KNOWN["line_profiler"] = {"runcall": _run}
