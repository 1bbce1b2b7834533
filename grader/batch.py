"""A class: every submission graded, each written as it is done, the overview in the end."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from grader import cluster, doctor, registry, selftest
from grader.assignment import Assignment
from grader.catalogue import Catalogue, catalogue
from grader.collect import Entry, collect
from grader.errors import UnreadableError, UsageError
from grader.fingerprint import fingerprint, of_class
from grader.grade import grade
from grader.marking import Handed, Marked, failed, handed, mark
from grader.material import Material, described, prepare
from grader.ranking import Rank
from grader.report import csv as report_csv
from grader.report.overview import STUDENTS, Run, overview_files
from grader.results import SubmissionResult, SubmissionStatus
from grader.sandbox import ForkServer
from grader.store import Store, write

GUESSED_FROM = 40
"""So many submissions are looked at when the assignment is not named."""


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
    result: dict[str, Any]
    is_resumed: bool
    failed: bool = False


@dataclass
class Batch:
    """A batch; iterate over `run()` to let it work, then `finish()` writes the overview."""

    sources: Sequence[Path]
    store: Store
    options: Options
    skipped: tuple[str, ...] = ()
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: int = 0
    soundness: list[tuple[bool | None, str]] = field(default_factory=list)

    def open(self) -> None:
        """Find the submissions and the assignment. Raises UsageError."""
        name = self.options.assignment
        named = None if name is None else registry.load(name)
        found = collect(self.sources, rank=Rank(named))
        self.entries = found.entries
        self.skipped = found.skipped
        if not self.entries:
            names = ", ".join(str(source) for source in self.sources)
            msg = f"{names}: no submissions found; name folders, zips or files with notebooks"
            raise UsageError(msg)
        self.assignment = named or _guessed(self.entries)
        self.store.prepare()
        seed = self.options.seed
        if seed is None and not self.options.is_fresh:
            seed = self.store.any_seed()
        self.seed = secrets.randbits(32) if seed is None else seed

    def run(self) -> Iterator[Done]:
        """Grade what is not graded yet; yields each submission as it is done."""
        total = len(self.entries)
        waiting = []
        for entry in self.entries:
            kept = None if self.options.is_fresh else self._kept(entry)
            if kept is None:
                waiting.append(entry)
                continue
            self.results[entry.student] = kept
            yield Done(number=len(self.results), total=total, result=kept, is_resumed=True)
        if waiting:
            yield from self._grade_all(waiting, total)
        else:
            self.soundness.append((None, catalogue(self.options.lang).say("staff.sound_kept")))

    def _grade_all(self, waiting: Sequence[Entry], total: int) -> Iterator[Done]:
        material = self.material
        trials = selftest.trials(self.assignment)
        with ForkServer() as server:
            if self.options.is_isolation_required:
                doctor.require(server)
            pool = ThreadPoolExecutor(max_workers=max(1, self.options.jobs))
            try:
                before = [pool.submit(self._try, trial, material, server) for trial in trials]
                with self._workers(pool, material, server) as (workers, count, marks):
                    queue = iter(waiting)
                    running: dict[Future[Marked], Handed] = {}

                    def fill() -> None:
                        for entry in itertools.islice(queue, max(0, 2 * count - len(running))):
                            one = handed(entry)
                            running[workers.submit(marks, one)] = one

                    fill()
                    self._tell_sound(trials, [future.result() for future in before])
                    while running:
                        for future in wait(running, return_when=FIRST_COMPLETED).done:
                            one = running.pop(future)
                            try:
                                marked = future.result()
                            except Exception as error:  # noqa: BLE001  (a worker that was lost)
                                lang = self.options.lang
                                marked = failed(one, material, server, error, lang=lang)
                            yield self._done(one, marked, total)
                        fill()
                self._tell_sound_after(trials, material, server)
            except BaseException:
                server.close()  # ends what the threads are waiting for
                raise
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    @contextmanager
    def _workers(
        self, pool: Executor, material: Material, server: ForkServer
    ) -> Iterator[tuple[Executor, int, Callable[[Handed], Marked]]]:
        """Who grades the class: an executor, how many it grades at a time, and what it calls."""
        options = self.options
        if options.dask is None:
            marks = partial(
                mark,
                material=material,
                server=server,
                timeout_s=options.timeout_s,
                lang=options.lang,
            )
            yield pool, max(1, options.jobs), marks
            return
        order = cluster.Order(
            assignment=options.assignment or self.assignment.name,
            seed=self.seed,
            lang=options.lang,
            timeout_s=options.timeout_s,
            fingerprint=self._shared,
            is_isolation_required=options.is_isolation_required,
        )
        with cluster.connected(options.dask, order) as workers:
            yield workers

    def _done(self, one: Handed, marked: Marked, total: int) -> Done:
        """Keep a result, in memory and on disk, and tell that it is there."""
        if marked.failed:
            # No result.json: the next run grades it again.
            write(self.store.student(one.student) / "feedback.html", marked.page)
            self.failures += 1
        else:
            self.store.save(one.student, marked.data, marked.page)
        self.results[one.student] = marked.data
        return Done(
            number=len(self.results),
            total=total,
            result=marked.data,
            is_resumed=False,
            failed=marked.failed,
        )

    def _try(
        self, trial: selftest.Trial, material: Material, server: ForkServer
    ) -> SubmissionResult:
        timeout_s = max(self.options.timeout_s, selftest.LEAST_TIMEOUT_S)
        return grade(trial.submission, material, server, student=trial.kind, timeout_s=timeout_s)

    def _tell_sound(
        self, trials: Sequence[selftest.Trial], results: Sequence[SubmissionResult]
    ) -> None:
        """Note what the trials before the class showed. Raises AssignmentError if one fails."""
        texts = catalogue(self.options.lang)
        for trial, result in zip(trials, results, strict=True):
            selftest.require_sound(self.assignment, trial, result)
            self.soundness.append(selftest.sentence(trial, result, texts))
        if all(trial.kind != "right" for trial in trials):
            self.soundness.append((None, texts.say("staff.sound_no_right")))

    def _tell_sound_after(
        self, trials: Sequence[selftest.Trial], material: Material, server: ForkServer
    ) -> None:
        texts = catalogue(self.options.lang)
        right = [trial for trial in trials if trial.kind == "right"]
        for place, trial in enumerate(right, 1):
            result = self._try(trial, material, server)
            said = selftest.sentence(trial, result, texts, is_after=True)
            self.soundness.insert(place, said)
        self.soundness.append((None, texts.say("staff.sound_audit")))

    def _kept(self, entry: Entry) -> dict[str, Any] | None:
        """The result of an earlier run, if it is for the same bytes, seed and versions."""
        kept = self.store.load(entry.student)
        if kept is None:
            return None
        is_same = (
            kept["assignment"] == self.assignment.name
            and kept["seed"] == self.seed
            and kept["environment"].get("fingerprint") == self._fingerprint(entry, kept)
            and kept["submission"]["sha256"] == _digest(entry)
        )
        return kept if is_same else None

    def _fingerprint(self, entry: Entry, kept: dict[str, Any]) -> str:
        is_read = kept["status"] != SubmissionStatus.UNREADABLE
        return fingerprint(self._shared, entry.load_modules() if is_read else {})

    @cached_property
    def _shared(self) -> str:
        return of_class(self.assignment, self._texts())

    @cached_property
    def material(self) -> Material:
        """Cases and right answers, asked for once."""
        return prepare(self.assignment, self.seed, self.options.lang)

    def _texts(self) -> Catalogue:
        return catalogue(self.options.lang, self.assignment.notebook.parent)

    def finish(self, duration_s: float) -> None:
        """Write `grades.csv` and `index.html` from all results."""
        results = [self.results[entry.student] for entry in self.entries]
        write(self.store.folder / "grades.csv", report_csv.grades_csv(results))
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
            write(self.store.folder / name, page)
        if STUDENTS not in pages:
            (self.store.folder / STUDENTS).unlink(missing_ok=True)


def _digest(entry: Entry) -> str:
    try:
        return hashlib.sha256(entry.load()).hexdigest()
    except UnreadableError:
        return ""


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


def remaining(done: Sequence[float], left: int, jobs: int) -> float | None:
    """Seconds that are likely left, from how long the last submissions took; None at first."""
    if len(done) < 3:
        return None
    recent = sorted(done[-15:])
    return recent[len(recent) // 2] * left / max(jobs, 1)


Clock = Callable[[], float]
now: Clock = time.monotonic
