"""Whether a part is right with its arguments in another order, and the sentence that says so."""

from __future__ import annotations

from dataclasses import replace

from grader.calling import Form
from grader.catalogue import Message, say
from grader.compare import agreement
from grader.fitting import other_forms
from grader.grading import Grading, Judged
from grader.judge import judge
from grader.results import CheckResult
from grader.sandbox import Failure


def exchanged(grading: Grading, judged: Judged) -> Message | None:
    """How the arguments must be exchanged for all values to be right, or None."""
    attempt = judged.student.attempt
    part = attempt.part
    is_stopped = judged.failure is not None and judged.failure.is_final
    if attempt.kind != "function" or part.any_order or is_stopped or _has_values(judged):
        return None
    for form in other_forms(grading, judged.student):
        if not _may_fit(judged, form):
            continue
        other = judge(grading, replace(attempt, form=form))
        if _has_values(other):
            return _said(judged, form)
    return None


def _has_values(judged: Judged) -> bool:
    """Whether every check that looks at values gave all its points."""
    checks = zip(judged.student.attempt.part.checks, judged.checks, strict=True)
    return all(_is_full(result) for check, result in checks if check.is_value)


def _is_full(result: CheckResult) -> bool:
    return result.score > result.max_score - 1e-6


def _may_fit(judged: Judged, form: Form) -> bool:
    """Whether the first answer is at all like the reference's, where there is one."""
    student = judged.student.with_attempt(form=form)
    case = student.cases[0]
    expected = student.expected(case)
    try:
        return expected is None or agreement(got=student.answer(case), want=expected) > 0
    except Failure:
        return False


def _said(judged: Judged, form: Form) -> Message:
    part = judged.student.attempt.part
    declared = [item.name for item in part.inputs if item.name in form.roles]
    passed = [role for _, role, _ in form.arguments]
    call = f"{part.name}({', '.join(declared)})"
    moved = [i for i, role in enumerate(passed) if role != declared[i]]
    if moved == [0, 1]:
        return say("note.exchanged_first", call=call)
    if len(moved) == 2:
        first, second = (declared[i] for i in moved)
        return say("note.exchanged", first=first, second=second, call=call)
    return say("note.reordered", call=call)
