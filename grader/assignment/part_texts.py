"""Answers in Python, part by part: the text of each, and what else they need.

To a part belongs its definition, a function, a class or an assignment, and what registers it,
gives it rules or attributes, or binds it again (`f.defvjp(...)`, `register_pytree_node(C, ...)`,
`C.norm = ...`), wherever that is. A part that is a bare cell is what binds the names of its cell.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.assignment.part import Mistake, Part
from grader.reading.cells import Cell, parse_cell
from grader.reading.definitions import DEFINITIONS
from grader.reading.program import Program
from grader.reading.python_parser import syntax_tree
from grader.reading.statements import Statement


@dataclass(frozen=True)
class Answer:
    """An answer in Python: the text of each part, and what else they need."""

    parts: Mapping[str, str]
    rest: str = ""
    """What comes before all parts."""
    after: Mapping[str, str] = field(default_factory=dict)
    """What needs a part when it is run, and so comes after it, by the part's name."""

    def with_part(self, part: str, text: str, rest: str = "") -> Answer:
        """The same with another text for a part."""
        both = "\n\n".join(one for one in (self.rest, rest) if one)
        return replace(self, parts={**self.parts, part: text}, rest=both)


def answer_of(text: str, parts: Sequence[Part], given: Iterable[ast.stmt] = ()) -> Answer:
    """The answer in a Python file, less what the notebook does by itself. Raises SyntaxError.

    `given` are the statements of the notebook.
    """
    syntax_tree(text)
    program = _program(text)
    known = {ast.dump(node) for node in given}
    owners = _owners(program, parts)
    own: dict[str, list[str]] = {}
    rest, after = [], dict[str, list[str]]()
    for statement in program.statements:
        if statement.index == 0 and _is_docstring(statement.node):
            continue
        written = statement.text.strip("\n") + "\n"
        name = owners.get(statement.index, "")
        if name:
            is_given = bool(own.get(name)) and ast.dump(statement.node) in known
            own.setdefault(name, []).extend([] if is_given else [written])
            continue
        needed = _needed_at_once(program, statement, owners)
        last = [part.name for part in parts if part.name in needed][-1:]
        if last:
            owners[statement.index] = last[0]
            after.setdefault(last[0], []).append(written)
        else:
            rest.append(written)
    return Answer(
        {name: "\n\n".join(texts) for name, texts in own.items()},
        "".join(rest),
        {name: "\n\n".join(texts) for name, texts in after.items()},
    )


def mistaken(right: Answer, part: str, mistake: Mistake) -> Answer:
    """The correct answer with a known mistake instead of a part."""
    program = _program(inspect.getsource(sys.modules[mistake.function.__module__]))
    statements = program.slice(names=[mistake.name]).statements
    own = belonging(statements, {mistake.name})
    wrong = [s.text.strip("\n") for s in statements if s.index in own]
    needed = [s.text.strip("\n") for s in statements if s.index not in own]
    text = "\n\n\n".join(_renamed(one, mistake.name, part) for one in wrong)
    return right.with_part(part, f"{text}\n", "\n".join(needed))


def names_of(part: Part, text: str) -> frozenset[str]:
    """What a text binds of a part: its own name, or the names of its cell."""
    if part.cell is None or not text or part.name in bound_in(text):
        return frozenset({part.name})
    return frozenset(part.cell.defines)


def belonging(statements: Sequence[Statement], names: Collection[str]) -> set[int]:
    """The indexes of the statements that bind these names or change what they are bound to.

    What these read, and needs the names in turn, is among them: `flatten = C.flatten`, say.
    """
    known = {*names}
    found = {s.index for s in statements if known & (s.binds | s.mutates)}
    between = [s for s in statements if found and min(found) < s.index < max(found)]
    needing: list[Statement] = []
    for statement in between:
        if known & statement.reads and statement.index not in found:
            needing.append(statement)
            known |= statement.binds
    wanted = {name for s in statements if s.index in found for name in s.reads}
    for statement in reversed(needing):
        if statement.binds & wanted:
            found.add(statement.index)
            wanted |= statement.reads
    return found


def without(text: str, name: str) -> str:
    """A text without what a name is bound to, what belongs to that, and what needs it at once."""
    statements = statements_in(text)
    gone = belonging(statements, {name})
    lost = {name for s in statements if s.index in gone for name in s.fresh}
    for statement in statements:
        if statement.index not in gone and lost & statement.reads:
            gone.add(statement.index)
            lost |= statement.binds
    return "\n".join(s.text.strip("\n") for s in statements if s.index not in gone)


def kinds_of(statements: Sequence[Statement], names: Collection[str]) -> set[str]:
    """What is done to the names after their definition: "register", "defvjp", "norm"."""
    return {kind for s in statements for kind in kinds(s, names)}


def kinds(statement: Statement, names: Collection[str]) -> set[str]:
    """What a statement does to the names."""
    node = statement.node
    is_definition = bool(statement.fresh & set(names)) and statement.is_definition
    if is_definition:
        looked_at: list[ast.AST] = list(getattr(node, "decorator_list", []))
    elif statement.mutates & set(names) or (statement.binds - statement.fresh) & set(names):
        looked_at = [node]
    else:
        return set()
    items = [item for one in looked_at for item in ast.walk(one)]
    found = {getattr(item, "attr", getattr(item, "id", "")) for item in items}
    return {"register" if name.startswith("register") else name for name in found} & (
        {"register"} if is_definition else {"register", *(_done(item) for item in items)}
    )


def _done(item: ast.AST) -> str:
    """The attribute that is set, or the name of what is called."""
    if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store):
        return item.attr
    called = item.func if isinstance(item, ast.Call) else None
    name: str = getattr(called, "attr", getattr(called, "id", ""))
    return name


# The statements of a file ----------------------------------------------------------------------


def statements_in(text: str) -> tuple[Statement, ...]:
    """The statements of a text."""
    return _program(text).statements


def bound_in(text: str) -> set[str]:
    """The names that a text binds."""
    return {name for s in statements_in(text) for name in s.binds}


def _program(text: str) -> Program:
    return Program([parse_cell(Cell(number=1, kind="code", source=text))])


def _owners(program: Program, parts: Sequence[Part]) -> dict[int, str]:
    """The part that each statement belongs to, by the statement's index."""
    bound = {name for s in program.statements for name in s.binds}
    found: dict[int, str] = {}
    for part in parts:
        if part.name in bound or part.cell is None:
            own = belonging(program.statements, {part.name})
        elif part.cell.draws_after:
            own = _drawing(program, part.cell.draws_after)
        else:
            own = belonging(program.statements, part.cell.defines)
        found |= {index: part.name for index in sorted(own) if index not in found}
    # What binds a part is its own, whatever else it changes.
    by_name = {part.name: part.name for part in parts}
    for statement in program.statements:
        for name in sorted(statement.binds & by_name.keys()):
            found[statement.index] = name
    return found


def _drawing(program: Program, after: str) -> set[int]:
    """What draws after a name is last bound."""
    first = max((s.index for s in program.statements if after in s.binds), default=-1)
    return {s.index for s in program.statements if s.index > first and program.draws(s)}


def _needed_at_once(program: Program, statement: Statement, owners: Mapping[int, str]) -> set[str]:
    """The parts that must be there before a statement is run."""
    found: set[str] = set()
    pending = sorted(statement.reads | statement.mutates)
    seen = set(pending)
    while pending:
        name = pending.pop()
        for one in program.bindings(name, with_stubs=True):
            if one.index in owners:
                found.add(owners[one.index])
            elif not isinstance(statement.node, DEFINITIONS):
                new = (one.later | one.reads) - seen
                seen |= new
                pending += sorted(new)
    return found


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _renamed(text: str, old: str, new: str) -> str:
    """The text with another name instead of one, wherever that is bound or read."""
    lines = [line.encode() for line in text.splitlines()]
    places = []
    for node in ast.walk(syntax_tree(text)):
        if isinstance(node, ast.Name) and node.id == old:
            places.append((node.lineno - 1, node.col_offset))
        elif isinstance(node, DEFINITIONS) and node.name == old:
            row = node.lineno - 1
            places.append((row, lines[row].index(old.encode(), node.col_offset + len("def "))))
    for row, column in sorted(places, reverse=True):
        line = lines[row]
        lines[row] = line[:column] + new.encode() + line[column + len(old.encode()) :]
    return "\n".join(line.decode() for line in lines)
