"""Control submissions that are graded with a class: a correct one and the untouched notebook.

A correct solution of the assignment must get all points, before the class and after it, and the
untouched notebook none. Without that no point of the class is worth anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grader.assignment import Assignment
from grader.assignment.filled_in import filled_in, untouched, with_cells
from grader.assignment.solutions import solution
from grader.catalog import Catalog
from grader.course.job import said_of
from grader.errors import AssignmentError, SandboxError
from grader.judging.answer_key import AnswerKey
from grader.judging.grade import grade_ours
from grader.reading.submission import Submission
from grader.report.numbers import score
from grader.results import SubmissionResult
from grader.sandbox.server import ForkServer

LEAST_TIMEOUT_S = 60.0
"""A correct solution has this much time, however little a class is given."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """A submission whose points are known beforehand: all of them, or none."""

    kind: str
    """`right` or `untouched`; names its sentence in the catalog."""
    submission: Submission

    def is_sound(self, result: SubmissionResult) -> bool:
        """Whether it got the points that it must get."""
        wanted = _most(result) if self.kind == "right" else 0.0
        return abs(result.score - wanted) < 1e-6


def _most(result: SubmissionResult) -> float:
    """The points that a correct solution gets: all but those that a person gives."""
    return math.fsum(part.graded_points for part in result.parts)


def controls_of(assignment: Assignment) -> tuple[Control, ...]:
    """A correct solution, if the assignment names one, and the untouched notebook.

    Raises: AssignmentError when the solution cannot be read.
    """
    bare = Control(kind="untouched", submission=untouched(assignment))
    if assignment.solutions:
        answer = solution(assignment, assignment.solutions[0])
        return Control(kind="right", submission=filled_in(assignment, answer)), bare
    if assignment.reference_cells:
        cells = with_cells(assignment, assignment.reference_cells)
        return Control(kind="right", submission=cells), bare
    return (bare,)


def graded(
    control: Control, answer_key: AnswerKey, server: ForkServer, *, timeout_s: float
) -> SubmissionResult:
    """The result of a control. Raises SandboxError when the machine does not let it end."""
    return grade_ours(
        control.submission,
        answer_key,
        server,
        student=control.kind,
        timeout_s=max(timeout_s, LEAST_TIMEOUT_S),
    )


def require_sound(assignment: Assignment, control: Control, result: SubmissionResult) -> None:
    """Raise AssignmentError when a control did not get the points that it must get."""
    if control.is_sound(result):
        return
    what = "a correct solution" if control.kind == "right" else "the untouched notebook"
    said = f"{what} gets {score(result.score)} of {score(_most(result))} points"
    is_right = control.kind == "right"
    odd = [part for part in result.parts if not is_right or part.score < part.graded_points]
    reasons = [check.message for part in odd for check in part.checks if check.message]
    why = f" ({reasons[0]})" if control.kind == "right" and reasons else ""
    raise AssignmentError(
        f"assignment {assignment.name!r}: {said}{why}, so no class can be graded; run grader "
        "audit and fix the assignment"
    )


def sentence(
    control: Control, result: SubmissionResult, texts: Catalog, *, is_after: bool = False
) -> tuple[bool, str]:
    """Whether a control holds, and how that is said to staff."""
    text_id = f"staff.sound_{control.kind}" + ("_after" if is_after else "")
    said = texts.say(text_id, score=score(result.score), max_score=score(_most(result)))
    return control.is_sound(result), said


def before(
    answer_key: AnswerKey, server: ForkServer, texts: Catalog, *, timeout_s: float
) -> list[tuple[bool | None, str]]:
    """What all controls show before anything is graded.

    Raises: AssignmentError when one fails; SandboxError when the machine does not let it end.
    """
    known = controls_of(answer_key.assignment)
    said: list[tuple[bool | None, str]] = []
    for control in known:
        result = graded(control, answer_key, server, timeout_s=timeout_s)
        require_sound(answer_key.assignment, control, result)
        said.append(sentence(control, result, texts))
    if all(control.kind != "right" for control in known):
        said.append((None, texts.say("staff.sound_no_right")))
    return said


def after(
    answer_key: AnswerKey, server: ForkServer, texts: Catalog, *, timeout_s: float
) -> tuple[list[tuple[bool | None, str]], int]:
    """What a correct solution shows once everything is graded, and how many could not be graded."""
    right = [one for one in controls_of(answer_key.assignment) if one.kind == "right"]
    said: list[tuple[bool | None, str]] = []
    failures = 0
    for control in right:
        try:
            result = graded(control, answer_key, server, timeout_s=timeout_s)
        except SandboxError as error:  # what was graded before it stands all the same
            failures += 1
            said.append((False, texts.say("staff.sound_not_after", why=texts.tell(said_of(error)))))
            continue
        said.append(sentence(control, result, texts, is_after=True))
    return said, failures


def together(
    first: Sequence[tuple[bool | None, str]],
    last: Sequence[tuple[bool | None, str]],
    texts: Catalog,
) -> list[tuple[bool | None, str]]:
    """What is said to staff of both: a control's second sentence comes after its first."""
    return [*first[:1], *last, *first[1:], (None, texts.say("staff.sound_audit"))]
