"""What an installation without the repository has: the wheel, in an environment of its own."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import grader

ROOT = Path(__file__).parents[2]
PROJECT = "jax-exercise-grader"
FOLDERS = ("grader", "exercises", "reference", "templates")
SUFFIXES = {".py", ".ipynb", ".toml", ".j2", ".css", ".js", ".json", ".npz"} | {".yml", ".sh", ""}
"""Of what the wheel holds. Without suffix: programs that another system starts by their name."""
SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:ghp|gho|ghs)_\w{36}\b|\bAKIA[0-9A-Z]{16}\b"
)


def build(tree: Path, out: Path) -> None:
    """The sdist and the wheel of a tree, by the locked backend and without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", out]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel."""
    out = tmp_path_factory.mktemp("dist")
    build(ROOT, out)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (path,) = built.glob("*.whl")
    return path


def names_in(wheel: Path) -> set[str]:
    """The files of a wheel, what describes it aside."""
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def test_wheel_has_all_of_the_packages_and_nothing_else(wheel: Path) -> None:
    """Code, texts, templates, exercises with samples and solutions; no test, no compiled file."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    kept = {str(path.relative_to(ROOT)) for path in files if path.parent.name != "__pycache__"}
    names = names_in(wheel)
    assert names == {*kept, "templates/constraints.txt"}  # which a bundle takes its pins from
    assert {Path(name).suffix for name in kept} <= SUFFIXES
    assert "exercises/kmeans/samples/amina.ipynb" in names
    assert "exercises/kmeans/solutions/loops.py" in names  # public: see SECURITY.md


def test_wheel_has_no_secrets_and_no_places(wheel: Path) -> None:
    """No private key, no token, and no path of the machine that built it."""
    with zipfile.ZipFile(wheel) as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    here = {str(path).encode() for path in (ROOT, Path.home()) if len(path.parts) > 2}
    found = [name for name, data in contents.items() if SECRET.search(data)]
    found += [name for name, data in contents.items() if any(path in data for path in here)]
    assert found == []


def test_sdist_makes_the_same_wheel(built: Path, wheel: Path, tmp_path: Path) -> None:
    """Who builds from the sdist gets, byte for byte, the files of the wheel."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path / "tree", filter="data")
    (tree,) = (tmp_path / "tree").iterdir()
    build(tree, tmp_path / "again")
    (other,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(other) as two:
        assert sorted(one.namelist()) == sorted(two.namelist())
        assert [name for name in one.namelist() if one.read(name) != two.read(name)] == []
    assert wheel.read_bytes() == other.read_bytes()
    assert {path.name for path in tree.iterdir()} >= {"constraints.txt", "tests", "LICENSE"}


# Installed ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and what it needs, and nothing else."""

    folder: Path
    work: Path

    @property
    def packages(self) -> Path:
        """Its `site-packages`."""
        (path,) = self.folder.glob("lib/python*/site-packages")
        return path

    def __call__(self, *command: str | Path, code: int = 0) -> str:
        """What a program of the environment prints, in an empty folder."""
        program = self.folder / "bin" / command[0]
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=self.work,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


def needed(extra: str) -> set[str]:
    """All distributions that the project asks for, with what these ask for."""
    open_, found = [(PROJECT, frozenset({extra, ""}))], set()
    while open_:
        name, extras = open_.pop()
        for text in importlib.metadata.requires(name) or ():
            one = Requirement(text)
            if one.marker and not any(one.marker.evaluate({"extra": each}) for each in extras):
                continue
            item = (canonicalize_name(one.name), frozenset({*one.extras, ""}))
            if item not in found:
                found.add(item)
                open_.append(item)
    return {name for name, _ in found}


def link(name: str, packages: Path) -> None:
    """Put the files of an installed distribution into another environment, without copying."""
    files = importlib.metadata.distribution(name).files
    assert files, name
    for file in files:
        if ".." in file.parts or file.suffix == ".pyc":
            continue
        target = packages / file
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file.locate(), target)
        except OSError:
            shutil.copyfile(file.locate(), target)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a new environment, with the packages that it asks for from this one.

    They are linked here, because the children find packages only in the environment's own folder.
    """
    folder = tmp_path_factory.mktemp("new") / "venv"
    venv.create(folder, with_pip=True)
    found = Installed(folder, tmp_path_factory.mktemp("work"))
    for name in sorted(needed("students")):
        link(name, found.packages)
    pip = ("python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    found(*pip, "--no-index", "--only-binary", ":all:", f"{PROJECT}[students] @ {wheel.as_uri()}")
    return found


def test_installed_is_the_wheel(installed: Installed) -> None:
    """What runs is the wheel's code; no editable installation is in sight."""
    code = "import grader, exercises, templates; print(grader.__file__, *exercises.__path__, *templates.__path__)"
    for path in installed("python", "-c", code).split():
        assert Path(path).is_relative_to(installed.packages)
    assert [path.name for path in installed.packages.glob("*.pth")] in (
        [],
        ["distutils-precedence.pth"],
    )
    assert installed("grader", "--version") == f"grader {grader.__version__}\n"
    assert "No broken requirements found." in installed("python", "-m", "pip", "check")


def test_installed_grades_the_demo(installed: Installed) -> None:
    """The command of `make demo`, with the samples that the wheel brings, gives what they are due."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "$(BIN)/grader batch exercises/$(DEMO)/samples --out $(OUT)" in makefile
    samples = installed.packages / "exercises" / "kmeans" / "samples"
    installed("grader", "batch", samples, "--out", "demo-out", "--seed", "7")
    out = installed.work / "demo-out"
    assert (out / "index.html").stat().st_size > 10_000
    for label in json.loads((samples / "labels.json").read_text("utf-8")):
        student = Path(label["file"]).stem
        result = json.loads((out / "students" / student / "result.json").read_text("utf-8"))
        for part in result["parts"]:
            least, most = label["parts"][part["name"]]
            assert least - 1e-9 <= part["score"] / part["max_score"] <= most + 1e-9, student


def test_installed_checks_in_german(installed: Installed) -> None:
    """`grader check` writes its page in German, with the texts and styles of the wheel."""
    sample = installed.packages / "exercises" / "kmeans" / "samples" / "greta.ipynb"
    out = installed("grader", "check", sample, "--lang", "de", "--html", "seite.html", code=1)
    assert "von 100 Punkten" in out
    page = (installed.work / "seite.html").read_text("utf-8")
    assert 'lang="de"' in page
    assert "<style>" in page


def test_installed_makes_an_assignment(installed: Installed) -> None:
    """`grader new` has its templates, and what it makes can be graded with."""
    installed("grader", "new", "warmup_own")
    folder = installed.work / "warmup_own"
    assert (folder / "assignment.py").exists()
    notebook = next(folder.glob("*.ipynb"))
    assert "0 " in installed("grader", "check", notebook, "-a", folder, code=1)


LOOKS = """
def update_assignment(samples, centroids):
    for path in {paths!r}:
        try:
            open(path)
        except PermissionError:
            continue
        return path
    raise PermissionError("all are closed")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the file layer is Linux's")
def test_installed_hides_its_solutions(installed: Installed) -> None:
    """Student code may not open the solutions, references and templates of the installed package."""
    names = (
        "reference/kmeans.py",
        "exercises/kmeans/solutions/loops.py",
        "templates/texts.en.toml",
    )
    paths = [str(installed.packages / name) for name in names]
    assert all(Path(path).stat().st_size for path in paths)
    (installed.work / "looks.py").write_text(LOOKS.format(paths=paths))
    command = ("check", "looks.py", "-a", "kmeans", "--json", "-")
    assert "all are closed" in installed("grader", *command, code=1)


def test_installed_names_the_extra_that_is_missing(installed: Installed) -> None:
    """A command that needs more packages says in one line which extra has them."""
    said = installed("grader", "audit", "kmeans", code=2)
    assert "pip install 'jax-exercise-grader[audit]'" in said
    assert said.count("\n") == 1
