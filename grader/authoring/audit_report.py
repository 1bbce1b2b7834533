"""An audit as lines for the terminal, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from grader.authoring.audit import SCHEMA, Audit
from grader.authoring.holes_report import (
    distortion_line,
    hole_lines,
    holes_as_data,
    same_as_correct_lines,
    unable_lines,
    untold_lines,
)
from grader.authoring.notebook_run import NotebookRun
from grader.authoring.trials import Trial

WIDTH = 80


def render(audit: Audit, *, is_strict: bool = False) -> str:
    """All that an audit found, in lines of at most 80 columns but for the diffs.

    With `is_strict` holes are as bad as problems.
    """
    assignment = audit.assignment
    lines = [f"Audit of {assignment.name} (seed {audit.seed})", ""]
    if audit.trials:
        lines += _graded(audit)
    else:
        lines.append("Nothing was graded; fix these problems first.")
    if audit.problems:
        lines += ["", f"Problems: {len(audit.problems)}"]
        for problem in audit.problems:
            lines += textwrap.wrap(
                problem,
                WIDTH - 1,
                initial_indent="  - ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
        lines += ["", "Problems found: the assignment is not sound yet."]
    elif is_strict and audit.open_holes:
        lines += ["", "Holes found: wrong answers keep their points."]
    else:
        lines += ["", "All good: the assignment is sound."]
    return "\n".join(lines) + "\n"


def _graded(audit: Audit) -> list[str]:
    """What came of all that was graded."""
    lines = [] if audit.notebook is None else [f"  {'Notebook':20} {_notebook(audit.notebook)}"]
    for kind, title in (("reference", "Reference"), ("right", "Correct solutions")):
        trials = audit.of(kind)
        full = sum(not trial.losses for trial in trials)
        if trials:
            lines.append(f"  {title:20} {full} of {len(trials)} get full points")
    earned = sum(part.score for trial in audit.of("untouched") for part in trial.parts)
    lines.append(f"  {'Untouched notebook':20} {earned:g} points")
    mistakes = audit.of("mistake")
    caught = sum(trial.is_caught for trial in mistakes)
    lines.append(f"  {'Known mistakes':20} {caught} of {len(mistakes)} lose points in their part")
    lines += [*_mutants(audit), distortion_line(audit), *unable_lines(audit), "", *_gaps(audit)]
    for survivor in audit.survivors:
        variant = survivor.variant
        lines += ["", f"Survived, {variant.part}:", variant.diff, f"Name: {variant.key!r}"]
    return [*lines, *untold_lines(audit), *same_as_correct_lines(audit), *hole_lines(audit)]


def _notebook(run: NotebookRun) -> str:
    if run.problems:
        return "stops before the end"
    return run.note or "runs from top to bottom, as released and with solutions"


def _mutants(audit: Audit) -> Iterator[str]:
    mutants = audit.of("mutant")
    alive = [trial for trial in mutants if not trial.is_caught]
    equivalent = len(alive) - len(audit.survivors)
    killed = len(mutants) - len(alive)
    score = 100.0 * killed / max(len(mutants) - equivalent, 1)
    equal = sum(trial.is_equal for trial in alive)
    seen = f", {equal} without effect" if equal else ""
    yield (
        f"  {'Mutants':20} {killed} of {len(mutants)} caught, {equivalent - equal} equivalent"
        f"{seen}, {len(audit.survivors)} survived"
    )
    yield f"  {'Mutation score':20} {score:.0f}%"


def _gaps(audit: Audit) -> Iterator[str]:
    yield "Tolerances: relative error of correct and wrong answers"
    yield f"  {'part':20} {'largest correct':>15} {'smallest wrong':>15}   which"
    for gap in audit.gaps:
        wrong = "none" if gap.smallest_wrong is None else f"{gap.smallest_wrong:.1e}"
        yield f"  {gap.part:20} {gap.largest_right:15.1e} {wrong:>15}   {gap.wrong_name}"[:WIDTH]


def as_data(audit: Audit) -> dict[str, Any]:
    """The audit as plain data for JSON."""
    return {
        "schema": SCHEMA,
        "assignment": audit.assignment.name,
        "seed": audit.seed,
        "is_sound": not audit.problems,
        "problems": list(audit.problems),
        "holes": holes_as_data(audit),
        "untold": [
            {"part": one.part, "name": one.name, "reason": one.reason} for one in audit.untold
        ],
        "same_as_correct": [
            {"part": one.part, "name": one.name, "solution": one.solution}
            for one in audit.same_as_correct
        ],
        "trials": [_trial(trial) for trial in audit.trials],
        "tolerances": [
            {
                "part": gap.part,
                "largest_right": gap.largest_right,
                "smallest_wrong": gap.smallest_wrong,
                "which": gap.wrong_name,
            }
            for gap in audit.gaps
        ],
        "duration_s": audit.duration_s,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    variant = trial.variant
    return {
        "kind": variant.kind,
        "name": variant.name,
        "part": variant.part,
        "key": variant.key,
        "is_caught": trial.is_caught,
        "is_without_effect": trial.is_equal,
        "losses": {part.name: part.graded_points - part.score for part in trial.losses},
    }
