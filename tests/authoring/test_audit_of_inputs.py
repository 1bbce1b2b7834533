"""An assignment whose inputs are of every kind: declared, audited, and released as any other."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grader.assignment import registry
from grader.authoring.audit import audit
from grader.authoring.release import release
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer

REFERENCE = '''
"""Right."""
import jax
import jax.numpy as jnp


class Scaler:
    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, x):
        self.mean = jnp.mean(x, axis=0)
        return self

    def apply(self, x):
        return x - self.mean + self.shift


def step(params, grads, rate=0.1):
    return jax.tree.map(lambda p, g: p - rate * g, params, grads)


def summed(*arrays):
    return sum(jnp.sum(array) for array in arrays)


def scaled(x, *, factor):
    return factor * x


def noise(key):
    return jax.random.normal(key, (3,))


def repeated(x, steps):
    return x * steps
'''
MISTAKES = '''
"""Wrong."""
import jax
import jax.numpy as jnp


class no_mean(object):
    """Source: forgotten."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, x):
        return self

    def apply(self, x):
        return x + self.shift


def uphill(params, grads, rate=0.1):
    """Source: the sign."""
    return jax.tree.map(lambda p, g: p + rate * g, params, grads)


def first_alone(*arrays):
    """Source: misread."""
    return jnp.sum(arrays[0])


def added(x, *, factor):
    """Source: misread."""
    return factor + x


def doubled(key):
    """Source: misread."""
    return 2 * jax.random.normal(key, (3,))


def to_the_power(x, steps):
    """Source: misread."""
    return x**steps
'''
DECLARATION = '''
"""Inputs of every kind."""
from pathlib import Path

import numpy as np

from grader import ready
from grader.assignment import Mistake

from . import mistakes, reference


def f32(draw, *shape):
    return draw.normal(size=shape).astype(np.float32)


def tree(draw, n):
    return {"layers": [{"w": f32(draw, n, 2), "b": f32(draw, 2)}], "scale": f32(draw)}


def part(function, inputs, mistake, **more):
    known = (Mistake(mistake, f"It is {mistake.__name__}."),)
    cases = ready.drawn(inputs, example=3, hidden=(5, 8))
    return ready.part(function, title=function.__name__, task="Do it.", cases=cases, example=1,
                      hidden=2, mistakes=known, **more)


ASSIGNMENT = ready.assignment("inputs", title="Inputs", folder=Path(__file__).parent, parts=(
    part(reference.Scaler, lambda draw, n: {"x": f32(draw, n, 2), "z": f32(draw, n, 2)},
         mistakes.no_mean, observe="{call}.fit(x).apply(z)"),
    part(reference.step, lambda draw, n: {"params": tree(draw, n), "grads": tree(draw, n)},
         mistakes.uphill),
    part(reference.summed, lambda draw, n: {"arrays": (f32(draw, n), f32(draw, 2))},
         mistakes.first_alone),
    part(reference.scaled, lambda draw, n: {"x": f32(draw, n), "factor": float(n)},
         mistakes.added),
    part(reference.noise, lambda draw, n: {"key": ready.key(draw)}, mistakes.doubled),
    part(reference.repeated, lambda draw, n: {"x": f32(draw, 3), "steps": n},
         mistakes.to_the_power),
))
'''
CELLS = [
    "import jax\nimport jax.numpy as jnp",
    "class Scaler:\n    def __init__(self, shift=0.0):\n        self.shift = shift\n\n"
    "    def fit(self, x):\n        # TODO\n        pass\n\n    def apply(self, x):\n        pass",
    "def step(params, grads, rate=0.1):\n    ...",
    "def summed(*arrays):\n    ...",
    "def scaled(x, *, factor):\n    ...",
    "def noise(key):\n    ...",
    "def repeated(x, steps):\n    ...",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment."""
    made = tmp_path_factory.mktemp("every") / "inputs"
    made.mkdir()
    texts = {"assignment": DECLARATION, "reference": REFERENCE, "mistakes": MISTAKES}
    for name, text in texts.items():
        (made / f"{name}.py").write_text(text, "utf-8")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbformat.write(book, made / "inputs.ipynb")
    return made


def test_inputs_of_every_kind_are_audited(folder: Path, server: ForkServer) -> None:
    """Each known mistake loses its points and is recognized, where all cases have one size too."""
    key = draw_key(registry.load(str(folder)), 3)
    found = audit(
        key, server, jobs=1, timeout_s=30, choose=lambda variant: variant.kind == "mistake"
    )
    assert found.problems == ()
    assert [trial.variant.name for trial in found.of("mistake") if trial.is_caught] == [
        *("no_mean", "uphill", "first_alone", "added", "doubled", "to_the_power"),
    ]
    assert found.untold == ()


def test_inputs_of_every_kind_are_released(folder: Path, server: ForkServer) -> None:
    """Whatever its inputs are, the notebook can be handed out."""
    assert "inputs.ipynb" in release(registry.load(str(folder)), server).files
