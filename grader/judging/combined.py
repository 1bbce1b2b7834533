"""What all parts of a submission do together, as its assignment sees it: for information only."""

from __future__ import annotations

from grader.assignment import Incorrect
from grader.judging.context import Context
from grader.results import CombinedRun
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure


def combined_run(context: Context) -> CombinedRun | None:
    """The student's own parts run together; None where the assignment or the parts give nothing.

    No part is replaced by a correct one here, and none that did not end is run again.
    """
    look = context.assignment.combined
    if look is None:
        return None
    students = {
        name: judged.student.with_candidate(stand_ins={})
        for name, judged in context.judged.items()
        if judged.score > 0 and not (judged.failure and judged.failure.is_final)
    }
    if not all(judged.is_full for judged in context.judged.values()):
        context.session.close()
    context.session.budget = Budget.of(context.session.cpu_s)
    try:
        return look(students)
    except (Failure, Incorrect):
        return None
