"""What came of a bare cell that has run in a namespace: its values, its error, or its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.assignment import Unset
from grader.reading.statements import Statement
from grader.running.session import Space
from grader.sandbox.failures import Failure

Problems = list[tuple[Statement, Failure]]


def problems(space: Space | None) -> Problems:
    """The statements that raised, with what they raised."""
    if space is None:
        return []
    found = space.problems
    return [(s, found[s.index]) for s in space.statements.statements if s.index in found]


def must_end(space: Space, own: Sequence[Statement]) -> None:
    """Raise the Failure of a statement in the cells of its `own` that ended the process."""
    if space.child is None or not space.child.is_alive:
        space.load()
    cells = {statement.cell for statement in own}
    for statement, failure in problems(space):
        ends = failure.is_final or failure.kind in {"SystemExit", "KeyboardInterrupt"}
        if statement.cell in cells and ends:
            raise failure


def values(space: Space, names: Sequence[str], raised: Problems) -> tuple[Any, ...]:
    """What the names are bound to; those that are not say which of the statements raised."""
    found = space.ask("read", names=names)
    last = raised[-1][1] if raised else None
    failed = {name: failure for s, failure in raised for name in s.binds}
    return tuple(
        found[name] if name in found else Unset(name, failed.get(name, last)) for name in names
    )


def first_error(space: Space, own: Sequence[Statement]) -> dict[str, Any] | None:
    """What the first of its own statements raised, as the child tells it."""
    mine = {statement.index for statement in own}
    for statement, failure in problems(space):
        if statement.index in mine:
            places = [(str(p.cell), p.line, p.function) for p in failure.places]
            return {"kind": failure.kind, "message": str(failure.message), "places": places}
    return None
