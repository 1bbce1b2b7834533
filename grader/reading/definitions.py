"""What kind of definition a statement is: a function, an unwritten one, a script's guard."""

from __future__ import annotations

import ast

WRAPPERS = frozenset(
    "jit vmap pmap partial vectorize grad value_and_grad jacfwd jacrev hessian checkpoint remat "
    "custom_vjp custom_jvp custom_gradient custom_vmap filter_jit filter_vmap filter_grad "
    "filter_value_and_grad njit wraps update_wrapper singledispatch lru_cache".split()
)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def makes_function(node: ast.stmt) -> bool:
    """Whether an assignment makes a function: a lambda, or a call of one that wraps functions."""
    value = getattr(node, "value", None)
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    while isinstance(value, ast.Call):
        function = value.func
        if getattr(function, "attr", getattr(function, "id", "")) in WRAPPERS:
            return True
        value = function
    return isinstance(value, ast.Lambda)


def is_main_guard(test: ast.expr) -> bool:
    """Whether it compares `__name__` with something."""
    return isinstance(test, ast.Compare) and any(
        isinstance(side, ast.Name) and side.id == "__name__"
        for side in (test.left, *test.comparators)
    )


def shape_of(node: ast.stmt) -> str:
    """A definition without docstrings, signatures and comments, to compare with."""
    if isinstance(node, ast.ClassDef):
        bases = [ast.dump(item) for item in (*node.bases, *node.keywords)]
        return repr((node.name, bases, [shape_of(item) for item in body_of(node)]))
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ast.dump(node)
    return repr((node.name, [ast.dump(item) for item in body_of(node)]))


def is_unwritten(node: ast.stmt) -> bool:
    """Whether a definition's body does nothing: pass, ..., NotImplementedError, return None.

    Of a class, all methods; what else is in it says nothing then. One without methods may have
    those of the classes that it comes from.
    """
    if isinstance(node, ast.ClassDef):
        body = body_of(node)
        methods = [item for item in body if isinstance(item, DEFINITIONS)]
        if methods:
            return all(map(is_unwritten, methods))
        return not node.bases and all(map(_does_nothing, body))
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return all(_does_nothing(item) for item in body_of(node))


def is_placeholder(node: ast.stmt) -> bool:
    """Whether an assignment stands for one that is to be written: of None, `...`, or `jit(...)`."""
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    inner = [one for item in items for one in (item.args if isinstance(item, ast.Call) else [item])]
    return bool(inner) and all(_is_nothing(one) for one in inner)


def _is_nothing(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value in {None, ...}


def body_of(node: Definition) -> list[ast.stmt]:
    """The statements of a function or a class below its docstring."""
    body = node.body
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_docstring else body


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Raise):
        return "NotImplemented" in ast.dump(node)
    if isinstance(node, ast.Return):
        return node.value is None or _is_nothing(node.value)
    return False
