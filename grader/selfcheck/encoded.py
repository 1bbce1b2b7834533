"""Values as the file of a self-check contains them, both ways: trees as JSON, nothing that runs.

Text that is meant as code stays text here; who decodes a file decides whether to run it.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.sandbox.inside.frames import DTYPES, Code, Key, Plain, Record

TYPES = {"f": "float32", "i": "int32", "u": "uint32", "b": "bool", "c": "complex64"}
"""What arrays are told as, by their kind, where numbers have 32 bits."""
_ODD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class NotDataError(Exception):
    """Something that cannot be told as data; `what` it is, in words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def encoded(value: Any, *, is_wide: bool = False) -> Any:  # noqa: PLR0911, C901  (a table of kinds)
    """A plain tree for JSON, floats rounded to float32 unless `is_wide`. Raises NotDataError."""
    if value is None:
        return {"none": True}
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return {"tuple": [encoded(item, is_wide=is_wide) for item in value]}
    if isinstance(value, list):
        return {"list": [encoded(item, is_wide=is_wide) for item in value]}
    if isinstance(value, dict):
        both = ((encoded(k), encoded(v, is_wide=is_wide)) for k, v in value.items())
        return {"dict": [list(pair) for pair in both]}
    if isinstance(value, frozenset):
        return {"set": [encoded(item) for item in sorted(value, key=repr)]}
    if isinstance(value, Record):
        items = [encoded(item, is_wide=is_wide) for item in value.values]
        extras = [[name, encoded(item, is_wide=is_wide)] for name, item in value.extras]
        return {"record": [value.type_name, list(value.names), items, value.is_tuple, extras]}
    if isinstance(value, Code):
        return {"code": value.expression}
    if isinstance(value, Key):
        return {"key": value.data.tolist(), "generator": value.generator}
    if isinstance(value, float):
        return {"float": _number(np.float64(value))}
    array = value.array if isinstance(value, Plain) else np.asarray(value)
    return _array(array, is_wide=is_wide)


def _array(array: NDArray[Any], *, is_wide: bool) -> Any:
    name = array.dtype.name
    if name not in DTYPES:
        raise NotDataError(f"its example contains a value of type {name}")
    if not is_wide and name not in {"float16", "bfloat16"}:
        name = TYPES[array.dtype.kind]
    small = array.astype(np.float32) if name == "bfloat16" else array.astype(name)
    data = np.stack([small.real, small.imag], -1) if small.dtype.kind == "c" else small
    listed = [_number(item) for item in data.ravel()]
    return {"dtype": name, "shape": list(small.shape), "data": listed}


def number_text(item: Any) -> str:
    """A number as the file contains it."""
    return json.dumps(_number(item))


def _number(item: Any) -> Any:
    """The shortest number that is the same float again; NaN and infinity as text."""
    if not isinstance(item, np.floating):
        return item.item()
    return float(str(item)) if np.isfinite(item) else str(item)


def decoded(value: Any) -> Any:  # noqa: PLR0911, PLR0912, C901  (a table of kinds)
    """A value as the file contains it, as a plain tree. Raises ValueError, KeyError, TypeError."""
    if isinstance(value, (bool, int)):
        return value
    if "dtype" in value:
        return _decoded_array(value)
    if "key" in value:
        return Key(np.asarray(value["key"], np.uint32), str(value["generator"]))
    ((tag, body),) = value.items()
    if tag == "none":
        return None
    if tag == "text":
        return str(body)
    if tag == "bytes":
        return base64.b64decode(body)
    if tag == "tuple":
        return tuple(map(decoded, body))
    if tag == "list":
        return [*map(decoded, body)]
    if tag == "dict":
        return {decoded(key): decoded(item) for key, item in body}
    if tag == "set":
        return frozenset(map(decoded, body))
    if tag == "record":
        name, names, items, is_tuple, beside = body
        extras = tuple((str(key), decoded(item)) for key, item in beside)
        values = tuple(map(decoded, items))
        return Record(str(name), tuple(map(str, names)), values, bool(is_tuple), extras)
    if tag == "code":
        return Code(str(body))
    if tag == "float":
        return float(_ODD.get(body, body) if isinstance(body, str) else body)
    raise ValueError("another kind of value")


def _decoded_array(value: Any) -> NDArray[Any]:
    name = value["dtype"]
    if name not in DTYPES:
        raise ValueError("another type")
    data = [_ODD[item] if isinstance(item, str) else item for item in value["data"]]
    if name.startswith("complex"):
        pairs = np.array(data, float).reshape(-1, 2)
        return (pairs[:, 0] + 1j * pairs[:, 1]).astype(name).reshape(value["shape"])
    if name == "bfloat16":
        import ml_dtypes  # noqa: PLC0415  (few need it)

        return np.array(data, np.float32).astype(ml_dtypes.bfloat16).reshape(value["shape"])
    return np.array(data, name).reshape(value["shape"])
