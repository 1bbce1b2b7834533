"""The tree of an answer: tuples and lists, and the leaves in them.

Whatever walks through what a function takes or gives walks by these. The child has walkers of its
own, since it imports nothing from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[int, ...]
"""Where a leaf is: the index at each level, from the outside in."""

_SEQUENCES = (tuple, list)


def leaves(value: Any, *, lists_are_leaves: bool = False) -> Iterator[tuple[Path, Any]]:
    """Each leaf with its place, in order.

    With `lists_are_leaves` a list is one leaf, since students return lists of numbers for arrays.
    """
    is_inner = isinstance(value, tuple) or (isinstance(value, list) and not lists_are_leaves)
    if not is_inner:
        yield (), value
        return
    for index, item in enumerate(value):
        for place, leaf in leaves(item, lists_are_leaves=lists_are_leaves):
            yield (index, *place), leaf


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same tree with `function` of each leaf in its place."""
    if isinstance(value, tuple):
        return tuple(mapped(function, item) for item in value)
    if isinstance(value, list):
        return [mapped(function, item) for item in value]
    return function(value)


def as_tuples(value: Any) -> Any:
    """The same tree with tuples for lists, for which they are interchangeable."""
    return tuple(map(as_tuples, value)) if isinstance(value, _SEQUENCES) else value


def pairs(*, got: Any, want: Any) -> list[tuple[Path, Any, Any]] | None:
    """Each leaf of `want` with what `got` has in its place, (place, got, want).

    None where `got` is built in another way. Tuples and lists are interchangeable.
    """
    if not isinstance(want, _SEQUENCES):
        return [((), got, want)]
    if not isinstance(got, _SEQUENCES) or len(got) != len(want):
        return None
    found: list[tuple[Path, Any, Any]] = []
    for index, (mine, right) in enumerate(zip(got, want, strict=True)):
        inner = pairs(got=mine, want=right)
        if inner is None:
            return None
        found += [((index, *place), g, w) for place, g, w in inner]
    return found
