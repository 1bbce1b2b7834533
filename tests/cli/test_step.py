"""Tests of `grader.cli.step` and of `grader check --github`, apart from what the action's steps show."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_class import HALF, assignment, run
from workflow_log import Command, commands, outputs

from grader.cli import step
from grader.report.markdown import SUMMARY_LIMIT


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The folder of the tiny assignment, with a submission that is half right next to it."""
    (tmp_path / "bob.py").write_text(HALF, "utf-8")
    return assignment(tmp_path)


@pytest.fixture(autouse=True)
def no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test run in a step of a CI system that runs the tests."""
    for name in (step.SUMMARY, step.OUTPUT, "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_outside_of_a_step_it_grades(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where GitHub's files are missing, a line says so, and all else is as in a step."""
    monkeypatch.chdir(tmp_path)
    ran = run("check", "bob.py", "-a", tiny, "--github", "--threshold", 60)
    assert (ran.code, ran.err) == (
        0,
        "grader: --github: GITHUB_STEP_SUMMARY and GITHUB_OUTPUT are not set, so no summary and no "
        "outputs can be written; run it in a step of GitHub Actions\n",
    )
    (told,) = commands(ran.out)
    assert told.properties == {"file": "bob.py", "line": "2", "title": "Triple: line 2"}
    assert "Tiny - bob.py" in ran.out


def test_step_files_are_appended_to(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a step has written before stays, and the summary never gets longer than GitHub takes."""
    summary, output = tmp_path / "summary", tmp_path / "output"
    summary.write_text("x" * (SUMMARY_LIMIT - 300), "utf-8")
    output.write_text("mine=1\n", "utf-8")
    monkeypatch.setenv(step.SUMMARY, str(summary))
    monkeypatch.setenv(step.OUTPUT, str(output))
    ran = run("check", tmp_path / "bob.py", "-a", tiny, "--github", "--quiet")
    assert (ran.code, ran.err) == (1, "")
    assert SUMMARY_LIMIT - 300 < summary.stat().st_size <= SUMMARY_LIMIT
    assert summary.read_text("utf-8").endswith("The report has everything.\n\n")
    assert outputs(output.read_text("utf-8")) == {
        "mine": "1",
        "score": "6",
        "max-score": "10",
        "passed": "false",
    }


def test_json_on_standard_output_is_refused() -> None:
    """Commands and JSON cannot share the standard output."""
    ran = run("check", "bob.py", "--github", "--json", "-")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "grader: --github: prints commands to standard output; write --json to a file\n",
    )


def test_file_of_the_step_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the step that cannot be written is a line."""
    monkeypatch.setenv(step.SUMMARY, str(tmp_path / "summary"))
    monkeypatch.setenv(step.OUTPUT, str(tmp_path))
    ran = run("check", tmp_path / "none.py", "--github")
    assert ran.code == 2
    assert ran.err == (
        f"grader: GITHUB_OUTPUT: {tmp_path}: cannot be written: Is a directory; "
        "set it to a file that can\n"
    )
    (told,) = commands(ran.out)
    assert told == Command(
        "error", {"title": "grader"}, f"{tmp_path}/none.py: file not found; check the path"
    )


def test_paths_are_those_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is named from the root of the repository; one outside as it was named."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    paths = [tmp_path / "hw" / "a.ipynb", Path("/elsewhere/b.ipynb")]
    assert step.repository_paths(paths, ["a.ipynb", "b.ipynb"]) == {
        "a.ipynb": "hw/a.ipynb",
        "b.ipynb": "/elsewhere/b.ipynb",
    }
