"""`grader batch`: a class graded, with its progress on the terminal and a summary in the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from grader.cli.arguments import DEFAULT_LANG, add_command, add_grading, add_jobs
from grader.cli.exit_codes import OUR_FAULT, REACHED
from grader.cli.summary import print_summary
from grader.cli.terminal import is_ascii, is_live, tell, width

if TYPE_CHECKING:
    from grader.cli.progress import Progress
    from grader.course.batch import Batch

MOST_NAMED = 5
EXAMPLE = """example:
  grader batch submissions/ late.zip --out graded/
"""


def add_batch(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "batch",
        summary="grade a class",
        description=(
            "Grade a class from folders, zip files, or single files. Run the same command again "
            "to continue or to add late submissions."
        ),
        example=EXAMPLE,
        missing={
            "SOURCE": "name the submissions to grade; see grader batch --help",
            "--out": "name a folder for the results: --out graded/",
        },
    )
    parser.add_argument(
        "sources",
        type=Path,
        nargs="*",
        metavar="SOURCE",
        help="folder, zip file, notebook, or script (none needed to merge marks)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for reports and grades")
    parser.add_argument(
        "--course",
        metavar="DIR",
        help="keep submissions and results in this course, see grader course --help",
    )
    add_grading(parser)
    add_jobs(parser)
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--fresh", action="store_true", help="regrade submissions that already have a result"
    )
    again.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="regrade only this student, by ID, number, or start of the name (repeatable)",
    )
    parser.add_argument(
        "--notebooks",
        action="store_true",
        help="also write each student's notebook with feedback below its parts",
    )
    parser.add_argument(
        "--zip",
        type=Path,
        metavar="FILE",
        help="also write all reports to a zip file for Moodle or Canvas",
    )
    parser.add_argument(
        "--marks",
        type=Path,
        metavar="FILE",
        help="merge the points that people give from a CSV file (see to_mark.csv)",
    )
    parser.add_argument(
        "--dask",
        metavar="CLUSTER",
        help=(
            "grade on a Dask cluster: tcp://10.0.0.1:8786, local:N, slurm:FILE, or kubernetes:FILE"
        ),
    )
    parser.set_defaults(run=partial(_run, refuse=parser.error), lang=None)


def _run(options: argparse.Namespace, *, refuse: Callable[[str], NoReturn]) -> int:
    if options.course is not None:
        from grader.cli.course import in_one

        return in_one.run(options, refuse)
    options.lang = options.lang or DEFAULT_LANG
    if options.out is None:
        refuse("the following arguments are required: --out")
    from grader.cli.progress import Progress
    from grader.course.batch import now, open_batch, open_kept
    from grader.course.options import Options
    from grader.course.store import Store

    started = now()
    progress = Progress(
        sys.stderr,
        is_live=is_live(sys.stderr),
        width=width() if is_live(sys.stderr) else None,
        ascii_only=is_ascii(sys.stderr),
        lang=options.lang,
        clock=now,
    )
    chosen = Options(
        assignment=options.assignment,
        seed=options.seed,
        timeout_s=options.timeout,
        jobs=options.jobs,
        is_fresh=options.fresh,
        is_isolation_required=options.require_isolation,
        lang=options.lang,
        dask=options.dask,
        only=tuple(options.only),
        reports_zip=options.zip,
        has_notebooks=options.notebooks,
        marks=options.marks,
    )
    _require_sources(options, refuse)
    store = Store(options.out)

    def say(line: str) -> None:
        progress.apart(lambda: tell(line))

    opened = (
        open_batch(options.sources, store, chosen, say)
        if options.sources
        else open_kept(store, chosen, say)
    )
    with opened as batch:
        _grade(batch, progress)
        batch.merge()
        batch.finish(now() - started)
    print_summary(batch, options.out, now() - started)
    _tell_what_is_left(batch)
    return OUR_FAULT if batch.failures else REACHED


def _require_sources(options: argparse.Namespace, refuse: Callable[[str], NoReturn]) -> None:
    """Refuse the arguments where there is something to grade, and it is not said what."""
    if options.sources:
        return
    if options.marks is None:
        refuse("the following arguments are required: SOURCE")
    for name in ("fresh", "only", "notebooks", "zip", "dask"):
        if getattr(options, name):
            refuse(f"--{name}: needs the submissions; name them as you did to grade them")


def _grade(batch: Batch, progress: Progress) -> None:
    from grader.catalog import catalog

    texts = catalog(batch.options.lang)
    for line in batch.chosen:
        tell(texts.tell(line))
    for line in batch.skipped:
        tell(texts.tell(line))
    jobs, left = batch.options.jobs, batch.left
    kept = 0
    with progress.expect(len(batch.entries), jobs=jobs, left=left):
        for done in batch.run():
            progress.add(done)
            kept += done.is_resumed
            if done.failed:
                name, said = done.result.student, done.result.messages[:1]
                progress.apart(partial(tell, f"{name}: {' '.join(said)}"))
    if kept:
        tell(texts.say("batch.kept", n=kept))


def _tell_what_is_left(batch: Batch) -> None:
    """Say what `--only` changed, whom it left as they are, and whom no system knows."""
    from grader.catalog import catalog
    from grader.course.returning import unnamed
    from grader.report.class_text import batch_change

    texts = catalog(batch.options.lang)
    for student in batch.options.only:
        now, before = batch.results.get(student), batch.before.get(student)
        if now is not None:
            tell(batch_change(now, before, lang=batch.options.lang))
    nameless = unnamed(batch.entries) if batch.options.reports_zip is not None else []
    for text_id, students in (
        ("batch.stale", batch.stale),
        ("batch.nameless", nameless),
        ("batch.no_notebook", batch.without_notebook),
    ):
        if students:
            listed = ", ".join(students[:MOST_NAMED]) + (" …" if students[MOST_NAMED:] else "")
            tell(texts.say(text_id, n=len(students), students=listed))
