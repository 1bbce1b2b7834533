"""Misspelled arguments in the text of a declaration: all of them, each with its line.

Python stops at the first call that it cannot make. The text is read instead, without being run.
"""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grader.assignment
from grader.assignment import ready
from grader.old_names import OLD_NAMES
from grader.reading.python_parser import syntax_tree

MODULES: Mapping[str, Any] = {
    "grader.assignment": grader.assignment,
    "grader.ready": ready,
}


def misspelled(path: Path) -> list[str]:
    """A line for each keyword that a call of the grader's own does not take.

    Nothing for a file that cannot be read: whoever runs it will tell.
    """
    try:
        tree = syntax_tree(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []
    known = dict(_imported(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = []
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = ast.unparse(call.func)
        if name in known:
            found += [f"{path.name}, {line}" for line in _unknown(call, name, known[name])]
    return found


def _imported(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What the grader's own names are called in the file, and what they are."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        for one in node.names:
            inner = MODULES.get(f"{module}.{one.name}")
            if module in MODULES:
                yield one.asname or one.name, getattr(MODULES[module], one.name, None)
            elif inner is not None:
                names = inner.__all__
                yield from ((f"{one.asname or one.name}.{n}", getattr(inner, n)) for n in names)


def _unknown(call: ast.Call, name: str, function: Any) -> Iterator[str]:
    if not callable(function):
        return
    parameters = inspect.signature(function).parameters
    takes_any = any(item.kind is item.VAR_KEYWORD for item in parameters.values())
    names = [*parameters, *(ready.PASSED_ON.get(function.__name__, ()) if takes_any else ())]
    old = OLD_NAMES.get(function.__name__.capitalize(), {})
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in names or keyword.arg in old:
            continue
        near = difflib.get_close_matches(keyword.arg, names, n=1)
        do = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(names)}"
        yield f"line {keyword.value.lineno}: {name} has no argument {keyword.arg!r}; {do}"
