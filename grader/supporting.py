"""Functions that support the work and are no part: used by one, decorating others, loading data.

All of this is seen in the text; nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.assignment import Part
from grader.extract import Program
from grader.grading import Grading

LOADING = frozenset(
    "open load loads loadtxt genfromtxt fromfile loadmat imread read read_text read_bytes "
    "readlines urlopen urlretrieve download get_file load_dataset input".split()
)
LOADING_STARTS = ("read_", "fetch_", "load_", "download_")
LOADING_PACKAGES = frozenset({"requests", "urllib", "gdown", "wget", "tfds", "pickle"})


def supporting(grading: Grading, part: Part) -> set[str]:
    """The functions that cannot be this part, since they do other work.

    What an answered part uses is its own, unless it stands where this part belongs and the
    place of this one is free.
    """
    program, parts = grading.program, grading.assignment.parts
    used = {name for other in parts if other.name != part.name for name in _used(grading, other)}
    if part.any_name or not program.bindings(part.name, with_stubs=True):
        used -= in_place(grading, part)
    return used | decorating_or_loading(program)


def in_place(grading: Grading, part: Part) -> set[str]:
    """The names that stand where the part belongs: later parts that may use it call them."""
    parts = grading.assignment.parts
    apart = {other.name for other in parts}
    apart |= {judged.student.attempt.function for judged in grading.judged.values()}
    later = [other.name for other in parts if part.name in other.uses]
    return {name for one in later for name in grading.program.calls(one, but_through=apart)} - apart


def decorating_or_loading(program: Program) -> set[str]:
    """The functions that decorate others, and those that read files or download."""
    return {*_decorators(program), *_loading(program)}


def _used(grading: Grading, part: Part) -> Iterator[str]:
    """The names that a part reads at any depth, if it is answered."""
    judged = grading.judged.get(part.name)
    roots = {part.name}
    if judged is not None:
        attempt = judged.student.attempt
        cell = part.cell if attempt.kind == "cell" else None
        roots |= {attempt.function, *(cell.defines if cell else ())}
    for root in roots - {""}:
        yield from grading.program.calls(root)


def _decorators(program: Program) -> Iterator[str]:
    """Names that decorate a function, and functions that return one that calls what they take."""
    for statement in program.statements:
        for node in ast.walk(statement.node):
            for item in getattr(node, "decorator_list", ()):
                function = item.func if isinstance(item, ast.Call) else item
                if isinstance(function, ast.Name):
                    yield function.id
        if isinstance(statement.node, ast.FunctionDef) and _wraps(statement.node):
            yield statement.node.name


def _wraps(function: ast.FunctionDef) -> bool:
    inner = {n.name for n in ast.walk(function) if isinstance(n, ast.FunctionDef)}
    returned = [n.value for n in function.body if isinstance(n, ast.Return)]
    is_function = any(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in inner)
        for value in returned
    )
    taken = {n.arg for n in ast.walk(function.args) if isinstance(n, ast.arg)}
    called = {
        n.func.id
        for n in ast.walk(function)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    return is_function and bool(taken & called)


def _loading(program: Program) -> set[str]:
    """Functions that read files or download, at any depth."""
    makers = [s for s in program.statements if s.is_function]
    found = {name for s in makers if _loads(s.node) for name in s.binds}
    is_growing = bool(found)
    while is_growing:
        more = {name for s in makers if s.later & found for name in s.binds} - found
        found |= more
        is_growing = bool(more)
    return found


def _loads(node: ast.stmt) -> bool:
    for item in ast.walk(node):
        if isinstance(item, ast.Name) and item.id in LOADING_PACKAGES:
            return True
        if isinstance(item, ast.Call):
            name = getattr(item.func, "attr", getattr(item.func, "id", ""))
            if name in LOADING or name.startswith(LOADING_STARTS):
                return True
    return False
