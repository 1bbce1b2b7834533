"""Statements that change what a name is bound to: registrations, rules, attributes, loops."""

from __future__ import annotations

import pytest

from grader.reading.cells import Cell, parse_cell
from grader.reading.program import Program

HEAD = """
import functools, types
import jax
import jax.tree_util as jtu
from functools import partial
from jax import tree_util
from jax.interpreters import batching
from jax.tree_util import register_dataclass as known_by
from jax.tree_util import register_pytree_node, register_pytree_node_class
"""
CLASS = """
class C:
    def g(self): return 1
class D: pass
flat = back = len
def f(): return C()
"""
FUNCTION = """
@jax.custom_vjp
def h(x): return x
def forward(x): return x, x
def backward(_, g): return (g,)
def f(x): return h(x)
"""


def slice_of(*sources: str) -> str:
    """The text of what `f` needs of these cells."""
    cells = [Cell(number=i, kind="code", source=text) for i, text in enumerate(sources, start=1)]
    found = Program([parse_cell(cell) for cell in cells]).slice(names=["f"])
    return "\n".join(statement.text.strip("\n") for statement in found.statements)


@pytest.mark.parametrize(
    "statement",
    [
        "jax.tree_util.register_pytree_node(C, lambda c: ((), None), lambda *_: C())",
        "jtu.register_pytree_with_keys(C, flat, back)",
        "tree_util.register_static(C)",
        "jax.tree.register_static(C)",
        "register_pytree_node(C, flat, back)",
        "known_by(C, data_fields=['a'], meta_fields=[])",
        "jax.tree_util.register_dataclass(nodetype=C, data_fields=[], meta_fields=[])",
        "register_pytree_node_class(C)",
        "_ = jtu.register_static(C)",
        "C = register_pytree_node_class(C)",
        "C.norm = lambda self: 1",
        "C.norm: object = len",
        "del C.g",
        "setattr(C, 'norm', len)",
        "type.__setattr__(C, 'norm', len)",
        "vars(C)['norm'] = len",
        "functools.update_wrapper(C, len)",
        "for k in (C, D): jtu.register_static(k)",
        "for k in [C]:\n    register_pytree_node(k, flat, back)",
        "for k, names in [(C, ['a']), (D, ['b'])]: known_by(k, names, [])",
        "for k, names in {C: ['a'], D: []}.items(): known_by(k, names, [])",
        "for k, names in zip((C, D), 'ab'): known_by(k, names, [])",
        "for i, k in enumerate([D, C]): jtu.register_static(k)",
        "for i in range(2):\n    for k in (C, D):\n        jtu.register_static(k)",
        "for k in (C, D): k.norm = len",
        "all_of_them = [C, D]\nfor k in all_of_them: jtu.register_static(k)",
        "[jtu.register_static(k) for k in (C, D)]",
        "list(map(jtu.register_static, [C, D]))",
        "partial(known_by, data_fields=[], meta_fields=[])(C)",
        "known = partial(known_by, data_fields=[], meta_fields=[])\nknown(C)",
        "known = jtu.register_static\nknown(C)",
        "def known(k): jtu.register_static(k)\nknown(C)",
        "def known(k): jtu.register_static(k)\nfor k in (C,): known(k)",
        "E = C\njtu.register_static(E)",
        "if True: jtu.register_static(C)",
        "try:\n    jtu.register_static(C)\nexcept ValueError: pass",
    ],
)
def test_class_is_registered_or_gets_attributes(statement: str) -> None:
    """What makes a class a tree, or gives it methods, belongs to whatever needs the class."""
    assert statement.rsplit("\n", maxsplit=1)[-1] in slice_of(HEAD, CLASS, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "h.defvjp(forward, backward)",
        "_ = h.defvjp(forward, backward)",
        "h.defjvps(forward)",
        "if True: h.defvjp(forward, backward)",
        "for one in (h,): one.defvjp(forward, backward)",
        "@h.defjvp\ndef rule(x, t): return 1",
        "@partial(h.defjvp, symbolic_zeros=True)\ndef rule(x, t): return 1",
        "@h.def_vmap\ndef rule(*_): return 1",
        "functools.update_wrapper(h, forward)",
        "h.__doc__ = 'The identity.'",
        "batching.primitive_batchers[h] = forward",
    ],
)
def test_function_gets_rules(statement: str) -> None:
    """What gives a function a rule belongs to whatever needs the function."""
    assert statement.rsplit("\n", maxsplit=1)[-1] in slice_of(HEAD, FUNCTION, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "print(C)",
        "jax.debug.print('{}', C)",
        "x = [C]",
        "jtu.register_static(D)",
        "for k in (D,): jtu.register_static(k)",
        "for k, other in [(D, C)]: jtu.register_static(k)",
        "setattr(D, 'made_of', C)",
        "register_pytree_node(D, flat, lambda *_: C())",
    ],
)
def test_other_statements_stay_out(statement: str) -> None:
    """What shows a class or registers another one belongs to no part that needs it."""
    assert statement not in slice_of(HEAD, CLASS, statement)


def test_registered_after_it_was_used() -> None:
    """A rule or a registration holds for calls later on, wherever the value was used before."""
    assert "defvjp" in slice_of(
        HEAD, FUNCTION, "k = jax.jit(h)\ndef f(x): return k(x)", "h.defvjp(k)"
    )
    held = slice_of(HEAD, CLASS, "c = C()\ndef f(): return c", "jtu.register_static(C)")
    assert "register_static(C)" in held
    again = slice_of(HEAD, CLASS, "c = C()\ndef f(): return c", "class C: pass\nC.norm = len")
    assert "norm" not in again


def test_class_of_a_package_is_registered() -> None:
    """A class that is imported can be registered, and gets no attributes."""
    text = "def f(): return types.SimpleNamespace()"
    assert "register" in slice_of(HEAD, text, "register_pytree_node(types.SimpleNamespace, flat)")
    for patch in ("types.x = 1", "setattr(types, 'x', 1)", "for m in (types,): m.x = 1"):
        assert "1" not in slice_of(HEAD, text, patch)


def test_long_chains_are_read() -> None:
    """A call of a call of a call ends no reader, however many there are."""
    assert "def f" in slice_of("def f(): return 1", "x = f" + "()" * 3000)
