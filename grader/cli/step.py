"""A step of GitHub Actions: what it is told about a result, and where its files are."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.terminal import show, tell
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.results import SubmissionResult

SUMMARY = "GITHUB_STEP_SUMMARY"
OUTPUT = "GITHUB_OUTPUT"
_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where CI systems say the root of the repository is."""


def repository_paths(paths: Sequence[Path], names: Sequence[str]) -> dict[str, str]:
    """Where in the repository files are, by the names that they have in a result."""
    return {name: _in_repository(path) for name, path in zip(names, paths, strict=True)}


def _in_repository(path: Path) -> str:
    root = next((os.environ[name] for name in _ROOTS if os.environ.get(name)), ".")
    try:
        return path.resolve().relative_to(Path(root).resolve()).as_posix()
    except (OSError, ValueError, RuntimeError):
        return path.as_posix()


def note_missing() -> None:
    """Say which files of a step are not there, as outside of GitHub Actions."""
    missing = [name for name in (SUMMARY, OUTPUT) if not os.environ.get(name)]
    if missing:
        what = {SUMMARY: "summary", OUTPUT: "outputs"}
        unwritten = " and no ".join(what[name] for name in missing)
        verb = "are" if len(missing) > 1 else "is"
        tell(
            f"--github: {' and '.join(missing)} {verb} not set, so no {unwritten} can be written; "
            "run it in a step of GitHub Actions"
        )


def show_safely(text: str) -> None:
    """Print a text in which nothing acts, whoever wrote it."""
    from grader.report.github import stopped

    if text:
        _print(stopped(text, secrets.token_hex(16)))


def report(
    result: SubmissionResult,
    paths: Mapping[str, str],
    *,
    has_passed: bool,
    lang: str,
    folder: Path,
) -> None:
    """Give the step its annotations, its summary, and its outputs.

    Raises UsageError if a file of the step cannot be written.
    """
    from grader.catalog import catalog
    from grader.report.github import annotation_commands
    from grader.report.markdown import SUMMARY_LIMIT, render_summary
    from grader.report.numbers import score
    from grader.report.problems import problems

    for line in annotation_commands(problems(result, catalog(lang, folder), paths)):
        _print(f"{line}\n")
    room = max(0, SUMMARY_LIMIT - _size(SUMMARY))
    _append(SUMMARY, render_summary(result, lang=lang, folder=folder, limit=room))
    _set_outputs(score(result.score), score(result.max_score), has_passed=has_passed)


def report_error(error: str) -> None:
    """Give the step an annotation with what is wrong, and outputs that say that it did not pass."""
    from grader.report.github import command
    from grader.safe_text import visible

    _print(command("error", visible(error, 2000), title="grader") + "\n")
    _set_outputs("", "", has_passed=False)


def _set_outputs(score: str, max_score: str, *, has_passed: bool) -> None:
    from grader.report.github import outputs

    passed = "true" if has_passed else "false"
    values = {"score": score, "max-score": max_score, "passed": passed}
    _append(OUTPUT, outputs(values))


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    show(text.encode(encoding, "replace").decode(encoding), sys.stdout)


def _size(variable: str) -> int:
    try:
        return os.stat(os.environ.get(variable, "")).st_size  # noqa: PTH116  (never raises else)
    except (OSError, ValueError):
        return 0


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if not path or not text:
        return
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n", errors="replace") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        msg = f"{variable}: {path}: cannot be written: {what}; set it to a file that can"
        raise UsageError(msg) from error
