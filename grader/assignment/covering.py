"""Test cases that cover what may vary: few of them, in which every pair of levels is met."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np

from grader.answers import mapped
from grader.assignment.field_values import is_function, is_number, refuse, short
from grader.assignment.tables import Case, Cases
from grader.errors import AssignmentError
from grader.results import Visibility

EXAMPLE = "example"
EXAMPLE_SEED = 20
"""The example is the same for everybody and in every run."""
_TURNS = 12
"""From how many starts the settings are sought; the fewest of them are taken."""

Levels = Sequence[Any]
Inputs = Callable[..., Mapping[str, Any] | Case]
"""`inputs(draw, size, **setting)` gives the inputs of a test case."""


def cover(inputs: Inputs, *, sizes: Levels, example: Any = None, **vary: Levels) -> Cases:
    """Test cases in which each size meets each level, and each two levels of two factors meet.

    `inputs(draw, size, **setting)` gives the inputs by name, or a Case. The factors of `vary` are
    the names of the settings with their levels: `scale=(1.0, 1e3)`. Which settings are drawn is
    the same for every seed, so the shapes are those of the sizes. `example` is the size of the
    public case, or (size, setting); it has the first level of each factor that it does not name.
    Floats are rounded to float32. Raises AssignmentError for arguments of another kind.
    """
    refuse("cover", _of_cover(inputs, sizes, example, vary))
    return _drawn("cover", inputs, example=example, sizes=sizes, vary=vary)


def random_cases(inputs: Inputs, *, example: Any, hidden: Levels, **vary: Levels) -> Cases:
    """Test cases: a public one of the size `example`, and a hidden one per size in `hidden`.

    `inputs(draw, size)` gives the inputs by name. Floats are rounded to float32, so that the
    student and the reference compute with the same numbers. Name two hidden sizes or more: what
    is right for one size only must show. With factors in `vary` these are the cases of `cover`.
    Raises AssignmentError for what are no sizes.
    """
    refuse("random_cases", _of_sizes(inputs, example, hidden, vary))
    names = None if vary else [f"hidden {size}" for size in hidden]
    return _drawn("random_cases", inputs, example=example, sizes=hidden, vary=vary, names=names)


def pairs(**levels: Levels) -> tuple[dict[str, Any], ...]:
    """Few settings in which each two levels of two factors meet, for cases of one's own.

    Each is a dict with a level of each factor. The first has the first level of each.
    """
    refuse("pairs", _of_factors(levels))
    return tuple(
        {name: levels[name][at] for name, at in zip(levels, row, strict=True)}
        for row in _covering([len(found) for found in levels.values()])
    )


def _drawn(  # noqa: PLR0913  (all but the first two by name)
    name: str,
    inputs: Inputs,
    *,
    example: Any,
    sizes: Levels,
    vary: Mapping[str, Levels],
    names: Sequence[str] | None = None,
) -> Cases:
    settings = _settings(sizes, vary)
    names = names or [f"hidden {number}" for number in range(1, len(settings) + 1)]
    first = {key: levels[0] for key, levels in vary.items()}

    def cases(draw: np.random.Generator, *, exact: bool = False) -> tuple[Case, ...]:
        found = []
        if example is not None:
            size, setting = _of_example(example)
            again = np.random.default_rng(EXAMPLE_SEED)
            setting = {**first, **setting}
            made = _case(name, inputs(again, size, **setting), exact=exact)
            public = Visibility.PUBLIC
            found.append(replace(made, name=EXAMPLE, visibility=public, setting=setting))
        for title, (size, setting) in zip(names, settings, strict=True):
            made = _case(name, inputs(draw, size, **setting), exact=exact)
            hidden = Visibility.HIDDEN
            found.append(replace(made, name=title, visibility=hidden, setting=setting))
        return tuple(found)

    cases.exact = partial(cases, exact=True)  # type: ignore[attr-defined]
    return cases


def _of_example(example: Any) -> tuple[Any, Mapping[str, Any]]:
    """The size of an example, and what it sets."""
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], Mapping):
        return example
    return example, {}


# Settings ----------------------------------------------------------------------------------


def _settings(sizes: Levels, vary: Mapping[str, Levels]) -> list[tuple[Any, dict[str, Any]]]:
    """A size and a level of each factor for each hidden case, in the order of the cases.

    A single item shows little of what two factors do together, so it comes as an extra: it meets
    each level, and each two levels of two factors meet in the other sizes.
    """
    counts = [len(levels) for levels in vary.values()]
    if not counts:
        return [(size, {}) for size in sizes]
    usual = [size for size in sizes if not _is_single(size)] or list(sizes)
    rows = [(usual[at], levels) for at, *levels in _covering([len(usual), *counts])]
    rows += [
        (size, [turn % count for count in counts])
        for size in sizes
        if size not in usual
        for turn in range(max(counts))
    ]
    return [
        (size, {key: vary[key][at] for key, at in zip(vary, levels, strict=True)})
        for size, levels in rows
    ]


def _is_single(size: Any) -> bool:
    return 1 in size if isinstance(size, tuple) else bool(size == 1)


def _covering(counts: Sequence[int]) -> list[tuple[int, ...]]:
    """Rows with a level of each factor, by number: each two levels of two factors in one of them.

    The rows with the most first levels come first, and so the plainest.
    """
    if len(counts) < 2:
        return [(at,) for at in range(*counts)] if counts else [()]
    rows = min((_rows(counts, turn) for turn in range(_TURNS)), key=len)
    return sorted(rows, key=lambda row: (sum(at > 0 for at in row), row[::-1]))


def _rows(counts: Sequence[int], turn: int) -> list[tuple[int, ...]]:
    """Rows that cover all pairs: those of the two largest factors, and the others fitted in."""
    order = sorted(range(len(counts)), key=lambda factor: (-counts[factor], factor))
    open_pairs = {
        pair
        for one, two in combinations(range(len(counts)), 2)
        for pair in product(_levels(counts, one), _levels(counts, two))
    }
    rows: list[tuple[int, ...]] = []
    starts = product(*(_levels(counts, factor) for factor in order[:2]))
    while open_pairs:
        # The pairs of the two largest come first; what is open after them is met one by one.
        row = dict(next(starts, ()) or min(open_pairs))
        if not rows:
            row = dict.fromkeys(range(len(counts)), 0)
        for factor in order:
            if factor not in row:
                row[factor] = _best_level(row, factor, counts[factor], open_pairs, turn + len(rows))
        open_pairs -= {_pair(*two) for two in combinations(sorted(row.items()), 2)}
        rows.append(tuple(row[factor] for factor in range(len(counts))))
    return rows


Level = tuple[int, int]
"""A factor and a level of it, by number."""


def _levels(counts: Sequence[int], factor: int) -> list[Level]:
    return [(factor, level) for level in range(counts[factor])]


def _pair(one: Level, two: Level) -> tuple[Level, Level]:
    return min(one, two), max(one, two)


def _best_level(
    row: Mapping[int, int], factor: int, count: int, open_pairs: set[Any], turn: int
) -> int:
    """The level that meets the most new levels; of equal ones the next in turn."""

    def new(level: int) -> int:
        return sum(_pair((factor, level), one) in open_pairs for one in row.items())

    return max(range(count), key=lambda level: (new(level), -((level - turn) % count)))


# Cases -------------------------------------------------------------------------------------


def _case(name: str, made: Any, *, exact: bool) -> Case:
    """The case of what the inputs give, with its floats in float32 unless they stay exact."""
    settled = dict if exact else rounded
    if isinstance(made, Case):
        return replace(
            made,
            inputs=settled(made.inputs),
            globals=settled(made.globals),
            decoy_globals=settled(made.decoy_globals),
        )
    if not isinstance(made, Mapping):
        got = short(made)
        msg = f"ready.{name}: inputs: returned {got}; return a dict of inputs, {{'x': ...}}"
        raise AssignmentError(msg)
    return Case(EXAMPLE, inputs=settled(made))


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values, floats in float32."""
    return {name: mapped(_as_float32, value) for name, value in values.items()}


def _as_float32(value: Any) -> Any:
    is_wide = isinstance(value, (np.ndarray, np.floating)) and value.dtype == np.float64
    return np.asarray(value, np.float32) if is_wide else value


# Refusals ----------------------------------------------------------------------------------


def _of_cover(inputs: Any, sizes: Any, example: Any, vary: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_inputs(inputs, vary)
    if example is not None:
        size, setting = _of_example(example)
        if not _is_size(size):
            got = short(example)
            yield (
                f"example: expected a size, or a size and its setting, got {got}; write example=4"
            )
        for name in setting:
            if name not in vary:
                yield f"example: sets {name!r}, which does not vary; add {name}=(...) or remove it"
    yield from _of_some_sizes("sizes", sizes)
    yield from _of_factors(vary)


def _of_sizes(inputs: Any, example: Any, hidden: Any, vary: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_inputs(inputs, vary)
    if not _is_size(_of_example(example)[0]):
        yield f"example: expected a size, got {short(example)}; write example=4"
    yield from _of_some_sizes("hidden", hidden)
    yield from _of_factors(vary)


def _of_inputs(inputs: Any, vary: Mapping[str, Any]) -> Iterator[str]:
    if not is_function(inputs):
        yield f"inputs: expected a function, got {short(inputs)}; pass its name without calling it"
        return
    try:
        signature = inspect.signature(inputs)
    except (TypeError, ValueError):
        return
    any_name = any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values())
    for name in vary:
        if not any_name and name not in signature.parameters:
            yield f"inputs: has no parameter {name!r}, which varies; add it, or remove {name}=(...)"


def _of_some_sizes(name: str, sizes: Any) -> Iterator[str]:
    if not isinstance(sizes, (tuple, list, range)) or not all(map(_is_size, sizes)):
        yield f"{name}: expected a tuple of sizes, got {short(sizes)}; write {name}=(5, 12)"
    elif not sizes or len({*sizes}) < len(sizes):
        yield f"{name}: expected different sizes, got {short(sizes)}; write {name}=(5, 12)"


def _of_factors(levels: Mapping[str, Any]) -> Iterator[str]:
    for name, found in levels.items():
        if not isinstance(found, (tuple, list, range)):
            got = short(found)
            yield f"{name}: expected a tuple of levels, got {got}; put a comma after it"
        elif not found:
            yield f"{name}: expected levels, got {short(found)}; name one or more"


def _is_size(value: Any) -> bool:
    """Whether it is a number or some; what it means is up to the inputs."""
    return is_number(value) or (isinstance(value, tuple) and all(map(is_number, value)))
