"""The Containerfile: what can be told of it without a container runtime."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCUMENT = (ROOT / "docs/installing.md").read_text("utf-8")
VENV = "/opt/grader"


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the file and what it says, lines joined and comments left out."""
    text = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def said(name: str) -> list[str]:
    """What all instructions of a name say."""
    return [rest for one, rest in instructions() if one == name]


def sources() -> Iterator[str]:
    """What is copied from this folder."""
    for one in said("COPY"):
        if not one.startswith("--from"):
            yield from one.split()[:-1]


def test_only_known_instructions() -> None:
    """Nothing is fetched from an address, and no instruction is one that only some tools know."""
    known = {"ARG", "FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions()} == known
    assert not re.search(r"https?:|curl|wget|apt", str(instructions()))


def test_base_is_a_slim_python_of_ours() -> None:
    """Both stages begin with the same slim image of a Python that is tested; documents name it."""
    (argument,) = said("ARG")
    base = argument.removeprefix("BASE=")
    assert said("FROM") == ["${BASE} AS build", "${BASE}"]
    version = re.fullmatch(r"docker\.io/library/python:(\d\.\d+)-slim", base)
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in PROJECT["project"]["classifiers"]
    assert f"--build-arg BASE={base}@sha256:" in DOCUMENT


def test_packages_are_installed_as_documented() -> None:
    """The commands are those that the documents give for pinned packages, with their hashes."""
    runs = [one.replace(VENV, ".venv") for one in said("RUN")]
    block = DOCUMENT.partition("```sh\n")[2].partition("```")[0]
    assert [one.replace("python -m", "python3 -m") for one in runs] == block.splitlines()


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    """Each source exists, and `.dockerignore` lets it through; nothing else gets in."""
    ignore = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert ignore[0] == "*"
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    found = [*sources()]
    assert [one for one in found if not (ROOT / one).exists()] == []
    assert {one.partition("/")[0] for one in found} == allowed


def test_what_is_copied_makes_the_whole_wheel(tmp_path: Path) -> None:
    """What is copied is enough for the build, and the packages are all there."""
    tree = tmp_path / "source"
    for one in sources():
        (tree / one).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / one).is_dir():
            shutil.copytree(ROOT / one, tree / one, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / one, tree / one)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        tops = {name.partition("/")[0] for name in opened.namelist() if ".dist-info/" not in name}
    assert tops == {*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}


def test_runs_as_nobody_in_particular() -> None:
    """The command is `grader`, as a user by number that is not root, and caches go to /tmp."""
    (user,) = said("USER")
    uid, _, gid = user.partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert json.loads(said("ENTRYPOINT")[0]) == ["grader"]
    assert "HOME=/tmp" in said("ENV")[-1].split()
    assert said("COPY")[-1] == f"--from=build {VENV} {VENV}"


def test_documents_run_it_shut() -> None:
    """Each command of the documents that runs the image has no network and no writable root."""
    block = DOCUMENT.replace("\\\n", " ")
    runs = re.findall(r"^(?:podman|docker) run .*$", block, re.MULTILINE)
    assert len(runs) == 2
    for run in runs:
        for option in ("--rm", "--network none", "--read-only", "--tmpfs /tmp", "--cap-drop all"):
            assert option in run
