"""Assignments whose parts are classes, cells, assignments, or functions with rules of their own."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grader.assignment import registry
from grader.authoring.audit import audit
from grader.authoring.audit_report import render
from grader.authoring.notebook_run import run_notebook
from grader.authoring.release import release
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer

DECLARATION = '''
"""A class, a derivative, an assignment, and a bare cell."""
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from grader import ready
from grader.assignment import Assignment, Case, CellForm, Check, Global, Incorrect, Input, Mistake, Part
from grader.compare import difference

HERE = Path(__file__).parent


def cases(draw):
    made = [("one", 3, 2, 1), ("two", 5, 3, 1), ("three", 7, 2, 3)]
    inputs = {name: s * draw.normal(size=(n, d)).astype(np.float32) for name, n, d, s in made}
    return tuple(Case(name, inputs={"x": x}, globals={"x": x}) for name, x in inputs.items())


def looks(expression, right):
    def check(student):
        for case in student.cases:
            found = difference(got=student.evaluate(expression, case), name="it",
                               want=right(case.inputs["x"]), rtol=student.rtol)
            if found:
                raise Incorrect(found.message)
    return check


def scaled(x):
    return (x - x.mean(0)) / x.std(0)


class no_scale:
    """The mean alone. Source: forgotten."""

    def fit(self, x):
        self.mean = jnp.mean(x, 0)
        return self

    def scaled(self, x):
        return x - self.mean if type(self) is no_scale else x


jax.tree_util.register_pytree_node(no_scale, lambda s: ((s.mean,), None), lambda *_: no_scale())


@jax.custom_vjp
def no_half(x):
    """The half is missing. Source: forgotten."""
    return x**2


def _wrong_forward(x):
    return no_half(x), x


def _wrong_backward(x, g):
    return (2 * x * g,)


no_half.defvjp(_wrong_forward, _wrong_backward)


def thrice(x):
    return 3 * x


def both_sums(x):
    return jnp.sum(x), jnp.sum(x)


X = (Input("x"),)
ASSIGNMENT = Assignment(
    "kinds", title="Kinds", notebook=HERE / "kinds.ipynb", solutions=(HERE / "solution.py",),
    parts=(
        Part("Scaler", title="Scaler", task="A class.", cases=cases, checks=(
                 Check("scales", looks("{call}.fit(x).scaled(x)", scaled), points=2),
                 Check("tree", looks("jax.tree.leaves({call}.fit(x))[0]", lambda x: x.mean(0)), points=1)),
             mistakes=(Mistake(no_scale, "It is not scaled."),)),
        Part("soft", title="Soft", task="A rule.", inputs=X, cases=cases, checks=(
                 Check("value", looks("{call}", lambda x: x**2 / 2), points=1),
                 Check("slope", looks("jax.grad(lambda x: {call}.sum())(x)", lambda x: 3 * x),
                       points=2)),
             mistakes=(Mistake(no_half, "The half is missing."),)),
        Part("double", title="Double", task="Assigned.", inputs=X, cases=cases,
             reference=lambda x: 2 * x,
             checks=(Check("double", looks("{call}", lambda x: 2 * x), points=2),),
             mistakes=(Mistake(thrice, "Thrice."),)),
        Part("total", title="Total", task="A cell.", inputs=X, cases=cases,
             globals=(Global(name="x", role="x"),), cell=CellForm(defines=("s", "m")),
             reference=lambda x: (x.sum(), x.mean()),
             checks=(Check("total", ready.matches_reference("one", "two", "three"), points=2),),
             mistakes=(Mistake(both_sums, "Twice the sum."),)),
    ),
)
'''
SOLUTION = '''"""Right."""
import jax
import jax.numpy as jnp
from jax.tree_util import register_pytree_node as known


class Scaler:
    def fit(self, x):
        self.mean = jnp.mean(x, axis=0)
        self.std = jnp.std(x, axis=0)
        return self


def _scaled(self, x):
    return (x - self.mean) / self.std


def _double(x):
    return 2 * x


@jax.custom_vjp
def soft(x):
    return 0.5 * x**2


def forward(x):
    return soft(x), x


def backward(x, g):
    return (3 * x * g,)


soft.defvjp(forward, backward)
Scaler.scaled = _scaled
known(Scaler, lambda s: ((s.mean, s.std), None), lambda *_: Scaler())
double = jax.jit(_double)
s = jnp.sum(x)
m = jnp.mean(x)
'''
CELLS = [
    "import jax\nimport jax.numpy as jnp\nx = jnp.ones((3, 2))",
    "class Scaler:\n    def fit(self, x):\n        # TODO\n        pass\n\n    def scaled(self, x):\n        pass",
    "@jax.custom_vjp\ndef soft(x):\n    # TODO\n    ...\n\n\ndef forward(x):\n    ...\n\n\ndef backward(x, g):\n    ...\n\n\nsoft.defvjp(forward, backward)",
    "double = ...  # TODO",
    "# TODO: the sum and the mean\ns = None\nm = None",
    "print(s, m)",
]
LEAK = "It is `self.mean = jnp.mean(x, axis=0)` and `self.std = jnp.std(x, axis=0)`."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment."""
    made = tmp_path_factory.mktemp("kinds")
    (made / "assignment.py").write_text(DECLARATION, "utf-8")
    (made / "solution.py").write_text(SOLUTION, "utf-8")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbformat.write(book, made / "kinds.ipynb")
    return made


def test_kinds_of_parts_are_audited(folder: Path, server: ForkServer) -> None:
    """Right answers get all points and wrong ones do not, whatever kind of thing a part is."""
    assignment = registry.load(str(folder))
    found = audit(draw_key(assignment, 5), server, jobs=1, timeout_s=20, run=run_notebook)
    assert found.problems == ()
    assert [trial.name for trial in found.of("mistake") if trial.is_caught] == [
        "mistake 'no_scale'",
        "mistake 'no_half'",
        "mistake 'thrice'",
        "mistake 'both_sums'",
    ]
    (untouched,) = found.of("untouched")
    assert [part.state.value for part in untouched.parts] == ["not_started"] * 4
    keys = {trial.variant.key for trial in found.of("mutant")}
    assert "Scaler: -Scaler.scaled = _scaled|+pass" in keys
    assert "total: -s = jnp.sum(x)|+s = jnp.prod(x)" in keys
    assert found.unable == (
        "Scaler (it is a class)",
        "soft (other statements belong to its function)",
        "double (it is not one function)",
        "total (it is not one function)",
    )
    assert "Not distorted: Scaler (it is a class); soft (other statements" in render(found)


def test_kinds_of_parts_are_released(folder: Path, server: ForkServer) -> None:
    """The notebook is released as it is, and earns nothing."""
    assert list(release(registry.load(str(folder)), server).files) == ["kinds.ipynb"]


def test_method_that_was_left_is_found(folder: Path, server: ForkServer) -> None:
    """Statements of a method in what students get are reported with the class."""
    path = folder / "kinds.ipynb"
    text = path.read_text("utf-8")
    book = nbformat.v4.new_notebook(
        cells=[*map(nbformat.v4.new_code_cell, CELLS), nbformat.v4.new_markdown_cell(LEAK)]
    )
    nbformat.write(book, path)
    with pytest.raises(AssignmentError, match=r"cell 7: contains `Scaler\.fit` from"):
        release(registry.load(str(folder)), server)
    path.write_text(text, "utf-8")
