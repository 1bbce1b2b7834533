"""Checks of the exercise on solvers that are not ready-made: transformed calls, and a tolerance."""

from __future__ import annotations

from typing import Any

from grader import ready
from grader.assignment import Case, Check, Incorrect, Student
from grader.compare import as_array, difference
from grader.sandbox import Failure

ONLY_PLAIN = "the function is correct in a plain call, but not when JAX transforms it"
ALIKE = "the function is not correct when JAX transforms it either"
HINT_UNTRACEABLE = (
    "Look for a step that needs an actual number, such as an `if`, a Python `while`, `float()`, "
    "or a NumPy call."
)
MUCH_NEARER = 1e-6
"""By so much of the tolerance a bisection is nearer to an irrational root only by chance."""


def equal(title: str, points: float, *names: str, hint: str = "") -> Check:
    """A check that the answers to the test cases of these names are the reference's."""
    return Check(title, ready.matches_reference(*names), points=points, hint=hint)


def transformed(title: str, points: float, expression: str, key: str, *names: str) -> Check:
    """A check that an expression around the call gives what is observed under a key.

    On the test cases of these names. For right values alone it is not passed.
    """

    def check(student: Student) -> None:
        for case in _named(student, names):
            try:
                got = student.evaluate(expression, case)
            except Failure as failure:
                if failure.is_final:
                    raise
                raise Incorrect(
                    "JAX cannot trace the function, so it does not work under `jit`",
                    hint=HINT_UNTRACEABLE,
                ) from failure
            want = student.expected(case)[key]
            if _differs(student, got, want):
                is_plain = not _differs(student, student.answer(case)[key], want)
                raise Incorrect(ONLY_PLAIN if is_plain else ALIKE)

    check.__doc__ = "The function gives the same when JAX transforms it."
    check.case_names = names  # type: ignore[attr-defined]
    return Check(title, check, points=points, compares_values=False)


def stops_early(title: str, points: float, *names: str, needs: tuple[str, ...]) -> Check:
    """A check that a coarse tolerance ends the bisection early, on these test cases."""

    def check(student: Student) -> None:
        cases = _named(student, names)
        if all(_is_much_nearer(student, case) for case in cases):
            raise Incorrect("the root is as exact for a coarse tolerance as for a fine one")

    check.__doc__ = "A coarse tolerance ends the bisection early."
    check.case_names = names  # type: ignore[attr-defined]
    return Check(title, check, points=points, compares_values=False, needs=needs)


def _differs(student: Student, got: Any, want: Any) -> bool:
    return difference(got=got, want=want, rtol=student.rtol, ignore_kind=True) is not None


def _named(student: Student, names: tuple[str, ...]) -> list[Case]:
    found = {case.name: case for case in student.cases}
    return [found[name] for name in names]


def _is_much_nearer(student: Student, case: Case) -> bool:
    """Whether the answer is far more exact than the tolerance asks for. Raises Incorrect."""
    got = as_array(student.evaluate("{call}", case))
    if got is None or got.shape:
        raise Incorrect("the result is not a single number")
    error = abs(float(got) - float(case.inputs["root"]))
    return error < MUCH_NEARER * float(case.inputs["tol"])
