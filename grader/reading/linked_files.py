"""Files submitted next to a submission, made part of its program where it imports or runs them.

The statements of a file stand before the one that imports it, in a namespace of the file's own:
a name there is `file:name`. An import is one statement for each name that it brings, so that a
part needs of a file what it needs of a notebook, and no more.
"""

from __future__ import annotations

import ast
import keyword
import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.catalog import Message, say
from grader.reading.cells import Cell, ParsedCell, parse_cell
from grader.reading.definitions import is_main_guard, shape_of
from grader.reading.limits import MAX_RUNS, MAX_STATEMENTS
from grader.reading.program import Program
from grader.reading.python_parser import syntax_tree
from grader.reading.run_files import callee, file_run, run_arguments, text_of, texts_of_files
from grader.reading.statements import Statement, is_stub, qualified, statements_of
from grader.reading.submission import NO_MODULES
from grader.reading.unreadable import UnreadableError
from grader.reading.walked import walked
from grader.reading.written_files import written_by
from grader.safe_text import NAME_LIMIT, visible

INIT = ".__init__"
TAKEN = (
    frozenset(sys.stdlib_module_names)
    - frozenset("test code statistics calendar turtle cmd profile trace graphlib".split())
) | frozenset("jax jaxlib numpy scipy matplotlib pylab IPython".split())
"""Names of modules that a notebook has loaded before it could find a file of the same name."""


def program(
    cells: Sequence[ParsedCell],
    stubs: Iterable[ast.stmt] = (),
    files: Mapping[str, str] = NO_MODULES,
) -> Program:
    """The program of a submission with what it takes from files: module name to source text.

    Raises UnreadableError when that is too much.
    """
    stubs = tuple(stubs)
    if not files or not any(_may_link(cell) for cell in cells):
        return Program(cells, stubs)
    linker = _Linker(files, stubs, first_number=max((c.number for c in cells), default=0) + 1)
    linker.walk(statements_of(cells), "")
    return Program(
        [*(_without_notes(cell, linker.cells) for cell in cells), *linker.read()],
        stubs,
        statements=linker.statements(),
        modules=linker.linked,
    )


def _may_link(cell: ParsedCell) -> bool:
    return re.search(r"\b(import|exec|run_line_magic|run_path)\b", cell.source) is not None


def _without_notes(cell: ParsedCell, read: Container[str]) -> ParsedCell:
    """The cell, not saying of a file that was read that it was not, or of what wrote it."""

    def is_wrong(note: Message) -> bool:
        what = dict(note.values).get("what")
        if not isinstance(what, Message):
            return False
        if what.id == "cell.foreign":
            return written_by(cell.source) in read
        ran = run_arguments(str(dict(what.values).get("file", "")))
        return what.id == "cell.not_read" and ran is not None and ran[0] in read

    return replace(cell, notes=tuple(note for note in cell.notes if not is_wrong(note)))


class _Linker:
    """The statements of a submission and of its files, in the order in which they would run."""

    def __init__(
        self, files: Mapping[str, str], stubs: Sequence[ast.stmt], *, first_number: int
    ) -> None:
        self.sources = {name.removesuffix(INIT): text for name, text in files.items()}
        self.packages = {name.removesuffix(INIT) for name in files if name.endswith(INIT)}
        self.packages |= {name[:i] for name in files for i, c in enumerate(name) if c == "."}
        self.shapes = {shape_of(stub) for stub in stubs}
        self.first_number = first_number
        self.cells: dict[str, ParsedCell] = {}
        self.linked: dict[str, bool] = {}
        """The namespaces of files, and whether each is a package."""
        self.bound: dict[str, dict[str, Statement]] = {"": {}}
        self.found: list[Statement] = []
        self.weak: set[int] = set()
        self.running: set[str] = set()
        self.runs = 0

    def read(self) -> list[ParsedCell]:
        """The files that were read."""
        return list(self.cells.values())

    def statements(self) -> tuple[Statement, ...]:
        """All statements; what a module imported whole offers counts if the notebook lacks it."""
        own = {
            name
            for s in self.found
            if not s.module and s.index not in self.weak and not is_stub(s, self.shapes)
            for name in s.binds
        }
        return tuple(
            replace(s, binds=frozenset(), fresh=frozenset(), reads=frozenset())
            if s.index in self.weak and s.binds & own
            else s
            for s in self.found
        )

    def walk(self, statements: Sequence[Statement], module: str) -> None:
        """Add the statements of a namespace, and before each what it imports."""
        aliases: dict[str, str] = {}
        texts: dict[str, str] = {}
        for statement in statements:
            texts |= texts_of_files(statement.node)
            ran = file_run(statement.node, texts)
            if ran is not None and ran[0] in self.sources and ran[0] not in self.running:
                self._run(statement, module, ran[0], is_shared=ran[1])
                continue
            imports = [*self._imports(statement.node, module, aliases)]
            if isinstance(statement.node, ast.ImportFrom) and imports:
                for one in self._one_by_one(statement, statement.node, imports[0][0]):
                    self._add(one, module)
                continue
            reads, binds, mutates = self._uses(statement.node, imports, aliases)
            self._add(replace(statement, binds=statement.binds | binds), module, reads, mutates)
            if isinstance(statement.node, ast.Import) and not module:
                for target, _ in imports:
                    self._offer(statement, target)

    # Files ---------------------------------------------------------------------------------

    def _cell(self, name: str) -> ParsedCell:
        if name not in self.cells:
            init = INIT if name in self.packages else ""
            label = visible((name + init).replace(".", "/") + ".py", NAME_LIMIT)
            number = self.first_number + len(self.cells)
            source = self.sources[name]
            cell = Cell(number=number, kind="code", source=source, first_line=1, file=label)
            self.cells[name] = parse_cell(cell)
        return self.cells[name]

    def _enter(self, name: str) -> bool:
        """Read a module and the packages that it is in; whether its statements are known."""
        if name.partition(".")[0] in TAKEN:
            return False
        for i, c in enumerate(name):
            if c == ".":
                self._enter(name[:i])
        if name in self.linked:
            return True
        if name not in self.sources:
            is_package = name in self.packages
            if is_package:
                self.linked[name], self.bound[name] = True, {}
            return is_package
        cell = self._cell(name)
        if cell.problem is not None:
            return False
        self.linked[name], self.bound[name] = name in self.packages, {}
        body = tuple(s for node in cell.statements for s in _as_imported(node))
        self.walk(statements_of([replace(cell, statements=body)]), name)
        return True

    def _run(self, statement: Statement, module: str, name: str, *, is_shared: bool) -> None:
        """Add a file that is run: in the namespace at hand, or in its own with all names taken."""
        cell = self._cell(name)
        self.runs += 1
        if cell.problem is not None or self.runs > MAX_RUNS:
            return
        self.running.add(name)
        if is_shared:
            self.walk(statements_of([cell]), module)
        else:
            space = f"_run_{len(self.linked)}"
            self.linked[space], self.bound[space] = False, {}
            self.walk(statements_of([cell]), space)
            for bound in list(self.bound[space]):
                self._add(self._import(statement, space, bound, bound), module)
        self.running.discard(name)

    # Imports -------------------------------------------------------------------------------

    def _imports(
        self, node: ast.stmt, module: str, aliases: dict[str, str]
    ) -> list[tuple[str, ast.AST]]:
        """The files that a statement imports, once they are read; adds to the aliases."""
        found: list[tuple[str, ast.AST]] = []
        for item in walked(node):
            target = ""
            if isinstance(item, ast.Import):
                for one in item.names:
                    if self._enter(one.name):
                        top = one.name.partition(".")[0]
                        aliases[one.asname or top] = one.name if one.asname else top
                        found.append((one.name, item))
            elif isinstance(item, ast.ImportFrom):
                target = self._absolute(item, module)
                if target and self._enter(target):
                    aliases |= self._submodules(item, target)
                    found.append((target, item))
            elif isinstance(item, ast.Call) and callee(item) in {"import_module", "__import__"}:
                target = text_of(item.args[0]) if item.args else ""
                if target and self._enter(target):
                    names = node.targets if isinstance(node, ast.Assign) else []
                    aliases |= {one.id: target for one in names if isinstance(one, ast.Name)}
                    found.append((target, item))
        return found

    def _submodules(self, node: ast.ImportFrom, package: str) -> dict[str, str]:
        """The modules among what is imported from a package, by the names that they get."""
        return {
            one.asname or one.name: f"{package}.{one.name}"
            for one in node.names
            if one.name not in self.bound[package] and self._enter_child(package, one.name)
        }

    def _enter_child(self, package: str, name: str) -> bool:
        child = f"{package}.{name}"
        return (child in self.sources or child in self.packages) and self._enter(child)

    def _absolute(self, node: ast.ImportFrom, module: str) -> str:
        """The module that a statement of a namespace imports from."""
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        kept = len(parts) - node.level + (1 if module in self.packages else 0)
        if not module or kept < 1:
            return ""
        return ".".join([*parts[:kept], *filter(None, [node.module])])

    def _one_by_one(
        self, statement: Statement, node: ast.ImportFrom, target: str
    ) -> Iterator[Statement]:
        written = "." * node.level + (node.module or "")
        for item in node.names:
            if item.name != "*":
                yield self._import(
                    statement, target, item.name, item.asname or item.name, written=written
                )
                continue
            for name in self._exports(target):
                yield self._import(statement, target, name, name, written=written)

    def _import(
        self, statement: Statement, target: str, name: str, bound: str, *, written: str = ""
    ) -> Statement:
        """The statement that brings one name of a file."""
        text = f"from {written or target} import {name} as {bound}"
        (node,) = syntax_tree(text).body
        source = self.bound[target].get(name)
        return replace(
            statement,
            text="\n" * (statement.line - 1) + text,
            node=node,
            binds=frozenset({bound}),
            fresh=frozenset({bound}),
            reads=frozenset({qualified(target, name)} if source else ()),
            later=frozenset(),
            mutates=frozenset(),
            is_star=False,
            imports=target,
            source=source.definition if source else None,
        )

    def _exports(self, target: str) -> list[str]:
        """The names that a star import takes from a file."""
        listed: list[str] | None = None
        for statement in self.found:
            node = statement.node
            if qualified(target, "__all__") not in statement.binds | statement.mutates:
                continue
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                items = getattr(node.value, "elts", None)
                names = [text_of(item) for item in items or ()]
                is_known = items is not None and all(names)
                listed = [*(listed or ()), *names] if is_known else None
        if listed is not None:
            return [
                n for n in dict.fromkeys(listed) if n.isidentifier() and not keyword.iskeyword(n)
            ]
        return [name for name in self.bound[target] if not name.startswith("_")]

    def _offer(self, statement: Statement, target: str) -> None:
        """Add what a module that is imported whole makes, for parts that are used from it."""
        for name, source in list(self.bound[target].items()):
            is_import = isinstance(source.definition.node, (ast.Import, ast.ImportFrom))
            if not is_import and not name.startswith("_"):
                self.weak.add(len(self.found))
                self._add(self._import(statement, target, name, name), "")

    # Statements ----------------------------------------------------------------------------

    def _uses(
        self, node: ast.stmt, imports: Sequence[tuple[str, ast.AST]], aliases: Mapping[str, str]
    ) -> tuple[set[str], set[str], set[str]]:
        """What a statement reads of files, binds by imports inside it, and changes in files."""
        reads: set[str] = set()
        binds: set[str] = set()
        mutates: set[str] = set()
        for target, item in imports:
            for one in item.names if isinstance(item, ast.ImportFrom) else ():
                names = self._exports(target) if one.name == "*" else [one.name]
                reads |= {qualified(target, name) for name in names}
                binds |= set(names) if one.name == "*" else set()
        if aliases and not isinstance(node, ast.Import):
            done: set[int] = set()
            for item in walked(node):
                if id(item) in done or not isinstance(item, (ast.Attribute, ast.Name)):
                    continue
                chain = _chain(item, done)
                if not chain or chain[0] not in aliases:
                    continue
                if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
                    continue
                target, names = aliases[chain[0]], chain[1:]
                while names and f"{target}.{names[0]}" in self.linked:
                    target, names = f"{target}.{names[0]}", names[1:]
                wanted = names[:1] or list(self.bound.get(target, ()))
                reads |= {qualified(target, name) for name in wanted}
                if len(names) == 1 and isinstance(item.ctx, ast.Store):
                    mutates.add(qualified(target, names[0]))
        return reads, binds, mutates

    def _add(
        self,
        statement: Statement,
        module: str,
        reads: Iterable[str] = (),
        mutates: Iterable[str] = (),
    ) -> None:
        if len(self.found) >= MAX_STATEMENTS:
            said = say("file.many_statements", count=len(self.found) + 1, most=MAX_STATEMENTS)
            raise UnreadableError("", said)
        own = statement.reads if statement.imports else frozenset()
        found = replace(
            statement,
            index=len(self.found),
            module=module,
            binds=_in(module, statement.binds),
            fresh=_in(module, statement.fresh),
            reads=own | _in(module, statement.reads - own) | frozenset(reads),
            later=_in(module, statement.later),
            mutates=_in(module, statement.mutates) | frozenset(mutates),
            registers=_in(module, statement.registers),
        )
        self.found.append(found)
        known = self.bound[module]
        is_empty = is_stub(found, self.shapes)
        for name in sorted(statement.binds):
            if name not in known or not is_empty:
                known[name] = found


def _in(module: str, names: frozenset[str]) -> frozenset[str]:
    return frozenset(qualified(module, name) for name in names) if module else names


def _chain(node: ast.AST, done: set[int]) -> list[str]:
    """The names of `a.b.c` from its root, each part marked as done; [] for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        done.add(id(node))
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    done.add(id(node))
    return [node.id, *reversed(names)]


def _as_imported(node: ast.stmt) -> list[ast.stmt]:
    """The statement as it is in a module, where `__name__` is not "__main__"."""
    return node.orelse if isinstance(node, ast.If) and is_main_guard(node.test) else [node]
