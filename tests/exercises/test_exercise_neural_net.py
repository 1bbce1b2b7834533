"""The exercise on a neural network: its notebook, its digits, its reference and its samples."""

import json
import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from exercises.neural_net import cases, helpers
from grader.assignment import registry
from grader.authoring.public_cases import export
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.context import Context
from grader.judging.grade import grade, judge_part
from grader.reading.submission import parse_bytes, read_submission
from grader.results import PartResult, PartStatus
from grader.sandbox.server import ForkServer
from reference import neural_net

Array = NDArray[np.float64]

EXERCISE = Path(__file__).parents[2] / "exercises" / "neural_net"
SAMPLES = EXERCISE / "samples"
POINTS = {
    "init_mlp": 15,
    "forward": 15,
    "cross_entropy": 15,
    "sgd_step": 15,
    "make_adam": 20,
    "train": 15,
    "why_jit": 5,
}
LABELS = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))
PROOF = """
assert accuracy > 0.9
assert float(loss_before) < 2.3
print("all cells ran")
"""


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """The assignment's cases for a fixed seed."""
    return draw_key(registry.load("neural_net"), 20240229)


# The notebook


def read_notebook(path: Path = EXERCISE / "neural_net.ipynb") -> nbformat.NotebookNode:
    """A notebook as it is stored, without conversion."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def run_notebook(path: Path, *more: str) -> nbformat.NotebookNode:
    """The notebook after a run from top to bottom beside its digits, each time measured once."""
    notebook = read_notebook(path)
    for cell in notebook.cells:
        cell.source = re.sub(r"^(%%?timeit)", r"\1 -n1 -r1", cell.source, flags=re.MULTILINE)
        cell.source = cell.source.replace('print("accuracy:", ', 'print("accuracy:", accuracy := ')
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    resources = {"metadata": {"path": str(EXERCISE)}}
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | {"JAX_PLATFORMS": "cpu"})
    return notebook


def errors_in(cell: nbformat.NotebookNode) -> list[str]:
    """What the cell raised."""
    outputs = cell.outputs if cell.cell_type == "code" else []
    return [output.ename for output in outputs if output.output_type == "error"]


def test_solved_notebook_runs() -> None:
    """With correct functions in place of the TODOs, every cell runs, all measurements included."""
    notebook = run_notebook(SAMPLES / "aiko.ipynb", PROOF)
    assert [error for cell in notebook.cells for error in errors_in(cell)] == []
    assert notebook.cells[-1].outputs[0].text == "all cells ran\n"
    assert sum(cell.source.startswith("%time") for cell in notebook.cells) == 3


def test_untouched_notebook_runs() -> None:
    """As handed out it runs to its end; the cells that call an unwritten function say so."""
    notebook = run_notebook(EXERCISE / "neural_net.ipynb")
    tagged = [c.id for c in notebook.cells if "raises-exception" in c.metadata.get("tags", ())]
    raised = {c.id: errors_in(c) for c in notebook.cells if errors_in(c)}
    # To compile is no call, so that cell fails where it calls.
    assert list(raised) == tagged
    assert {name for names in raised.values() for name in names} == {"NameError"}


def test_sample_is_the_notebook() -> None:
    """The solved sample is the exercise with other text in the TODOs and the answer alone."""
    handed_out, solved = read_notebook(), read_notebook(SAMPLES / "aiko.ipynb")
    changed = [
        ours.id
        for ours, theirs in zip(handed_out.cells, solved.cells, strict=True)
        if ours.source != theirs.source
    ]
    todo = [c.id for c in handed_out.cells if c.cell_type == "code" and "# TODO" in c.source]
    assert changed == [*todo, "part-7-why-jit"]
    assert len(changed) == len(POINTS)


def test_notebook_is_clean() -> None:
    """The notebook is valid, names its assignment, and holds nothing from a run."""
    notebook = read_notebook()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.grader == {"assignment": "neural_net"}
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


def test_notebook_lists_points() -> None:
    """The table of parts in the notebook is the assignment's."""
    rows = re.findall(r"\| \d+ \| `(\w+)`.*? \| (\d+) \|", read_notebook().cells[0].source)
    assert {name: int(points) for name, points in rows} == POINTS
    parts = registry.load("neural_net").parts
    assert {part.name: part.points for part in parts} == POINTS


def test_untouched_notebook_is_missing(server: ForkServer, answer_key: AnswerKey) -> None:
    """The notebook as handed out earns nothing, and every part is missing."""
    submission = read_submission(EXERCISE / "neural_net.ipynb")
    result = grade(submission, answer_key, server, student="nobody", timeout_s=60)
    assert result.score == 0
    assert {part.status for part in result.parts} == {PartStatus.MISSING}


# The digits


def test_digits_are_those_of_their_source() -> None:
    """The file has all digits of scikit-learn's set once, in the order that its making says."""
    source = load_digits()
    order = np.random.default_rng(8).permutation(len(source.target))
    with np.load(cases.DIGITS) as digits:
        x = np.concatenate([digits["x_train"], digits["x_test"]])
        y = np.concatenate([digits["y_train"], digits["y_test"]])
        assert len(digits["y_train"]) == 1297
    assert (x.dtype, y.dtype) == (np.uint8, np.uint8)
    np.testing.assert_array_equal(x, source.data[order])
    np.testing.assert_array_equal(y, source.target[order])
    assert cases.DIGITS.stat().st_size < 60_000


def test_trained_and_held_out_digits_are_apart() -> None:
    """No digit of a case is there to train with and to be recognized, and labels are exchanged."""
    example, hidden = cases.for_train(np.random.default_rng(3))
    for case in (example, hidden):
        rows = {row.tobytes() for row in case.inputs["x"]}
        assert not rows & {row.tobytes() for row in case.inputs["z"]}
        assert 0 <= case.inputs["x"].min() < case.inputs["x"].max() <= 1
    assert hidden.inputs["x"][:, 0].any(), "a corner of the image is always empty"


# The reference


def layers(draw: np.random.Generator, *sizes: int) -> list[dict[str, Array]]:
    """Layers with random numbers."""
    return [{"w": draw.normal(size=(n, m)), "b": draw.normal(size=m)} for n, m in pairwise(sizes)]


def logits_of(params: list[dict[str, Array]], x: Array) -> Array:
    """The logits in NumPy."""
    for number, layer in enumerate(params):
        x = (np.maximum(x, 0) if number else x) @ layer["w"] + layer["b"]
    return x


def loss_of(params: list[dict[str, Array]], x: Array, y: Array) -> float:
    """The cross-entropy in NumPy, for moderate logits."""
    e = np.exp(logits_of(params, x))
    return float(-np.log(e[np.arange(len(y)), y] / e.sum(axis=1)).mean())


@pytest.mark.parametrize("sizes", [(3, 4), (3, 5, 4), (3, 6, 5, 4)])
def test_reference_agrees_with_numpy(sizes: tuple[int, ...]) -> None:
    """Logits, loss, and step are those of NumPy, the gradient by central differences."""
    draw = np.random.default_rng(5)
    params, x, y = layers(draw, *sizes), draw.normal(size=(7, 3)), draw.integers(4, size=7)
    with jax.enable_x64(True):
        np.testing.assert_allclose(neural_net.forward(params, x), logits_of(params, x))
        np.testing.assert_allclose(neural_net.cross_entropy(params, x, y), loss_of(params, x, y))
        moved, loss = neural_net.sgd_step(params, x, y, 0.3)
    assert float(loss) == pytest.approx(loss_of(params, x, y))
    for at, layer in enumerate(params):
        for name, table in layer.items():
            gradient = np.zeros_like(table)
            for index in np.ndindex(table.shape):
                both = []
                for step in (1e-6, -1e-6):
                    table[index] += step
                    both.append(loss_of(params, x, y))
                    table[index] -= step
                gradient[index] = (both[0] - both[1]) / 2e-6
            np.testing.assert_allclose(moved[at][name], table - 0.3 * gradient, atol=1e-7)


@pytest.mark.parametrize("size", [1e4, 1e6])
def test_reference_loss_is_finite(size: float) -> None:
    """Of large logits the loss is the distance to the largest one."""
    params = [{"w": np.eye(3, dtype=np.float32), "b": np.zeros(3, np.float32)}]
    x = size * np.array([[1, 2, 3], [3, 1, 2]], np.float32)
    loss = neural_net.cross_entropy(params, x, np.array([1, 0]))
    assert float(loss) == pytest.approx(size / 2, rel=1e-6)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_reference_adam_agrees_with_numpy(number: int) -> None:
    """Five steps on any tree are those of the formulas, entry by entry."""
    case = cases.for_adam(np.random.default_rng(2))[number]
    params, grads, lr = (case.inputs[name] for name in ("params", "grads", "lr"))
    got = helpers.adam_steps(neural_net.make_adam(lr), params, grads)
    start, each = jax.tree.leaves(params), [jax.tree.leaves(one) for one in grads]
    for at, (x, end) in enumerate(zip(start, jax.tree.leaves(got), strict=True)):
        want, m, v = np.asarray(x, float), 0.0, 0.0
        for t, leaves in enumerate(each, 1):
            g = np.asarray(leaves[at], float)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            want = want - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(end, want, rtol=1e-4, atol=1e-5)


def test_reference_learns_digits() -> None:
    """The reference recognizes digits better than is asked for, whatever their labels are called."""
    for case in cases.for_train(np.random.default_rng(1)):
        inputs = {name: case.inputs[name] for name in ("x", "y", "steps")}
        params = neural_net.train(jax.random.key(4), **inputs)
        found = jnp.argmax(neural_net.forward(params, case.inputs["z"]), axis=1)
        assert float(jnp.mean(found == case.inputs["target"])) > 0.94


# What is right, and what is wrong

IMPORTS = """
from functools import partial, reduce
from typing import NamedTuple
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
"""
PLAIN = (EXERCISE / "solutions" / "plain.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def judged(server: ForkServer, answer_key: AnswerKey) -> Callable[[str, str], PartResult]:
    """The result of one part of the plain solution, with another text for it."""

    def judge(part: str, text: str) -> PartResult:
        submission = parse_bytes(f"{IMPORTS}{PLAIN}\n\n{text}".encode(), name="alice.py")
        context = Context(submission, answer_key, server, timeout_s=60)
        try:
            return judge_part(context, context.assignment.part(part))
        finally:
            context.session.close()

    return judge


INIT = "def init_mlp(key, sizes):\n    layers = []\n    for n, m in zip(sizes, sizes[1:]):\n"
END = '        layers.append({"w": w, "b": jnp.zeros(m)})\n    return layers\n'


@pytest.mark.parametrize(
    "body",
    [
        "        key, k = jax.random.split(key)\n        w = jax.random.normal(k, (n, m)) / (n / 2) ** 0.5\n",
        "        key = jax.random.fold_in(key, m)\n        w = jax.nn.initializers.he_normal()(key, (n, m))\n",
        "        key, k = jax.random.split(key)\n        w = jax.nn.initializers.kaiming_uniform()(k, (n, m))\n",
        "        key, k = jax.random.split(key)\n        a = jnp.sqrt(6 / n)\n        w = (2 * jax.random.uniform(k, (n, m)) - 1) * a\n",
        "        key, k = jax.random.split(key)\n        w = jax.random.rademacher(k, (n, m)) * jnp.sqrt(2 / n)\n",
    ],
)
def test_any_initialization_of_that_scale_is_correct(
    judged: Callable[[str, str], PartResult], body: str
) -> None:
    """Normal, uniform or other numbers, and keys that are split in any way, get all points."""
    result = judged("init_mlp", INIT + body + END)
    assert result.score == 15, [check.message for check in result.checks]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (
            "forward",
            "def forward(params, x):\n    *hidden, last = params\n    return reduce(lambda h, p: jax.nn.relu(h @ p['w'] + p['b']), hidden, x) @ last['w'] + last['b']",
        ),
        (
            "forward",
            "def forward(params, x):\n    def one(row):\n        for p in params[:-1]:\n            row = jnp.maximum(p['w'].T @ row + p['b'], 0)\n        return params[-1]['w'].T @ row + params[-1]['b']\n    return jax.vmap(one)(x)",
        ),
        (
            "cross_entropy",
            "def cross_entropy(params, x, y):\n    z = forward(params, x)\n    return (jax.nn.logsumexp(z, axis=1) - jnp.sum(z * jax.nn.one_hot(y, z.shape[1]), 1)).mean()",
        ),
        (
            "sgd_step",
            "def sgd_step(params, x, y, lr):\n    g = jax.grad(cross_entropy)(params, x, y)\n    return [{k: p[k] - lr * q[k] for k in p} for p, q in zip(params, g)], cross_entropy(params, x, y)",
        ),
        (
            "make_adam",
            "class State(NamedTuple):\n    m: object\n    v: object\n    t: object = 0\n\n\ndef make_adam(lr):\n    def init(params):\n        return State(*2 * (jax.tree.map(jnp.zeros_like, params),))\n\n    def update(grads, s, params):\n        t = s.t + 1\n        m = jax.tree.map(lambda m, g: m + (g - m) / 10, s.m, grads)\n        v = jax.tree.map(lambda v, g: v + (g * g - v) / 1000, s.v, grads)\n        a = lr * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)\n        move = lambda p, m, v: p - a * m / (jnp.sqrt(v) + 1e-8)\n        return jax.tree.map(move, params, m, v), State(m, v, t)\n    return init, jax.jit(update)",
        ),
        (
            "train",
            "def train(key, x, y, steps):\n    init, update = make_adam(0.01)\n    params = init_mlp(key, (64, 128, 10))\n    state = init(params)\n    move = jax.jit(lambda p, s: update(jax.grad(cross_entropy)(p, x, y), s, p))\n    for _ in range(steps):\n        params, state = move(params, state)\n    return params",
        ),
        (
            "train",
            "def train(key, x, y, steps):\n    step = lambda i, p: sgd_step(p, x, y, 0.1)[0]\n    return lax.fori_loop(0, steps, step, init_mlp(key, [64, 32, 10]))",
        ),
    ],
)
def test_other_forms_are_correct(
    judged: Callable[[str, str], PartResult], part: str, text: str
) -> None:
    """Other ways of writing a part get all points."""
    result = judged(part, text)
    assert result.score == result.max_score, [check.message for check in result.checks]


@pytest.mark.parametrize(
    ("part", "text", "points"),
    [
        (
            "init_mlp",
            INIT + "        w = jax.random.normal(key, (n, m)) * jnp.sqrt(2 / n)\n" + END,
            13,
        ),
        ("init_mlp", INIT + "        w = jnp.zeros((n, m))\n" + END, 7),
        (
            "forward",
            "def forward(params, x):\n    first, last = params[0], params[-1]\n    return jax.nn.relu(x @ first['w'] + first['b']) @ last['w'] + last['b']",
            5,
        ),
        (
            "cross_entropy",
            "def cross_entropy(params, x, y):\n    p = jax.nn.softmax(forward(params, x))\n    return -jnp.mean(jnp.log(jnp.clip(p, 1e-7)[jnp.arange(len(y)), y]))",
            10,
        ),
        (
            "make_adam",
            "def make_adam(lr):\n    def init(params):\n        zeros = jax.tree.map(jnp.zeros_like, params)\n        return zeros, zeros\n    def update(grads, s, params):\n        move = lambda p, g: p - lr * jnp.sign(g)\n        return jax.tree.map(move, params, grads), s\n    return init, update",
            4,
        ),
        ("train", "def train(key, x, y, steps):\n    return init_mlp(key, (64, 32, 10))", 0),
    ],
)
def test_wrong_forms_lose_points(
    judged: Callable[[str, str], PartResult], part: str, text: str, points: float
) -> None:
    """What is wrong loses the points of what it gets wrong."""
    assert judged(part, text).score == points


# The samples


def test_every_sample_is_labeled() -> None:
    """Each sample has one label and each label a sample."""
    files = sorted(p.name for p in SAMPLES.iterdir() if p.suffix in {".ipynb", ".py"})
    assert sorted(entry["file"] for entry in LABELS) == files
    assert len(files) == 8


@pytest.mark.parametrize("label", [pytest.param(entry, id=entry["file"]) for entry in LABELS])
def test_sample_is_graded_as_labeled(
    label: dict[str, Any], server: ForkServer, answer_key: AnswerKey
) -> None:
    """Each part's share lies within the label, what is wrong is said, and the guess is right."""
    submission = read_submission(SAMPLES / label["file"])
    assert registry.guess(submission).name == "neural_net"
    result = grade(submission, answer_key, server, student="alice", timeout_s=60)
    for part in result.parts:
        low, high = label["parts"][part.name]
        assert low - 1e-9 <= part.score / part.max_score <= high + 1e-9, part
        allowed = label.get("part_status", {}).get(part.name)
        assert not allowed or part.status in allowed
        said = " ".join(f"{c.message} {c.noticed} {c.hint}" for c in part.checks)
        patterns = label.get("must_mention", {}).get(part.name, [])
        assert not patterns or any(re.search(p, said) for p in patterns), said


def test_example_data_tells_parts() -> None:
    """The self-check knows the public values of every part that a reference computes."""
    parts = export(registry.load("neural_net"))["parts"]
    told = {part["name"] for part in parts if part.get("checks")}
    assert {"forward", "cross_entropy", "sgd_step", "make_adam"} <= told
