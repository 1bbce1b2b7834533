"""Bundles at work: Gradescope's in a container, Classroom 50's in a checkout, hostile ones too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import service_container
from service_container import Run
from service_rules import classroom50_problem, gradescope_problems
from tiny_class import RIGHT, assignment

from exercises.kmeans.assignment import ASSIGNMENT as KMEANS
from grader.authoring import bundle
from grader.authoring.archive import packed
from grader.authoring.own_wheel import own_wheel

SAMPLES = KMEANS.folder / "samples"
LABELS = {one["file"]: one for one in json.loads((SAMPLES / "labels.json").read_text("utf-8"))}
METADATA = {
    "assignment": {"total_points": "100.0"},
    "users": [{"email": "alice@example.org", "id": 1, "name": "Alice"}],
    "previous_submissions": [{"submission_time": "2026-01-01T00:00:00-07:00", "score": 12.5}],
}
ENDLESS = RIGHT + "def triple(x):\n    while True:\n        pass\n"
HOSTILE = """
import glob, os, signal

WON = []

def attack(name):
    def run(act):
        try:
            act()
        except BaseException:
            return
        WON.append(name)
    return run

@attack("overwrites the result")
def _():
    with open("/autograder/results/results.json", "w") as file:
        file.write("{}")

@attack("writes another result")
def _():
    open("/autograder/results/results2.json", "w").close()

@attack("replaces the result")
def _():
    os.rename("/autograder/results/results.json", "/autograder/results/gone.json")

@attack("reads the source")
def _():
    open("/autograder/source/run_autograder").read()

@attack("lists the source")
def _():
    os.listdir("/autograder/source")

@attack("reads names")
def _():
    open("/autograder/submission_metadata.json").read()

@attack("reads the grader")
def _():
    open(glob.glob("/opt/jax-exercise-grader/lib/python*/site-packages/exercises/__init__.py")[0]).read()

@attack("kills its parent")
def _():
    os.kill(os.getppid(), signal.SIGKILL)

@attack("kills all")
def _():
    os.kill(-1, signal.SIGKILL)

@attack("runs a program")
def _():
    os.system("true") and 1 / 0

@attack("is root")
def _():
    assert os.getuid() == 0

print("::error::forged")
print("##[error]forged", flush=True)
os.write(1, b"::error::forged")
os.write(2, b"##[error]forged")

def double(x):
    if WON:
        raise RuntimeError(", ".join(WON))
    return x + x

def triple(x):
    print("::set-output name=score::1000")
    return 3 * x
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the containers."""
    if why := service_container.missing():
        pytest.skip(why)
    return service_container.installed(tmp_path_factory.mktemp("python") / "home", own_wheel()[1])


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Autograders for Gradescope: K-Means, and the tiny assignment, also with little time."""
    tiny = assignment(tmp_path_factory.mktemp("assignment"))
    made = {
        "kmeans": bundle.gradescope("kmeans", bundle.BundleOptions(timeout_s=40.0)),
        "tiny": bundle.gradescope(str(tiny), bundle.BundleOptions(timeout_s=40.0)),
        "short": bundle.gradescope(str(tiny), bundle.BundleOptions(timeout_s=6.0)),
    }
    return {name: packed(one.files, bundle.EXECUTABLE) for name, one in made.items()}


def graded(
    work: Path, python: Path | None, zipped: bytes, **submission: str | bytes
) -> tuple[Run, dict[str, Any]]:
    """The run of a submission, and its `results.json`, which Gradescope would take."""
    files = {
        name.replace("_dot_", "."): data.encode() if isinstance(data, str) else data
        for name, data in submission.items()
    }
    home = service_container.autograder(work / "autograder", zipped, files)
    (home / "submission_metadata.json").write_text(json.dumps(METADATA), "utf-8")
    ran = service_container.grade(work, home, python)
    assert gradescope_problems(ran.results) == [], ran.stdout
    left = {path.name for path in (home / "results").iterdir()}
    assert left == {"results.json", "stdout"}
    assert (home / "source").stat().st_mode & 0o007 == 0
    assert (home / "results").stat().st_mode & 0o007 == 0
    found: dict[str, Any] = json.loads(ran.results)
    return ran, found


@pytest.mark.parametrize("name", ["amina.ipynb", "jonas.ipynb"])
def test_gradescope_grades_samples(
    name: str, python: Path, zips: Mapping[str, bytes], tmp_path: Path
) -> None:
    """A sample has the points that its label says, part by part, next to an untouched notebook."""
    files = {
        "Mine (1)_dot_ipynb": (SAMPLES / name).read_bytes(),
        "kmeans_dot_ipynb": KMEANS.notebooks[0].read_bytes(),
    }
    ran, found = graded(tmp_path, python, zips["kmeans"], **files)
    assert ran.code == 0, ran.stdout
    for part, test in zip(KMEANS.parts, found["tests"], strict=True):
        low, high = LABELS[name]["parts"][part.name]
        assert low - 1e-6 <= test["score"] / test["max_score"] <= high + 1e-6, part.name
    assert "Several notebooks found: Mine (1).ipynb was graded, not kmeans.ipynb." in (
        found["output"].splitlines()
    )
    assert "Your previous submission had 12.5 points; this one has " in found["output"]
    assert "Seed: " in ran.stdout


def test_gradescope_ends_what_is_endless(
    python: Path, zips: Mapping[str, bytes], tmp_path: Path
) -> None:
    """An endless part loses its points, and the rest keeps them."""
    ran, found = graded(tmp_path, python, zips["short"], answer_dot_py=ENDLESS)
    assert ran.code == 0, ran.stdout
    assert [test["score"] for test in found["tests"]] == [6, 0]
    assert found["tests"][1]["output"].startswith("Timed out: 0 of 4 points.")


def test_gradescope_withstands_attacks(
    python: Path, zips: Mapping[str, bytes], tmp_path: Path
) -> None:
    """No attack succeeds, so the answers count; and nothing that the code prints is anywhere."""
    ran, found = graded(tmp_path, python, zips["tiny"], answer_dot_py=HOSTILE)
    assert ran.code == 0, ran.stdout
    assert [test["score"] for test in found["tests"]] == [6, 4], ran.results
    assert "forged" not in ran.results + ran.stdout
    assert "set-output" not in ran.results + ran.stdout


def test_gradescope_has_a_result_without_the_grader(
    python: Path, zips: Mapping[str, bytes], tmp_path: Path
) -> None:
    """Where not even Python starts, there is a valid result that says that it is none."""
    assert python
    ran, found = graded(tmp_path, None, zips["tiny"], answer_dot_py=RIGHT)
    assert ran.code != 0
    assert (found["score"], "tests" in found) == (0, False)
    assert found["output"].startswith("The grader did not finish")


def test_classroom50_grades_in_a_hostile_checkout(tmp_path: Path) -> None:
    """The script grades, ends with 0, and imports nothing that is in the checkout."""
    tiny = assignment(tmp_path)
    made = bundle.classroom50(str(tiny), bundle.BundleOptions(timeout_s=20.0))
    bundle.save_folder(made, tmp_path / "hw1", force=False)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "answer.py").write_text(HOSTILE, "utf-8")
    trap = f"open({str(tmp_path / 'trapped')!r}, 'w').close(); raise SystemExit(0)\n"
    for name in ("grader", "json", "numpy", "pip", "sitecustomize", "tempfile", "venv"):
        (checkout / f"{name}.py").write_text(trap, "utf-8")
    (tmp_path / "output").touch()
    runner = {
        "CLASSROOM": "cs",
        "ASSIGNMENT": "hw1",
        "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
        "OWNER": "alice",
        "COMMIT_URL": "https://example.org/commit/1",
        "RELEASE_URL": "https://example.org/release/1",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    done = subprocess.run(
        [sys.executable, str(tmp_path / "hw1" / "autograder.py")],
        cwd=checkout,
        env={**os.environ, **runner},
        capture_output=True,
        text=True,
        check=False,
        timeout=service_container.LIMIT_S,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "10 of 10 points\n", "")
    assert not (tmp_path / "trapped").exists()
    text = (checkout / "result.json").read_text("utf-8")
    assert classroom50_problem(text, classroom="cs", assignment="hw1", owner="alice") == ""
    assert json.loads(text)["score"] == 100
    assert (tmp_path / "output").read_text("utf-8") == ("status=success\nsummary=10 of 10 points\n")
    body = (checkout / "release-body.md").read_text("utf-8")
    assert "forged" not in body + text + (checkout / "feedback.html").read_text("utf-8")
