"""All nodes of a syntax tree, walked once: the same trees are looked at for many things."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=1 << 12)
def walked(node: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all that are below it, level by level, as `ast.walk` gives them."""
    found = [node]
    for one in found:  # which grows meanwhile
        for name in one._fields:
            value = getattr(one, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return tuple(found)
