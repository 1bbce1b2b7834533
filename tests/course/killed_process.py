"""What is killed: it uploads, or it grades, until then; see `killing`.

What was stored is written to a file only after its transaction has ended: from then on a student
could have read that it was received. Grading takes a moment and needs no student's code; a
submission that begins with `poison` kills the process that grades it.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from course import made_work

from grader.course.records import connection, courses
from grader.errors import SandboxError

STUDENTS = 40


def _opened(folder: str) -> tuple[courses.Home, courses.OpenCourse]:
    home = courses.find(folder)
    return home, courses.opened(home)


def upload(folder: str, file: Path, per_s: float) -> None:
    """Upload something every now and then; a line for each that was stored."""
    home, course = _opened(folder)
    rng = random.Random(os.getpid())  # noqa: S311
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with connection.told(home.database):
        while True:
            began = time.monotonic()
            data = rng.randbytes(64) * 300
            student = f"s{rng.randrange(STUDENTS):02}"
            taken = made_work.take(course, student, data)
            took_ms = (time.monotonic() - began) * 1000
            digest = hashlib.sha256(data).hexdigest()
            os.write(out, f"{taken.student} {taken.attempt} {digest} {took_ms:.1f}\n".encode())
            time.sleep(max(0.0, 1 / per_s - (time.monotonic() - began)))


def grade(folder: str, threads: int, *, is_forever: bool) -> None:
    """Grade what comes, with as many threads."""
    home, course = _opened(folder)
    from grader.course.operations import worker
    from grader.course.records.events import Actor

    def run_job(job: Any, *_: Any, **__: Any) -> Any:
        if job.data.startswith(b"poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.03)
        return made_work.job_result(job, made_work.points_of(job.data))

    def failed(job: Any, *_: Any, **__: Any) -> Any:
        return made_work.job_result(job, (0, 0), is_failed=True)

    changed: Any = worker

    def apart(order: Any) -> Any:
        if order.job.data.startswith(b"poison"):
            msg = "grading ended with its process, alone (SIGKILL)"
            raise SandboxError(msg)
        return run_job(order.job)

    changed.run_job, changed.failed, changed.graded_apart = run_job, failed, apart
    changed.Grading.key = lambda *_: None
    grading = worker.Grading(
        server=None,  # type: ignore[arg-type]
        lang=course.lang,
        actor=Actor(name="tests", via="test"),
        tell=print,
        jobs=threads,
    )
    with connection.told(home.database):
        grading.run(lambda _: None, is_forever=is_forever)
