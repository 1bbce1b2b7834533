"""The result of a part from its best candidate, and of one that was not checked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import grader
from grader.assignment import Part
from grader.catalog import Message, Text, joined, say
from grader.errors import SandboxError
from grader.judging import causes, explain
from grader.judging.answer_key import AnswerKey
from grader.judging.context import CandidateResult, Context, OurFault
from grader.judging.fingerprint import fingerprint
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
    rounded_points,
)
from grader.running import drawn
from grader.running.bare_cells import own_statements
from grader.running.candidate import CandidateKind
from grader.sandbox.failures import FailureReason
from grader.sandbox.server import ForkServer

MAX_STOPPED = 3


def part_result(context: Context, part: Part, judged: CandidateResult) -> PartResult:
    """The part's result from the way that counts."""
    score = rounded_points(min(judged.score, part.points))
    has_error = any(check.status is CheckStatus.ERROR for check in judged.checks)
    if score > part.points - 1e-6:
        status, state = PartStatus.PASSED, State.CORRECT
    elif score > 0:
        status, state = PartStatus.PARTIAL, State.PARTLY
    elif has_error:
        status, state = PartStatus.ERROR, State.ERROR
    else:
        status, state = PartStatus.FAILED, State.NOT_YET
    if judged.failure is not None and judged.failure.reason is FailureReason.TIMEOUT:
        state = State.TIMEOUT
    if isinstance(judged.failure, OurFault):
        state = State.UNCHECKED
    notes = (
        *judged.notes,
        *_where(context, part, judged),
        *_run_order(context, judged),
        *_other_globals(context, judged),
        *_stopped(judged),
        *_other_figures(judged),
    )
    return replace(
        without_points(part, status, state),
        score=score,
        program=judged.student.program_digest
        if any(c.ran == "program" for c in judged.checks)
        else "",
        checks=judged.checks,
        notes=notes,
        excerpt=explain.excerpt(
            context.cells, context.program, judged.student, judged.failure, judged.mistake
        ),
        picture=explain.picture(judged.student),
        cell=_cell(context, part, judged),
    )


def _cell(context: Context, part: Part, judged: CandidateResult) -> int | None:
    """The number of the cell where a part is, of a bare cell that of its last work."""
    candidate, program = judged.student.candidate, context.program
    if candidate.kind is CandidateKind.CELL:
        found = own_statements(program, part.cell)
    else:
        found = [
            s for s in program.bindings(candidate.function) if s.index not in candidate.without
        ]
    own = {cell.number for cell in context.submission.cells}
    places = [n for s in found[-1:] for n in (s.definition.cell, s.cell) if n in own]
    return next(iter(places), None)


def _where(context: Context, part: Part, judged: CandidateResult) -> Iterator[Message]:
    candidate = judged.student.candidate
    if candidate.kind is CandidateKind.FUNCTION:
        statement = [
            s
            for s in context.program.origins(candidate.function)
            if s.index not in candidate.without
        ][-1]
        place = context.program.whereabouts(statement)
        if candidate.function == part.name:
            yield say("note.found", place=place)
        else:
            yield say("note.found_as", place=place, name=candidate.function)
    elif candidate.kind is CandidateKind.THROUGH:
        yield say("note.through", name=candidate.function)


def _run_order(context: Context, judged: CandidateResult) -> Iterator[Message]:
    """That another definition was run last, where the cells' numbers say so."""
    counts = {cell.number: cell.run_as for cell in context.submission.cells}
    function = judged.student.candidate.function
    bindings = context.program.bindings(function) if function else []
    run = [(counts.get(s.cell) or 0, s.cell) for s in bindings]
    if len({cell for _, cell in run}) > 1 and max(run)[1] != run[-1][1]:
        yield say("note.run_order", name=function, last=max(run)[1], cell=run[-1][1])


def _stopped(judged: CandidateResult) -> Iterator[Message]:
    """Statements that the part needs and that raised, where it is not all right."""
    if judged.is_full:
        return
    program = judged.student.program
    for statement, failure in causes.roots(judged.student)[:MAX_STOPPED]:
        what = explain.sentence(failure)
        yield say("note.needed", place=program.place(statement.cell, statement.line), what=what)


def _other_figures(judged: CandidateResult) -> Iterator[Message]:
    """That figures of some packages were not looked at, where it is not all right."""
    packages = [] if judged.is_full else drawn.other_packages(judged.student)
    if packages:
        names = joined("list.and", [f"`{name}`" for name in packages])
        yield say("note.other_figures", names=names)


def _other_globals(context: Context, judged: CandidateResult) -> Iterator[Message]:
    """The notebook's data that a function reads from outside, where it is not all right."""
    candidate = judged.student.candidate
    if judged.is_full or candidate.kind is not CandidateKind.FUNCTION:
        return
    known = {item.name for item in candidate.part.globals}
    functions = set(context.program.functions())
    data = {
        name
        for statement in context.program.statements
        if statement.is_data
        for name in statement.binds
    }
    for statement in context.program.bindings(candidate.function)[-1:]:
        names = sorted((statement.later & data) - functions - known)
        if names:
            shown = names[:3]
            listed = ", ".join(f"`{name}`" for name in shown)
            yield say("note.globals", n=len(shown), names=listed)


def unchecked_part(part: Part, what: Message) -> PartResult:
    """The result of a part that the machine kept from being checked."""
    return not_run(part, say("grading.machine", what=what))


def not_run(part: Part, why: Message) -> PartResult:
    """A part none of whose checks was run, for one reason; without more it is unchecked."""
    checks = tuple(
        CheckResult(
            name=check.name,
            status=CheckStatus.SKIPPED,
            max_score=check.points,
            visibility=check.visibility,
            message=why,
            is_by_hand=check.is_by_hand,
        )
        for check in part.checks
    )
    return replace(without_points(part, PartStatus.ERROR, State.UNCHECKED), checks=checks)


def without_points(part: Part, status: PartStatus, state: State) -> PartResult:
    """The result of a part before anything of it is known but what became of it."""
    return PartResult(
        name=part.name,
        title=part.title,
        task=part.task,
        example=part.example,
        status=status,
        state=state,
        score=0.0,
        max_score=part.points,
        is_self_checked=part.reference is not None
        and any(
            check.visibility is Visibility.PUBLIC and check.points and not check.is_by_hand
            for check in part.checks
        ),
        is_written=part.is_written,
    )


def ungraded(  # noqa: PLR0913  (every argument by name)
    answer_key: AnswerKey,
    server: ForkServer | None,
    status: SubmissionStatus,
    *,
    student: str,
    path: str,
    sha256: str,
    message: Text,
    is_ours: bool = False,
) -> SubmissionResult:
    """The result of a submission that could not be read, or that the grader failed on."""
    state = State.UNCHECKED if is_ours else State.NOT_FOUND
    parts = tuple(
        without_points(part, PartStatus.MISSING, state) for part in answer_key.assignment.parts
    )
    return SubmissionResult(
        assignment=answer_key.assignment.name,
        title=answer_key.assignment.title,
        student=student,
        path=path,
        sha256=sha256,
        status=status,
        parts=parts,
        messages=(message,),
        seed=answer_key.seed,
        environment=_known_environment(server, answer_key),
    )


def _known_environment(server: ForkServer | None, answer_key: AnswerKey) -> dict[str, object]:
    """What a result depends on, as far as there is a server that knows what it runs with."""
    if server is not None:
        with contextlib.suppress(SandboxError, OSError, ValueError):
            return environment(server, answer_key, {})
    return {"grader": grader.__version__}


def environment(
    server: ForkServer, answer_key: AnswerKey, modules: Mapping[str, str]
) -> dict[str, object]:
    """What a result depends on, in names and as one number, and the layers that were on."""
    try:
        versions, isolation = server.versions, server.isolation
    except SandboxError:  # the reason for there being no points, told elsewhere
        versions, isolation = {}, []
    why = versions.get("compiled", "")
    return {
        "grader": grader.__version__,
        "python": versions.get("python", ""),
        "jax": versions.get("jax", ""),
        "numpy": versions.get("numpy", ""),
        "matplotlib": versions.get("matplotlib", ""),
        "programs": f"compiled: {why}" if why else "evaluated",
        "isolation": isolation,
        "fingerprint": fingerprint(answer_key.shared, modules),
    }
