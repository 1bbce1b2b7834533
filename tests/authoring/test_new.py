"""`grader new`: what it makes is whole and sound, and nothing is ever overwritten."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from tiny_class import run

from grader.assignment import registry

FILES = ("README.md", "assignment.py", "mistakes.py", "reference.py", "alternative.py")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new assignment's folder."""
    place = tmp_path_factory.mktemp("new") / "courses"
    ran = run("new", "week_two", "--dir", place)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"Created {place}/week_two. It works as it is; adapt it to your exercise:\n\n"
        "  assignment.py     parts, checks, and points\n"
        "  reference.py      reference solutions\n"
        "  alternative.py    the same in another style\n"
        "  mistakes.py       known mistakes\n"
        "  week_two.ipynb    the notebook for students\n"
        "  test_week_two.py  a test of the assignment\n"
        "  README.md         useful commands\n\n"
        f"Then test it: grader audit {place}/week_two\n"
    )
    return place / "week_two"


def test_folder_is_whole(made: Path) -> None:
    """All files are there, under the assignment's name, and nothing else."""
    names = sorted(path.name for path in made.iterdir() if path.name != "__pycache__")
    assert names == sorted([*FILES, "test_week_two.py", "week_two.ipynb"])
    assert made.stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in made.parent.iterdir()) == ["week_two"]
    loaded = registry.load(str(made))
    assert (loaded.name, loaded.title, loaded.points) == ("week_two", "Week two", 10)
    assert (made / "README.md").read_text("utf-8").startswith("# Week two\n")


def test_notebook_is_as_jupyter_writes_it(made: Path) -> None:
    """The notebook is valid, and has the bytes that Jupyter would save."""
    text = (made / "week_two.ipynb").read_text("utf-8")
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook) + "\n" == text


def test_its_own_test_passes(made: Path) -> None:
    """The new assignment is sound, as the test that comes with it shows."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=made)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("source", "score"),
    [
        ("alternative.py", "10/10"),
        ("reference.py", "10/10"),
        ("week_two.ipynb", "0/10"),
        # The first part is wrong, the second only calls it.
        (
            "def center(x):\n    return x\ndef covariance(x):\n    y = center(x)\n    return y.T @ y / len(y)\n",
            "6/10",
        ),
        (
            "def center(x):\n    return x - x.mean(0)\ndef covariance(x):\n    return x.T @ x\n",
            "4/10",
        ),
        # A loop over the rows costs 1, a number that is hard-coded costs 3.
        (
            "def center(x):\n    return jnp.stack([row - x.mean(0) for row in x])\n"
            "def covariance(x):\n    y = x - x.mean(0)\n    return y.T @ y / 6\n",
            "6/10",
        ),
    ],
)
def test_it_grades(made: Path, tmp_path: Path, source: str, score: str) -> None:
    """Right answers get full points, wrong ones lose them where they are wrong."""
    file = made / source if "\n" not in source else tmp_path / "alice.py"
    if "\n" in source:
        file.write_text(source, "utf-8")
    ran = run("check", file, "-a", made, "--quiet", "--seed", 3)
    assert (ran.out, ran.err) == (f"{score}\n", "")


def test_known_mistake_is_named(made: Path, tmp_path: Path) -> None:
    """The mistake that comes with it is recognized."""
    (tmp_path / "bob.py").write_text("def center(x):\n    return x - jnp.mean(x)\n", "utf-8")
    ran = run("check", tmp_path / "bob.py", "-a", made, "--json", "-", "--seed", 3)
    assert "The mean of the whole table is subtracted from every column" in ran.out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x - x[:500].mean(0)", "In all other test cases the result is correct. Try large inputs."),
        (
            "jnp.squeeze(x - x.mean(0))",
            "In all other test cases the result is correct. Try inputs with a single row, column, or entry.",
        ),
        (
            "jnp.clip(x, -10, 10) - jnp.clip(x, -10, 10).mean(0)",
            "Ordinary inputs give the correct result. Try large and small numbers, zeros, repeated values, and a single row.",
        ),
    ],
)
def test_what_is_wrong_for_some_is_told(made: Path, tmp_path: Path, body: str, said: str) -> None:
    """What is right for ordinary tables loses points, and is told where to look."""
    (tmp_path / "carol.py").write_text(f"def center(x):\n    return {body}\n", "utf-8")
    ran = run("check", tmp_path / "carol.py", "-a", made, "--json", "-", "--seed", 3)
    part = json.loads(ran.out)["parts"][0]
    assert part["score"] == 2
    assert said in [check["hint"] for check in part["checks"]]


def test_example_is_released(made: Path, tmp_path: Path) -> None:
    """The example of both parts is in the self-check, and no hidden test case is."""
    ran = run("release", made, "--out", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    data = json.loads((tmp_path / "week_two.selfcheck.json").read_text("utf-8"))
    assert [[case["name"] for case in part["cases"]] for part in data["parts"]] == 2 * [["example"]]


def test_nothing_is_overwritten(made: Path) -> None:
    """What is there stays as it is."""
    before = {path: path.read_bytes() for path in made.iterdir() if path.is_file()}
    ran = run("new", "week_two", "--dir", made.parent)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"grader: {made}: already exists; choose another name or --dir\n"
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("name", "proposal"),
    [
        ("Foo-1", "foo_1"),
        ("lambda", "my_exercise"),
        ("", "my_exercise"),
        ("../up", "up"),
        ("2nd week", "nd_week"),
        ("größe", "gr_e"),
        ("x" * 41, "x" * 40),
    ],
)
def test_bad_name_is_told(tmp_path: Path, name: str, proposal: str) -> None:
    """A name that is no plain one is refused with one that is."""
    ran = run("new", name, "--dir", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"grader: name {name!r}: use lowercase letters, digits, and _ (a letter first, at most 40); try {proposal!r}\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_installed_name_is_refused(tmp_path: Path) -> None:
    """The name of an installed assignment would hide the new one."""
    ran = run("new", "kmeans", "--dir", tmp_path)
    assert (ran.code, ran.err) == (
        2,
        "grader: name 'kmeans': already taken by an installed assignment; choose another\n",
    )


def test_place_that_is_none(tmp_path: Path) -> None:
    """Where no folder can be made, one line says so."""
    (tmp_path / "file").write_text("", "utf-8")
    ran = run("new", "tiny", "--dir", tmp_path / "file")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"grader: {tmp_path}/file/tiny: cannot be created: File exists; choose another folder with --dir\n"
    )
