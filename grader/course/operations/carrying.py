"""The queue carried by a Dask cluster: jobs are leased here, and graded there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grader.course import cluster
from grader.course.class_run import TICK_S
from grader.course.crew import Crew
from grader.course.dask_worker import Order, fingerprint_of
from grader.course.operations import queue
from grader.course.operations.assignments import declaration_of, latest_release
from grader.course.operations.handed_in import job_in
from grader.course.operations.worker import Graded, Grading
from grader.course.records.models import Assignment, Job, Release

ANY_SEED = 0
"""Of the order, by which machines compare what they have; each job has its own."""


def run(grading: Grading, place: str, each: Callable[[Graded], None]) -> None:
    """Grade what waits, an assignment after the other, on a cluster; the rest is graded here.

    Raises: UsageError, SandboxError, LostError.
    """
    waiting = Job.objects.filter(state__in=(queue.QUEUED, queue.RUNNING))
    of = set(waiting.values_list("submission__assignment", flat=True))
    chosen = of if grading.assignment_id is None else of & {grading.assignment_id}
    with grading.beating():
        for assignment in Assignment.objects.filter(id__in=chosen).order_by("position", "id"):
            release = latest_release(assignment)
            if release is not None:
                _run(grading, place, release, each)
    grading.run(each)


def _run(grading: Grading, place: str, release: Release, each: Callable[[Graded], None]) -> None:
    declaration = declaration_of(release)
    grading.key(release, ANY_SEED)
    order = Order(
        assignment=release.spec,
        seed=ANY_SEED,
        lang=grading.lang,
        timeout_s=release.timeout_s,
        fingerprint=fingerprint_of(declaration, grading.lang, ANY_SEED),
        is_isolation_required=grading.is_isolation_required,
    )
    with cluster.connected(place, order, grading.tell) as crew:
        _share_out(grading, crew, release, each)


def _share_out(
    grading: Grading, crew: Crew, release: Release, each: Callable[[Graded], None]
) -> None:
    """Have the crew grade what waits of a release; what it leaves undecided is graded here."""
    while True:
        while crew.has_room and not crew.is_gone:
            held = queue.lease(grading.worker, release.assignment_id)
            if held is None:
                break
            row = grading.hold(held)
            if row.release_id != release.id or held.is_apart:
                grading.grade(held, each)
            else:
                crew.take(held, replace(job_in(row.submission), seed=row.seed))
        if crew.is_gone or (crew.is_idle and not queue.is_waiting(release.assignment_id)):
            return
        for ended in crew.ended(TICK_S):
            if ended.result is None or ended.result.suspect:
                grading.grade(ended.entry, each)
            else:
                grading.keep(ended.entry, ended.result, each)
