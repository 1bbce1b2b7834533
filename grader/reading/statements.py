"""The top-level statements of cells, each with its text and the names that it deals with."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace

from grader.reading.cells import ParsedCell
from grader.reading.changes import changed, known_of, registered
from grader.reading.definitions import (
    DEFINITIONS,
    is_main_guard,
    is_unwritten,
    makes_function,
    shape_of,
)
from grader.reading.plotting_packages import other_figures
from grader.reading.python_parser import parse_python
from grader.reading.statement_names import names_of, plain_targets
from grader.reading.walked import walked

END = 1 << 30
"""A position after all statements."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One top-level statement: where it stands, its text, and the names it deals with.

    `fresh` are names that it binds for certain without reading them, `later` names that its
    functions read when they are called.
    """

    index: int
    cell: int
    line: int
    end_line: int
    text: str
    node: ast.stmt = field(repr=False)
    binds: frozenset[str]
    fresh: frozenset[str]
    reads: frozenset[str]
    later: frozenset[str]
    mutates: frozenset[str]
    """Names whose values it may change."""
    registers: frozenset[str] = frozenset()
    """Those among them that it registers, or gives attributes or rules."""
    is_star: bool = False
    is_environment: bool = False
    """Whether it sets an option of JAX that then holds for every part; the program finds that."""
    is_variable: bool = False
    """Whether it sets an option by a variable of the environment, which JAX reads but once."""
    module: str = ""
    """The file that it stands in, where that is not the submission; its names are that file's."""
    imports: str = ""
    """The file submitted next to the submission that it imports one name from."""
    source: Statement | None = field(default=None, repr=False)
    """What binds that name there."""

    @property
    def definition(self) -> Statement:
        """The statement that says what is bound: this one, or that of the file it imports from."""
        return self.source or self

    @property
    def is_function(self) -> bool:
        """Whether it is a function definition."""
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef))

    @property
    def is_import(self) -> bool:
        """Whether it imports something."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def is_definition(self) -> bool:
        """Whether it defines a function or a class, or makes a function of others."""
        return isinstance(self.node, DEFINITIONS) or makes_function(self.node)

    @property
    def is_data(self) -> bool:
        """Whether it assigns values to names, in the way that data get theirs."""
        return isinstance(self.node, (ast.Assign, ast.AnnAssign)) and not makes_function(self.node)

    @property
    def is_loop(self) -> bool:
        """Whether it is a loop."""
        return isinstance(self.node, (ast.While, ast.For, ast.AsyncFor))

    @property
    def other_figures(self) -> frozenset[str]:
        """The packages that it imports or names as a backend and whose figures are not judged."""
        return other_figures(self.node)

    def names_any(self, names: frozenset[str]) -> bool:
        """Whether it is a bare expression that calls something of one of these names."""
        return isinstance(self.node, ast.Expr) and any(
            getattr(item.func, "attr", getattr(item.func, "id", "")) in names
            for item in walked(self.node)
            if isinstance(item, ast.Call)
        )


def statements_of(cells: Sequence[ParsedCell]) -> tuple[Statement, ...]:
    """The top-level statements of cells."""
    return _with_effects(tuple(_statements(cells)))


def is_stub(statement: Statement, shapes: Container[str]) -> bool:
    """Whether it only holds what was released, given by its shapes, or does nothing."""
    one = statement.definition
    if isinstance(one.node, (ast.Assign, ast.AnnAssign)):
        return shape_of(one.node) in shapes
    is_definition = isinstance(one.node, DEFINITIONS)
    return is_definition and (shape_of(one.node) in shapes or is_unwritten(one.node))


def qualified(module: str, name: str) -> str:
    """A name of a file's namespace, as it is among all names; of the submission's it is itself."""
    return f"{module}:{name}" if module else name


def plain_names(names: Iterable[str]) -> set[str]:
    """Names as they are written, whatever namespace they are of."""
    return {name.rpartition(":")[2] for name in names}


def _statements(cells: Sequence[ParsedCell]) -> Iterable[Statement]:
    index = 0
    for cell in cells:
        lines = cell.source.splitlines()
        for node, is_inner in _flat(cell.statements):
            text = _text(lines, cell.source, node, is_inner=is_inner)
            yield _statement(index, cell.number, node, text)
            index += 1


def _flat(nodes: Iterable[ast.stmt]) -> Iterable[tuple[ast.stmt, bool]]:
    """The statements, those under `if __name__ == "__main__":` instead of the `if`."""
    for node in nodes:
        if isinstance(node, ast.If) and is_main_guard(node.test):
            yield from ((inner, True) for inner in node.body)
        else:
            yield node, False


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _text(lines: list[str], source: str, node: ast.stmt, *, is_inner: bool) -> str:
    """The statement's text with blank lines before it, so that line numbers are the cell's."""
    first, last = _first_line(node), node.end_lineno or node.lineno
    block = "\n".join(lines[first - 1 : last])
    if is_inner:
        plain = textwrap.dedent(block)
        if not _is_same(plain, node):
            # A string goes over lines, which must stay as they are: keep the indentation.
            return "\n" * (first - 2) + "if 1:\n" + block
        block = plain
    # More than one statement on a line: take this one's own characters.
    try:
        is_alone = len(parse_python(block).body) == 1
    except SyntaxError:
        is_alone = False
    if not is_alone:
        block = ast.get_source_segment(source, node) or block
    return "\n" * (first - 1) + block


def _is_same(text: str, node: ast.stmt) -> bool:
    try:
        return ast.dump(parse_python(text).body[0]) == ast.dump(node)
    except (SyntaxError, IndexError, RecursionError):
        return False


def _statement(index: int, cell: int, node: ast.stmt, text: str) -> Statement:
    binds, reads, later = names_of(text, node)
    targets = plain_targets(node)
    return Statement(
        index=index,
        cell=cell,
        line=_first_line(node),
        end_line=node.end_lineno or node.lineno,
        text=text,
        node=node,
        binds=frozenset(binds),
        fresh=frozenset(targets - reads),
        reads=frozenset(reads),
        later=frozenset(later),
        mutates=frozenset(),
        is_star=isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names),
    )


def _with_effects(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements, each with the names that it changes, as far as all of them tell."""
    known = known_of([s.node for s in statements])
    found = []
    for statement in statements:
        registers = frozenset(registered(statement.node, known))
        mutates = registers | changed(statement.node, known)
        found.append(replace(statement, mutates=mutates, registers=registers))
    return tuple(found)
