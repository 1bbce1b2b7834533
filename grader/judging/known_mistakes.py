"""Recognizes the known mistake whose answers equal the student's, if exactly one does.

A mistake is told only when the part is not all right, when its prediction differs from the
correct answer, when it fits on at least two cases of different sizes or files, and when no other
fits as well. The mistakes' text is run here, by the judge, with NumPy in the place of `jax.numpy`.
"""

from __future__ import annotations

import inspect
import re
import sys
import threading
import warnings
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from grader import answers
from grader.answers import pairs
from grader.assignment import Assignment, Case, Mistake, Part
from grader.assignment.files import beside, laid
from grader.compare import FLOAT32_RTOL, as_array, difference
from grader.judging.reference_answers import looked_at, module_of, plain, plain_answer
from grader.running.namespaces import is_raw_key
from grader.running.student import Student
from grader.sandbox.failures import Failure
from grader.sandbox.inside.evaluator import programs
from grader.sandbox.inside.frames import Plain
from grader.sandbox.inside.trusted import LOADED

MIN_CASES = 2


def recognize(student: Student, assignment: Assignment, part: Part) -> Mistake | None:
    """The one known mistake of the part that the student's answers equal, or None."""
    if not part.mistakes:
        return None
    answers: dict[str, Any] = {}
    for case in student.cases:
        try:
            answers[case.name] = student.answer(case)
        except Failure as failure:
            if failure.is_final:
                return None
    fitting: dict[str, tuple[tuple[int, int], Mistake]] = {}
    for mistake in part.mistakes:
        cases = [case for case in student.cases if case.name in answers]
        explained = _explains(mistake, assignment, part, cases, answers, student)
        if any(explained):
            fitting[mistake.name] = (explained, mistake)
    if not fitting:
        return None
    most = max(count for count, _ in fitting.values())
    best = [mistake for count, mistake in fitting.values() if count == most]
    return best[0] if len(best) == 1 else None


def _explains(  # noqa: PLR0913, PLR0917  (what it depends on)
    mistake: Mistake,
    assignment: Assignment,
    part: Part,
    cases: Sequence[Case],
    answers: Mapping[str, Any],
    student: Student,
) -> tuple[int, int]:
    """How many returned values the mistake explains, on how many cases that show it.

    Nothing, if it does not explain them on every such case, or if there are too few.
    """
    shown: set[tuple[Any, ...]] = set()
    count = 0
    outputs = mistake.compare_outputs or (None,)
    for case, size in zip(cases, sizes(cases), strict=True):
        predicted = _predicted(mistake, assignment, part, case)
        if predicted is None:
            continue
        right = student.expected(case)
        if all(same(predicted, right, i, rtol=part.tolerance) for i in outputs):
            continue
        got = answers[case.name]
        if not all(same(got, predicted, i, rtol=part.tolerance) for i in outputs):
            return 0, 0
        count += 1
        files = [content.digest for content in laid(case).values()]
        shown.add((*size, *files))
    return (len(outputs), count) if len(shown) >= MIN_CASES else (0, 0)


def sizes(cases: Sequence[Case]) -> list[tuple[Any, ...]]:
    """What cases of one size have in common: their shapes.

    Where all have the same, they differ by their keys and by what is no array: steps to go, say.
    """
    shapes = [tuple(np.shape(leaf) for leaf in case.leaves()) for case in cases]
    if len(set(shapes)) > 1:
        return shapes
    return [
        tuple(
            repr(np.asarray(leaf).tolist())
            for leaf in case.leaves()
            if not isinstance(leaf, np.ndarray) or is_raw_key("key", leaf)
        )
        for case in cases
    ]


def same(got: Any, want: Any, index: int | None, *, rtol: float = FLOAT32_RTOL) -> bool:
    """Whether two answers, or the values at an index in both, agree in all and in kind."""
    both = pairs(got=_pick(got, index), want=_pick(want, index))
    return both is not None and all(_is_same_leaf(g, w, rtol) for _, g, w in both)


def _pick(value: Any, index: int | None) -> Any:
    if index is None:
        return value
    is_there = isinstance(value, (tuple, list)) and len(value) > index
    return value[index] if is_there else None


def _is_same_leaf(got: Any, want: Any, rtol: float) -> bool:
    if isinstance(want, (str, bytes, frozenset)):
        return type(got) is type(want) and bool(got == want)
    if want is None or as_array(want) is None:
        return got is None and want is None
    return difference(got=got, want=want, rtol=rtol, ignore_kind=False) is None


_lock = threading.Lock()
_cache: weakref.WeakKeyDictionary[Case, dict[str, Any]] = weakref.WeakKeyDictionary()


def _predicted(mistake: Mistake, assignment: Assignment, part: Part, case: Case) -> Any:
    """The prediction, computed once for a class; the mistakes' globals serve one at a time."""
    with _lock:
        known = _cache.setdefault(case, {})
        name = f"{part.name}.{mistake.name}"
        if name not in known:
            known[name] = predict(mistake, assignment, part, case)
        return known[name]


def predict(mistake: Mistake, assignment: Assignment, part: Part, case: Case) -> Any:
    """What the mistake answers on a case, as plain arrays; None when it gives no plain answer."""
    try:
        return call(mistake, assignment, part, case)
    except Exception:  # noqa: BLE001  (a mistake may well raise; then it predicts nothing)
        return None


def call(mistake: Mistake, assignment: Assignment, part: Part, case: Case) -> Any:
    """The same, but what it raises is raised; None where the case lacks one of its inputs."""
    # What is looked at by an expression, or computes with functions and keys, needs JAX.
    is_numeric = not part.observe and all(map(_is_numeric, case.inputs.values()))
    space = _namespace(assignment.substitutes, mistake.function.__module__, with_numpy=is_numeric)
    function = space.get(mistake.name)
    if function is None or not all(name in case.inputs for name in part.required):
        return None
    space.update(case.globals)
    quiet = warnings.catch_warnings(action="ignore")
    with np.errstate(all="ignore"), quiet, programs.evaluated(), beside(case):
        if not is_numeric:
            around = {**module_of(part.reference), **space} if part.reference else space
            return plain_answer(assignment, part, case, function, around)
        if {*part.required} <= {*inspect.signature(function).parameters}:
            # What JAX gave, as `jax.nn` does for NumPy arrays, is compared as NumPy's.
            return plain(looked_at(part, case, function, space))
        return plain(function(*(case.inputs[name] for name in part.required)))


def _is_numeric(value: Any) -> bool:
    """Whether it is an array, a number or a tuple or list of them, as NumPy computes with."""
    leaves = (leaf for _, leaf in answers.leaves(value))
    usual = (np.ndarray, np.generic, Plain, bool, int, float, complex, str, type(None))
    return all(isinstance(leaf, usual) for leaf in leaves)


@cache
def _namespace(stand_ins: str, module: str, *, with_numpy: bool) -> dict[str, Any]:
    """The mistakes' module and the right functions that they may call, over NumPy."""
    place = getattr(sys.modules[module], "__file__", "")
    space: dict[str, Any] = {"__name__": LOADED, "__package__": "", "__file__": place}
    exec(compile(stand_ins, "<stand-ins>", "exec", dont_inherit=True), space)  # noqa: S102  (the assignment's own text)
    source = inspect.getsource(sys.modules[module])
    exec(compile(source, "<mistakes>", "exec", dont_inherit=True), space)  # noqa: S102
    if with_numpy:
        space["jnp"] = np
    return space


def marked_line(mistake: Mistake, lines: Sequence[str]) -> int | None:
    """The index of the one line where the mistake shows, or None when it is not exactly one."""
    if not mistake.line_pattern:
        return None
    found = [i for i, line in enumerate(lines) if re.search(mistake.line_pattern, line)]
    return found[0] if len(found) == 1 else None
