"""A class graded by the workers of a Dask cluster, each with a fork server of its own.

The students' files are read here and sent; results and pages come back and are written here. Each
submission is given to a worker that has shown that it grades by the same versions and the same
assignment, and no worker has more than it has threads: so it is known who has what since when, and
what a worker loses or keeps too long is graded by another one, or here.
"""

from __future__ import annotations

import asyncio
import math
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from grader.course.crew import FinishedJob, Ticket
from grader.course.dask_calls import silence, silent_at_end, within
from grader.course.dask_places import (
    WORKERS_WITHIN_S,
    DaskCluster,
    Tell,
    cluster_at,
    reason,
)
from grader.course.dask_worker import Order, open_there, plugin_of, run_there
from grader.course.job import Job, JobResult
from grader.errors import LostError, SandboxError, UsageError

ANSWER_WITHIN_S = 10.0
"""A scheduler answers in milliseconds; after so long it is not there."""
LOST_AFTER_S = 30.0
"""A scheduler that was there may be busy; after so long it is gone."""
READY_WITHIN_S = 180.0
"""So long the first worker may take to get ready."""
LOOK_EACH_S = 1.0
REPLACE_EACH_S = 30.0
"""So often workers that have ended are started again: dask needs half of it to notice."""
TELL_EACH_S = 600.0
"""So often it is said that workers are still waited for."""
PLUGIN = "jax-exercise-grader"


@contextmanager
def connected(place: str, order: Order, tell: Tell) -> Iterator[Workers]:
    """The workers of the cluster that `--dask` names, at least one of them ready.

    Raises: UsageError when there is no cluster; SandboxError when none of its workers can do this.
    """
    with silence(), cluster_at(place, tell) as cluster:
        import distributed  # noqa: PLC0415  (an extra)

        connect = silent_at_end(distributed.Client)
        try:
            client = within(
                2 * ANSWER_WITHIN_S,
                lambda: connect(
                    cluster.address,
                    timeout=ANSWER_WITHIN_S,
                    set_as_default=False,
                    security=cluster.security,
                ),
            )
        except Exception as error:
            msg = f"--dask {place}: no scheduler responds; start one with `dask scheduler`"
            raise UsageError(msg) from error
        desk = f"{PLUGIN}-{secrets.token_hex(8)}"  # another class may be graded there, too
        try:
            with suppress(Exception):  # a worker that cannot have it is refused below
                plugin = plugin_of(order)
                within(ANSWER_WITHIN_S, lambda: client.register_plugin(plugin, name=desk))
            workers = Workers(client, cluster, desk, order, tell)
            workers.wait()
            yield workers
        finally:
            with suppress(Exception):  # the scheduler may be gone, or a worker hang
                within(ANSWER_WITHIN_S, lambda: client.unregister_worker_plugin(desk))
            with suppress(Exception):
                within(ANSWER_WITHIN_S, client.close)


@dataclass
class _Worker:
    """A worker of the cluster; `threads` is 0 until it is ready."""

    opening: Any
    threads: int = 0
    is_refused: bool = False
    busy: dict[str, Any] = field(default_factory=dict)
    """What it has, and what it hangs on: keys and futures."""

    @property
    def has_room(self) -> bool:
        return len(self.busy) < self.threads


@dataclass(frozen=True, kw_only=True)
class _Task:
    entry: Ticket
    job: Job
    worker: str
    since: float


class Workers:
    """The crew of a cluster, see `grader.course.crew`."""

    def __init__(
        self, client: Any, cluster: DaskCluster, desk: str, order: Order, tell: Tell
    ) -> None:
        self._client, self._cluster, self._desk = client, cluster, desk
        self._order, self._tell = order, tell
        self._named = f"--dask {cluster.place}"
        self._patience_s = cluster.patience_s
        self._ended, self._replaced_at, self._has_given_up = 0, -math.inf, False
        self._workers: dict[str, _Worker] = {}
        self._tasks: dict[str, _Task] = {}
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._refusal = ""
        self._looked_at = 0.0
        self._alone_since = time.monotonic()

    @property
    def has_room(self) -> bool:
        """Whether one of the workers takes one more now."""
        return any(worker.has_room for worker in self._workers.values())

    @property
    def is_idle(self) -> bool:
        """Whether no worker has anything that is waited for."""
        return not self._tasks

    @property
    def is_gone(self) -> bool:
        """Whether there has been no worker for too long."""
        return not self._at_work and time.monotonic() - self._alone_since > self._patience_s

    @property
    def threads(self) -> int:
        """How many submissions are graded at a time."""
        return sum(worker.threads for worker in self._workers.values())

    @property
    def _at_work(self) -> bool:
        """Whether there is a thread that does not hang."""
        return any(
            worker.threads > sum(key not in self._tasks for key in worker.busy)
            for worker in self._workers.values()
        )

    def wait(self) -> None:
        """Wait for the first worker that is ready. Raises UsageError, SandboxError."""
        started, told_at, seen_at = time.monotonic(), -math.inf, math.inf
        while True:
            self._look()
            now = time.monotonic()
            if self.threads:
                return
            if self._workers and all(worker.is_refused for worker in self._workers.values()):
                raise SandboxError(self._refusal)
            seen_at = min(seen_at, now) if self._workers else math.inf
            if now - seen_at > READY_WITHIN_S:
                raise UsageError(f"{self._named}: no worker becomes ready; check their logs")
            if not self._workers and now - started > self._patience_s:
                raise UsageError(f"{self._named}: no workers; {self._cluster.remedy}")
            if not self._workers and now - told_at > TELL_EACH_S:
                self._tell(f"{self._named}: no workers yet; {self._cluster.waiting}")
                told_at = now
            time.sleep(min(LOOK_EACH_S, 0.1))

    def take(self, entry: Ticket, job: Job) -> None:
        """Give one to the worker that has the most room."""
        ready = {name: worker for name, worker in self._workers.items() if worker.has_room}
        name = max(ready, key=lambda name: ready[name].threads - len(ready[name].busy))
        future = self._submit(name, run_there, self._desk, job)
        key = str(future.key)
        self._tasks[key] = _Task(entry=entry, job=job, worker=name, since=time.monotonic())
        self._workers[name].busy[key] = future
        future.add_done_callback(lambda future: self._done.put(str(future.key)))

    def ended(self, within_s: float) -> list[FinishedJob]:
        """What has ended, and what a worker has lost or hangs on. Raises LostError."""
        if time.monotonic() - self._looked_at > LOOK_EACH_S:
            self._look()
        if self._done.empty() and (found := self._lost()):
            return found
        try:
            key = self._done.get(timeout=within_s)
        except queue.Empty:
            return []
        futures = [worker.busy.pop(key, None) for worker in self._workers.values()]
        task = self._tasks.pop(key, None)
        if task is None:  # it was taken for one that hangs
            return []
        future = next(filter(None, futures), None)
        return [FinishedJob(entry=task.entry, job=task.job, result=self._result(future))]

    def _result(self, future: Any) -> JobResult | None:
        if future is None:
            return None
        try:
            result = within(ANSWER_WITHIN_S, future.result)
        except (Exception, asyncio.CancelledError):  # noqa: BLE001  (a worker that was lost)
            return None
        return result if isinstance(result, JobResult) else None

    def _lost(self) -> list[FinishedJob]:
        """What was with a worker that is gone, or has been with one for too long."""
        now = time.monotonic()
        found = []
        for key, task in list(self._tasks.items()):
            is_late = now - task.since > self._order.limit_s
            if is_late or task.worker not in self._workers:
                # A worker that hangs keeps the key: it has less room for as long as it does.
                found.append(FinishedJob(entry=task.entry, job=task.job, result=None))
                del self._tasks[key]
        return found

    def _submit(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return self._client.submit(
                call,
                *arguments,
                workers=[name],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
        except Exception as error:
            raise self._gone() from error

    def _look(self) -> None:
        """See which workers came, got ready, were refused or went. Raises LostError."""
        try:
            threads = within(LOST_AFTER_S, self._client.nthreads)
        except Exception as error:
            raise self._gone() from error
        now = self._looked_at = time.monotonic()
        was_at_work = self._at_work
        for name in sorted(self._workers.keys() - threads.keys()):
            self._lose(name)
        for name in sorted(threads.keys() - self._workers.keys()):
            opening = self._submit(name, open_there, self._desk)
            self._workers[name] = _Worker(opening=opening)
        for name, worker in self._workers.items():
            if worker.opening is not None and worker.opening.done():
                self._open(name, worker, int(threads[name]))
        if was_at_work or self._at_work:
            self._alone_since = now
        self._replace(now)

    def _lose(self, name: str) -> None:
        """Note that a worker has ended; what it had is graded again."""
        worker = self._workers.pop(name)
        had = sum(key in self._tasks for key in worker.busy)
        self._ended += 1
        if worker.threads:
            again = f"; submissions to grade again: {had}" if had else ""
            self._tell(f"{self._named}: lost worker {name}{again}")

    def _replace(self, now: float) -> None:
        """Have workers that have ended started again, as long as there are not too many."""
        replace = self._cluster.replace
        if replace is None or not self._ended or now - self._replaced_at < REPLACE_EACH_S:
            return
        self._replaced_at = now
        if self._ended > self._cluster.replacements:
            self._give_up(f"lost {self._ended} workers, so no more are started")
            return

        def start() -> None:
            try:
                replace()
            except Exception as error:  # noqa: BLE001  (of a batch system)
                self._give_up(f"cannot start another worker: {reason(error)}")

        threading.Thread(target=start, daemon=True).start()

    def _give_up(self, why: str) -> None:
        """Wait no longer for workers than somebody needs to start one."""
        if not self._has_given_up:
            self._has_given_up = True
            self._patience_s = WORKERS_WITHIN_S
            self._tell(f"{self._named}: {why}")

    def _open(self, name: str, worker: _Worker, threads: int) -> None:
        opening, worker.opening = worker.opening, None
        try:
            why = str(within(ANSWER_WITHIN_S, opening.result))
        except Exception as error:  # noqa: BLE001  (it cannot even be asked)
            why = f"{type(error).__name__}: {error}; install the same jax-exercise-grader there"
        if not why:
            worker.threads = threads
            return
        worker.is_refused = True
        self._refusal = f"{self._named}: worker {name} cannot grade: {why}"
        if self.threads:
            self._tell(self._refusal)

    def _gone(self) -> LostError:
        return LostError(
            f"{self._named}: lost the scheduler, results so far are kept; restart it and run the "
            "same command again"
        )
