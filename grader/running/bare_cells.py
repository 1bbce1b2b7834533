"""Which statements a bare cell is: its last bindings, or its drawing, and what stands before."""

from __future__ import annotations

from grader.assignment import CellForm
from grader.reading.program import Program
from grader.reading.statements import Statement

_STOPPERS = frozenset({"exit", "_exit", "quit", "abort", "kill", "raise_signal", "sleep"})


def own_statements(program: Program, cell: CellForm | None) -> list[Statement]:
    """The statements that do a bare cell's own work: its last bindings, or its drawing."""
    if cell is None:
        return []
    if cell.draws_after:
        return [program.statements[i] for i in drawing_statements(program, cell.draws_after)]
    return [s for name in cell.defines for s in program.bindings(name)[-1:]]


def cell_roots(program: Program, cell: CellForm) -> list[int]:
    """What must run for a bare cell: its drawing, and loops or exits that stand before its work."""
    own = own_statements(program, cell)
    last = {statement.cell: statement.index for statement in own}
    before = [
        s.index
        for s in program.statements
        if s.cell in last and s.index < last[s.cell] and (s.is_loop or s.names_any(_STOPPERS))
    ]
    drawing = [s.index for s in own] if cell.draws_after else []
    return sorted({*before, *drawing})


def drawing_statements(program: Program, after: str) -> list[int]:
    """The drawing statements after the name is last bound, or those of the last such cell."""
    drawing = [s for s in program.statements if program.draws(s)]
    bindings = program.bindings(after)
    if bindings:
        last_bound = bindings[-1].definition
        first = last_bound.index
        found = [s.index for s in drawing if s.index > first or s.cell == last_bound.cell]
        if found:
            return found
    last = drawing[-1].cell if drawing else 0
    return [s.index for s in drawing if s.cell == last]
