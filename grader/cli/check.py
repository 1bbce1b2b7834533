"""`grader check`: one submission graded, its result printed and written."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from grader.cli import step
from grader.cli.arguments import add_command, add_grading, percent
from grader.cli.exit_codes import NOT_REACHED, OUR_FAULT, REACHED, UNUSABLE
from grader.cli.terminal import has_color, is_ascii, tell, width
from grader.errors import GraderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grader.assignment import Assignment
    from grader.course.job import Job
    from grader.reading.submission import Submission
    from grader.reading.unreadable import UnreadableError
    from grader.results import SubmissionResult
    from grader.sandbox.server import ForkServer

EXAMPLE = """example:
  grader check kmeans.ipynb --html feedback.html
"""


def add_check(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "check",
        summary="grade one submission",
        description=(
            "Grade one submission and print a summary. Missing folders of its files are created."
        ),
        example=EXAMPLE,
        missing={"SUBMISSION": "name a submission to grade; see grader check --help"},
    )
    parser.add_argument(
        "submission",
        type=Path,
        nargs="+",
        metavar="SUBMISSION",
        help="notebook or script to grade (.ipynb or .py); all of them if the exercise has several",
    )
    add_grading(parser)
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report to FILE")
    parser.add_argument(
        "--json", metavar="FILE", help="write the result as JSON to FILE (- for standard output)"
    )
    parser.add_argument("--junit", metavar="FILE", help="write the result as JUnit XML to FILE")
    parser.add_argument(
        "--code-quality",
        metavar="FILE",
        help="write what to fix as a code quality report for GitLab to FILE",
    )
    parser.add_argument(
        "--github",
        action="store_true",
        help="write the summary, annotations, and outputs of a GitHub Actions step",
    )
    parser.add_argument(
        "--notebook",
        type=Path,
        metavar="FILE",
        help="write the notebook with feedback below each part to FILE",
    )
    parser.add_argument(
        "--threshold",
        type=percent,
        default=100.0,
        metavar="PERCENT",
        help="exit with 0 if the score is at least PERCENT (default: 100)",
    )
    parser.add_argument("--quiet", action="store_true", help="print only the total")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not options.github:
        return _check(options)
    if options.json == "-":
        raise UsageError("--github: prints commands to standard output; write --json to a file")
    step.note_missing()
    try:
        return _check(options)
    except GraderError as error:
        step.report_error(error.lines[0])
        raise


def _check(options: argparse.Namespace) -> int:
    from grader.reading.files import read_file

    paths = options.submission
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  (never raises, however long)
            raise UsageError(f"{path}: is a folder; name a notebook inside it, or use grader batch")
    files = [(path, read_file(path, shown=str(path))) for path in paths]
    _refuse_submission(options.notebook, paths)
    from grader.sandbox import machine  # only now: what is not there is reported at once
    from grader.sandbox.server import ForkServer

    machine.require()
    with ForkServer() as server:  # it gets ready while the rest is loaded and read
        from grader.course.job import job_of_files
        from grader.reading.unreadable import UnreadableError

        job = job_of_files(files)
        try:
            assignment, result = _graded(job, server, options)
        except UnreadableError as error:
            if _has_files(options):
                _write_unreadable(job, server, options, error)
            if not options.github:
                raise
            for line in error.lines:
                tell(line)
            return UNUSABLE
    words = _Words(options.lang, assignment.folder)
    has_passed = _has_passed(result, options.threshold)
    _write(result, job, words, options)
    if options.github:
        step.show_safely(_shown(result, words, options))
        _report_step(result, words, options)
    elif options.json != "-":
        sys.stdout.write(_shown(result, words, options))
    sys.stdout.flush()
    if result.unchecked:
        from grader.catalog import catalog

        tell(f"{paths[0]}: {catalog(*words).tell(result.unchecked)}")
        return OUR_FAULT
    return REACHED if has_passed else NOT_REACHED


def _has_files(options: argparse.Namespace) -> bool:
    """Whether anything is written but what goes to the terminal."""
    files = (options.html, options.json, options.junit, options.code_quality, options.notebook)
    return options.github or any(files)


def _has_passed(result: SubmissionResult, threshold: float) -> bool:
    """Whether the score is known and reaches a threshold."""
    from grader.results import SubmissionStatus

    if result.unchecked or result.status is SubmissionStatus.UNREADABLE:
        return False
    decided = result.max_score - result.open_points  # nobody reaches what a person decides later
    share = 100.0 * result.score / decided if decided > 0 else 100.0
    return share >= threshold - 1e-9


def _graded(
    job: Job, server: ForkServer, options: argparse.Namespace
) -> tuple[Assignment, SubmissionResult]:
    """The assignment, and the result; what is wrong with the submission is reported first."""
    from grader.assignment import registry
    from grader.course.alone import graded_alone

    def choose(read: Callable[[], Submission]) -> Assignment:
        named = options.assignment
        assignment = registry.guess(read()) if named is None else registry.load(named)
        _require_one_for_each(assignment, options.submission, read)
        return assignment

    return graded_alone(
        job,
        server,
        choose,
        seed=options.seed,
        timeout_s=options.timeout,
        is_isolation_required=options.require_isolation,
    )


def _require_one_for_each(
    assignment: Assignment, paths: Sequence[Path], read: Callable[[], Submission]
) -> None:
    """Raise UsageError where several files are not the notebooks of one exercise."""
    from grader.judging.ranking import notebook_held

    if len(paths) == 1:
        return
    if len(assignment.notebooks) == 1:
        raise UsageError(
            f"only one submission at a time, got also {str(paths[1])!r}; use grader batch for "
            "several"
        )
    seen: dict[str, Path] = {}
    for path, one in zip(paths, read().notebooks, strict=True):
        stem = notebook_held(one, assignment)
        if stem in seen:
            raise UsageError(
                f"{seen[stem]} and {path} are both for the notebook {stem!r}; name one per notebook"
            )
        if stem:
            seen[stem] = path


def _write_unreadable(
    job: Job, server: ForkServer, options: argparse.Namespace, error: UnreadableError
) -> None:
    """Write the files of a submission that cannot be read, where its assignment can be told.

    Raises UsageError where it cannot, with both errors.
    """
    from grader.assignment import registry
    from grader.course.alone import unreadable_alone

    try:
        assignment = (
            registry.guess_unread(job.name, job.data)
            if options.assignment is None
            else registry.load(options.assignment)
        )
    except UsageError as other:
        raise UsageError(f"{error} (nothing written: {other.lines[0]})") from other
    words = _Words(options.lang, assignment.folder)
    result = unreadable_alone(job, server, assignment, error, seed=options.seed)
    _write(result, job, words, options)
    if options.github:
        _report_step(result, words, options)


class _Words(NamedTuple):
    """Which words a result is put into."""

    lang: str
    folder: Path


def _write(result: SubmissionResult, job: Job, words: _Words, options: argparse.Namespace) -> None:
    """Write the files of the options; a result for standard output is printed."""
    from grader import atomic
    from grader.report.gitlab import render_code_quality
    from grader.report.html import render_student
    from grader.report.junit import render_junit
    from grader.report.result_json import dumps, stored

    if options.html:
        atomic.write(options.html, render_student(result, **words._asdict()))
    if options.junit:
        atomic.write(Path(options.junit), render_junit(result, **words._asdict()))
    if options.code_quality:
        paths = _paths(result, options)
        text = render_code_quality(result, paths, **words._asdict())
        atomic.write(Path(options.code_quality), text)
    if options.notebook:
        _write_notebooks(job, result, words, options.notebook)
    text = dumps(stored(result, **words._asdict()))
    if options.json == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    elif options.json:
        atomic.write(Path(options.json), text)


def _report_step(result: SubmissionResult, words: _Words, options: argparse.Namespace) -> None:
    has_passed = _has_passed(result, options.threshold)
    step.report(result, _paths(result, options), has_passed=has_passed, **words._asdict())


def _paths(result: SubmissionResult, options: argparse.Namespace) -> dict[str, str]:
    """Where in the repository the files of a result are."""
    names = [one.path for one in result.notebooks] or [result.path]
    return step.repository_paths(options.submission[: len(names)], names)


def _refuse_submission(file: Path | None, paths: Sequence[Path]) -> None:
    """Raise UsageError where the notebook with feedback would take a submission's place."""
    if file is None or not os.path.exists(file):  # noqa: PTH110  (never raises, however long)
        return
    if os.path.isdir(file):  # noqa: PTH112  (the same)
        raise UsageError(f"{file}: is a folder; name a file for --notebook")
    for path in paths:
        if file.samefile(path):
            raise UsageError(f"{file}: is the submission itself; name another file for --notebook")


def _write_notebooks(job: Job, result: SubmissionResult, words: _Words, file: Path) -> None:
    """Write what was submitted with feedback; several notebooks next to each other."""
    from grader import atomic
    from grader.course.annotated import annotated, files_of, notebook_names

    files = files_of(job)
    made = annotated(files, result, **words._asdict())
    names = notebook_names(file.name, [one.name for one in files[: len(made)]])
    for name, text in zip(names, made, strict=True):
        atomic.write(file.with_name(name), text)


def _shown(result: SubmissionResult, words: _Words, options: argparse.Namespace) -> str:
    from grader.report.text import render_check

    if options.quiet:  # a total that is not known is not shown
        return "" if result.unchecked else f"{result.score:g}/{result.max_score:g}\n"
    return render_check(
        result,
        width=width(),
        color=has_color(sys.stdout),
        ascii_only=is_ascii(sys.stdout),
        report=str(options.html or ""),
        **words._asdict(),
    )
