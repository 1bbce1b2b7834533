"""A class: every submission graded, each written as it is done, the overview in the end."""

from __future__ import annotations

import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from grader import atomic
from grader.assignment import Assignment, registry
from grader.catalogue import Catalogue, Message, catalogue, say
from grader.course import cluster, controls
from grader.course.collecting.collect import Entry, collect
from grader.course.crew import Crew, Threads
from grader.course.job import Job, JobResult, failed, job_of, run_job, said_of
from grader.course.resume import Earlier
from grader.course.store import Store
from grader.errors import LostError, SandboxError, UsageError
from grader.judging.answer_key import Material, described, prepare
from grader.judging.grade import grade_ours
from grader.judging.ranking import Rank
from grader.reading.unreadable import SourceError, UnreadableError
from grader.report import grades_csv as report_csv
from grader.report.overview import STUDENTS_PATTERN, Run, overview_files
from grader.report.stored import StoredResult
from grader.results import SubmissionResult
from grader.sandbox import ForkServer, control, doctor, machine

GUESSED_FROM = 40
"""So many submissions are looked at when the assignment is not named."""
TICK_S = 1.0
"""So often a crew is looked at when nothing ends."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a batch is run with."""

    assignment: str | None
    seed: int | None
    timeout_s: float
    jobs: int
    is_fresh: bool
    is_isolation_required: bool = False
    lang: str = "en"
    dask: str | None = None
    """The address of a Dask scheduler whose workers grade, in place of threads here."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """One submission of a batch that has its result; `number` counts them as they end."""

    number: int
    total: int
    result: StoredResult
    is_resumed: bool
    failed: bool = False


@dataclass
class Batch:
    """A batch: `open()` it, iterate over `run()` to let it work, `finish()` writes the overview.

    `close()` it in the end, whatever happens: it holds the folder. `tell` is called with a line
    for the person who waits.
    """

    sources: Sequence[Path]
    store: Store
    options: Options
    tell: Callable[[str], None] = field(default=lambda _: None)
    skipped: tuple[Message, ...] = ()
    chosen: tuple[Message, ...] = ()
    results: dict[str, StoredResult] = field(default_factory=dict)
    failures: int = 0
    soundness: list[tuple[bool | None, str]] = field(default_factory=list)
    rows: list[StoredResult] = field(default_factory=list)
    """What the table of the class shows, once it is finished: also who is no longer there."""
    aside: list[Entry] = field(default_factory=list)
    """What was left undecided, to be judged again alone."""

    def open(self) -> None:
        """Find the submissions and the assignment, lock the folder.

        Raises: UsageError; SandboxError where the machine does not allow so many jobs.
        """
        machine.require(1 if self.options.dask else self.options.jobs)
        name = self.options.assignment
        named = None if name is None else registry.load(name)
        rank = Rank(named)
        found = collect(self.sources, rank=rank, holds=rank.holds)
        self.entries = found.entries
        self.skipped, self.chosen = found.skipped, found.chosen
        if not self.entries:
            names = ", ".join(str(source) for source in self.sources)
            msg = f"{names}: no submissions found; name folders, zips or files with notebooks"
            raise UsageError(msg)
        self.assignment = named or _guessed(self.entries)
        if not self.store.open():
            folder = self.store.folder
            self.tell(f"{folder}: its file system has no locks; start no other run into it")
        seed = self.options.seed
        if seed is None and not self.options.is_fresh:
            seed = self.store.any_seed([entry.student for entry in self.entries])
        self.seed = secrets.randbits(32) if seed is None else seed

    def close(self) -> None:
        """Let another run have the folder."""
        self.store.close()

    def run(self) -> Iterator[Done]:
        """Grade what is not graded yet; yields each submission as it is done."""
        waiting = []
        for entry in self.entries:
            kept = None if self.options.is_fresh else self.earlier.result_of(entry)
            if kept is None:
                waiting.append(entry)
                continue
            self.results[entry.student] = kept
            yield self._told(kept, is_resumed=True)
        if waiting:
            yield from self._grade_all(waiting)
        else:
            self.soundness.append((None, catalogue(self.options.lang).say("staff.sound_kept")))

    def _grade_all(self, waiting: Sequence[Entry]) -> Iterator[Done]:
        material = self.material
        trials = controls.trials(self.assignment)
        with ForkServer() as server:
            control.require(server)
            if self.options.is_isolation_required:
                doctor.require(server)
            pool = ThreadPoolExecutor(max_workers=max(1, self.options.jobs))
            try:
                before = [pool.submit(self._try, trial, material, server) for trial in trials]
                here = Threads(pool, max(1, self.options.jobs), self._runner(server))
                with self._crew(here) as crew:
                    sound = partial(self._tell_sound, trials, before)
                    yield from self._shared_out(deque(waiting), crew, here, sound)
                self._tell_sound_after(trials, material, server)
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
    ) -> Iterator[Done]:
        """Have the crew grade what is in the queue; what it leaves undecided is put aside.

        Whether the checking is sound is looked at when the crew has begun.
        """
        lost: set[str] = set()
        while queue or not crew.is_idle:
            if crew.is_gone:
                self.tell("no worker is left; the rest is graded here")
                crew = here
            while queue and crew.has_room:
                entry = queue.popleft()
                job = job_of(entry)
                if job.fault is None:
                    crew.take(entry, job)
                else:
                    yield self._done(job, here.run(job))
            if not self.soundness:
                sound()
            for ended in crew.ended(TICK_S):
                student = ended.entry.student
                if ended.result is None and student not in lost:
                    lost.add(student)
                    queue.appendleft(ended.entry)  # to whoever is left
                elif ended.result is None or ended.result.suspect:
                    self.aside.append(ended.entry)
                else:
                    yield self._done(ended.job, ended.result)

    def _alone(self) -> Iterator[Done]:
        """Judge again, one by one and with nothing beside it, what was left undecided."""
        for entry in sorted(self.aside, key=lambda entry: entry.student):
            job = job_of(entry)
            try:
                with ForkServer() as server:
                    control.require(server)
                    result = self._runner(server, is_last=True)(job)
            except (SandboxError, OSError) as error:
                result = failed(job, self.material, None, error, lang=self.options.lang)
            yield self._done(job, result)

    def _give_up(self, waiting: Sequence[Entry], server: ForkServer, error: LostError) -> None:
        """Give a row to everybody who was not graded: nobody is lost with a cluster."""
        for entry in waiting:
            if entry.student not in self.results:
                job = job_of(entry)
                result = failed(job, self.material, server, error, lang=self.options.lang)
                self._keep(job, result, is_judged=False)

    def _runner(self, server: ForkServer, *, is_last: bool = False) -> Callable[[Job], JobResult]:
        options = self.options
        return partial(
            run_job,
            material=self.material,
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
        order = cluster.Order(
            assignment=options.assignment or self.assignment.name,
            seed=self.seed,
            lang=options.lang,
            timeout_s=options.timeout_s,
            fingerprint=self.earlier.shared,
            is_isolation_required=options.is_isolation_required,
        )
        with cluster.connected(options.dask, order, self.tell) as workers:
            yield workers

    def _done(self, job: Job, result: JobResult) -> Done:
        """Keep a result, in memory and on disk, and tell that it is there."""
        self._keep(job, result, is_judged=not isinstance(job.fault, SourceError))
        return self._told(result.stored, failed=result.failed)

    def _keep(self, job: Job, result: JobResult, *, is_judged: bool) -> None:
        """Keep a result; where nobody looked at the submission, an earlier one stays."""
        if not result.failed:
            self.store.save(job.student, result.stored, result.page, result.kept)
        else:
            self.failures += 1
            if is_judged or self.store.load(job.student) is None:
                self.store.save_failed(job.student, result.page)
        self.results[job.student] = result.stored

    def _told(
        self, result: StoredResult, *, is_resumed: bool = False, failed: bool = False
    ) -> Done:
        return Done(
            number=len(self.results),
            total=len(self.entries),
            result=result,
            is_resumed=is_resumed,
            failed=failed,
        )

    def _try(
        self, trial: controls.Trial, material: Material, server: ForkServer
    ) -> SubmissionResult:
        """The result of a trial. Raises SandboxError when the machine does not let it end."""
        timeout_s = max(self.options.timeout_s, controls.LEAST_TIMEOUT_S)
        return grade_ours(
            trial.submission, material, server, student=trial.kind, timeout_s=timeout_s
        )

    def _tell_sound(
        self,
        trials: Sequence[controls.Trial],
        running: Sequence[Future[SubmissionResult]],
    ) -> None:
        """Note what the trials before the class showed. Raises AssignmentError if one fails."""
        texts = catalogue(self.options.lang)
        for trial, future in zip(trials, running, strict=True):
            result = future.result()
            controls.require_sound(self.assignment, trial, result)
            self.soundness.append(controls.sentence(trial, result, texts))
        if all(trial.kind != "right" for trial in trials):
            self.soundness.append((None, texts.say("staff.sound_no_right")))

    def _tell_sound_after(
        self, trials: Sequence[controls.Trial], material: Material, server: ForkServer
    ) -> None:
        texts = catalogue(self.options.lang)
        right = [trial for trial in trials if trial.kind == "right"]
        for place, trial in enumerate(right, 1):
            try:
                result = self._try(trial, material, server)
            except SandboxError as error:  # what was graded before it stands all the same
                self.failures += 1
                said = texts.say("staff.sound_not_after", why=texts.tell(said_of(error)))
                self.soundness.insert(place, (False, said))
                continue
            self.soundness.insert(place, controls.sentence(trial, result, texts, is_after=True))
        self.soundness.append((None, texts.say("staff.sound_audit")))

    def _gone(self) -> list[StoredResult]:
        """What is kept of students of whom nothing is in the sources any more."""
        found = []
        for student, kept in self.earlier.gone({entry.student for entry in self.entries}):
            if kept is not None:
                found.append(kept)
                continue
            error = SourceError("", say("staff.gone_unchecked"))
            job = Job(student=student, name="", fault=error)
            said = failed(job, self.material, None, error, lang=self.options.lang).stored
            found.append(replace(said, is_gone=True))
        return [one for one in found if one.assignment == self.assignment.name]

    @cached_property
    def earlier(self) -> Earlier:
        """What earlier runs left."""
        return Earlier(
            store=self.store, assignment=self.assignment, seed=self.seed, lang=self.options.lang
        )

    @cached_property
    def material(self) -> Material:
        """Cases and right answers, asked for once."""
        return prepare(self.assignment, self.seed)

    def _texts(self) -> Catalogue:
        return catalogue(self.options.lang, self.assignment.folder)

    def finish(self, duration_s: float) -> None:
        """Write `grades.csv` and `index.html` from all results."""
        results = self.rows = sorted(
            [*(self.results[entry.student] for entry in self.entries), *self._gone()],
            key=lambda result: result.student,
        )
        atomic.write(self.store.folder / "grades.csv", report_csv.grades_csv(results))
        known = Run(
            title=self._texts().tell(self.assignment.title),
            seed=self.seed,
            duration_s=duration_s,
            jobs=self.options.jobs,
            soundness=self.soundness,
            inputs=described(self.material),
        )
        pages = overview_files(results, known, lang=self.options.lang)
        for name, page in pages.items():
            atomic.write(self.store.folder / name, page)
        for left in self.store.folder.glob(STUDENTS_PATTERN):
            if left.name not in pages:
                left.unlink(missing_ok=True)


def _guessed(entries: Sequence[Entry]) -> Assignment:
    votes: Counter[str] = Counter()
    for entry in entries[:GUESSED_FROM]:
        try:
            votes[registry.guess(entry.read()).name] += 1
        except (UnreadableError, UsageError):
            continue
    ranked = votes.most_common()
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        known = ", ".join(registry.names())
        msg = f"the assignment is not clear from the submissions; say which with -a, one of {known}"
        raise UsageError(msg)
    return registry.load(ranked[0][0])


Clock = Callable[[], float]
now: Clock = time.monotonic
