"""The workers that grade the submissions of a class: threads here, or those of a cluster."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol

from grader.course.job import Job, JobResult

Ticket = Any
"""By what whoever shares out knows a submission again: an entry of a class, or a lease."""


@dataclass(frozen=True, kw_only=True)
class FinishedJob:
    """A submission that somebody is done with; without `result` it has to be judged elsewhere."""

    entry: Ticket
    job: Job
    result: JobResult | None


class Crew(Protocol):
    """Whoever grades. Raises LostError when nobody of it can be reached any more."""

    @property
    def has_room(self) -> bool:
        """Whether it takes one more now."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing in its hands."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether nobody of it is left, and nobody will come."""
        ...

    def take(self, entry: Ticket, job: Job) -> None:
        """Have one graded."""
        ...

    def ended(self, within_s: float) -> list[FinishedJob]:
        """What has ended since it was last asked, after `within_s` seconds at most."""
        ...


class Threads:
    """Threads of this process."""

    is_gone = False

    def __init__(self, pool: Executor, jobs: int, run: Callable[[Job], JobResult]) -> None:
        self._pool = pool
        self._most = 2 * jobs  # so that none waits for the next to be read
        self.run = run
        self._running: dict[Future[JobResult], tuple[Ticket, Job]] = {}
        self._done: queue.SimpleQueue[Future[JobResult]] = queue.SimpleQueue()

    @property
    def has_room(self) -> bool:
        """Whether it takes one more now."""
        return len(self._running) < self._most

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing in its hands."""
        return not self._running

    def take(self, entry: Ticket, job: Job) -> None:
        """Have one graded."""
        future = self._pool.submit(self.run, job)
        self._running[future] = entry, job
        future.add_done_callback(self._done.put)

    def ended(self, within_s: float) -> list[FinishedJob]:
        """What has ended since it was last asked, after `within_s` seconds at most."""
        try:
            future = self._done.get(timeout=within_s)
        except queue.Empty:
            return []
        entry, job = self._running.pop(future)
        result = None if future.exception() else future.result()
        return [FinishedJob(entry=entry, job=job, result=result)]
