"""The known mistakes that no submission is ever told, and why; and those that are none at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.assignment import Assignment, Case, Mistake, Part
from grader.authoring.trials import Trial
from grader.judging.context import CandidateResult
from grader.judging.known_mistakes import MIN_CASES, call, predict, same, sizes


@dataclass(frozen=True, kw_only=True)
class Untold:
    """A mistake that even a submission with it is not told."""

    part: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SameAsCorrect:
    """A mistake whose submission has the program of a correct one: no check can tell them apart."""

    part: str
    name: str
    solution: str


def same_as_correct(trials: Sequence[Trial]) -> Iterator[SameAsCorrect]:
    """The mistakes that do what a correct answer to their part does, with the first such answer."""
    correct: dict[tuple[str, str], str] = {}
    for trial in trials:
        if trial.variant.kind in {"right", "reference"}:
            for part in trial.parts:
                correct.setdefault((part.name, part.program), trial.variant.name)
    for trial in trials:
        if trial.variant.kind != "mistake":
            continue
        for part in trial.parts:
            solution = correct.get((part.name, part.program)) if part.program else None
            if part.name == trial.variant.part and solution is not None:
                yield SameAsCorrect(part=part.name, name=trial.variant.name, solution=solution)


def untold(assignment: Assignment, trials: Sequence[Trial]) -> Iterator[Untold]:
    """The mistakes whose own trial, which loses points, does not tell them."""
    for trial in trials:
        part = trial.variant.part
        judged = trial.judged.get(part)
        if trial.variant.kind != "mistake" or judged is None or not trial.is_caught:
            continue
        told = judged.mistake
        if told is None or told.name != trial.variant.name:
            reason = _reason(assignment, assignment.part(part), trial.variant.name, judged)
            yield Untold(part=part, name=trial.variant.name, reason=reason)


def _reason(assignment: Assignment, part: Part, name: str, judged: CandidateResult) -> str:
    mistake = next(one for one in part.mistakes if one.name == name)
    student = judged.student
    predicted = _predictions(mistake, assignment, part, student.cases)
    if all(value is None for value in predicted.values()):
        return _raised(mistake, assignment, part, student.cases)

    def is_same(one: Any, other: Any) -> bool:
        outputs = mistake.compare_outputs or (None,)
        return all(same(one, other, i, rtol=part.tolerance) for i in outputs)

    shown = {
        case.name: size
        for case, size in zip(student.cases, sizes(student.cases), strict=True)
        if predicted[case.name] is not None
        and not is_same(predicted[case.name], student.expected(case))
    }
    if not shown:
        return "gives the correct values on all cases"
    if len(set(shown.values())) < MIN_CASES:
        return "differs on cases of one size only"
    for other in part.mistakes:
        if other is mistake:
            continue
        theirs = _predictions(other, assignment, part, student.cases)
        if all(theirs[key] is not None and is_same(predicted[key], theirs[key]) for key in shown):
            return f"gives the same as {other.name}"
    return "its own submission gives other values than predicted"


def _predictions(
    mistake: Mistake, assignment: Assignment, part: Part, cases: Sequence[Case]
) -> Mapping[str, Any]:
    return {case.name: predict(mistake, assignment, part, case) for case in cases}


def _raised(mistake: Mistake, assignment: Assignment, part: Part, cases: Sequence[Case]) -> str:
    for case in cases:
        try:
            call(mistake, assignment, part, case)
        except Exception as error:  # noqa: BLE001  (whatever it raises is the reason)
            return f"cannot be predicted with NumPy ({type(error).__name__})"
    return "cannot be predicted: a case lacks an input"
