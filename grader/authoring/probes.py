"""Inputs beside the cases of a part on which a distortion may show, each as what a case lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers import Path, leaves, mapped, mapped_with_path
from grader.authoring.part_values import (
    Axes,
    Leaf,
    Values,
    all_leaves,
    axes_of,
)
from grader.sandbox.inside.frames import Key, Plain

MANY, SOME = 1201, 211
"""As long an axis gets: the longest one of a case, and another."""
SINGLE = 0.6
"""The share of labels that are made equal."""
NUMBER = 12
KEYS = np.random.default_rng(7).integers(1 << 31, size=(12, 2)).astype(np.uint32)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Inputs of one kind; `says` is what case to add, or empty for one that there is."""

    kind: str
    says: str
    values: Values


def probes(cases: Sequence[Values], decoys: Mapping[str, Any]) -> Iterator[Probe]:
    """What may show a distortion, from cases that are built alike, the cases first.

    `decoys` are the values of globals that an input of the name may be mistaken for.
    """
    for values in cases:
        yield Probe(kind="cases", says="", values=values)
    base = cases[-1]
    yield from _in_other_ranges(base)
    groups = axes_of(cases)
    longest = max(groups, key=lambda group: max(group.lengths), default=None)
    for group in groups:
        yield from _in_other_lengths(base, group, is_longest=group is longest)
    for i, one in enumerate(groups):
        for other in groups[i + 1 :]:
            yield from _square(base, one, other)
    tables = [group for group in groups if all(axis >= 0 for _, axis in group.members)]
    if len(tables) > 2:
        lengths = {member: 3 for group in tables for member in group.members}
        yield Probe(kind="square", says="all axes of one length", values=resized(base, lengths))
    yield from _with_relations(base, groups)
    yield from _like_decoys(base, groups, decoys)
    yield from _with_other_keys(base)


def _changed(values: Values, change: Callable[[Leaf, NDArray[Any]], Any]) -> dict[str, Any]:
    """The values with another array for each leaf that is one, of the same type."""

    def each(name: str, value: Any) -> Any:
        known = {leaf.place: leaf for leaf in all_leaves({name: value})}

        def one(place: Path, item: Any) -> Any:
            if place not in known:
                return item
            if isinstance(item, Key):
                return replace(item, data=np.asarray(change(known[place], item.data), np.uint32))
            array = np.asarray(item.array if isinstance(item, Plain) else item)
            new = change(known[place], array)
            if isinstance(item, Plain):
                return Plain(np.asarray(new, array.dtype))
            if isinstance(item, (int, float)):
                return type(item)(new)
            return np.asarray(new, array.dtype)

        return mapped_with_path(one, value)

    return {name: each(name, value) for name, value in values.items()}


def _floats(values: Values, change: Callable[[NDArray[Any]], Any]) -> dict[str, Any]:
    return _changed(values, lambda leaf, x: change(x) if leaf.kind == "float" else x)


def _in_other_ranges(base: Values) -> Iterator[Probe]:
    for factor in (1e4, 1e3, 1e2, 1e1):
        values = _floats(base, lambda x, f=factor: x * f)  # type: ignore[misc]
        yield Probe(kind="large", says="larger values", values=values)
    for factor in (1e-3, 1e-2):
        values = _floats(base, lambda x, f=factor: x * f)  # type: ignore[misc]
        yield Probe(kind="small", says="smaller values", values=values)
    values = _floats(base, np.negative)
    yield Probe(kind="signs", says="values of the other sign", values=values)
    values = _floats(base, lambda x: np.where(np.arange(x.size).reshape(x.shape) % 3, x, 0))
    yield Probe(kind="zeros", says="exact zeros among the values", values=values)
    for leaf in all_leaves(base):
        if leaf.kind == "float" and leaf.ndim == 0:
            for factor, word in ((1e4, "larger"), (1e-3, "smaller")):

                def scaled(one: Leaf, x: Any, leaf: Leaf = leaf, factor: float = factor) -> Any:
                    return x * factor if one == leaf else x

                says = f"a {word} {leaf.label}"
                kind = "large number" if factor > 1 else "small number"
                yield Probe(kind=kind, says=says, values=_changed(base, scaled))


def resized(base: Values, lengths: Mapping[tuple[Leaf, int], int]) -> dict[str, Any]:
    """The values with other lengths; what is repeated differs a little each time."""

    def change(leaf: Leaf, array: NDArray[Any]) -> Any:
        if (leaf, -1) in lengths:
            return lengths[leaf, -1]
        for axis in range(leaf.ndim):
            length = lengths.get((leaf, axis), array.shape[axis])
            index = np.arange(length)
            round_of = index // array.shape[axis]
            array = np.take(array, index % array.shape[axis], axis=axis)
            if leaf.kind == "float":
                shape = [1] * array.ndim
                shape[axis] = length
                array = array * (1 + 0.013 * np.minimum(round_of, 40).reshape(shape))
        return array

    return _changed(base, change)


def _to(group: Axes, length: int) -> dict[tuple[Leaf, int], int]:
    return dict.fromkeys(group.members, length)


def _in_other_lengths(base: Values, group: Axes, *, is_longest: bool) -> Iterator[Probe]:
    number = group.members[0][0].label
    if all(axis < 0 for _, axis in group.members):
        values = resized(base, _to(group, max(NUMBER, 2 * max(group.lengths))))
        yield Probe(kind=f"longer {group.label}", says=f"a larger {number}", values=values)
        return
    odd = next(n for n in range(max(group.lengths) + 1, 1 << 20) if n % 2 and n % 5)
    for kind, length, words in (
        ("odd", odd, "an odd number of"),
        ("longer", MANY if is_longest else SOME, "more"),
        ("one", 1, "a single one of the"),
    ):
        values = resized(base, _to(group, length))
        yield Probe(kind=f"{kind} {group.label}", says=f"{words} {group.label}", values=values)


def _square(base: Values, one: Axes, other: Axes) -> Iterator[Probe]:
    """Two lengths that are equal: the larger becomes as small, or the smaller as large."""
    mine, theirs = one.lengths[-1], other.lengths[-1]
    if mine == theirs:
        return
    is_small = (mine < theirs) == any(axis < 0 for _, axis in other.members)
    target, length = (one, theirs) if is_small else (other, mine)
    if length > SOME:
        return
    says = f"as many {one.label} as {other.label}"
    yield Probe(kind="square", says=says, values=resized(base, _to(target, length)))


def _with_relations(base: Values, groups: Sequence[Axes]) -> Iterator[Probe]:
    for group in groups:
        rows = {leaf for leaf, axis in group.members if axis == 0}
        if not rows:
            continue

        def repeated(leaf: Leaf, x: Any, rows: set[Leaf] = rows) -> Any:
            return x[np.r_[0, 0, 1 : len(x) - 1]] if leaf in rows and len(x) > 1 else x

        kind, says = f"equal {group.label}", f"equal {group.label}"
        yield Probe(kind=kind, says=says, values=_changed(base, repeated))
    yield from _with_common_rows(base)
    yield from _with_large_groups(base, groups)
    yield from _without_dimensions(base)


def _with_common_rows(base: Values) -> Iterator[Probe]:
    tables = {leaf: x for leaf, x in all_leaves(base).items() if leaf.kind == "float"}
    for leaf, x in tables.items():
        for other, y in tables.items():
            if leaf.owner < other.owner and x.ndim == y.ndim == 2 and x.shape[1] == y.shape[1]:

                def common(one: Leaf, z: Any, leaf: Leaf = leaf, y: Any = y) -> Any:
                    return np.concatenate([y[:1], z[1:]]) if one == leaf else z

                says = f"a row of {leaf.label} that is one of {other.label}"
                yield Probe(kind="common", says=says, values=_changed(base, common))


def _with_large_groups(base: Values, groups: Sequence[Axes]) -> Iterator[Probe]:
    for leaf, x in all_leaves(base).items():
        own = next((g for g in groups if (leaf, 0) in g.members), None)
        if leaf.kind == "int" and leaf.ndim == 1 and leaf.is_array and own is not None:
            many = resized(base, _to(own, MANY))
            least = x.min()

            def single(one: Leaf, z: Any, leaf: Leaf = leaf, least: Any = least) -> Any:
                is_first = np.arange(len(z)) < SINGLE * len(z) if one == leaf else None
                return z if is_first is None else np.where(is_first, least, z)

            says = f"more equal entries of {leaf.label}"
            yield Probe(kind="group", says=says, values=_changed(many, single))


def _without_dimensions(base: Values) -> Iterator[Probe]:
    """A single number for the one array that there is."""
    found = [leaf for leaf in all_leaves(base) if leaf.is_array]
    if len(found) == 1 and found[0].kind == "float":
        values = {name: mapped(_first_number, value) for name, value in base.items()}
        says = f"a single number for {found[0].label}, of no dimension"
        yield Probe(kind="0-d", says=says, values=values)


def _first_number(item: Any) -> Any:
    if isinstance(item, Plain):
        return Plain(item.array.ravel()[0:1].reshape(()))
    return item.ravel()[0:1].reshape(()) if isinstance(item, np.ndarray) else item


def _like_decoys(
    base: Values, groups: Sequence[Axes], decoys: Mapping[str, Any]
) -> Iterator[Probe]:
    """Inputs of the shape of a global that they may be mistaken for: by input's name."""
    for name, decoy in decoys.items():
        owner, _, other = name.partition(" ")
        lengths: dict[tuple[Leaf, int], int] = {}
        (item,) = [item for _, item in leaves(decoy)] or [None]
        wanted = np.shape(item.array if isinstance(item, Plain) else item)
        leaf = next((one for one in all_leaves(base) if one.owner == owner), None)
        if leaf is None or leaf.ndim != len(wanted) or not wanted:
            continue
        for axis, length in enumerate(wanted):
            group = next(g for g in groups if (leaf, axis) in g.members)
            lengths |= _to(group, length)
        says = f"{owner} in the shape of the notebook's {other}"
        yield Probe(kind=f"like {name}", says=says, values=resized(base, lengths))


def _with_other_keys(base: Values) -> Iterator[Probe]:
    found = [leaf for leaf in all_leaves(base) if leaf.kind == "key" and leaf.ndim == 1]
    for leaf in found:
        for words in KEYS:

            def other(one: Leaf, x: Any, leaf: Leaf = leaf, words: Any = words) -> Any:
                return words if one == leaf else x

            says = f"more keys for {leaf.label}, split ones too"
            yield Probe(kind="keys", says=says, values=_changed(base, other))
