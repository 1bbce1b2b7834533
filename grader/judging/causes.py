"""Why a part did not work although its own lines may be right: a statement above that did not run.

What is missing afterwards, a name mostly, only follows from that. The trail goes back from the
name to the statement that should have bound it, and on while that one lacked a name in turn.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.catalog import Message
from grader.reading.cells import ParsedCell
from grader.reading.program import Program
from grader.reading.statements import Statement, plain_names
from grader.reading.walked import walked
from grader.running.bare_cells import own_statements
from grader.running.candidate import CandidateKind
from grader.running.student import Student
from grader.sandbox.failures import Failure, Place

UNDEFINED = re.compile(r"\bname '(\w{1,60})' is not defined")


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A name that is in a cell which Python cannot read, and what is wrong there."""

    name: str
    problem: Message


class NotRun(Failure):
    """A failure that only follows from a statement which the part needs and which did not run."""

    def __init__(self, failure: Failure, statement: Statement, root: Failure) -> None:
        start = Place(cell=statement.cell, line=statement.line, function="")
        super().__init__(
            failure.reason,
            kind=root.kind or failure.kind,
            message=root.message,
            places=root.places or (start,),
            file=root.file,
        )
        self.root = root
        """The failure of that statement."""


def cause(student: Student, failure: Failure) -> Failure | Unread | None:
    """What a failure of the part's code goes back to, or None where its own line is to blame.

    A `NotRun`; the plain `Failure` of a statement in the part's own cells; or an `Unread`.
    """
    problems = student.problems()
    name = _undefined(failure)
    if name:
        found = _failed(problems, name) or _caught(student, name)
    else:
        found = _line_cause(student.program, problems, failure)
    if found is None:
        return _unread(student.program, name)
    statement, root = _root(problems, *found)
    unread = _unread(student.program, _undefined(root))
    if unread is not None:
        return unread
    own = {one.index for one in own_statements(student.program, student.candidate.part.cell)}
    is_own = student.candidate.kind is CandidateKind.CELL and statement.index in own
    return root if is_own else NotRun(failure, statement, root)


def roots(student: Student) -> list[tuple[Statement, Failure]]:
    """The statements that the part needs and that did not run, but for what only follows."""
    problems = student.problems()
    read = plain_names(student.reads())
    found: dict[int, tuple[Statement, Failure]] = {}
    for statement, failure in problems:
        root = _root(problems, statement, failure)
        if not _is_import(root[0]) or root[0].is_star or _not_imported(*root) & read:
            found.setdefault(root[0].index, root)
    return [found[index] for index in sorted(found)]


def _root(
    problems: Sequence[tuple[Statement, Failure]], statement: Statement, failure: Failure
) -> tuple[Statement, Failure]:
    """The first of a chain of statements, each of which lacked what the one before should bind."""
    seen = {statement.index}
    while before := _before(problems, statement, failure):
        if before[0].index in seen:
            break
        statement, failure = before
        seen.add(statement.index)
    return statement, failure


def _before(
    problems: Sequence[tuple[Statement, Failure]], statement: Statement, failure: Failure
) -> tuple[Statement, Failure] | None:
    """The statement that did not run and left this one without a name, or without an import."""
    if statement.imports:
        return next((item for item in problems if item[0].binds & statement.reads), None)
    name = _undefined(failure)
    return _failed(problems, name) if name else None


def _undefined(failure: Failure) -> str:
    """The name that had no value, or ''."""
    if failure.kind != "NameError":
        return ""
    found = UNDEFINED.search(str(failure.message))
    return found[1] if found else ""


def _failed(
    problems: Sequence[tuple[Statement, Failure]], name: str
) -> tuple[Statement, Failure] | None:
    """The last statement that should have bound the name and did not run, a star import included.

    Without one that names it, the first star import, which may have brought it.
    """
    binding = [item for item in problems if name in plain_names(item[0].binds)]
    # `x += 1` binds `x` too, and lacked it as well.
    binding = [item for item in binding if _undefined(item[1]) != name] or binding
    stars = [item for item in problems if item[0].is_star]
    return binding[-1] if binding else next(iter(stars), None)


def _line_cause(
    program: Program, problems: Sequence[tuple[Statement, Failure]], failure: Failure
) -> tuple[Statement, Failure] | None:
    """A statement that did not run and should have set or filled what the failing line uses."""
    place = failure.places[-1] if failure.places else None
    lines = {cell.number: cell.source.splitlines() for cell in program.cells}
    if place is None or not 0 < place.line <= len(lines.get(place.cell, ())):
        return None
    words = set(re.findall(r"\w+", lines[place.cell][place.line - 1]))
    for statement, raised in reversed(problems):
        stands_here = statement.cell == place.cell and (
            statement.line <= place.line <= statement.end_line
        )
        changed = plain_names(statement.binds | statement.mutates)
        if not (_is_import(statement) or stands_here) and words & changed:
            return statement, raised
    return None


def _is_import(statement: Statement) -> bool:
    return isinstance(statement.node, (ast.Import, ast.ImportFrom))


def _not_imported(statement: Statement, failure: Failure) -> set[str]:
    """The names that an import left without a value: of several, those before are bound."""
    aliases: list[ast.alias] = getattr(statement.node, "names", [])
    missing = re.search(r"No module named '([\w.]+)'", str(failure.message))
    wanted = f"{missing[1]}." if missing else ""
    tried = [f"{item.name}.".startswith(wanted) for item in aliases]
    first = tried.index(True) if True in tried and isinstance(statement.node, ast.Import) else 0
    return {(item.asname or item.name).partition(".")[0] for item in aliases[first:]}


def _caught(student: Student, name: str) -> tuple[Statement, Failure] | None:
    """An import of the name whose error the code around it caught, with that error."""
    for statement in reversed(student.program.bindings(name)):
        for module in _imports(statement, name):
            failure = student.import_failure(statement, module)
            if failure is not None:
                return statement, failure
    return None


def _imports(statement: Statement, name: str) -> Iterator[str]:
    """The modules from which statements inside a compound one import the name."""
    if isinstance(statement.node, (ast.Try, ast.With, ast.If)):
        for node in walked(statement.node):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for item in node.names:
                    if (item.asname or item.name).split(".")[0] == name:
                        yield getattr(node, "module", None) or item.name


def _unread(program: Program, name: str) -> Unread | None:
    """The last cell that Python cannot read and that seems to bind the name."""
    if not name or program.bindings(name, with_stubs=True):
        return None
    for cell in reversed(program.cells):
        if cell.problem is not None and _binds_in_text(cell, name):
            return Unread(name=name, problem=cell.problem)
    return None


def _binds_in_text(cell: ParsedCell, name: str) -> bool:
    words = rf"^\s*(?:import|from)\b[^#\n]*\b{re.escape(name)}\b"
    return name in cell.defines_text or bool(re.search(words, cell.source, re.MULTILINE))
