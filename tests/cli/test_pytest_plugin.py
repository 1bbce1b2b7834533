"""Tests of `grader.cli.pytest_plugin` and `pytest_session`: pytest as a course runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_class import HALF, NONE, RIGHT

from grader.assignment import registry
from grader.cli.pytest_session import decided

DECLARED = '''
"""Two parts; each has a check, one after it, a tip, and a check that a person decides."""
from pathlib import Path

import numpy as np

from grader import ready
from grader.assignment import Advice, Assignment, Case, Check, Incorrect, Input, Part
from grader.results import Visibility


def cases(draw):
    return (Case("one", inputs={"x": draw.normal(size=3).astype(np.float32)}),)


def right(student):
    for case in student.cases:
        if not np.allclose(student.answer(case), student.expected(case)):
            raise Incorrect("`it` differs", hint="compare it")


def tip(student):
    return Advice("a loop is slow")


PUBLIC = Visibility.PUBLIC


def part(name, factor):
    return Part(name, title=name.title(), task="Multiply.", inputs=(Input("x"),), cases=cases,
                reference=lambda x: factor * x,
                checks=(Check("it is :: right", right, points=6, visibility=PUBLIC),
                        Check("then", right, points=2, needs=("it is :: right",)),
                        Check("tip", tip, visibility=PUBLIC),
                        ready.by_hand("style", points=2)))


ASSIGNMENT = Assignment("asked", title="Asked", notebook=Path(__file__).with_name("asked.py"),
                        parts=(part("double", 2), part("triple", 3)))
'''
HOSTILE = """
import sys
print("printed")
def double(x):
    raise ValueError("\\x1b[31m::error::x\\n##[error]y")
def triple(x):
    raise KeyError(x)
"""


@dataclass(frozen=True)
class Ran:
    """What a run of pytest left behind."""

    code: int
    out: str

    def outcomes(self) -> dict[str, str]:
        """What became of each test, by its id, of a verbose run."""
        found = re.findall(r"^(.*?::.*?) (PASSED|FAILED|SKIPPED|ERROR)\b", self.out, re.MULTILINE)
        return dict(found)


def run(folder: Path, *arguments: str | Path) -> Ran:
    """Run pytest in a process of its own, as a course does."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment."""
    folder = tmp_path_factory.mktemp("assignment") / "asked"
    folder.mkdir()
    (folder / "assignment.py").write_text(DECLARED, "utf-8")
    stubs = "def double(x):\n    ...\ndef triple(x):\n    ...\n"
    (folder / "asked.py").write_text(stubs, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with submissions, and a test that is none."""
    for name, source in {"right": RIGHT, "half": HALF, "none": NONE, "hostile": HOSTILE}.items():
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    (tmp_path / "broken.ipynb").write_text("{", "utf-8")
    (tmp_path / "test_other.py").write_text("def test_it(): pass\n", "utf-8")
    return tmp_path


NAMES = ("right.py", "half.py", "none.py", "hostile.py", "broken.ipynb", "test_other.py")
FIRST, THEN, STYLE = "it is : right", "then", "style"


def test_each_check_is_a_test(folder: Path, asked: Path) -> None:
    """Checks pass, fail, and are skipped as in the report; other tests run as before."""
    junit = folder / "junit.xml"
    options = (f"--grader={asked}", "--grader-seed", "5")
    ran = run(folder, *NAMES, *options, "-v", "-rs", f"--junitxml={junit}")
    assert ran.code == 1
    found = ran.outcomes()
    assert {name: found.pop(name) for name in ("test_other.py::test_it",)} == {
        "test_other.py::test_it": "PASSED"
    }
    table = {
        "right.py": ("PASSED", "PASSED", "SKIPPED", "PASSED", "PASSED", "SKIPPED"),
        "half.py": ("PASSED", "PASSED", "SKIPPED", "FAILED", "SKIPPED", "SKIPPED"),
        "none.py": ("FAILED",) * 6,
        "hostile.py": ("FAILED", "SKIPPED", "SKIPPED", "FAILED", "SKIPPED", "SKIPPED"),
        "broken.ipynb": ("FAILED",) * 6,
    }
    assert found == {
        f"{file}::{part}::{check}": outcome
        for file, outcomes in table.items()
        for (part, check), outcome in zip(
            [(part, check) for part in ("double", "triple") for check in (FIRST, THEN, STYLE)],
            outcomes,
            strict=True,
        )
    }
    assert "grader: asked, seed 5" in ran.out
    half = "it differs. (line 2)\nTry this: Compare it.\n"
    assert re.search(rf"^_+ triple: {FIRST} _+\n{re.escape(half)}", ran.out, re.MULTILINE)
    assert "broken.ipynb: the file is cut off: it ends at line 1" in ran.out
    assert re.search(
        r"^SKIPPED \[\d\] right\.py:1: Style: open until a person decides\.$", ran.out, re.MULTILINE
    )
    assert (
        "half.py: 8 of 20 points, 4 open\n  Tip for part 1: A loop is slow.\n  Tip for part 2: A"
        in ran.out
    )
    assert "\x1b" not in ran.out
    root = ET.parse(junit).getroot()  # noqa: S314  (our own file)
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    failure = cases["half.triple", FIRST].find("failure")
    assert failure is not None
    assert failure.get("message") == "it differs. (line 2)\nTry this: Compare it."


def test_points_decide_with_a_threshold(folder: Path, asked: Path) -> None:
    """With a threshold and workers, which share the seed, the points decide the exit code."""
    options = (f"--grader={asked}", "--grader-lang", "de", "-n", "2", "--dist", "loadfile")
    ran = run(folder, "right.py", "half.py", *options, "--grader-threshold", "50")
    assert ran.code == 0, ran.out
    assert "half.py: 8 von 20 Punkten, 4 offen, die Schwelle von 50 % ist erreicht" in ran.out
    assert "1 failed, 6 passed, 5 skipped" in ran.out
    (shown,) = set(re.findall(r"seed (\d+)", ran.out))
    assert shown


def test_points_below_the_threshold_fail(folder: Path, asked: Path) -> None:
    """Below it the session fails, whichever checks were chosen."""
    options = (f"--grader={asked}", "--grader-threshold", "50.1", "-k", "double and then")
    ran = run(folder, "half.py", *options)
    assert (ran.code, "1 passed, 5 deselected" in ran.out) == (1, True)
    assert "half.py: 8 of 20 points, 4 open, which is below the threshold of 50.1%" in ran.out


@pytest.mark.parametrize(
    ("exitstatus", "shares", "decision"),
    [
        (1, [60.0, 100.0], 0),
        (0, [59.9, 100.0], 1),
        (1, [59.9], 1),
        (1, [100.0, None], 1),
        (1, [], 1),
        (0, [], 0),
        (2, [100.0], 2),
        (5, [], 5),
    ],
)
def test_threshold_is_for_each(exitstatus: int, shares: list[float | None], decision: int) -> None:
    """Each submission must reach it; what could not be graded, or another end, still fails."""
    assert decided(exitstatus, shares, 60.0, others_failed=False) == decision
    assert decided(exitstatus, shares, 60.0, others_failed=True) == exitstatus


def test_checks_are_listed_without_grading(folder: Path, asked: Path) -> None:
    """The tests of a file are known from the assignment; a notebook in a folder is collected."""
    (folder / "half.py").unlink()
    ran = run(folder, ".", "right.py", f"--grader={asked}", "--collect-only", "-q")
    ids = [line for line in ran.out.splitlines() if "::" in line]
    checks = [f"{part}::{check}" for part in ("double", "triple") for check in (FIRST, THEN, STYLE)]
    assert ids == [
        *(f"broken.ipynb::{check}" for check in checks),
        *(f"right.py::{check}" for check in checks),
        "test_other.py::test_it",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--grader", "kmean"), "--grader: assignment 'kmean': not found; did you mean 'kmeans'?"),
        (("--grader-seed", "5"), "--grader-seed: needs an assignment; add --grader ASSIGNMENT"),
        (
            ("--grader", "kmeans", "--grader-threshold", "x"),
            "argument --grader-threshold: expected a percentage from 0 to 100, got 'x'",
        ),
    ],
)
def test_wrong_argument_is_a_line(folder: Path, arguments: tuple[str, ...], line: str) -> None:
    """What cannot be used is said in a line, and nothing runs."""
    assert "kmeans" in registry.names()
    ran = run(folder, "right.py", *arguments)
    assert ran.code == 4
    assert line in ran.out
    assert "collected" not in ran.out


PROBE = """
import sys

def test_nothing_is_imported():
    ours = {name for name in sys.modules if name.split(".")[0] in {"grader", "exercises", "reference"}}
    assert ours == {"grader", "grader.cli", "grader.cli.pytest_plugin"}
"""


def test_nothing_without_the_option(tmp_path: Path) -> None:
    """Without the option no notebook is collected, and nothing of the grader is imported."""
    (tmp_path / "test_probe.py").write_text(PROBE, "utf-8")
    (tmp_path / "kmeans.ipynb").write_text("{", "utf-8")
    ran = run(tmp_path, ".", "-v")
    assert (ran.code, ran.outcomes()) == (
        0,
        {"test_probe.py::test_nothing_is_imported": "PASSED"},
    )
