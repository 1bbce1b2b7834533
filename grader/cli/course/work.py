"""`grader course take` and `grade`, and `grader worker`: submissions in, results out."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import add_command, add_jobs
from grader.cli.course.opening import REFUSED, add_assignment, add_verb, opened, texts_of
from grader.cli.exit_codes import OUR_FAULT, REACHED
from grader.cli.terminal import is_live, show, tell

if TYPE_CHECKING:
    from grader.catalog import Catalog
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
        run=run_take,
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
        run=run_grade,
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


def run_take(options: argparse.Namespace, seed: int | None = None) -> int:
    """Take submissions; with a seed, all are graded on the same hidden inputs."""
    from grader.course.gradebook.times import local_text, parse_time

    with opened(options) as (course, actor):
        from grader.course.operations import assignments, taking

        assignment = assignments.the_only(options.assignment)
        at = parse_time(options.at, course.zone, where="--at") if options.at else None
        work = taking.opened(course, assignment, options.sources, actor, at=at, seed=seed)
        texts = texts_of(options)
        for line in (*work.found.chosen, *work.found.skipped):
            tell(texts.tell(line))
        due = assignments.schedule_of(assignment).due_at
        if taking.late_among(work, due):
            assert due is not None
            when = local_text(due, course.zone)
            tell(texts.say("course.past_due", assignment=assignment.slug, due=when))
        done = []
        for one in work.run():
            done.append(one)
            if one.refused is not None:
                tell(f"{one.student}: {texts.tell(one.refused)}")
        counts = taking.counts(done)
        older = [one.student for one in done if one.is_older]
        if older:
            tell(texts.say("course.earlier_attempt", students=_listed(older)))
    of = {"assignment": assignment.slug, "new": counts["new"], "same": counts["same"]}
    if counts["people"]:
        said = texts.say("course.taken_people", **of, people=counts["people"])
    else:
        said = texts.say("course.taken", **of)
    show(said + "\n", sys.stdout)
    return REFUSED if counts["refused"] else REACHED


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


class Line:
    """The line that says how far the queue is; redrawn on a terminal, else one a result."""

    def __init__(self, total: int, texts: Catalog) -> None:
        self.texts, self.total, self.done, self.failed = texts, total, 0, 0
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
        left = "  " + self.texts.say("terminal.left", left=duration(left_s)) if left_s else ""
        show(f"\r\x1b[K{self.done}/{self.total} {said[:45]}{left}", sys.stderr)

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self.is_live:
            show("\r\x1b[K", sys.stderr)


def run_grade(options: argparse.Namespace, *, is_isolation_required: bool = False) -> int:
    """Grade what waits."""
    from grader.sandbox import control, doctor, machine
    from grader.sandbox.server import ForkServer

    machine.require(max(1, options.jobs))
    with ForkServer() as server, opened(options) as (course, actor):
        from grader.course.operations import assignments, queue, worker

        texts = texts_of(options)
        chosen = assignments.find(options.assignment) if options.assignment else None
        of = chosen.id if chosen is not None else None
        if options.retry_failed:
            again = queue.retry_failed(actor, of)
            tell(texts.say("course.retried", n=again))
        waiting = queue.count(queue.QUEUED, queue.RUNNING, assignment_id=of)
        if not waiting:
            show(texts.say("course.nothing_waits") + "\n", sys.stdout)
            return _left(of, texts)
        control.require(server)
        if is_isolation_required:
            doctor.require(server)
        line = Line(waiting, texts)
        grading = worker.Grading(
            server=server,
            lang=course.lang,
            actor=actor,
            tell=tell,
            jobs=options.jobs,
            assignment_id=of,
            is_isolation_required=is_isolation_required,
        )
        try:
            if options.dask is None:
                grading.run(line.add)
            else:
                from grader.course.operations import carrying

                carrying.run(grading, options.dask, line.add)
        finally:
            line.end()
        unsound = grading.look_again()
        show(texts.say("course.graded", n=line.done) + "\n", sys.stdout)
        return max(_left(of, texts), OUR_FAULT if unsound else REACHED)


def _left(of: int | None, texts: Catalog) -> int:
    """The exit code: whether the grader failed on any."""
    from grader.course.operations import queue

    failed = queue.failures(of)
    if failed:
        tell(texts.say("course.failures", n=failed))
    return OUR_FAULT if failed else REACHED


def _worker(options: argparse.Namespace) -> int:
    from grader.sandbox import control, machine
    from grader.sandbox.server import ForkServer

    machine.require(max(1, options.jobs))
    with ForkServer() as server, opened(options) as (course, actor):
        from grader.course.operations import worker

        control.require(server)
        texts = texts_of(options)
        line = Line(0, texts)
        grading = worker.Grading(
            server=server, lang=course.lang, actor=actor, tell=tell, jobs=options.jobs
        )
        signal.signal(signal.SIGTERM, lambda *_: grading.stop())
        tell(texts.say("course.worker", title=course.title))
        grading.run(line.add, is_forever=True)
    return REACHED
