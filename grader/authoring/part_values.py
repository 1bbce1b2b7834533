"""What a right answer takes and gives on the cases of its part: leaves, and axes that go together.

Lengths that are equal on every case belong together: the rows of two inputs, or an axis and the
number that tells how long it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.answers import Field, Path, leaves, written
from grader.assignment import Case, Part
from grader.authoring.distorted import Signature
from grader.running.call_forms import Parameter, forms
from grader.running.namespaces import is_raw_key
from grader.sandbox.inside.frames import Code, Key, Opaque, Plain
from grader.sandbox.values import carried

Values = Mapping[str, Any]
"""What a right answer computes from: each parameter and each global that it reads, by its name."""
RESULT = "result"


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """An array or a number among the inputs, or in the result (`owner` is empty)."""

    owner: str
    place: Path
    kind: str
    """Of floats "float", of integers "int", a random key "key"."""
    ndim: int
    is_array: bool
    is_plain: bool = False
    """Whether it stays a NumPy array inside."""

    @property
    def label(self) -> str:
        """What a person calls it: `samples`, `values[1]`, `result[0]`."""
        return (self.owner or RESULT) + written(self.place)


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Lengths that go together: axes of inputs as (leaf, axis), and numbers as (leaf, -1)."""

    members: tuple[tuple[Leaf, int], ...]
    lengths: tuple[int, ...]
    """How long they are on each case."""

    @property
    def label(self) -> str:
        """What a person calls it: rows of `samples`."""
        leaf, axis = self.members[0]
        return leaf.label if axis < 0 else f"{axis_word(leaf.ndim, axis)} of {leaf.label}"


def axis_word(ndim: int, axis: int) -> str:
    """What the items along an axis are called."""
    if ndim == 1:
        return "entries"
    return ("rows", "columns")[axis] if axis < 2 else f"items of axis {axis}"


def roles_of(part: Part, signature: Signature) -> dict[str, str] | None:
    """The input that each parameter and global gets; None where that is not plain to see."""
    parameters = [
        Parameter(name=name, kind="POSITIONAL_OR_KEYWORD", has_default=False)
        for name in signature.positional
    ] + [Parameter(name=name, kind="KEYWORD_ONLY", has_default=False) for name in signature.by_name]
    form = forms(part.name, parameters, part.inputs)[0]
    if form.items or any(role != text for _, role, text in form.arguments):
        return None
    names = (*signature.positional, *signature.by_name)
    if len(form.arguments) != len(names):
        return None
    given = {own or name: role for name, (own, role, _) in zip(names, form.arguments, strict=True)}
    return given if given.keys() == set(names) else None


def values_of(case: Case, roles: Mapping[str, str], signature: Signature) -> dict[str, Any]:
    """What a right answer computes from on a case."""
    found = {n: carried(case.inputs[role]) for n, role in roles.items() if role in case.inputs}
    found |= {name: case.globals[name] for name in signature.globals if name in case.globals}
    return found


def leaves_of(owner: str, value: Any) -> Iterator[tuple[Leaf, Any]]:
    """The numeric leaves of an input or, without an owner, of a result, each with its value."""
    for place, item in leaves(carried(value)):
        is_other = isinstance(item, (Code, Opaque, str, bytes, frozenset)) or item is None
        if is_other or any(isinstance(step, Field) for step in place):
            continue
        array = np.asarray(item.array if isinstance(item, Plain) else item)
        if isinstance(item, Key):
            array = item.data
        kind = {"f": "float", "i": "int", "u": "int"}.get(array.dtype.kind)
        is_array = isinstance(item, (np.ndarray, Plain)) and array.ndim > 0
        if kind == "int" and is_raw_key("key", array):
            kind = "key"
        if kind is None or (is_array and array.size == 0):
            continue
        yield (
            Leaf(
                owner=owner,
                place=place,
                kind=kind,
                ndim=array.ndim,
                is_array=is_array,
                is_plain=isinstance(item, Plain),
            ),
            array,
        )


def all_leaves(values: Values) -> dict[Leaf, Any]:
    """The leaves of all inputs."""
    return {leaf: item for name, value in values.items() for leaf, item in leaves_of(name, value)}


def axes_of(cases: Sequence[Values]) -> list[Axes]:
    """The lengths that go together in cases that are built alike."""
    found: dict[tuple[int, ...], list[tuple[Leaf, int]]] = {}
    all_of = [all_leaves(values) for values in cases]
    for leaf in all_of[0] if all_of else ():
        if leaf.kind == "key":
            continue
        if leaf.ndim == 0 and leaf.kind == "int":
            lengths = tuple(int(known[leaf]) for known in all_of)
            found.setdefault(lengths, []).append((leaf, -1))
        for axis in range(leaf.ndim):
            lengths = tuple(known[leaf].shape[axis] for known in all_of)
            found.setdefault(lengths, []).append((leaf, axis))
    return [Axes(members=tuple(members), lengths=lengths) for lengths, members in found.items()]


def alike(cases: Sequence[Values]) -> list[list[Values]]:
    """The cases by how they are built: the same leaves of the same dimensions."""
    found: dict[Any, list[Values]] = {}
    for values in cases:
        found.setdefault(tuple(all_leaves(values)), []).append(values)
    return list(found.values())
