"""For which of the test cases an answer is wrong, in words that give no value away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.assignment.field_values import is_number
from grader.assignment.sample_values import GROUPS, KINDS
from grader.assignment.tables import Case
from grader.catalog import Text, say
from grader.results import Visibility

Shapes = list[tuple[int, ...]]
IsRight = Callable[[Case], bool]
_WORDS = {
    "ties": "ready.unusual_ties",
    "zeros": "ready.unusual_zeros",
    "offset": "ready.unusual_offset",
    "negative": "ready.unusual_negative",
    "empty": "ready.unusual_empty",
    "single": "ready.unusual_single",
    "large": "ready.unusual_large",
}
"""What a level of `KINDS` or `GROUPS` is called."""
_SIZE = ""
"""The factor that is no factor of a setting."""


def only_the_example(cases: Sequence[Case], is_right: IsRight) -> bool:
    """Whether the public cases are right and none of another shape is.

    Two other shapes at least: with one alone, anything else about it may be what is wrong.
    """
    examples = [case for case in cases if case.visibility is Visibility.PUBLIC]
    seen = [shapes(case) for case in examples]
    others = [case for case in cases if shapes(case) not in seen]
    usual = [case for case in others if not has_single(case)]
    # A single item may be right by chance: its mean is the item, its variance is zero.
    others = usual if _different(usual) > 1 else others
    if not examples or _different(others) < 2:
        return False
    same = [case for case in cases if shapes(case) in seen]
    return all(map(is_right, same)) and not any(map(is_right, others))


def unusual(cases: Sequence[Case], is_right: IsRight) -> Text:
    """What the hidden cases with a wrong answer have in common, or that ordinary ones are right.

    The first hidden case is the ordinary one. '' where the cases do not say what is set in them,
    and where ordinary ones are wrong.
    """
    hidden = [case for case in cases if case.visibility is Visibility.HIDDEN]
    if not any(case.setting for case in hidden):
        return ""
    ordinary = hidden[0].setting
    right = [case for case in hidden if is_right(case)]
    wrong = [case for case in hidden if case not in right]
    if not wrong:  # the second call may be right
        return ""
    common = [mark for mark in _marks(wrong[0], ordinary) if all(_has(one, mark) for one in wrong)]
    clear = [mark for mark in common if not any(_has(case, mark) for case in right)]
    for only in (common, clear):
        if len(only) == 1 and right and (what := _in_words(only[0], hidden)):
            return say("ready.all_but", what=what)
    plain = [case for case in hidden if not [*_marks(case, ordinary)][1:]]
    return say("ready.unusual") if all(case in right for case in plain) else ""


Mark = tuple[str, Any]
"""A factor and the level of it, or the shapes."""


def _marks(case: Case, ordinary: Any) -> Iterator[Mark]:
    """What may be special about a case: its shapes, and each level that is not the ordinary."""
    yield _SIZE, shapes(case)
    for name, level in case.setting.items():
        if level is not ordinary.get(name):
            yield name, level


def _has(case: Case, mark: Mark) -> bool:
    name, level = mark
    return shapes(case) == level if name == _SIZE else case.setting.get(name) is level


def _in_words(mark: Mark, cases: Sequence[Case]) -> Text:
    """A mark in words, or '' where it has none that everybody understands."""
    name, level = mark
    if name == _SIZE:
        return _size_in_words(level, cases)
    levels = [case.setting.get(name) for case in cases]
    if isinstance(level, str) and any(_are(levels, kinds) for kinds in (KINDS, GROUPS)):
        return say(_WORDS[level]) if level in _WORDS else ""
    if name == "scale" and all(map(is_number, levels)):
        return say("ready.unusual_scale_up" if level > levels[0] else "ready.unusual_scale_down")
    return ""


def _are(levels: Sequence[Any], kinds: Sequence[str]) -> bool:
    return all(isinstance(level, str) and level in kinds for level in levels)


def _size_in_words(found: Shapes, cases: Sequence[Case]) -> Text:
    arrays = [shape for shape in found if shape]
    if any(map(_is_single, arrays)):
        return say("ready.unusual_one")
    if any(len({*shape}) < len(shape) for shape in arrays):
        return say("ready.unusual_square")
    if arrays and size(found) == max(size(shapes(case)) for case in cases):
        return say("ready.unusual_many")
    return ""


def shapes(case: Case) -> Shapes:
    """The shapes of all arrays and numbers of a case."""
    return [np.shape(value) for value in case.leaves()]


def has_single(case: Case) -> bool:
    """Whether an array of a case has an axis of length 1."""
    return any(map(_is_single, shapes(case)))


def _is_single(shape: tuple[int, ...]) -> bool:
    return 1 in shape


def _different(cases: Sequence[Case]) -> int:
    return len({str(shapes(case)) for case in cases})


def size(found: Shapes) -> int:
    """How many numbers arrays of these shapes have together."""
    return sum(int(np.prod(shape)) for shape in found)
