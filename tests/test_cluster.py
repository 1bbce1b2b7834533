"""A class graded by a Dask cluster: the same results and pages, and clear words when it cannot."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, run

from grader import cluster
from grader.errors import SandboxError

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a scheduler with one worker of two threads, each process of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
        ) as made:
            yield made.scheduler_address


def pages(out: Path) -> dict[str, str]:
    """Every result and report, durations left out."""
    found = {}
    for path in sorted(out.glob("students/*/*")):
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            text = json.dumps({**json.loads(text), "duration_s": 0})
        found[f"{path.parent.name}/{path.name}"] = re.sub(
            r"· (under )?[0-9]+ seconds?</p>", "", text
        )
    return found


@pytest.mark.filterwarnings("ignore")
def test_cluster_grades_alike(address: str, tmp_path: Path) -> None:
    """Results and reports are those of threads here, also of what cannot be read."""
    tiny = assignment(tmp_path)
    folder = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF, cat=NONE)
    (folder / "dan.ipynb").write_text("{", "utf-8")
    common = ("batch", folder, "-a", tiny, "--seed", 5)
    there = run(*common, "--out", tmp_path / "there", "--dask", address)
    here = run(*common, "--out", tmp_path / "here")
    assert (there.code, here.code) == (0, 0), there.err
    assert pages(tmp_path / "there") == pages(tmp_path / "here")
    assert len(pages(tmp_path / "there")) == 8


@pytest.mark.filterwarnings("ignore")
def test_other_version_is_refused(address: str, tmp_path: Path) -> None:
    """A worker that would grade by something else is told apart before anything is graded."""
    order = cluster.Order(
        assignment=str(assignment(tmp_path)), seed=1, lang="en", timeout_s=5.0, fingerprint="other"
    )
    with pytest.raises(SandboxError, match="another version"), cluster.connected(address, order):
        pass


@pytest.mark.filterwarnings("ignore")
def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, the command says so and how to start one."""
    monkeypatch.setattr(cluster, "PATIENCE_S", 0.2)
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out")
    ran = run("batch", folder, *options, "--dask", "tcp://127.0.0.1:1")
    assert (ran.code, ran.err) == (
        2,
        "grader: --dask tcp://127.0.0.1:1: no scheduler answers; start one with `dask scheduler`\n",
    )


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the line says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out")
    ran = run("batch", folder, *options, "--dask", "tcp://127.0.0.1:1")
    assert (ran.code, ran.err) == (
        2,
        "grader: --dask needs the package distributed; pip install 'jax-exercise-grader[dask]'\n",
    )
