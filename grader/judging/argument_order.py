"""Detects that a part is correct with its arguments in another order."""

from __future__ import annotations

from dataclasses import replace

from grader.catalog import Message
from grader.compare import matching_share
from grader.judging.best_form import other_forms
from grader.judging.checks import judge
from grader.judging.context import CandidateResult, Context
from grader.results import CheckResult
from grader.running.call_forms import Form, order_told
from grader.running.candidate import CandidateKind
from grader.sandbox.failures import Failure


def exchanged(context: Context, judged: CandidateResult) -> Message | None:
    """How the arguments must be exchanged for all values to be right, or None."""
    candidate = judged.student.candidate
    part = candidate.part
    is_stopped = judged.failure is not None and judged.failure.is_final
    if (
        candidate.kind is not CandidateKind.FUNCTION
        or part.any_order
        or is_stopped
        or _has_values(judged)
    ):
        return None
    for form in other_forms(context, judged.student):
        if not _may_fit(judged, form):
            continue
        other = judge(context, replace(candidate, form=form))
        if _has_values(other):
            return order_told(form, part.name, part.inputs)
    return None


def _has_values(judged: CandidateResult) -> bool:
    """Whether every check that looks at values gave all its points."""
    checks = zip(judged.student.candidate.part.checks, judged.checks, strict=True)
    return all(_is_full(result) for check, result in checks if check.compares_values)


def _is_full(result: CheckResult) -> bool:
    return result.score > result.max_score - 1e-6


def _may_fit(judged: CandidateResult, form: Form) -> bool:
    """Whether the first answer is at all like the reference's, where there is one."""
    student = judged.student.with_candidate(form=form)
    case = student.cases[0]
    expected = student.expected(case)
    try:
        return expected is None or matching_share(got=student.answer(case), want=expected) > 0
    except Failure:
        return False
