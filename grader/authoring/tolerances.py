"""Whether a tolerance separates correct answers from wrong ones, and by what margin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers import Path, leaves
from grader.compare import as_array
from grader.running.student import Student
from grader.sandbox.failures import Failure

Leaves = Mapping[tuple[str, Path], NDArray[Any] | None]
"""Arrays by the case's name and their place in what was returned; None for what is not an array."""


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The margin of a part: the largest error of a correct answer, the smallest of a wrong one.

    Errors are the largest |got - want| / (|want| + max|want|), what `compare.difference` holds
    against its `rtol`. A wrong answer counts when its numbers alone are wrong, not their shape or
    kind; `wrong_name` is the one that comes nearest.
    """

    part: str
    largest_right: float
    smallest_wrong: float | None = None
    wrong_name: str = ""


def answers(student: Student) -> Leaves:
    """All that a student's part returns for its cases."""
    found: dict[tuple[str, Path], NDArray[Any] | None] = {}
    for case in student.cases:
        try:
            value = student.answer(case)
        except Failure as failure:
            if failure.is_final:
                break
            found[case.name, ()] = None
        else:
            found |= {(case.name, place): leaf for place, leaf in arrays(value)}
    return found


def arrays(value: Any) -> Iterator[tuple[Path, NDArray[Any] | None]]:
    """The arrays in a returned value, each with its place; None for what is not an array."""
    for place, leaf in leaves(value, lists_are_leaves=True):
        yield place, as_array(leaf)


def is_finite(value: Any) -> bool:
    """Whether a returned value has no NaN and no infinity in it."""
    found = (leaf for _, leaf in arrays(value) if leaf is not None and leaf.dtype.kind in "fc")
    return all(np.isfinite(leaf).all() for leaf in found)


def margin(
    part: str,
    expected: Mapping[str, Any],
    right: Sequence[Leaves],
    wrong: Mapping[str, Leaves],
    rtol: float,
) -> Margin | None:
    """The margin of a part, or None when it has no expected answers or no floats in them.

    Where a task leaves a choice, a correct answer may be far from the reference's: it then counts
    as one more correct answer that the others are measured against. A wrong answer whose numbers
    are the reference's is wrong in something else.
    """
    wanted = _wanted(expected)
    if not any(choices[0].dtype.kind == "f" for choices in wanted.values()):
        return None
    largest = 0.0
    for found in right:
        for key, choices in wanted.items():
            error = _error(found.get(key), choices, is_right=True)
            if error is not None and error <= rtol:
                largest = max(largest, error)
            elif error is not None:
                choices.append(np.asarray(found[key]))
    smallest, name = None, ""
    for wrong_name, found in wrong.items():
        worst = _largest(found, wanted)
        if worst and (smallest is None or worst < smallest):
            smallest, name = worst, wrong_name
    return Margin(part=part, largest_right=largest, smallest_wrong=smallest, wrong_name=name)


def largest_errors(
    expected: Mapping[str, Any], answers_by_name: Mapping[str, Leaves]
) -> dict[str, float]:
    """How far each of these answers is from the reference's, where only its numbers differ."""
    wanted = _wanted(expected)
    errors = {name: _largest(found, wanted) for name, found in answers_by_name.items()}
    return {name: error for name, error in errors.items() if error is not None}


def _wanted(
    expected: Mapping[str, Any],
) -> dict[tuple[str, Path], list[NDArray[Any]]]:
    return {
        (case, place): [leaf]
        for case, value in expected.items()
        for place, leaf in arrays(value)
        if leaf is not None
    }


def _largest(
    found: Leaves, wanted: Mapping[tuple[str, Path], Sequence[NDArray[Any]]]
) -> float | None:
    errors = [_error(found.get(key), choices) for key, choices in wanted.items()]
    sizes = [error for error in errors if error is not None]
    return max(sizes, default=0.0) if len(sizes) == len(errors) else None


def _error(
    got: NDArray[Any] | None, choices: Sequence[NDArray[Any]], *, is_right: bool = False
) -> float | None:
    """The error against the nearest correct answer; None when it is not a matter of size.

    Entries that a correct answer leaves open (NaN for an empty cluster) are not looked at.
    """
    want = choices[0]
    if got is None or got.shape != want.shape:
        return None
    if want.dtype.kind != "f":
        is_same = got.dtype.kind in "iu" and np.array_equal(got, want)
        return 0.0 if is_right or is_same else None
    if got.dtype.kind not in "fiu":
        return None
    errors = []
    for choice in choices:
        is_set = np.isfinite(choice) & (np.isfinite(got) | (not is_right))
        near, far = got[is_set].astype(float), choice[is_set].astype(float)
        if not np.isfinite(near).all():
            return None
        scale = np.abs(far).max(initial=0.0)
        room = np.abs(far) + scale
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.where(near == far, 0.0, np.abs(near - far) / room)
        errors.append(float(ratios.max(initial=0.0)))
    return min(errors)
