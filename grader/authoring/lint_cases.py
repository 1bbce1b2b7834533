"""The cases and correct answers of a part as they are drawn, and what is wrong with them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grader.answers import leaves
from grader.assignment import Assignment, Case, Part
from grader.assignment.drawing import draw_cases
from grader.assignment.tables import Cases
from grader.authoring.problems import Problem
from grader.authoring.tolerances import arrays
from grader.compare import FLOAT32_RTOL, as_array
from grader.errors import GraderError
from grader.judging.answer_key import generator
from grader.judging.reference_answers import reference_answer, why_none
from grader.running.namespaces import is_raw_key
from grader.sandbox import values

Answers = dict[str, Any]
"""By the case's name; a case without a usable answer is omitted."""
LEAST_EPS = 8.0
"""So many times the precision of its numbers a correct answer may be off by rounding alone."""
LARGEST_RTOL = 0.1
"""Above it, an answer that is off by a tenth passes."""


def cases_of(
    part: Part, seed: int, folder: Path, files: Sequence[str] = ()
) -> tuple[tuple[Case, ...], list[Problem]]:
    """The cases of a part and what is wrong with them; none when they cannot be used."""

    def draw(cases: Cases | None = None) -> tuple[Case, ...]:
        draws = generator(seed, part.name)
        return draw_cases(part, draws, folder=folder, cases=cases, files=files)

    try:
        with without_warnings():
            cases, again = draw(), draw()
            for make in part.cases_if_omitted.values():
                draw(make)
    except GraderError as error:
        where = f"part {part.name!r}: "
        return (), [Problem(line.removeprefix(where), part.name) for line in error.lines]
    return cases, [*_of_cases(part, cases, again)]


def _of_cases(part: Part, cases: Sequence[Case], again: Sequence[Case]) -> Iterator[Problem]:
    for case in cases:
        for name in _lacking(part, case):
            said = f"the input {name!r} is missing; add it to what `cases` returns"
            yield Problem(said, part.name, case.name)
    if not all(_is_same(one, two) for one, two in zip(cases, again, strict=False)):
        said = (
            "the same seed gives different test cases the second time; use only the random "
            "generator that `cases` receives"
        )
        yield Problem(said, part.name)
    if part.reference and _is_of_one_size(cases):
        said = (
            "all test cases have the same size; add another size, so that a hard-coded number fails"
        )
        yield Problem(said, part.name)


def _is_of_one_size(cases: Sequence[Case]) -> bool:
    """Whether arrays that could have another size have the same in all cases.

    Random keys cannot; and where numbers differ, such as steps to go, these may be what counts.
    """
    shapes = {str([np.shape(value) for value in case.leaves()]) for case in cases}
    sized = [v for v in cases[0].leaves() if np.ndim(v) and not is_raw_key("key", v)]
    numbers = {
        str([value for value in case.leaves() if isinstance(value, (int, float))]) for case in cases
    }
    return len(shapes) == 1 and bool(sized) and len(numbers) == 1


def _lacking(part: Part, case: Case) -> list[str]:
    """The inputs that a case should have and has not."""
    return [name for name in part.required if name not in case.inputs]


def _is_same(one: Case, two: Case) -> bool:
    pairs = zip(one.leaves(), two.leaves(), strict=False)
    return all(np.array_equal(a, b) for a, b in pairs) and one.files == two.files


def expected_of(
    assignment: Assignment, part: Part, cases: Sequence[Case]
) -> tuple[Answers, list[Problem]]:
    """The reference's answers, and what is wrong with them."""
    found: Answers = {}
    said = []
    for case in cases if part.reference is not None else ():
        if _lacking(part, case):
            continue  # told before: what the reference says then only follows
        try:
            with (
                np.errstate(all="ignore"),
                without_warnings(),
            ):  # what is odd in the answer is reported below
                value = reference_answer(assignment, part, case)
        except Exception as error:  # noqa: BLE001  (as above)
            words = why_none(part, error, assignment.folder)
            said.append(Problem(words, part.name, case.name))
            continue
        odd = _odd(value)
        if part.free and any(values.is_opaque(leaf) for _, leaf in leaves(value)):
            continue  # its checks say what is looked at
        if odd:
            words = f"the reference returns {odd}; fix the reference or the test case"
            said.append(Problem(words, part.name, case.name))
        else:
            found[case.name] = value
    if found and _is_nothing_compared(part, found):
        words = (
            "the reference returns None in every test case, as does an answer that does nothing; "
            "return a value, or omit `example` and `hidden`"
        )
        said.append(Problem(words, part.name))
    return found, said


def _is_nothing_compared(part: Part, expected: Answers) -> bool:
    """Whether checks compare with a reference that gives nothing."""
    compared = (check for check in part.checks if check.compares_values and check.points)
    is_compared = any(hasattr(check.run, "case_names") for check in compared)
    return is_compared and all(value is None for value in expected.values())


def of_tolerance(part: Part, expected: Answers) -> Iterator[Problem]:
    """A tolerance that the numbers cannot keep to, or that lets nearly anything pass."""
    found = [leaf for value in expected.values() for _, leaf in arrays(value) if leaf is not None]
    inexact = {leaf.dtype for leaf in found if leaf.dtype.kind in "fc"}
    if not inexact:
        return
    coarsest = max(inexact, key=lambda kind: np.finfo(kind).eps)
    eps = float(np.finfo(coarsest).eps)
    rtol = part.tolerance
    if rtol < LEAST_EPS * eps:
        said = (
            f"rtol {rtol:g} is too tight: the reference's answers are {coarsest}, which is "
            f"exact only to {eps:.1e}; use {FLOAT32_RTOL:g}, or {LEAST_EPS * eps:.0e} at least"
        )
        yield Problem(said, part.name)
    if rtol > LARGEST_RTOL:
        said = (
            f"rtol {rtol:g} is too loose: an answer that is off by {rtol:.0%} passes; "
            f"use {FLOAT32_RTOL:g}, or {LARGEST_RTOL:g} at most"
        )
        yield Problem(said, part.name)


def _odd(value: Any) -> str:
    """What is wrong with an expected answer, or ''."""
    for _, leaf in leaves(value):
        if leaf is None or isinstance(leaf, (str, bytes, frozenset, bool, int, float)):
            continue
        array = as_array(leaf)
        if array is None:
            what = getattr(leaf, "type_name", type(leaf).__name__)
            return f"{what}, which is not an array; say with `observe` what of it is looked at"
        if array.dtype.kind in "fc" and np.isnan(array).any():
            return "NaN"
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            return "infinity"
    return ""


def without_warnings() -> warnings.catch_warnings[Any]:
    """Suppress warnings; NaN and infinity are reported from the values themselves."""
    return warnings.catch_warnings(action="ignore")
