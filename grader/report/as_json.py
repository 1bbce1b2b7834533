"""Serializes frozen dataclasses to JSON, and reads them back by the types of their fields."""

from __future__ import annotations

import base64
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar

import numpy as np

from grader.catalog import Message
from grader.compare import Difference

T = TypeVar("T")

_LARGEST = 1e15
_KINDS = "bifuc"


def to_json(value: Any) -> Any:  # noqa: PLR0911  (a return a kind)
    """The value with dicts for dataclasses, lists for tuples, and text for bytes and arrays."""
    if isinstance(value, Message):
        return {"say": value.id, "values": [[name, to_json(item)] for name, item in value.values]}
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, np.ndarray):
        text = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        return {"dtype": value.dtype.str, "shape": list(value.shape), "data": text}
    if isinstance(value, np.generic):
        return value.item()
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def from_json(kind: type[T], data: object, where: str = "") -> T:
    """The dataclass in what `to_json` made. Raises ValueError that says what is wrong where."""
    if not isinstance(data, dict):
        msg = f"{where or 'it'} is not an object"
        raise ValueError(msg)  # noqa: TRY004  (a file's fault, as all others here)
    hints = _hints(typing.cast("Any", kind))
    values: dict[str, Any] = {}
    for item in fields(typing.cast("Any", kind)):
        place = f"{where}.{item.name}" if where else item.name
        if item.name in data:
            values[item.name] = _read(hints[item.name], data[item.name], place)
        elif _is_required(item):
            msg = f"{place} is missing"
            raise ValueError(msg)
    return kind(**values)


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    # `results` imports these for types alone, so their names are not among its own.
    names = {"np": np, "NDArray": np.ndarray, "Difference": Difference, "Text": str | Message}
    return typing.get_type_hints(kind, localns=names)


def _read(kind: Any, value: Any, where: str) -> Any:  # noqa: PLR0911  (a return a kind)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {UnionType, typing.Union}:
        return _one_of(inner, value, where)
    if origin is tuple and isinstance(value, list):
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        if len(kinds) == len(value):
            pairs = enumerate(zip(kinds, value, strict=True))
            return tuple(_read(one, item, f"{where}[{i}]") for i, (one, item) in pairs)
    elif _is_array(kind) and isinstance(value, dict):
        return _array(value, where)
    elif kind is Message and isinstance(value, dict) and isinstance(value.get("values"), list):
        named = value["values"]
        return Message(str(value.get("say")), tuple((str(n), _value(v)) for n, v in named))
    elif is_dataclass(kind):
        return from_json(typing.cast("type[Any]", kind), value, where)
    elif isinstance(kind, type) and issubclass(kind, Enum) and value in {*map(str, kind)}:
        return kind(value)
    elif kind is bytes and isinstance(value, str):
        return base64.b64decode(value)
    elif _is_plain(kind, origin, value):
        return value
    msg = f"{where} has an unexpected value"
    raise ValueError(msg)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """The value by the first of these types that it may be."""
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is str and not isinstance(value, str):
            continue
        if kind is not type(None):
            return _read(kind, value, where)
    msg = f"{where} has an unexpected value"
    raise ValueError(msg)


def _is_plain(kind: Any, origin: Any, value: Any) -> bool:
    """Whether the value is text, a number, a truth value or an object where one is wanted."""
    if kind is bool:
        return isinstance(value, bool)
    if kind is float or kind is int:
        is_number = isinstance(value, (int, float) if kind is float else int)
        return is_number and not isinstance(value, bool) and abs(value) <= _LARGEST
    if kind is str:
        return isinstance(value, str)
    return origin is not None and issubclass(origin, Mapping) and isinstance(value, dict)


def _is_array(kind: Any) -> bool:
    return kind is np.ndarray or typing.get_origin(kind) is np.ndarray


def _array(value: Mapping[str, Any], where: str) -> Any:
    try:
        dtype = np.dtype(value["dtype"])
        if dtype.kind not in _KINDS:
            raise ValueError(dtype.name)
        data = base64.b64decode(value["data"])
        return np.frombuffer(data, dtype).reshape(value["shape"]).copy()
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{where} is not an array"
        raise ValueError(msg) from error


def _value(value: Any) -> Any:
    """A value of a message: plain, or a message in turn."""
    if isinstance(value, dict) and "say" in value:
        return _read(Message, value, "message")
    return tuple(map(_value, value)) if isinstance(value, list) else value
