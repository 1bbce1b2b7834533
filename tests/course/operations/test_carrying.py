"""A cluster carries the queue: each job with its own seed, what it leaves is graded here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tiny_class
from tiny_class import HALF, RIGHT, hand_in, run

from grader.assignment import registry
from grader.course import cluster
from grader.course.crew import Threads
from grader.course.job import Job, JobResult, run_job
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course in which three submissions wait."""
    assignment = tiny_class.assignment(tmp_path)
    sources = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF, cid=HALF)
    folder = tmp_path / "course"
    for command in (
        ("new", folder),
        ("add", assignment, "--course", folder),
        ("take", sources, "--course", folder),
    ):
        assert run("course", *command).code == 0
    return folder


def test_jobs_travel_with_their_seeds(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers grade on the seed of each job; a job that one loses is graded on this machine."""
    there: list[tuple[str, int | None]] = []

    @contextmanager
    def connected(place: str, order: Any, tell: Any) -> Iterator[Threads]:
        del tell
        assert place == "somewhere"
        assignment = registry.load(order.assignment)

        def graded(job: Job) -> JobResult:
            there.append((job.student, job.seed))
            if job.student == "bob":
                raise ConnectionError
            key = draw_key(assignment, job.seed or 0)
            return run_job(job, key, server, timeout_s=order.timeout_s, lang=order.lang)

        with ForkServer() as server, ThreadPoolExecutor(1) as pool:
            yield Threads(pool, 1, graded)

    monkeypatch.setattr(cluster, "connected", connected)
    done = run("course", "grade", "--course", course, "--dask", "somewhere", "--jobs", 1)
    assert (done.code, done.out) == (0, "3 graded.\n"), done.err
    shown = json.loads(run("course", "marks", "--course", course, "--json").out)
    assert [(one["student"], one["mark"]) for one in shown] == [
        ("ann", 10.0),
        ("bob", 6.0),
        ("cid", 6.0),
    ]
    assert sorted(student for student, _ in there) == ["ann", "bob", "cid"]
    assert len({seed for _, seed in there} - {None}) == 3
