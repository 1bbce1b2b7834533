"""A class graded in every way that there is: the same points, part by part."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import service_container
from tiny_class import results, run
from workflow_steps import Job, stand_in

from exercises.kmeans.assignment import ASSIGNMENT as KMEANS
from grader.authoring import bundle
from grader.authoring.archive import packed
from grader.authoring.own_wheel import own_wheel

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = KMEANS.folder / "samples"
CLASS = ("greta.ipynb", "emeka.py")
SEED = "11"
Points = dict[str, list[float]]
"""The points of the parts, by student."""


def of_parts(result: dict[str, Any]) -> list[float]:
    """The points of the parts of a result."""
    return [part["score"] for part in result["parts"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class."""
    made = tmp_path_factory.mktemp("class")
    for name in CLASS:
        shutil.copy(SAMPLES / name, made)
    return made


@pytest.fixture(scope="module")
def batch(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The results of the class on this machine."""
    out = tmp_path_factory.mktemp("batch")
    ran = run("batch", folder, "--out", out, "-a", "kmeans", "--seed", SEED)
    assert ran.code == 0, ran.err
    return results(out)


@pytest.fixture(scope="module")
def points(batch: dict[str, dict[str, Any]]) -> Points:
    """The points that all ways must give; some are lost."""
    found = {student: of_parts(result) for student, result in batch.items()}
    assert all(50 < sum(parts) < 100 for parts in found.values())
    return found


@pytest.mark.filterwarnings("ignore")
def test_cluster(folder: Path, points: Points, tmp_path: Path) -> None:
    """Two workers of a cluster."""
    pytest.importorskip("distributed")
    ran = run(
        "batch", folder, "--out", tmp_path, "-a", "kmeans", "--seed", SEED, "--dask", "local:2"
    )
    assert ran.code == 0, ran.err
    assert {student: of_parts(one) for student, one in results(tmp_path).items()} == points


def test_action(folder: Path, points: Points, tmp_path: Path) -> None:
    """The step of the GitHub action, for each push."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps = {step["id"]: step for step in action["runs"]["steps"] if "id" in step}
    python, _ = stand_in(tmp_path / "stand-in")
    found: Points = {}
    for name in CLASS:
        given = {"submission": name, "assignment": "kmeans", "threshold": "50"}
        inputs = {key: str(one.get("default", "")) for key, one in action["inputs"].items()}
        job = Job(home=tmp_path / name, inputs={**inputs, **given}, action_path=ROOT)
        job.outputs["python"] = {"python-path": str(python)}
        job.workspace.mkdir(parents=True)
        shutil.copy(folder / name, job.workspace)
        assert [job.run(steps["install"]), job.run(steps["grade"])] == [0, 0], job.log
        result = json.loads((job.temp / "grader-report" / "result.json").read_text("utf-8"))
        assert float(job.outputs["grade"]["score"]) == result["score"]
        found[Path(name).stem] = of_parts(result)
    assert found == points


def test_gradescope(folder: Path, points: Points, tmp_path: Path) -> None:
    """The autograder of Gradescope, a container for each submission."""
    if why := service_container.missing():
        pytest.skip(why)
    python = service_container.installed(tmp_path / "python", own_wheel()[1])
    made = bundle.gradescope("kmeans", bundle.BundleOptions(timeout_s=40.0))
    zipped = packed(made.files, bundle.EXECUTABLE)
    found: Points = {}
    for name in CLASS:
        work = tmp_path / name
        files = {name: (folder / name).read_bytes()}
        home = service_container.autograder(work / "autograder", zipped, files)
        ran = service_container.grade(work, home, python)
        assert ran.code == 0, ran.stdout
        found[Path(name).stem] = [test["score"] for test in json.loads(ran.results)["tests"]]
    assert found == points


def test_pytest(folder: Path, points: Points, batch: dict[str, dict[str, Any]]) -> None:
    """Pytest: a test passes where its check has all points, and the total is that of the parts."""
    options = ("--grader", "kmeans", "--grader-seed", SEED, "-v", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *CLASS, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    totals = re.findall(r"^(\w+)\.\w+: ([\d.]+) of 100 points", done.stdout, re.MULTILINE)
    assert {student: float(total) for student, total in totals} == {
        student: sum(parts) for student, parts in points.items()
    }
    found = re.findall(
        r"^(\w+)\.\w+::(\w+)::.* (PASSED|FAILED|SKIPPED) ", done.stdout, re.MULTILINE
    )
    wanted = [
        (student, part["name"], check["score"] == check["max_score"])
        for student, result in batch.items()
        for part in result["parts"]
        for check in part["checks"]
        if check["max_score"]
    ]
    assert sorted((student, part, word == "PASSED") for student, part, word in found) == sorted(
        wanted
    )
