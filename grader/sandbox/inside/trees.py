"""Values of JAX and of students' code as plain data, and plain data as what code computes with.

A tree is a dict, list, tuple, set or named tuple, an instance of any class that JAX knows as a
pytree or that is a dataclass, and what these contain. Both sides use this: the child for what
students' code returns, the judge for what goes in and for what the reference returns.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import frames
from .frames import Code, Key, Opaque, Plain, Record, Shaped

_SCALARS = frozenset({bool, int, float, type(None)})
_VIEWS: tuple[Any, ...] = (
    collections.deque,
    range,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
"""What is taken for a list of what it contains."""
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    functools.partial,
    np.ufunc,
)
_flatten_one = jax.tree_util.tree_flatten_with_path
_prng_key = jax.dtypes.prng_key
_tracer: Any = jax.core.Tracer


def to_plain(value: Any) -> Any:
    """A value as plain data; what is none becomes Opaque, which says what it is and why."""
    return _Reader().plain(value, 0)


def to_shapes(value: Any) -> tuple[Any, list[Any]]:
    """The same, with a number in the place of each traced array, and these arrays in order."""
    reader = _Reader(traced=[])
    plain = reader.plain(value, 0)
    return plain, reader.traced or []


def carried(value: Any) -> Any:
    """An input as it goes to the student's code: the same, but that typed keys stay such."""
    return _Reader(keeps_keys=True).plain(value, 0)


def _is(value: Any, kinds: Any) -> bool:
    """Whether it is of one of these types; what it says of itself does not count."""
    return issubclass(type(value), kinds)


class _Reader:
    """Reads one value, and counts what it contains."""

    def __init__(self, *, keeps_keys: bool = False, traced: list[Any] | None = None) -> None:
        self.keeps_keys = keeps_keys
        self.traced = traced
        """The arrays that were met and are only traced; None where they are no values."""
        self.leaves = 0
        self.size = 0

    def plain(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  (a table of kinds)
        self.leaves += 1
        if self.leaves > frames.MAX_LEAVES:
            return Opaque(_name(value), "many")
        if type(value) in _SCALARS:
            return value
        if self.traced is not None and _is(value, _tracer):
            self.traced.append(value)
            return Shaped(len(self.traced) - 1, "", tuple(value.shape))
        if _is(value, (jax.Array, np.ndarray, np.generic)):
            return self._array(value, depth)
        if _is(value, (complex, float, int)):
            return self._counted(np.asarray(value)) if _is(value, complex) else value
        if _is(value, str):
            return str(value) if len(value) <= frames.MAX_TEXT else Opaque("str", "large")
        if _is(value, (bytes, bytearray)):
            self.size += len(value)
            return bytes(value) if self.size <= frames.MAX_VALUE_BYTES else Opaque("bytes", "large")
        if _is(value, (Code, Plain, Key, Opaque, Shaped)):
            return value
        if depth >= frames.MAX_DEPTH:
            return Opaque(_name(value), "deep")
        return self._node(value, depth)

    def _node(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  (a table of kinds)
        if _is(value, Record):
            return dataclasses.replace(value, values=self._all(value.values, depth))
        if _is(value, tuple):
            return self._tuple(value, depth)
        if _is(value, list):
            return self._list(value, depth)
        if _is(value, Mapping):
            return self._dict(value, depth)
        if _is(value, (set, frozenset)):
            return _set(value)
        if _is(value, _VIEWS):
            return self._list(list(value), depth)
        if _is(value, type):
            return Opaque(value.__name__, "class")
        return self._other(value, depth)

    def _all(self, values: Any, depth: int) -> tuple[Any, ...]:
        found = []
        for item in values:
            if self.leaves > frames.MAX_LEAVES:
                break
            found.append(self.plain(item, depth + 1))
        return tuple(found)

    def _tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        names: Any = getattr(type(value), "_fields", None)
        items = self._all(value, depth)
        if self.leaves > frames.MAX_LEAVES:
            return Opaque(_name(value), "many")
        if not _are_names(names, value):
            return items
        named = tuple(map(str, names))
        return Record(_name(value), named, items, is_tuple=True, extras=_extras(value, named))

    def _list(self, value: list[Any], depth: int) -> Any:
        if len(value) > 16 and not self.keeps_keys:  # an answer as one array, which is shorter
            with contextlib.suppress(Exception):
                array = np.asarray(value)
                if frames.name_of(array.dtype) in frames.DTYPES and not _has_keys(value):
                    return self._counted(array)
        items = self._all(value, depth)
        return list(items) if self.leaves <= frames.MAX_LEAVES else Opaque(_name(value), "many")

    def _dict(self, value: Mapping[Any, Any], depth: int) -> Any:
        found: dict[Any, Any] = {}
        for key, item in value.items():
            found[_dict_key(key)] = self.plain(item, depth + 1)
            if self.leaves > frames.MAX_LEAVES:
                return Opaque(_name(value), "many")
        return found

    def _array(self, value: Any, depth: int) -> Any:  # noqa: PLR0911, C901  (a table of kinds)
        if _is(value, jax.Array):
            if _is(value, jax.core.Tracer):
                return Opaque(_name(value), "tracer")
            if jnp.issubdtype(value.dtype, _prng_key):
                data = np.asarray(jax.random.key_data(value))
                if self.keeps_keys:
                    return Key(data, str(jax.random.key_impl(value)))
                return self._counted(data)
        try:
            array = np.asarray(value)
        except Exception:  # noqa: BLE001  (deleted, or donated)
            return Opaque(_name(value), "gone")
        if frames.name_of(array.dtype) in frames.DTYPES:
            return self._counted(array)
        if array.dtype.kind in "fV" and array.dtype.names is None and array.dtype.itemsize < 3:
            return self._counted(array.astype(np.float32))
        if array.dtype.kind == "f":
            return self._counted(array.astype(np.float64))
        if array.dtype.kind in "OUS" and array.size <= frames.MAX_LEAVES:
            return self.plain(array.tolist(), depth)
        if array.dtype.names is not None:
            return self._dict({name: array[name] for name in array.dtype.names}, depth)
        return Opaque(f"array of {array.dtype.name}")

    def _counted(self, array: np.ndarray) -> Any:
        self.size += array.nbytes
        if self.size > frames.MAX_VALUE_BYTES:
            return Opaque("array", "large")
        return array if array.ndim <= frames.MAX_DIMENSIONS else Opaque("array", "deep")

    def _other(self, value: Any, depth: int) -> Any:
        if hasattr(value, "columns") and hasattr(value, "to_dict"):
            if self.keeps_keys:  # as an input it would be an object without what pandas can do
                return Opaque(_name(value), "table")
            with contextlib.suppress(Exception):
                return self._frame(value, depth)
        names, items = _fields(value)
        if names is not None:
            found = self._all(items, depth)
            if self.leaves > frames.MAX_LEAVES:
                return Opaque(_name(value), "many")
            return Record(_name(value), names, found, extras=_extras(value, names))
        if hasattr(value, "__array__") and not _is(value, _FUNCTIONS):
            with contextlib.suppress(Exception):
                return self._array(np.asarray(value), depth)
        return Opaque(_name(value), _why(value))

    def _frame(self, value: Any, depth: int) -> Record:
        """A pandas frame: its columns by name."""
        names = tuple(map(str, value.columns))
        columns = (np.asarray(value.iloc[:, at]) for at in range(len(names)))
        return Record("DataFrame", names, self._all(columns, depth))


def _fields(value: Any) -> tuple[tuple[str, ...] | None, list[Any]]:
    """The names and values of a dataclass's fields or of a pytree's children; None if it is none.

    A class that JAX knows but that does not name its children has "" for their names.
    """
    if dataclasses.is_dataclass(value):
        names = tuple(item.name for item in dataclasses.fields(value))
        return names, [getattr(value, name, None) for name in names]
    if callable(value) and isinstance(value, _FUNCTIONS):
        return None, []
    try:
        found, _ = _flatten_one(value, is_leaf=lambda inner: inner is not value)
    except Exception:  # noqa: BLE001  (the class's own code may raise anything)
        return None, []
    if len(found) == 1 and found[0][1] is value:
        return None, []
    items = [item for _, item in found]
    own = {id(item): name for name, item in _attributes(value) if type(item) not in _PLAIN}
    names = tuple(
        str(getattr(path[0], "name", "") if path else "") or own.get(id(item), "")
        for path, item in found
    )
    return names, items


_PLAIN = frozenset({bool, int, float, str, bytes, type(None)})


def _attributes(value: Any) -> list[tuple[str, Any]]:
    """What an object has under names of its own or of its class, the public ones."""
    found = getattr(value, "__dict__", None)
    own = found if type(found) is dict else {}
    named = {**vars(type(value)), **own}.items()
    return [(name, item) for name, item in named if not name.startswith("_")]


def _extras(value: Any, names: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    """The plain attributes of an object beside its contents, as far as they are told."""
    found = [(n, x) for n, x in _attributes(value) if type(x) in _PLAIN and n not in names]
    return tuple(
        (n[:80], x) for n, x in found[:50] if not isinstance(x, (str, bytes)) or len(x) < 4000
    )


def _are_names(names: Any, value: tuple[Any, ...]) -> bool:
    is_tuple = isinstance(names, tuple) and len(names) == len(value)
    return is_tuple and all(isinstance(name, str) for name in names)


def _dict_key(key: Any) -> Any:
    """A key that can be told: a text, a number, None, or a tuple of these; else its text."""
    if isinstance(key, str):
        return str(key)[: frames.MAX_NAME]
    if isinstance(key, np.generic):
        key = key.item()
    if isinstance(key, tuple):
        return tuple(map(_dict_key, key))
    if isinstance(key, (bool, int, float, bytes, type(None))):
        return key
    return repr(key)[:100]


def _set(value: Any) -> Any:
    if len(value) > frames.MAX_LEAVES // 10:
        return Opaque(_name(value), "many")
    if not all(map(_is_key, value)):
        return Opaque(_name(value))
    return frozenset(map(_dict_key, value))


def _is_key(value: Any) -> bool:
    """Whether what is in a set can be told."""
    plain = (bool, int, float, str, bytes, type(None), np.generic)
    return all(map(_is_key, value)) if isinstance(value, tuple) else isinstance(value, plain)


def _has_keys(value: list[Any]) -> bool:
    return any(
        isinstance(item, jax.Array) and jnp.issubdtype(item.dtype, _prng_key) for item in value
    )


def _name(value: Any) -> str:
    return type(value).__name__[:80]


def _why(value: Any) -> str:
    """Why a value is no plain data: the word by which people are told."""
    if inspect.iscoroutine(value) or inspect.isawaitable(value):
        return "coroutine"
    if isinstance(value, _FUNCTIONS) or inspect.isroutine(value):
        return "function"
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, Iterator):
        return "generator"
    return "function" if callable(value) else ""


# The other way -----------------------------------------------------------------------------


def to_inside(  # noqa: C901  (a table of kinds)
    value: Any,
    evaluated: Callable[[str], Any],
    class_of: Callable[[Record], Any] = lambda _: None,
    *,
    keeps_width: bool = False,
    arrays: Sequence[Any] = (),
) -> Any:
    """An input as code gets it: arrays are JAX arrays, expressions and records what they stand for.

    `evaluated` gives the value of an expression, `class_of` the class of a record or None. Floats
    of 32 bits and more are of JAX's present float type unless the width is to be kept. `arrays`
    are those of which only the shape is told.
    """

    def inside(item: Any) -> Any:  # noqa: PLR0911  (a table of kinds)
        if isinstance(item, np.ndarray):
            own = own_dtype(item.dtype, keeps_width=keeps_width)
            # Converted by NumPy and put, since `jnp.asarray` compiles a program for each shape.
            return jax.device_put(item.astype(own, copy=True))
        if isinstance(item, Shaped):
            return arrays[item.index]
        if isinstance(item, Plain):
            return item.array
        if isinstance(item, Code):
            return evaluated(item.expression)
        if isinstance(item, Key):
            return jax.random.wrap_key_data(jnp.asarray(item.data), impl=item.generator)
        if isinstance(item, (tuple, list)):
            made = map(inside, item)
            return tuple(made) if isinstance(item, tuple) else list(made)
        if isinstance(item, dict):
            return {name: inside(one) for name, one in item.items()}
        if isinstance(item, frozenset):
            return set(item)
        if isinstance(item, Record):
            return _made(item, tuple(map(inside, item.values)), class_of(item))
        return item

    return inside(value)


def own_dtype(dtype: Any, *, keeps_width: bool) -> Any:
    """What an input of a dtype is of in JAX's present settings."""
    is_usual = frames.name_of(np.dtype(dtype)) in {"float32", "float64"} and not keeps_width
    return jax.dtypes.canonicalize_dtype(float if is_usual else dtype)


def _made(record: Record, values: tuple[Any, ...], own: Any) -> Any:
    """The object that a record stands for, of the given class or of one made for it."""
    if own is not None:
        with contextlib.suppress(Exception):
            return own(**dict(zip(record.names, values, strict=True)))
    return _class(record.type_name, record.names, is_tuple=record.is_tuple)(*values)


@functools.lru_cache(maxsize=256)
def _class(name: str, names: tuple[str, ...], *, is_tuple: bool) -> Any:
    """A named tuple, or a dataclass that JAX knows as a pytree."""
    if is_tuple:
        return collections.namedtuple(name, names)  # noqa: PYI024  (its fields are known only now)
    made = dataclasses.make_dataclass(name, names, frozen=True)
    return jax.tree_util.register_dataclass(made, data_fields=list(names), meta_fields=[])


def new_key(seed: int, *, is_typed: bool) -> Any:
    """A random key of JAX's usual generator."""
    return jax.random.key(seed) if is_typed else np.asarray(jax.random.PRNGKey(seed))
