"""A right answer with a distortion around it: the text of the part's function."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from grader.assignment import Part
from grader.assignment.part_texts import Answer
from grader.reading.python_parser import syntax_tree
from grader.reading.statements import Statement

RIGHT = "_Right"
"""The class that the right function is in, so that nothing takes that for the part."""
KEPT = "_kept"
"""What remains from call to call."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a right function takes: its parameters, and the notebook's globals that it reads."""

    name: str
    node: ast.FunctionDef
    positional: tuple[str, ...]
    by_name: tuple[str, ...]
    globals: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """All that it computes from."""
        return (*self.positional, *self.by_name, *self.globals)

    @property
    def call(self) -> str:
        """A call of the right function with what the names contain."""
        named = [f"{name}={name}" for name in (*self.by_name, *self.globals)]
        return f"{RIGHT}.{self.name}({', '.join((*self.positional, *named))})"

    @property
    def function(self) -> str:
        """The right function, as one of its inputs in order."""
        given = ", ".join(self.inputs)
        return f"lambda {given}: {self.call}" if given else f"lambda: {self.call}"


def signature_of(part: Part, answer: Answer, filled: Sequence[Statement]) -> Signature | str:
    """The signature of a part's function, or why it has none that can be distorted.

    `filled` are the statements of the notebook with the answer in it.
    """
    node, *others = syntax_tree(answer.parts[part.name]).body
    if isinstance(node, ast.ClassDef):
        return "it is a class"
    if not isinstance(node, ast.FunctionDef):
        return "it is not one function"
    if others or any(part.name in statement.registers for statement in filled):
        return "other statements belong to its function"
    if node.args.vararg or node.args.kwarg:
        return "it takes any number of arguments"
    positional = tuple(item.arg for item in (*node.args.posonlyargs, *node.args.args))
    by_name = tuple(item.arg for item in node.args.kwonlyargs)
    names = [item for item in ast.walk(node) if isinstance(item, ast.Name)]
    bound = {*positional, *by_name, *(n.id for n in names if isinstance(n.ctx, ast.Store))}
    read = {n.id for n in names} - bound
    found = tuple(item.name for item in part.globals if item.name in read)
    return Signature(
        name=part.name, node=node, positional=positional, by_name=by_name, globals=found
    )


def distorted(signature: Signature, lines: Sequence[str], *, is_outside: bool) -> tuple[str, str]:
    """The part's function made of these lines around the right one, and the helpers of these.

    `{call}` in a line is a call of the right function, `{function}` that function of its inputs.
    With `is_outside` decorators stay on the right function, or else they go around the whole.
    """
    node = signature.node
    inner = ast.FunctionDef(
        name=node.name,
        args=_with_globals(node.args, signature.globals),
        body=node.body,
        decorator_list=node.decorator_list if is_outside else [],
    )
    right = ast.unparse(ast.fix_missing_locations(inner))
    decorators = [] if is_outside else [f"@{ast.unparse(item)}" for item in node.decorator_list]
    body = [
        line.replace("{call}", signature.call).replace("{function}", signature.function)
        for line in lines
    ]
    text = "\n".join(
        (
            f"class {RIGHT}:",
            "    @staticmethod",
            textwrap.indent(right, "    "),
            "",
            "",
            *([f"{KEPT} = {{}}", "", ""] if any(KEPT in line for line in body) else []),
            *decorators,
            f"def {node.name}({ast.unparse(node.args)}):",
            *(f"    {line}" for line in body),
            "",
        )
    )
    return text, helpers("\n".join(body))


def _with_globals(arguments: ast.arguments, names: Sequence[str]) -> ast.arguments:
    return ast.arguments(
        posonlyargs=arguments.posonlyargs,
        args=arguments.args,
        vararg=None,
        kwonlyargs=[*arguments.kwonlyargs, *(ast.arg(arg=name) for name in names)],
        kw_defaults=[*arguments.kw_defaults, *([None] * len(names))],
        kwarg=None,
        defaults=arguments.defaults,
    )


def helpers(text: str) -> str:
    """The functions and imports that a text needs of `templates/distortions.py`."""
    pieces = _pieces()
    found: set[str] = set()
    pending = [text]
    while pending:
        new = (set(re.findall(r"\w+", pending.pop())) & pieces.keys()) - found
        found |= new
        pending += [pieces[name] for name in new]
    return "\n\n".join(text for name, text in pieces.items() if name in found)


@cache
def _pieces() -> Mapping[str, str]:
    text = (resources.files("templates") / "distortions.py").read_text("utf-8")
    found = {}
    for node in syntax_tree(text).body:
        written = ast.get_source_segment(text, node) or ""
        if isinstance(node, ast.FunctionDef):
            found[node.name] = written
        elif isinstance(node, ast.Import):
            found[node.names[0].asname or ""] = written
    return found
