"""Whose fault it is that a check's expression raises, where the part's own call does not.

A check looks at what a part returns by an expression: the part's `observe`, or one of its own. An
error in it has no line of the student's code. Where the same expression raises for the reference,
the expression is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from grader.assignment import Check
from grader.catalog import Message, say
from grader.judging import explain
from grader.judging.context import OurFault
from grader.judging.reference_answers import CALL, module_of, plain_answer
from grader.running.student import Student
from grader.sandbox.failures import Failure


def told(
    check: Check, student: Student, failure: Failure, *, source: str | None
) -> Message | OurFault | None:
    """What to say of an error in a check's expression; None where it is the call's own.

    Only what is declared as an expression is tried on the reference: a check of one's own may read
    names of the notebook. With the student's `source`, what is hidden is not told, see
    `explain.sentence`.
    """
    expression, name = failure.asked
    is_placed = bool(failure.places or failure.file)
    case = next((one for one in student.cases if one.name == name), None)
    if is_placed or not failure.kind or failure.is_final or case is None or expression == CALL:
        return None
    try:
        student.evaluate(CALL, case)
    except Failure:
        return None
    part = student.candidate.part
    is_declared = expression in {part.observed, getattr(check.run, "expression", "")}
    if part.reference is not None and is_declared:
        looked_at = replace(part, observe=expression)
        beside = module_of(part.reference)
        try:
            plain_answer(student.assignment, looked_at, case, part.reference, beside)
        except Exception as error:  # noqa: BLE001  (whatever the reference raises)
            return OurFault(say("grading.ours", kind=type(error).__name__))
    said = explain.said(failure, source)
    named = part.observe if isinstance(part.observe, Mapping) else {}
    for title, text in named.items() if expression == part.observed else ():
        try:
            student.evaluate(text, case)
        except Failure:
            return say("grading.not_observed", name=title, said=said)
    return say("grading.not_looked_at", said=said)
