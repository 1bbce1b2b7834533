"""What an assignment can say, tried on one with each kind of part: trees, functions, classes, ..."""

from __future__ import annotations

import ast
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from tiny_class import run

from grader.assignment import registry
from grader.authoring.public_cases import told
from grader.selfcheck.in_notebook import check

KINDS = Path(__file__).resolve().parent.parent / "kinds"
REFERENCE = (KINDS / "reference.py").read_text("utf-8")
WRONG = {
    "sgd_step": ("p - lr * g", "p + lr * g"),
    "newton": ("x - f(x) / df(x)", "x - f(x)"),
    "make_momentum": ("0.9 * v + g", "0.8 * v + g"),
    "StandardScaler": ("(z - self.mean) / self.std", "(z - self.mean) * self.std"),
    "log1pexp": ("jax.nn.sigmoid(x) * t", "jnp.tanh(x) * t"),
    "init_weights": (
        "jax.random.split(key, len(sizes) - 1)",
        "[key for _ in range(len(sizes) - 1)]",
    ),
    "batches": ("x[start : start + size]", "x[start : start + size + 1]"),
    "describe": ("{digits}f", "4f"),
    "middle": ("p.y / 2", "p.y"),
    "total": ("sum(rest, first)", "sum(rest)"),
    "kalman": ("var = var + q", "var = var"),
    "half": ("(x / 2)", "(x / 3)"),
}
"""By part, what is right in the reference and what is wrong in its place."""
SAID = {
    "sgd_step": '`result[0]["b"]` is incorrect in 4 of 4 entries',
    "StandardScaler": "`scaled` is incorrect in 12 of 12 entries",
    "log1pexp": "`derivative` is incorrect in",
    "batches": "`result[0]` has shape (3, 3); expected (2, 3)",
    "describe": "the result is 'abc: ",
    "middle": "`result.y` is incorrect in 4 of 4 entries",
    "init_weights": '`result[0]["w"]` and `result[1]["w"]` contain the same random numbers',
}
"""What the first lost check says of it."""


def graded(folder: Path, text: str, **more: Any) -> dict[str, Any]:
    """The parts of a submission's result, by name."""
    (folder / "s.py").write_text(text, "utf-8")
    run(
        "check", folder / "s.py", "-a", KINDS, "--seed", more.get("seed", 1), "--json", folder / "r"
    )
    result = json.loads((folder / "r").read_text("utf-8"))
    return {part["name"]: part for part in result["parts"]}


def wrong_text() -> str:
    """The reference with a fault in each part."""
    text = REFERENCE
    for right, wrong in WRONG.values():
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    return text


@pytest.mark.parametrize("seed", [1, 2])
def test_each_kind_is_graded(tmp_path: Path, seed: int) -> None:
    """The reference's own text gets full points in every kind of part."""
    parts = graded(tmp_path, REFERENCE, seed=seed)
    assert {n: p["score"] for n, p in parts.items()} == {
        n: p["max_score"] for n, p in parts.items()
    }


def test_each_kind_can_be_wrong(tmp_path: Path) -> None:
    """A fault costs points in each kind of part, and the leaf that shows it is named."""
    parts = graded(tmp_path, wrong_text())
    assert parts.keys() == WRONG.keys()
    for name, part in parts.items():
        assert part["score"] < part["max_score"], name
    for name, words in SAID.items():
        lost = [c["message"] for c in parts[name]["checks"] if c["status"] == "failed"]
        assert words in lost[0], name


def test_untouched_is_not_started(tmp_path: Path) -> None:
    """The notebook as it is handed out gives no points, the class in it neither."""
    run("check", KINDS / "kinds.ipynb", "-a", KINDS, "--seed", 1, "--json", tmp_path / "r")
    result = json.loads((tmp_path / "r").read_text("utf-8"))
    assert {part["status"] for part in result["parts"]} == {"missing"}


STYLES = {
    "sgd_step": """
def sgd_step(params, grads, lr):
    return tuple({k: p[k] - lr * g[k] for k in p} for p, g in zip(params, grads))
""",
    "newton": """
def newton(f, x0, steps):
    def step(x, _):
        value, slope = jax.jvp(f, (x,), (1.0,))
        return x - value / slope, None
    return jax.lax.scan(step, x0, None, length=steps)[0]
""",
    "make_momentum": """
class State:
    def __init__(self, v): self.v = v
jax.tree_util.register_pytree_node(State, lambda s: ((s.v,), None), lambda _, c: State(*c))
def make_momentum(lr):
    def init(params):
        return State(jax.tree.map(lambda p: 0 * p, params))
    def update(grads, state, params):
        v = jax.tree.map(lambda v, g: 0.9 * v + g, state.v, grads)
        return jax.tree.map(lambda p, v: p - lr * v, params, v), State(v)
    return init, update
""",
    "log1pexp": """
@jax.custom_vjp
def log1pexp(x):
    return jax.nn.softplus(x)
def forward(x):
    return log1pexp(x), x
def backward(x, g):
    return (g / (1 + jnp.exp(-x)),)
log1pexp.defvjp(forward, backward)
""",
    "batches": """
def batches(x, size):
    return [x[i:i + size] for i in range(0, x.shape[0], size)]
""",
    "middle": """
import dataclasses
@dataclasses.dataclass
class Half:
    y: jax.Array
    x: jax.Array
def middle(p):
    return Half(y=p[1] * 0.5, x=p[0] * 0.5)
""",
    "StandardScaler": """
class StandardScaler:
    def fit(self, data):
        self.stats = np.mean(data, 0), np.std(data, 0)
        return self
    def transform(self, data):
        return (data - self.stats[0]) / self.stats[1]
""",
    "total": """
def total(*arrays):
    return jnp.stack(arrays).sum(0)
""",
    "describe": """
def describe(data, *, digits, name):
    print("done")
    return name + ": " + format(float(np.mean(data)), f".{digits}f")
""",
    "init_weights": """
def init_weights(rng, widths):
    layers = []
    for i, o in zip(widths, widths[1:]):
        rng, sub = jax.random.split(rng)
        layers.append(dict(w=jax.random.uniform(sub, (i, o), minval=-1, maxval=1) * (6 / i) ** 0.5,
                           b=jnp.zeros((o,))))
    return layers
""",
    "kalman": """
def kalman(z, q, r):
    mean, var, out = jnp.zeros(()), 1.0, []
    for value in z:
        var += q
        mean, var = mean + var / (var + r) * (value - mean), var * r / (var + r)
        out.append(mean)
    return jnp.stack(out)
""",
}
"""By part, a right answer in another style."""


def without(text: str, names: set[str]) -> str:
    """A text without the definitions of these names and of what belongs to them."""
    tree = ast.parse(text)
    names = names | {"log1pexp_jvp"}
    tree.body = [node for node in tree.body if getattr(node, "name", "") not in names]
    return ast.unparse(tree)


def test_other_styles_are_right(tmp_path: Path) -> None:
    """Lists for tuples, classes of one's own, statements after a definition, NumPy: all right."""
    text = without(REFERENCE, {*STYLES}) + "\nimport numpy as np\n" + "".join(STYLES.values())
    parts = graded(tmp_path, text)
    lost = {n: p["max_score"] - p["score"] for n, p in parts.items() if p["score"] < p["max_score"]}
    # The loop over the measurements makes the program grow, which is what one check is about.
    assert lost == {"kalman": 1.0}


def test_kinds_are_told_in_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-check tries trees, functions, and expressions on the example data."""
    data, left = told(registry.load(str(KINDS)))
    assert left == {"init_weights": "it has no public check with points"}
    (tmp_path / "kinds.selfcheck.json").write_text(json.dumps(data), "utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.py").write_text(REFERENCE, "utf-8")
    (tmp_path / "wrong.py").write_text(wrong_text(), "utf-8")
    right, wrong = (runpy.run_path(str(tmp_path / f"{name}.py")) for name in ("right", "wrong"))
    for name in WRONG.keys() - left.keys():
        assert "Matches the example data" in repr(check(right[name], name)), name
        assert "Matches the example data" not in repr(check(wrong[name], name)), name
