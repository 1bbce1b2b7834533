"""Where a part may be in a submission: under its name, in a cell, inlined, under another name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from grader.assignment import Part
from grader.attempt import Attempt, drawing_statements
from grader.compare import agreement
from grader.extract import plain_names
from grader.fitting import GOOD_FIT, with_form
from grader.grading import Grading
from grader.sandbox import Budget, Failure

NEAR_NAME = 0.7
MAX_CANDIDATES = 6


def sources(grading: Grading, part: Part) -> Iterator[Attempt]:
    """The places where the part may be, the likeliest first."""
    is_found = False
    if grading.program.bindings(part.name):
        is_found = True
        yield Attempt(kind="function", part=part, function=part.name)
    if part.cell and _has_cell(grading, part):
        is_found = True
        yield Attempt(kind="cell", part=part)
    if is_found or _is_called_untouched(grading, part):
        return
    candidates = _candidates(grading, part)
    fitting = [name for name in candidates if part.any_name and _fits(grading, part, name)]
    for name in fitting:
        yield Attempt(kind="function", part=part, function=name)
    if part.through and not fitting:
        later = part.through.part
        names = [later] if grading.program.bindings(later) else _names_near(grading, later)
        for name in names[:1]:
            yield Attempt(kind="through", part=part, function=name)
    for name in candidates:
        if name not in fitting:
            yield Attempt(kind="function", part=part, function=name)


def _is_called_untouched(grading: Grading, part: Part) -> bool:
    """Whether a later part calls this one by its name, which is bound to nothing of worth."""
    later = [other.name for other in grading.assignment.parts if part.name in other.uses]
    return any(part.name in grading.program.calls(name) for name in later)


def _has_cell(grading: Grading, part: Part) -> bool:
    """Whether cells outside any function do the part's work."""
    cell = part.cell
    assert cell is not None
    own = grading.program.bindings(part.name, with_stubs=True)
    if cell.draws_after:
        roots = drawing_statements(grading.program, cell.draws_after)
        statements = [grading.program.statements[index] for index in roots]
        return any(part.name not in plain_names(s.reads) for s in statements)
    bindings = [s for name in cell.defines for s in grading.program.bindings(name)]
    return any(not (own and part.name in s.reads) for s in bindings)


def _candidates(grading: Grading, part: Part) -> list[str]:
    """Functions under other names that may be the part: any, or those with a near name."""
    taken = {item.name for item in grading.assignment.parts}
    taken |= {j.student.attempt.function for j in grading.judged.values()}
    names = [
        name
        for name in grading.program.functions()
        if name not in taken and grading.program.takes_arguments(name)
    ]
    near = _names_near(grading, part.name)
    if not part.any_name:
        others = [name for name in names if name not in near]
        fitting = [name for name in others[:MAX_CANDIDATES] if _fits(grading, part, name)]
        return near or (fitting if len(fitting) == 1 else [])
    called: set[str] = set()
    for other in grading.assignment.parts:
        if part.name in other.uses:
            called |= grading.program.calls(other.name, but_through=taken)
    ranked = sorted(
        names, key=lambda name: (name not in near, name not in called, names.index(name))
    )
    # What an earlier part is made of is not this one, when a later one can show it.
    inner = _inner_functions(grading) if part.through else set()
    return [
        name for name in ranked if name in near or name in called or not (called or name in inner)
    ][:4]


def _inner_functions(grading: Grading) -> set[str]:
    """Names that the parts judged so far read, at any depth."""
    judged = grading.judged.values()
    return {n for j in judged for n in grading.program.calls(j.student.attempt.function)}


def _fits(grading: Grading, part: Part, name: str) -> bool:
    """Whether a function under another name does the part's work on the first case."""
    if part.reference is None:
        return False
    grading.session.budget = Budget.of(grading.session.cpu_s)
    attempt = Attempt(kind="function", part=part, function=name)
    student = with_form(grading, grading.student(attempt))
    case = student.cases[0]
    try:
        return agreement(got=student.answer(case), want=student.expected(case)) >= GOOD_FIT
    except Failure:
        return False


def _names_near(grading: Grading, wanted: str) -> list[str]:
    """Function names close to the wanted one, the closest first."""
    taken = {item.name for item in grading.assignment.parts}
    scored = [
        (
            difflib.SequenceMatcher(
                None, name.lower().replace("_", ""), wanted.replace("_", "")
            ).ratio(),
            name,
        )
        for name in grading.program.functions()
        if name not in taken
    ]
    return [name for ratio, name in sorted(scored, reverse=True) if ratio >= NEAR_NAME]
