"""Whether answers are right, and what is said where they are not: no more than is known.

A sentence that names a cause is raised only where the answers to the other cases leave no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from exercises.jax_basics import cases
from exercises.jax_basics.many_entries import case_of, larger, right_answer
from grader.assignment import Case, Incorrect, Student
from grader.catalog import Text, say
from grader.compare import difference
from grader.results import Visibility
from grader.sandbox import Failure

WITHOUT_PARAMETER = 0.7
"""The share that is earned where a global takes the place of a parameter."""
HINT_PARAMETER = "What does the function need as a parameter so that it works on other data?"

LEFT_OVER = "the result is left over from an earlier call, in which JAX traced the function"
OTHER_SIZES = "correct for the example, but not for other sizes: look for a hard-coded number"
ONE_ENTRY = "correct for other sizes, but not where an axis has length one"
OTHER_SHAPES = "correct for the example, but not for arrays of other sizes or shapes"
SHAPES = {
    cases.ONE: ONE_ENTRY,
    cases.SQUARE: "correct for other shapes, but not for square matrices",
    **dict.fromkeys((cases.NUMBER, cases.CUBE), OTHER_SHAPES),
}
"""What is said of a case of another shape, where the example is right."""
NUMBERS = {
    cases.LARGE_NUMBERS: "correct in all sizes for moderate numbers, but not for large ones",
    cases.SMALL_NUMBERS: "correct in all sizes, but not where numbers are small, zero, or equal",
}
"""What is said of a case with such numbers, where those of all shapes are right."""


def same(student: Student, name: str) -> None:
    """The answer to a case equals the reference's. Raises Incorrect."""
    case = case_of(student, name)
    equal(case, got=student.answer(case), want=student.expected(case))


def equal(case: Case, *, got: Any, want: Any) -> None:
    """The answer to a case is the right one. Raises Incorrect."""
    found = difference(got=got, want=want, ignore_kind=True)
    if found is None:
        return
    if getattr(got, "type_name", "").endswith("Tracer"):
        raise Incorrect(LEFT_OVER)
    words = "the result is not correct for the hidden test case"
    if found.reason == "shape":
        words = "the result has the wrong shape for the hidden test case"
    is_public = case.visibility is Visibility.PUBLIC
    raise Incorrect(
        found.message if is_public or found.reason == "structure" else words,
        differences=(found,) if is_public else (),
    )


def takes(student: Student, *roles: str) -> None:
    """Each role is passed as an argument. Raises Incorrect that earns a share when one is not."""
    given = student.arguments
    missing = [role for role in roles if given is not None and role not in given]
    if missing:
        raise Incorrect(
            say(
                "`{function}` is correct only with a global variable; make `{role}` a parameter",
                function=student.function,
                role=missing[0],
            ),
            earned=WITHOUT_PARAMETER,
            hint=HINT_PARAMETER,
        )


def right_for(name: str, *roles: str) -> Callable[[Student], None]:
    """A check that the answer to a case is correct, and that the roles are taken as parameters."""

    def check(student: Student) -> None:
        same(student, name)
        takes(student, *roles)

    check.__doc__ = f"The answer to the case {name!r} is correct."
    return check


def right_for_others(*roles: str) -> Callable[[Student], None]:
    """The same for hidden cases: of other shapes, with many entries, and with other numbers."""

    def check(student: Student) -> None:
        names = [case.name for case in student.cases]
        for name in (name for name in names if name in SHAPES):
            with _telling(student, name):
                same(student, name)
        for case in larger(student):
            with _telling(student, cases.MORE):
                equal(case, got=student.answer(case), want=right_answer(student, case))
        for name in (name for name in names if name in NUMBERS):
            with _telling(student, name):
                same(student, name)
        takes(student, *roles)

    check.__doc__ = "The answers to hidden cases are correct."
    return check


@contextmanager
def _telling(student: Student, name: str) -> Iterator[None]:
    """Say more of a case that is wrong, as far as the answers to the other cases allow."""
    try:
        yield
    except (Incorrect, Failure) as found:
        failure = found if isinstance(found, Failure) else None
        if failure and failure.is_final:
            raise
        # Asked now only: what is right for all the others is right for these.
        if not all(_is_right(student, one) for one in (cases.EXAMPLE, cases.OTHER)):
            raise
        raise Incorrect(_words(student, name)) from failure


def _words(student: Student, name: str) -> Text:
    """What is said of a case that is wrong where the example, and what comes before, is right."""
    if name in NUMBERS:
        return NUMBERS[name]
    words = SHAPES.get(name, OTHER_SIZES)
    if words != OTHER_SHAPES and not _is_right(student, cases.MORE):
        return OTHER_SIZES
    return words


def _is_right(student: Student, name: str) -> bool:
    """Whether the answer to a case is right."""
    try:
        same(student, name)
    except (Incorrect, Failure):
        return False
    return True
