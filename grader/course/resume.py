"""Resumes a batch: which results of an earlier run still hold."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from grader.assignment import Assignment
from grader.catalogue import Catalogue, catalogue
from grader.course.collecting.entry import Entry
from grader.course.job import JobResult, in_words, is_same_finding
from grader.course.kept import unpack
from grader.course.store import Store
from grader.judging.fingerprint import fingerprint, of_class
from grader.reading.unreadable import SourceError, UnreadableError
from grader.report.stored import StoredResult
from grader.results import SubmissionResult, SubmissionStatus


@dataclass(frozen=True, kw_only=True)
class EarlierRuns:
    """The results of earlier runs of an assignment with a seed, in the words of a language.

    What was put into other words, because another language was asked for or because a text has
    changed, is put into these: nothing is graded for that.
    """

    store: Store
    assignment: Assignment
    seed: int
    lang: str

    def result_of(self, entry: Entry) -> StoredResult | None:
        """The result for an entry, if it is for the same bytes, seed and versions."""
        found = self.store.load(entry.student)
        try:
            if found is None or not self._is_same(found, entry):
                return None
        except SourceError:
            return None  # it is told when its turn comes
        if self._is_in_our_words(found):
            return found if is_same_finding(found, entry, self._texts) else None
        full = self._full(found)
        known = {*full.messages} if full else set()
        if full is None or not known.issuperset(entry.notes):
            return None
        now = self._in_our_words(entry.student, full)
        return now if is_same_finding(now, entry, self._texts) else None

    def gone(self, present: Collection[str]) -> list[tuple[str, StoredResult | None]]:
        """Who else has something here, with the result; None where there is no whole one."""
        others = [name for name in self.store.names() if name not in present]
        return [(name, self._gone(name)) for name in others]

    def _gone(self, name: str) -> StoredResult | None:
        found = self.store.load(name)
        if found is None:
            return None
        full = None if self._is_in_our_words(found) else self._full(found)
        return replace(self._in_our_words(name, full) if full else found, is_gone=True)

    def _is_same(self, found: StoredResult, entry: Entry) -> bool:
        is_read = found.status is not SubmissionStatus.UNREADABLE
        return (
            found.assignment == self.assignment.name
            and found.seed == self.seed
            and found.environment.get("fingerprint")
            == fingerprint(self._shared, entry.load_modules() if is_read else {})
            and found.sha256 == _digest(entry)
        )

    def _is_in_our_words(self, found: StoredResult) -> bool:
        return found.environment.get("texts") == self._texts.digest

    def _full(self, found: StoredResult) -> SubmissionResult | None:
        """The same result with its evidence, where there is any."""
        try:
            full = unpack(self.store.evidence(found.student))
        except ValueError:
            return None
        ours, theirs = full.environment, found.environment
        is_same = (
            full.sha256 == found.sha256
            and full.seed == found.seed
            and ours.get("fingerprint") == theirs.get("fingerprint")
        )
        return full if is_same else None

    def _in_our_words(self, name: str, full: SubmissionResult) -> StoredResult:
        said: JobResult = in_words(full, self.lang, self.assignment.folder)
        self.store.save(name, said.stored, said.page, said.kept)
        return said.stored

    @cached_property
    def _texts(self) -> Catalogue:
        return catalogue(self.lang, self.assignment.folder)

    @cached_property
    def _shared(self) -> str:
        """What all results of the class depend on, see `grader.judging.fingerprint`."""
        return of_class(self.assignment)


def _digest(entry: Entry) -> str:
    try:
        return hashlib.sha256(entry.load()).hexdigest()
    except SourceError:
        raise
    except UnreadableError:
        return ""
