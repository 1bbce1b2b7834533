"""The distortions of a right answer: faults around it, made without knowing what it computes.

Each has a name that lasts, the lines of the function that it makes, and the kinds of probes on
which it may show. Thresholds of one kind make a ladder: who sees the last rung sees all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.answers import written
from grader.assignment import Part
from grader.authoring.distorted import KEPT, Signature
from grader.authoring.distortion_table import (
    DRAWS,
    FIGURES,
    GROUPS,
    INTEGERS,
    KEYS,
    PRECISION,
    RANGES,
    SHIFTS,
    SIGNS,
)
from grader.authoring.part_values import Axes, Leaf, axis_word

ITSELF = "itself"
"""The twin of one that is right, and is graded for what becomes of its twin."""


@dataclass(frozen=True, kw_only=True)
class Distortion:
    """One way in which a right answer becomes wrong."""

    part: str
    where: str
    what: str
    lines: tuple[str, ...]
    probes: tuple[str, ...] = ()
    """Kinds of probes on which it may show, by how they begin; empty where it shows by itself."""
    ladder: str = ""
    measure: tuple[str, Leaf | None, int] | None = None
    """What of the cases is told beside it: a measure, a leaf, an axis."""
    is_outside: bool = False
    """Whether it stays outside of what the right function is decorated with."""
    twin: str = ""
    """Another one that must lose points for this one to be a hole."""

    @property
    def name(self) -> str:
        """The key in `Assignment.accepted_holes`."""
        return f"{self.part}: {self.where} {self.what}"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A part with what goes in and comes out of its right function."""

    part: Part
    signature: Signature
    inputs: tuple[Leaf, ...]
    results: tuple[Leaf, ...]
    axes: tuple[Axes, ...]
    shared: tuple[str, ...] = ()
    """Pairs "input global": a global of the notebook that an input may be mistaken for."""
    plain: tuple[str, ...] = ()
    """The inputs that may be NumPy arrays."""
    draws: bool = False
    is_of_any_shape: bool = False
    """Whether the cases are of different numbers of dimensions."""


def distortions(answered: Answered) -> Iterator[Distortion]:
    """All distortions of a part, each name once."""
    seen = set()
    for one in _all(answered):
        if one.name not in seen:
            seen.add(one.name)
            yield one


def _all(answered: Answered) -> Iterator[Distortion]:
    if answered.draws:
        yield from _of_figures(answered)
        return
    for leaf in answered.inputs:
        made = list(_of_leaf(answered, leaf))
        yield from made
        for one in made if len(answered.results) > 1 else ():
            if one.ladder in {"rounded", "half"}:
                yield from _for_one_result(answered, one)
    for leaf in answered.results:
        yield from _of_leaf(answered, leaf)
        yield from _of_result(answered, leaf)
    yield from _of_pairs(answered)
    yield from _of_calls(answered)


def _around(answered: Answered, leaf: Leaf, change: str, *, last: str = "") -> tuple[str, ...]:
    """The lines that change one leaf by a helper, named with what else it is given."""
    more = f", {last}" if last else ""
    if not leaf.owner:
        if leaf.place:
            return (f"return _changed({{call}}, {leaf.place!r}, {change}{more})",)
        function, _, given = change.partition(", ")
        return (f"return {function}({{call}}{', ' if given else ''}{given}{more})",)
    owner = leaf.owner
    # A global of the notebook is changed where it is handed on.
    target = owner if owner not in answered.signature.globals else f"{owner}_"
    return (
        f"{target} = _changed({owner}, {leaf.place!r}, {change}{more})",
        f"return {_call(answered, owner, target)}",
    )


def _call(answered: Answered, owner: str, target: str) -> str:
    call = answered.signature.call
    return call if target == owner else call.replace(f"{owner}={owner}", f"{owner}={target}")


def _of_leaf(answered: Answered, leaf: Leaf) -> Iterator[Distortion]:
    rows: list[tuple[str, str, str, str]] = []
    if leaf.kind == "float":
        rows += [*RANGES, *PRECISION, *(SIGNS if leaf.ndim else ())]
        # Of random numbers a thousandth says nothing.
        rows += () if _keys(answered) and not leaf.owner else SHIFTS
    elif leaf.kind == "key":
        rows += KEYS if leaf.owner and leaf.ndim == 1 else ()
    elif leaf.is_array or not leaf.owner:
        rows += INTEGERS
        rows += GROUPS if leaf.ndim == 1 and leaf.owner else ()
    else:
        rows += [(f"never above {n}", f"_at_most, {n}", "longer", "number") for n in (5, 10)]
    for what, change, tags, ladder in rows:
        measure = {"clipped": "largest", "half": "largest", "groups": "group", "number": "largest"}
        yield Distortion(
            part=answered.part.name,
            where=leaf.label,
            what=what,
            lines=_around(answered, leaf, change),
            probes=("cases", *tags.split(), *((tags + " number",) if tags else ())),
            ladder=ladder,
            measure=(measure[ladder], leaf, 0) if ladder in measure else None,
        )
    if leaf.kind != "key":
        yield from _of_shape(answered, leaf)


def _of_shape(answered: Answered, leaf: Leaf) -> Iterator[Distortion]:
    plain = Distortion(part=answered.part.name, where=leaf.label, what="", lines=())
    for axis in range(leaf.ndim):
        group = next((g for g in answered.axes if (leaf, axis) in g.members), None)
        lengths = max(group.lengths) if group else 0
        is_long = group is None or lengths == max(max(g.lengths) for g in answered.axes)
        word = axis_word(leaf.ndim, axis)
        rows = [
            (f"with only the first {n} {word}", f"_first, {n}, {axis}", "longer", f"first {axis}")
            for n in ((10, 100, 500) if is_long and axis == 0 else (3, 10, 100))
        ]
        rows += [
            (f"without an odd last one of its {word}", f"_even, {axis}", "odd", ""),
            (f"in whole tens of {word}", f"_blocks, 10, {axis}", "odd", ""),
        ]
        for what, change, tag, ladder in rows:
            tags = (tag,) if group is None else (f"{tag} {group.label}",)
            lines = _around(answered, leaf, change)
            measure = ("length", leaf, axis)
            yield replace(
                plain,
                what=what,
                lines=lines,
                ladder=ladder,
                measure=measure,
                probes=("cases", *tags),
            )
    yield from _of_loops(answered, leaf)
    others = []
    if leaf.is_array or not leaf.owner:
        others += [("squeezed", "_squeezed", "one", "")]
        if answered.is_of_any_shape:
            others += [("with at least one dimension", "_with_an_axis", "0-d", "")]
        others += [("with one item lost", "_one_lost", "cases", "")] if leaf.ndim else []
    if leaf.ndim == 2:
        others += [("transposed when square", "_transposed", "square", "")]
    if leaf.ndim and leaf.owner:
        others += [
            ("with sorted values", "_sorted", "large", ""),
            ("with 0 for repeated ones", "_repeated_dropped", "equal", ""),
        ]
    for what, change, tag, ladder in others:
        lines = _around(answered, leaf, change)
        yield replace(plain, what=what, lines=lines, ladder=ladder, probes=("cases", tag))


def _of_loops(answered: Answered, leaf: Leaf) -> Iterator[Distortion]:
    """The same values by a loop in Python, which is a fault where the part forbids loops."""
    plain = Distortion(part=answered.part.name, where=leaf.label, what="", lines=())
    if leaf.ndim:
        every = "put together row by row"
        lines = _around(answered, leaf, "_one_by_one, 0")
        yield replace(plain, what=every, lines=lines, twin=ITSELF)
        lines = _around(answered, leaf, "_one_by_one, 16")
        twin = f"{answered.part.name}: {leaf.label} {every}"
        yield replace(plain, what=f"{every} beyond 16", lines=lines, twin=twin)


def _of_result(answered: Answered, leaf: Leaf) -> Iterator[Distortion]:
    plain = Distortion(part=answered.part.name, where=leaf.label, what="", lines=())
    rows = [*_beside_numbers(answered, leaf), *_beside_keys(answered, leaf)]
    if leaf.kind == "float" and not leaf.ndim:
        rows += [
            ("squared", "_squared", "", ("small", "large")),
            ("always 10", "_constant, 10.0", "", ("large",)),
        ]
    for what, change, given, tags in rows:
        lines = _around(answered, leaf, change, last=given)
        yield replace(plain, what=what, lines=lines, probes=("cases", *tags))
    for name in answered.plain:
        what = f"a NumPy array where {name} is one of float64"
        lines = _around(answered, leaf, "_numpy_returned", last=name)
        yield replace(plain, what=what, lines=lines, is_outside=True)
    for key in _keys(answered) if leaf.kind == "float" and leaf.ndim else ():
        fixed = answered.signature.call.replace(key.owner, f"_key_fixed({key.owner})", 1)
        other = f"_leaf({{call}}, {leaf.place!r})"
        lines = (f"return _changed({fixed}, {leaf.place!r}, _first_row_taken, {other})",)
        what = "with only its first row from the key"
        yield replace(plain, what=what, lines=lines, probes=("keys",))


Row = tuple[str, str, str, tuple[str, ...]]
"""What a person reads, the helper, what else that is given, and the probes."""


def _keys(answered: Answered) -> list[Leaf]:
    return [one for one in answered.inputs if one.kind == "key" and one.ndim == 1 and not one.place]


def _beside_numbers(answered: Answered, leaf: Leaf) -> Iterator[Row]:
    """Results that hang on a number that is an input."""
    for one in answered.inputs:
        if one.is_array or one.kind == "key" or leaf.kind != "float":
            continue
        value = one.owner + written(one.place)
        if one.kind == "float" and not leaf.ndim:
            yield f"never above {one.label}", "_at_most", value, ("small number", "large")
            yield f"never below {one.label}", "_at_least", value, ("large number", "small")
        elif one.kind == "int":
            words = f"with 0 when {one.label} is above 10"
            yield words, "_zero_above", f"{value}, 10", ("longer",)


def _beside_keys(answered: Answered, leaf: Leaf) -> Iterator[Row]:
    """Results that hang on a random key that is an input."""
    for key in _keys(answered):
        if leaf.kind == "float" and leaf.ndim:
            for what, change, tags, _ in DRAWS:
                helper, _, given = change.partition(", ")
                yield what, helper, given, tuple(tags.split())
            words = "with two equal rows for one key in eight"
            yield words, "_repeats_for_some", key.owner, ("keys",)
        elif leaf.kind == "key":
            yield "the input key again", "_taken", key.owner, ("cases", "keys")
            words = "the input key with its words exchanged"
            yield words, "_taken", f"{key.owner}[::-1]", ("cases", "keys")


def _for_one_result(answered: Answered, one: Distortion) -> Iterator[Distortion]:
    """The same distortion of an input, seen by one result only."""
    change, call = one.lines
    for result in answered.results:
        lines = (
            "right = {call}",
            change,
            call.replace("return", "wrong =", 1),
            f"return _changed(right, {result.place!r}, _taken, _leaf(wrong, {result.place!r}))",
        )
        what = f"{one.what}, for {result.label} only"
        yield replace(one, what=what, lines=lines, ladder=f"{one.ladder} {result.label}")


def _of_pairs(answered: Answered) -> Iterator[Distortion]:
    plain = Distortion(part=answered.part.name, where="", what="", lines=())
    arrays = [leaf for leaf in answered.inputs if leaf.is_array and not leaf.place]
    own = set(answered.signature.globals)
    for i, one in enumerate(arrays):
        for other in arrays[i + 1 :]:
            if own & {one.owner, other.owner}:
                continue
            a, b = one.owner, other.owner
            if one.ndim == other.ndim and one.kind == other.kind:
                lines = (f"{a}, {b} = _exchanged({a}, {b})", "return {call}")
                words = f"exchanged with {b} when the shapes agree"
                yield replace(plain, where=a, what=words, lines=lines, probes=("cases", "square"))
            if one.ndim == other.ndim == 2 and one.kind == other.kind == "float":
                for x, y in ((a, b), (b, a)):
                    lines = (f"{x} = _common_moved({x}, {y})", "return {call}")
                    words = f"with other rows for those that {y} has too"
                    yield replace(plain, where=x, what=words, lines=lines, probes=("common",))
    for pair in answered.shared:
        owner, _, name = pair.partition(" ")
        lines = (f"{owner} = _global_taken({owner}, {name})", "return {call}")
        words = f"taken from the notebook's {name} when the shapes agree"
        yield replace(plain, where=owner, what=words, lines=lines, probes=(f"like {pair}",))


def _of_calls(answered: Answered) -> Iterator[Distortion]:
    plain = Distortion(part=answered.part.name, where="calls", what="", lines=(), is_outside=True)
    given = ", ".join(answered.signature.inputs)
    rest = f"{KEPT}, {{function}}, ({given},)"
    rows = [
        ("answered by the shapes of the inputs", f"return _kept_by_shapes({rest})"),
        ("answered by the identity of the inputs", f"return _kept_by_id({rest})"),
        ("right the first time only", f"return _right_at_first({rest}, 1)"),
        ("right the first two times only", f"return _right_at_first({rest}, 2)"),
    ]
    arrays = {leaf.owner for leaf in answered.inputs if leaf.is_array}
    for number, name in enumerate(answered.signature.inputs):
        if name in arrays and len(answered.signature.inputs) > 1:
            rows += [
                (f"with the first {name} of its shape", f"return _input_kept({rest}, {number})"),
                (f"compiled with {name} from outside", f"return _input_stale({rest}, {number})"),
            ]
    for what, line in rows:
        yield replace(plain, what=what, lines=(line,))
    for leaf in answered.inputs:
        if leaf.kind == "key" and leaf.ndim == 1 and not leaf.place:
            if leaf.owner in answered.signature.globals:
                continue
            lines = (f"{leaf.owner} = _key_counted({KEPT}, {leaf.owner})", "return {call}")
            yield replace(plain, what=f"counted into {leaf.owner}", lines=lines)


def _of_figures(answered: Answered) -> Iterator[Distortion]:
    plain = Distortion(part=answered.part.name, where="figure", what="", lines=())
    for what, change in FIGURES:
        yield replace(plain, what=what, lines=("drawn = {call}", change, "return drawn"))
    for leaf in answered.inputs:
        if leaf.ndim and leaf.kind != "key":
            yield from (one for one in _of_rows(answered, leaf))


def _of_rows(answered: Answered, leaf: Leaf) -> Iterator[Distortion]:
    """Rows that are not drawn where there are more than some."""
    lengths = {axes.lengths for axes in answered.axes if (leaf, 0) in axes.members}
    longest = max((max(axes.lengths) for axes in answered.axes), default=0)
    is_long = any(max(item) == longest for item in lengths)
    for count in (10, 100, 500) if is_long else (3, 10):
        yield Distortion(
            part=answered.part.name,
            where=leaf.label,
            what=f"with only the first {count} {axis_word(leaf.ndim, 0)}",
            lines=_around(answered, leaf, f"_first, {count}, 0"),
            ladder="first 0",
            measure=("length", leaf, 0),
        )


def measured(measure: tuple[str, Leaf | None, int], values: Sequence[Any]) -> str:
    """What the cases reach, in words; `values` are the leaf's own on each case."""
    kind, leaf, axis = measure
    arrays: Iterable[Any] = [x for x in values if leaf is not None and x.ndim == leaf.ndim]
    if kind == "largest":
        return f"the cases reach {max(abs(x).max() for x in arrays):.3g}"
    if kind == "group":
        most = max(np.unique(x, return_counts=True)[1].max() for x in arrays)
        return f"the largest group of the cases has {most}"
    lengths = sorted({x.shape[axis] for x in arrays})
    shown = ", ".join(map(str, lengths[:4])) + (", ..." if len(lengths) > 4 else "")
    return f"the cases have {shown}"
