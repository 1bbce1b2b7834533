"""Calls a part again where its code could remember something, and sees what is right then.

A function must give the same answer in every call. Where its code may keep something (a global
that it changes, a cache), the part is called for other numbers of the same shapes and for its own
cases in another order, in one process, and then judged again by plain calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grader.assignment import Case, Part
from grader.catalog import Text, say
from grader.judging import known_mistakes
from grader.judging.answer_key import OTHER
from grader.judging.checks import run_check
from grader.judging.context import CandidateResult, Context
from grader.results import CheckResult, CheckStatus, Visibility
from grader.running.candidate import CandidateKind
from grader.running.student import Student
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure
from grader.sandbox.inside import frames

ROUNDING = 1e-6


def judged_again(context: Context, judged: CandidateResult) -> CandidateResult:
    """The same, a check that is only right in a first call having lost its points."""
    first = judged.student
    candidate = first.candidate
    is_called = candidate.kind is not CandidateKind.CELL and candidate.form is not None
    if not (is_called and judged.score and first.may_remember) or first.programs.is_proven:
        return judged
    context.session.budget = Budget.of(context.session.cpu_s)
    others = context.answer_key.others(candidate.part)
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
        if other is None or frames.encode(dict(other.inputs)) == frames.encode(dict(case.inputs)):
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
