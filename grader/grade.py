"""One submission against one assignment: find each part, run it, judge it, take the best.

A part is first judged as it stands. When that is not all right, the other ways that the rules
allow are tried (`ways`), in each place where it may be (`locate`), and the best one counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from grader import mistakes
from grader.assignment import Part
from grader.catalogue import Message, say
from grader.compare import agreement
from grader.errors import SuspectError
from grader.fitting import GOOD_FIT
from grader.grading import Grading, Judged
from grader.locate import sources
from grader.material import Material
from grader.outcome import environment, missing_part, part_result, unchecked_part
from grader.results import CheckStatus, PartResult, SubmissionResult, SubmissionStatus, Whole
from grader.sandbox import Budget, Failure, ForkServer
from grader.session import Doubt
from grader.submission import Submission
from grader.together import together
from grader.ways import ways

ASSUMED_NAMES = frozenset("jax jnp np plt jit vmap grad lax random partial".split())
"""Names that work inside without an import, see `inside/notebook.py`."""


def grade(  # noqa: PLR0913  (each by name)
    submission: Submission,
    material: Material,
    server: ForkServer,
    *,
    student: str,
    timeout_s: float,
    is_last: bool = False,
) -> SubmissionResult:
    """The result of one submission.

    Raises SandboxError when the machinery fails, and SuspectError when the machine may have ended
    student code. With `is_last`, when it is judged again for that, such a part is tried once more,
    and if that ends so too it is one that could not be checked.
    """
    started = time.monotonic()
    grading = Grading(submission, material, server, timeout_s=timeout_s)
    assignment = material.assignment
    try:
        judged = [_judged(grading, part, is_last=is_last) for part in assignment.parts]
        whole = _together(grading, is_last=is_last)
    finally:
        grading.session.close()
    parts = tuple(part for part, _ in judged)
    texts = material.texts
    ended = dict.fromkeys(what for _, what in judged if what)
    messages = (*ended, *submission.notes, *_cell_notes(grading), *_assumed(grading))
    return SubmissionResult(
        assignment=assignment.name,
        title=texts.tell(assignment.title),
        student=student,
        path=submission.path,
        sha256=submission.sha256,
        status=SubmissionStatus.GRADED,
        parts=parts,
        messages=tuple(map(texts.tell, messages)),
        whole=whole,
        seed=material.seed,
        duration_s=time.monotonic() - started,
        environment=environment(server, material, submission.modules),
    )


def _judged(grading: Grading, part: Part, *, is_last: bool) -> tuple[PartResult, Message | None]:
    """The result of one part, and what the machine did where that kept it from being checked."""
    what: Message | None = None
    for is_repeated in (False, True) if is_last else (False,):
        grading.session.doubt = Doubt(is_open=True, is_repeated=is_repeated)
        try:
            return judge_part(grading, part), None
        except SuspectError as error:
            if not is_last:
                raise
            grading.session.close()
            what = error.what
    assert what is not None
    return unchecked_part(grading, part, what), what


def _together(grading: Grading, *, is_last: bool) -> Whole | None:
    """What all parts do together; that it is not seen costs nothing."""
    try:
        return together(grading)
    except SuspectError:
        if not is_last:
            raise
        return None


def judge_part(grading: Grading, part: Part) -> PartResult:
    """The result of one part."""
    if not all(judged.is_full for judged in grading.judged.values()):
        grading.session.close()  # a part that is not right may have changed its process
    best: Judged | None = None
    for source in sources(grading, part):
        for judged in ways(grading, part, source):
            if best is None or judged.is_better(best):
                best = judged
            if judged.is_full:
                break
        if best is not None and best.is_full:
            break
    if best is None:
        return missing_part(grading, part)
    best = _with_mistake(grading, part, best)
    grading.judged[part.name] = best
    return part_result(grading, part, best)


def _with_mistake(grading: Grading, part: Part, judged: Judged) -> Judged:
    """The same, its first lost check telling the one known mistake that fits, if one does."""
    if judged.is_full:
        return judged
    grading.session.budget = Budget.of(grading.session.cpu_s)
    mistake = mistakes.recognise(judged.student, grading.assignment, part)
    if mistake is None:
        return _with_near_miss(grading, part, judged)
    lost = [c for c in judged.checks if c.status in {CheckStatus.FAILED, CheckStatus.ERROR}]
    texts = grading.material.texts
    says, hint = texts.tell(mistake.says), texts.tell(mistake.hint)
    told = replace(lost[0], noticed=says, hint=hint) if lost else None
    checks = tuple(
        replace(told if told and check is lost[0] else check, mistake=mistake.name)
        if check in lost
        else check
        for check in judged.checks
    )
    return replace(judged, checks=checks, mistake=mistake)


def _with_near_miss(grading: Grading, part: Part, judged: Judged) -> Judged:
    """The same, saying so when the function is right in another kind of call."""
    attempt = judged.student.attempt
    if part.near_miss is None or judged.score or attempt.kind != "function":
        return judged
    expression, says = part.near_miss
    case = judged.student.cases[0]
    try:
        value = judged.student.evaluate(expression.format(function=attempt.function), case)
    except Failure:
        return judged
    if agreement(got=value, want=judged.student.expected(case)) < GOOD_FIT:
        return judged
    noticed = grading.material.texts.tell(says)
    checks = (replace(judged.checks[0], noticed=noticed, hint=""), *judged.checks[1:])
    return replace(judged, checks=checks)


def _cell_notes(grading: Grading) -> Iterator[Message]:
    for cell in grading.cells:
        if cell.problem:
            yield cell.problem
        yield from cell.notes


def _assumed(grading: Grading) -> Iterator[Message]:
    """The usual imports that the parts needed and no cell makes."""
    missing = sorted(grading.session.unresolved & ASSUMED_NAMES)
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        yield say("note.assumed", names=names)
