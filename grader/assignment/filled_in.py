"""Submissions put together from right and wrong functions: what an audit has graded."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.assignment.declaration import Assignment
from grader.assignment.part import Mistake
from grader.reading.cells import Cell, parse_cell
from grader.reading.program import Program
from grader.reading.python_parser import syntax_tree
from grader.reading.submission import Submission, read_submission


@dataclass(frozen=True)
class Answer:
    """An answer in Python: the text of each part's function, and what else they need."""

    functions: Mapping[str, str]
    rest: str = ""

    def with_function(self, part: str, text: str, rest: str = "") -> Answer:
        """The same with another function for a part."""
        both = "\n\n".join(one for one in (self.rest, rest) if one)
        return replace(self, functions={**self.functions, part: text}, rest=both)


def answer_of(text: str, parts: Sequence[str]) -> Answer:
    """The answer in a Python file. Raises SyntaxError."""
    lines = text.splitlines()
    functions, rest = {}, []
    for position, node in enumerate(syntax_tree(text).body):
        if position == 0 and _is_docstring(node):
            continue
        written = "\n".join(lines[_first_line(node) - 1 : node.end_lineno]) + "\n"
        if isinstance(node, ast.FunctionDef) and node.name in parts:
            functions[node.name] = written
        else:
            rest.append(written)
    return Answer(functions, "".join(rest))


def mistaken(right: Answer, part: str, mistake: Mistake) -> Answer:
    """The correct answer with a known mistake in the place of a part's function."""
    text = inspect.getsource(sys.modules[mistake.function.__module__])
    program = Program([parse_cell(Cell(number=1, kind="code", source=text))])
    wrong, needed = "", []
    for statement in program.slice(names=[mistake.name]).statements:
        written = statement.text.strip("\n")
        if statement.is_function and mistake.name in statement.binds:
            wrong = re.sub(rf"^def {mistake.name}\b", f"def {part}", written, flags=re.MULTILINE)
        else:
            needed.append(written)
    return right.with_function(part, f"{wrong}\n", "\n".join(needed))


def untouched(assignment: Assignment) -> Submission:
    """The exercise as it was released."""
    return read_submission(assignment.notebook)


def filled_in(assignment: Assignment, answer: Answer) -> Submission:
    """The exercise with each part's function in its place, the rest before the first of them."""
    notebook = untouched(assignment)
    sources: list[tuple[str, str]] = []
    left = dict(answer.functions)
    where: int | None = None
    for cell in notebook.cells:
        source, used = _replaced(cell, answer.functions)
        if used and where is None:
            where = len(sources)
        for name in used:
            left.pop(name, None)
        sources.append((cell.kind, source))
    if answer.rest:
        sources.insert(len(sources) if where is None else where, ("code", answer.rest))
    sources += [("code", text) for text in left.values()]
    return _submission(notebook, sources)


def with_cells(assignment: Assignment, cells: Sequence[str]) -> Submission:
    """The exercise with whole cells in the place of its first untouched function."""
    notebook = untouched(assignment)
    names = {part.name: "" for part in assignment.parts}
    sources: list[tuple[str, str]] = []
    where: int | None = None
    for cell in notebook.cells:
        source, used = _replaced(cell, names)
        if used and where is None:
            where = len(sources)
        sources.append((cell.kind, source))
    place = len(sources) if where is None else where
    sources[place:place] = [("code", text) for text in cells]
    return _submission(notebook, sources)


def _replaced(cell: Cell, functions: Mapping[str, str]) -> tuple[str, list[str]]:
    """The cell's text with other functions under the same names, and which names these are."""
    if cell.kind != "code":
        return cell.source, []
    parsed = parse_cell(cell)
    lines = parsed.source.splitlines()
    used = []
    for node in reversed(parsed.statements):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            used.append(node.name)
            lines[_first_line(node) - 1 : node.end_lineno] = functions[node.name].splitlines()
    return ("\n".join(lines) + "\n", used) if used else (cell.source, [])


def _submission(notebook: Submission, sources: Sequence[tuple[str, str]]) -> Submission:
    cells = tuple(
        Cell(number=number, kind=kind, source=text)
        for number, (kind, text) in enumerate(sources, start=1)
    )
    return Submission(path=notebook.path, sha256=notebook.sha256, cells=cells)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
