"""Assignments with 64 bits, values of any size, and what cannot be given to students' code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_class import run

DECLARATION = """
from pathlib import Path
from grader import ready
from . import reference
HERE = Path(__file__).parent
CASES = ready.drawn(lambda draw, n: {"x": draw.normal(size=n)}, example=4, hidden=(3, 5))
ASSIGNMENT = ready.assignment(
    "wide", folder=HERE, title="Wide", notebook=HERE / "wide.py", float64=True,
    parts=(
        ready.part(reference.cube, cases=CASES, example=2, hidden=3, title="Cube", task="Cube."),
        ready.part(reference.shift, cases=CASES, example=1, hidden=1, rtol=1e-3, title="S", task="S."),
    ),
)
"""
REFERENCE = """
import jax.numpy as jnp
def cube(x):
    return x ** 3
def shift(x):
    return x + 1e-9
"""
STUBS = "def cube(x):\n    ...\ndef shift(x):\n    ...\n"
SHIFT = "def shift(x):\n    return x\n"


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an assignment with 64 bits."""
    folder = tmp_path_factory.mktemp("home") / "wide"
    folder.mkdir()
    for name, text in (("assignment", DECLARATION), ("reference", REFERENCE), ("wide", STUBS)):
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder


def graded(folder: Path, text: str, *more: str) -> dict[str, Any]:
    """The parts of the result of a submission, by name."""
    path = folder.parent / "s.py"
    path.write_text(text, "utf-8")
    ran = run("check", path, "-a", folder, "--seed", 1, "--json", folder.parent / "r", *more)
    assert ran.code in {0, 1}, ran.err
    result = json.loads((folder.parent / "r").read_text("utf-8"))
    return {part["name"]: part for part in result["parts"]}


@pytest.mark.parametrize(
    "body",
    [
        "import jax\ndef cube(x): return x * x * x\n",
        "import numpy as np\ndef cube(x): return np.asarray(x) ** 3\n",
        "import jax.numpy as jnp\ndef cube(x): return jnp.exp(3 * jnp.log(jnp.abs(x))) * jnp.sign(x)\n",
    ],
)
def test_all_digits_are_right(wide: Path, body: str) -> None:
    """With 64 bits a right answer is right to ten digits, whatever computes it."""
    parts = graded(wide, body + SHIFT)
    assert parts["cube"]["status"] == "passed"


def test_single_precision_is_named(wide: Path) -> None:
    """An answer of 32 bits is told so in both checks, and not that a number is hard-coded."""
    text = "import jax.numpy as jnp\ndef cube(x): return x.astype(jnp.float32) ** 3\n"
    checks = graded(wide, text + SHIFT)["cube"]["checks"]
    assert [check["message"] for check in checks] == [
        "the result is correct to 32 bits only; this assignment needs 64. Look for a `float32` in your code"
    ] * 2


def test_digits_count(wide: Path) -> None:
    """What is wrong in the eighth digit is wrong, and a part's own tolerance stays."""
    parts = graded(wide, "def cube(x): return x ** 3 * (1 + 1e-8)\n" + SHIFT)
    assert parts["cube"]["score"] == 0
    assert parts["shift"]["status"] == "passed"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "lambda x: x",
            '`f` in `inputs` is a function; write it as text: ready.code("lambda x: ...")',
        ),
        ("int", '`f` in `inputs` is a class; name it in `needs`, or write ready.code("...")'),
        ("[{'a': (1, open)}]", '`f[0]["a"][1]` in `inputs` is a function; write it as text'),
        (
            "np.zeros(80_000_000, np.float32)",
            "`f` in `inputs` is larger than 256 MiB, the limit for one value; use a smaller one",
        ),
        (
            "list(range(30_000)) + [None]",
            "`f` in `inputs` is a tree of more than 20,000 values, the limit; put numbers into one array",
        ),
        (
            "object()",
            '`f` in `inputs` is an object, which cannot be passed to students\' code; write ready.code("...")',
        ),
    ],
)
def test_inputs_that_cannot_go(tmp_path: Path, value: str, words: str) -> None:
    """An input that cannot be given to students' code is an error of the declaration, with its place."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "assignment.py").write_text(
        f"""
from pathlib import Path
import numpy as np
from grader import ready
HERE = Path(__file__).parent
def apply(f):
    return np.zeros(2)
CASES = ready.drawn(lambda draw, n: {{"f": {value}}}, example=4, hidden=(3, 5))
ASSIGNMENT = ready.assignment("bad", folder=HERE, title="B", notebook=HERE / "bad.py", parts=(
    ready.part(apply, cases=CASES, example=1, title="A", task="A."),))
""",
        "utf-8",
    )
    (folder / "bad.py").write_text("def apply(f):\n    ...\n", "utf-8")
    (tmp_path / "s.py").write_text("def apply(f): return 1\n", "utf-8")
    ran = run("check", tmp_path / "s.py", "-a", folder)
    assert ran.code == 2
    assert words in ran.err.replace("\n    ", " ")
    assert "Traceback" not in ran.err


def test_large_inputs_and_answers_cross(tmp_path: Path) -> None:
    """A part may take and give 100 MiB."""
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "assignment.py").write_text(
        """
from pathlib import Path
import numpy as np
from grader import ready
HERE = Path(__file__).parent
def twice(x):
    return 2 * np.asarray(x)
CASES = ready.drawn(lambda draw, n: {"x": np.full(n, 1.5, np.float32)}, example=4, hidden=(26_000_000,))
ASSIGNMENT = ready.assignment("big", folder=HERE, title="B", notebook=HERE / "big.py", parts=(
    ready.part(twice, cases=CASES, example=1, hidden=1, title="A", task="A."),))
""",
        "utf-8",
    )
    (folder / "big.py").write_text("def twice(x):\n    ...\n", "utf-8")
    assert graded(folder, "def twice(x): return x + x\n", "--timeout", "300")["twice"]["score"] == 2
