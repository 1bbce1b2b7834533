"""The recipes of the instructors' page work as they stand: an assignment is made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_class import run

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
MOST_LINES = 15
IMPORTS = "import jax\nimport jax.numpy as jnp\n\n\n"
END = """

ASSIGNMENT = ready.assignment(
    "recipe", folder=HERE, title="Recipes", files=FILES,
    parts=tuple(value for value in list(globals().values()) if type(value).__name__ == "Part"),
)
"""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a recipe of the page lacks: the reference, the notebook, and a wrong answer."""

    reference: str
    handed_out: str
    """The part's cell in the notebook, and what comes before it."""
    right: str
    """What is correct in the reference, and what is wrong instead."""
    wrong: str
    style: str = ""
    """A correct answer in another style."""
    files: tuple[str, ...] = ()


RECIPES = {
    "A network on pytrees": Recipe(
        reference="""
def forward(params, x):
    *hidden, last = params
    for layer in hidden:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x @ last["w"] + last["b"]
""",
        handed_out="def forward(params, x):\n    # TODO\n    pass",
        right='x @ last["w"] + last["b"]',
        wrong='jax.nn.relu(x @ last["w"] + last["b"])',
        style="""
def forward(params, x):
    for at, layer in enumerate(params):
        if at:
            x = jnp.maximum(x, 0)
        x = jnp.einsum("ni,io->no", x, layer["w"]) + layer["b"][None]
    return x
""",
    ),
    "Functions as inputs": Recipe(
        reference="""
def newton(f, x0, steps):
    x = x0
    for _ in range(steps):
        value, slope = jax.value_and_grad(f)(x)
        x = x - value / slope
    return x
""",
        handed_out="def newton(f, x0, steps):\n    # TODO\n    pass",
        right="jax.value_and_grad(f)(x)",
        wrong="jax.value_and_grad(f)(x0)",
        style="""
def newton(f, x0, steps):
    def step(_, x):
        return x - f(x) / jax.grad(f)(x)
    return jax.lax.fori_loop(0, steps, step, x0)
""",
    ),
    "Functions as answers": Recipe(
        reference="""
def make_momentum(lr):
    def init(params):
        return jax.tree.map(jnp.zeros_like, params)

    def update(grads, state, params):
        state = jax.tree.map(lambda v, g: 0.9 * v + g, state, grads)
        return jax.tree.map(lambda p, v: p - lr * v, params, state), state

    return init, update
""",
        handed_out="def make_momentum(lr):\n    # TODO\n    pass",
        right="params, state), state",
        wrong="params, state), grads",
        style="""
def make_momentum(lr):
    def init(params):
        return [0.0 for _ in params]

    def update(grads, state, params):
        state = [0.9 * v + g for v, g in zip(state, grads)]
        return tuple(p - lr * v for p, v in zip(params, state)), state

    return [init, update]
""",
    ),
    "A recurrent network or a Kalman filter": Recipe(
        reference="""
def kalman(z, q, r):
    def step(state, value):
        mean, var = state
        gain = (var + q) / (var + q + r)
        mean = mean + gain * (value - mean)
        return (mean, (1 - gain) * (var + q)), mean

    return jax.lax.scan(step, (0.0, 1.0), z)[1]
""",
        handed_out="def kalman(z, q, r):\n    # TODO\n    pass",
        right="(1 - gain) * (var + q)",
        wrong="(1 - gain) * var",
    ),
    "Custom derivatives": Recipe(
        reference="""
@jax.custom_jvp
def log1pexp(x):
    return jnp.logaddexp(x, 0.0)


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return log1pexp(x), jax.nn.sigmoid(x) * t
""",
        handed_out="def log1pexp(x):\n    # TODO\n    pass",
        right="jnp.logaddexp(x, 0.0)",
        wrong="jnp.log(1 + jnp.exp(x))",
        style="""
@jax.custom_vjp
def log1pexp(x):
    return jax.nn.softplus(x)


log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g / (1 + jnp.exp(-x)),))
""",
    ),
    "Classes and modules": Recipe(
        reference="""
def rmse(got, want):
    return jnp.sqrt(jnp.mean((got - want) ** 2))


class Ridge:
    def __init__(self, strength):
        self.strength = strength

    def fit(self, x, y):
        inner = x.T @ x + self.strength * jnp.eye(x.shape[1])
        self.weights = jnp.linalg.solve(inner, x.T @ y)
        return self

    def predict(self, z):
        return z @ self.weights
""",
        handed_out="""def rmse(got, want):
    return jnp.sqrt(jnp.mean((got - want) ** 2))


class Ridge:
    def __init__(self, strength):
        self.strength = strength

    def fit(self, x, y):
        # TODO
        pass

    def predict(self, z):
        # TODO
        pass""",
        right="self.strength * jnp.eye",
        wrong="jnp.eye",
    ),
    "Random answers": Recipe(
        reference="""
def init(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    return [jax.random.normal(k, (i, o)) / i**0.5 for k, i, o in zip(keys, sizes, sizes[1:])]
""",
        handed_out="def init(key, sizes):\n    # TODO\n    pass",
        right="jax.random.split(key, len(sizes) - 1)",
        wrong="[key] * (len(sizes) - 1)",
        style="""
def init(key, sizes):
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        key, own = jax.random.split(key)
        bound = jnp.sqrt(3 / n_in)
        layers.append(jax.random.uniform(own, (n_in, n_out), minval=-bound, maxval=bound))
    return layers
""",
    ),
    "Training to an accuracy": Recipe(
        reference="""
def predict(params, x):
    return (jnp.tanh(x @ params["w"] + params["b"]) @ params["v"] > 0).astype(int)


def train(key, x, y):
    def loss(params):
        logits = jnp.tanh(x @ params["w"] + params["b"]) @ params["v"]
        return jnp.mean(jnp.logaddexp(0, -(2 * y - 1) * logits))

    def step(params, _):
        grads = jax.grad(loss)(params)
        return jax.tree.map(lambda p, g: p - g, params, grads), None

    one, two, three = jax.random.split(key, 3)
    params = {
        "w": 2 * jax.random.normal(one, (2, 20)),
        "b": jax.random.normal(two, 20),
        "v": jax.random.normal(three, 20) / 5,
    }
    return jax.lax.scan(step, params, length=300)[0]
""",
        handed_out="""def predict(params, x):
    return (jnp.tanh(x @ params["w"] + params["b"]) @ params["v"] > 0).astype(int)


def train(key, x, y):
    # TODO
    pass""",
        right="length=300",
        wrong="length=0",
        files=("moons.npz",),
    ),
}
AUDITED = ("Functions as inputs", "Functions as answers", "Custom derivatives", "Random answers")
"""Those whose audit is quick."""


def blocks(text: str) -> list[str]:
    """The Python blocks of a text."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section() -> str:
    """The recipes."""
    _, _, rest = PAGE.partition("\n## Recipes\n")
    assert rest
    return rest.split("\n## ", 1)[0]


def declarations() -> dict[str, str]:
    """What each recipe declares, by its heading."""
    _, *texts = section().split("\n### ")
    return {text.partition("\n")[0]: blocks(text)[0] for text in texts}


def moons(folder: Path) -> None:
    """Two half circles that lie in each other, in the two files of the recipe."""
    for name, seed in (("moons", 0), ("held_out", 1)):
        draw = np.random.default_rng(seed)
        y, angle = draw.integers(2, size=500), np.pi * draw.uniform(size=500)
        around = np.where(y, 1 - np.cos(angle), np.cos(angle))
        above = np.where(y, 0.5 - np.sin(angle), np.sin(angle))
        x = np.column_stack([around, above]) + 0.1 * draw.normal(size=(500, 2))
        np.savez(folder / f"{name}.npz", x=x.astype(np.float32), y=y)


def assignment(folder: Path, *names: str) -> Path:
    """Make an assignment of these recipes, a part each."""
    recipes, declared = [RECIPES[name] for name in names], declarations()
    made = folder / "recipe"
    made.mkdir()
    start = blocks(section().split("\n### ", 1)[0])[0]
    end = END.replace("FILES", repr(tuple(file for one in recipes for file in one.files)))
    text = "\n".join([start, *(declared[name] for name in names), end])
    (made / "assignment.py").write_text(text, encoding="utf-8")
    (made / "reference.py").write_text(answers(names, "right"), encoding="utf-8")
    (made / "alternative.py").write_text(answers(names, "style"), encoding="utf-8")
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": one}
        for text in (IMPORTS.strip(), *(one.handed_out for one in recipes))
        for one in text.split("\n\n\n")
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (made / "recipe.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    moons(made)
    return made


def answers(names: Iterable[str], kind: str) -> str:
    """A submission with the reference's text, another style, or a fault in each of these parts."""
    texts = []
    for name in names:
        recipe = RECIPES[name]
        assert recipe.reference.count(recipe.right) == 1, name
        text = recipe.style if kind == "style" and recipe.style else recipe.reference
        texts.append(text.replace(recipe.right, recipe.wrong) if kind == "wrong" else text)
    return IMPORTS + "\n\n".join(texts).lstrip()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment that has all recipes."""
    return assignment(tmp_path_factory.mktemp("whole"), *RECIPES)


@pytest.fixture(scope="module", params=["right", "style", "wrong"])
def graded(whole: Path, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A kind of submission, and its result by recipe."""
    file = whole.parent / f"{request.param}.py"
    file.write_text(answers(RECIPES, request.param), encoding="utf-8")
    ran = run("check", file, "-a", whole, "--json", "-", "--seed", 1)
    assert ran.err == ""
    parts = json.loads(ran.out)["parts"]
    return request.param, dict(zip(RECIPES, parts, strict=True))


def test_page_has_these_recipes() -> None:
    """Each recipe of the page is tried here."""
    assert [*declarations()] == [*RECIPES]


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_is_short(name: str) -> None:
    """A recipe is one block of at most fifteen lines, with a sentence before it and one after."""
    (text,) = blocks(section().split(f"\n### {name}\n", 1)[1].split("\n### ", 1)[0])
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= 100


def test_recipe_grades(graded: tuple[str, dict[str, Any]]) -> None:
    """The reference's text gets full points, so does another style, and a fault costs some."""
    kind, parts = graded
    for name, part in parts.items():
        assert (part["score"] == part["max_score"]) is (kind != "wrong"), (name, part)


def test_recipes_are_released(whole: Path) -> None:
    """The notebook of the recipes is released, with the files that students get and no others."""
    out = whole.parent / "students"
    ran = run("release", whole, "--out", out)
    assert ran.code == 0, ran.out + ran.err
    assert {path.name for path in out.iterdir()} == {
        "recipe.ipynb",
        "recipe.selfcheck.json",
        "moons.npz",
    }


def test_recipes_are_sound(tmp_path: Path) -> None:
    """The audit finds nothing that an instructor must do."""
    ran = run("audit", assignment(tmp_path, *AUDITED))
    assert ran.code == 0, ran.out + ran.err
    assert "All good: the assignment is sound." in ran.out
