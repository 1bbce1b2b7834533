"""Tests an assignment: correct solutions must get full points, and wrong ones must lose some.

An audit grades the reference, the untouched exercise, correct answers in several styles, every
known mistake, mechanical mutants and distortions of a correct answer, each in the way of a
submission.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from grader.assignment import Assignment
from grader.assignment.filled_in import untouched
from grader.authoring.audit_findings import findings, gaps_of
from grader.authoring.equivalence import FurtherCases
from grader.authoring.holes import Hole, holes, never_failed, open_holes, unknown
from grader.authoring.notebook_run import NotebookRun
from grader.authoring.preparation import prepared
from grader.authoring.release import earning
from grader.authoring.tolerances import Margin
from grader.authoring.trials import Trial, tried
from grader.authoring.untold import SameAsCorrect, Untold, same_as_correct, untold
from grader.authoring.variants import Variant, variants_of
from grader.judging.answer_key import AnswerKey
from grader.sandbox.server import ForkServer

SCHEMA = "grader.audit/1"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All that an audit found; the assignment is sound when `problems` is empty."""

    assignment: Assignment
    seed: int
    trials: tuple[Trial, ...]
    gaps: tuple[Margin, ...]
    problems: tuple[str, ...]
    duration_s: float
    notebook: NotebookRun | None = None
    """What came of running the notebook, where that was wanted."""
    holes: tuple[Hole, ...] = ()
    """The wrong answers that keep all points, accepted ones too."""
    untold: tuple[Untold, ...] = ()
    """The known mistakes that no submission is ever told."""
    same_as_correct: tuple[SameAsCorrect, ...] = ()
    """The known mistakes that are the same program as a correct answer."""
    without_effect: int = 0
    """How many distortions are as right as the answer, as far as was seen."""
    unable: tuple[str, ...] = ()
    """The parts of which no distortions could be made."""

    def of(self, kind: str) -> tuple[Trial, ...]:
        """The trials of a kind: reference, untouched, right, mistake, mutant, distortion."""
        return tuple(trial for trial in self.trials if trial.variant.kind == kind)

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """The mutants that lost nothing, differ somewhere, and are not marked equivalent."""
        marked = self.assignment.equivalent_mutants
        alive = (trial for trial in self.of("mutant") if not (trial.is_caught or trial.is_equal))
        return tuple(trial for trial in alive if trial.variant.key not in marked)

    @property
    def open_holes(self) -> tuple[Hole, ...]:
        """The holes that the assignment does not accept."""
        return open_holes(self.assignment, self.holes)


def refused(assignment: Assignment, seed: int, problems: tuple[str, ...]) -> Audit:
    """The audit of an assignment that cannot be graded with: its problems and nothing else."""
    return Audit(
        assignment=assignment, seed=seed, trials=(), gaps=(), problems=problems, duration_s=0.0
    )


def audit(  # noqa: PLR0913  (all but two by name)
    answer_key: AnswerKey,
    server: ForkServer,
    *,
    jobs: int,
    timeout_s: float,
    tell: Callable[[int, int], None] | None = None,
    choose: Callable[[Variant], bool] | None = None,
    run: Callable[[Assignment], NotebookRun] | None = None,
) -> Audit:
    """Audit the assignment that the answer key is for.

    `tell` hears how many of how many are done. `choose` leaves out some mistakes, mutants
    and distortions. `run`
    is what runs the notebook (`run_notebook`), once for all seeds; without it, it is not run.
    Raises: AssignmentError when the declaration has no correct answer to begin with.
    """
    started = time.monotonic()
    assignment = answer_key.assignment
    base, *others = variants_of(assignment)
    left = tuple(earning(untouched(assignment), answer_key, server))
    if left:  # correct answers would count as not started
        where = f"assignment {assignment.name!r}"
        return refused(assignment, answer_key.seed, tuple(f"{where}: {line}" for line in left))
    notebook = None if run is None else run(assignment)
    if choose is not None:
        others = [one for one in others if not one.part or choose(one)]
    first = tried(base, answer_key=answer_key, server=server, timeout_s=timeout_s)
    trials = [first]
    made = prepared(answer_key, first, choose)
    chains = [*([one] for one in others), *made.chains]
    total = 1 + sum(map(len, chains))
    done = 1
    try_one = partial(
        tried,
        answer_key=answer_key,
        server=server,
        timeout_s=timeout_s,
        right=first,
        further=FurtherCases(answer_key),
    )
    work = partial(_up_to_caught, try_one)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            for chain, found in zip(chains, pool.map(work, chains), strict=True):
                trials += found
                done += len(chain)
                if tell is not None:
                    tell(done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    gaps = tuple(gaps_of(answer_key, trials))
    all_holes = (
        *holes(made, trials),
        *(never_failed(assignment, trials) if choose is None else ()),
    )
    return Audit(
        assignment=assignment,
        seed=answer_key.seed,
        trials=tuple(trials),
        gaps=gaps,
        problems=(
            *(() if notebook is None else notebook.problems),
            *findings(answer_key, trials, gaps, is_whole=choose is None),
            *(unknown(made, assignment, all_holes) if choose is None else ()),
        ),
        holes=all_holes,
        untold=tuple(untold(assignment, trials)),
        same_as_correct=tuple(same_as_correct(trials)),
        without_effect=made.without_effect,
        unable=made.unable,
        notebook=notebook,
        duration_s=time.monotonic() - started,
    )


def _up_to_caught(try_one: Callable[[Variant], Trial], chain: Sequence[Variant]) -> list[Trial]:
    """The trials of variants of which each is easier to notice than the one before."""
    trials = []
    for variant in chain:
        trials.append(try_one(variant))
        if trials[-1].is_caught:
            break
    return trials
