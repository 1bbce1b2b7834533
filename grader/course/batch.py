"""A class: every submission graded, each written as it is done, the overview in the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from grader import atomic
from grader.assignment import Assignment, registry
from grader.catalog import Catalog, Message, catalog, say
from grader.course.class_run import ClassRun
from grader.course.collecting.collect import collect
from grader.course.collecting.entry import Entry
from grader.course.job import Job, JobResult, failed
from grader.course.naming import named_students
from grader.course.options import Options, new_seed
from grader.course.resume import EarlierRuns, is_still_unreadable
from grader.course.returning import require_place, write_reports
from grader.course.store import Store
from grader.errors import UsageError
from grader.judging.answer_key import AnswerKey, described, draw_key
from grader.judging.ranking import Rank
from grader.reading.unreadable import SourceError, UnreadableError
from grader.report import grades_csv as report_csv
from grader.report.overview import STUDENTS_PATTERN, Run, overview_files
from grader.report.stored import StoredResult
from grader.sandbox import machine

GUESSED_FROM = 40
"""So many submissions are looked at when the assignment is not named."""


@dataclass(frozen=True, kw_only=True)
class FinishedSubmission:
    """One submission of a batch that has its result; `number` counts them as they end."""

    number: int
    total: int
    result: StoredResult
    is_resumed: bool
    failed: bool = False


@dataclass(kw_only=True)
class Batch:
    """A class to be graded: iterate over `run()` to let it work, `finish()` writes the overview.

    `open_batch` makes one. `tell` is called with a line for the person who waits.
    """

    entries: Sequence[Entry]
    assignment: Assignment
    seed: int
    store: Store
    options: Options
    tell: Callable[[str], None]
    skipped: tuple[Message, ...] = ()
    chosen: tuple[Message, ...] = ()
    results: dict[str, StoredResult] = field(default_factory=dict)
    failures: int = 0
    soundness: list[tuple[bool | None, str]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Who would have been graded too, had it not been for some students only."""
    before: dict[str, StoredResult] = field(default_factory=dict)
    """What those who are graded again by `--only` had, by ID."""
    rows: list[StoredResult] = field(default_factory=list)
    """What the table of the class shows, once it is finished: also who is no longer there."""

    def run(self) -> Iterator[FinishedSubmission]:
        """Grade what is not graded yet; yields each submission as it is done."""
        waiting = []
        for entry in self.entries:
            kept = self._kept(entry)
            if kept is None:
                waiting.append(entry)
                continue
            self.results[entry.student] = kept
            yield self._told(kept, is_resumed=True)
        if waiting:
            yield from self._grade_all(waiting)
        else:
            self.soundness.append((None, catalog(self.options.lang).say("staff.sound_kept")))

    def left(self) -> list[str]:
        """Who has no result yet, in the order in which they are graded."""
        return [entry.student for entry in self.entries if entry.student not in self.results]

    def _kept(self, entry: Entry) -> StoredResult | None:
        """The result that stands, None for one that is graded now."""
        if entry.student in self.options.only:
            if before := self._in_folder(entry.student):
                self.before[entry.student] = before
            return None
        if self.options.is_fresh:
            return None
        kept = self.earlier.result_of(entry)
        if kept is not None or not self.options.only:
            return kept
        if found := self._in_folder(entry.student):
            if not is_still_unreadable(found, entry):
                self.stale.append(entry.student)
            return found
        self.stale.append(entry.student)
        self.failures += 1
        return self._ungraded(entry.student, entry.name, "staff.not_graded")

    def _in_folder(self, student: str) -> StoredResult | None:
        """The result that an earlier run wrote, if it is of this assignment."""
        found = self.store.load(student)
        return found if found is not None and found.assignment == self.assignment.name else None

    def _ungraded(self, student: str, name: str, why: str) -> StoredResult:
        """What stands for a student who has no result."""
        error = SourceError("", say(why))
        job = Job(student=student, name=name, fault=error)
        return failed(job, self.answer_key, None, error, lang=self.options.lang).stored

    def _grade_all(self, waiting: Sequence[Entry]) -> Iterator[FinishedSubmission]:
        run = ClassRun(answer_key=self.answer_key, options=self.options, tell=self.tell)
        for job, result in run.results(waiting):
            self._keep(job, result, is_judged=not isinstance(job.fault, SourceError))
            yield self._told(result.stored, failed=result.failed)
        for job, result in run.given_up:
            self._keep(job, result, is_judged=False)
        self.soundness += run.soundness
        self.failures += run.failures

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
    ) -> FinishedSubmission:
        return FinishedSubmission(
            number=len(self.results),
            total=len(self.entries),
            result=result,
            is_resumed=is_resumed,
            failed=failed,
        )

    def _gone(self) -> list[StoredResult]:
        """What is kept of students of whom nothing is in the sources any more."""
        found = []
        for student, kept in self.earlier.gone({entry.student for entry in self.entries}):
            if kept is not None:
                found.append(kept)
                continue
            said = self._ungraded(student, "", "staff.gone_unchecked")
            found.append(replace(said, is_gone=True))
        return found

    @cached_property
    def earlier(self) -> EarlierRuns:
        """What earlier runs left."""
        return EarlierRuns(
            store=self.store, assignment=self.assignment, seed=self.seed, lang=self.options.lang
        )

    @cached_property
    def answer_key(self) -> AnswerKey:
        """Cases and correct answers, asked for once."""
        return draw_key(self.assignment, self.seed)

    def _texts(self) -> Catalog:
        return catalog(self.options.lang, self.assignment.folder)

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
            inputs=described(self.answer_key),
        )
        pages = overview_files(results, known, lang=self.options.lang)
        for name, page in pages.items():
            atomic.write(self.store.folder / name, page)
        for left in self.store.folder.glob(STUDENTS_PATTERN):
            if left.name not in pages:
                left.unlink(missing_ok=True)
        if self.options.reports_zip is not None:
            write_reports(self.options.reports_zip, self.store, self.entries)


@contextmanager
def open_batch(
    sources: Sequence[Path],
    store: Store,
    options: Options,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Batch]:
    """A batch whose submissions and assignment are found; it holds the folder to the end.

    Raises: UsageError; SandboxError where the machine does not allow so many jobs.
    """
    machine.require(1 if options.dask else options.jobs)
    if options.reports_zip is not None:
        require_place(options.reports_zip, sources)
    named = None if options.assignment is None else registry.load(options.assignment)
    rank = Rank(named)
    found = collect(sources, rank=rank, holds=rank.holds)
    if not found.entries:
        names = ", ".join(str(source) for source in sources)
        msg = f"{names}: no submissions found; name folders, zip files, or notebooks"
        raise UsageError(msg)
    options = replace(options, only=named_students(options.only, found.entries))
    assignment = named or _guessed(found.entries)
    try:
        if not store.open():
            tell(
                f"{store.folder}: its file system has no locks; do not start another run with "
                "this folder"
            )
        seed = options.seed
        if seed is None and not options.is_fresh:
            seed = store.any_seed([entry.student for entry in found.entries])
        yield Batch(
            entries=found.entries,
            assignment=assignment,
            seed=new_seed() if seed is None else seed,
            store=store,
            options=options,
            tell=tell,
            skipped=found.skipped,
            chosen=found.chosen,
        )
    finally:
        store.close()


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
        msg = f"cannot tell which assignment these are for; choose with -a: {known}, or a folder"
        raise UsageError(msg)
    return registry.load(ranked[0][0])


Clock = Callable[[], float]
now: Clock = time.monotonic
