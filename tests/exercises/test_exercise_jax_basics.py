"""The exercise on first steps in JAX: its notebook, its reference functions and its samples."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from numpy.typing import NDArray

from exercises.jax_basics import answers
from grader.assignment import registry
from grader.authoring.public_cases import export
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes, read_submission
from grader.results import PartStatus, SubmissionResult
from grader.sandbox.server import ForkServer
from reference import jax_basics

Array = NDArray[np.float64]

EXERCISE = Path(__file__).parents[2] / "exercises" / "jax_basics"
SAMPLES = EXERCISE / "samples"
POINTS = {
    "draw_normal": 10,
    "to_device": 5,
    "gram": 10,
    "relu": 10,
    "sum_logistic": 5,
    "grad_sum_logistic": 10,
    "hessian_fn": 10,
    "hessian_fn_vmap": 15,
    "hessian_jac": 10,
    "batched_apply_matrix": 15,
}
LABELS = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))
IMPORTS = """
from functools import partial
import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jit, lax, random, vmap
"""
PROOF = """
assert np.allclose(hessian_jitted(x_small), hessian_fn_stacked(x_small), atol=1e-6)
assert np.allclose(batched_jit(w, samples), naively_batched_apply_matrix(samples), atol=1e-3)
print("all cells ran")
"""


def read_notebook(path: Path = EXERCISE / "jax_basics.ipynb") -> nbformat.NotebookNode:
    """A notebook as it is stored, without conversion."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """The assignment's cases for a fixed seed."""
    return draw_key(registry.load("jax_basics"), 20240229)


@pytest.fixture(scope="module")
def graded(server: ForkServer, answer_key: AnswerKey) -> Callable[[str], SubmissionResult]:
    """What the real grader says about a script."""

    def run(text: str) -> SubmissionResult:
        submission = parse_bytes((IMPORTS + text).encode(), name="alice.py")
        return grade(submission, answer_key, server, student="alice", timeout_s=60)

    return run


def score(result: SubmissionResult, part: str) -> float:
    """The points of a part."""
    return next(item.score for item in result.parts if item.name == part)


# The notebook


def run_notebook(path: Path, *more: str) -> nbformat.NotebookNode:
    """The notebook after a run from top to bottom on the CPU, each measurement made once."""
    notebook = read_notebook(path)
    for cell in notebook.cells:
        cell.source = re.sub(r"^(%%?timeit)", r"\1 -n1 -r1", cell.source, flags=re.MULTILINE)
        cell.source = cell.source.replace("size = 3000", "size = 300")
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(env=os.environ | {"JAX_PLATFORMS": "cpu"})
    return notebook


def errors_in(cell: nbformat.NotebookNode) -> list[str]:
    """What the cell raised."""
    outputs = cell.outputs if cell.cell_type == "code" else []
    return [output.ename for output in outputs if output.output_type == "error"]


def test_solved_notebook_runs() -> None:
    """With right functions in place of the TODOs, every cell runs, all measurements included."""
    notebook = run_notebook(SAMPLES / "anouk.ipynb", PROOF)
    assert not any("# TODO\n" in c.source for c in notebook.cells if c.cell_type == "code")
    assert [error for cell in notebook.cells for error in errors_in(cell)] == []
    assert notebook.cells[-1].outputs[0].text == "all cells ran\n"
    timed = [c for c in notebook.cells if "timeit" in c.source]
    assert len(timed) == 20
    assert all("per loop" in str(c.outputs) for c in timed)


def test_untouched_notebook_runs() -> None:
    """As handed out it runs to its end; the cells that call an unwritten function say so."""
    notebook = run_notebook(EXERCISE / "jax_basics.ipynb")
    tagged = [c.id for c in notebook.cells if "raises-exception" in c.metadata.get("tags", ())]
    raised = {c.id: errors_in(c) for c in notebook.cells if errors_in(c)}
    assert list(raised) == tagged
    assert {name for names in raised.values() for name in names} == {"NameError"}


def test_sample_is_the_notebook() -> None:
    """The solved sample is the exercise with other text in the TODO cells alone."""
    handed_out, solved = read_notebook(), read_notebook(SAMPLES / "anouk.ipynb")
    changed = [
        ours.id
        for ours, theirs in zip(handed_out.cells, solved.cells, strict=True)
        if ours.source != theirs.source
    ]
    todo = [c.id for c in handed_out.cells if c.cell_type == "code" and "# TODO" in c.source]
    assert changed == todo
    assert len(todo) == len(POINTS)


def test_notebook_is_clean() -> None:
    """The notebook is valid, names its assignment, and holds nothing from a run."""
    notebook = read_notebook()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.grader == {"assignment": "jax_basics"}
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", i) for i in ids)


def test_notebook_lists_points() -> None:
    """The table of parts in the notebook is the assignment's."""
    rows = re.findall(r"\| \d+ \| `(\w+)` \| (\d+) \|", read_notebook().cells[0].source)
    assert {name: int(points) for name, points in rows} == POINTS
    parts = registry.load("jax_basics").parts
    assert {part.name: part.points for part in parts} == POINTS


def test_untouched_notebook_is_missing(server: ForkServer, answer_key: AnswerKey) -> None:
    """The notebook as handed out earns nothing, and every part is missing."""
    submission = read_submission(EXERCISE / "jax_basics.ipynb")
    result = grade(submission, answer_key, server, student="nobody", timeout_s=60)
    assert result.score == 0
    assert {part.status for part in result.parts} == {PartStatus.MISSING}


# The reference


def logistic(x: Array) -> Array:
    """The logistic function in NumPy."""
    return 1 / (1 + np.exp(-x))


def central(function: Callable[[Array], Any], x: Array, step: float = 1e-5) -> Array:
    """Central differences, the direction last."""
    return np.stack(
        [(function(x + h) - function(x - h)) / (2 * step) for h in step * np.eye(len(x))], axis=-1
    )


def assert_near(got: object, want: object, rtol: float) -> None:
    """Fail unless shapes agree and values do within rtol of the largest."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol * np.abs(want).max())


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-4), ("float64", 1e-8)])
def test_reference_agrees_with_differences(dtype: str, rtol: float) -> None:
    """In either precision the derivatives agree with NumPy's float64 and finite differences."""
    rng = np.random.default_rng(3)
    plain, v = rng.normal(size=6), rng.normal(size=6)
    gradient = logistic(plain) * (1 - logistic(plain))
    hessian = central(lambda x: logistic(x) * (1 - logistic(x)), plain)
    with jax.enable_x64(dtype == "float64"):
        x, direction = jnp.asarray(plain, dtype), jnp.asarray(v, dtype)
        assert_near(jax_basics.sum_logistic(x), logistic(plain).sum(), rtol)
        assert_near(jax_basics.grad_sum_logistic(x), gradient, rtol)
        assert_near(central(lambda y: logistic(y).sum(), plain), gradient, 1e-8)
        assert_near(jax_basics.hessian_fn(x, direction), hessian @ v, rtol)
        assert_near(jax_basics.hessian_fn_vmap(x), hessian, rtol)
        assert_near(jax_basics.hessian_jac(x), hessian, rtol)
        assert jax_basics.hessian_jac(x).dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reference_agrees_with_numpy(dtype: str) -> None:
    """The array functions agree with NumPy."""
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    rtol = 1e-5 if dtype == "float32" else 1e-13
    with jax.enable_x64(dtype == "float64"):
        a, b = jax_basics.to_device(x.astype(dtype)), jnp.asarray(w, dtype)
        assert isinstance(a, jax.Array)
        assert a.devices() == {jax.devices()[0]}
        np.testing.assert_array_equal(np.asarray(a), x.astype(dtype))
        assert_near(jax_basics.gram(a), x @ x.T, rtol)
        assert_near(jax_basics.relu(a), np.maximum(x, 0), rtol)
        assert_near(jax_basics.batched_apply_matrix(b, a), x @ w.T, rtol)


@pytest.mark.parametrize("make_key", [jax.random.key, jax.random.PRNGKey])
def test_reference_moves_the_key(make_key: Callable[[int], jax.Array]) -> None:
    """Keys of either kind come back as they came in, and the next draw is another one."""
    key = make_key(5)
    new_key, x = jax_basics.draw_normal(key, (50, 40))
    _, second = jax_basics.draw_normal(new_key, (50, 40))
    assert new_key.dtype == key.dtype
    assert abs(float(x.mean())) < 0.1
    assert abs(float(x.std()) - 1) < 0.1
    draws = [x, second, *(jax.random.normal(k, (50, 40)) for k in (key, new_key))]
    assert len({float(draw[0, 0]) for draw in draws}) == 4


def test_reference_under_vmap() -> None:
    """Batched, with strict promotion, the functions of a vector give the same."""
    x = jnp.asarray(np.random.default_rng(5).normal(size=(3, 4)), jnp.float32)
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        got = jax.jit(jax.vmap(jax_basics.hessian_fn_vmap))(x)
    for one, row in zip(got, x, strict=True):
        assert_near(one, jax_basics.hessian_jac(row), 1e-5)


def test_gram_needs_matrix() -> None:
    """Anything but a matrix is an error that says what to do."""
    with pytest.raises(ValueError, match="gram") as caught:
        jax_basics.gram(jnp.zeros(3))
    assert str(caught.value) == (
        "gram: x must have shape (n, d), got (3,); give a matrix with a vector a row"
    )


def test_product_needs_direction() -> None:
    """A direction of another shape is an error that says what to do."""
    with pytest.raises(ValueError, match="hessian_fn") as caught:
        jax_basics.hessian_fn(jnp.zeros(3), jnp.eye(3))
    assert str(caught.value) == (
        "hessian_fn: v must have the shape (3,) of x, got (3, 3); give one direction"
    )


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
    assert registry.guess(submission).name == "jax_basics"
    result = grade(submission, answer_key, server, student="alice", timeout_s=60)
    for part in result.parts:
        low, high = label["parts"][part.name]
        assert low - 1e-9 <= part.score / part.max_score <= high + 1e-9, part
        allowed = label.get("part_status", {}).get(part.name)
        assert not allowed or part.status in allowed
        said = " ".join(f"{c.message} {c.noticed} {c.hint}" for c in part.checks)
        patterns = label.get("must_mention", {}).get(part.name, [])
        assert not patterns or any(re.search(p, said) for p in patterns), said


def test_kmeans_is_not_guessed_as_basics() -> None:
    """A K-Means notebook brings the tutorial along and is a K-Means notebook all the same."""
    tutorial = "\n".join(
        f"def {name}(x):\n    return x\n"
        for name in ("relu", "sum_logistic", "grad_sum_logistic", "hessian_fn", "hessian_fn_vmap")
    )
    part = "def update_assignment(samples, centroids):\n    return samples, centroids\n"
    submission = parse_bytes((tutorial + part).encode(), name="alice.py")
    assert registry.guess(submission).name == "kmeans"
    for path in sorted((EXERCISE.parent / "kmeans" / "samples").glob("*.ipynb")):
        assert registry.guess(read_submission(path)).name == "kmeans", path.name


@pytest.mark.parametrize("path", [EXERCISE / "jax_basics.ipynb", SAMPLES / "anouk.ipynb"])
def test_notebook_is_recognized(path: Path) -> None:
    """Untouched or solved, the notebook is recognized with its metadata and without."""
    assert registry.guess(read_submission(path)).name == "jax_basics"
    notebook = read_notebook(path)
    del notebook.metadata["grader"]
    text = nbformat.writes(notebook, nbformat.NO_CONVERT)
    assert registry.guess(parse_bytes(text.encode(), name="alice.ipynb")).name == "jax_basics"


# What the checks of structure look at


@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("relu = jit(lambda x: jnp.maximum(x, 0))", 10),
        ("def relu(x):\n    return jax.nn.relu(x)", 10),
        ("def _r(x):\n    return x * (x > 0)\n_c = jit(_r)\ndef relu(x):\n    return _c(x)", 10),
        ("def relu(x):\n    return jnp.where(x > 0, x, 0)\nrelu_jit = jit(relu)", 7),
        ("def relu(x):\n    return jit(lambda y: jnp.maximum(y, 0))(x)", 7),
        ("def relu(x):\n    return jnp.asarray(np.maximum(np.asarray(x), 0))", 7),
        (
            "jax.config.update('jax_disable_jit', True)\n@jit\ndef relu(x):\n    return x*(x > 0)",
            10,
        ),
    ],
)
def test_one_program_is_built(
    graded: Callable[[str], SubmissionResult], source: str, points: float
) -> None:
    """What counts is how many programs the calls build, not how the compiling is written."""
    assert score(graded(source), "relu") == points


@pytest.mark.parametrize(
    ("body", "points"),
    [
        ("np.asarray(v_batched) @ np.asarray(w).T", 15),
        ("np.stack([np.asarray(v_batched) @ row for row in np.asarray(w)], axis=1)", 15),
        ("lax.map(lambda v: w @ v, v_batched)", 15),
        ("np.stack([np.asarray(w) @ v for v in np.asarray(v_batched)])", 10),
        ("np.apply_along_axis(np.asarray(w).dot, 1, np.asarray(v_batched))", 10),
        ("jnp.array(list(map(partial(jnp.dot, w), v_batched)))", 10),
    ],
)
def test_loop_over_batch_is_seen(
    graded: Callable[[str], SubmissionResult], body: str, points: float
) -> None:
    """A Python loop over the batch shows with JAX and with NumPy; other loops are no loss."""
    source = f"def batched_apply_matrix(w, v_batched):\n    return {body}"
    assert score(graded(source), "batched_apply_matrix") == points


def test_words_hold_no_numbers() -> None:
    """What a check says has no figures in it, which reports of hidden inputs leave out."""
    files = [EXERCISE / f"{name}.py" for name in ("answers", "checks", "draw_checks")]
    tree = ast.Module([ast.parse(file.read_text(encoding="utf-8")) for file in files], [])
    raised = [n.exc for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    strings = [n.value for r in raised for n in ast.walk(r) if isinstance(n, ast.Constant)]
    words = [text for text in strings if isinstance(text, str)]
    words += [*answers.SHAPES.values(), *answers.NUMBERS.values(), answers.OTHER_SIZES]
    assert len(words) > 20
    assert [text for text in words if re.search(r"\d", text)] == []


def test_looping_sum_costs_once(graded: Callable[[str], SubmissionResult]) -> None:
    """A sum that is a Python loop leaves the vectorized Hessian its points."""
    result = graded("""
def sum_logistic(x):
    return sum(1 / (1 + jnp.exp(-x[i])) for i in range(len(x)))


def hessian_fn_vmap(x):
    return vmap(lambda v: jax.jvp(grad(sum_logistic), (x,), (v,))[1])(jnp.eye(len(x)))
""")
    assert score(result, "sum_logistic") == 5
    assert score(result, "hessian_fn_vmap") == 15


def test_mistakes_of_keys_are_told_apart(graded: Callable[[str], SubmissionResult]) -> None:
    """Each wrong use of a key costs what the sheet says."""
    text = "def draw_normal(key, shape):\n    new_key, sub = random.split(key)\n    return {}\n"
    wanted = {
        "new_key, random.normal(sub, shape)": 10,
        "new_key, random.normal(key, shape)": 6,
        "sub, random.normal(sub, shape)": 6,
        "key, random.normal(sub, shape)": 6,
        "new_key, random.uniform(sub, shape)": 6,
        "new_key, random.normal(random.PRNGKey(0), shape)": 4,
        "random.wrap_key_data(new_key), random.normal(sub, shape)": 10,
    }
    got = {body: score(graded(text.format(body)), "draw_normal") for body in wanted}
    assert got == wanted


def test_example_data_tells_parts() -> None:
    """The self-check knows the public values of every part that computes something."""
    parts = export(registry.load("jax_basics"))["parts"]
    told = {part["name"] for part in parts if part.get("checks")}
    assert told == POINTS.keys() - {"draw_normal", "to_device"}


def test_command_guesses(tmp_path: Path) -> None:
    """The command itself finds the assignment and gives all points to a right answer."""
    out = tmp_path / "result.json"
    command = [
        sys.executable,
        "-m",
        "grader",
        "check",
        str(SAMPLES / "deniz.py"),
        "--json",
        str(out),
    ]
    subprocess.run([*command, "--quiet"], check=True, capture_output=True)
    result = json.loads(out.read_text(encoding="utf-8"))
    assert (result["assignment"], result["score"]) == ("jax_basics", 100)
