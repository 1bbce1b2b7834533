"""Chooses the call form that fits a student's function best."""

from __future__ import annotations

from collections.abc import Sequence

from grader.assignment import Case, Input
from grader.compare import matching_share
from grader.judging.context import Context
from grader.running.call_forms import Form, forms, other_orders, parameters_of
from grader.running.candidate import CandidateKind
from grader.running.student import Student
from grader.sandbox.failures import Failure

GOOD_FIT = 0.5
"""A form of call with which so much of the answer is right needs no other to be tried."""


def with_form(context: Context, student: Student) -> Student:
    """The student with the form of call that fits best on the first case."""
    candidate = student.candidate
    called = candidate.part
    if candidate.kind is CandidateKind.THROUGH and called.inlined_in:
        called = context.assignment.part(called.inlined_in.part)
    student, described = _described(context, student)
    parameters = parameters_of(described.get("parameters"))
    inputs = _given(called.inputs, student.cases)
    found = forms(candidate.function, parameters, inputs, any_order=called.any_order)
    best: tuple[float, int, Student] | None = None
    for number, form in enumerate(found):
        on_first_case = student.with_candidate(form=form).with_cases(student.cases[:1])
        if len(found) == 1:
            return student.with_candidate(form=form)
        fit = _fit(on_first_case)
        if best is None or fit > best[0]:
            best = (fit, number, student.with_candidate(form=form))
        if fit >= GOOD_FIT:
            break
    if best is not None and best[0] <= 0:  # no form does better: the likeliest
        return student.with_candidate(form=found[0])
    return best[2] if best else student


def _given(inputs: Sequence[Input], cases: Sequence[Case]) -> tuple[Input, ...]:
    """The inputs without optional ones that not every case has."""
    return tuple(
        item
        for item in inputs
        if not item.is_optional or all(item.name in case.inputs for case in cases)
    )


def other_forms(context: Context, student: Student) -> list[Form]:
    """The student's form of call in every other order of its arguments that was not tried."""
    candidate = student.candidate
    if candidate.form is None or len(candidate.form.arguments) < 2:
        return []
    student, described = _described(context, student)
    parameters = parameters_of(described.get("parameters"))
    tried = {
        form.expression
        for form in forms(
            candidate.function, parameters, _given(candidate.part.inputs, student.cases)
        )
    }
    others = other_orders(candidate.form, candidate.function, parameters)
    return [form for form in others if form.expression not in tried]


def _described(context: Context, student: Student) -> tuple[Student, dict[str, object]]:
    """How the function may be called, its name bound by the last statement that makes one."""
    function = student.candidate.function
    while True:
        try:
            bound = student.with_candidate(is_bound=True)
            described = bound.programs.describe(function)
            if described is None:
                space = bound.space(student.cases[0])
                described = space.ask("describe", names=[function]).get(function)
        except Failure:
            return student, {}
        if not isinstance(described, dict):
            return student, {}
        bindings = [
            s for s in context.program.origins(function) if s.index not in context.data_bindings
        ]
        if described.get("callable") is not False or len(bindings) < 2:
            return student, described
        context.data_bindings |= {bindings[-1].index}
        student = student.with_candidate(without=context.data_bindings)


def _fit(student: Student) -> float:
    """How well a form of call does on the first case: 1 all right, 0 it raised."""
    case = student.cases[0]
    cell = student.candidate.part.cell
    try:
        if cell is not None and cell.draws_after:
            return 0.0 if student.figure(case).get("error") else 1.0
        value = student.answer(case)
    except Failure as failure:
        return -1.0 if failure.is_final else 0.0
    expected = student.expected(case)
    return 1.0 if expected is None else 0.1 + 0.9 * matching_share(got=value, want=expected)
