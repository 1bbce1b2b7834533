"""What is found out about a syntax tree, once: the same trees are looked at for many things.

It is kept as long as the tree: a process that grades thousands of submissions keeps none of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Node = TypeVar("Node", bound=ast.AST)
Found = TypeVar("Found")


def once_a_tree(look: Callable[[Node], Found]) -> Callable[[Node], Found]:
    """The function, called once for each node; what it gives must not hold the node itself."""
    known: WeakKeyDictionary[ast.AST, Found] = WeakKeyDictionary()

    @wraps(look)
    def looked(node: Node) -> Found:
        try:
            return known[node]
        except KeyError:
            return known.setdefault(node, look(node))

    return looked


def walked(node: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all that are below it, level by level, as `ast.walk` gives them."""
    return (node, *_below(node))


@once_a_tree
def _below(node: ast.AST) -> tuple[ast.AST, ...]:
    found = [node]
    for one in found:  # which grows meanwhile
        for name in one._fields:
            value = getattr(one, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return tuple(found[1:])
