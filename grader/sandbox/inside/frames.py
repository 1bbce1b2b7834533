"""Plain data as bytes, both ways through a socket: no pickle, nothing that runs when read.

A frame is two lengths (header, buffers; little-endian unsigned 64-bit), a JSON header, and the
raw bytes of the arrays that the header names, in order. Values are arrays of a short list of
dtypes, numbers, text, None, and tuples, lists and dicts of them. Everything is bounded and
checked before it is used; whatever breaks a rule raises FrameError.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_HEADER_BYTES = 16 << 20
MAX_ANSWER_HEADER_BYTES = 1 << 20
MAX_BUFFER_BYTES = 64 << 20
MAX_DEPTH = 12
MAX_LEAVES = 20_000
MAX_DIMENSIONS = 8
MAX_TEXT = 4_000

DTYPES = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128".split()
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
class Opaque:
    """A value that is no plain data: all that is told of it is its type's name."""

    type_name: str


def encode(value: object) -> bytes:
    """The frame that contains `value`."""
    buffers: list[bytes] = []
    tree = _encode(value, buffers, 0)
    header = json.dumps(tree, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_LENGTHS.pack(len(header), sum(map(len, buffers))), header, *buffers])


def _encode(value: object, buffers: list[bytes], depth: int) -> Any:  # noqa: PLR0911, PLR0912, C901
    if depth >= MAX_DEPTH and isinstance(value, (tuple, list, dict)):
        return {"o": "deeply nested value"}
    if value is None:
        return {"n": 0}
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)} if abs(value) < 1 << 256 else {"o": "int"}
    if isinstance(value, float):
        return {"f": repr(float(value))}
    if isinstance(value, str):
        return {"s": value.encode("utf-8", "replace").decode()}
    if isinstance(value, np.ndarray):
        return _encode_array(value, buffers)
    if isinstance(value, np.generic):
        return _encode_array(np.asarray(value), buffers)
    if isinstance(value, (tuple, list)):
        items = [_encode(item, buffers, depth + 1) for item in value]
        return {"t" if isinstance(value, tuple) else "l": items}
    if isinstance(value, dict):
        items = [[str(key), _encode(item, buffers, depth + 1)] for key, item in value.items()]
        return {"d": items}
    if isinstance(value, Code):
        return {"e": value.expression}
    if isinstance(value, Plain):
        return {"p": _encode_array(value.array, buffers)}
    if isinstance(value, Opaque):
        return {"o": value.type_name}
    return {"o": type(value).__name__}


def _encode_array(array: np.ndarray, buffers: list[bytes]) -> dict[str, Any]:
    if array.dtype.name not in DTYPES:
        return {"o": f"array of {array.dtype.name}"}
    data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    buffers.append(data.tobytes())
    return {"a": [array.dtype.name, list(array.shape)]}


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
        self.buffers = buffers
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

    def _read(self, tag: str, body: Any, depth: int) -> Any:  # noqa: PLR0911, C901
        if tag == "n":
            return None
        if tag == "b":
            return bool(body)
        if tag == "i":
            return int(_text(body, 80))
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
            return {_text(key, MAX_TEXT): self.read(item, depth + 1) for key, item in _list(body)}
        if tag == "e":
            return Code(_text(body, None))
        if tag == "p":
            value = self.read(body, depth + 1)
            return Plain(value) if isinstance(value, np.ndarray) else value
        if tag == "o":
            return Opaque(_text(body, MAX_TEXT)[:80])
        raise FrameError("an unknown tag")

    def _array(self, body: Any) -> np.ndarray:
        name, shape = body
        if name not in DTYPES or len(_list(shape)) > MAX_DIMENSIONS:
            raise FrameError("an array of a dtype or rank that is not allowed")
        if not all(isinstance(size, int) and 0 <= size <= MAX_BUFFER_BYTES for size in shape):
            raise FrameError("an invalid shape")
        dtype = np.dtype(name).newbyteorder("<")
        stop = self.position + math.prod(shape) * dtype.itemsize
        if stop > len(self.buffers):
            raise FrameError("an array with fewer bytes than its shape needs")
        data = self.buffers[self.position : stop]
        self.position = stop
        if name == "bool" and any(data.translate(None, b"\x00\x01")):
            raise FrameError("a boolean that is neither 0 nor 1")
        return np.frombuffer(data, dtype).reshape(shape).astype(np.dtype(name), copy=True)


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
