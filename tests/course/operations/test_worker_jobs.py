"""What a worker does with jobs that are not like the others."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from course import made_work
from course.course_store import LONG_AGO, Store

from grader.assignment import registry
from grader.course.job import Job as Work
from grader.course.operations import apart, outcomes, queue, worker
from grader.course.records import verify
from grader.course.records.events import Actor
from grader.course.records.forget import _Editor
from grader.course.records.migrations import _triggers
from grader.course.records.models import Assignment, Blob, Job, Release, Result, Schedule
from grader.errors import SandboxError, UsageError
from grader.judging.answer_key import draw_key

ME = Actor(name="tests", via="test")


@pytest.fixture
def said() -> list[str]:
    """What failures say."""
    return []


@pytest.fixture
def grading(store: Store, said: list[str], monkeypatch: pytest.MonkeyPatch) -> worker.Grading:
    """A worker that gives points without running anything."""

    def run_job(job: Any, *_: Any, **__: Any) -> Any:
        return made_work.job_result(job, (40, 60))

    def failed(job: Any, _key: Any, _server: Any, error: Exception, **_: Any) -> Any:
        said.append(str(error))
        return made_work.job_result(job, (0, 0), is_failed=True)

    monkeypatch.setattr(worker, "run_job", run_job)
    monkeypatch.setattr(worker, "failed", failed)
    monkeypatch.setattr(worker.Grading, "key", lambda *_: None)
    monkeypatch.setattr(queue, "PAUSE_S", 0.0)
    monkeypatch.setattr(worker, "IDLE_S", 0.01)
    made_work.take(store.opened(), "alice", b"work")
    none: Any = None
    return worker.Grading(server=none, lang="en", actor=ME, tell=said.append, jobs=2)


def _add(slug: str) -> Release:
    """A further assignment."""
    first = Assignment.objects.get(slug="kmeans")
    row = Assignment.objects.create(course=first.course, slug=slug, title=slug, position=2)
    Schedule.objects.create(assignment=row, version=1, at=LONG_AGO, by="tests")
    release = Release.objects.get(assignment=first)
    release.pk, release.assignment = None, row
    release.save(force_insert=True)
    return release


def test_an_assignment_that_cannot_be_used_holds_up_no_other(
    store: Store, grading: worker.Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are graded, then it is named; its jobs wait as if nobody had tried."""
    broken = _add("other")
    made_work.take_from(
        made_work.taking(store.opened(), (made_work.entry("bob", b"x"),), slug="other")
    )

    def key(_self: Any, release: Release, _seed: int) -> Any:
        if release.id == broken.id:
            msg = "other: the assignment has changed; run grader course add other"
            raise UsageError(msg)

    monkeypatch.setattr(worker.Grading, "key", key)
    with pytest.raises(UsageError, match="other: the assignment has changed"):
        grading.run(lambda _: None)
    assert Result.objects.count() == 1
    job = Job.objects.get(release=broken)
    assert (job.state, job.tries) == (queue.QUEUED, 0)


def test_damaged_bytes_have_a_result_and_hold_up_nothing(
    store: Store, grading: worker.Grading, said: list[str]
) -> None:
    """Whose submission the database cannot give back is named by the result of a failure."""
    made_work.take(store.opened(), "bob", b"more" * 100)
    _triggers.remove(_Editor())
    Blob.objects.filter(submission__enrolment__student="alice").update(bytes=b"other")
    _triggers.install(_Editor())
    grading.run(lambda _: None)
    states = dict(Job.objects.values_list("submission__enrolment__student", "state"))
    assert states == {"alice": queue.FAILED, "bob": queue.DONE}
    assert said[-1].endswith("is damaged; restore a backup")


def test_the_third_try_is_made_apart(
    grading: worker.Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed twice is graded by a process of its own, and what that says holds."""
    tries: list[str] = []

    def run_job(job: Any, *_: Any, **__: Any) -> Any:
        tries.append("here")
        return made_work.job_result(job, (0, 0), is_failed=True)

    def graded_apart(order: apart.Order) -> Any:
        tries.append("apart")
        return made_work.job_result(order.job, (40, 0))

    monkeypatch.setattr(worker, "run_job", run_job)
    monkeypatch.setattr(worker, "graded_apart", graded_apart)
    grading.run(lambda _: None)
    assert tries == ["here", "here", "apart"]
    assert Result.objects.get().score_mp == 40_000
    assert list(verify.problems()) == []


def test_what_ends_its_process_apart_too_has_a_result(
    grading: worker.Grading, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a failure of the grader's, on the list of staff."""
    Job.objects.update(tries=2)
    kill = "import os; os.kill(os.getpid(), 9)"
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", kill))
    grading.run(lambda _: None)
    assert said == ["grading ended with its process, alone (SIGKILL)"]
    assert (Result.objects.get().status, queue.failures()) == ("crashed", 1)


def test_what_is_interrupted_is_given_back(grading: worker.Grading) -> None:
    """Whoever comes next need not wait for a lease, and no try is counted."""

    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    held = queue.lease(grading.worker)
    assert held is not None
    grading._held[held.job] = held
    grading.stop()
    grading.run(interrupted)
    job = Job.objects.get()
    assert (job.state, job.tries, job.worker) == (queue.QUEUED, 0, "")
    assert not outcomes.finish(held, made_work.result_of(held, (1, 1)), ME)


# Apart --------------------------------------------------------------------------------------


def _order(data: bytes) -> apart.Order:
    work = Work(student="alice", name="alice.py", data=data)
    return apart.Order(job=work, assignment="kmeans", seed=7, timeout_s=60, lang="en")


def test_a_process_apart_does_not_know_where_the_store_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment has neither an address nor a password."""
    monkeypatch.setenv("GRADER_COURSE", "postgresql://grader:secret@db/course")
    monkeypatch.setenv("PGPASSWORD", "secret")
    show = "import os, pickle, sys; pickle.dump(dict(os.environ), sys.stdout.buffer)"
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", show))
    seen: Any = apart.graded_apart(_order(b""))
    assert seen["PATH"] == os.environ["PATH"]
    assert "secret" not in str(seen)


def test_a_process_apart_that_fails_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code is told."""
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", "raise SystemExit(7)"))
    with pytest.raises(SandboxError, match=r"^grading ended with its process, alone \(exit code 7"):
        apart.graded_apart(_order(b""))


def test_a_process_apart_grades_as_any_other() -> None:
    """Its result can be pickled, and says what grading here says."""
    result = apart.graded_apart(_order(b"def init(key, points, num_clusters):\n    print(1)\n"))
    assert (result.stored.status, result.failed, result.stored.score) == ("graded", False, 0.0)
    assert result.stored.seed == draw_key(registry.load("kmeans"), 7).seed
