"""The distortions of an assignment's correct answer that are worth grading, as submissions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grader.assignment import Assignment
from grader.assignment.filled_in import filled_in
from grader.assignment.solutions import solutions
from grader.authoring.distorted import distorted
from grader.authoring.holes import Prepared
from grader.authoring.trials import Trial
from grader.authoring.variants import Variant
from grader.authoring.witnesses import benches
from grader.judging.answer_key import AnswerKey
from grader.running import drawn


def prepared(
    answer_key: AnswerKey, first: Trial, choose: Callable[[Variant], bool] | None
) -> Prepared:
    """The distortions of the answer that `first` is the trial of, those without effect left out."""
    assignment = answer_key.assignment
    answer = next(iter(solutions(assignment).values()))
    variants, known, unable, without = [], {}, [], 0
    names = set()
    lost = {part.name for part in first.losses}
    for bench in benches(answer_key, answer, _drawing(assignment, first)):
        if bench.part.name in lost or bench.part.free:  # nothing to keep, or many are right
            continue
        if bench.problem:
            unable.append(f"{bench.part.name} ({bench.problem})")
        for one in bench.distortions():
            assert bench.answered is not None
            names.add(one.name)
            variant = Variant(
                kind="distortion",
                name=one.name,
                part=one.part,
                key=one.name,
                submission=first.variant.submission,
            )
            if choose is not None and not choose(variant):
                continue
            witness = bench.witness(one)
            if witness is None:
                without += 1
                continue
            signature = bench.answered.signature
            text, needed = distorted(signature, one.lines, is_outside=one.is_outside)
            wrong = filled_in(assignment, answer.with_part(one.part, text, needed))
            variant = replace(variant, submission=wrong)
            variants.append(variant)
            known[one.name] = bench, one, witness
    return Prepared(
        variants=tuple(variants),
        distortions=known,
        names=frozenset(names),
        without_effect=without,
        unable=tuple(unable),
    )


def _drawing(assignment: Assignment, first: Trial) -> list[str]:
    """The parts whose figures are looked at."""
    return [
        part.name
        for part in assignment.parts
        if (part.cell is not None and part.cell.draws_after)
        or (part.name in first.judged and drawn.has_drawn(first.judged[part.name].student))
    ]
