"""Finds the candidates for a part: under its name, in a cell, inlined, under another name.

A function of another name is the part only when it behaves like it, and never when it supports
the work: when an answered part uses it, or it draws, decorates or loads.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator

from grader.assignment import Part
from grader.compare import matching_share
from grader.judging.best_form import GOOD_FIT, with_form
from grader.judging.context import CandidateResult, Context, OurFault
from grader.judging.near_names import NEAR, nearness
from grader.reading.statements import Statement, plain_names
from grader.running.bare_cells import drawing_statements
from grader.running.candidate import Candidate, CandidateKind
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure

MAX_CANDIDATES = 6
MAX_ANY = 4
"""So many functions of any name are judged, where any may be the part."""
MAX_LEFT_OVER = 2
"""Up to so many functions that nothing uses may each be meant for a part that is missing."""


def sources(context: Context, part: Part) -> Iterator[Candidate]:
    """The places where the part may be, the likeliest first."""
    is_found = False
    if context.program.bindings(part.name):
        is_found = True
        yield Candidate(kind=CandidateKind.FUNCTION, part=part, function=part.name)
    if part.cell and has_cell(context, part):
        is_found = True
        yield Candidate(kind=CandidateKind.CELL, part=part)
    if is_found or _is_called_untouched(context, part):
        return
    if part.accepts_any_name:
        yield from _of_any_name(context, part)
        return
    near = similar(context, part)
    for name in near:
        yield Candidate(kind=CandidateKind.FUNCTION, part=part, function=name)
    standing = _in_place(context, part)
    others = [name for name in _candidates(context, part) if name not in near]
    others.sort(key=lambda name: name not in standing)
    if _is_drawn(part):
        others = [name for name in others if context.program.is_drawing(name)]
    for name in others[:MAX_CANDIDATES]:
        if _is_drawn(part) or _fits(context, part, name):
            yield Candidate(kind=CandidateKind.FUNCTION, part=part, function=name)


def _of_any_name(context: Context, part: Part) -> Iterator[Candidate]:
    """Functions that may be the part whatever they are called, and the later part that shows it."""
    fits = {name: _fit(context, part, name) for name in _likely(context, part)}
    fitting = [name for name, fit in fits.items() if fit >= GOOD_FIT]
    for name in fitting:
        yield Candidate(kind=CandidateKind.FUNCTION, part=part, function=name)
    if part.inlined_in and not fitting:
        later = part.inlined_in.part
        is_there = bool(context.program.bindings(later))
        names = [later] if is_there else similar(context, context.assignment.part(later))
        for name in names[:1]:
            yield Candidate(kind=CandidateKind.THROUGH, part=part, function=name)
    standing = _in_place(context, part)
    for name, fit in fits.items():
        # One that does not end is looked at again only where later parts call it.
        if name not in fitting and (fit >= 0 or name in standing):
            yield Candidate(kind=CandidateKind.FUNCTION, part=part, function=name)


def is_taken(context: Context, judged: CandidateResult) -> bool:
    """Whether the best that was found is the part.

    What has the part's name is. Anything else must behave like it: earn points, or all of them
    where it draws under a name of its own, or only the data under a near one. With nothing of it
    right, a cell or a later part is taken only where the part's own function is not there as it
    was released.
    """
    candidate = judged.student.candidate
    part = candidate.part
    if candidate.function == part.name or isinstance(judged.failure, OurFault):
        return True
    if candidate.kind is CandidateKind.FUNCTION:
        is_near = candidate.function in similar(context, part) and _shows_parts(context, candidate)
        is_far = _is_drawn(part) and not is_near
        return judged.is_full if is_far else judged.score > 0
    if (
        candidate.kind is CandidateKind.THROUGH
        and part.inlined_in
        and candidate.function != part.inlined_in.part
    ):
        return judged.score > 0
    return judged.score > 0 or not context.program.bindings(part.name, with_stubs=True)


def similar(context: Context, part: Part) -> list[str]:
    """Functions with a name near the part's that may be it, the nearest first."""
    return _near(part.name, _candidates(context, part))


def _is_called_untouched(context: Context, part: Part) -> bool:
    """Whether a later part calls this one by its name, which is bound to nothing of worth."""
    later = [other.name for other in context.assignment.parts if part.name in other.depends_on]
    return any(part.name in context.program.calls(name) for name in later)


def has_cell(context: Context, part: Part) -> bool:
    """Whether cells outside any function do the part's work."""
    cell = part.cell
    assert cell is not None
    own = context.program.bindings(part.name, with_stubs=True)
    if cell.draws_after:
        roots = drawing_statements(context.program, cell.draws_after)
        statements = [context.program.statements[index] for index in roots]
        if not context.program.bindings(part.name):
            statements = [s for s in statements if _is_of_part(context, part, s)]
        return any(part.name not in plain_names(s.reads) for s in statements)
    bindings = [s for name in cell.defines for s in context.program.bindings(name)]
    return any(not (own and part.name in s.reads) for s in bindings)


def _is_of_part(context: Context, part: Part, drawing: Statement) -> bool:
    """Whether a drawing may be the part: it is in its place, or shows what parts compute.

    What is drawn before, of the data alone, is not it; nothing drawn before fills a function
    that is there as it was released.
    """
    assert part.cell is not None
    program = context.program
    before = program.bindings(part.cell.draws_after)[-1:]
    if not any(drawing.index < s.index for s in before):
        return True
    if before[0].cell != drawing.cell and program.bindings(part.name, with_stubs=True):
        return False
    computed = _computed(context)
    reads = drawing.reads | drawing.later
    return any(({name} | program.calls(name)) & computed for name in reads)


def _shows_parts(context: Context, candidate: Candidate) -> bool:
    """Whether a function gets more than the data, or reads what parts compute."""
    roles = candidate.form.roles if candidate.form else ()
    return len(roles) > 1 or bool(context.program.calls(candidate.function) & _computed(context))


def _computed(context: Context) -> set[str]:
    """The names of the parts and of what their cells define."""
    return {name for part in context.assignment.parts for name in part.names}


def meant(context: Context, part: Part) -> list[str]:
    """Functions that may be meant for a missing part: by name, by place, or as the ones left."""
    names = similar(context, part)
    standing = _in_place(context, part)
    best = context.passed_over.get(part.name)
    if best is not None and best.student.candidate.function in standing:
        names.append(best.student.candidate.function)
    if not part.accepts_any_name and not _is_called_untouched(context, part):
        others = [n for n in _by_looks(context, part, set()) if n in standing and n not in names]
        names += [name for name in others[:MAX_CANDIDATES] if _fits(context, part, name)]
    return list(dict.fromkeys([*names, *_left_over(context, part)]))


def _left_over(context: Context, part: Part) -> list[str]:
    """Functions that nothing uses, where they are too few to be a guess at random."""
    if context.program.bindings(part.name, with_stubs=True):
        return []
    unused = _candidates(context, part)
    if _is_drawn(part):
        unused = [name for name in unused if context.program.is_drawing(name)]
    return unused if len(unused) <= MAX_LEFT_OVER else []


def _candidates(context: Context, part: Part) -> list[str]:
    """Functions under other names that may be the part, in their order."""
    return _by_looks(context, part, _used_elsewhere(context, part))


def _used_elsewhere(context: Context, part: Part) -> set[str]:
    """What answered parts use as their own.

    What stands where this part belongs is not theirs, as long as the place of this one is free.
    """
    others = (other for other in context.assignment.parts if other.name != part.name)
    used = {name for other in others for name in _used(context, other)}
    if part.accepts_any_name or not context.program.bindings(part.name, with_stubs=True):
        used -= _in_place(context, part)
    return used


def _in_place(context: Context, part: Part) -> set[str]:
    """The names that stand where the part belongs: later parts that may use it call them."""
    parts = context.assignment.parts
    apart = {other.name for other in parts}
    apart |= {judged.student.candidate.function for judged in context.judged.values()}
    later = [other.name for other in parts if part.name in other.depends_on]
    return {name for one in later for name in context.program.calls(one, but_through=apart)} - apart


def _used(context: Context, part: Part) -> set[str]:
    """The names that a part reads at any depth, if it is answered."""
    judged = context.judged.get(part.name)
    roots = {part.name}
    if judged is not None:
        candidate = judged.student.candidate
        cell = part.cell if candidate.kind is CandidateKind.CELL else None
        roots |= {candidate.function, *(cell.defines if cell else ())}
    return {name for root in roots for name in context.program.calls(root)}


def _by_looks(context: Context, part: Part, apart: set[str]) -> list[str]:
    """Functions under other names that take arguments, and that draw only if the part may."""
    program = context.program
    taken = apart | context.supporting | {item.name for item in context.assignment.parts}
    taken |= {judged.student.candidate.function for judged in context.judged.values()}
    if _is_class(context, part):
        return [name for name in program.classes() if name not in taken]
    names = [n for n in program.functions() if n not in taken and program.takes_arguments(n)]
    # Without a reference, only a cell that is no drawing tells that the part does not draw.
    if part.reference is None and (part.cell is None or _is_drawn(part)):
        return names
    return [name for name in names if not program.is_drawing(name)]


def _is_class(context: Context, part: Part) -> bool:
    """Whether the part is a class: so the reference is, or what was released for it."""
    released = (node for node in context.answer_key.stubs if isinstance(node, ast.ClassDef))
    return inspect.isclass(part.reference) or part.name in {node.name for node in released}


def _is_drawn(part: Part) -> bool:
    return part.cell is not None and bool(part.cell.draws_after)


def _likely(context: Context, part: Part) -> list[str]:
    """The candidates for a part of any name, those first that a later part calls for it."""
    names = _candidates(context, part)
    near = _near(part.name, names)
    called = _in_place(context, part)
    ranked = sorted(
        names, key=lambda name: (name not in near, name not in called, names.index(name))
    )
    return [name for name in ranked if name in near or name in called or not called][:MAX_ANY]


def _fits(context: Context, part: Part, name: str) -> bool:
    """Whether a function under another name does the part's work on the first case."""
    return _fit(context, part, name) >= GOOD_FIT


def _fit(context: Context, part: Part, name: str) -> float:
    """How much of the part's work it does there; below 0 if it ended the process."""
    if part.reference is None:
        return 0.0
    context.session.budget = Budget.of(context.session.cpu_s)
    candidate = Candidate(kind=CandidateKind.FUNCTION, part=part, function=name)
    student = with_form(context, context.student(candidate))
    case = student.cases[0]
    try:
        return matching_share(got=student.answer(case), want=student.expected(case))
    except Failure as failure:
        return -1.0 if failure.is_final else 0.0


def _near(wanted: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are close to the wanted one, the closest first."""
    scored = [(nearness(name, wanted), name) for name in names]
    return [name for ratio, name in sorted(scored, reverse=True) if ratio >= NEAR]
