"""Grades a class: workers, controls, and retries of what the machine may have spoilt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from grader.catalog import catalog
from grader.course import cluster, controls
from grader.course.collecting.entry import Entry
from grader.course.controls import Control
from grader.course.crew import Crew, Threads
from grader.course.dask_worker import Order, fingerprint_of
from grader.course.job import Job, JobResult, failed, fresh_server, job_of, run_job
from grader.course.options import Options
from grader.errors import LostError, SandboxError
from grader.judging.answer_key import AnswerKey
from grader.results import SubmissionResult
from grader.sandbox import doctor
from grader.sandbox.control import require
from grader.sandbox.server import ForkServer

TICK_S = 1.0
"""So often a crew is looked at when nothing ends."""


@dataclass(kw_only=True)
class ClassRun:
    """The grading of the submissions of a class that have no result yet, once.

    `tell` is called with a line for the person who waits.
    """

    answer_key: AnswerKey
    options: Options
    tell: Callable[[str], None]
    soundness: list[tuple[bool | None, str]] = field(default_factory=list)
    """What the controls showed: whether they hold, and how that is said to staff."""
    failures: int = 0
    """Controls that could not be graded after the class."""
    given_up: list[tuple[Job, JobResult]] = field(default_factory=list)
    """What nobody looked at, since the cluster was lost: a result for each of them says so."""
    _aside: list[Entry] = field(default_factory=list)
    """What was left undecided, to be judged again alone."""
    _graded: set[str] = field(default_factory=set)

    def results(self, waiting: Sequence[Entry]) -> Iterator[tuple[Job, JobResult]]:
        """Each submission with its result, as soon as it has one.

        Raises: AssignmentError where a control fails; SandboxError where the machine does.
        """
        known = controls.controls_of(self.answer_key.assignment)
        with ForkServer() as server:
            require(server)
            if self.options.is_isolation_required:
                doctor.require(server)
            pool = ThreadPoolExecutor(max_workers=max(1, self.options.jobs))
            try:
                before = [pool.submit(self._control, control, server) for control in known]
                here = Threads(pool, max(1, self.options.jobs), self._runner(server))
                with self._crew(here) as crew:
                    sound = partial(self._tell_sound, known, before)
                    yield from self._shared_out(deque(waiting), crew, here, sound)
                self._tell_sound_after(server)
            except LostError as error:
                self.tell(str(error))
                self._give_up(waiting, server, error)
                return
            except BaseException:
                server.close()  # ends what the threads are waiting for
                raise
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        yield from self._alone()

    def _shared_out(
        self, queue: deque[Entry], crew: Crew, here: Threads, sound: Callable[[], None]
    ) -> Iterator[tuple[Job, JobResult]]:
        """Have the crew grade what is in the queue; what it leaves undecided is put aside.

        Whether the checking is sound is looked at when the crew has begun.
        """
        lost: set[str] = set()
        while queue or not crew.is_idle:
            if crew.is_gone:
                self.tell("no worker is left; grading the rest on this machine")
                crew = here
            while queue and crew.has_room:
                entry = queue.popleft()
                job = job_of(entry)
                if job.fault is None:
                    crew.take(entry, job)
                else:
                    self._graded.add(job.student)
                    yield job, here.run(job)
            if not self.soundness:
                sound()
            for ended in crew.ended(TICK_S):
                student = ended.entry.student
                if ended.result is None and student not in lost:
                    lost.add(student)
                    queue.appendleft(ended.entry)  # to whoever is left
                elif ended.result is None or ended.result.suspect:
                    self._aside.append(ended.entry)
                else:
                    self._graded.add(student)
                    yield ended.job, ended.result

    def _alone(self) -> Iterator[tuple[Job, JobResult]]:
        """Judge again, one by one and with nothing next to it, what was left undecided."""
        if self._aside and self.options.dask:
            self.tell(f"submissions to grade again on this machine, alone: {len(self._aside)}")
        for entry in sorted(self._aside, key=lambda entry: entry.student):
            job = job_of(entry)
            try:
                with fresh_server() as server:
                    result = self._runner(server, is_last=True)(job)
            except (SandboxError, OSError) as error:
                result = failed(job, self.answer_key, None, error, lang=self.options.lang)
            yield job, result

    def _give_up(self, waiting: Sequence[Entry], server: ForkServer, error: LostError) -> None:
        """Have a result for everybody who was not graded: nobody is lost with a cluster."""
        for entry in waiting:
            if entry.student not in self._graded:
                job = job_of(entry)
                result = failed(job, self.answer_key, server, error, lang=self.options.lang)
                self.given_up.append((job, result))

    def _runner(self, server: ForkServer, *, is_last: bool = False) -> Callable[[Job], JobResult]:
        options = self.options
        return partial(
            run_job,
            answer_key=self.answer_key,
            server=server,
            timeout_s=options.timeout_s,
            lang=options.lang,
            is_last=is_last,
        )

    @contextmanager
    def _crew(self, here: Crew) -> Iterator[Crew]:
        """Who grades the class."""
        options = self.options
        if options.dask is None:
            yield here
            return
        order = Order(
            assignment=options.assignment or self.answer_key.assignment.name,
            seed=self.answer_key.seed,
            lang=options.lang,
            timeout_s=options.timeout_s,
            fingerprint=fingerprint_of(
                self.answer_key.assignment, options.lang, self.answer_key.seed
            ),
            is_isolation_required=options.is_isolation_required,
        )
        with cluster.connected(options.dask, order, self.tell) as workers:
            yield workers

    # Controls ------------------------------------------------------------------------------

    def _control(self, control: Control, server: ForkServer) -> SubmissionResult:
        return controls.graded(control, self.answer_key, server, timeout_s=self.options.timeout_s)

    def _tell_sound(
        self, known: Sequence[Control], running: Sequence[Future[SubmissionResult]]
    ) -> None:
        """Note what the controls before the class showed. Raises AssignmentError if one fails."""
        texts = catalog(self.options.lang)
        for control, future in zip(known, running, strict=True):
            result = future.result()
            controls.require_sound(self.answer_key.assignment, control, result)
            self.soundness.append(controls.sentence(control, result, texts))
        if all(control.kind != "right" for control in known):
            self.soundness.append((None, texts.say("staff.sound_no_right")))

    def _tell_sound_after(self, server: ForkServer) -> None:
        texts = catalog(self.options.lang)
        timeout_s = self.options.timeout_s
        last, failures = controls.after(self.answer_key, server, texts, timeout_s=timeout_s)
        self.failures += failures
        self.soundness[:] = controls.together(self.soundness, last, texts)
