"""One submission at run time: children, and namespaces in which its statements have been run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.extract import Slice, Statement
from grader.sandbox import Budget, Child, Failure, ForkServer

MAX_RESTARTS = 4


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """Trusted functions to bind: name to expression, over the assignment's stand-in text."""

    text: str
    names: Mapping[str, str]


@dataclass
class Session:
    """The children of one submission. Close it to end them all.

    Stand-ins live in children of their own, so that a part that is judged on its own work never
    shares a process with a right answer.
    """

    server: ForkServer
    modules: Mapping[str, str]
    cpu_s: float
    budget: Budget = field(init=False)
    children: dict[str, Child] = field(default_factory=dict)
    killers: dict[tuple[str, int], Failure] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)
    """Names that slices read and no statement binds."""
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.budget = Budget.of(self.cpu_s)

    def child(self, kind: str) -> Child:
        """The living child of a kind ("own" or "stand-ins"), forked when there is none."""
        child = self.children.get(kind)
        if child is None or not child.is_alive:
            child = self.server.fork(cpu_s=self.cpu_s * 10)
            self.children[kind] = child
        return child

    def close(self) -> None:
        """End all children."""
        for child in self.children.values():
            child.end()


class Space:
    """A namespace in which a slice has been run with given values; made when first asked."""

    def __init__(
        self,
        session: Session,
        statements: Slice,
        values: Mapping[str, Any],
        stand_ins: StandIns | None = None,
    ) -> None:
        self.session = session
        self.statements = statements
        self.values = values
        self.stand_ins = stand_ins
        self.kind = "stand-ins" if stand_ins and stand_ins.names else "own"
        self.child: Child | None = None
        self.number = 0
        self.problems: dict[int, Failure] = {}
        session.unresolved |= statements.unresolved

    def ask(self, operation: str, **body: Any) -> Any:
        """The answer of the inside to one request in this namespace. Raises Failure."""
        if self.child is None or not self.child.is_alive:
            self.load()
        return self._ask(operation, **body)

    def _ask(self, operation: str, budget: Budget | None = None, **body: Any) -> Any:
        assert self.child is not None
        request = {"op": operation, "space": self.number, **body}
        return self.child.ask(request, budget or self.session.budget)

    def load(self) -> None:
        """Run the slice in a fresh namespace; statements that end the process are left out."""
        for _ in range(MAX_RESTARTS):
            self.child = self.session.child(self.kind)
            self.number = next(self.session.numbers)
            self.problems = {}
            if self._run_all():
                return
        raise Failure("crashed", message="the cells that this part needs end the process")

    def _run_all(self) -> bool:
        modules = dict(self.session.modules)
        self._ask("open", modules=modules, main=True)
        self._ask("bind", values=dict(self.values))
        if self.stand_ins and self.stand_ins.names:
            self._ask(
                "stand_in",
                source=self.stand_ins.text,
                names=dict(self.stand_ins.names),
                values=dict(self.values),
            )
        pending = list(self.statements.statements)
        while pending:
            waiting = []
            for statement in pending:
                failure = self._run(statement)
                if failure is None:
                    self.problems.pop(statement.index, None)
                elif failure.is_final and not (self.child and self.child.is_alive):
                    return False
                else:
                    self.problems[statement.index] = failure
                    if failure.kind == "NameError":
                        waiting.append(statement)
            # A name that a later cell binds: try again while that helps.
            if len(waiting) == len(pending):
                break
            pending = waiting
        return True

    def _run(self, statement: Statement) -> Failure | None:
        known = self.session.killers.get((self.kind, statement.index))
        if known is not None:
            return known
        whole = self.session.budget
        limit = Budget(cpu_s=min(whole.cpu_s, self.session.cpu_s / 2), wall_s=whole.wall_s / 2)
        before = limit.cpu_s, limit.wall_s
        rebind = self.statements.rebinds.get(statement.index, frozenset())
        values = {name: self.values[name] for name in sorted(rebind) if name in self.values}
        try:
            self._ask("execute", limit, source=statement.text, cell=statement.cell, rebind=values)
        except Failure as failure:
            if failure.is_final:
                self.session.killers[self.kind, statement.index] = failure
            return failure
        finally:
            whole.cpu_s -= before[0] - limit.cpu_s
            whole.wall_s -= before[1] - limit.wall_s
        return None
