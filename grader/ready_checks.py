"""Ready-made checks: the answer is the reference's, and the code is vectorised.

An assignment finds them in `grader.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.assignment import Case, NotRight, Visibility
from grader.compare import Reason, describe, difference
from grader.errors import AssignmentError
from grader.sandbox import Failure

if TYPE_CHECKING:
    from grader.attempt import Student
    from grader.compare import Difference

_HIDDEN = {
    Reason.SHAPE: "{name} has another shape than expected for a hidden input",
    Reason.DTYPE: "{name} holds numbers of another kind than expected for a hidden input",
    Reason.FINITE: "{name} has NaN or infinity for a hidden input",
    Reason.VALUES: "{name} is not as expected for a hidden input",
}
ONLY_THE_EXAMPLE = (
    "right for the example, but not for inputs of other sizes: look for a number that is hard-coded"
)


def equal(*names: str, returns: Sequence[str] = ()) -> Callable[[Student], None]:
    """A check that the answers to these cases are the reference's, within the part's `rtol`.

    Without names, all hidden cases. `returns` are the names of the values in a returned tuple.
    What is told of a hidden case does not give its values away.
    """

    def check(student: Student) -> None:
        for case in _named(student, names):
            try:
                _same(student, case, returns)
            except (NotRight, Failure) as found:
                if case.visibility is Visibility.PUBLIC or not _knows_only_examples(student, found):
                    raise
                raise NotRight(ONLY_THE_EXAMPLE) from None

    check.__doc__ = "The answers are the reference's."
    return check


def vectorised(*names: str) -> Callable[[Student], None]:
    """A check that JAX can trace the part, and that its program does not grow with the inputs.

    Compares the smallest and the largest of these cases; without names, of the hidden ones.
    Raises AssignmentError when these are of one size.
    """

    def check(student: Student) -> None:
        cases = sorted(_named(student, names), key=_size)
        if not cases or _grown(cases[0], cases[-1]) <= 0:
            where = f"part {student.attempt.part.name!r}"
            raise AssignmentError(f"{where}: vectorised: needs cases of two sizes; draw another")
        try:
            small, large = (student.program_size(case) for case in (cases[0], cases[-1]))
        except Failure as failure:
            if failure.is_final:
                raise
            raise NotRight("JAX cannot trace it, so that it does not work under `jit`") from None
        if large - small > _grown(cases[0], cases[-1]) / 2:
            raise NotRight(
                "a Python loop goes through the entries one by one; `jax.vmap` or array "
                "operations do all of them at once"
            )

    check.__doc__ = "JAX can trace it, and the traced program does not grow with the inputs."
    return check


def _named(student: Student, names: Sequence[str]) -> list[Case]:
    """The cases of these names, or the hidden ones."""
    found = {case.name: case for case in student.cases}
    if names:
        return [found[name] for name in names]
    return [case for case in found.values() if case.visibility is Visibility.HIDDEN]


def _same(student: Student, case: Case, returns: Sequence[str]) -> None:
    got, want = student.answer(case), student.expected(case)
    if not isinstance(want, tuple):
        _compare(case, got, want, "the result", student.rtol)
        return
    names = [f"`{name}`" for name in returns] or [f"value {n + 1}" for n in range(len(want))]
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        raise NotRight(f"it returned {describe(got)}; expected {len(want)} values")
    for mine, right, name in zip(got, want, names, strict=True):
        _compare(case, mine, right, name, student.rtol)


def _compare(case: Case, got: Any, want: Any, name: str, rtol: float) -> None:
    found = difference(got=got, want=want, name=name, rtol=rtol, ignore_kind=_is_float(want))
    if found is None:
        return
    if case.visibility is Visibility.PUBLIC:
        raise NotRight(found.message, differences=(found,))
    raise NotRight(_told(found))


def _told(found: Difference) -> str:
    """What is said of a hidden case."""
    return _HIDDEN.get(found.reason, found.message).format(name=found.name)


def _is_float(want: Any) -> bool:
    return np.asarray(want).dtype.kind == "f"


def _knows_only_examples(student: Student, found: Exception) -> bool:
    """Whether it is right for every public case, of which there is one at least."""
    if isinstance(found, Failure) and found.is_final:
        return False
    examples = [case for case in student.cases if case.visibility is Visibility.PUBLIC]
    try:
        for case in examples:
            _same(student, case, ())
    except (NotRight, Failure):
        return False
    return bool(examples)


def _shapes(case: Case) -> list[tuple[int, ...]]:
    return [np.shape(value) for value in case.leaves()]


def _size(case: Case) -> int:
    return sum(int(np.prod(shape)) for shape in _shapes(case))


def _grown(small: Case, large: Case) -> int:
    """By how much the longest-growing axis of an input is longer."""
    pairs = zip(_shapes(small), _shapes(large), strict=True)
    return max((b - a for one, two in pairs for a, b in zip(one, two, strict=False)), default=0)
