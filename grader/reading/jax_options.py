"""Which statements set an option of JAX that every part then runs under, as that of 64 bits."""

from __future__ import annotations

import ast
from collections.abc import Container
from dataclasses import replace

from grader.reading.definitions import body_of
from grader.reading.statements import END, Statement
from grader.reading.walked import walked

ENVIRONMENT_OPTIONS = frozenset(
    {"jax_enable_x64", "jax_threefry_partitionable", "jax_numpy_rank_promotion"}
)
ENVIRONMENT_VARIABLES = frozenset(name.upper() for name in ENVIRONMENT_OPTIONS)
"""The same as the environment has them, where JAX finds them when it is first imported."""
USES_JAX = frozenset(
    "jax chex flax optax haiku equinox jaxopt distrax numpyro diffrax lineax".split()
)
"""Packages that import JAX, and itself."""
MAX_SETTER_STATEMENTS = 4
"""A longer function that also sets an option does other work: calling it may be dear."""
_SETS = (ast.Expr, ast.Assign, ast.AugAssign)
_BLOCKS = (ast.If, ast.Try, ast.For)


def with_settings(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements, marked as environment where they set an option that then has an effect.

    A definition sets nothing, a call of it does. A variable counts before JAX is first imported.
    """
    marked = [
        replace(
            s,
            is_environment="jax_" in s.text and _names_any(s.node, ENVIRONMENT_OPTIONS),
            is_variable="JAX_" in s.text and _names_any(s.node, ENVIRONMENT_VARIABLES),
        )
        for s in statements
    ]
    setters = {
        s.node.name: s
        for s in marked
        if isinstance(s.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (s.is_environment or s.is_variable)
        and len(body_of(s.node)) <= MAX_SETTER_STATEMENTS
    }
    if not setters and not any(s.is_environment or s.is_variable for s in marked):
        return statements
    first = next((s.index for s in marked if _imports_jax(s.node)), END)
    found = []
    for s in marked:
        called = [setters[name] for name in sorted(s.reads & setters.keys())]
        calls = called if isinstance(s.node, ast.Expr) else []
        is_variable = s.index < first and any(one.is_variable for one in (s, *calls))
        is_option = any(one.is_environment for one in (s, *calls))
        sets = isinstance(s.node, (*_SETS, *_BLOCKS))
        found.append(
            replace(
                s,
                is_environment=sets and (is_option or is_variable),
                is_variable=sets and is_variable,
            )
        )
    return tuple(found)


def _imports_jax(node: ast.stmt) -> bool:
    """Whether running the statement imports JAX."""
    pending: list[ast.AST] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        names = [one.name for one in item.names] if isinstance(item, ast.Import) else []
        if isinstance(item, ast.ImportFrom) and not item.level:
            names = [item.module or ""]
        if any(name.partition(".")[0] in USES_JAX for name in names):
            return True
        pending += ast.iter_child_nodes(item)
    return False


def _names_any(node: ast.AST, options: Container[str]) -> bool:
    """Whether it names one of the options, as a text, an attribute or an argument."""
    return any(
        (isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value in options)
        or (isinstance(item, ast.Attribute) and item.attr in options)
        or (isinstance(item, ast.keyword) and item.arg in options)
        for item in walked(node)
    )
