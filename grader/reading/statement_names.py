"""The names that one statement binds and reads, by syntax alone."""

from __future__ import annotations

import ast
import symtable

from grader.reading.walked import walked


def names_of(text: str, node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """Names bound, read at once, and read later, by the compiler's own symbol table."""
    try:
        table = symtable.symtable("from __future__ import annotations\n" + text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Top-level await: no symbol table without a function around it.
        used = {item.id for item in walked(node) if isinstance(item, ast.Name)}
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
