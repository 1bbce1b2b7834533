"""Ready-made assignments, parts and checks: an ordinary part in a few lines.

`assignment` finds the files of a folder by their usual names. `part` declares a part that is
right when it gives what its reference gives, on cases that `cover` or `random_cases` draws.
`matches_reference` and `vectorized` are its checks, for parts that need others next to them.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment.case_pattern import has_single, only_the_example, shapes, size, unusual
from grader.assignment.covering import EXAMPLE
from grader.assignment.declaration import Assignment
from grader.assignment.field_values import is_function, is_number, refuse, short
from grader.assignment.part import Check, Incorrect, Part
from grader.assignment.student import Student
from grader.assignment.tables import Case, Cases, Input
from grader.catalog import Text, say
from grader.compare import RESULT, Reason, describe_value, difference
from grader.errors import AssignmentError
from grader.old_names import by_new_names
from grader.reading.python_parser import syntax_tree
from grader.results import Visibility
from grader.sandbox.failures import Failure

__all__ = ["assignment", "matches_reference", "part", "vectorized"]

PASSED_ON = {
    "part": tuple(
        item.name for item in fields(Part) if item.name not in {"name", "checks", "reference"}
    ),
    "assignment": tuple(item.name for item in fields(Assignment) if item.name != "name"),
}
"""Arguments that these take for the Part or the Assignment that they make."""
REFERENCE = "reference.py"
ALTERNATIVES = ("alternative.py", "right.py")
"""Correct solutions in another style than the reference; the second is the old file name."""
_HIDDEN = {
    Reason.STRUCTURE: "ready.hidden_structure",
    Reason.SHAPE: "ready.hidden_shape",
    Reason.DTYPE: "ready.hidden_dtype",
    Reason.FINITE: "ready.hidden_finite",
    Reason.VALUES: "ready.hidden_values",
}
"""What is said of a hidden test case, by how the answer to it differs."""
_MUCH = 8
"""By so much an axis is longer that a step more in the program, for a reason of its own, is none
for each item."""


def assignment(name: str, *, folder: Path, parts: tuple[Part, ...], **more: Any) -> Assignment:
    """The assignment in a folder whose files have the usual names.

    `NAME.ipynb` is the notebook, `reference.py` and `alternative.py` are correct answers for the
    audit. With `alternative.py`, its functions are substitutes for earlier parts that a student has
    wrong. All else (`title`, `total`, ...) is for `Assignment`.
    """
    refuse("assignment", _of_folder(folder))
    others = [folder / file for file in ALTERNATIVES if (folder / file).is_file()][:1]
    solutions = (*(path for path in (folder / REFERENCE,) if path.is_file()), *others)
    values = {
        "notebook": folder / f"{name}.ipynb",
        "solutions": solutions,
        "substitutes": others[0].read_text(encoding="utf-8") if others else "",
        **by_new_names("Assignment", more),
    }
    known = _functions(values["substitutes"])
    if isinstance(parts, tuple) and all(isinstance(part, Part) for part in parts):
        parts = tuple(_with_substitute(part, known) for part in parts)
    return Assignment(name, parts=parts, **values)


def _functions(text: str) -> frozenset[str]:
    """The functions that a text defines; none when it is not Python (reported elsewhere)."""
    try:
        tree = syntax_tree(text)
    except (SyntaxError, TypeError, ValueError):
        return frozenset()
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _with_substitute(part: Part, known: frozenset[str]) -> Part:
    return (
        part if part.substitute or part.name not in known else replace(part, substitute=part.name)
    )


def part(  # noqa: PLR0913  (all but the first by name)
    reference: Callable[..., Any],
    *,
    cases: Cases,
    example: float,
    hidden: float,
    traceable: float = 0.0,
    returns: Sequence[str] = (),
    **more: Any,
) -> Part:
    """A part that is correct when it returns what the reference returns.

    Its name is the reference's, its inputs are the reference's parameters, of which those with a
    default are optional; of what `cases` draw, it gets those. `example` and
    `hidden` are the points for the public case and for the hidden ones, `traceable` those for
    code that JAX can trace and whose program does not grow with the inputs. `returns` names the
    values that come back as a tuple. All else (`title`, `task`, `depends_on`, ...) is for
    `Part`. Raises AssignmentError for arguments of another kind.
    """
    refuse("part", _of_part(reference, cases, returns, example, hidden, traceable))
    public, other = str(say("title.example")), str(say("title.others"))
    checks = [
        Check(
            public,
            matches_reference(EXAMPLE, returns=returns),
            points=example,
            visibility=Visibility.PUBLIC,
        ),
        Check(other, matches_reference(returns=returns), points=hidden),
    ]
    if traceable:
        checks.append(
            Check(
                str(say("title.vectorized")),
                vectorized(),
                points=traceable,
                compares_values=False,
                needs=(public, other),
            )
        )
    named = [
        item
        for item in inspect.signature(reference).parameters.values()
        if item.kind not in {item.VAR_POSITIONAL, item.VAR_KEYWORD}
    ]
    inputs = (Input(item.name, is_optional=item.default is not item.empty) for item in named)
    more.setdefault("inputs", tuple(inputs))
    return Part(
        reference.__name__,
        reference=reference,
        cases=_with_inputs(cases, [item.name for item in named]),
        checks=tuple(checks),
        **more,
    )


def _with_inputs(cases: Cases, names: Sequence[str]) -> Cases:
    """The same cases, with those of their inputs that have these names."""

    def fewer(draw: np.random.Generator) -> tuple[Case, ...]:
        return tuple(
            replace(case, inputs={n: value for n, value in case.inputs.items() if n in names})
            for case in cases(draw)
        )

    return fewer


def matches_reference(*names: str, returns: Sequence[str] = ()) -> Callable[[Student], None]:
    """A check that the results match the reference solution within the part's tolerance.

    Without names, all hidden cases. `returns` are the names of the values in a returned tuple.
    What is told of a hidden case does not give its values away.
    """

    def check(student: Student) -> None:
        for case in _named(student, names):
            try:
                _same(student, case, returns)
            except (Incorrect, Failure) as found:
                if case.visibility is Visibility.PUBLIC:
                    raise
                raise _pattern(student, found) from None

    check.__doc__ = "The results match the reference solution."
    check.case_names = names  # type: ignore[attr-defined]
    return check


def vectorized(*names: str) -> Callable[[Student], None]:
    """A check that JAX can trace the part and that the program does not grow with the input.

    Compares the smallest of these cases with one of each larger size; without names, of the hidden
    ones. Those with an axis of length 1 are left out where the others are of two sizes, since JAX
    needs fewer steps for a single item. Raises AssignmentError when all are of one size.
    """

    def check(student: Student) -> None:
        compared = _by_size(_named(student, names))
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


# Behind them -------------------------------------------------------------------------------


def _of_folder(folder: Any) -> Iterator[str]:
    if not isinstance(folder, Path):
        got = short(folder)
        yield f"folder: expected a path, got {got}; write folder=Path(__file__).parent"


def _of_part(reference: Any, cases: Any, returns: Any, *points: Any) -> Iterator[str]:
    if not is_function(reference) or not hasattr(reference, "__name__"):
        got = short(reference)
        yield f"reference: expected a function, got {got}; pass reference.NAME without calling it"
    if not is_function(cases):
        got = short(cases)
        yield (
            f"cases: expected a function that draws test cases, got {got}; write "
            "cases=ready.random_cases(...)"
        )
    for name, value in zip(("example", "hidden", "traceable"), points, strict=True):
        if not is_number(value) or not (math.isfinite(value) and value >= 0):
            yield f"{name}: expected points, a number of at least 0, got {short(value)}; change it"
    is_names = isinstance(returns, (tuple, list)) and all(isinstance(n, str) for n in returns)
    if not is_names:
        yield f"returns: expected a tuple of names, got {short(returns)}; put a comma after it"


def _named(student: Student, names: Sequence[str]) -> list[Case]:
    """The cases of these names, or the hidden ones. That the names are there is made sure of."""
    found = {case.name: case for case in student.cases}
    if names:
        return [found[name] for name in names]
    return [case for case in found.values() if case.visibility is Visibility.HIDDEN]


def _same(student: Student, case: Case, returns: Sequence[str]) -> None:
    got, want = student.answer(case), student.expected(case)
    if not isinstance(want, tuple):
        _compare(case, got, want, RESULT, student.rtol)
        return
    names: list[Text] = [f"`{name}`" for name in returns]
    names = names or [say("value.numbered", position=n) for n in range(1, len(want) + 1)]
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        if case.visibility is Visibility.HIDDEN:
            raise Incorrect(say("ready.hidden_count", returns=len(want)))
        raise Incorrect(say("difference.count", what=describe_value(got), count=len(want)))
    for mine, right, name in zip(got, want, names, strict=True):
        _compare(case, mine, right, name, student.rtol)


def _compare(case: Case, got: Any, want: Any, name: Text, rtol: float) -> None:
    found = difference(got=got, want=want, name=name, rtol=rtol, ignore_kind=_is_float(want))
    if found is None:
        return
    if case.visibility is Visibility.PUBLIC:
        raise Incorrect(found.message, differences=(found,))
    raise Incorrect(found.message if got is None else say(_HIDDEN[found.reason], name=name))


def _is_float(want: Any) -> bool:
    return np.asarray(want).dtype.kind == "f"


def _pattern(student: Student, found: Exception) -> Exception:
    """What is said of a hidden case, by how the answers to the other cases are."""
    if isinstance(found, Failure) and found.is_final:
        return found
    is_right = partial(_is_right, student)
    try:
        if only_the_example(student.cases, is_right):
            return Incorrect(say("ready.only_the_example"))
        if isinstance(found, Incorrect):
            return Incorrect(found.message, hint=unusual(student.cases, is_right))
    except Failure:  # no time is left for the other cases
        return found
    return found


def _is_right(student: Student, case: Case) -> bool:
    try:
        _same(student, case, ())
    except Incorrect:
        return False
    except Failure as failure:
        if failure.is_final:
            raise
        return False
    return True


def _by_size(cases: Sequence[Case]) -> list[Case]:
    """The smallest of the cases, then one of each much larger size; the largest if there is none.

    Nothing more than the smallest where none is larger along an axis.
    """
    different = list({str(shapes(case)): case for case in reversed(cases)}.values())
    by_size = sorted(different, key=lambda case: size(shapes(case)))
    usual = [case for case in by_size if not has_single(case)]
    for found in (usual, by_size):
        grown = {at: _grown(found[0], case) for at, case in enumerate(found) if at}
        much = [at for at in grown if grown[at] >= min(_MUCH, max(grown.values()))]
        if grown and max(grown.values()) > 0:
            return [found[0], *(found[at] for at in much)]
    return by_size[:1]


def _grown(small: Case, large: Case) -> int:
    """By how much the longest-growing axis of an input is longer."""
    pairs = zip(shapes(small), shapes(large), strict=True)
    return max((b - a for one, two in pairs for a, b in zip(one, two, strict=False)), default=0)
