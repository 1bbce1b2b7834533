"""Functions that support the work and are no part: those that decorate others, or load data.

All of this is seen in the text; nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.reading.program import Program
from grader.reading.walked import walked

LOADING = frozenset(
    "open load loads loadtxt genfromtxt fromfile loadmat imread read read_text read_bytes "
    "readlines urlopen urlretrieve download get_file load_dataset input".split()
)
LOADING_STARTS = ("read_", "fetch_", "load_", "download_")
LOADING_PACKAGES = frozenset({"requests", "urllib", "gdown", "wget", "tfds", "pickle"})


def decorating_or_loading(program: Program) -> frozenset[str]:
    """The functions that decorate others, and those that read files or download."""
    return frozenset({*_decorators(program), *_loading(program)})


def _decorators(program: Program) -> Iterator[str]:
    """Names that decorate a function, and functions that return one that calls what they take."""
    for statement in program.statements:
        for node in walked(statement.node):
            for item in getattr(node, "decorator_list", ()):
                function = item.func if isinstance(item, ast.Call) else item
                if isinstance(function, ast.Name):
                    yield function.id
        if isinstance(statement.node, ast.FunctionDef) and _wraps(statement.node):
            yield statement.node.name


def _wraps(function: ast.FunctionDef) -> bool:
    inner = {n.name for n in walked(function) if isinstance(n, ast.FunctionDef)}
    returned = [n.value for n in function.body if isinstance(n, ast.Return)]
    is_function = any(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in inner)
        for value in returned
    )
    taken = {n.arg for n in walked(function.args) if isinstance(n, ast.arg)}
    called = {
        n.func.id
        for n in walked(function)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    return is_function and bool(taken & called)


def _loading(program: Program) -> set[str]:
    """Functions that read files or download, at any depth."""
    readers: dict[str, list[str]] = {}
    pending: list[str] = []
    for statement in program.statements:
        if statement.is_function:
            for name in statement.later:
                readers.setdefault(name, []).extend(statement.binds)
            if _loads(statement.node):
                pending += statement.binds
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += readers.get(name, ())
    return found


def _loads(node: ast.stmt) -> bool:
    for item in walked(node):
        if isinstance(item, ast.Name) and item.id in LOADING_PACKAGES:
            return True
        if isinstance(item, ast.Call):
            name = getattr(item.func, "attr", getattr(item.func, "id", ""))
            if name in LOADING or name.startswith(LOADING_STARTS):
                return True
    return False
