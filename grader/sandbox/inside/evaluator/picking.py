"""Taking elements out of a concrete JAX array without compiling a program for it.

JAX compiles one for each shape and place of `x[i]`, `x[:, 0]`, `x[mask]` and `for row in x`. NumPy
picks the very same bits, so here it does, and the result is put back as a JAX array. Whatever
is not sure to mean the same to both (an index out of bounds, a list, an array that is being
traced) goes JAX's own way, errors included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from . import jax_internals

_array_type: Any = jax_internals.array_type()


def install() -> None:
    """Let concrete arrays pick by NumPy. Does nothing with a JAX that is not known."""
    if not jax_internals.is_known():
        return
    array = _array_type
    array.__getitem__ = _picking(array.__getitem__)
    array.__iter__ = _iterating(array.__iter__)


def _picking(by_jax: Callable[..., Any]) -> Callable[..., Any]:
    def __getitem__(self: Any, index: Any, /) -> Any:  # noqa: N807
        parts = index if type(index) is tuple else (index,)
        if _is_plain(self) and all(map(_means_the_same, parts)):
            try:
                picked = np.asarray(self)[tuple(map(_by_numpy, parts))]
            except Exception:  # noqa: BLE001  (JAX has a message, or a meaning, of its own)
                return by_jax(self, index)
            return jax.device_put(np.array(picked))
        return by_jax(self, index)

    return __getitem__


def _iterating(by_jax: Callable[..., Any]) -> Callable[..., Any]:
    def __iter__(self: Any) -> Iterator[Any]:  # noqa: N807
        if self.ndim and _is_plain(self):
            return map(jax.device_put, np.array(self))
        return iter(by_jax(self))

    return __iter__


def _is_plain(array: Any) -> bool:
    """Whether the array is alive, of a type of its own, and nothing is being traced."""
    if array.is_deleted() or array.aval.weak_type:
        return False
    return not jax_internals.is_tracing()


def _means_the_same(part: Any) -> bool:
    """Whether one part of an index means to NumPy what it means to JAX."""
    if part is None or part is Ellipsis or type(part) is int:
        return True
    if type(part) is slice:
        return all(end is None or type(end) is int for end in (part.start, part.stop, part.step))
    if isinstance(part, np.integer):
        return True
    is_array = isinstance(part, np.ndarray) or type(part) is _array_type
    return is_array and part.dtype.kind in "iub"


def _by_numpy(part: Any) -> Any:
    return np.asarray(part) if type(part) is _array_type else part
