"""The type that each field of a declaration must have.

A wrong kind is told with the field's name, before anything is computed with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from numbers import Real
from pathlib import Path
from typing import Any

from grader.assignment.field_values import is_number, short, with_article
from grader.assignment.part import Check, Mistake, Part
from grader.assignment.tables import Global, Input
from grader.results import Visibility

_TUPLES: dict[str, type] = {
    "parts": Part,
    "checks": Check,
    "inputs": Input,
    "globals": Global,
    "mistakes": Mistake,
    "depends_on": str,
    "needs": str,
    "aliases": str,
    "expressions": str,
    "compare_outputs": int,
    "other_versions": Path,
    "files": str,
    "solutions": Path,
    "reference_cells": str,
    "provided_functions": str,
}
"""Fields that contain a tuple, and what is in it."""
_KINDS: dict[type, tuple[str, str]] = {
    str: ("a string", "put it in quotes"),
    Real: ("a number", "write it without quotes"),
    bool: ("True or False", "write one of them"),
    Path: ("a path", "write Path(...)"),
    Visibility: ("a Visibility", "write Visibility.PUBLIC or Visibility.HIDDEN"),
}
_FIELDS: dict[str, type] = {
    **dict.fromkeys(("title", "task", "example", "hint", "message", "line_pattern", "rubric"), str),
    **dict.fromkeys(("substitute", "substitutes"), str),
    **dict.fromkeys(("points", "rtol", "total"), Real),
    **dict.fromkeys(("compares_values", "is_optional", "accepts_any_name", "any_order"), bool),
    **dict.fromkeys(("free", "strict_tree", "is_keyword", "is_variadic", "float64"), bool),
    **dict.fromkeys(("is_by_hand", "is_written"), bool),
    "notebook": Path,
    "visibility": Visibility,
}
"""Fields that hold one thing, and of what kind it is."""


def wrong_fields(where: str, item: Any) -> Iterator[str]:
    """Fields whose value has the wrong type: text instead of a number."""
    before = f"{where}: " if where else ""
    for one in fields(item):
        name, value = one.name, getattr(item, one.name)
        kind = _FIELDS.get(name)
        if kind is None or (value is None and one.default is None):
            continue
        is_of = is_number(value) if kind is Real else isinstance(value, kind)
        is_several = name == "notebook" and isinstance(value, tuple)
        if is_several:
            yield from _of_tuple(where, name, Path, value)
        elif not is_of:
            words, do = _KINDS[kind]
            yield f"{before}{name}: expected {words}, got {short(value)}; {do}"


def wrong_types(where: str, item: Any) -> Iterator[str]:
    """Every field of a table, and of the tables in it, whose value has the wrong type."""
    yield from wrong_fields(where, item)
    for name, word in _TUPLES.items():
        yield from _of_tuple(where, name, word, getattr(item, name, ()))


def _of_tuple(where: str, name: str, kind: type, value: Any) -> Iterator[str]:
    before = f"{where}: " if where else ""
    if not isinstance(value, tuple):
        is_one = isinstance(value, kind)
        do = "put a comma after it" if is_one else "use parentheses"
        word = kind.__name__ if is_one else type(value).__name__
        yield f"{before}{name}: expected a tuple, got {with_article(word)}; {do}"
        return
    others = [one for one in value if not isinstance(one, kind)]
    for other in others:
        yield (
            f"{before}{name}: contains {short(other)}, which is not "
            f"{with_article(kind.__name__)}; write {kind.__name__}(...)"
        )
    if not others and kind in {Check, Input}:
        for one in value:
            yield from wrong_types(f"{where}, {kind.__name__.lower()} {one.name!r}", one)
    if not others and kind is Mistake:
        for one in value:
            named = getattr(one.function, "__name__", "")
            yield from wrong_types(f"{where}, mistake{f' {named!r}' if named else ''}", one)
