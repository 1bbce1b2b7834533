"""The result of a part that is not there: what there is of it, and what may be meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.assignment import Part
from grader.catalog import Message, joined, say
from grader.judging import explain
from grader.judging.context import Context
from grader.judging.part_result import not_run
from grader.reading.code_in_text import code_in_text
from grader.results import PartResult, PartStatus, State
from grader.running.session import Space
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure

MAX_NEAR = 2
MAX_OPEN = 3


def missing_part(context: Context, part: Part, near: Sequence[str] = ()) -> PartResult:
    """The result of a part that is not there, with whatever comes near.

    `near` are functions that may be meant for it and were not taken. It is not started where what
    was handed out for it is there as it was, and not found where nothing is.
    """
    state, words, cell = _what_is_there(context, part)
    others = [
        say(
            "note.passed_over",
            other=name,
            place=context.program.whereabouts(context.program.bindings(name)[-1]),
            name=part.name,
        )
        for name in near[:MAX_NEAR]
    ]
    notes = (words, *others, *_failed_stars(context))
    unrun = not_run(part, say("grading.missing"))
    return replace(unrun, status=PartStatus.MISSING, state=state, notes=notes, cell=cell)


def _what_is_there(context: Context, part: Part) -> tuple[State, Message, int | None]:
    """The state of a missing part, the sentence that says most of it, and the cell's number."""
    stubs = context.program.bindings(part.name, with_stubs=True)
    state = State.NOT_STARTED if stubs else State.NOT_FOUND
    if idle := _where_nothing_runs_it(context, part):
        return state, *idle
    if stubs:
        place = context.program.whereabouts(stubs[-1])
        return state, say("note.untouched", place=place), stubs[-1].cell
    for cell in context.cells:
        if part.name in cell.defines_text:
            place = cell.whereabouts(_line_of(part.name, cell.source))
            if cell.unfinished:
                return State.NOT_STARTED, say("note.untouched", place=place), cell.number
            why = cell.problem or ""
            said = say("note.not_python", name=part.name, place=place, why=why)
            return state, said, cell.number
    still_open = _open_places(context) if part.cell else []
    if still_open:
        places = joined("list.and", still_open)
        return State.NOT_STARTED, say("note.todo_left", places=places, name=part.name), None
    return state, say("note.not_found", name=part.name), None


def _where_nothing_runs_it(context: Context, part: Part) -> tuple[Message, int] | None:
    """The sentence about the part's function in a text, or in another function or class.

    With the number of the cell.
    """
    seen = code_in_text(context.submission.cells, (part.name,))
    if seen:
        said = say(f"note.in_{seen[0].kind}", name=part.name, place=seen[0].place)
        return said, seen[0].number
    for inner in context.program.nested(part.name)[-1:]:
        place = context.program.whereabouts(inner.statement)
        said = say(f"note.in_{inner.kind}", name=part.name, holder=inner.holder, place=place)
        return said, inner.statement.cell
    return None


def _open_places(context: Context) -> list[Message]:
    """Where code cells have a TODO that is in no function, as a part without one is handed out."""
    places = []
    for cell in context.submission.cells:
        found = (
            re.search(r"^#.*\bTODO\b", cell.source, re.MULTILINE) if cell.kind == "code" else None
        )
        if found:
            places.append(cell.whereabouts(cell.source.count("\n", 0, found.start()) + 1))
    return places[:MAX_OPEN]


def _line_of(name: str, source: str) -> int:
    """The line on which a text seems to define the name."""
    found = re.search(
        rf"^[ \t]*((async[ \t]+)?(def|class)[ \t]+)?{re.escape(name)}\b", source, re.MULTILINE
    )
    return source.count("\n", 0, found.start()) + 1 if found else 1


def _failed_stars(context: Context) -> Iterator[Message]:
    """The star imports that did not run: the part may be in what they import."""
    stars = [statement for statement in context.program.statements if statement.is_star]
    if not stars:
        return
    space = Space(context.session, context.program.slice(), {})
    context.session.budget = Budget.of(context.session.cpu_s)
    try:
        space.load()
    except Failure:
        return
    for statement in stars:
        if statement.index in space.problems:
            what = explain.sentence(space.problems[statement.index])
            place = context.program.place(statement.cell, statement.line)
            yield say("note.may_be_there", place=place, what=what)
