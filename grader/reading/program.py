"""From cells to the statements that a part needs, by their names; nothing is run here.

A `Program` is every top-level statement of a submission with the names that it binds and
reads. `Program.slice` walks back from what a part needs and gives the statements to run, in
the order of the document: helpers before or after, defaults, decorators, star imports. What
no part needs is in no slice.
"""

from __future__ import annotations

import ast
import symtable
import textwrap
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from grader.catalogue import Message, say
from grader.reading.cells import ParsedCell, parse_python
from grader.reading.unreadable import UnreadableError

MUTATORS = frozenset(
    "append extend insert add update sort reverse pop remove clear setdefault fill put "
    "appendleft extendleft discard popitem itemset resize".split()
)
MUTATING_FUNCTIONS = frozenset("shuffle heappush heapify insort put place copyto setattr".split())
ENVIRONMENT_OPTIONS = frozenset(
    {"jax_enable_x64", "jax_threefry_partitionable", "jax_numpy_rank_promotion"}
)
ENVIRONMENT_VARIABLES = frozenset(name.upper() for name in ENVIRONMENT_OPTIONS)
"""The same as the environment has them, where JAX finds them when it is first imported."""
USES_JAX = frozenset(
    "jax chex flax optax haiku equinox jaxopt distrax numpyro diffrax lineax".split()
)
"""Packages that import JAX, and itself."""
MAX_SETTER_STATEMENTS = 4
"""A longer function that also sets an option does other work: calling it may be dear."""
OTHER_FIGURES = frozenset(
    "plotly bokeh altair holoviews hvplot pyvista vpython plotnine ggplot pygal pyecharts k3d "
    "ipyvolume mayavi vispy bqplot lets_plot folium chart_studio cufflinks dash".split()
)
"""Packages whose figures are none of matplotlib's, which alone are judged."""
DRAWING_PACKAGES = OTHER_FIGURES | {"matplotlib", "seaborn", "pylab", "mpl_toolkits"}
DRAWING_NAMES = frozenset({"plt", "sns", "pylab"})
STAR_DRAWS = frozenset(
    "scatter plot figure subplot subplots show title xlabel ylabel xlim ylim axis legend colorbar "
    "gca gcf clf cla grid imshow contour contourf fill text annotate savefig tight_layout "
    "plot_date errorbar hexbin pcolormesh arrow axhline axvline suptitle draw close".split()
)
"""What `from pylab import *` brings along to draw with."""
DRAWING_METHODS = frozenset({"plot", "hist", "boxplot"})
"""Of tables: pandas draws although the code names no plotting package."""
END = 1 << 30
MAX_STATEMENTS = 4_000
"""Over all cells, outside functions: what a part needs is found in time of their number squared."""


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
    is_star: bool = False
    is_environment: bool = False
    is_variable: bool = False
    """Whether it sets an option by a variable of the environment, which JAX reads but once."""
    module: str = ""
    """The file that it stands in, where that is not the submission; its names are that file's."""
    imports: str = ""
    """The file handed in beside the submission that it imports one name from."""
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
        named: set[str] = set()
        for item in ast.walk(self.node):
            if isinstance(item, ast.Import):
                named |= {name.name.partition(".")[0] for name in item.names}
            elif isinstance(item, ast.ImportFrom):
                named.add((item.module or "").partition(".")[0])
            elif isinstance(item, ast.keyword) and item.arg == "backend":
                named.add(str(getattr(item.value, "value", "")))
        return OTHER_FIGURES & named

    def names_any(self, names: frozenset[str]) -> bool:
        """Whether it is a bare expression that calls something of one of these names."""
        return isinstance(self.node, ast.Expr) and any(
            getattr(item.func, "attr", getattr(item.func, "id", "")) in names
            for item in ast.walk(self.node)
            if isinstance(item, ast.Call)
        )


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A definition inside a "function" or a "class", which is its `holder`."""

    kind: str
    holder: str
    statement: Statement


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
        self.statements = _with_settings(statements_of(cells) if statements is None else statements)
        self.stubs = frozenset(s.index for s in self.statements if is_stub(s, shapes))
        self._places = {cell.number: cell for cell in cells}
        self._drawing = _drawing_names(self.statements)
        self._binding: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                self._binding.setdefault(name, []).append(statement)

    def bindings(self, name: str, *, with_stubs: bool = False) -> list[Statement]:
        """The statements that bind the name, in order, without definitions left untouched."""
        return [
            statement
            for statement in self._binding.get(name, ())
            if with_stubs or statement.index not in self.stubs
        ]

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
        return any(_makes_typed_key(item) for s in self.statements for item in ast.walk(s.node))

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

    def takes_arguments(self, name: str) -> bool:
        """Whether the last definition of a function has parameters, as far as can be seen."""
        for statement in self.bindings(name)[-1:]:
            node = statement.definition.node
            made = getattr(node, "value", None)
            function = made if isinstance(made, ast.Lambda) else node
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return any(isinstance(item, ast.arg) for item in ast.walk(function.args))
        return True

    def nested(self, name: str) -> list[Nested]:
        """Definitions of the name inside a function or a class, where they are no part."""
        found = []
        for statement in self.statements:
            if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                kind = "class" if isinstance(statement.node, ast.ClassDef) else "function"
                found += [
                    Nested(kind=kind, holder=statement.node.name, statement=statement)
                    for item in ast.walk(statement.node)
                    if item is not statement.node
                    and isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and item.name == name
                ]
        return found

    def calls(self, name: str, *, but_through: Container[str] = ()) -> set[str]:
        """The names that a function reads, and those that the functions it reads read in turn.

        What some of these read can be left out.
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
        return bool(statement.reads & self._drawing) or _plots(statement.node)

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
        walk = _Walk(self, {item.name: item for item in known}, without)
        for name in names:
            walk.resolve(name, END)
        for root in roots:
            walk.need(self.statements[root])
        for statement in self.statements:
            if statement.is_star or statement.is_environment:
                walk.need(statement)
        return walk.slice()


class _Walk:
    """One walk back from what is needed."""

    def __init__(self, program: Program, given: dict[str, Given], without: frozenset[int]) -> None:
        self.program = program
        self.given = given
        self.without = without
        self.needed: set[int] = set()
        self.resolved: set[tuple[str, int]] = set()
        self.called: set[tuple[int, int]] = set()
        self.unresolved: set[str] = set()
        self.anchor = {
            item.until: max(
                (s.index for s in program.statements if item.until in s.fresh), default=END
            )
            for item in given.values()
            if item.until
        }

    def is_given(self, name: str, index: int) -> bool:
        item = self.given.get(name)
        return item is not None and (not item.until or index <= self.anchor[item.until])

    def resolve(self, name: str, position: int) -> None:
        pending = [(name, position)]
        while pending:
            name, position = pending.pop()
            if (name, position) in self.resolved:
                continue
            self.resolved.add((name, position))
            for statement in self.candidates(name, position):
                pending += self.wants(statement)

    def need(self, statement: Statement) -> None:
        for name, position in self.wants(statement):
            self.resolve(name, position)

    def wants(self, statement: Statement) -> list[tuple[str, int]]:
        if statement.index in self.needed:
            return []
        self.needed.add(statement.index)
        wanted = [(name, statement.index) for name in statement.reads | statement.mutates]
        wanted += [(name, END) for name in statement.later]
        if not statement.is_function:
            for name in statement.reads:
                wanted += self.wants_of_call(name, statement.index)
        return sorted(wanted)

    def wants_of_call(self, name: str, position: int) -> list[tuple[str, int]]:
        """What a function that is called at a position reads, as it is bound at that position."""
        wanted: list[tuple[str, int]] = []
        pending = [name]
        while pending:
            for statement in self.candidates(pending.pop(), position):
                if statement.later and (statement.index, position) not in self.called:
                    self.called.add((statement.index, position))
                    wanted += [(later, position) for later in statement.later]
                    pending += statement.later
        return wanted

    def candidates(self, name: str, position: int) -> list[Statement]:
        """The statements that settle a name at a position: back to the last fresh binding."""
        if name in self.given and not self.given[name].until:
            return []
        allowed = [s for s in self.program.bindings(name) if s.index not in self.without]
        if not allowed:
            allowed = [
                s
                for s in self.program.bindings(name, with_stubs=True)
                if s.index not in self.without
            ]
        # A package that some cell patches is no value of the student's: parts get it unpatched.
        is_package = bool(allowed) and all(
            isinstance(s.node, (ast.Import, ast.ImportFrom)) and not s.imports for s in allowed
        )
        touching = [
            s
            for s in self.program.statements
            if name in s.mutates and s not in allowed and not is_package
        ]
        found = []
        for statement in sorted([*allowed, *touching], key=lambda s: -s.index):
            if statement.index >= position:
                continue
            if self.is_given(name, statement.index) and name in statement.fresh:
                break
            found.append(statement)
            if name in statement.fresh:
                break
        if not found and allowed and name not in self.given:
            found = [s for s in allowed if s.index > position][-1:]
        if not found and name not in self.given:
            self.unresolved.add(name)
        return found

    def slice(self) -> Slice:
        statements = [s for s in self.program.statements if s.index in self.needed]
        rebinds = {
            s.index: frozenset(name for name in s.fresh if self.is_given(name, s.index))
            for s in statements
        }
        bound = {name for statement in statements for name in statement.binds}
        return Slice(
            statements=tuple(statements),
            rebinds={index: names for index, names in rebinds.items() if names},
            unresolved=frozenset(self.unresolved - bound),
        )


def statements_of(cells: Sequence[ParsedCell]) -> tuple[Statement, ...]:
    """The top-level statements of cells."""
    return _with_effects(tuple(_statements(cells)))


def is_stub(statement: Statement, shapes: Container[str]) -> bool:
    """Whether it only holds what was handed out, given by its shapes, or does nothing."""
    one = statement.definition
    return one.is_function and (shape_of(one.node) in shapes or is_unwritten(one.node))


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
    """The statements, those under `if __name__ == "__main__":` in place of the `if`."""
    for node in nodes:
        if isinstance(node, ast.If) and is_main_guard(node.test):
            yield from ((inner, True) for inner in node.body)
        else:
            yield node, False


def is_main_guard(test: ast.expr) -> bool:
    """Whether it compares `__name__` with something."""
    return isinstance(test, ast.Compare) and any(
        isinstance(side, ast.Name) and side.id == "__name__"
        for side in (test.left, *test.comparators)
    )


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
    names = _names(text, node)
    binds, reads, later = names
    targets = _plain_targets(node)
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
        mutates=frozenset(_mutated(node)),
        is_star=isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names),
        is_environment="jax_" in text and _names_any(node, ENVIRONMENT_OPTIONS),
        is_variable="JAX_" in text and _names_any(node, ENVIRONMENT_VARIABLES),
    )


def _names(text: str, node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """Names bound, read at once, and read later, by the compiler's own symbol table."""
    try:
        table = symtable.symtable("from __future__ import annotations\n" + text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Top-level await: no symbol table without a function around it.
        used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
        return _plain_targets(node), used, set()
    binds: set[str] = set()
    reads: set[str] = set()
    later: set[str] = set()
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            binds.add(name)
        if symbol.is_referenced():
            reads.add(name)
    for child in table.get_children():
        _free_names(child, (binds, reads, later), is_later=False)
    if "annotations" not in _plain_targets(node):  # bound by the line put before the text
        binds.discard("annotations")
    return binds, reads, later


_AT_ONCE = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


def _free_names(
    table: symtable.SymbolTable, names: tuple[set[str], set[str], set[str]], *, is_later: bool
) -> None:
    binds, reads, later = names
    pending = [(table, is_later)]
    while pending:
        current, is_later = pending.pop()
        if current.get_type() == "function" and current.get_name() not in _AT_ONCE:
            is_later = True
        target = later if is_later else reads
        target |= {s.get_name() for s in current.get_symbols() if s.is_global()}
        if not is_later:  # `:=` in a comprehension binds outside of it
            binds |= {
                s.get_name() for s in current.get_symbols() if s.is_global() and s.is_assigned()
            }
        pending += [(child, is_later) for child in current.get_children()]


def _plain_targets(node: ast.stmt) -> set[str]:
    """Names that the statement binds for certain."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(item.asname or item.name).split(".")[0] for item in node.names}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    names = set()
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            names.add(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            targets.extend(target.elts)
        elif isinstance(target, ast.Starred):
            targets.append(target.value)
    return names


def _mutated(node: ast.stmt) -> set[str]:
    """Names whose values the statement may change in place."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return set()
    found = set()
    for item in ast.walk(node):
        if isinstance(item, (ast.Subscript, ast.Attribute)) and isinstance(item.ctx, ast.Store):
            found.add(_root(item))
        elif isinstance(item, ast.AugAssign):
            found.add(_root(item.target))
        elif isinstance(item, ast.Call):
            function = item.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            if isinstance(function, ast.Attribute) and name in MUTATORS:
                found.add(_root(function))
            if name in MUTATING_FUNCTIONS:
                found |= {_root(argument) for argument in item.args}
    return found - {""}


def _with_effects(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements, a bare call or a decorator also changing what it is seen to change."""
    imported = {
        name
        for s in statements
        if isinstance(s.node, (ast.Import, ast.ImportFrom))
        for name in s.binds
    }
    functions = {s.node.name: s.node for s in statements if isinstance(s.node, ast.FunctionDef)}

    def changed(node: ast.stmt) -> set[str]:
        if isinstance(node, ast.Expr):
            return _effects(node.value, functions)
        return _registered(getattr(node, "decorator_list", []))

    return tuple(replace(s, mutates=s.mutates | changed(s.node) - imported) for s in statements)


def _registered(decorators: Iterable[ast.expr]) -> set[str]:
    """Names of the objects whose methods decorate, as in `@norm.defjvp`."""
    methods = (item.func if isinstance(item, ast.Call) else item for item in decorators)
    return {_root(item) for item in methods if isinstance(item, ast.Attribute)} - {""}


def _effects(value: ast.expr, functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Names that a bare call may change: of its object, by `global`, or as an argument."""
    if not isinstance(value, ast.Call):
        return set()
    if isinstance(value.func, ast.Attribute):
        return {_root(value.func)} - {""}
    function = functions.get(value.func.id) if isinstance(value.func, ast.Name) else None
    if function is None:
        return set()
    changed = {
        name for item in ast.walk(function) if isinstance(item, ast.Global) for name in item.names
    }
    inside = {name for statement in function.body for name in _mutated(statement)}
    parameters = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    given = zip(parameters, value.args, strict=False)
    return (changed | {_root(argument) for name, argument in given if name in inside}) - {""}


def _root(node: ast.expr) -> str:
    """The name whose value an expression is a part of; what a function returned is of none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return ""
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names_any(node: ast.AST, options: Container[str]) -> bool:
    """Whether it names one of the options, as a text, an attribute or an argument."""
    return any(
        (isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value in options)
        or (isinstance(item, ast.Attribute) and item.attr in options)
        or (isinstance(item, ast.keyword) and item.arg in options)
        for item in ast.walk(node)
    )


def _with_settings(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements, marked as environment where they set an option that then has an effect.

    A definition sets nothing, a call of it does. A variable counts before JAX is first imported.
    """
    setters = {
        s.node.name: s
        for s in statements
        if isinstance(s.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (s.is_environment or s.is_variable)
        and len(_body(s.node)) <= MAX_SETTER_STATEMENTS
    }
    if not setters and not any(s.is_environment or s.is_variable for s in statements):
        return statements
    first = next((s.index for s in statements if _imports_jax(s.node)), END)
    found = []
    for s in statements:
        called = [setters[name] for name in sorted(s.reads & setters.keys())]
        calls = called if isinstance(s.node, ast.Expr) else []
        is_variable = s.index < first and any(one.is_variable for one in (s, *calls))
        is_option = any(one.is_environment for one in (s, *calls))
        sets = isinstance(s.node, (*_SETS, *_BLOCKS))
        found.append(
            replace(
                s,
                is_environment=sets and (is_option or is_variable),
                is_variable=sets and is_variable,
            )
        )
    return tuple(found)


_SETS = (ast.Expr, ast.Assign, ast.AugAssign)
_BLOCKS = (ast.If, ast.Try, ast.For)


def _imports_jax(node: ast.stmt) -> bool:
    """Whether running the statement imports JAX."""
    pending: list[ast.AST] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        names = [one.name for one in item.names] if isinstance(item, ast.Import) else []
        if isinstance(item, ast.ImportFrom) and not item.level:
            names = [item.module or ""]
        if any(name.partition(".")[0] in USES_JAX for name in names):
            return True
        pending += ast.iter_child_nodes(item)
    return False


WRAPPERS = frozenset("jit vmap pmap partial vectorize grad checkpoint njit wraps".split())


def makes_function(node: ast.stmt) -> bool:
    """Whether an assignment makes a function: a lambda, or a call of one that wraps functions."""
    value = getattr(node, "value", None)
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    while isinstance(value, ast.Call):
        function = value.func
        if getattr(function, "attr", getattr(function, "id", "")) in WRAPPERS:
            return True
        value = function
    return isinstance(value, ast.Lambda)


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
    names |= {name for s in makers if _plots(s.node) for name in s.binds}
    is_growing = True
    while is_growing:
        grown = set(names)
        for statement in makers:
            if (statement.later if statement.is_function else statement.reads) & names:
                grown |= statement.binds
        is_growing = len(grown) > len(names)
        names = grown
    return frozenset(names)


def _makes_typed_key(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        is_random = node.module == "jax.random"
        return is_random and any(item.name == "key" for item in node.names)
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in {"key", "wrap_key_data"}


def _plots(node: ast.stmt) -> bool:
    """Whether it uses a method of tables that draws."""
    return any(isinstance(i, ast.Attribute) and i.attr in DRAWING_METHODS for i in ast.walk(node))


def shape_of(node: ast.stmt) -> str:
    """A definition without docstring, signature and comments, to compare with."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ast.dump(node)
    return repr((node.name, [ast.dump(item) for item in _body(node)]))


def is_unwritten(node: ast.stmt) -> bool:
    """Whether a definition's body does nothing: pass, ..., NotImplementedError, return None."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return all(_does_nothing(item) for item in _body(node))


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    body = node.body
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_docstring else body


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Raise):
        return "NotImplemented" in ast.dump(node)
    if isinstance(node, ast.Return):
        return node.value is None or (
            isinstance(node.value, ast.Constant) and node.value.value in {None, ...}
        )
    return False
