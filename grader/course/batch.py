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
from grader.course.dask_places import workers_here
from grader.course.feedback_notebooks import write_notebooks
from grader.course.job import Job, JobResult, failed
from grader.course.marks import Marks, items_of, read_marks
from grader.course.merging import merge, with_earlier_marks
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
from grader.report.stored import CommonPieces, StoredResult
from grader.report.to_mark_csv import Item, to_mark_csv
from grader.sandbox import machine

TO_MARK = "to_mark.csv"
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
    marks: Marks | None = None
    without_notebook: list[str] = field(default_factory=list)
    """Whose notebook with feedback could not be made: what was graded is not there any more."""
    is_kept: bool = False
    """Whether all results are those of the folder, whatever is in the sources."""
    graded: int = 0
    has_one_seed: bool = True
    """Whether all were graded on the same hidden inputs."""
    _common: CommonPieces = field(default_factory=CommonPieces)

    def run(self) -> Iterator[FinishedSubmission]:
        """Grade what is not graded yet; yields each submission as it is done."""
        waiting = []
        for entry in self.entries:
            kept = self._kept(entry)
            if kept is None:
                waiting.append(entry)
                continue
            self._hold(kept)
            yield self._told(kept, is_resumed=True)
        if waiting:
            yield from self._grade_all(waiting)
        else:
            self.soundness.append((None, catalog(self.options.lang).say("staff.sound_kept")))

    def _hold(self, result: StoredResult) -> None:
        """Have the result for the table and the overview."""
        self.results[result.student] = self._common.shared(result)

    def take(self, result: StoredResult) -> None:
        """Take a result that is in the folder already."""
        self._hold(result)

    def take_kept(self) -> None:
        """Take the results that are in the folder, of whoever they are."""
        for student, kept in self.earlier.gone(()):
            said = kept or self._ungraded(student, "", "staff.not_graded")
            self._hold(replace(said, is_gone=False))

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
        self.graded += len(waiting)
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
            if self.items:
                result = self._with_earlier_marks(job, result)
            self.store.save(job.student, result.stored, result.page, result.kept)
        else:
            self.failures += 1
            if is_judged or self.store.load(job.student) is None:
                self.store.save_failed(job.student, result.page)
        self._hold(result.stored)

    def _with_earlier_marks(self, job: Job, result: JobResult) -> JobResult:
        """The result with the marks that people gave before, as far as they still count."""
        marked, said = with_earlier_marks(
            result,
            self.store.evidence(job.student),
            lang=self.options.lang,
            folder=self.assignment.folder,
        )
        for message in said:
            self.tell(self._texts().tell(message))
        return marked

    def merge(self) -> None:
        """Merge the table of marks into the results, if there is one."""
        if self.marks is None:
            return
        merged = merge(self.marks, self.earlier)
        for student, result in merged.results.items():
            if student in self.results:
                self._hold(result)
        for message in merged.said:
            self.tell(self._texts().tell(message))

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
        found: list[StoredResult] = []
        if self.is_kept:
            return found
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

    @cached_property
    def items(self) -> dict[str, tuple[Item, ...]]:
        """What a person decides, by part."""
        return items_of(self.assignment)

    def _texts(self) -> Catalog:
        return catalog(self.options.lang, self.assignment.folder)

    def finish(self, duration_s: float | None) -> None:
        """Write `grades.csv`, `to_mark.csv` and `index.html` from all results."""
        results = self.rows = sorted(
            [*self.results.values(), *self._gone()],
            key=lambda result: result.student,
        )
        atomic.write(self.store.folder / "grades.csv", report_csv.grades_csv(results))
        self._write_to_mark(results)
        is_timed = self.graded > 0 or self.marks is None
        known = Run(
            title=self._texts().tell(self.assignment.title),
            seed=self.seed if self.has_one_seed else None,
            duration_s=duration_s if is_timed else None,
            jobs=self.options.jobs,
            soundness=self.soundness,
            inputs=described(self.answer_key),
            rubrics={name: [one.rubric for one in items] for name, items in self.items.items()},
        )
        pages = overview_files(results, known, lang=self.options.lang)
        for name, page in pages.items():
            atomic.write(self.store.folder / name, page)
        for left in self.store.folder.glob(STUDENTS_PATTERN):
            if left.name not in pages:
                left.unlink(missing_ok=True)
        if self.options.has_notebooks:
            self.without_notebook += write_notebooks(self.entries, self.earlier)
        if self.options.reports_zip is not None:
            write_reports(
                self.options.reports_zip,
                self.store,
                self.entries,
                has_notebooks=self.options.has_notebooks,
            )

    def _write_to_mark(self, results: Sequence[StoredResult]) -> None:
        """Write what a person has to decide; where there is nothing, no file says so."""
        text = to_mark_csv(results, self.items)
        if text:
            atomic.write(self.to_mark, text)
        else:
            self.to_mark.unlink(missing_ok=True)

    @property
    def to_mark(self) -> Path:
        """Where the table of what a person has to decide is, if there is any."""
        return self.store.folder / TO_MARK


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
    here = options.jobs if options.dask is None else workers_here(options.dask)
    machine.require(max(1, here))
    if options.reports_zip is not None:
        require_place(options.reports_zip, sources)
    named = None if options.assignment is None else registry.load(options.assignment)
    rank = Rank(named)
    found = collect(
        sources, rank=rank, holds=rank.holds, notebook_of=rank.notebook_of, stems=rank.stems
    )
    if not found.entries:
        names = ", ".join(str(source) for source in sources)
        msg = f"{names}: no submissions found; name folders, zip files, or notebooks"
        raise UsageError(msg)
    options = replace(options, only=named_students(options.only, found.entries))
    assignment = named or _guessed(found.entries)
    students = {*(entry.student for entry in found.entries), *store.names()}
    marks = None if options.marks is None else read_marks(options.marks, assignment, students)
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
            marks=marks,
        )
    finally:
        store.close()


@contextmanager
def open_kept(
    store: Store, options: Options, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Batch]:
    """A batch of the results that are in its folder, to merge marks into: nothing is graded.

    Raises: UsageError.
    """
    assert options.marks is not None
    found = {name: store.load(name) for name in store.names()}
    of = sorted({result.assignment for result in found.values() if result is not None})
    if not of:
        msg = f"{store.folder}: no results found; name the submissions to grade"
        raise UsageError(msg)
    if options.assignment is None and len(of) > 1:
        raise UsageError(f"{store.folder}: has results of {', '.join(of)}; choose one with -a")
    assignment = registry.load(of[0] if options.assignment is None else options.assignment)
    own = {n: one for n, one in found.items() if one is None or one.assignment == assignment.name}
    marks = read_marks(options.marks, assignment, own)
    try:
        store.open()
        seed = store.any_seed([*own])
        batch = Batch(
            entries=(),
            assignment=assignment,
            seed=new_seed() if seed is None else seed,
            store=store,
            options=options,
            tell=tell,
            marks=marks,
            is_kept=True,
        )
        batch.take_kept()
        yield batch
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
