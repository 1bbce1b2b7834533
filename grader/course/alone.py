"""Grades one submission in this process: read, graded, and graded once more where that may help."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from grader.assignment import Assignment
from grader.course.job import Job, fresh_server, grade_job, unreadable
from grader.course.options import new_seed
from grader.errors import UsageError
from grader.judging.answer_key import AnswerKey, draw_key
from grader.reading.submission import Submission
from grader.reading.unreadable import UnreadableError
from grader.results import SubmissionResult
from grader.sandbox import control, doctor
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer

Choose = Callable[[Callable[[], Submission]], Assignment]
"""The assignment of a submission, which is read when it is asked for. Raises UsageError."""


def graded_alone(  # noqa: PLR0913  (all but the first by name)
    job: Job,
    server: ForkServer,
    choose: Choose,
    *,
    seed: int | None,
    timeout_s: float,
    is_isolation_required: bool,
) -> tuple[Assignment, SubmissionResult]:
    """The assignment, and the result; what is wrong with the submission is reported first.

    Raises: UnreadableError, UsageError, SandboxError.
    """
    with ThreadPoolExecutor(2) as beside:  # JAX lets others work while it compiles the reference
        reading = beside.submit(job.read)
        try:
            assignment = choose(reading.result)
            if is_isolation_required:
                doctor.require(server)
            if reading.done():
                reading.result()  # what cannot be read is reported at once
            controlled = beside.submit(control.require, server)
            answer_key = draw_key(assignment, new_seed() if seed is None else seed)
        except UsageError:
            reading.result()
            raise
        submission = reading.result()
        controlled.result()
    return assignment, graded_surely(job, answer_key, server, submission, timeout_s=timeout_s)


def graded_surely(
    job: Job,
    answer_key: AnswerKey,
    server: ForkServer,
    submission: Submission,
    *,
    timeout_s: float,
) -> SubmissionResult:
    """The result; where the machine may have ended the code, of a second try with all anew."""
    graded = partial(grade_job, job, answer_key, timeout_s=timeout_s, submission=submission)
    try:
        return graded(server=server)
    except SuspectError:
        with fresh_server() as another:
            return graded(server=another, is_last=True)


def unreadable_alone(
    job: Job,
    server: ForkServer,
    assignment: Assignment,
    error: UnreadableError,
    *,
    seed: int | None,
) -> SubmissionResult:
    """The result of a submission that cannot be read: nothing is drawn for it."""
    number = new_seed() if seed is None else seed
    unused = AnswerKey(assignment=assignment, seed=number, cases={}, expected={}, stubs=())
    return unreadable(job, unused, server, error)
