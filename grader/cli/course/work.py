"""`grader course take` and `grade`, and `grader worker`: submissions in, results out."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import add_command, add_jobs
from grader.cli.course.opening import REFUSED, add_assignment, add_verb, opened
from grader.cli.exit_codes import OUR_FAULT, REACHED
from grader.cli.terminal import is_live, show, tell

if TYPE_CHECKING:
    from grader.course.operations.worker import Graded

MOST_NAMED = 5


def add_work(verbs: Any) -> None:
    """Add the verbs."""
    take = add_verb(
        verbs,
        "take",
        summary="take submissions into the course",
        description=(
            "Take submissions from folders, zip files, or single files into the course. The same "
            "bytes of the same student again change nothing."
        ),
        example="grader course take submissions.zip -a kmeans",
        run=_take,
        missing={
            "SOURCE": "name the submissions: a folder, zip file, or notebook",
        },
    )
    take.add_argument(
        "sources",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="folder, zip file, notebook, or script",
    )
    add_assignment(take)
    take.add_argument("--at", metavar="T", help="when they were submitted (default: now)")
    grade = add_verb(
        verbs,
        "grade",
        summary="grade what waits",
        description=(
            "Grade everything that waits in the course. It may be stopped and run again, and "
            "several may run, also on several machines."
        ),
        example="grader course grade",
        run=_grade,
    )
    add_assignment(grade)
    add_jobs(grade)
    grade.add_argument(
        "--dask", metavar="CLUSTER", help="grade on a Dask cluster, as grader batch does"
    )
    grade.add_argument(
        "--retry-failed", action="store_true", help="also grade again where the grader failed"
    )


def add_worker(commands: Any) -> None:
    """Add `grader worker`."""
    parser = add_command(
        commands,
        "worker",
        summary="grade for a course, on this machine, until stopped",
        description="Grade what waits in a course, and what comes, until it is stopped.",
        example="example:\n  grader worker --course postgresql://grader@db/course\n",
        missing={},
    )
    parser.add_argument(
        "--course", metavar="DIR", help="course folder or PostgreSQL URL (default: $GRADER_COURSE)"
    )
    parser.add_argument("--by", metavar="NAME", help="who does it, for the log")
    add_jobs(parser)
    parser.set_defaults(run=_worker)


def _take(options: argparse.Namespace) -> int:
    from grader.course.gradebook.times import local_text, parse_time

    with opened(options) as (course, actor):
        from grader.catalog import catalog
        from grader.course.operations import assignments, taking

        assignment = assignments.the_only(options.assignment)
        at = parse_time(options.at, course.zone, where="--at") if options.at else None
        work = taking.opened(course, assignment, options.sources, actor, at=at)
        texts = catalog(course.lang)
        for line in (*work.found.chosen, *work.found.skipped):
            tell(texts.tell(line))
        due = assignments.schedule_of(assignment).due_at
        if taking.late_among(work, due):
            assert due is not None
            tell(
                f"{assignment.slug} was due {local_text(due, course.zone)}: new submissions count "
                "as late; say with --at when they were submitted, or extend with grader course "
                "extend"
            )
        done = []
        for one in work.run():
            done.append(one)
            if one.refused is not None:
                tell(f"{one.student}: {texts.tell(one.refused)}")
        counts = taking.counts(done)
        older = [one.student for one in done if one.is_older]
        if older:
            tell(f"as an earlier attempt, so the newer one counts: {_listed(older)}")
    new = f"{counts['new']} new" + (f" ({counts['people']} new people)" if counts["people"] else "")
    show(f"{assignment.slug}: {new}, {counts['same']} already there.\n", sys.stdout)
    return REFUSED if counts["refused"] else REACHED


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


class Line:
    """The line that says how far the queue is; redrawn on a terminal, else one a result."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.failed = total, 0, 0
        self.began = time.monotonic()
        self.is_live = is_live(sys.stderr)

    def add(self, one: Graded) -> None:
        """One more is graded."""
        from grader.cli.pace import remaining
        from grader.report.numbers import duration

        self.done += 1
        self.failed += one.result.failed
        self.total = max(self.total, self.done)
        stored = one.result.stored
        said = f"{one.student} {one.assignment} {stored.score:g}/{stored.max_score:g}"
        if one.result.failed:
            said = f"{one.student} {one.assignment} " + " ".join(stored.messages[:1])
        if not self.is_live:
            show(f"{self.done}/{self.total} {said}\n", sys.stderr)
            return
        elapsed_s = time.monotonic() - self.began
        left_s = remaining(ended=self.done, left=self.total - self.done, elapsed_s=elapsed_s)
        left = f"  {duration(left_s)} left" if left_s else ""
        show(f"\r\x1b[K{self.done}/{self.total} {said[:45]}{left}", sys.stderr)

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self.is_live:
            show("\r\x1b[K", sys.stderr)


def _grade(options: argparse.Namespace) -> int:
    from grader.sandbox import control, machine
    from grader.sandbox.server import ForkServer

    machine.require(max(1, options.jobs))
    with ForkServer() as server, opened(options) as (course, actor):
        from grader.course.operations import assignments, queue, worker

        chosen = assignments.find(options.assignment) if options.assignment else None
        of = chosen.id if chosen is not None else None
        if options.retry_failed:
            again = queue.retry_failed(actor, of)
            tell(f"{again} submissions that failed are graded again")
        waiting = queue.count(queue.QUEUED, queue.RUNNING, assignment_id=of)
        if not waiting:
            show("Nothing waits.\n", sys.stdout)
            return _left(of)
        control.require(server)
        line = Line(waiting)
        grading = worker.Grading(
            server=server,
            lang=course.lang,
            actor=actor,
            tell=tell,
            jobs=options.jobs,
            assignment_id=of,
        )
        try:
            grading.run(line.add)
        finally:
            line.end()
        worker.note_soundness(grading)
        show(f"{line.done} graded.\n", sys.stdout)
        return _left(of)


def _left(of: int | None) -> int:
    """The exit code: whether the grader failed on any."""
    from grader.course.operations import queue

    failed = queue.failures(of)
    if failed:
        tell(f"the grader failed on {failed}; run grader course grade --retry-failed")
    return OUR_FAULT if failed else REACHED


def _worker(options: argparse.Namespace) -> int:
    from grader.sandbox import control, machine
    from grader.sandbox.server import ForkServer

    machine.require(max(1, options.jobs))
    with ForkServer() as server, opened(options) as (course, actor):
        from grader.course.operations import worker

        control.require(server)
        line = Line(0)
        grading = worker.Grading(
            server=server, lang=course.lang, actor=actor, tell=tell, jobs=options.jobs
        )
        signal.signal(signal.SIGTERM, lambda *_: grading.stop())
        tell(f"grading for {course.title}; stop with Ctrl-C")
        grading.run(line.add, is_forever=True)
    return REACHED
