"""The tree of a value: dicts, sequences and records, and the leaves in them.

Whatever walks through what a function takes or gives walks by these. Values are plain data, as
`grader.sandbox.inside.trees` makes them of JAX's: a record stands for a named tuple, a dataclass or
another class that JAX knows as a pytree.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[Any, ...]
"""Where a leaf is, from the outside in: an index, a dict's key, or a `Field` at each step."""

Items = list[tuple[Any, Any]]
"""What a node contains, each with its step."""


class Field(str):
    """The name of a record's field."""

    __slots__ = ()


SEQUENCE, MAPPING, RECORD = "sequence", "mapping", "record"


def is_record(value: Any) -> bool:
    """Whether it stands for an instance of a class that is a tree."""
    return (
        hasattr(type(value), "__dataclass_fields__")
        and hasattr(value, "type_name")
        and (hasattr(value, "names") and hasattr(value, "values"))
    )


def kind_of(value: Any) -> str:
    """What kind of node it is: a sequence, a mapping or a record; "" for a leaf."""
    if isinstance(value, (tuple, list)):
        return SEQUENCE
    if isinstance(value, dict):
        return MAPPING
    return RECORD if is_record(value) else ""


def written(place: Path) -> str:
    """A place as it is written after a name: `[0]["w"]`, `.mean`."""
    return "".join(
        f".{step}" if isinstance(step, Field) else f"[{shown_key(step)}]" for step in place
    )


def shown_key(key: Any) -> str:
    """A dict's key or a sequence's index, as it is written in code."""
    return f'"{key}"' if isinstance(key, str) and '"' not in key else repr(key)


def items_of(value: Any) -> Items:
    """What a node contains, in order, each with its step; nothing for a leaf."""
    kind = kind_of(value)
    if kind == SEQUENCE:
        return list(enumerate(value))
    if kind == MAPPING:
        return list(value.items())
    if kind == RECORD:
        both = enumerate(zip(value.names, value.values, strict=True))
        return [(Field(name) if name else index, item) for index, (name, item) in both]
    return []


def leaves(value: Any, *, lists_are_leaves: bool = False) -> Iterator[tuple[Path, Any]]:
    """Each leaf with its place, in order.

    With `lists_are_leaves` a list is one leaf, since students return lists of numbers for arrays.
    """
    if not kind_of(value) or (lists_are_leaves and is_list_of_numbers(value)):
        yield (), value
        return
    for step, item in items_of(value):
        for place, leaf in leaves(item, lists_are_leaves=lists_are_leaves):
            yield (step, *place), leaf


def is_list_of_numbers(value: Any) -> bool:
    """Whether it is a list of nothing but numbers, or of such lists: an array for most people."""
    if not isinstance(value, list) or not value:
        return False
    return all(
        isinstance(item, (bool, int, float, complex))
        or getattr(item, "ndim", None) == 0
        or is_list_of_numbers(item)
        for item in value
    )


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same tree with `function` of each leaf in its place."""
    return mapped_with_path(lambda _, leaf: function(leaf), value)


def mapped_with_path(function: Callable[[Path, Any], Any], value: Any, place: Path = ()) -> Any:
    """The same tree with `function` of each leaf's place and of the leaf in its place."""
    kind = kind_of(value)
    if not kind:
        return function(place, value)
    items = [mapped_with_path(function, item, (*place, step)) for step, item in items_of(value)]
    if kind == MAPPING:
        return dict(zip(value, items, strict=True))
    if kind == RECORD:
        return dataclasses.replace(value, values=tuple(items))
    if isinstance(value, list):
        return items
    is_named = hasattr(value, "_make")
    return type(value)._make(items) if is_named else tuple(items)


def pairs(*, got: Any, want: Any) -> list[tuple[Path, Any, Any]] | None:
    """Each leaf of `want` with what `got` has in its place, (place, got, want).

    None where `got` is built in another way. Tuples and lists are interchangeable, and so are
    records with the same names.
    """
    if not kind_of(want):
        return [((), got, want)]
    mine = matched(got=got, want=want)
    if mine is None:
        return None
    found: list[tuple[Path, Any, Any]] = []
    for (step, right), one in zip(items_of(want), mine, strict=True):
        inner = pairs(got=one, want=right)
        if inner is None:
            return None
        found += [((step, *place), g, w) for place, g, w in inner]
    return found


def matched(*, got: Any, want: Any) -> list[Any] | None:
    """What a node has in the places of another one, in the order of that; None if it does not.

    A sequence is matched by a named tuple as well, and the reverse: both are read by position.
    """
    kinds = kind_of(want), kind_of(got)
    if kinds == (MAPPING, MAPPING):
        return [got[key] for key in want] if got.keys() == want.keys() else None
    if kinds == (RECORD, RECORD):
        return _of_records(got, want)
    if "" in kinds or MAPPING in kinds:
        return None
    if any(
        kind == RECORD and not side.is_tuple for kind, side in zip(kinds, (want, got), strict=True)
    ):
        return None
    mine, right = items_of(got), items_of(want)
    return [item for _, item in mine] if len(mine) == len(right) else None


def _of_records(got: Any, want: Any) -> list[Any] | None:
    """By name where both name what they contain, else by position."""
    if all(got.names) and all(want.names):
        if not_alike(got, want) is not None:
            return None
        mine = {**dict(got.extras), **dict(zip(got.names, got.values, strict=True))}
        return [mine[name] for name in want.names]
    return list(got.values) if len(got.values) == len(want.values) else None


def not_alike(got: Any, want: Any) -> tuple[str, str] | None:
    """The first field that one of two records lacks, as ("no", name) or ("extra", name).

    Plain attributes of a class that JAX only knows the contents of may stand for fields.
    """
    has = {*got.names, *(name for name, _ in got.extras)}
    known = {*want.names, *(name for name, _ in want.extras)}
    missing = [("no", name) for name in want.names if name not in has]
    return next(iter([*missing, *(("extra", n) for n in got.names if n not in known)]), None)
