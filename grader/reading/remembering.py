"""Whether code may remember something from one call to the next, by syntax alone.

A function that does not is the same in every call. What may is called again to find out; so a
sign too many costs a second look and no points, and a sign too few may leave a fault unseen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.reading.changes import MUTATING_FUNCTIONS, MUTATORS, SETTERS
from grader.reading.walked import once_a_tree, walked

MODULES = frozenset(
    "random itertools uuid secrets os sys gc ctypes weakref threading inspect pickle "
    "shelve sqlite3 builtins atexit queue numpy.random".split()
)
"""What keeps or changes something outside of the values that a function is called with."""
NAMES = frozenset(
    "next globals locals vars exec eval setattr delattr open id hash input __import__ "
    "copyto putmask fill_diagonal io_callback pure_callback callback".split()
)
"""Functions, under any module, that reach outside of a call."""
LOOKING = frozenset({"globals", "locals", "vars", "id", "hash"})
"""Those that only look."""
WORDS = ("cache", "memo")
"""Parts of the names of what keeps answers."""


def may_remember(nodes: Iterable[ast.stmt]) -> bool:
    """Whether a function among these top-level statements may depend on calls before."""
    return any(map(_has_sign, nodes))


def keeps_something(nodes: Iterable[ast.stmt]) -> bool:
    """Whether a function among them may leave something behind, more than only look around."""
    return any(map(_has_sign_of_keeping, nodes))


@once_a_tree
def _has_sign_of_keeping(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return False
    nodes = walked(node)
    functions = [inner for inner in nodes if _is_function(inner)]
    signs = (sign for function in functions for sign in _signs(function))
    return any(map(_keeps_answers, nodes)) or not all(map(_only_looks, signs))


def _only_looks(sign: ast.AST) -> bool:
    """Whether a sign is a name that gives what is outside, and changes nothing by itself."""
    return getattr(sign, "attr", getattr(sign, "id", "")) in LOOKING


@once_a_tree
def _has_sign(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return _imports_sign(node)
    nodes = list(walked(node))
    functions = [inner for inner in nodes if _is_function(inner)]
    return any(map(_keeps_answers, nodes)) or any(
        True for function in functions for _ in _signs(function)
    )


def _imports_sign(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return any(item.name in MODULES for item in node.names)
    names = {f"{node.module}.{item.name}" for item in node.names}
    return node.module in MODULES or bool(names & MODULES)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def _keeps_answers(node: ast.AST) -> bool:
    """Whether a name says that answers are kept."""
    name = str(getattr(node, "attr", getattr(node, "id", ""))).lower()
    return any(word in name for word in WORDS)


def _reaches_out(node: ast.AST) -> bool:
    """Whether it says that something outside of a call is read or changed."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return True
    name = getattr(node, "attr", getattr(node, "id", ""))
    if name == "random" and isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id in {"np", "numpy"}
    return name in NAMES


def _signs(function: ast.AST) -> Iterator[ast.AST]:
    """What in a function may change something that outlives a call."""
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    body = function.body if isinstance(function.body, list) else [function.body]
    own = _own_names(body)
    if getattr(function, "name", "") == "__init__":  # the object is new
        own |= {item.arg for item in function.args.args[:1]}
    for node in _inside(body):
        if _reaches_out(node):
            yield node
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(
            node.ctx, (ast.Store, ast.Del)
        ):
            if _root(node) not in own:
                yield node
        elif isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, "attr", getattr(called, "id", ""))
            if isinstance(called, ast.Attribute) and name in MUTATORS:
                if _root(called) not in own and not _is_at(called):
                    yield node
            elif name in MUTATING_FUNCTIONS | SETTERS:
                yield from (a for a in node.args[:1] if _root(a) not in own)
            yield from (item for item in node.keywords if item.arg == "out")


def _inside(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of a function's body, those of functions in it left out."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not _is_function(node):
            pending += ast.iter_child_nodes(node)


def _own_names(body: Iterable[ast.AST]) -> set[str]:
    """The names whose values a call makes itself; another name for something else is none."""
    own: set[str] = set()
    for node in _inside(body):
        if isinstance(node, ast.Assign) and not isinstance(node.value, (ast.Name, ast.Attribute)):
            own |= {name for target in node.targets for name in _bound(target)}
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
    return own


def _bound(target: ast.expr) -> Iterator[str]:
    """The names that an assignment binds; not those of which it changes an item."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _bound(item)
    elif isinstance(target, ast.Starred):
        yield from _bound(target.value)


def _root(node: ast.AST) -> str:
    """The name at the start of a chain of attributes, items and calls, or ''."""
    while True:
        if isinstance(node, ast.Name):
            return node.id
        inner = getattr(node, "value", None) or getattr(node, "func", None)
        if not isinstance(inner, ast.AST):
            return ""
        node = inner


def _is_at(node: ast.Attribute) -> bool:
    """Whether it is an update that gives a new array: `x.at[i].add`."""
    item = node.value
    return (
        isinstance(item, ast.Subscript)
        and isinstance(item.value, ast.Attribute)
        and item.value.attr == "at"
    )
