"""Ready-made assignments, parts and checks: an ordinary part in a few lines.

`assignment` finds the files of a folder by their usual names. `part` declares a part that is
right when it gives what its reference gives, on cases that `cover` or `random_cases` draws.
`matches_reference` and `vectorized` are its checks, for parts that need others next to them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from grader.answers import leaves, matched
from grader.assignment.case_pattern import only_the_example, unusual
from grader.assignment.covering import EXAMPLE
from grader.assignment.declaration import Assignment
from grader.assignment.field_values import is_function, is_number, refuse, short, with_article
from grader.assignment.part import Check, Incorrect, Part
from grader.assignment.part_texts import statements_in
from grader.assignment.student import Student
from grader.assignment.tables import Case, Cases, Input
from grader.assignment.vectorized import named_cases, vectorized
from grader.catalog import Text, say
from grader.compare import RESULT, Reason, describe_value, difference
from grader.errors import AssignmentError
from grader.old_names import by_new_names
from grader.reading.python_parser import syntax_tree
from grader.results import Visibility
from grader.sandbox.failures import Failure
from grader.sandbox.inside.frames import Code
from grader.sandbox.values import is_opaque

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
_PRECISION = "difference.precision"
_GENERAL = frozenset(
    {
        "difference.nothing",
        "difference.no_key",
        "difference.extra_key",
        "difference.no_field",
        "difference.extra_field",
        _PRECISION,
    }
)
"""What may be said of a hidden test case as it is."""


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
    """What a text defines; nothing when it is not Python (reported elsewhere)."""
    try:
        syntax_tree(text)
    except (SyntaxError, TypeError, ValueError):
        return frozenset()
    defined = (s for s in statements_in(text) if s.is_definition)
    return frozenset(name for s in defined for name in s.binds)


def _with_substitute(part: Part, known: frozenset[str]) -> Part:
    return (
        part if part.substitute or part.name not in known else replace(part, substitute=part.name)
    )


def part(  # noqa: PLR0913  (all but the first by name)
    reference: Callable[..., Any],
    *,
    cases: Cases,
    example: float = 0.0,
    hidden: float = 0.0,
    traceable: float = 0.0,
    returns: Sequence[str] = (),
    checks: tuple[Check, ...] = (),
    **more: Any,
) -> Part:
    """A part that is correct when it returns what the reference returns.

    Its name is the reference's, a function or a class. Its inputs are the reference's parameters:
    those with a default are optional, those after a `*` are passed by name, and for `*args` an
    input of that name is a tuple that is passed as so many arguments. Other inputs of a case are
    there for expressions alone. `example` and `hidden` are the points for the public case and for
    the hidden ones, `traceable` those for code that JAX can trace and whose program does not grow
    with the inputs; a check without points is left out. `returns` names the values that come back
    as a tuple. `checks` come after these. All else (`title`, `task`, `observe`, `depends_on`, ...)
    is for `Part`. Raises AssignmentError for arguments of another kind.
    """
    refuse("part", _of_part(reference, cases, returns, example, hidden, traceable))
    refuse("part", _of_checks(checks))
    inputs = tuple(_inputs(reference))
    more.setdefault("inputs", inputs)
    is_all_looked_at = bool(more.get("observe") or checks)
    names = None if is_all_looked_at else [item.name for item in inputs]
    return Part(
        reference.__name__,
        reference=reference,
        cases=cases if names is None else _with_inputs(cases, names),
        checks=(*_ready_checks(example, hidden, traceable, returns), *checks),
        **more,
    )


def _ready_checks(
    example: float, hidden: float, traceable: float, returns: Sequence[str]
) -> list[Check]:
    """The usual checks that have points."""
    public, other = str(say("title.example")), str(say("title.others"))
    found = []
    if example:
        run = matches_reference(EXAMPLE, returns=returns)
        found.append(Check(public, run, points=example, visibility=Visibility.PUBLIC))
    if hidden:
        found.append(Check(other, matches_reference(returns=returns), points=hidden))
    if traceable:
        found.append(
            Check(
                str(say("title.vectorized")),
                vectorized(),
                points=traceable,
                compares_values=False,
                needs=tuple(check.name for check in found),
            )
        )
    return found


def _inputs(reference: Callable[..., Any]) -> Iterator[Input]:
    """The inputs that a function takes, or a class where objects of it are made."""
    for item in inspect.signature(reference).parameters.values():
        if item.kind is not item.VAR_KEYWORD:
            yield Input(
                item.name,
                is_optional=item.default is not item.empty,
                is_keyword=item.kind is item.KEYWORD_ONLY,
                is_variadic=item.kind is item.VAR_POSITIONAL,
            )


def _with_inputs(cases: Cases, names: Sequence[str]) -> Cases:
    """The same cases, with those of their inputs that have these names."""

    def made(draw: Cases) -> Cases:
        def fewer(generator: np.random.Generator) -> tuple[Case, ...]:
            return tuple(
                replace(case, inputs={n: value for n, value in case.inputs.items() if n in names})
                for case in draw(generator)
            )

        return fewer

    found = made(cases)
    if hasattr(cases, "exact"):
        found.exact = made(cases.exact)  # type: ignore[attr-defined]
    return found


def matches_reference(*names: str, returns: Sequence[str] = ()) -> Callable[[Student], None]:
    """A check that the results match the reference solution within the part's tolerance.

    Without names, all hidden cases. `returns` are the names of the values in a returned tuple.
    What is told of a hidden case does not give its values away.
    """

    def check(student: Student) -> None:
        for case in named_cases(student, names):
            try:
                _same(student, case, returns)
            except (Incorrect, Failure) as found:
                if case.visibility is Visibility.PUBLIC:
                    raise
                raise _pattern(student, found) from None

    check.__doc__ = "The results match the reference solution."
    check.case_names = names  # type: ignore[attr-defined]
    return check


# Behind them -------------------------------------------------------------------------------


def _of_folder(folder: Any) -> Iterator[str]:
    if not isinstance(folder, Path):
        got = short(folder)
        yield f"folder: expected a path, got {got}; write folder=Path(__file__).parent"


def _of_checks(checks: Any) -> Iterator[str]:
    if not isinstance(checks, tuple) or not all(isinstance(one, Check) for one in checks):
        do = "put a comma after it" if isinstance(checks, Check) else "write (Check(...),)"
        yield f"checks: expected a tuple of checks, got {short(checks)}; {do}"


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


def _same(student: Student, case: Case, returns: Sequence[str]) -> None:
    got, want = student.answer(case), _comparable(student, case)
    named = _by_name(student, got, want)
    is_tuple = isinstance(got, tuple) or not student.is_strict
    if named is None and isinstance(want, tuple) and is_tuple:
        named = _by_position(case, got, want, returns)
    for mine, right, name in [(got, want, RESULT)] if named is None else named:
        _compare(student, case, mine, right, name)


def _comparable(student: Student, case: Case) -> Any:
    """What the reference gives. Raises AssignmentError for what cannot be compared."""
    want = student.expected(case)
    odd = next((leaf for _, leaf in leaves(want) if is_opaque(leaf)), None)
    if odd is not None:
        where = f"part {student.part_name!r}, test case {case.name!r}"
        is_beyond = odd.why in {"large", "many", "deep"}
        what = "more than can be compared" if is_beyond else with_article(odd.why or odd.type_name)
        do = 'say with `observe` what is looked at, as in observe="list({call})"'
        raise AssignmentError(f"{where}: the reference returns {what}; {do}")
    return want


def _by_name(student: Student, got: Any, want: Any) -> list[tuple[Any, Any, Text]] | None:
    """What is looked at by name, where several things are."""
    names = student.observes
    if not names or not isinstance(got, dict):
        return None
    return [(got.get(name), want[name], f"`{name}`") for name in names]


def _by_position(
    case: Case, got: Any, want: tuple[Any, ...], returns: Sequence[str]
) -> list[tuple[Any, Any, Text]]:
    """The values of a returned tuple with what they are called."""
    names: list[Text] = [f"`{name}`" for name in returns]
    names = names or [say("value.numbered", position=n) for n in range(1, len(want) + 1)]
    mine = matched(got=got, want=want)
    if mine is None:
        if case.visibility is Visibility.HIDDEN:
            raise Incorrect(say("ready.hidden_count", returns=len(want)))
        raise Incorrect(say("difference.count", what=describe_value(got), count=len(want)))
    return list(zip(mine, want, names, strict=True))


def _compare(student: Student, case: Case, got: Any, want: Any, name: Text) -> None:
    found = difference(
        got=got,
        want=want,
        name=name,
        rtol=student.rtol,
        ignore_kind=None,
        strict_tree=student.is_strict,
    )
    if found is None:
        return
    if case.visibility is Visibility.PUBLIC:
        raise Incorrect(found.message, hint=_code_in(case), differences=(found,))
    if found.message_id in _GENERAL:
        raise Incorrect(found.message)
    is_tree = found.reason is Reason.STRUCTURE and found.message_id != "difference.structure"
    raise Incorrect(say("ready.hidden_tree" if is_tree else _HIDDEN[found.reason], name=found.name))


def _code_in(case: Case) -> Text:
    """The functions that a public case passes, as they are written; '' where there are none."""
    given = [f"`{name} = {x.expression}`" for name, x in case.inputs.items() if isinstance(x, Code)]
    return say("ready.with_code", code=", ".join(given)) if given else ""


def _pattern(student: Student, found: Exception) -> Exception:
    """What is said of a hidden case, by how the answers to the other cases are."""
    if isinstance(found, Failure) and found.is_final:
        return found
    is_right = partial(_is_right, student)
    if isinstance(found, Incorrect) and getattr(found.message, "id", "") == _PRECISION:
        return found
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
