"""The tree of an answer: tuples, lists and dicts, and the leaves in them.

Whatever walks through what a function takes or gives walks by these. The child has walkers of its
own, since it imports nothing from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[int | str, ...]
"""Where a leaf is: the index or the key at each level, from the outside in."""

_SEQUENCES = (tuple, list)


def leaves(value: Any, *, lists_are_leaves: bool = False) -> Iterator[tuple[Path, Any]]:
    """Each leaf with its place, in order, the keys of a dict sorted.

    With `lists_are_leaves` a list is one leaf, since students return lists of numbers for arrays.
    """
    if isinstance(value, dict):
        items: Any = sorted(value.items(), key=lambda item: str(item[0]))
    elif isinstance(value, tuple) or (isinstance(value, list) and not lists_are_leaves):
        items = enumerate(value)
    else:
        yield (), value
        return
    for key, item in items:
        for place, leaf in leaves(item, lists_are_leaves=lists_are_leaves):
            yield (key, *place), leaf


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same tree with `function` of each leaf in its place."""
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(mapped(function, item) for item in value)
    if isinstance(value, list):
        return [mapped(function, item) for item in value]
    return function(value)


def as_tuples(value: Any) -> Any:
    """The same tree with tuples for lists, for which they are interchangeable."""
    if isinstance(value, dict):
        return {key: as_tuples(item) for key, item in value.items()}
    return tuple(map(as_tuples, value)) if isinstance(value, _SEQUENCES) else value


def pairs(*, got: Any, want: Any) -> list[tuple[Path, Any, Any]] | None:
    """Each leaf of `want` with what `got` has in its place, (place, got, want).

    None where `got` is built in another way. Tuples and lists are interchangeable.
    """
    if isinstance(want, dict):
        if not isinstance(got, dict) or got.keys() != want.keys():
            return None
        items: Any = [(key, got[key], want[key]) for key in sorted(want, key=str)]
    elif isinstance(want, _SEQUENCES):
        if not isinstance(got, _SEQUENCES) or len(got) != len(want):
            return None
        items = [(index, *both) for index, both in enumerate(zip(got, want, strict=True))]
    else:
        return [((), got, want)]
    found = []
    for key, mine, right in items:
        inner = pairs(got=mine, want=right)
        if inner is None:
            return None
        found += [((key, *place), *both) for place, *both in inner]
    return found
