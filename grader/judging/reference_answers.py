"""What a trusted function gives for a case: the reference, a stand-in, or a known mistake.

All are looked at as the student's answer is: by the part's `observe`, with the same helpers.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.answers import mapped
from grader.assignment import Assignment, Case, Part, files
from grader.assignment.source_lines import place, raised, summary
from grader.errors import AssignmentError
from grader.sandbox import values

CALL = "{call}"
FUNCTION = "_part_"
"""What the function is called in the expression of its call."""


def reference_answer(assignment: Assignment, part: Part, case: Case) -> Any:
    """The reference's answer to a case as plain data, given the inputs it has as parameters.

    Raises AssignmentError where an input is missing, or a name; whatever the reference raises.
    """
    assert part.reference is not None
    for name in part.required:
        if name not in case.inputs:
            where = f"part {part.name!r}, test case {case.name!r}"
            msg = f"{where}: the input {name!r} is missing; add it to what `cases` returns"
            raise AssignmentError(msg)
    return plain_answer(assignment, part, case, part.reference, module_of(part.reference))


def plain_answer(
    assignment: Assignment,
    part: Part,
    case: Case,
    function: Callable[..., Any],
    beside: Mapping[str, Any],
) -> Any:
    """A function's answer to a case as plain data; `beside` are the names defined with it."""
    with values.precision(float64=assignment.float64), files.beside(case):
        return plain(looked_at(part, case, function, beside))


def why_none(part: Part, error: Exception, folder: Path) -> str:
    """What raised instead of giving the reference's answer, and what to do about it."""
    at = place(error, folder, values.OURS)
    own = at.partition(",")[0]
    msg = f"the reference raised {raised(error, folder)}; fix the reference"
    if own == values.HELPERS:
        where = at.replace(own, "`helpers`")
        return f"{where}: {summary(error)}; fix the helpers"
    if own == values.CODE:
        return f"`ready.code` raised {summary(error)}; fix the text"
    if own == values.EXPRESSION and part.observed:
        return f"`observe` raised {summary(error)}; fix the expression"
    return msg


def looked_at(
    part: Part, case: Case, function: Callable[..., Any], beside: Mapping[str, Any]
) -> Any:
    """What a function gives for a case, or what `observe` makes of that.

    Raises AssignmentError where an expression needs a name that is not there; whatever the
    function raises.
    """
    known = _known(part, beside)
    inputs = {name: values.evaluated(value, known) for name, value in case.inputs.items()}
    call = f"{FUNCTION}({', '.join(_arguments(function, inputs))})"
    expression = (part.observed or CALL).replace(CALL, call)
    return values.run(expression, {**known, **inputs, FUNCTION: function})


def _known(part: Part, beside: Mapping[str, Any]) -> dict[str, Any]:
    """The names of helpers, and those that the part needs."""
    missing = [name for name in part.needs if name not in beside]
    if missing:
        where = f"part {part.name!r}"
        msg = f"{where}: needs {missing[0]!r}, which its reference's file does not define; add it"
        raise AssignmentError(msg)
    return {**{name: beside[name] for name in part.needs}, **values.trusted(part.helper_text)}


def _arguments(function: Callable[..., Any], inputs: Mapping[str, Any]) -> Iterator[str]:
    """How the inputs are passed, in the order of the parameters."""
    parameters = inspect.signature(function).parameters.values()
    is_variadic = any(item.kind is item.VAR_POSITIONAL for item in parameters)
    before = is_variadic
    for item in parameters:
        if item.kind is item.VAR_KEYWORD:
            named = {one.name for one in parameters}
            yield from (f"{name}={name}" for name in inputs if name not in named)
        elif item.name not in inputs:
            continue
        elif item.kind is item.VAR_POSITIONAL:
            before = False
            yield f"*{item.name}"
        elif item.kind is item.POSITIONAL_ONLY or (before and item.kind is not item.KEYWORD_ONLY):
            yield item.name
        else:
            yield f"{item.name}={item.name}"


def module_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The names of the module that a function or a class is defined in."""
    found = getattr(function, "__globals__", None)
    if isinstance(found, dict):
        return found
    return vars(sys.modules.get(getattr(function, "__module__", ""), object()))


def plain(value: Any) -> Any:
    """A value as plain data, with NumPy arrays for all numbers."""
    return mapped(_as_array, values.to_plain(value))


def _as_array(leaf: Any) -> Any:
    is_number = isinstance(leaf, (bool, int, float, complex))
    if not is_number:
        return leaf
    try:
        array = np.asarray(leaf)
    except OverflowError:
        return leaf
    return array if array.dtype.kind != "O" else leaf
