"""The statements that are needed to have names bound: a walk back from what is needed."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.reading.statements import END, Statement


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Statements to run in order, and per statement the given names to bind again after it."""

    statements: tuple[Statement, ...]
    rebinds: Mapping[int, frozenset[str]]
    unresolved: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Given:
    """A name that the grader binds, whatever the submission sets it to.

    With `until`, bindings that stand after the last one of that other name are the student's
    own and stay: a key of one's own in the middle of a solution is no longer the given key.
    """

    name: str
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class Bindings:
    """Statements in their order, and which of them bind a name."""

    statements: tuple[Statement, ...]
    stubs: frozenset[int]
    """The indexes of definitions that were left untouched."""
    by_name: Mapping[str, Sequence[Statement]]

    def of(self, name: str, *, with_stubs: bool = False) -> list[Statement]:
        """The statements that bind the name, in order."""
        return [s for s in self.by_name.get(name, ()) if with_stubs or s.index not in self.stubs]


class Walk:
    """One walk back from what is needed."""

    def __init__(
        self, bindings: Bindings, given: Mapping[str, Given], without: frozenset[int]
    ) -> None:
        """With the names that are given, and the statements that count as not there."""
        self.bindings = bindings
        self.given = given
        self.without = without
        self.needed: set[int] = set()
        self.resolved: set[tuple[str, int]] = set()
        self.called: set[tuple[int, int]] = set()
        self.unresolved: set[str] = set()
        self.anchor = {
            item.until: max(
                (s.index for s in bindings.statements if item.until in s.fresh), default=END
            )
            for item in given.values()
            if item.until
        }

    def _is_given(self, name: str, index: int) -> bool:
        item = self.given.get(name)
        return item is not None and (not item.until or index <= self.anchor[item.until])

    def resolve(self, name: str, position: int) -> None:
        """Add what binds a name at a position, and all that needs in turn."""
        pending = [(name, position)]
        while pending:
            name, position = pending.pop()
            if (name, position) in self.resolved:
                continue
            self.resolved.add((name, position))
            for statement in self._candidates(name, position):
                pending += self._wants(statement)

    def need(self, statement: Statement) -> None:
        """Add a statement, and all that it needs."""
        for name, position in self._wants(statement):
            self.resolve(name, position)

    def _wants(self, statement: Statement) -> list[tuple[str, int]]:
        if statement.index in self.needed:
            return []
        self.needed.add(statement.index)
        wanted = [(name, statement.index) for name in statement.reads | statement.mutates]
        wanted += [(name, END) for name in statement.later]
        if not statement.is_function:
            for name in statement.reads:
                wanted += self._wants_of_call(name, statement.index)
        return sorted(wanted)

    def _wants_of_call(self, name: str, position: int) -> list[tuple[str, int]]:
        """What a function that is called at a position reads, as it is bound at that position."""
        wanted: list[tuple[str, int]] = []
        pending = [name]
        while pending:
            for statement in self._candidates(pending.pop(), position):
                if statement.later and (statement.index, position) not in self.called:
                    self.called.add((statement.index, position))
                    wanted += [(later, position) for later in statement.later]
                    pending += statement.later
        return wanted

    def _candidates(self, name: str, position: int) -> list[Statement]:
        """The statements that settle a name at a position: back to the last fresh binding."""
        if name in self.given and not self.given[name].until:
            return []
        allowed = [s for s in self.bindings.of(name) if s.index not in self.without]
        if not allowed:
            allowed = [
                s for s in self.bindings.of(name, with_stubs=True) if s.index not in self.without
            ]
        # A package that some cell patches is no value of the student's: parts get it unpatched.
        is_package = bool(allowed) and all(
            isinstance(s.node, (ast.Import, ast.ImportFrom)) and not s.imports for s in allowed
        )
        touching = [
            s
            for s in self.bindings.statements
            if name in (s.registers if is_package else s.mutates) and s not in allowed
        ]
        found = []
        for statement in sorted([*allowed, *touching], key=lambda s: -s.index):
            if statement.index >= position:
                continue
            if self._is_given(name, statement.index) and name in statement.fresh:
                break
            found.append(statement)
            if name in statement.fresh:
                break
        if any(s.is_definition for s in found):
            found += self._registering_later(name, position, [*allowed, *touching])
        if not found and allowed and name not in self.given:
            found = [s for s in allowed if s.index > position][-1:]
        if not found and name not in self.given:
            self.unresolved.add(name)
        return found

    @staticmethod
    def _registering_later(
        name: str, position: int, statements: Sequence[Statement]
    ) -> list[Statement]:
        """What registers the same value after a position: it holds when functions are called."""
        later = sorted((s for s in statements if s.index > position), key=lambda s: s.index)
        end = next((s.index for s in later if name in s.fresh), END)
        return [s for s in later if s.index < end and name in s.registers]

    def slice(self) -> Slice:
        """The statements found, in the order of the document."""
        statements = [s for s in self.bindings.statements if s.index in self.needed]
        rebinds = {
            s.index: frozenset(name for name in s.fresh if self._is_given(name, s.index))
            for s in statements
        }
        bound = {name for statement in statements for name in statement.binds}
        return Slice(
            statements=tuple(statements),
            rebinds={index: names for index, names in rebinds.items() if names},
            unresolved=frozenset(self.unresolved - bound),
        )
