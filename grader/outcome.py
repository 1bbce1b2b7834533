"""The result of a part from the way that counts, and of one that is missing or was not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import grader
from grader import diagnose
from grader.assignment import Assignment, Part
from grader.cells import code_in_text
from grader.fingerprint import fingerprint
from grader.grading import Grading, Judged, OurFault
from grader.material import Material
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
    SubmissionStatus,
    points,
)
from grader.sandbox import ForkServer

MAX_STOPPED = 3
_SEEN = {
    "text": "in the text cell {cell}, which is not run: make it a code cell.",
    "comment": "in cell {cell} behind comment signs, and comments are not graded.",
    "string": "in cell {cell} inside a string, and text is not graded.",
}


def part_result(grading: Grading, part: Part, judged: Judged) -> PartResult:
    """The part's result from the way that counts."""
    score = points(min(judged.score, part.points))
    has_error = any(check.status is CheckStatus.ERROR for check in judged.checks)
    if score > part.points - 1e-6:
        status, state = PartStatus.PASSED, State.CORRECT
    elif score > 0:
        status, state = PartStatus.PARTIAL, State.PARTLY
    elif has_error:
        status, state = PartStatus.ERROR, State.ERROR
    else:
        status, state = PartStatus.FAILED, State.NOT_YET
    if judged.failure is not None and judged.failure.reason == "timeout":
        state = State.TIMEOUT
    if isinstance(judged.failure, OurFault):
        state = State.UNCHECKED
    return PartResult(
        name=part.name,
        title=part.title,
        task=part.task,
        status=status,
        state=state,
        score=score,
        max_score=part.points,
        checks=judged.checks,
        notes=(
            *judged.notes,
            *_where(grading, part, judged),
            *_run_order(grading, judged),
            *_other_globals(grading, judged),
            *_stopped(judged),
        ),
        excerpt=diagnose.excerpt(
            grading.cells, grading.program, judged.student, judged.failure, judged.mistake
        ),
        picture=diagnose.picture(judged.student),
    )


def _where(grading: Grading, part: Part, judged: Judged) -> Iterator[str]:
    attempt = judged.student.attempt
    if attempt.kind == "function":
        statement = [
            s for s in grading.program.bindings(attempt.function) if s.index not in attempt.without
        ][-1]
        called = "" if attempt.function == part.name else f", there named `{attempt.function}`"
        yield f"This part was found in cell {statement.cell}{called}."
    elif attempt.kind == "through":
        yield f"This part was judged by what `{attempt.function}` shows of it."


def _run_order(grading: Grading, judged: Judged) -> Iterator[str]:
    """That another definition was run last, where the cells' numbers say so."""
    counts = {cell.number: cell.run_as for cell in grading.submission.cells}
    function = judged.student.attempt.function
    bindings = grading.program.bindings(function) if function else []
    run = [(counts.get(s.cell) or 0, s.cell) for s in bindings]
    if len({cell for _, cell in run}) > 1 and max(run)[1] != run[-1][1]:
        yield (
            f"`{function}` was run last in cell {max(run)[1]}, but the last in the notebook, "
            f"in cell {run[-1][1]}, counts: restart and run all cells."
        )


def _stopped(judged: Judged) -> Iterator[str]:
    """Statements that the part needs and that raised, where it is not all right."""
    if judged.is_full:
        return
    for statement, failure in judged.student.problems()[:MAX_STOPPED]:
        where = f"Cell {statement.cell}, line {statement.line}"
        yield f"{where}, which this part needs: {diagnose.sentence(failure, is_placed=False)}"


def _other_globals(grading: Grading, judged: Judged) -> Iterator[str]:
    """The notebook's data that a function reads from outside, where it is not all right."""
    attempt = judged.student.attempt
    if judged.is_full or attempt.kind != "function":
        return
    known = {item.name for item in attempt.part.globals}
    functions = set(grading.program.functions())
    data = {
        name
        for statement in grading.program.statements
        if statement.is_data
        for name in statement.binds
    }
    for statement in grading.program.bindings(attempt.function)[-1:]:
        names = sorted((statement.later & data) - functions - known)
        if names:
            listed = ", ".join(f"`{name}`" for name in names[:3])
            yield f"It reads the global {listed} of the notebook, from outside the function."


def missing_part(grading: Grading, part: Part) -> PartResult:
    """The result of a part that is not there, with whatever comes near."""
    stubs = grading.program.bindings(part.name, with_stubs=True)
    if stubs:
        words = f"The cell {stubs[-1].cell} still holds only what came with the notebook."
        state = State.NOT_STARTED
    else:
        words = f"We did not find `{part.name}`."
        state = State.NOT_FOUND if not part.cell else State.NOT_STARTED
        for cell in grading.cells:
            if part.name in cell.defines_text:
                words = f"`{part.name}` stands in cell {cell.number}, which Python cannot read."
    for place in grading.program.nested(part.name)[-1:]:
        words = (
            f"`{part.name}` stands inside the {place.kind} `{place.holder}` in cell "
            f"{place.cell}; write it as a function of its own, at the top level of a cell."
        )
    seen = code_in_text(grading.submission.cells, (part.name,))
    if seen:
        words = f"`{part.name}` was seen {_SEEN[seen[0].kind].format(cell=seen[0].number)}"
    checks = tuple(
        CheckResult(
            name=check.name,
            status=CheckStatus.SKIPPED,
            max_score=check.points,
            visibility=check.visibility,
            message="not looked at: this part is missing",
        )
        for check in part.checks
    )
    return PartResult(
        name=part.name,
        title=part.title,
        task=part.task,
        status=PartStatus.MISSING,
        state=state,
        score=0.0,
        max_score=part.points,
        checks=checks,
        notes=(words,),
    )


def ungraded(  # noqa: PLR0913  (every argument by name)
    material: Material,
    server: ForkServer,
    status: SubmissionStatus,
    *,
    student: str,
    path: str,
    sha256: str,
    message: str,
    is_ours: bool = False,
) -> SubmissionResult:
    """The result of a submission that could not be read, or that the grader failed on."""
    parts = tuple(
        PartResult(
            name=part.name,
            title=part.title,
            task=part.task,
            status=PartStatus.MISSING,
            state=State.UNCHECKED if is_ours else State.NOT_FOUND,
            score=0.0,
            max_score=part.points,
        )
        for part in material.assignment.parts
    )
    return SubmissionResult(
        assignment=material.assignment.name,
        title=material.assignment.title,
        student=student,
        path=path,
        sha256=sha256,
        status=status,
        parts=parts,
        messages=(message,),
        seed=material.seed,
        environment=environment(server, material.assignment, {}),
    )


def environment(
    server: ForkServer, assignment: Assignment, modules: Mapping[str, str]
) -> dict[str, object]:
    """What a result depends on, in names and as one number, and the layers that were on."""
    versions = server.versions
    return {
        "grader": grader.__version__,
        "python": versions["python"],
        "jax": versions["jax"],
        "numpy": versions["numpy"],
        "matplotlib": versions["matplotlib"],
        "isolation": server.isolation,
        "fingerprint": fingerprint(assignment, modules),
    }
