"""Tests of `grader bundle`: what is in an autograder, and that it is all that it needs."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
import service_container
from tiny_class import assignment, run

import grader
from grader.authoring import assignment_copy, bundle, pins
from grader.authoring.archive import packed
from grader.authoring.assignment_copy import copied
from grader.authoring.own_wheel import PACKAGES, constraints, own_wheel
from grader.errors import UsageError

ROOT = Path(__file__).parents[2]
SOME = bundle.BundleOptions(timeout_s=40.0)
PINNED = {"jax", "jaxlib", "numpy", "matplotlib", "jinja2", "pillow", "nbformat"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


def test_wheel_is_the_grader() -> None:
    """The wheel has every file of the packages that is tracked, by the digests of its list."""
    name, data = own_wheel()
    assert name == f"jax_exercise_grader-{grader.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        files = {one: wheel.read(one) for one in wheel.namelist()}
    about = f"jax_exercise_grader-{grader.__version__}.dist-info"
    git = shutil.which("git") or pytest.skip("needs git")
    listed = subprocess.run(
        [git, "ls-files", "-z", *PACKAGES], capture_output=True, text=True, check=False, cwd=ROOT
    ).stdout.split("\0")
    assert {one for one in listed if one and (ROOT / one).exists()} <= files.keys()
    assert not [one for one in files if "__pycache__" in one or one.endswith(".pyc")]
    assert "grader = grader.cli.entry:main" in files[f"{about}/entry_points.txt"].decode()
    record = files[f"{about}/RECORD"].decode().splitlines()
    assert {line.split(",")[0] for line in record} == files.keys()
    assert f"Version: {grader.__version__}\n".encode() in files[f"{about}/METADATA"]
    assert files["templates/constraints.txt"] == constraints()
    assert own_wheel() == (name, data)


def test_archive_has_the_same_bytes() -> None:
    """Neither the order of the files nor the time changes a byte; only scripts are executable."""
    files = {"b": b"2", "a/c": b"1"}
    data = packed(files, ("b",))
    assert data == packed(dict(reversed(files.items())), ("b",))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
    assert modes == {"a/c": 0o644, "b": 0o755}


def test_pins_have_hashes_and_no_tools() -> None:
    """All that the grader needs is pinned with hashes, for each Python, and no developers' tool."""
    found = pins.pins(constraints().decode())
    names = {pins.normal(name) for name in re.findall(r"^([\w.-]+)==", found.text, re.MULTILINE)}
    assert names >= PINNED
    assert names.isdisjoint({"pytest", "ruff", "mypy", "hatchling", "playwright"})
    assert len(names) == found.count
    text = constraints().decode()
    for name in PINNED:
        pin = re.compile(rf"^{name}==[^\\]*", re.MULTILINE)
        assert pin.findall(found.text) == pin.findall(text)
    blocks = re.split(r"^(?=\S)", found.text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if block)


def test_missing_pin_is_said() -> None:
    """A package without a pin would fail at Gradescope, so it fails here."""
    text = re.sub(r"^pillow==(.*\\\n)*.*\n", "", constraints().decode(), flags=re.MULTILINE)
    with pytest.raises(UsageError, match=r"constraints.txt: has no pin for pillow; "):
        pins.pins(text)


def test_gradescope_bundle(tmp_path: Path) -> None:
    """The zip file has its scripts at the root, executable, and is the same each time."""
    made = run("bundle", "gradescope", "-a", "kmeans", "--out", tmp_path / "a.zip")
    assert made.code == 0, made.err
    assert made.out.splitlines()[1] == (
        "At Gradescope, set the autograder points to 100, and choose a container with 1.5 GB of "
        "memory or more."
    )
    again = bundle.gradescope("kmeans", SOME)
    data = (tmp_path / "a.zip").read_bytes()
    assert hashlib.sha256(packed(again.files, bundle.EXECUTABLE)).digest() == (
        hashlib.sha256(data).digest()
    )
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
        script = archive.read("run_autograder").decode()
    assert set(modes) == {"run_autograder", "setup.sh", "requirements.txt", own_wheel()[0]}
    assert (modes["run_autograder"], modes["setup.sh"]) == (0o755, 0o755)
    assert script.startswith("#!")
    assert "gradescope -a kmeans --timeout 40 --lang en 2>&1\n" in script
    refused = run("bundle", "gradescope", "-a", "kmeans", "--out", tmp_path / "a.zip")
    assert refused.err == (
        f"grader: {tmp_path / 'a.zip'}: already exists; use --force to overwrite it\n"
    )


def test_installed_wheel_makes_the_same(tmp_path: Path) -> None:
    """From a wheel that is installed, a bundle has the same bytes as from this checkout."""
    python = service_container.installed(tmp_path / "home", own_wheel()[1]) / "bin" / "python"
    command = ["-I", "-m", "grader", "bundle", "gradescope", "-a", "kmeans", "--out", "a.zip"]
    subprocess.run([python, *command], check=True, capture_output=True, cwd=tmp_path)
    here = packed(bundle.gradescope("kmeans", SOME).files, bundle.EXECUTABLE)
    assert hashlib.sha256((tmp_path / "a.zip").read_bytes()).digest() == (
        hashlib.sha256(here).digest()
    )


@pytest.mark.parametrize("name", ["run_autograder", "setup.sh"])
def test_scripts_are_bash(name: str) -> None:
    """Bash can read both scripts."""
    bash = shutil.which("bash") or pytest.skip("needs bash")
    script = bundle.gradescope("kmeans", bundle.BundleOptions(timeout_s=60.0, lang="de", seed=7))
    text = script.files[name].decode()
    done = subprocess.run([bash, "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    if name == "run_autograder":
        assert "--kill-after=15 770 " in text
        assert "-a kmeans --timeout 60 --lang de --seed 7 2>&1\n" in text
        assert "Die Bewertung wurde nicht fertig" in text


def test_long_timeout_is_said(tmp_path: Path) -> None:
    """Where a submission may take longer than Gradescope allows by itself, it is said."""
    ran = run(
        *("bundle", "gradescope", "-a", "kmeans", "--out", tmp_path / "a.zip"),
        *("--timeout", 120),
    )
    assert "A submission may take 23 minutes: set that as the timeout, too." in ran.out


def test_folder_comes_along(tiny: Path) -> None:
    """Of an assignment in a folder all files are in the bundle, and its path there is its name."""
    copy = copied(str(tiny))
    assert copy.name == "assignment/tiny_assignment"
    assert set(copy.files) == {f"{copy.name}/assignment.py", f"{copy.name}/tiny.py"}
    script = bundle.gradescope(str(tiny), SOME).files["run_autograder"].decode()
    assert " -a /autograder/source/assignment/tiny_assignment --timeout" in script


def test_package_brings_what_it_imports(tiny: Path, tmp_path: Path) -> None:
    """Of an assignment in a package the modules come along that it imports, and no others."""
    home = tmp_path / "mine" / "exercises_of_mine" / "tiny"
    shutil.copytree(tiny, home)
    for folder in (home, home.parent):
        (folder / "__init__.py").touch()
    answers = tmp_path / "mine" / "answers_of_mine"
    answers.mkdir()
    (answers / "__init__.py").touch()
    (answers / "shared.py").write_text("FACTOR = 2\n", "utf-8")
    (answers / "first.py").write_text("from answers_of_mine import shared\n", "utf-8")
    (answers / "other.py").write_text("raise ValueError\n", "utf-8")
    text = (home / "assignment.py").read_text("utf-8")
    (home / "assignment.py").write_text(
        text.replace("import numpy", "from answers_of_mine.first import shared\nimport numpy"),
        "utf-8",
    )
    copy = copied(str(home))
    assert copy.name == "assignment/exercises_of_mine/tiny"
    assert {name.removeprefix("assignment/") for name in copy.files} == {
        "answers_of_mine/__init__.py", "answers_of_mine/first.py", "answers_of_mine/shared.py",
        "exercises_of_mine/__init__.py", "exercises_of_mine/tiny/__init__.py",
        "exercises_of_mine/tiny/assignment.py", "exercises_of_mine/tiny/tiny.py",
    }  # fmt: skip


def test_what_does_not_load_alone_is_refused(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An assignment that imports what is outside its folder is refused, with the name of it."""
    home = tmp_path / "other"
    shutil.copytree(tiny, home)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far_away_module.py").touch()
    monkeypatch.syspath_prepend(outside)
    text = (home / "assignment.py").read_text("utf-8")
    (home / "assignment.py").write_text(f"{text}\nimport far_away_module\n", "utf-8")
    with pytest.raises(UsageError, match="No module named 'far_away_module'.*; keep all that it"):
        copied(str(home))


def test_too_much_is_refused(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is too large, or a bundle that Classroom 50 would not take, has a line."""
    monkeypatch.setattr(bundle, "CLASSROOM50_BYTES", 1 << 20)
    with pytest.raises(UsageError, match=r"the bundle has \d\.\d MiB and Classroom 50 takes 1; "):
        bundle.classroom50("kmeans", SOME)
    monkeypatch.setattr(assignment_copy, "MAX_BYTES", 10)
    with pytest.raises(UsageError, match="; remove what is not needed"):
        copied(str(tiny))


def test_scripts_know_the_same_pythons() -> None:
    """Both scripts take the Pythons that the project names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    setup = (ROOT / "templates/gradescope/setup.sh").read_text("utf-8")
    script = (ROOT / "templates/classroom50/autograder.py").read_text("utf-8")
    oldest, newest = (f"(3, {found[i].split('.')[1]})" for i in (0, -1))
    assert f"{oldest} <= sys.version_info[:2] <= {newest}" in setup
    assert f"OLDEST, NEWEST = {oldest}, {newest}\n" in script
    names = " ".join(f"python{one}" for one in reversed(found))
    assert f"for name in python3 {names}; do" in setup
    assert f"    for name in {names}; do" in setup
    assert f"set python to {found[-1]} in runtime" in script


def test_classroom50_bundle(tiny: Path, tmp_path: Path) -> None:
    """The folder has the script, how it grades, the grader, its packages, and the assignment."""
    made = run("bundle", "classroom50", "-a", tiny, "--out", tmp_path / "hw1", "--seed", 3)
    assert made.code == 0, made.err
    settings = json.loads((tmp_path / "hw1" / "settings.json").read_text("utf-8"))
    assert settings == {
        "assignment": "assignment/tiny_assignment",
        "is_folder": True,
        "arguments": ["--timeout", "40", "--lang", "en", "--seed", "3"],
        "version": grader.__version__,
    }
    names = {path.name for path in (tmp_path / "hw1").iterdir()}
    assert names == {
        "autograder.py", "settings.json", "requirements.txt", "assignment", own_wheel()[0],
    }  # fmt: skip
    refused = run("bundle", "classroom50", "-a", tiny, "--out", tmp_path / "hw1")
    assert refused.code == 2


def test_wrong_arguments(tmp_path: Path) -> None:
    """Each wrong argument has its line."""
    ran = run("bundle", "gradescope", "-a", "kmeans", "--out", tmp_path)
    line = f"{tmp_path}: is a folder; name a file, such as {tmp_path / 'autograder.zip'}"
    assert (ran.code, ran.err) == (2, f"grader: {line}\n")
    ran = run("bundle", "gradescope", "-a", "exercises.kmeans.assignment:ASSIGNMENT", "--out", "x")
    line = "is from another package; name the folder with its assignment.py"
    assert ran.err == f"grader: assignment 'exercises.kmeans.assignment:ASSIGNMENT': {line}\n"
