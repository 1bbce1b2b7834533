"""What a statement says that matters for whether it is plain, see `plain_code`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from grader.reading.plain_names import FIELDS, SPECIAL, Path


@dataclass
class Facts:
    """What a statement says that matters; what needs the others to be judged is kept for that.

    Each question holds where it stands, so that the first of them is told.
    """

    refused: list[tuple[int, str]] = field(default_factory=list)
    imports: list[tuple[int, Path]] = field(default_factory=list)
    stars: list[tuple[int, Path]] = field(default_factory=list)
    aliases: list[tuple[str, Path]] = field(default_factory=list)
    """Names, and the dotted names that they stand for."""
    renamed: list[tuple[str, Path]] = field(default_factory=list)
    """The same by assignments, as the code writes them."""
    bound: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    names: list[tuple[int, str]] = field(default_factory=list)
    """Names with an underscore that are read."""
    chains: list[tuple[int, Path, str]] = field(default_factory=list)
    """Dotted names, and what is done with each: "", "value" or "stored"."""
    inner: list[tuple[int, str]] = field(default_factory=list)
    """Attributes with an underscore of what is no name."""
    bases: list[tuple[int, Path]] = field(default_factory=list)
    holders: list[tuple[int, str]] = field(default_factory=list)
    """Names under which an error gives what raised it."""
    has_errors: bool = False
    """Whether it gets hold of errors."""
    uncounted: list[tuple[int, str]] = field(default_factory=list)
    """Calls that go through items in a way that shows nowhere."""
    registered: list[tuple[int, str]] = field(default_factory=list)
    """What is made known to JAX with names of its fields."""


def is_inner(name: str) -> bool:
    """Whether a name has an underscore that says that it is not for others."""
    return name.startswith("_") and name not in SPECIAL and name not in FIELDS and name != "_"


def taken_apart(node: ast.expr) -> tuple[ast.expr, list[str]]:
    """What a chain of attributes starts with, and the names in it."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return node, names[::-1]


def called(node: ast.AST) -> str:
    """The last name of what a call calls, or ''."""
    function = getattr(node, "func", None)
    return str(getattr(function, "attr", getattr(function, "id", "")))
