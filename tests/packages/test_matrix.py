"""The matrix of Pythons and lines of JAX: what it runs, and what it makes of what it sees."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import matrix  # noqa: E402 - a script beside the folders of tests

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
FILES = sorted({"constraints.txt", "constraints/grading.txt", *matrix.LINES.values()})


def pinned(file: str) -> dict[str, set[str]]:
    """The versions of each package of a file; there are several for several Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / file).read_text("utf-8"), re.MULTILINE
    ):
        found.setdefault(name, set()).add(version)
    return found


def minor(version: str) -> tuple[int, int]:
    """The line that a version belongs to."""
    first, second = version.split(".")[:2]
    return int(first), int(second)


def test_matrix_has_what_the_project_is_for() -> None:
    """Its Pythons are those of the classifiers, its lines of JAX all that the bounds allow."""
    ends = " ".join(PROJECT["classifiers"])
    assert list(matrix.PYTHONS) == re.findall(r"Python :: (3\.\d+)", ends)
    for name in ("jax", "jaxlib"):
        (bounds,) = [one for one in PROJECT["dependencies"] if re.match(rf"{name}\b", one)]
        low, high = map(minor, re.fullmatch(rf"{name}>=([\d.]+),<([\d.]+)", bounds).groups())  # type: ignore[union-attr]
        assert [minor(line) for line in matrix.LINES] == [(0, n) for n in range(low[1], high[1])]


def test_documents_name_the_versions() -> None:
    """The README and the page for developers name the first and the last of both."""
    wanted = (
        f"Python {matrix.PYTHONS[0]} to {matrix.PYTHONS[-1]}",
        f"JAX {next(iter(matrix.LINES))} to {list(matrix.LINES)[-1]}",
    )
    for page in ("README.md", "docs/developers.md", "CHANGELOG.md"):
        words = " ".join((ROOT / page).read_text("utf-8").split())
        assert [one for one in wanted if one not in words] == []


@pytest.mark.parametrize("line", matrix.LINES)
def test_each_line_is_pinned(line: str) -> None:
    """The file of a line pins JAX in that line, and `make lock` writes it."""
    found = pinned(matrix.LINES[line])
    assert {minor(one) for one in found["jax"] | found["jaxlib"]} == {minor(line)}
    older = re.search(r"^OLDER_JAX := (.*)$", MAKEFILE, re.MULTILINE)
    assert older
    assert (line in older[1].split()) == (line != list(matrix.LINES)[-1])


@pytest.mark.parametrize("file", FILES)
def test_pins_have_hashes_and_no_host(file: str) -> None:
    """Every package has hashes, and no address of a registry is in the file."""
    text = (ROOT / file).read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text)
    assert [one for one in entries if one[0] != "#" and "--hash=sha256:" not in one] == []
    assert not re.search(r"://|--(?:extra-)?index|--find-links", text)


def test_pins_for_grading_are_among_all() -> None:
    """What an image has is what the tests run with, without the tests' own packages."""
    everything, grading = pinned("constraints.txt"), pinned("constraints/grading.txt")
    assert {name: everything.get(name) for name in grading} == grading
    assert not {"pytest", "ruff", "mypy", "playwright"} & grading.keys()


def test_python_of_a_path_or_a_version_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter is found by its path and by its version, and a missing one is no error."""
    version = ".".join(map(str, sys.version_info[:3]))
    assert matrix.find_python(sys.executable).version == version
    assert matrix.find_python("/nowhere/python3") == matrix.Python(asked="/nowhere/python3")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PYENV_ROOT", "/nowhere")
    assert matrix.find_python("3.11").path is None


def test_python_that_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stub on the path that only says that nothing is selected does not count; pyenv's own do."""
    (tmp_path / "shims").mkdir()
    stub = tmp_path / "shims/python3.99"
    stub.write_text("#!/bin/sh\nexit 127\n")
    stub.chmod(0o755)
    own = tmp_path / "versions/3.99.1/bin/python3.99"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\necho 3.99.1\necho /opt/python3.99\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "shims") + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    found = matrix.find_python("3.99")
    assert (found.version, found.path) == ("3.99.1", Path("/opt/python3.99"))


def result(folder: Path, **changed: Any) -> dict[str, Any]:
    """A student's result as it is read, with these fields changed."""
    part = {"name": "init", "score": 3.0, "program": "00ff"} | changed.pop("part", {})
    made = {"score": 3.0, "parts": [part], "messages": ["not valid Python 3.11"]} | changed
    path = folder / "students/ada/result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made | {"duration_s": 1.0, "environment": {"jax": "0.9"}}))
    return matrix.read_results(folder, "kmeans")


def test_what_may_differ_is_no_difference(tmp_path: Path) -> None:
    """Duration, environment, the number of a program and of a Python are left out, points are not."""
    want = result(tmp_path)
    for changed in ({"part": {"program": "11ee"}}, {"messages": ["not valid Python 3.13"]}):
        assert list(matrix.differences(result(tmp_path, **changed), want)) == []
    got = result(tmp_path, score=2.5, part={"score": 2.5})
    assert list(matrix.differences(got, want)) == [
        "/kmeans/ada/parts/init/score: got 2.5, want 3.0",
        "/kmeans/ada/score: got 2.5, want 3.0",
    ]
    got = result(tmp_path, messages=[])
    assert list(matrix.differences(got, want)) == [
        "/kmeans/ada/messages: got [], want ['not valid Python']"
    ]


def test_counts_and_table(tmp_path: Path) -> None:
    """The table says how each environment did, what was skipped where, and what did not run."""
    report = tmp_path / "x.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
        '<testcase><skipped message="no flax"/></testcase></testsuite></testsuites>'
    )
    row = matrix.Row(name="Python 3.11.7, JAX 0.8", samples="38 same", seconds=90)
    matrix.count_tests(report, row)
    absent = matrix.Row(name="Python 3.14, JAX 0.8", absent="not run: no such Python")
    assert row.is_bad
    assert not absent.is_bad
    assert matrix.Row(name="x", samples="differ in 2").is_bad
    assert matrix.Row(name="x", problem="failed").is_bad
    assert matrix.table([row, absent]) == (
        "environment             samples  passed  failed  skipped  minutes\n"
        "Python 3.11.7, JAX 0.8  38 same  1       1       1        1.5\n"
        "Python 3.14, JAX 0.8    not run: no such Python\n"
        "skipped: no flax\n"
        "  1 in Python 3.11.7, JAX 0.8"
    )


def test_no_test_at_all_is_a_failure(tmp_path: Path) -> None:
    """An environment in which pytest finds no test has not passed."""
    report = tmp_path / "x.xml"
    report.write_text("<testsuites><testsuite/></testsuites>")
    row = matrix.Row(name="x")
    matrix.count_tests(report, row)
    assert row.is_bad


def test_chosen_tests_exist() -> None:
    """What is run is there; the quick choice is part of the full one."""
    assert all((ROOT / one).exists() for one in (*matrix.QUICK, *matrix.FULL))
    assert all(one.startswith(matrix.FULL) for one in matrix.QUICK)


def test_unknown_line_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JAX that is not pinned is named, with those that are."""
    with pytest.raises(SystemExit):
        matrix.main(["--uv", "uv", "--jax", "0.7"])
    assert "--jax: no such line, got 0.7; use 0.8, 0.9, 0.10" in capsys.readouterr().err
