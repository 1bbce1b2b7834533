"""Which file a statement runs: `%run helper.py`, `exec(open("helper.py").read())`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TypeGuard

from grader.reading.walked import walked


def file_run(node: ast.stmt, texts: Mapping[str, str]) -> tuple[str, bool] | None:
    """The file that a statement runs, as a module's name, and whether in the same namespace.

    `texts` are names that contain the text of a file.
    """
    if not isinstance(node, (ast.Expr, ast.With)):
        return None
    for item in walked(node):
        if not isinstance(item, ast.Call) or not item.args:
            continue
        given = [text_of(one) for one in item.args]
        if callee(item) == "run_line_magic" and given[0] == "run" and len(given) == 2:
            return run_arguments(given[1])
        if callee(item) == "exec" and isinstance(item.func, ast.Name):
            whole = node if isinstance(node, ast.With) else item
            name = _opened(whole) or next(
                (texts[one.id] for one in walked(item.args[0]) if _is_in(one, texts)), ""
            )
            return (name, True) if name else None
    return None


def _is_in(node: ast.AST, names: Mapping[str, str]) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id in names


def texts_of_files(node: ast.stmt) -> dict[str, str]:
    """Names that a statement binds to the text of a file, with the file as a module's name."""
    assigned = [one for one in walked(node) if isinstance(one, ast.Assign)]
    if not isinstance(node, (ast.Assign, ast.With)) or not assigned:
        return {}
    name = _opened(node)
    targets = [one.id for item in assigned for one in item.targets if isinstance(one, ast.Name)]
    return dict.fromkeys(targets, name) if name else {}


def _opened(node: ast.AST) -> str:
    """The file that code opens by its name, as a module's name, or ""."""
    for item in walked(node):
        if isinstance(item, ast.Call) and callee(item) in {"open", "Path"} and item.args:
            return _module(text_of(item.args[0]))
    return ""


def run_arguments(text: str) -> tuple[str, bool] | None:
    """The file of `%run -i helper.py ...` as a module's name, and whether `-i` is there."""
    is_shared = False
    words = re.findall(r"\"[^\"]*\"|'[^']*'|\S+", text)
    while words and words[0].startswith("-") and len(words) > 1:
        option = words.pop(0)
        is_shared = is_shared or (not option.startswith("--") and "i" in option)
    if not words:
        return None
    name = _module(words[0].strip("\"'"))
    return (name, is_shared) if name else None


def _module(path: str) -> str:
    """The name by which a file at a relative path is known, "" for a path that is no such."""
    path = re.sub(r"^(\./)+", "", path.replace("\\", "/"))
    return re.sub(r"\.py$", "", path, flags=re.IGNORECASE).replace("/", ".")


def callee(call: ast.Call) -> str:
    """The last name of what is called, "" for what has none."""
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def text_of(node: ast.expr) -> str:
    """The text that an expression is, "" for anything else."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""  # type: ignore[attr-defined]
