"""Resumes a batch: which results of an earlier run still hold."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from grader.assignment import Assignment
from grader.catalog import Catalog, catalog
from grader.course.collecting.entry import Entry, EntryFile
from grader.course.job import JobResult, in_words, is_same_finding
from grader.course.kept import unpack
from grader.course.store import Store
from grader.judging.answer_key import shared_by_class
from grader.judging.fingerprint import fingerprint
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
        now = self._in_our_words(found)
        if now is None or not is_same_finding(now.stored, entry, self._texts):
            return None
        self.store.save(entry.student, now.stored, now.page)
        return now.stored

    def gone(self, present: Collection[str]) -> list[tuple[str, StoredResult | None]]:
        """Who else has something of this assignment here, with the result.

        None stands where there is no whole one, which may be of any assignment.
        """
        others = [name for name in self.store.names() if name not in present]
        found = [(name, self.store.load(name)) for name in others]
        return [
            (name, result and self._gone(name, result))
            for name, result in found
            if result is None or result.assignment == self.assignment.name
        ]

    def _gone(self, name: str, found: StoredResult) -> StoredResult:
        now = None if self._is_in_our_words(found) else self._in_our_words(found)
        if now is not None:
            self.store.save(name, now.stored, now.page)
        return replace(now.stored if now else found, is_gone=True)

    def _is_same(self, found: StoredResult, entry: Entry) -> bool:
        is_read = found.status is not SubmissionStatus.UNREADABLE
        return (
            found.assignment == self.assignment.name
            and found.seed == self.seed
            and found.environment.get("fingerprint")
            == fingerprint(self._shared, _modules(entry) if is_read else {})
            and found.sha256 == _digest(entry)
            and [one.sha256 for one in found.notebooks[1:]] == [*map(_digest, entry.others)]
        )

    def _is_in_our_words(self, found: StoredResult) -> bool:
        return found.environment.get("texts") == self._texts.digest

    def _in_our_words(self, found: StoredResult) -> JobResult | None:
        """The same result in our words, where there is evidence to put into them."""
        full = self.evidence_of(found)
        return None if full is None else in_words(full, self.lang, self.assignment.folder)

    def evidence_of(self, found: StoredResult) -> SubmissionResult | None:
        """What a result was made of, None where that is no longer there."""
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

    @cached_property
    def _texts(self) -> Catalog:
        return catalog(self.lang, self.assignment.folder)

    @cached_property
    def _shared(self) -> str:
        """What all results of the class depend on, see `grader.judging.fingerprint`."""
        return shared_by_class(self.assignment, self.seed)


def is_still_unreadable(found: StoredResult, entry: Entry) -> bool:
    """Whether a student's file could not be read before and cannot now, whatever it is."""
    if found.status is not SubmissionStatus.UNREADABLE or found.path != entry.name:
        return False
    try:
        entry.read()
    except SourceError:
        return False
    except UnreadableError:
        return True
    return False


def _modules(entry: Entry) -> dict[str, str]:
    """The modules next to all notebooks, named as `Submission.all_modules` does."""
    more = {
        f"{number}/{name}": text
        for number, one in enumerate(entry.others, 2)
        for name, text in one.load_modules().items()
    }
    return {**entry.load_modules(), **more}


def _digest(entry: EntryFile) -> str:
    try:
        return hashlib.sha256(entry.load()).hexdigest()
    except SourceError:
        raise
    except UnreadableError:
        return ""
