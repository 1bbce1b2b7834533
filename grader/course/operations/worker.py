"""Grades what is in the queue: threads of this process, with a fork server, until nothing is left.

The fork server is started before the store is reached, so no process of a student's code has ever
known of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from grader.catalog import catalog
from grader.course import controls
from grader.course.job import Job as Work
from grader.course.job import JobResult, failed, fresh_server, run_job
from grader.course.operations import queue
from grader.course.operations.apart import Order, graded_apart
from grader.course.operations.assignments import declaration_of
from grader.course.operations.handed_in import job_in
from grader.course.operations.outcomes import finish
from grader.course.operations.queue import Lease
from grader.course.records import connection
from grader.course.records.blobs import DamagedError
from grader.course.records.events import Actor, record
from grader.course.records.models import Job, Release
from grader.errors import GraderError, SandboxError
from grader.judging.answer_key import AnswerKey, draw_key
from grader.sandbox.server import ForkServer

IDLE_S = 0.5
"""So long a thread waits when the queue has nothing for it."""
MOST_KEYS = 32
"""So many answer keys are kept: each attempt has a seed of its own."""


@dataclass(frozen=True, kw_only=True)
class Graded:
    """A job that has its result."""

    student: str
    assignment: str
    attempt: int
    result: JobResult
    campaign: bool = False


class Room:
    """Who grades at the same time: many, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be one of many, unless somebody is or wants to be alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: self._inside == 0)
            self._inside = -1
        try:
            yield
        finally:
            with self._changed:
                self._inside = 0
                self._waiting -= 1
                self._changed.notify_all()


@dataclass(kw_only=True)
class Grading:
    """A process that grades: `run()` yields what it grades.

    `tell` is called with a line for the person who waits.
    """

    server: ForkServer
    lang: str
    actor: Actor
    tell: Callable[[str], None]
    jobs: int = 1
    assignment_id: int | None = None
    is_isolation_required: bool = False
    worker: str = field(default_factory=queue.new_worker)
    soundness: dict[int, list[tuple[bool | None, str]]] = field(default_factory=dict)
    """What controls showed, by release."""
    _keys: OrderedDict[tuple[int, int], AnswerKey] = field(default_factory=OrderedDict)
    _controlled: dict[int, AnswerKey] = field(default_factory=dict)
    _held: dict[int, Lease] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _room: Room = field(default_factory=Room)
    _unusable: dict[int, GraderError] = field(default_factory=dict)
    """Why nothing can be graded with a release; what is of others is."""
    _over: threading.Event = field(default_factory=threading.Event)
    _error: BaseException | None = None

    def run(self, each: Callable[[Graded], None], *, is_forever: bool = False) -> None:
        """Grade until the queue is empty, or until `stop`; `each` is called for each result.

        Raises: UsageError where something waits for an assignment that cannot be used; whatever a
        thread could not cope with, such as StoreError.
        """
        threads = [
            threading.Thread(target=self._work, args=(each, is_forever), daemon=True)
            for _ in range(self.jobs)
        ]
        with self.beating():
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    while thread.is_alive():
                        thread.join(0.2)
            except BaseException:
                self.stop()
                raise
        if self._error is not None:
            raise self._error
        if self._unusable and not is_forever:
            raise next(iter(self._unusable.values()))

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep what this process has in its hands; in the end, give it back."""
        ended = threading.Event()
        beat = threading.Thread(target=self._beat, args=(ended,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            ended.set()
            self._let_go()
            beat.join(2 * IDLE_S)

    def stop(self) -> None:
        """Take no further job."""
        self._over.set()

    # Threads --------------------------------------------------------------------------------

    def _work(self, each: Callable[[Graded], None], is_forever: bool) -> None:  # noqa: FBT001
        try:
            while not self._over.is_set():
                self._give_up_lapsed(each)
                unusable = list(self._unusable)
                held = queue.lease(self.worker, self.assignment_id, without=unusable)
                if held is not None:
                    self.grade(held, each)
                elif is_forever or queue.is_open(self.assignment_id, without=unusable):
                    self._over.wait(IDLE_S)
                else:
                    break
        except BaseException as error:  # noqa: BLE001  (raised where the threads are waited for)
            self._error = self._error or error
            self._over.set()
        finally:
            connection.close()

    def _beat(self, ended: threading.Event) -> None:
        try:
            while not ended.wait(queue.HEARTBEAT_S):
                with self._lock:
                    held = list(self._held.values())
                queue.renew(held)
        except Exception as error:  # noqa: BLE001  (without a heartbeat others take the jobs)
            self._error = self._error or error
            self._over.set()
        finally:
            connection.close()

    def _let_go(self) -> None:
        """Give back what is not finished: who comes next need not wait."""
        with self._lock:
            held, self._held = self._held, {}
        for one in held.values():
            queue.give_back(one, "stopped", is_our_choice=True)

    # A job ----------------------------------------------------------------------------------

    def hold(self, held: Lease) -> Job:
        """Keep a lease until its job is graded; the job."""
        with self._lock:
            self._held[held.job] = held
        return _row(held.job)

    def keep(self, held: Lease, result: JobResult, each: Callable[[Graded], None]) -> None:
        """Keep a result that somebody else found."""
        self._decide(held, _row(held.job), result, each)

    def grade(self, held: Lease, each: Callable[[Graded], None]) -> None:
        """Grade a job here, and keep its result."""
        job = self.hold(held)
        try:
            key = self.key(job.release, job.seed)
        except GraderError as error:
            self._put_off(held, job, error)
            return
        self._decide(held, job, self._result(job, key, is_apart=held.is_apart), each)

    def _decide(
        self, held: Lease, job: Job, result: JobResult, each: Callable[[Graded], None]
    ) -> None:
        """Keep a result, or let the job be tried again, apart, where the grader failed."""
        with self._lock:
            if self._held.get(held.job) != held:
                return  # it was given back
        if result.failed and not held.is_apart:
            queue.give_back(held, " ".join(result.stored.messages[:1]))
        else:
            self._keep(held, job, result, each)
        self._let(held)

    def _put_off(self, held: Lease, job: Job, error: GraderError) -> None:
        """Leave what is of a release that cannot be graded with: the others come first."""
        queue.give_back(held, str(error), is_our_choice=True)
        self._let(held)
        with self._lock:
            is_known = job.release_id in self._unusable
            self._unusable[job.release_id] = error
        if not is_known:
            self.tell(str(error))

    def _let(self, held: Lease) -> None:
        with self._lock:
            if self._held.get(held.job) == held:
                del self._held[held.job]

    def _keep(
        self, held: Lease, job: Job, result: JobResult, each: Callable[[Graded], None]
    ) -> None:
        if finish(held, result, self.actor):
            row = job.submission
            with self._lock:
                each(
                    Graded(
                        student=row.enrolment.student,
                        assignment=row.assignment.slug,
                        attempt=row.attempt,
                        result=result,
                        campaign=job.campaign_id is not None,
                    )
                )

    def _result(self, job: Job, key: AnswerKey, *, is_apart: bool) -> JobResult:
        try:
            work = job_in(job.submission)
        except DamagedError as error:
            return failed(_nothing_in(job), key, None, error, lang=self.lang)
        timeout_s = job.release.timeout_s
        if is_apart:
            with self._room.shared():
                return self._apart(work, job, key)
        with self._room.shared():
            result = run_job(work, key, self.server, timeout_s=timeout_s, lang=self.lang)
        if not result.suspect:
            return result
        with self._room.alone():
            return self._once_more(work, key, timeout_s)

    def _apart(self, work: Work, job: Job, key: AnswerKey) -> JobResult:
        """The result by a process that may end: it is the last that is tried."""
        order = Order(
            job=work,
            assignment=job.release.spec,
            seed=job.seed,
            timeout_s=job.release.timeout_s,
            lang=self.lang,
        )
        try:
            return graded_apart(order)
        except (SandboxError, OSError) as error:
            return failed(work, key, None, error, lang=self.lang)

    def _once_more(self, work: Work, key: AnswerKey, timeout_s: float) -> JobResult:
        """The result of a second try with all anew, and nothing next to it."""
        try:
            with fresh_server() as server:
                return run_job(work, key, server, timeout_s=timeout_s, lang=self.lang, is_last=True)
        except (SandboxError, OSError) as error:
            return failed(work, key, None, error, lang=self.lang)

    def _give_up_lapsed(self, each: Callable[[Graded], None]) -> None:
        """Have a result for what was tried too often: nobody is lost."""
        for job in queue.lapsed(self.assignment_id):
            held = queue.take_over(job, self.worker)
            if held is None:
                continue
            row = _row(job.id)
            error = SandboxError(
                f"grading ended {job.tries} times with its process; run grader course grade "
                "--retry-failed"
            )
            try:
                key = self.key(row.release, row.seed)
            except GraderError as unusable:
                self._put_off(held, row, unusable)
                continue
            self._keep(held, row, failed(_nothing_in(row), key, None, error, lang=self.lang), each)

    def key(self, release: Release, seed: int) -> AnswerKey:
        """The answer key of a seed, drawn once; the release's controls are graded before."""
        with self._lock:
            key = self._keys.get((release.id, seed))
            if key is None:
                key = draw_key(declaration_of(release), seed)
                self._keys[release.id, seed] = key
                if release.id not in self.soundness:
                    self._controlled[release.id] = key
                    self.soundness[release.id] = self._controls(key, release.timeout_s)
                while len(self._keys) > MOST_KEYS:
                    self._keys.popitem(last=False)
            self._keys.move_to_end((release.id, seed))
            return key

    def _controls(self, key: AnswerKey, timeout_s: float) -> list[tuple[bool | None, str]]:
        """What the controls show. Raises AssignmentError where one fails."""
        return controls.before(key, self.server, catalog(self.lang), timeout_s=timeout_s)

    def look_again(self) -> int:
        """Grade the correct solutions again, in the end; how many could not be."""
        texts, failures = catalog(self.lang), 0
        for release_id, first in self.soundness.items():
            release = Release.objects.select_related("assignment").get(id=release_id)
            key = self._controlled[release_id]
            last, failed = controls.after(key, self.server, texts, timeout_s=release.timeout_s)
            failures += failed
            said = controls.together(first, last, texts)
            with connection.writing():
                detail = {"release": release.n, "said": [list(one) for one in said]}
                record(self.actor, "controls", release.assignment.slug, detail)
        return failures


def _row(job_id: int) -> Job:
    found: Job = Job.objects.select_related(
        "submission__enrolment", "submission__assignment", "release__assignment"
    ).get(id=job_id)
    return found


def _nothing_in(job: Job) -> Work:
    """The work of a job whose bytes are not to be looked at, or cannot be."""
    row = job.submission
    return Work(student=row.enrolment.student, name=row.filename)
