"""The check that JAX can trace a part, and that its program does not grow with the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.assignment.case_pattern import has_single, shapes, size
from grader.assignment.part import Incorrect
from grader.assignment.student import Student
from grader.assignment.tables import Case
from grader.catalog import say
from grader.errors import AssignmentError
from grader.results import Visibility
from grader.sandbox.failures import Failure

_MUCH = 8
"""By so much an axis is longer that a step more in the program, for a reason of its own, is none
for each item."""


def vectorized(*names: str) -> Callable[[Student], None]:
    """A check that JAX can trace the part and that the program does not grow with the input.

    Compares the smallest of these cases with one of each larger size; without names, of the hidden
    ones. Those with an axis of length 1 are left out where the others are of two sizes, since JAX
    needs fewer steps for a single item. Raises AssignmentError when all are of one size.
    """

    def check(student: Student) -> None:
        compared = _by_size(named_cases(student, names))
        if len(compared) < 2:
            where = f"part {student.part_name!r}"
            raise AssignmentError(
                f"{where}: vectorized: needs test cases of two sizes; add another size"
            )
        try:
            least, *larger = map(student.program_size, compared)
        except Failure as failure:
            if failure.is_final:
                raise
            hint = say("ready.untraceable_hint")
            raise Incorrect(say("ready.untraceable"), hint=hint) from failure
        for case, found in zip(compared[1:], larger, strict=True):
            if found - least > _grown(compared[0], case) / 2:
                raise Incorrect(say("ready.loop"))

    check.__doc__ = "JAX can trace the part, and the traced program does not grow with the input."
    check.case_names = names  # type: ignore[attr-defined]
    return check


def named_cases(student: Student, names: Sequence[str]) -> list[Case]:
    """The cases of these names, or the hidden ones. That the names are there is made sure of."""
    found = {case.name: case for case in student.cases}
    if names:
        return [found[name] for name in names]
    return [case for case in found.values() if case.visibility is Visibility.HIDDEN]


def _by_size(cases: Sequence[Case]) -> list[Case]:
    """The smallest of the cases, then one of each much larger size; the largest if there is none.

    Nothing more than the smallest where none is larger along an axis.
    """
    different = list({str(shapes(case)): case for case in reversed(cases)}.values())
    if len(different) < 2:
        different = list({str(_numbers(case)): case for case in reversed(cases)}.values())
    by_size = sorted(different, key=lambda case: (size(shapes(case)), sum(_numbers(case))))
    usual = [case for case in by_size if not has_single(case)]
    for found in (usual, by_size):
        grown = {at: _grown(found[0], case) for at, case in enumerate(found) if at}
        much = [at for at in grown if grown[at] >= min(_MUCH, max(grown.values()))]
        if grown and max(grown.values()) > 0:
            return [found[0], *(found[at] for at in much)]
    return by_size[:1]


def _grown(small: Case, large: Case) -> int:
    """By how much the longest-growing axis of an input is longer."""
    one, two = shapes(small), shapes(large)
    if len(one) != len(two):  # trees with more leaves
        return max(len(two) - len(one), 0)
    grown = max(
        (b - a for x, y in zip(one, two, strict=True) for a, b in zip(x, y, strict=False)),
        default=0,
    )
    numbers = zip(_numbers(small), _numbers(large), strict=False)
    return grown or max((b - a for a, b in numbers), default=0)


def _numbers(case: Case) -> list[int]:
    """The whole numbers among the inputs: numbers of steps, where no array grows."""
    return [leaf for leaf in case.leaves() if type(leaf) is int]
