"""Runs the checks of a part on one candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.assignment import Advice, Case, Check, Incorrect
from grader.catalog import Message, Text, joined, say
from grader.errors import GraderError
from grader.judging import causes, explain, observed
from grader.judging.best_form import with_form
from grader.judging.context import CandidateResult, Context, OurFault
from grader.judging.leniency import share_kept
from grader.judging.read_globals import globals_for_parameters
from grader.results import CheckResult, CheckStatus, Visibility, rounded_points
from grader.running import drawn
from grader.running.candidate import Candidate
from grader.running.student import Student
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure, FailureReason


def judge(
    context: Context,
    candidate: Candidate,
    *,
    notes: tuple[Message, ...] = (),
    cases: tuple[Case, ...] = (),
    expected: Mapping[str, Any] | None = None,
) -> CandidateResult:
    """The part judged in one way, with a time budget of its own.

    Without a form of call in the candidate, the one that fits best is chosen.
    """
    context.session.budget = Budget.of(context.session.cpu_s)
    student = context.student(replace(candidate, without=context.data_bindings))
    if cases:
        student = context.new_student(student.candidate, cases, expected)
    if candidate.function and candidate.form is None:
        student = with_form(context, student)
    return judge_student(student, notes)


def judge_student(student: Student, notes: tuple[Message, ...] = ()) -> CandidateResult:
    """What the checks of its part give for a student."""
    checks: list[CheckResult] = []
    failure: Failure | None = None
    for check in student.candidate.part.checks:
        result, raised = run_check(check, student, checks, failure)
        failure = failure or raised
        checks.append(result)
    return CandidateResult(student=student, checks=tuple(checks), notes=notes, failure=failure)


def run_check(
    check: Check,
    student: Student,
    before: Sequence[CheckResult],
    failure: Failure | None = None,
) -> tuple[CheckResult, Failure | None]:
    """One check's result, and the Failure that it met."""
    student.ran.clear()
    result, raised = _result(check, student, before, failure)
    kinds = set(student.ran)
    ran = "code" if "code" in kinds else "program" if kinds else ""
    return replace(result, ran=ran), raised


def _result(
    check: Check,
    student: Student,
    before: Sequence[CheckResult],
    failure: Failure | None,
) -> tuple[CheckResult, Failure | None]:
    result = CheckResult(
        name=check.name,
        status=CheckStatus.SKIPPED,
        max_score=check.points,
        visibility=check.visibility,
    )
    if failure is not None and failure.reason is FailureReason.TIMEOUT:
        return replace(result, message=say("grading.no_time")), None
    if check.needs and not any(r.score > 0 for r in before if r.name in check.needs):
        needed = [say("grading.quoted", name=name) for name in check.needs]
        words = say("grading.needs", names=joined("list.or", needed))
        return replace(result, message=words), None
    student.looks.clear()
    try:
        advice = check.run(student)
    except Incorrect as found:
        return _not_right(check, student, result, found), None
    except Failure as raised:
        return _stopped(check, student, result, raised)
    except GraderError:
        raise
    except Exception as error:  # noqa: BLE001  (a check that fails is our fault, not theirs)
        words = say("grading.ours", kind=type(error).__name__)
        return replace(result, status=CheckStatus.ERROR, message=words), OurFault(words)
    share = share_kept(check, student.candidate)
    message = advice.message if isinstance(advice, Advice) else ""
    if share < 1:
        function = student.candidate.function
        read = globals_for_parameters(student) or [g.name for g in student.candidate.part.globals]
        names = joined("list.and", [f"`{name}`" for name in read])
        message = say("grading.globals", n=len(read), name=function, names=names)
        status = CheckStatus.FAILED
    elif check.points == 0 and message:
        status = CheckStatus.ADVICE
    else:
        status = CheckStatus.PASSED
    score = rounded_points(check.points * share)
    return replace(result, status=status, score=score, message=message), None


def _not_right(
    check: Check, student: Student, result: CheckResult, found: Incorrect
) -> CheckResult:
    if packages := _other_figures(student):
        return _not_looked_at(result, packages)
    earned = rounded_points(
        check.points * min(max(found.earned, 0.0), 1.0) * share_kept(check, student.candidate)
    )
    message, hint = _since(check, student, found)
    return replace(
        result,
        status=CheckStatus.FAILED,
        score=earned,
        message=message,
        hint=hint or found.hint or check.hint,
        differences=found.differences,
    )


def _since(check: Check, student: Student, found: Incorrect) -> tuple[Text, Text]:
    """What a check found, with the error of the student's code that it is raised from, if any."""
    raised = found.__cause__
    if not isinstance(raised, Failure) or not raised.kind:
        return found.message, ""
    why = explain.sentence(raised, student.program.place, source=_source(check, student))
    hint = explain.advice(raised, student.assignment.files)
    return say("grading.since", what=found.message, why=why), hint


def _stopped(
    check: Check,
    student: Student,
    result: CheckResult,
    raised: Failure,
) -> tuple[CheckResult, Failure | None]:
    """The result where the student's code stopped, told by what that goes back to."""
    cause = causes.cause(student, raised)
    packages = [] if cause or raised.is_final else _other_figures(student)
    if packages:
        return _not_looked_at(result, packages), None
    told = cause if isinstance(cause, Failure) else raised
    seen = None if cause else observed.told(check, student, raised, source=_source(check, student))
    if isinstance(seen, OurFault):
        assert isinstance(seen.message, Message)
        return replace(result, status=CheckStatus.ERROR, message=seen.message), seen
    message: Text = explain.sentence(told, student.program.place, source=_source(check, student))
    hint = explain.advice(told, student.assignment.files) or check.hint
    if isinstance(cause, causes.Unread):
        message = say("stopped.unread", name=cause.name, why=cause.problem)
        hint = say("stopped.unread_hint")
    if seen is not None:
        message, hint = seen, check.hint or say("grading.observed_hint")
    return replace(
        result,
        status=CheckStatus.ERROR,
        message=message,
        hint=hint,
        stopped_by=told.kind or ("" if told.reason is FailureReason.RAISED else str(told.reason)),
    ), told


def _other_figures(student: Student) -> list[str]:
    """The packages with which the part may have drawn what a check asked for and did not find."""
    return drawn.other_packages(student) if student.looks and not drawn.has_drawn(student) else []


def _not_looked_at(result: CheckResult, packages: Sequence[str]) -> CheckResult:
    """The result of a check of a figure that was drawn by another package than matplotlib."""
    names = joined("list.and", [f"`{name}`" for name in packages])
    return replace(
        result,
        status=CheckStatus.FAILED,
        message=say("grading.other_figures", names=names),
        hint=say("grading.other_figures_hint"),
    )


def _source(check: Check, student: Student) -> str | None:
    """The student's code, which limits what a hidden check says of an error; None for a public."""
    if check.visibility is Visibility.PUBLIC:
        return None
    statements = (statement.text for statement in student.program.statements)
    return "\n".join((*statements, *student.session.modules.values()))
