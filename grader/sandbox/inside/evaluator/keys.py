"""JAX's random keys as NumPy holds them, and what a generator makes of them as a traced program.

A key of two words is held as one number, so that arrays of keys are picked like other arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from . import jax_internals
from .arithmetic import require

KEY = np.dtype(np.uint64)

_config: Any = jax.config
_make_jaxpr = jax.make_jaxpr


def is_key(aval: Any) -> bool:
    """Whether an abstract value is of keys that can be held so."""
    return getattr(jax_internals.generator(aval.dtype), "key_shape", None) == (2,)


def packed(words: Any) -> Any:
    """The keys that are made of these words, which are the last axis."""
    require(words.dtype == np.uint32 and words.shape[-1] == 2)
    return np.array(words, order="C").view(KEY)[..., 0]


def words(keys: Any) -> Any:
    """The words of keys, as the last axis."""
    return np.array(keys, order="C")[..., None].view(np.uint32)


def counters(*, shape: Any) -> tuple[Any, Any]:
    """The high and the low half of each element's number."""
    number = np.arange(int(np.prod(shape)), dtype=np.uint64).reshape(shape)
    return (number >> np.uint64(32)).astype(np.uint32), number.astype(np.uint32)


def threefry2x32(key1: Any, key2: Any, x1: Any, x2: Any) -> tuple[Any, Any]:
    """Threefry's 20 rounds on pairs of counters (Salmon et al., 2011)."""
    keys = (key1, key2, key1 ^ key2 ^ np.uint32(0x1BD11BDA))
    x1, x2 = x1 + key1, x2 + key2
    for group in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x1 = x1 + x2
            x2 = x1 ^ ((x2 << np.uint32(turn)) | (x2 >> np.uint32(32 - turn)))
        x1 = x1 + keys[(group + 1) % 3]
        x2 = x2 + keys[(group + 2) % 3] + np.uint32(group + 1)
    return x1, x2


def traced(impl: Any, method: str, how: tuple[Any, ...], values: Sequence[Any]) -> Any:
    """A method of a generator over arrays of keys' words, or of seeds, as a traced program.

    `how` are the method's further arguments; of the values only shapes and types count.
    """
    settings = (_config.jax_threefry_partitionable, _config.jax_enable_x64)
    shapes = tuple((value.shape, value.dtype) for value in values)
    return _traced(impl, method, how, shapes, settings)


@functools.lru_cache(maxsize=256)
def _traced(
    impl: Any, method: str, how: tuple[Any, ...], shapes: tuple[Any, ...], _settings: Any
) -> Any:
    def over_one(*values: Any) -> Any:
        return getattr(impl, method)(*values, *how)

    function = over_one
    of_one = 0 if method == "seed" else 1
    for _ in range(len(shapes[0][0]) - of_one):
        function = jax.vmap(function)
    make: Any = jax.ShapeDtypeStruct
    return _make_jaxpr(function)(*(make(shape, dtype) for shape, dtype in shapes))
