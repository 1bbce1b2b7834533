"""An assignment's public cases as they are read back for the self-check."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment import Input
from grader.catalog import Text, say
from grader.compare import FLOAT32_RTOL, RESULT
from grader.errors import UsageError
from grader.selfcheck.encoded import decoded

SCHEMA = "grader.selfcheck/1"
MOST_BYTES = 8_000_000


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value that a check looks at: of which case, which of the returned values, what is right.

    `name` is what the check calls it, or ''.
    """

    case: str
    index: int | str | None
    name: str
    want: Any
    ignore_kind: bool | None

    @property
    def called(self) -> Text:
        """What to call it: the check's name for it, or its place among the returned values."""
        if self.name:
            return self.name
        if isinstance(self.index, str):
            return f"`{self.index}`"
        return RESULT if self.index is None else say("value.numbered", position=self.index + 1)


@dataclass(frozen=True, kw_only=True)
class ExampleCheck:
    """A public check: its title, its points, the values that it looks at."""

    name: str
    points: float
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class ExampleCase:
    """A public case: inputs by role, values of the calls' expressions, globals by name.

    `count` is how many values come back as a tuple, 0 when a single one comes back.
    """

    name: str
    inputs: Mapping[str, Any]
    expressions: Mapping[str, Any]
    given: Mapping[str, Any]
    count: int


@dataclass(frozen=True, kw_only=True)
class ExamplePart:
    """A part as the self-check knows it; without checks it is decided after handing in."""

    name: str
    title: str
    number: int
    points: float
    inputs: tuple[Input, ...] = ()
    any_order: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    """Globals that the code may read, and the input that each of them duplicates, or ''."""
    uses: tuple[str, ...] = ()
    rtol: float = FLOAT32_RTOL
    observe: str = ""
    """The expression of what is looked at."""
    helpers: str = ""
    """Python of the instructor's that the expression uses."""
    is_strict: bool = False
    keeps_width: bool = False
    """Whether numbers have 64 bits."""
    cases: tuple[ExampleCase, ...] = ()
    checks: tuple[ExampleCheck, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The public cases of an assignment."""

    assignment: str
    parts: tuple[ExamplePart, ...]


def load(path: Path | str) -> Examples:
    """The public cases in a file. Raises UsageError when it is no such file."""
    where = Path(path)
    try:
        if where.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        data = json.loads(where.read_bytes().decode("utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError("another schema")
        parts = tuple(_read_part(part) for part in data["parts"])
        return Examples(assignment=str(data["assignment"]), parts=parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        name = type(error).__name__
        msg = f"{where.name}: not the data for this self-check ({name}); download it again"
        raise UsageError(msg) from None


def _read_part(part: Mapping[str, Any]) -> ExamplePart:
    return ExamplePart(
        name=str(part["name"]),
        title=str(part["title"]),
        number=int(part["number"]),
        points=float(part["points"]),
        inputs=tuple(_read_input(item) for item in part.get("inputs", ())),
        any_order=bool(part.get("any_order", False)),
        roles={str(name): str(role) for name, role in part.get("globals", {}).items()},
        uses=tuple(str(name) for name in part.get("uses", ())),
        rtol=_read_rtol(part.get("rtol", FLOAT32_RTOL)),
        observe=str(part.get("observe", "")),
        helpers=str(part.get("helpers", "")),
        is_strict=bool(part.get("is_strict", False)),
        keeps_width=bool(part.get("float64", False)),
        cases=tuple(_read_case(case) for case in part.get("cases", ())),
        checks=tuple(_read_check(check) for check in part.get("checks", ())),
    )


def _read_index(value: Any) -> int | str | None:
    return value if value is None or isinstance(value, str) else int(value)


def _read_want(value: Any) -> Any:
    """A number as an array; any other value as it is."""
    return np.asarray(value) if isinstance(value, (bool, int, float)) else value


def _read_rtol(value: Any) -> float:
    rtol = float(value)
    if not 0 < rtol < 1:
        raise ValueError("not a tolerance")
    return rtol


def _read_input(item: Mapping[str, Any]) -> Input:
    for pattern in (*item["aliases"], *(item["mapped"] or ())[:1]):
        re.compile(pattern)
    return Input(
        str(item["name"]),
        tuple(item["aliases"]),
        tuple(item["forms"]),
        per_item=(item["mapped"][0], item["mapped"][1]) if item["mapped"] else None,
        is_optional=bool(item["is_optional"]),
        is_keyword=bool(item.get("is_keyword", False)),
        is_variadic=bool(item.get("is_variadic", False)),
    )


def _read_case(case: Mapping[str, Any]) -> ExampleCase:
    return ExampleCase(
        name=str(case["name"]),
        inputs={str(name): decoded(value) for name, value in case["inputs"].items()},
        expressions={str(name): decoded(value) for name, value in case["expressions"].items()},
        given={str(name): decoded(value) for name, value in case["given"].items()},
        count=int(case["count"]),
    )


def _read_check(check: Mapping[str, Any]) -> ExampleCheck:
    values = tuple(
        Value(
            case=str(value["case"]),
            index=_read_index(value["index"]),
            name=str(value["name"]),
            want=_read_want(decoded(value["want"])),
            ignore_kind=None if value["ignore_kind"] is None else bool(value["ignore_kind"]),
        )
        for value in check["values"]
    )
    return ExampleCheck(name=str(check["name"]), points=float(check["points"]), values=values)
