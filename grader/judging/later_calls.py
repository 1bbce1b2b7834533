"""Calls a part again where its code could remember something, and sees what is right then.

A function must give the same answer in every call. Where its code may keep something (a global
that it changes, a cache), the part is called for other numbers of the same shapes and for its own
cases in another order, in one process, and then judged again by plain calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.assignment import Case, Part
from grader.catalog import Text, say
from grader.judging import known_mistakes
from grader.judging.answer_key import OTHER
from grader.judging.checks import judge_student, run_check
from grader.judging.context import CandidateResult, Context
from grader.results import CheckResult, CheckStatus, Visibility
from grader.running.candidate import CandidateKind
from grader.running.student import Student
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure
from grader.sandbox.inside import frames

ROUNDING = 1e-6
PROBES = 2
"""For so many other cases it is called plainly where there is no public one."""
TIMES = 8
"""So often a call comes before, for an input to be in the place of one that was there before."""


def judged_again(context: Context, judged: CandidateResult) -> CandidateResult:
    """The same, a check that is only right in a first call having lost its points."""
    first = judged.student
    candidate = first.candidate
    is_called = candidate.kind is not CandidateKind.CELL and candidate.form is not None
    if not (is_called and judged.score and first.may_remember):
        return judged
    context.session.budget = Budget.of(context.session.cpu_s)
    others = context.answer_key.others(candidate.part)
    if first.programs.is_proven:
        if not first.programs.keep_something or _is_plainly_the_same(first, others):
            return judged
        as_code = judge_student(first.with_candidate(runs_as_code=True), judged.notes)
        return judged_again(context, as_code)
    before = (*others, *reversed(first.cases))
    later = first.with_candidate(calls_before=before)
    later.counted = first
    checks: list[CheckResult] = []
    for check, result in zip(candidate.part.checks, judged.checks, strict=True):
        again = result
        if check.compares_values and result.score > 0:
            again, raised = run_check(check, later, checks)
            if raised is not None and raised.is_final:
                return judged  # too slow for so many calls, or ended by them: the first ones count
        checks.append(again if again.score < result.score - ROUNDING else result)
    lost = [one is not two for one, two in zip(checks, judged.checks, strict=True)]
    if not any(lost):
        is_measured = candidate.part.free  # a metric of a long training differs by rounding
        if candidate.part.reference is None or is_measured or _gives_the_same(first, later):
            return judged
        checks, lost = _with_a_loss(candidate.part, judged.checks)
    says = _difference(first, later, others)
    told = (
        replace(check, message=says, hint=say("grading.again_hint"), differences=())
        if is_lost
        else check
        for check, is_lost in zip(checks, lost, strict=True)
    )
    return replace(judged, checks=tuple(told), is_first_call_only=True)


def _is_plainly_the_same(first: Student, others: Sequence[Case]) -> bool:
    """Whether plain calls for public cases, after others, give what their programs give.

    Hidden cases stay unknown to code that gives the same program each time; without public ones,
    some that nothing is checked on are called for. They show code that remembers something only
    where it is not traced.
    """
    public = [case for case in first.cases if case.visibility is Visibility.PUBLIC]
    by_name = {case.name: case for case in others}
    known = {case.name: first.expected(case) for case in public}
    called = public or others[:PROBES]
    before = tuple(_changed(case, by_name) for case in called) * TIMES
    later = first.with_candidate(calls_before=before)
    known |= {case.name: None for case in called if case.name not in known}
    return _gives_the_same(first.with_cases(called, known), later)


def _changed(case: Case, others: Mapping[str, Case]) -> Case:
    """A case of the same shapes and other numbers: a drawn one, or smaller ones, reversed."""
    other = others.get(OTHER.format(name=case.name))
    if other is not None and not _are_equal(other, case):
        return other
    return replace(case, inputs={name: _smaller(value) for name, value in case.inputs.items()})


def _smaller(value: Any) -> Any:
    """An array with its rows in reverse order, and half of each if they are floats."""
    if not isinstance(value, np.ndarray):
        return value
    half = value / 2 if value.dtype.kind == "f" else value
    return np.flip(half, 0).astype(value.dtype) if value.ndim else half.astype(value.dtype)


def _are_equal(one: Case, two: Case) -> bool:
    """Whether the inputs of two cases are the same."""
    return frames.encode(dict(one.inputs)) == frames.encode(dict(two.inputs))


def _gives_the_same(first: Student, later: Student) -> bool:
    """Whether the later calls give what the first ones gave, in all that the reference gives too.

    A check may not see it: a loop that JAX traces calls the function only once. Calls that used up
    their time say nothing.
    """
    for case in first.cases:
        try:
            once, again = _answer(first, case), _answer(later, case)
        except Failure:
            return True
        want = first.expected(case)
        if isinstance(want, tuple) and isinstance(once, tuple) and isinstance(again, tuple):
            once, again = once[: len(want)], again[: len(want)]
        if not isinstance(once, str) and not known_mistakes.same(again, once, None):
            return False
    return True


def _with_a_loss(part: Part, checks: Sequence[CheckResult]) -> tuple[list[CheckResult], list[bool]]:
    """The results, the first of a hidden check of values (or else of any) without its points."""
    earned = [
        (check.visibility is Visibility.PUBLIC, not check.compares_values, number)
        for number, (check, result) in enumerate(zip(part.checks, checks, strict=True))
        if result.score > 0
    ]
    *_, chosen = min(earned)
    found = list(checks)
    found[chosen] = replace(found[chosen], status=CheckStatus.FAILED, score=0.0)
    return found, [number == chosen for number in range(len(found))]


def _difference(first: Student, later: Student, others: Sequence[Case]) -> Text:
    """What is wrong with the later calls: an earlier answer again, or another one each time."""
    by_name = {case.name: case for case in others}
    for case in first.cases:
        other = by_name.get(OTHER.format(name=case.name))
        if other is None or _are_equal(other, case):
            continue
        try:
            once, again, earlier = _answer(first, case), _answer(later, case), _answer(later, other)
        except Failure:
            break
        if not known_mistakes.same(again, once, None):
            is_earlier = known_mistakes.same(again, earlier, None)
            return say("grading.again_first" if is_earlier else "grading.again_other")
    return say("grading.again_other")


def _answer(student: Student, case: Case) -> Any:
    """The answer, or what kind of error there is instead. Raises Failure for a final one."""
    try:
        return student.answer(case)
    except Failure as failure:
        if failure.is_final:
            raise
        return failure.kind
