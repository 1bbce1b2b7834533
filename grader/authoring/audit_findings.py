"""What the graded variants of an assignment show: checks and tolerances that judge wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.assignment import Assignment, Part
from grader.authoring.check_errors import counted
from grader.authoring.check_errors import problems as fault_problems
from grader.authoring.tolerances import Leaves, Margin, largest_errors, margin
from grader.authoring.trials import ROUNDING, Trial
from grader.judging.answer_key import AnswerKey
from grader.results import PartResult, State

ROUGH = 1e-2
"""An answer that is farther off is no rounding."""
SMALL = 1e-6
"""A wrong answer that is nearer differs by rounding only."""


def findings(
    answer_key: AnswerKey, trials: Sequence[Trial], gaps: Sequence[Margin], *, is_whole: bool
) -> Iterator[str]:
    """Every problem that the trials show; mutants are known to be missing only of all trials."""
    assignment = answer_key.assignment
    yield from fault_problems([(trial.name, fault) for trial in trials for fault in trial.faults])
    yield from _losses(trials)
    for trial in trials:
        yield from _problems(assignment, trial)
    keys = {trial.variant.key for trial in trials}
    unknown = sorted(key for key in assignment.equivalent_mutants if key not in keys)
    for key in unknown if is_whole else ():
        yield f"equivalent mutant {key!r}: no mutant has this name"
    yield from _tolerances(answer_key, trials)
    yield from _gap_problems(gaps)


def _problems(assignment: Assignment, trial: Trial) -> Iterator[str]:
    """What one answer shows by itself."""
    variant = trial.variant
    if variant.kind == "untouched":
        for part in trial.parts:
            if part.score > 0:
                yield f"untouched notebook: {part.name} earns {part.score:g} points; expected 0"
    if variant.kind == "mistake" and not trial.is_caught:
        yield (
            f"{trial.name}: {variant.part} loses no points; add a check or a test case that "
            "catches it"
        )
    if variant.kind == "mutant":
        is_marked = variant.key in assignment.equivalent_mutants
        if not (trial.is_caught or is_marked or trial.is_equal):
            yield f"{trial.name}: survived; add a check or a test case, or mark it as equivalent"


def _losses(trials: Sequence[Trial]) -> Iterator[str]:
    """Checks that take points from answers that are right in their part, each of them once."""
    lost: dict[tuple[str, str], list[tuple[Trial, PartResult, str]]] = {}
    for trial in trials:
        for part in trial.losses if trial.variant.kind != "untouched" else ():
            if part.name != trial.variant.part and part.state is not State.UNCHECKED:
                check, said = _reason(part)
                lost.setdefault((part.name, check), []).append((trial, part, said))
    for (name, check), found in lost.items():
        where = f"part {name!r}, check {check!r}" if check else f"part {name!r}"
        scores = sorted({part.score for _, part, _ in found})
        earned = f"{scores[0]:g}" if len(scores) == 1 else f"{scores[0]:g} to {scores[-1]:g}"
        verb = "gets" if len(found) == 1 else "get"
        others = len({said for *_, said in found}) - 1
        more = f" (and {others} other messages)" if others > 1 else " (and another message)"
        yield (
            f"{where}: {counted([trial.name for trial, *_ in found])} {verb} {earned} of "
            f"{found[0][1].max_score:g} points: {found[0][2]}{more if others else ''}; fix the "
            "check, or the solution if it is wrong"
        )


def _reason(part: PartResult) -> tuple[str, str]:
    """The first check of a part that takes points, and what it says."""
    for check in part.checks:
        if check.score < check.max_score - ROUNDING and not check.is_by_hand:
            return str(check.name), str(check.message) or "no message"
    return "", "; ".join(map(str, part.notes))


def gaps_of(answer_key: AnswerKey, trials: Sequence[Trial]) -> Iterator[Margin]:
    """The margin of every part that has a reference and returns floats."""
    right = [trial for trial in trials if trial.variant.kind in {"reference", "right"}]
    for part in answer_key.assignment.parts:
        if part.reference is None or part.free:
            continue
        values = {check.name for check in part.checks if check.compares_values}
        wrong: dict[str, Leaves] = {}
        for trial in trials:
            judged = trial.judged.get(part.name)
            is_wrong = trial.variant.part == part.name and part.name in trial.answers
            if judged is None or not is_wrong:
                continue
            # One that reads a global is wrong for another reason than its numbers.
            is_lost = any(
                check.name in values and check.score < check.max_score - ROUNDING
                for check in judged.checks
            )
            if is_lost and not judged.student.candidate.is_bound:
                wrong[trial.variant.name] = trial.answers[part.name]
        found = margin(
            part.name,
            answer_key.expected[part.name],
            [trial.answers[part.name] for trial in right if part.name in trial.answers],
            wrong,
            part.tolerance,
        )
        if found is not None:
            yield found


def _tolerances(answer_key: AnswerKey, trials: Sequence[Trial]) -> Iterator[str]:
    """Tolerances that refuse a correct answer, or let a wrong one pass, by its numbers alone."""
    for part in answer_key.assignment.parts:
        if part.reference is None:
            continue
        where, rtol = f"tolerance of {part.name}: rtol {part.tolerance:g}", part.tolerance
        right, wrong = _undecided(answer_key.assignment, part, trials)
        far = largest_errors(answer_key.expected[part.name], right)
        name = max(far, key=far.__getitem__, default="")
        if name and rtol < far[name] <= ROUGH:
            yield (
                f"{where} is too tight: {name!r} is correct, with an error of {far[name]:.1e}; "
                "increase it"
            )
        near = largest_errors(answer_key.expected[part.name], wrong)
        near = {name: error for name, error in near.items() if 0 < error <= rtol}
        name = max(near, key=near.__getitem__, default="")
        if name and near[name] > SMALL:
            yield (
                f"{where} is too loose: {name!r} is wrong by {near[name]:.1e} and passes; "
                "decrease it, or choose test cases that catch it"
            )


def _undecided(
    assignment: Assignment, part: Part, trials: Sequence[Trial]
) -> tuple[dict[str, Leaves], dict[str, Leaves]]:
    """What correct answers that lose points return, and what wrong ones that lose none do."""
    right, wrong = {}, {}
    for trial in trials:
        variant = trial.variant
        is_lost = any(one.name == part.name for one in trial.losses)
        if part.name not in trial.answers or variant.key in assignment.equivalent_mutants:
            continue
        if variant.kind in {"reference", "right"} and is_lost:
            right[variant.name] = trial.answers[part.name]
        if variant.part == part.name and not is_lost:
            wrong[variant.name] = trial.answers[part.name]
    return right, wrong


def _gap_problems(gaps: Sequence[Margin]) -> Iterator[str]:
    for found in gaps:
        if found.smallest_wrong is not None and found.smallest_wrong <= found.largest_right:
            yield (
                f"tolerance of {found.part}: {found.wrong_name!r} is wrong by only "
                f"{found.smallest_wrong:.1e}, and a correct solution is off by "
                f"{found.largest_right:.1e}; choose test cases that tell them apart"
            )
