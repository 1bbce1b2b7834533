"""From cells to the statements that a part needs, by their names; nothing is run here.

A `Program` is every top-level statement of a submission with the names that it binds and
reads. `Program.slice` walks back from what a part needs and gives the statements to run, in
the order of the document: helpers before or after, defaults, decorators, star imports. What
no part needs is in no slice.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from grader.catalog import Message, say
from grader.reading.cells import ParsedCell
from grader.reading.changes import given_attributes
from grader.reading.definitions import DEFINITIONS, makes_function, shape_of
from grader.reading.jax_options import with_settings
from grader.reading.limits import MAX_STATEMENTS
from grader.reading.plotting_packages import (
    DRAWING_NAMES,
    DRAWING_PACKAGES,
    STAR_DRAWS,
    has_drawing_method,
)
from grader.reading.slices import Bindings, Given, Slice, Walk
from grader.reading.statements import END, Statement, is_stub, plain_names, qualified, statements_of
from grader.reading.submission import Submission
from grader.reading.unreadable import UnreadableError
from grader.reading.walked import walked


@dataclass(frozen=True, kw_only=True)
class NestedDefinition:
    """A definition inside a "function" or a "class", which is its `holder`."""

    kind: str
    holder: str
    statement: Statement


class Program:
    """All statements of a submission, and which names they bind."""

    def __init__(
        self,
        cells: Sequence[ParsedCell],
        stubs: Iterable[ast.stmt] = (),
        *,
        statements: tuple[Statement, ...] | None = None,
        modules: Mapping[str, bool] = MappingProxyType({}),
    ) -> None:
        """With the statements of files that are imported, and these files' names."""
        self.cells = tuple(cells)
        self.modules = dict(modules)
        count = sum(len(cell.statements) for cell in cells)
        if count > MAX_STATEMENTS:
            said = say("file.many_statements", count=count, most=MAX_STATEMENTS)
            raise UnreadableError("", said)
        shapes = {shape_of(stub) for stub in stubs}
        self.statements = with_settings(statements_of(cells) if statements is None else statements)
        self._places = {cell.number: cell for cell in cells}
        self._drawing = _drawing_names(self.statements)
        by_name: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                by_name.setdefault(name, []).append(statement)
        self.stubs = _untouched(self.statements, by_name, shapes)
        self._bindings = Bindings(statements=self.statements, stubs=self.stubs, by_name=by_name)

    @classmethod
    def of(cls, submission: Submission) -> Program:
        """The program of a submission's code cells, without what it takes from files."""
        return cls(submission.parsed_cells)

    def bindings(self, name: str, *, with_stubs: bool = False) -> list[Statement]:
        """The statements that bind the name, in order, without definitions left untouched."""
        return self._bindings.of(name, with_stubs=with_stubs)

    def origins(self, name: str, *, before: int = END) -> list[Statement]:
        """The same, those of the file that a statement imports the name from in its place."""
        found: list[Statement] = []
        for statement in self.bindings(name):
            if statement.index >= before:
                continue
            reads = statement.reads if statement.imports else ()
            inner = [one for n in reads for one in self.origins(n, before=statement.index)]
            found += inner or [statement]
        return found

    def place(self, cell: int, line: int) -> Message:
        """The words for a line of a cell or file."""
        known = self._places.get(cell)
        return known.place(line) if known else say("cell.place", cell=cell, line=line)

    def whereabouts(self, statement: Statement) -> Message:
        """The words for where a definition is to be found."""
        one = statement.definition
        return self._places[one.cell].whereabouts(one.line)

    @property
    def makes_typed_keys(self) -> bool:
        """Whether some statement calls `jax.random.key`, by whatever name, for new keys."""
        return any(_makes_typed_key(item) for s in self.statements for item in walked(s.node))

    def functions(self) -> list[str]:
        """Names that look like functions: defined, or bound to a call or a lambda; in order."""
        names = {}
        for statement in self.statements:
            one = statement.definition
            if statement.index in self.stubs or statement.module:
                continue
            if one.is_function or makes_function(one.node):
                names.update(dict.fromkeys(sorted(statement.binds)))
        return list(names)

    def classes(self) -> list[str]:
        """Names of classes, in order."""
        found = [s for s in self.statements if isinstance(s.definition.node, ast.ClassDef)]
        found = [s for s in found if s.index not in self.stubs and not s.module]
        return list(dict.fromkeys(name for s in found for name in sorted(s.binds)))

    def takes_arguments(self, name: str) -> bool:
        """Whether the last definition of a function has parameters, as far as can be seen."""
        for statement in self.bindings(name)[-1:]:
            node = statement.definition.node
            made = getattr(node, "value", None)
            function = made if isinstance(made, ast.Lambda) else node
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return any(isinstance(item, ast.arg) for item in walked(function.args))
        return True

    def nested(self, name: str) -> list[NestedDefinition]:
        """Definitions of the name inside a function or a class, where they are no part."""
        found = []
        for statement in self.statements:
            if isinstance(statement.node, DEFINITIONS):
                kind = "class" if isinstance(statement.node, ast.ClassDef) else "function"
                found += [
                    NestedDefinition(kind=kind, holder=statement.node.name, statement=statement)
                    for item in walked(statement.node)
                    if item is not statement.node
                    and isinstance(item, DEFINITIONS)
                    and item.name == name
                ]
        return found

    def calls(self, name: str, *, but_through: Container[str] = ()) -> set[str]:
        """The names that a function reads, and those that the functions it reads read in turn.

        What some of these read can be omitted.
        """
        found: set[str] = set()
        pending = [name]
        while pending:
            for statement in self.bindings(pending.pop())[-1:]:
                new = (statement.later | statement.reads) - found
                found |= new
                pending += [name for name in new if name not in but_through]
        return plain_names(found)

    def is_drawing(self, name: str) -> bool:
        """Whether it is a plotting package, or made from one: a function that draws, say."""
        return name in self._drawing

    def draws(self, statement: Statement) -> bool:
        """Whether the statement uses a plotting package, or a function that does."""
        if isinstance(statement.node, (ast.Import, ast.ImportFrom)) or statement.is_function:
            return False
        return bool(statement.reads & self._drawing) or has_drawing_method(statement.node)

    def slice(
        self,
        *,
        names: Iterable[str] = (),
        roots: Iterable[int] = (),
        given: Iterable[Given] = (),
        without: frozenset[int] = frozenset(),
    ) -> Slice:
        """The statements needed to have the names bound at the end and the roots run."""
        known = [
            Given(name=qualified(m, item.name), until=item.until and qualified(m, item.until))
            for item in given
            for m in ("", *self.modules)
        ]
        walk = Walk(self._bindings, {item.name: item for item in known}, without)
        for name in names:
            walk.resolve(name, END)
        for root in roots:
            walk.need(self.statements[root])
        for statement in self.statements:
            if statement.is_star or statement.is_environment:
                walk.need(statement)
        return walk.slice()


def _untouched(
    statements: Sequence[Statement], by_name: Mapping[str, list[Statement]], shapes: set[str]
) -> frozenset[int]:
    """The indexes of what is as it was released, or does nothing.

    A class that gets its methods later does something, and so does a value that is bound again:
    the code may start from it.
    """
    written = {name for s in statements for name in given_attributes(s.node)}
    same = {s.index for s in statements if is_stub(s, shapes)}
    return frozenset(
        s.index
        for s in statements
        if s.index in same
        and (s.is_function or written.isdisjoint(s.binds))
        and (
            isinstance(s.definition.node, DEFINITIONS)
            or all(one.index in same for name in s.binds for one in by_name[name])
        )
    )


def _makes_typed_key(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        is_random = node.module == "jax.random"
        return is_random and any(item.name == "key" for item in node.names)
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in {"key", "wrap_key_data"}


def _drawing_names(statements: Sequence[Statement]) -> frozenset[str]:
    """Names of plotting packages and of what is made from them, functions that draw included."""
    names = set(DRAWING_NAMES)
    for statement in statements:
        node = statement.node
        modules = [item.name for item in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        if any(module.split(".")[0] in DRAWING_PACKAGES for module in modules):
            names |= STAR_DRAWS if statement.is_star else statement.fresh
    makers = [
        s
        for s in statements
        if s.is_function or s.imports or isinstance(s.node, (ast.Assign, ast.With, ast.For))
    ]
    names |= {name for s in makers if has_drawing_method(s.node) for name in s.binds}
    is_growing = True
    while is_growing:
        grown = set(names)
        for statement in makers:
            if (statement.later if statement.is_function else statement.reads) & names:
                grown |= statement.binds
        is_growing = len(grown) > len(names)
        names = grown
    return frozenset(names)
