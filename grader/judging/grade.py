"""One submission against one assignment: find each part, run it, judge it, take the best.

A part is first judged as it stands. When that is not all right, the other ways that the rules
allow are tried (`ways`), in each place where it may be (`locate`), and the best one counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from grader.assignment import Mistake, Part
from grader.catalog import Message, Text, say
from grader.compare import matching_share
from grader.judging import known_mistakes
from grader.judging.answer_key import AnswerKey
from grader.judging.argument_order import exchanged
from grader.judging.best_form import GOOD_FIT
from grader.judging.by_hand import for_the_grader, with_open_checks, written_part
from grader.judging.candidates import is_taken, meant, sources
from grader.judging.combined import combined_run
from grader.judging.context import CandidateResult, Context
from grader.judging.later_calls import judged_again
from grader.judging.missing_part import missing_part
from grader.judging.notebooks import best, homes
from grader.judging.part_result import environment, part_result, unchecked_part
from grader.judging.retries import retries
from grader.reading.submission import Submission
from grader.results import (
    CheckResult,
    CheckStatus,
    CombinedRun,
    GradedNotebook,
    PartResult,
    SubmissionResult,
    SubmissionStatus,
)
from grader.running.candidate import CandidateKind
from grader.running.session import Doubt
from grader.sandbox.child import Budget
from grader.sandbox.endings import SuspectError
from grader.sandbox.failures import Failure
from grader.sandbox.server import ForkServer

ASSUMED_NAMES = frozenset("jax jnp np plt jit vmap grad lax random partial".split())
"""Names that work inside without an import, see `inside/notebook.py`."""


def grade(  # noqa: PLR0913  (each by name)
    submission: Submission,
    answer_key: AnswerKey,
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
    contexts = [
        Context(one, answer_key, server, timeout_s=timeout_s) for one in submission.notebooks
    ]
    assignment = answer_key.assignment
    try:
        judged = [_in_notebooks(contexts, part, is_last=is_last) for part in assignment.parts]
        combined = _combined(contexts, is_last=is_last)
    finally:
        for context in contexts:
            context.session.close()
    parts = tuple(part for part, _ in judged)
    ended = dict.fromkeys(what for _, what in judged if what)
    notes = [note for one in contexts for note in _notes(one, contexts, parts)]
    messages = (*ended, *notes)
    return SubmissionResult(
        assignment=assignment.name,
        title=assignment.title,
        student=student,
        path=submission.path,
        sha256=submission.sha256,
        status=SubmissionStatus.GRADED,
        parts=parts,
        messages=messages,
        combined=combined,
        notebooks=tuple(
            GradedNotebook(path=one.path, sha256=one.sha256)
            for one in (submission.notebooks if submission.others else ())
        ),
        seed=answer_key.seed,
        duration_s=time.monotonic() - started,
        environment=environment(server, answer_key, submission.all_modules),
    )


def grade_ours(
    submission: Submission,
    answer_key: AnswerKey,
    server: ForkServer,
    *,
    student: str,
    timeout_s: float,
) -> SubmissionResult:
    """The result of a submission that is no student's: judged again where its end is suspect.

    Raises SuspectError when a part could not be checked then either.
    """
    graded = partial(grade, submission, answer_key, server, student=student, timeout_s=timeout_s)
    try:
        return graded()
    except SuspectError as error:
        result = graded(is_last=True)
        if result.unchecked:
            raise SuspectError(error.what) from error
        return result


def _in_notebooks(
    contexts: Sequence[Context], part: Part, *, is_last: bool
) -> tuple[PartResult, Message | None]:
    """The result of one part in the notebook where it is, and what kept it from being checked."""
    if len(contexts) == 1:
        return _settled(contexts[0], part, is_last=is_last)
    found = [(one, *_settled(one, part, is_last=is_last)) for one in homes(contexts, part)]
    ended = next((what for *_, what in found if what), None)
    return best([(context, result) for context, result, _ in found])[1], ended


def _settled(context: Context, part: Part, *, is_last: bool) -> tuple[PartResult, Message | None]:
    """The result of one part, and what the machine did where that kept it from being checked."""
    what: Message | None = None
    for is_repeated in (False, True) if is_last else (False,):
        context.session.doubt = Doubt(is_open=True, is_repeated=is_repeated)
        try:
            return judge_part(context, part), None
        except SuspectError as error:
            if not is_last:
                raise
            context.session.close()
            what = error.what
    assert what is not None
    return unchecked_part(part, what), what


def _combined(contexts: Sequence[Context], *, is_last: bool) -> CombinedRun | None:
    """What all parts do together; that it is not seen costs nothing."""
    try:
        return combined_run(contexts)
    except SuspectError:
        if not is_last:
            raise
        return None


def judge_part(context: Context, part: Part, *, with_hints: bool = True) -> PartResult:
    """The result of one part; what a person decides in it is open.

    Hints take no points, and cost as much as the points where code never ends.
    """
    if part.is_written:
        return written_part(context, part)
    result = _judged_part(context, for_the_grader(part), with_hints=with_hints)
    return with_open_checks(context, part, result)


def _judged_part(context: Context, part: Part, *, with_hints: bool) -> PartResult:
    """The result of one part of which the grader decides everything."""
    if not all(judged.is_full for judged in context.judged.values()):
        context.session.close()  # a part that is not right may have changed its process
    best = _judged(context, part)
    if best is None:
        return missing_part(context, part, meant(context, part))
    if with_hints:
        best = _with_hints(context, part, best)
    context.judged[part.name] = best
    return part_result(context, part, best)


def _judged(context: Context, part: Part) -> CandidateResult | None:
    """The part in the place and the way that earn most; None where nothing is taken for it."""
    best: CandidateResult | None = None
    other: CandidateResult | None = None
    for source in sources(context, part):
        for attempt in retries(context, part, source):
            judged = judged_again(context, attempt)
            if not is_taken(context, judged):
                other = judged if other is None or judged.is_better(other) else other
            elif best is None or judged.is_better(best):
                best = judged
            if judged.is_full:
                break
        if best is not None and best.is_full:
            break
    if other is None:
        return best
    context.passed_over[part.name] = other
    return other if best is None and _is_mistaken(context, other) else best


def _is_mistaken(context: Context, judged: CandidateResult) -> bool:
    """Whether it is a known mistake of a part of any name, whose own is not to be found."""
    part = judged.student.candidate.part
    if not part.accepts_any_name or context.program.bindings(part.name, with_stubs=True):
        return False
    context.session.budget = Budget.of(context.session.cpu_s)
    return known_mistakes.recognize(judged.student, context.assignment, part) is not None


def _with_hints(context: Context, part: Part, judged: CandidateResult) -> CandidateResult:
    """The same, saying what is known of it: a mistake, another order, another kind of call."""
    if judged.is_full or judged.is_first_call_only:
        return judged
    order = exchanged(context, judged)
    context.session.budget = Budget.of(context.session.cpu_s)
    mistake = known_mistakes.recognize(judged.student, context.assignment, part)
    if mistake is not None:
        notes = (*judged.notes, order) if order else judged.notes
        return replace(_with_mistake(judged, mistake), notes=notes)
    if order is not None:
        return _with_noticed(judged, order, say("note.exchanged_hint"))
    return _with_near_miss(part, judged)


def _with_mistake(judged: CandidateResult, mistake: Mistake) -> CandidateResult:
    """The same, its first lost check telling the known mistake, and each that it is this one."""
    lost = _lost(judged)
    told = _with_noticed(judged, mistake.message, mistake.hint)
    checks = tuple(
        replace(check, mistake=mistake.name) if before in lost else check
        for check, before in zip(told.checks, judged.checks, strict=True)
    )
    return replace(judged, checks=checks, mistake=mistake)


def _with_noticed(judged: CandidateResult, says: Text, hint: Text) -> CandidateResult:
    """The same, its first lost check saying what was noticed."""
    first = next(iter(_lost(judged)), None)
    checks = tuple(
        replace(check, noticed=says, hint=hint) if check is first else check
        for check in judged.checks
    )
    return replace(judged, checks=checks)


def _lost(judged: CandidateResult) -> list[CheckResult]:
    return [c for c in judged.checks if c.status in {CheckStatus.FAILED, CheckStatus.ERROR}]


def _with_near_miss(part: Part, judged: CandidateResult) -> CandidateResult:
    """The same, saying so when the function is right in another kind of call."""
    candidate = judged.student.candidate
    if part.near_miss is None or judged.score or candidate.kind is not CandidateKind.FUNCTION:
        return judged
    expression, says = part.near_miss
    case = judged.student.cases[0]
    try:
        value = judged.student.evaluate(expression.format(function=candidate.function), case)
    except Failure:
        return judged
    if matching_share(got=value, want=judged.student.expected(case)) < GOOD_FIT:
        return judged
    checks = (replace(judged.checks[0], noticed=says, hint=""), *judged.checks[1:])
    return replace(judged, checks=checks)


def _notes(
    context: Context, contexts: Sequence[Context], parts: Sequence[PartResult]
) -> Iterator[Text]:
    """What is said of a notebook, of several with its name."""
    yield from (n for n in context.submission.notes if not _is_answered_in_words(n, parts))
    yield from _cell_notes(context)
    for note in _assumed(context):
        where = context.submission.path
        yield note if len(contexts) == 1 else say("file.at", where=where, what=note)


def _is_answered_in_words(note: Message, parts: Sequence[PartResult]) -> bool:
    """Whether a note says that there is no code in a submission whose answers are text."""
    what = dict(note.values).get("what", note) if note.id == "file.at" else note
    is_without_code = isinstance(what, Message) and what.id == "file.no_code"
    return is_without_code and any(part.answer for part in parts)


def _cell_notes(context: Context) -> Iterator[Message]:
    for cell in context.cells:
        if cell.problem:
            yield cell.problem
        yield from cell.notes


def _assumed(context: Context) -> Iterator[Message]:
    """The usual imports that the parts needed and no cell makes."""
    missing = sorted(context.session.unresolved & ASSUMED_NAMES)
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        yield say("note.assumed", names=names)
