"""Parts that are classes, have rules or are registered: graded as a student's cells have them."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_class import graded_parts

DECLARATION = '''
"""A class that is scaled with and is a tree, and a function with a derivative of its own."""
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Case, Check, Incorrect, Input, Part
from grader.compare import difference


def cases(draw):
    sizes = ((3, 2), (5, 3))
    return tuple(
        Case(str(n), inputs={"x": draw.normal(size=(n, d)).astype(np.float32)}) for n, d in sizes
    )


def looks(expression, right):
    def check(student):
        for case in student.cases:
            got = student.evaluate(expression, case)
            found = difference(got=got, want=right(case.inputs["x"]), name="it")
            if found:
                raise Incorrect(found.message)

    return check


SCALER = """
import jax

class Scaler:
    def fit(self, x):
        self.mean, self.std = x.mean(0), x.std(0)
        return self

def scaled(self, x): return (x - self.mean) / self.std
Scaler.scaled = scaled
jax.tree_util.register_pytree_node(Scaler, lambda s: ((s.mean, s.std), None), lambda *_: Scaler())
"""
ASSIGNMENT = Assignment(
    "kinds",
    title="Kinds",
    notebook=Path(__file__).with_name("kinds.ipynb"),
    parts=(
        Part("Scaler", title="Scaler", task="A class.", cases=cases, substitute="Scaler", checks=(
            Check("scales", looks("{call}.fit(x).scaled(x)", lambda x: (x - x.mean(0)) / x.std(0)),
                  points=2),
            Check("tree", looks("jax.tree.leaves({call}.fit(x))[0]", lambda x: x.mean(0)),
                  points=1, needs=("scales",)),
        )),
        Part("soft", title="Soft", task="A rule.", inputs=(Input("x"),), cases=cases, checks=(
            Check("value", looks("{call}", lambda x: x**2 / 2), points=1),
            Check("slope", looks("jax.grad(lambda x: {call}.sum())(x)", lambda x: 3 * x),
                  points=2),
        )),
        Part("prepare", title="Prepare", task="Scale.", inputs=(Input("x"),), cases=cases,
             depends_on=("Scaler",), checks=(
            Check("value", looks("{call}", lambda x: 2 * (x - x.mean(0)) / x.std(0)), points=2),
        )),
    ),
    substitutes=SCALER,
)
'''
STUBS = """
class Scaler:
    '''Scales.'''

    def __init__(self, mean=None, std=None):
        self.mean, self.std = mean, std

    def fit(self, x):
        # TODO
        pass

    def scaled(self, x):
        # TODO
        pass


def soft(x):
    ...
"""
HEAD = """
import functools
from functools import partial
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.tree_util import register_pytree_node, register_dataclass as known_by

"""
CLASS = """
class Scaler:
    def __init__(self, mean=None, std=None):
        self.mean, self.std = mean, std
    def fit(self, x):
        self.mean, self.std = x.mean(0), x.std(0)
        return self
    def scaled(self, x):
        return (x - self.mean) / self.std
flat = lambda s: ((s.mean, s.std), None)
back = lambda _, found: Scaler(*found)
class Other:
    mean = std = None
"""
SOFT = """
def fwd(x): return soft(x), x
def bwd(x, g): return (3 * x * g,)
"""
RULE = SOFT + "@jax.custom_vjp\ndef soft(x): return x ** 2 / 2\n"
REGISTERED = {
    "as jax.tree_util has it": "jax.tree_util.register_pytree_node(Scaler, flat, back)",
    "by a bare name": "register_pytree_node(Scaler, flat, back)",
    "with an alias": "known_by(Scaler, data_fields=['mean', 'std'], meta_fields=[])",
    "with keys": "jtu.register_pytree_with_keys(Scaler, lambda s: (((jtu.GetAttrKey('mean'), s.mean), (jtu.GetAttrKey('std'), s.std)), None), back)",
    "by keyword": "jax.tree_util.register_dataclass(nodetype=Scaler, data_fields=['mean', 'std'], meta_fields=[])",
    "in a loop": "for one in (Scaler, Other): known_by(one, data_fields=['mean', 'std'], meta_fields=[])",
    "in a list": "kinds = [Other, Scaler]\nfor one in kinds: known_by(one, ['mean', 'std'], [])",
    "by an own function": "def make_known(kind):\n    register_pytree_node(kind, flat, back)\nmake_known(Scaler)",
    "before": "scaler = Scaler()\nregister_pytree_node(Scaler, flat, back)",
    "assigned": "Scaler.tree_flatten = flat\nScaler.tree_unflatten = classmethod(lambda c, aux, found: c(*found))\nScaler = jtu.register_pytree_node_class(Scaler)",
    "as a statement": "Scaler.tree_flatten = flat\nsetattr(Scaler, 'tree_unflatten', classmethod(lambda c, aux, found: c(*found)))\njtu.register_pytree_node_class(Scaler)",
    "with partial": "partial(known_by, data_fields=['mean', 'std'], meta_fields=[])(Scaler)",
    "once more": "class Mine(Scaler): pass\nregister_pytree_node(Mine, flat, lambda _, found: Mine(*found))\nregister_pytree_node(Scaler, flat, back)",
}
DECORATED = {
    "decorated": "@jax.tree_util.register_pytree_node_class\n"
    + CLASS.strip().replace(
        "    def fit(",
        "    def tree_flatten(self): return (self.mean, self.std), None\n"
        "    @classmethod\n    def tree_unflatten(cls, _, found): return cls(*found)\n    def fit(",
    ),
    "decorated with partial": "@partial(jax.tree_util.register_dataclass, data_fields=['mean', 'std'], meta_fields=[])\n"
    + CLASS.strip(),
    "methods later": "class Scaler:\n    pass\ndef fit(self, x):\n    self.mean, self.std = x.mean(0), x.std(0)\n    return self\n"
    "Scaler.fit = fit\nScaler.scaled = lambda self, x: (x - self.mean) / self.std\n"
    "register_pytree_node(Scaler, lambda s: ((s.mean, s.std), None), lambda *_: Scaler())",
}
RULES = {
    "defvjp": RULE + "soft.defvjp(fwd, bwd)",
    "assigned": SOFT
    + "def plain(x): return x ** 2 / 2\nsoft = jax.custom_vjp(plain)\nsoft.defvjp(fwd, bwd)",
    "used before": RULE + "fast = jax.jit(soft)\n_ = soft.defvjp(fwd, bwd)",
    "rules in a loop": RULE + "for one in (soft,): one.defvjp(fwd, bwd)",
    "decorator": "@jax.custom_jvp\ndef soft(x): return x ** 2 / 2\n@soft.defjvp\ndef rule(x, t): return soft(x[0]), 3 * x[0] * t[0]",
    "decorator with partial": "@jax.custom_jvp\ndef soft(x): return x ** 2 / 2\n@partial(soft.defjvp, symbolic_zeros=False)\ndef rule(x, t): return soft(x[0]), 3 * x[0] * t[0]",
    "defjvps": "@jax.custom_jvp\ndef soft(x): return x ** 2 / 2\nsoft.defjvps(lambda t, y, x: 3 * x * t)",
}
PREPARE = "register_pytree_node(Scaler, flat, back)\ndef prepare(x): return 2 * Scaler().fit(x).scaled(x)\n"
PARTLY = STUBS.replace("# TODO\n        pass", "self.mean = x.mean(0)\n        return self", 1)
UNTOUCHED = {
    "as released": STUBS,
    "all methods empty": "class Scaler:\n    def fit(self, x):\n        raise NotImplementedError\n    def scaled(self, x): ...\n",
    "other words": STUBS.replace("Scales.", "My scaler."),
    "nothing in it": "class Scaler:\n    pass\n",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The parts of all submissions here, graded together."""
    sources = {name: HEAD + CLASS + text for name, text in REGISTERED.items()}
    sources |= {name: HEAD + text for name, text in DECORATED.items()}
    sources |= {f"rule: {name}": HEAD + text for name, text in RULES.items()}
    sources |= {f"untouched: {name}": HEAD + text for name, text in UNTOUCHED.items()}
    sources["wrong class"] = HEAD + CLASS.replace("x.std(0)", "1.0") + PREPARE
    sources |= {"partly": HEAD + PARTLY, "another name": HEAD + CLASS.replace("Scaler", "Scalar")}
    folder = tmp_path_factory.mktemp("kinds")
    return graded_parts(folder, "kinds", DECLARATION, STUBS, sources)


@pytest.mark.parametrize("name", [*REGISTERED, *DECORATED])
def test_what_registers_a_class_stays_with_it(graded: Any, name: str) -> None:
    """A class is a tree for JAX and has the methods that it gets later, wherever that is said."""
    assert graded[name]["Scaler"]["score"] == 3, graded[name]["Scaler"]


@pytest.mark.parametrize("name", RULES)
def test_rules_stay_with_a_function(graded: Any, name: str) -> None:
    """A function's own derivative is part of it, however and wherever the rule is added."""
    assert graded[f"rule: {name}"]["soft"]["score"] == 3, graded[f"rule: {name}"]["soft"]


@pytest.mark.parametrize("name", UNTOUCHED)
def test_untouched_class_is_missing(graded: Any, name: str) -> None:
    """A class that is as it was released, or has no method that does anything, is not started."""
    part = graded[f"untouched: {name}"]["Scaler"]
    assert (part["status"], part["state"]) == ("missing", "not_started")


def test_partly_written_class_is_graded(graded: Any) -> None:
    """A class with one method written is looked at."""
    assert graded["partly"]["Scaler"]["status"] != "missing"
    assert graded["partly"]["Scaler"]["score"] == 0


def test_class_of_a_near_name_is_found(graded: Any) -> None:
    """A class that is called nearly as the part is taken for it, and functions are not."""
    part = graded["another name"]["Scaler"]
    assert part["score"] == 2
    assert "Scalar" in str(part["notes"])


def test_class_has_a_stand_in(graded: Any) -> None:
    """What uses an incorrect class is graded with a correct one, with all that belongs to it."""
    parts = graded["wrong class"]
    assert (parts["Scaler"]["score"], parts["prepare"]["score"]) == (0, 2)
