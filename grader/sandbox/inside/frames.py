"""Plain data as bytes, both ways through a socket: no pickle, nothing that runs when read.

A frame is two lengths (header, buffers; little-endian unsigned 64-bit), a JSON header, and the
raw bytes of the arrays that the header names, in order. Values are arrays of a short list of
dtypes, numbers, text, bytes, None, keys, and tuples, lists, sets, dicts and records of them.
Everything is bounded and checked before it is used; whatever breaks a rule raises FrameError.
"""

from __future__ import annotations

import functools
import json
import math
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_HEADER_BYTES = 16 << 20
MAX_ANSWER_HEADER_BYTES = 4 << 20
MAX_VALUE_BYTES = 256 << 20
"""So large may the arrays of one value be together: an input, or an answer."""
MAX_BUFFER_BYTES = 2 * MAX_VALUE_BYTES
MAX_DEPTH = 24
MAX_LEAVES = 20_000
MAX_DIMENSIONS = 16
MAX_NAME = 4_000
MAX_TEXT = 1 << 20
"""The longest text that a value may be, in characters."""
MAX_DIGITS = 4_000
_TOO_LARGE = 10**MAX_DIGITS

DTYPES = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "bfloat16 float16 float32 float64 complex64 complex128".split()
)
_LENGTHS = struct.Struct("<QQ")


class FrameError(Exception):
    """The bytes are no frame that may be read."""


@dataclass(frozen=True)
class Code:
    """A trusted expression over `jax`, `jnp` and `np` that the child evaluates to a value."""

    expression: str


@dataclass(frozen=True)
class Plain:
    """A NumPy array that must stay one; every other array becomes a JAX array inside."""

    array: np.ndarray


@dataclass(frozen=True)
class Key:
    """A typed random key, or several: its numbers, and what JAX calls its generator."""

    data: np.ndarray
    generator: str = "threefry2x32"


@dataclass(frozen=True)
class Record:
    """A named tuple, or an instance of another class that is a tree: its fields in order.

    `names` are "" where the class does not name what it contains.
    """

    type_name: str
    names: tuple[str, ...]
    values: tuple[Any, ...]
    is_tuple: bool = False
    extras: tuple[tuple[str, Any], ...] = ()
    """Plain attributes beside what JAX takes for its contents, such as a name."""


@dataclass(frozen=True)
class Shaped:
    """An array or keys of which only the shape and the type are told, with a number.

    `dtype` is NumPy's name, or that of a generator of keys after "key:". In an input it stands for
    an array that the code does not get; in an answer for a result of a program.
    """

    index: int
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Opaque:
    """A value that is no plain data: what is told of it is its type's name, and why it is none."""

    type_name: str
    why: str = ""


def encode(value: object) -> bytes:
    """The frame that contains `value`."""
    buffers: list[bytes] = []
    tree = _encode(value, buffers, 0)
    header = json.dumps(tree, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_LENGTHS.pack(len(header), sum(map(len, buffers))), header, *buffers])


_SIMPLE: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    type(None): lambda _: {"n": 0},
    bool: lambda value: {"b": value},
    int: lambda value: {"i": str(value)} if abs(value) < _TOO_LARGE else {"o": ["int", "large"]},
    float: lambda value: {"f": repr(value)},
    str: lambda value: {"s": value.encode("utf-8", "replace").decode()},
}
"""How values of the most frequent types are told."""


def _encode(value: object, buffers: list[bytes], depth: int) -> Any:  # noqa: PLR0911, PLR0912, C901
    simple = _SIMPLE.get(type(value))
    if simple is not None:
        return simple(value)
    if depth >= MAX_DEPTH and isinstance(value, (tuple, list, dict, frozenset, Record)):
        return {"o": ["value", "deep"]}
    for kind in (int, float, str):  # a type of the code's own that is one of these
        if isinstance(value, kind):
            return _SIMPLE[kind](kind(value))
    if isinstance(value, bytes):
        buffers.append(value)
        return {"y": len(value)}
    if isinstance(value, np.ndarray):
        return _encode_array(value, buffers)
    if isinstance(value, (np.generic, complex)):
        return _encode_array(np.asarray(value), buffers)
    if isinstance(value, (tuple, list)):
        items = [_encode(item, buffers, depth + 1) for item in value]
        return {"t" if isinstance(value, tuple) else "l": items}
    if isinstance(value, dict):
        pairs = value.items()
        return {
            "d": [
                [_encode_key(k, buffers, depth), _encode(v, buffers, depth + 1)] for k, v in pairs
            ]
        }
    if isinstance(value, frozenset):
        return {"z": [_encode(item, buffers, depth + 1) for item in sorted(value, key=repr)]}
    if isinstance(value, Record):
        items = [_encode(item, buffers, depth + 1) for item in value.values]
        extras = [[name, _encode(item, buffers, depth + 1)] for name, item in value.extras]
        return {"r": [value.type_name, list(value.names), items, value.is_tuple, extras]}
    if isinstance(value, Code):
        return {"e": value.expression}
    if isinstance(value, Plain):
        return {"p": _encode_array(value.array, buffers)}
    if isinstance(value, Key):
        return {"k": [_encode_array(value.data, buffers), value.generator]}
    if isinstance(value, Shaped):
        return {"x": [value.index, value.dtype, list(value.shape)]}
    if isinstance(value, Opaque):
        return {"o": [value.type_name, value.why]}
    return {"o": [type(value).__name__, ""]}


def _encode_key(key: object, buffers: list[bytes], depth: int) -> Any:
    """A text as it is; a number, a truth value, None or a tuple of them as a value."""
    return key if isinstance(key, str) else _encode(key, buffers, depth + 1)


def _encode_array(array: np.ndarray, buffers: list[bytes]) -> dict[str, Any]:
    name = name_of(array.dtype)
    if name not in DTYPES:
        return {"o": [f"array of {name}", ""]}
    data = np.ascontiguousarray(array)
    if name != "bfloat16":  # which knows no other order
        data = data.astype(array.dtype.newbyteorder("<"), copy=False)
    buffers.append(data.tobytes())
    return {"a": [name, list(array.shape)]}


@functools.lru_cache(maxsize=256)
def name_of(dtype: Any) -> str:
    """NumPy's name for a dtype, which takes it a while to put together."""
    return str(dtype.name)


def decode(header: bytes, buffers: bytes) -> Any:
    """The value in a frame; arrays are fresh and owned. Raises FrameError."""
    try:
        tree = json.loads(header, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FrameError("the header is not JSON") from error
    reader = _Reader(buffers)
    value = reader.read(tree, 0)
    if reader.position != len(buffers):
        raise FrameError("bytes without an array")
    return value


def _refuse(literal: str) -> Any:
    raise FrameError(f"{literal} in the header")


class _Reader:
    """Walks a header's tree and takes the arrays' bytes in order."""

    def __init__(self, buffers: bytes) -> None:
        self.buffers = memoryview(buffers)
        self.position = 0
        self.leaves = 0

    def read(self, tree: Any, depth: int) -> Any:
        self.leaves += 1
        if depth > MAX_DEPTH or self.leaves > MAX_LEAVES:
            raise FrameError("too deep or too many values")
        if not isinstance(tree, dict) or len(tree) != 1:
            raise FrameError("a value has one tag")
        (tag, body), *_ = tree.items()
        try:
            return self._read(tag, body, depth)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise FrameError(f"a value with tag {tag!r:.20} is malformed") from error

    def _read(self, tag: str, body: Any, depth: int) -> Any:  # noqa: PLR0911, PLR0912, C901
        if tag == "n":
            return None
        if tag == "b":
            return bool(body)
        if tag == "i":
            return int(_text(body, MAX_DIGITS + 2))
        if tag == "f":
            return float(_text(body, 80))
        if tag == "s":
            return _text(body, None)
        if tag == "a":
            return self._array(body)
        if tag in {"t", "l"}:
            items = [self.read(item, depth + 1) for item in _list(body)]
            return tuple(items) if tag == "t" else items
        if tag == "d":
            return {self._key(key, depth): self.read(item, depth + 1) for key, item in _list(body)}
        if tag == "z":
            return frozenset(self._key(item, depth) for item in _list(body))
        if tag == "y":
            return self._bytes(body)
        if tag == "r":
            return self._record(body, depth)
        if tag == "k":
            numbers, generator = body
            data = self.read(numbers, depth + 1)
            if not isinstance(data, np.ndarray):
                raise FrameError("a key without numbers")
            return Key(data, _text(generator, 80))
        if tag == "e":
            return Code(_text(body, None))
        if tag == "p":
            value = self.read(body, depth + 1)
            return Plain(value) if isinstance(value, np.ndarray) else value
        if tag == "x":
            return _shaped(body)
        if tag == "o":
            name, why = body
            return Opaque(_text(name, MAX_NAME)[:80], _text(why, 40))
        raise FrameError("an unknown tag")

    def _key(self, body: Any, depth: int) -> Any:
        """A dict's key, or what is in a set: nothing that can change."""
        if isinstance(body, str):
            return _text(body, MAX_NAME)
        key = self.read(body, depth + 1)
        try:
            hash(key)
        except TypeError as error:
            raise FrameError("a key that can change") from error
        return key

    def _record(self, body: Any, depth: int) -> Record:
        name, names, items, is_tuple, beside = body
        values = tuple(self.read(item, depth + 1) for item in _list(items))
        own = tuple(_text(one, MAX_NAME) for one in _list(names))
        if len(own) != len(values):
            raise FrameError("a record with fields that have no name")
        extras = tuple((_text(n, MAX_NAME), self.read(x, depth + 1)) for n, x in _list(beside))
        return Record(_text(name, MAX_NAME)[:80], own, values, bool(is_tuple), extras)

    def _bytes(self, count: Any) -> bytes:
        if type(count) is not int or not 0 <= count <= len(self.buffers) - self.position:
            raise FrameError("fewer bytes than are announced")
        data = bytes(self.buffers[self.position : self.position + count])
        self.position += count
        return data

    def _array(self, body: Any) -> np.ndarray:
        name, shape = body
        if name not in DTYPES or len(_list(shape)) > MAX_DIMENSIONS:
            raise FrameError("an array of a dtype or rank that is not allowed")
        if not all(isinstance(size, int) and 0 <= size <= MAX_BUFFER_BYTES for size in shape):
            raise FrameError("an invalid shape")
        own = _bfloat16() if name == "bfloat16" else np.dtype(name)
        dtype = own if name == "bfloat16" else own.newbyteorder("<")
        stop = self.position + math.prod(shape) * dtype.itemsize
        if stop > len(self.buffers):
            raise FrameError("an array with fewer bytes than its shape needs")
        data = self.buffers[self.position : stop]
        self.position = stop
        if name == "bool" and bytes(data).translate(None, b"\x00\x01"):
            raise FrameError("a boolean that is neither 0 nor 1")
        return np.frombuffer(data, dtype).reshape(shape).astype(own, copy=True)


def _shaped(body: Any) -> Shaped:
    index, name, shape = body
    sizes = tuple(_list(shape))
    if type(index) is not int or not 0 <= index < MAX_LEAVES or len(sizes) > MAX_DIMENSIONS:
        raise FrameError("an array that is not there")
    if not all(type(size) is int and 0 <= size <= MAX_BUFFER_BYTES for size in sizes):
        raise FrameError("an invalid shape")
    return Shaped(index, _text(name, 80), sizes)


def _bfloat16() -> Any:
    """NumPy's name for it, which comes with JAX."""
    import ml_dtypes  # noqa: PLC0415  (few need it)

    return np.dtype(ml_dtypes.bfloat16)


def _text(body: Any, limit: int | None) -> str:
    if not isinstance(body, str) or (limit is not None and len(body) > limit):
        raise FrameError("not a text, or too long")
    return body.encode("utf-8", "replace").decode()


def _list(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise FrameError("not a list")
    return body


def lengths(prefix: bytes, *, max_header: int = MAX_HEADER_BYTES) -> tuple[int, int]:
    """The lengths of header and buffers that a frame's first 16 bytes announce."""
    header, buffers = _LENGTHS.unpack(prefix)
    if header > max_header or buffers > MAX_BUFFER_BYTES:
        raise FrameError("a frame that is too large")
    return header, buffers


PREFIX_BYTES = _LENGTHS.size


def receive(connection: socket.socket) -> Any:
    """The next value from a blocking socket; EOFError when the other side is gone."""
    header, buffers = lengths(_exactly(connection, PREFIX_BYTES))
    return decode(_exactly(connection, header), _exactly(connection, buffers))


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
