"""What all parts of a submission do together, as its assignment sees it: for information only."""

from __future__ import annotations

from collections.abc import Sequence

from grader.assignment import Incorrect
from grader.judging.context import CandidateResult, Context
from grader.results import CombinedRun
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure


def combined_run(contexts: Sequence[Context]) -> CombinedRun | None:
    """The student's own parts run together; None where the assignment or the parts give nothing.

    No part is replaced by a correct one here, and none that did not end is run again. Of a part
    that several notebooks have, the better one counts.
    """
    look = contexts[0].assignment.combined
    if look is None:
        return None
    best: dict[str, CandidateResult] = {}
    for context in contexts:
        for name, judged in context.judged.items():
            if name not in best or judged.is_better(best[name]):
                best[name] = judged
    students = {
        name: judged.student.with_candidate(stand_ins={})
        for name, judged in best.items()
        if judged.score > 0 and not (judged.failure and judged.failure.is_final)
    }
    for context in contexts:
        if not all(judged.is_full for judged in context.judged.values()):
            context.session.close()
        context.session.budget = Budget.of(context.session.cpu_s)
    try:
        return look(students)
    except (Failure, Incorrect):
        return None
