"""How much a plain call does: the programs that JAX builds for it, and the steps of Python.

A count is told by the process that runs the student's code. Whoever takes that over can lie
about it; short of that, what cannot be counted is an error and gives nothing.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

import jax

from . import callers, programs

Arrays = Sequence[Any]
_clear_caches: Callable[[], None] = jax.clear_caches


def builds(
    call: Callable[[Arrays], Any], once: Arrays, again: Arrays
) -> tuple[tuple[int, int], Any]:
    """How many programs a first call asks for, and how many more a second of the same shapes.

    With what the calls gave.
    """
    _clear_caches()  # what ran before must not have built a part of it
    with jax.disable_jit(False), programs.noted() as asked:
        value = call(once)
        first = len(asked)
        values = value, call(again)
    return (first, len(asked) - first), values


def steps(call: Callable[[Arrays], Any], arrays: Arrays) -> tuple[int, Any]:
    """How many lines and calls of the cells and of NumPy a call runs, loops unrolled.

    With what the call gave. Raises: RuntimeError when what is counted ends the counting.
    """
    call(arrays)  # what is done only once is not counted
    total = 0

    def count(frame: types.FrameType, *_: Any) -> Any:
        nonlocal total
        if not callers.is_step(frame.f_code):
            return None
        total += 1
        return count

    threading.settrace(count)
    sys.settrace(count)
    try:
        value = call(arrays)
        if sys.gettrace() is not count:
            raise RuntimeError("the steps could not be counted; do not call `sys.settrace`")
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return total, value
