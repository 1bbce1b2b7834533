"""A class graded by the workers of a Dask cluster, each with a fork server of its own.

The students' files are read here and sent; results and pages come back and are written here. Each
submission is given to a worker that has shown that it grades by the same versions and the same
assignment, and no worker has more than it has threads: so it is known who has what since when, and
what a worker loses or keeps too long is graded by another one, or here.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import secrets
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from grader.assignment import Assignment, registry
from grader.catalog import catalog
from grader.course.collecting.entry import Entry
from grader.course.crew import FinishedJob
from grader.course.job import Job, JobResult, run_job
from grader.errors import LostError, SandboxError, UsageError
from grader.judging.answer_key import draw_key, shared_by_class
from grader.sandbox import control, doctor
from grader.sandbox.child import WALL_PER_CPU
from grader.sandbox.server import ForkServer

ANSWER_WITHIN_S = 10.0
"""A scheduler answers in milliseconds; after so long it is not there."""
LOST_AFTER_S = 30.0
"""A scheduler that was there may be busy; after so long it is gone."""
WORKERS_WITHIN_S = 60.0
"""So long a cluster may have no workers, at the start and later."""
READY_WITHIN_S = 180.0
"""So long the first worker may take to get ready."""
LOOK_EACH_S = 1.0
ROOM = 2.0
"""A submission may take so many times what its time limit says, for processes that start anew."""
LEAST_LIMIT_S = 120.0
PLUGIN = "jax-exercise-grader"

Tell = Callable[[str], None]


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


@contextmanager
def connected(address: str, order: Order, tell: Tell) -> Iterator[Workers]:
    """The workers of the cluster, at least one of them ready.

    Raises: UsageError when there is no cluster; SandboxError when none of its workers can do this.
    """
    try:
        import distributed  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        msg = "--dask needs the package distributed; run pip install 'jax-exercise-grader[dask]'"
        raise UsageError(msg) from error
    with _silence():
        # One that is only half made would try to close itself at the end of Python, and complain.
        connect: Any = type("Client", (distributed.Client,), {"__del__": lambda _: None})
        try:
            client = _within(
                2 * ANSWER_WITHIN_S,
                lambda: connect(address, timeout=ANSWER_WITHIN_S, set_as_default=False),
            )
        except Exception as error:
            msg = f"--dask {address}: no scheduler responds; start one with `dask scheduler`"
            raise UsageError(msg) from error
        desk = f"{PLUGIN}-{secrets.token_hex(8)}"  # another class may be graded there, too
        try:
            with suppress(Exception):  # a worker that cannot have it is refused below
                plugin = _plugin(order)
                _within(ANSWER_WITHIN_S, lambda: client.register_plugin(plugin, name=desk))
            workers = Workers(client, address, desk, order, tell)
            workers.wait()
            yield workers
        finally:
            with suppress(Exception):  # the scheduler may be gone, or a worker hang
                _within(ANSWER_WITHIN_S, lambda: client.unregister_worker_plugin(desk))
            with suppress(Exception):
                _within(ANSWER_WITHIN_S, client.close)


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
    entry: Entry
    job: Job
    worker: str
    since: float


class Workers:
    """The crew of a cluster, see `grader.course.crew`."""

    def __init__(self, client: Any, address: str, desk: str, order: Order, tell: Tell) -> None:
        self._client, self._address, self._desk = client, address, desk
        self._order, self._tell = order, tell
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
        return not self._at_work and time.monotonic() - self._alone_since > WORKERS_WITHIN_S

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
        started, is_told = time.monotonic(), False
        while True:
            self._look()
            if self.threads:
                return
            if self._workers and all(worker.is_refused for worker in self._workers.values()):
                raise SandboxError(self._refusal)
            waited_s = time.monotonic() - started
            if not self._workers and not is_told:
                self._tell(
                    f"--dask {self._address}: no workers yet; waiting {WORKERS_WITHIN_S:g} s for "
                    "the first"
                )
                is_told = True
            if not self._workers and waited_s > WORKERS_WITHIN_S:
                raise UsageError(
                    f"--dask {self._address}: no workers; start some with `dask worker`"
                )
            if waited_s > WORKERS_WITHIN_S + READY_WITHIN_S:
                raise UsageError(
                    f"--dask {self._address}: no worker becomes ready; check their logs"
                )
            time.sleep(min(LOOK_EACH_S, 0.1))

    def take(self, entry: Entry, job: Job) -> None:
        """Give one to the worker that has the most room."""
        ready = {name: worker for name, worker in self._workers.items() if worker.has_room}
        name = max(ready, key=lambda name: ready[name].threads - len(ready[name].busy))
        future = self._submit(name, _run_there, self._desk, job)
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
            result = _within(ANSWER_WITHIN_S, future.result)
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
            threads = _within(LOST_AFTER_S, self._client.nthreads)
        except Exception as error:
            raise self._gone() from error
        now = self._looked_at = time.monotonic()
        was_at_work = self._at_work
        for name in self._workers.keys() - threads.keys():
            del self._workers[name]
        for name in sorted(threads.keys() - self._workers.keys()):
            opening = self._submit(name, _open_there, self._desk)
            self._workers[name] = _Worker(opening=opening)
        for name, worker in self._workers.items():
            if worker.opening is not None and worker.opening.done():
                self._open(name, worker, int(threads[name]))
        if was_at_work or self._at_work:
            self._alone_since = now

    def _open(self, name: str, worker: _Worker, threads: int) -> None:
        opening, worker.opening = worker.opening, None
        try:
            why = str(_within(ANSWER_WITHIN_S, opening.result))
        except Exception as error:  # noqa: BLE001  (it cannot even be asked)
            why = f"{type(error).__name__}: {error}; install the same jax-exercise-grader there"
        if not why:
            worker.threads = threads
            return
        worker.is_refused = True
        self._refusal = f"--dask {self._address}: worker {name} cannot grade: {why}"
        if self.threads:
            self._tell(self._refusal)

    def _gone(self) -> LostError:
        return LostError(
            f"--dask {self._address}: lost the scheduler, results so far are kept; restart it and "
            "run the same command again"
        )


def _plugin(order: Order) -> Any:
    from distributed.diagnostics.plugin import WorkerPlugin  # noqa: PLC0415

    base: Any = WorkerPlugin

    class Desk(base):  # type: ignore[misc]
        """A worker's answer key and fork server, for as long as the class is graded."""

        def __init__(self) -> None:
            self.order = order

        def setup(self, worker: Any) -> None:
            del worker
            self.lock = threading.Lock()
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
            self.answer_key = draw_key(assignment, order.seed)
            self.server = ForkServer()
            control.require(self.server)
            if order.is_isolation_required:
                doctor.require(self.server)
            return ""

        def teardown(self, worker: Any) -> None:
            del worker
            if self.server is not None:
                self.server.close()

    return Desk()


def _desk(name: str) -> Any:
    from distributed import get_worker  # noqa: PLC0415

    worker: Any = get_worker()
    return worker.plugins[name]


def _open_there(name: str) -> str:
    return str(_desk(name).open())


def _run_there(name: str, job: Job) -> JobResult:
    desk = _desk(name)
    why = desk.open()  # a worker that was started again may have the name of one that was ready
    if why:
        raise SandboxError(why)
    order = desk.order
    return run_job(job, desk.answer_key, desk.server, timeout_s=order.timeout_s, lang=order.lang)


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What a call gives. Raises TimeoutError when it does not end in time; it is left behind."""
    done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            done.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value


@contextmanager
def _silence() -> Iterator[None]:
    """What distributed logs and warns of is said in a line of ours, or is nothing to the reader."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
