"""The names that one statement binds, reads and changes, by syntax alone."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Mapping

MUTATORS = frozenset(
    "append extend insert add update sort reverse pop remove clear setdefault fill put "
    "appendleft extendleft discard popitem itemset resize".split()
)
MUTATING_FUNCTIONS = frozenset("shuffle heappush heapify insort put place copyto setattr".split())


def names_of(text: str, node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """Names bound, read at once, and read later, by the compiler's own symbol table."""
    try:
        table = symtable.symtable("from __future__ import annotations\n" + text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Top-level await: no symbol table without a function around it.
        used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
        return plain_targets(node), used, set()
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
    if "annotations" not in plain_targets(node):  # bound by the line put before the text
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


def plain_targets(node: ast.stmt) -> set[str]:
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


def mutated(node: ast.stmt) -> set[str]:
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


def changed_by_call(node: ast.stmt, functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Names that a bare call or a decorator is seen to change, with the functions it may call."""
    if isinstance(node, ast.Expr):
        return _effects(node.value, functions)
    return _registered(getattr(node, "decorator_list", []))


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
    inside = {name for statement in function.body for name in mutated(statement)}
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
