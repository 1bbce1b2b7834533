"""What is found out about a syntax tree: once, and no longer than the tree is there."""

from __future__ import annotations

import ast
import gc
import weakref

from grader.reading.plain_walk import facts_of
from grader.reading.remembering import keeps_something, may_remember
from grader.reading.walked import once_a_tree, walked

SOURCE = "def f(x):\n    cache[x] = 1\n    return [x + 1 for x in range(3)]\n"


def test_walks_as_ast_does() -> None:
    """All nodes, in the order of `ast.walk`."""
    tree = ast.parse(SOURCE)
    assert list(walked(tree)) == list(ast.walk(tree))
    assert list(walked(tree)) == list(ast.walk(tree))


def test_a_tree_is_looked_at_once() -> None:
    """Another tree of the same text is another tree."""
    seen: list[ast.AST] = []

    @once_a_tree
    def count(node: ast.AST) -> int:
        seen.append(node)
        return len(seen)

    one, other = ast.parse("x"), ast.parse("x")
    assert [count(one), count(one), count(other), count(one)] == [1, 1, 2, 1]


def test_no_tree_is_kept() -> None:
    """Whoever grades thousands of submissions holds none of their trees."""
    tree = ast.parse(SOURCE)
    (statement,) = tree.body
    assert isinstance(statement, ast.FunctionDef)
    assert may_remember([statement])
    assert keeps_something([statement])
    assert facts_of(statement).bound
    walked(tree)
    gone = weakref.ref(statement), weakref.ref(statement.body[0])
    del tree, statement
    gc.collect()
    assert [one() for one in gone] == [None, None]
