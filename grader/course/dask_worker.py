"""The worker's side of a class on a Dask cluster: an answer key and a fork server of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from grader.assignment import Assignment, registry
from grader.catalog import catalog
from grader.course.job import Job, JobResult, run_job
from grader.errors import SandboxError
from grader.judging.answer_key import AnswerKey, draw_key, shared_by_class
from grader.sandbox import control, doctor
from grader.sandbox.child import WALL_PER_CPU
from grader.sandbox.server import ForkServer

ROOM = 2.0
"""A submission may take so many times what its time limit says, for processes that start anew."""
LEAST_LIMIT_S = 120.0
MOST_KEYS = 32
"""So many answer keys are kept, where submissions have seeds of their own."""
PROFILING = ("profile", "profile-cycle")
"""What distributed does beside: its profiles of an hour would take a gigabyte of memory."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What all submissions of a class are graded with."""

    assignment: str
    """As `-a` names it, so that a worker finds its own copy."""
    seed: int
    lang: str
    timeout_s: float
    fingerprint: str
    """Of the assignment, the texts and the versions that results are to come from."""
    is_isolation_required: bool = False

    @property
    def limit_s(self) -> float:
        """So long a worker may have a submission before it is taken for one that hangs."""
        return max(LEAST_LIMIT_S, ROOM * WALL_PER_CPU * self.timeout_s)


def fingerprint_of(assignment: Assignment, lang: str, seed: int) -> str:
    """What all machines must have in common to give the same results in the same words."""
    return f"{shared_by_class(assignment, seed)} {catalog(lang, assignment.folder).digest}"


def _profiling(worker: Any) -> list[Any]:
    """What profiles a worker, if anything does."""
    running = getattr(worker, "periodic_callbacks", {})
    return [running[name] for name in PROFILING if name in running]


def plugin_of(order: Order) -> Any:  # noqa: C901  (a class that travels with what it needs)
    """What a worker keeps for as long as the class is graded, see `distributed`'s WorkerPlugin."""
    from distributed.diagnostics.plugin import WorkerPlugin  # noqa: PLC0415

    base: Any = WorkerPlugin

    class Desk(base):  # type: ignore[misc]
        """A worker's answer key and fork server, for as long as the class is graded."""

        def __init__(self) -> None:
            self.order = order

        def setup(self, worker: Any) -> None:
            self.profiling = _profiling(worker)
            for one in self.profiling:
                one.stop()
            self.lock, self.drawing = threading.Lock(), threading.Lock()
            self.keys: dict[int, AnswerKey] = {}
            self.server: ForkServer | None = None
            self.why: str | None = None

        def open(self) -> str:
            """Get ready, once; '' or why that cannot be. It takes seconds, so a thread does it."""
            with self.lock:
                if self.why is None:
                    self.why = self.opened()
                return self.why

        def opened(self) -> str:
            assignment = registry.load(order.assignment)
            if fingerprint_of(assignment, order.lang, order.seed) != order.fingerprint:
                return (
                    "different version of the grader or the assignment; install the same on all "
                    "machines"
                )
            self.assignment = assignment
            self.answer_key(order.seed)
            self.server = ForkServer()
            control.require(self.server)
            if order.is_isolation_required:
                doctor.require(self.server)
            return ""

        def answer_key(self, seed: int) -> AnswerKey:
            """The answer key of a seed, drawn once."""
            with self.drawing:
                if seed not in self.keys:
                    self.keys[seed] = draw_key(self.assignment, seed)
                while len(self.keys) > MOST_KEYS:
                    del self.keys[next(iter(self.keys))]
                return self.keys[seed]

        def teardown(self, worker: Any) -> None:
            del worker
            for one in self.profiling:
                one.start()
            if self.server is not None:
                self.server.close()

    return Desk()


def _desk(name: str) -> Any:
    from distributed import get_worker  # noqa: PLC0415

    worker: Any = get_worker()
    return worker.plugins[name]


def open_there(name: str) -> str:
    """'' once this worker is ready, else why it cannot grade."""
    return str(_desk(name).open())


def run_there(name: str, job: Job) -> JobResult:
    """The result of a submission, graded by this worker. Raises SandboxError."""
    desk = _desk(name)
    why = desk.open()  # a worker that was started again may have the name of one that was ready
    if why:
        raise SandboxError(why)
    order = desk.order
    key = desk.answer_key(order.seed if job.seed is None else job.seed)
    return run_job(job, key, desk.server, timeout_s=order.timeout_s, lang=order.lang)
