"""`grader check`: one submission graded, its result printed and written."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from grader.cli.arguments import add_command, add_grading, percent
from grader.cli.exit_codes import NOT_REACHED, OUR_FAULT, REACHED
from grader.cli.terminal import has_color, is_ascii, tell, width
from grader.errors import UsageError

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
            if options.html or options.json or options.junit or options.notebook:
                _write_unreadable(job, server, options, error)
            raise
    words = _Words(options.lang, assignment.folder)
    _write(result, words, options)
    if options.notebook:
        _write_notebooks(job, result, words, options.notebook)
    if options.json != "-":
        sys.stdout.write(_shown(result, words, options))
    sys.stdout.flush()
    if result.unchecked:
        from grader.catalog import catalog

        tell(f"{paths[0]}: {catalog(*words).tell(result.unchecked)}")
        return OUR_FAULT
    decided = result.max_score - result.open_points  # nobody reaches what a person decides later
    share = 100.0 * result.score / decided if decided > 0 else 100.0
    return REACHED if share >= options.threshold - 1e-9 else NOT_REACHED


def _graded(
    job: Job, server: ForkServer, options: argparse.Namespace
) -> tuple[Assignment, SubmissionResult]:
    """The assignment, and the result; what is wrong with the submission is reported first."""
    from concurrent.futures import ThreadPoolExecutor

    from grader.assignment import registry
    from grader.course.job import fresh_server, grade_job
    from grader.course.options import new_seed
    from grader.judging.answer_key import draw_key
    from grader.sandbox import control, doctor
    from grader.sandbox.endings import SuspectError

    seed = new_seed() if options.seed is None else options.seed
    with ThreadPoolExecutor(2) as beside:  # JAX lets others work while it compiles the reference
        reading = beside.submit(job.read)
        try:
            assignment = (
                registry.load(options.assignment)
                if options.assignment is not None
                else registry.guess(reading.result())
            )
            _require_one_for_each(assignment, options.submission, reading.result)
            if options.require_isolation:
                doctor.require(server)
            if reading.done():
                reading.result()  # what cannot be read is reported at once
            controlled = beside.submit(control.require, server)
            answer_key = draw_key(assignment, seed)
        except UsageError:
            reading.result()
            raise
        submission = reading.result()
        controlled.result()
    again = {"timeout_s": options.timeout, "submission": submission}
    try:
        return assignment, grade_job(job, answer_key, server, **again)
    except SuspectError:  # the machine may have ended it: once more, and all anew
        with fresh_server() as another:
            return assignment, grade_job(job, answer_key, another, **again, is_last=True)


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
    from grader.course.job import unreadable
    from grader.course.options import new_seed
    from grader.judging.answer_key import AnswerKey

    seed = new_seed() if options.seed is None else options.seed
    try:
        assignment = (
            registry.guess_unread(job.name, job.data)
            if options.assignment is None
            else registry.load(options.assignment)
        )
    except UsageError as other:
        raise UsageError(f"{error} (nothing written: {other.lines[0]})") from other
    unused = AnswerKey(assignment=assignment, seed=seed, cases={}, expected={}, stubs=())
    words = _Words(options.lang, assignment.folder)
    result = unreadable(job, unused, server, error)
    _write(result, words, options)
    if options.notebook:
        _write_notebooks(job, result, words, options.notebook)


class _Words(NamedTuple):
    """Which words a result is put into."""

    lang: str
    folder: Path


def _write(result: SubmissionResult, words: _Words, options: argparse.Namespace) -> None:
    """Write the files of the options; a result for standard output is printed."""
    from grader import atomic
    from grader.report.html import render_student
    from grader.report.junit import render_junit
    from grader.report.result_json import dumps, stored

    if options.html:
        atomic.write(options.html, render_student(result, **words._asdict()))
    if options.junit:
        atomic.write(Path(options.junit), render_junit(result, **words._asdict()))
    text = dumps(stored(result, **words._asdict()))
    if options.json == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    elif options.json:
        atomic.write(Path(options.json), text)


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
