"""Ready-made assignments, parts, cases and checks: an ordinary part in a few lines.

`assignment` finds the files of a folder by their usual names. `part` declares a part that is
right when it gives what its reference gives, on cases that `drawn` draws. `equal` and
`vectorised` are its checks, for parts that need others beside them.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment import Assignment, Case, Check, Input, Part, Visibility
from grader.ready_checks import equal, vectorised

__all__ = ["assignment", "drawn", "equal", "part", "vectorised"]

Cases = Callable[[np.random.Generator], tuple[Case, ...]]
EXAMPLE = "example"
EXAMPLE_SEED = 20
"""The example is the same for everybody, and for every run."""
PASSED_ON = {
    "part": tuple(
        item.name for item in fields(Part) if item.name not in {"name", "checks", "reference"}
    ),
    "assignment": tuple(item.name for item in fields(Assignment) if item.name != "name"),
}
"""Arguments that these take for the Part or the Assignment that they make."""
REFERENCE, RIGHT = "reference.py", "right.py"


def assignment(name: str, *, folder: Path, parts: tuple[Part, ...], **more: Any) -> Assignment:
    """The assignment in a folder whose files have the usual names.

    `NAME.ipynb` is the notebook, `reference.py` and `right.py` are right answers for the audit.
    With `right.py`, its functions stand in for earlier parts that a student has wrong. All else
    (`title`, `total`, ...) is for `Assignment`.
    """
    right = folder / RIGHT
    solutions = tuple(path for path in (folder / REFERENCE, right) if path.is_file())
    text = right.read_text(encoding="utf-8") if right.is_file() else ""
    values = {
        "notebook": folder / f"{name}.ipynb",
        "solutions": solutions,
        "stand_ins": text,
        **more,
    }
    known = _functions(values["stand_ins"])
    return Assignment(name, parts=tuple(_with_stand_in(part, known) for part in parts), **values)


def _functions(text: str) -> frozenset[str]:
    """The functions that a text defines; none when it is no Python, which is told elsewhere."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset()
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _with_stand_in(part: Part, known: frozenset[str]) -> Part:
    return part if part.stand_in or part.name not in known else replace(part, stand_in=part.name)


def drawn(
    inputs: Callable[[np.random.Generator, int], Mapping[str, Any]],
    *,
    example: int,
    hidden: Sequence[int],
) -> Cases:
    """The cases of a part: a public one of the size `example`, and a hidden one for each size.

    `inputs(draw, size)` gives the inputs by name. Floats are rounded to float32, so that the
    student and the reference compute with the same numbers. Name two hidden sizes or more: what
    is right for one size only must show.
    """

    def cases(draw: np.random.Generator) -> tuple[Case, ...]:
        first = _rounded(inputs(np.random.default_rng(EXAMPLE_SEED), example))
        others = [(f"hidden {n}", _rounded(inputs(draw, n))) for n in hidden]
        return (
            Case(EXAMPLE, inputs=first, visibility=Visibility.PUBLIC),
            *(Case(name, inputs=values) for name, values in others),
        )

    return cases


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
    """A part that is right when it gives what the reference gives.

    Its name is the reference's, its inputs are the reference's parameters, of which those with a
    default are optional; of what `cases` draw, it gets those. `example` and
    `hidden` are the points for the public case and for the hidden ones, `traceable` those for
    code that JAX can trace and whose program does not grow with the inputs. `returns` names the
    values that come back as a tuple. All else (`title`, `task`, `mistakes`, `uses`, ...) is for
    `Part`.
    """
    public, other = "the example", "other inputs"
    checks = [
        Check(
            public, equal(EXAMPLE, returns=returns), points=example, visibility=Visibility.PUBLIC
        ),
        Check(other, equal(returns=returns), points=hidden),
    ]
    if traceable:
        checks.append(
            Check(
                "vectorised and traceable",
                vectorised(),
                points=traceable,
                is_value=False,
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


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _as_float32(value) for name, value in values.items()}


def _as_float32(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_as_float32(item) for item in value)
    is_wide = isinstance(value, (np.ndarray, np.floating)) and value.dtype == np.float64
    return np.asarray(value, np.float32) if is_wide else value
