"""The exercise on solvers: its notebook, its reference functions and its samples."""

import ast
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

from exercises.solvers import checks
from exercises.solvers.expressions import snapped
from grader.assignment import registry
from grader.authoring.public_cases import export
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes, read_submission
from grader.results import PartStatus, State, SubmissionResult
from grader.sandbox.server import ForkServer
from reference import solvers

EXERCISE = Path(__file__).parents[2] / "exercises" / "solvers"
SAMPLES = EXERCISE / "samples"
POINTS = {"newton": 20, "rk4": 25, "jacobian": 15, "log1pexp": 20, "bisect": 20}
LABELS = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))
IMPORTS = """
from functools import partial
import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jit, lax, vmap
"""
PROOF = """
assert abs(bisect(cubic, 0.0, 2.0, 1e-12) - newton(cubic, 1.5, 7)) < 1e-12
assert jnp.allclose(jacobian(polar, jnp.array([2.0, 0.5])), jax.jacrev(polar)(jnp.array([2.0, 0.5])))
print("all cells ran")
"""


def read_notebook(path: Path = EXERCISE / "solvers.ipynb") -> nbformat.NotebookNode:
    """A notebook as it is stored, without conversion."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """The assignment's cases for a fixed seed."""
    return draw_key(registry.load("solvers"), 20240229)


@pytest.fixture(scope="module")
def graded(server: ForkServer, answer_key: AnswerKey) -> Callable[[str], SubmissionResult]:
    """What the real grader says about a script."""

    def run(text: str) -> SubmissionResult:
        submission = parse_bytes((IMPORTS + text).encode(), name="alice.py")
        return grade(submission, answer_key, server, student="alice", timeout_s=20)

    return run


def earned(result: SubmissionResult, part: str) -> dict[str, float]:
    """The points of a part, check by check."""
    found = next(item for item in result.parts if item.name == part)
    return {check.name: check.score for check in found.checks}


# The notebook


def run_notebook(path: Path, *more: str) -> nbformat.NotebookNode:
    """The notebook after a run from top to bottom on the CPU."""
    notebook = read_notebook(path)
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(env=os.environ | {"JAX_PLATFORMS": "cpu"})
    return notebook


def errors_in(cell: nbformat.NotebookNode) -> list[str]:
    """What the cell raised."""
    outputs = cell.outputs if cell.cell_type == "code" else []
    return [output.ename for output in outputs if output.output_type == "error"]


def test_solved_notebook_runs() -> None:
    """With correct functions in place of the TODOs, every cell runs."""
    notebook = run_notebook(SAMPLES / "ada.ipynb", PROOF)
    assert not any("# TODO\n" in c.source for c in notebook.cells if c.cell_type == "code")
    assert [error for cell in notebook.cells for error in errors_in(cell)] == []
    assert notebook.cells[-1].outputs[0].text == "all cells ran\n"


def test_untouched_notebook_runs() -> None:
    """As handed out it runs to its end; the cells that call an unwritten function say so."""
    notebook = run_notebook(EXERCISE / "solvers.ipynb")
    tagged = [c.id for c in notebook.cells if "raises-exception" in c.metadata.get("tags", ())]
    raised = {c.id: errors_in(c) for c in notebook.cells if errors_in(c)}
    assert list(raised) == tagged
    assert {name for names in raised.values() for name in names} == {"NameError"}


def test_sample_is_the_notebook() -> None:
    """The solved sample is the exercise with other text in the TODO cells alone."""
    handed_out, solved = read_notebook(), read_notebook(SAMPLES / "ada.ipynb")
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
    assert notebook.metadata.grader == {"assignment": "solvers"}
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", i) for i in ids)


def test_notebook_lists_points() -> None:
    """The table of parts in the notebook is the assignment's."""
    rows = re.findall(r"\| \d+ \| `(\w+)` \| (\d+) \|", read_notebook().cells[0].source)
    assert {name: int(points) for name, points in rows} == POINTS
    parts = registry.load("solvers").parts
    assert {part.name: part.points for part in parts} == POINTS


def test_declaration_is_short() -> None:
    """The whole exercise is declared in fewer than 90 lines."""
    assert len((EXERCISE / "assignment.py").read_text("utf-8").splitlines()) < 90


def test_untouched_notebook_is_missing(server: ForkServer, answer_key: AnswerKey) -> None:
    """The notebook as handed out earns nothing, and every part is missing."""
    submission = read_submission(EXERCISE / "solvers.ipynb")
    result = grade(submission, answer_key, server, student="nobody", timeout_s=60)
    assert result.score == 0
    assert {part.status for part in result.parts} == {PartStatus.MISSING}


# The reference


def test_newton_doubles_its_digits() -> None:
    """Each step squares the error, until it is of the size of rounding."""
    with jax.enable_x64(True):
        errors = [
            abs(float(solvers.newton(lambda x: x**3 - 2, 1.5, n)) - 2 ** (1 / 3)) for n in range(6)
        ]
    assert all(after < 2 * before**2 for before, after in pairwise(errors[:4]))
    assert errors[5] < 1e-15


def test_rk4_is_of_fourth_order() -> None:
    """Halving the steps divides the error by 16, for an equation with time in it."""
    ends = []
    with jax.enable_x64(True):
        for n in (10, 20, 40):
            ts = jnp.linspace(0.0, 1.0, n + 1)
            ys = solvers.rk4(lambda t, y: 2 * t * y, jnp.ones(1), ts)
            assert ys.shape == (n + 1, 1)
            ends.append(abs(float(ys[-1, 0]) - np.e))
    assert 14 < ends[0] / ends[1] < 18
    assert 14 < ends[1] / ends[2] < 18


def test_rk4_needs_times() -> None:
    """Anything but a list of times is an error that says what to do."""
    with pytest.raises(ValueError, match="rk4") as caught:
        solvers.rk4(lambda t, y: y, jnp.ones(1), jnp.ones(()))
    assert str(caught.value) == (
        "rk4: ts must have shape (n,) with n at least 1, got (); give a list of times"
    )


def test_jacobian_has_a_row_for_each_output() -> None:
    """Rows are outputs, columns inputs, and the entries agree with those by hand."""
    with jax.enable_x64(True):
        x = jnp.array([2.0, 3.0, 0.5])
        got = solvers.jacobian(lambda x: jnp.stack([x[0] * x[1], jnp.exp(x[2])]), x)
    np.testing.assert_allclose(got, [[3, 2, 0], [0, 0, np.exp(0.5)]], rtol=1e-14)


@pytest.mark.parametrize("x", [-1000.0, -100.0, -1.0, 0.0, 1.0, 100.0, 1000.0])
def test_log1pexp_has_all_derivatives(x: float) -> None:
    """Value and two derivatives are those of the formula in many digits, plain and compiled."""
    with np.errstate(over="ignore"):
        s = float(1 / (1 + np.exp(-np.longdouble(x))))
    want = [float(np.logaddexp(np.longdouble(x), 0)), s, s * (1 - s)]
    with jax.enable_x64(True):
        function = solvers.log1pexp
        both = (function, jax.grad(function), jax.grad(jax.grad(function)))
        for one, right in zip(both, want, strict=True):
            assert float(one(x)) == pytest.approx(right, rel=1e-13, abs=0)
            many = jax.jit(jax.vmap(one))(jnp.full(3, x))
            np.testing.assert_allclose(many, right, rtol=1e-13)


@pytest.mark.parametrize("tol", [1.0, 1e-3, 1e-9, 2.3e-16, 1e-30])
@pytest.mark.parametrize("sign", [1, -1])
def test_bisect_ends_near_the_root(tol: float, sign: int) -> None:
    """The result is within the tolerance, for functions that rise or fall, and always comes."""
    with jax.enable_x64(True):
        got = solvers.bisect(lambda x: sign * (x * x - 2) * 1e6, 0.0, 2.0, tol)
        exact = solvers.bisect(lambda x: sign * (x - 0.5), 0.0, 1.0, tol)
    assert abs(float(got) - 2**0.5) <= max(tol, 3e-16)
    assert abs(float(exact) - 0.5) <= max(tol, 1e-16)


def test_snapped_forgives_within_the_tolerance() -> None:
    """A number near enough becomes the root, another stays, and what is no number is left."""
    with jax.enable_x64(True):
        assert snapped(1.0 + 1e-7, 1.0, 1e-6) == 1.0
        assert snapped(1.0 + 2e-6, 1.0, 1e-6) == 1.0 + 2e-6
        assert np.isnan(snapped(jnp.nan, 1.0, 1e-6))
    assert snapped((1.0, 2.0), 1.0, 1e-6) == (1.0, 2.0)


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
    assert registry.guess(submission).name == "solvers"
    result = grade(submission, answer_key, server, student="alice", timeout_s=60)
    for part in result.parts:
        low, high = label["parts"][part.name]
        assert low - 1e-9 <= part.score / part.max_score <= high + 1e-9, part
        allowed = label.get("part_status", {}).get(part.name)
        assert not allowed or part.status in allowed
        said = " ".join(f"{c.message} {c.noticed} {c.hint}" for c in part.checks)
        patterns = label.get("must_mention", {}).get(part.name, [])
        assert not patterns or any(re.search(p, said) for p in patterns), said


@pytest.mark.parametrize("path", [EXERCISE / "solvers.ipynb", SAMPLES / "ada.ipynb"])
def test_notebook_is_recognized(path: Path) -> None:
    """Untouched or solved, the notebook is recognized with its metadata and without."""
    assert registry.guess(read_submission(path)).name == "solvers"
    notebook = read_notebook(path)
    del notebook.metadata["grader"]
    text = nbformat.writes(notebook, nbformat.NO_CONVERT)
    assert registry.guess(parse_bytes(text.encode(), name="alice.ipynb")).name == "solvers"


# What the checks look at


@pytest.mark.parametrize(
    ("slope", "points"),
    [
        ("grad(f)(x)", 5),
        ("jax.jvp(f, (x,), (1.0,))[1]", 5),
        ("jax.jacrev(f)(x)", 5),
        ("jax.linearize(f, x)[1](1.0)", 5),
        ("(f(x + 1e-6) - f(x - 1e-6)) / 2e-6", 0),
    ],
)
def test_derivative_by_jax_is_seen(
    graded: Callable[[str], SubmissionResult], slope: str, points: float
) -> None:
    """Whatever JAX derives counts, and differences lose only the points for it."""
    text = f"""
def newton(f, x0, steps):
    x = jnp.asarray(x0)
    for _ in range(steps):
        x = x - f(x) / ({slope})
    return x
"""
    found = earned(graded(text), "newton")
    assert found["derivative by JAX"] == points
    assert found["other functions"] == 10


@pytest.mark.parametrize(
    ("columns", "points"),
    [
        ("(f(x + s) - f(x - s)) / 2e-4", 15),
        ("(f(x + s * 1e-3) - f(x - s * 1e-3)) / 2e-7", 15),
        ("jax.jvp(f, (x,), (s * 1e4,))[1]", 15),
        ("(f(x + s * 1e-4) - f(x)) / 1e-8", 11),
    ],
)
def test_accuracy_of_differences(
    graded: Callable[[str], SubmissionResult], columns: str, points: float
) -> None:
    """Central differences are accurate enough with every step of the task; one-sided are not."""
    text = f"""
def jacobian(f, x):
    steps = 1e-4 * jnp.eye(len(x))
    return vmap(lambda s: {columns}, out_axes=1)(steps)
"""
    assert sum(earned(graded(text), "jacobian").values()) == points


SAFE = [
    "jnp.logaddexp(x, 0)",
    "jax.nn.softplus(x)",
    "-jax.nn.log_sigmoid(-x)",
    "lax.cond(x > 0, lambda x: x + jnp.log1p(jnp.exp(-x)), lambda x: jnp.log1p(jnp.exp(x)), x)",
]


@pytest.mark.parametrize("formula", SAFE)
def test_safe_formulas_are_correct(graded: Callable[[str], SubmissionResult], formula: str) -> None:
    """Ready-made functions and a branch of JAX's own get all points."""
    text = f"def log1pexp(x):\n    return {formula}\n"
    assert sum(earned(graded(text), "log1pexp").values()) == 20


def test_bisection_may_return_any_near_number(
    graded: Callable[[str], SubmissionResult],
) -> None:
    """The left end, the right end, or the midpoint of the last bracket are all correct."""
    text = """
def bisect(f, a, b, tol):
    left = f(a) > 0
    def halve(s):
        mid = (s[0] + s[1]) / 2
        keep = (f(mid) > 0) == left
        return jnp.where(keep, mid, s[0]), jnp.where(keep, s[1], mid)
    a, b = lax.while_loop(lambda s: s[1] - s[0] > tol, halve, (a, b))
    return {}
"""
    for end in ("a", "b", "(a + b) / 2", "0.3 * a + 0.7 * b"):
        assert sum(earned(graded(text.format(end)), "bisect").values()) == 20, end


def test_endless_loop_costs_the_last_check(graded: Callable[[str], SubmissionResult]) -> None:
    """A condition about the value never ends for a steep function; what came before counts."""
    text = """
def bisect(f, a, b, tol):
    def halve(s):
        mid = (s[0] + s[1]) / 2
        keep = jnp.sign(f(mid)) == jnp.sign(f(s[0]))
        return jnp.where(keep, mid, s[0]), jnp.where(keep, s[1], mid)
    a, b = lax.while_loop(lambda s: abs(f((s[0] + s[1]) / 2)) > tol, halve, (a, b))
    return (a + b) / 2
"""
    result = graded(text)
    found = earned(result, "bisect")
    assert found["smallest tolerance"] == 0
    assert found["flat functions"] == 0
    assert sum(found.values()) == 16
    assert next(p for p in result.parts if p.name == "bisect").state is State.TIMEOUT


def test_words_hold_no_numbers() -> None:
    """What a check says has no figures in it, which reports of hidden inputs leave out."""
    tree = ast.parse((EXERCISE / "checks.py").read_text(encoding="utf-8"))
    raised = [n.exc for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    strings = [n.value for r in raised for n in ast.walk(r) if isinstance(n, ast.Constant)]
    words = [text for text in strings if isinstance(text, str)]
    words += [checks.ONLY_PLAIN, checks.HINT_UNTRACEABLE]
    words += [check.hint for part in registry.load("solvers").parts for check in part.checks]
    assert len(words) > 10
    assert [text for text in words if re.search(r"\d", text)] == []


def test_example_data_tells_parts() -> None:
    """The self-check knows the public values of every part."""
    parts = export(registry.load("solvers"))["parts"]
    assert {part["name"] for part in parts if part.get("checks")} == POINTS.keys()
