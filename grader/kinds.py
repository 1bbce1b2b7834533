"""Of what kind each field of a declaration is: a text, a number, a tuple of checks.

A wrong kind is told with the field's name, before anything is computed with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from numbers import Real
from pathlib import Path
from typing import Any

from grader.results import Visibility

_TUPLES = {
    "parts": "Part",
    "checks": "Check",
    "inputs": "Input",
    "globals": "Global",
    "mistakes": "Mistake",
    "uses": "str",
    "needs": "str",
    "aliases": "str",
    "forms": "str",
    "outputs": "int",
    "also_handed_out": "Path",
    "solutions": "Path",
    "reference_cells": "str",
    "ready_made": "str",
}
"""Fields that hold a tuple, and what is in it."""
_KINDS: dict[type, tuple[str, str]] = {
    str: ("a text", "put it in quotes"),
    Real: ("a number", "write it without quotes"),
    bool: ("True or False", "write one of them"),
    Path: ("a path", "write Path(...)"),
    Visibility: ("a Visibility", "write Visibility.PUBLIC or Visibility.HIDDEN"),
}
_FIELDS: dict[str, type] = {
    **dict.fromkeys(("title", "task", "example", "hint", "says", "line"), str),
    **dict.fromkeys(("stand_in", "stand_ins"), str),
    **dict.fromkeys(("points", "rtol", "total"), Real),
    **dict.fromkeys(("is_value", "is_optional", "any_name", "any_order"), bool),
    "notebook": Path,
    "visibility": Visibility,
}
"""Fields that hold one thing, and of what kind it is."""


def of_fields(where: str, item: Any) -> Iterator[str]:
    """Fields that hold one thing, and one of another kind: a text in place of a number."""
    before = f"{where}: " if where else ""
    for one in fields(item):
        name, value = one.name, getattr(item, one.name)
        kind = _FIELDS.get(name)
        if kind is None or (value is None and one.default is None):
            continue
        is_of = is_number(value) if kind is Real else isinstance(value, kind)
        if not is_of:
            words, do = _KINDS[kind]
            yield f"{before}{name}: {words} is needed, got {short(value)}; {do}"


def of_kinds(where: str, item: Any) -> Iterator[str]:
    """Every field of a table, and of those in it, that holds something of another kind."""
    yield from of_fields(where, item)
    for name, word in _TUPLES.items():
        yield from _of_tuple(where, name, word, getattr(item, name, ()))


def _of_tuple(where: str, name: str, kind: str, value: Any) -> Iterator[str]:
    before = f"{where}: " if where else ""
    if not isinstance(value, tuple):
        is_one = is_a(value, kind)
        do = "put a comma after it" if is_one else "use round brackets"
        word = kind if is_one else type(value).__name__
        yield f"{before}{name}: a tuple is needed, got {_article(word)}; {do}"
        return
    others = [one for one in value if not is_a(one, kind)]
    for other in others:
        yield f"{before}{name}: holds {short(other)}, which is no {kind}; take it out"
    if not others and kind in {"Check", "Input"}:
        for one in value:
            yield from of_kinds(f"{where}, {kind.lower()} {one.name!r}", one)
    if not others and kind == "Mistake":
        for one in value:
            named = getattr(one.function, "__name__", "")
            yield from of_kinds(f"{where}, mistake{f' {named!r}' if named else ''}", one)


def is_a(value: object, kind: str) -> bool:
    """Whether a value is of the kind of that name; a kind may be one that imports this module."""
    return kind in {one.__name__ for one in type(value).__mro__}


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}"


def is_number(value: object) -> bool:
    """Whether it is one number, no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_function(value: object) -> bool:
    """Whether it can be called, whatever its declared type says."""
    return callable(value)


def short(value: object) -> str:
    """A value as it stands, or what it is where that is long."""
    text = repr(value)
    is_plain = len(text) <= 40 and not text.startswith("<")
    return text if is_plain else _article(type(value).__name__)
