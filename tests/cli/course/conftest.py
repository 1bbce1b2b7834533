"""A course with which commands work, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from course.course_store import SQLITE, Makers, Store

from grader.cli.entry import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    """What makes courses."""
    return Makers(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def store(makers: Makers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A new course, open in this process; its folder's parent is where commands run."""
    made = makers.make(SQLITE, tmp_path / "course")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_COURSE", str(made.folder))
    yield made
    makers.remove(made)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `grader course`: the exit code, what it printed, and what it told."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(["course", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_it


class Terminal(StringIO):
    """A person at a terminal, who answers so."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a person at a terminal answer the next question."""
    return lambda text: monkeypatch.setattr("sys.stdin", Terminal(f"{text}\n"))
