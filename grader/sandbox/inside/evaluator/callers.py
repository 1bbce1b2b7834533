"""What calls a function again and again from C, made to call a line of Python each time.

A loop is told by the lines that it runs. `map` over a method of NumPy runs none, so what a
student's code gets for it, and for the like, calls such a function by one of these lines.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

_WRITTEN = ("<", np.__path__[0], __file__)
"""Where the code of a step stands: in a cell or a file of the student's, in NumPy, or here."""
_NOT_WRITTEN = "<frozen "
_iter: Callable[..., Any] = builtins.iter
_reduce: Callable[..., Any] = functools.reduce
_sorted: Callable[..., Any] = builtins.sorted
_min: Callable[..., Any] = builtins.min
_max: Callable[..., Any] = builtins.max
_frompyfunc: Callable[..., Any] = np.frompyfunc


def is_step(code: types.CodeType) -> bool:
    """Whether running a line of it is a step of Python that is counted."""
    name = code.co_filename
    return name.startswith(_WRITTEN) and not name.startswith(_NOT_WRITTEN)


def by_line(function: Any) -> Any:
    """The function, called by a line of Python if it has none of its own."""
    has_lines = isinstance(function, types.FunctionType) and is_step(function.__code__)
    if has_lines or not callable(function):
        return function

    def called(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    return called


def _with_first(kind: Any) -> Any:
    """The iterator, its first argument a function that is called for each item."""

    class Calling(kind):  # type: ignore[misc]
        def __new__(cls, function: Any, *args: Any, **named: Any) -> Any:
            return kind.__new__(cls, by_line(function), *args, **named)

    return _named_like(Calling, kind)


def _with_second(kind: Any, name: str) -> Any:
    """The same for a function that comes second, or by a name."""

    class Calling(kind):  # type: ignore[misc]
        def __new__(cls, iterable: Any, *args: Any, **named: Any) -> Any:
            if name in named:
                named[name] = by_line(named[name])
            return kind.__new__(cls, iterable, *[*map(by_line, args[:1]), *args[1:]], **named)

    return _named_like(Calling, kind)


def _named_like(made: Any, kind: Any) -> Any:
    made.__name__, made.__qualname__ = kind.__name__, kind.__qualname__
    made.__module__, made.__doc__ = kind.__module__, kind.__doc__
    return made


def _with_key(choose: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(choose)
    def choosing(*args: Any, **named: Any) -> Any:
        if "key" in named:
            named["key"] = by_line(named["key"])
        return choose(*args, **named)

    return choosing


@functools.wraps(_iter)
def iterated(value: Any, *sentinel: Any) -> Any:
    """`iter`, which calls a function until it gives the sentinel."""
    return _iter(by_line(value), *sentinel) if sentinel else _iter(value)


@functools.wraps(_reduce)
def reduced(function: Any, *args: Any) -> Any:
    """`functools.reduce`."""
    return _reduce(by_line(function), *args)


@functools.wraps(_frompyfunc)
def from_function(function: Any, *args: Any, **named: Any) -> Any:
    """`np.frompyfunc`, which `np.vectorize` uses as well."""
    return _frompyfunc(by_line(function), *args, **named)


BUILTINS: dict[str, Any] = {
    "map": _with_first(builtins.map),
    "filter": _with_first(builtins.filter),
    "iter": iterated,
    "sorted": _with_key(_sorted),
    "min": _with_key(_min),
    "max": _with_key(_max),
}
"""By name, what students' code gets for functions of Python that call others."""


def install() -> None:
    """Put the same in the place of what modules offer; called before any student's code runs."""
    modules: Any = itertools
    for name in ("starmap", "takewhile", "dropwhile", "filterfalse"):
        setattr(modules, name, _with_first(getattr(itertools, name)))
    modules.accumulate = _with_second(itertools.accumulate, "func")
    modules.groupby = _with_second(itertools.groupby, "key")
    tools: Any = functools
    tools.reduce = reduced
    arrays: Any = np
    arrays.frompyfunc = np.vectorize.__init__.__globals__["frompyfunc"] = from_function
