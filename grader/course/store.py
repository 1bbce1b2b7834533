"""The folder of a batch: pages and results of students, kept in pairs, read back to resume."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from grader import atomic
from grader.course.lock import Lock
from grader.errors import UsageError
from grader.report import result_json
from grader.report.stored import StoredResult

RESULT = "result.json"
FEEDBACK = "feedback.html"
NOTEBOOK = "feedback.ipynb"
NOTEBOOKS = "feedback*.ipynb"
"""The names of a student's notebooks with feedback: of several, each has its own in its name."""
EVIDENCE = ".evidence"
NEXT_RESULT, NEXT_FEEDBACK = ".next-result.json", ".next-feedback.html"
"""A page and its result on their way to their places; with the result there, both are whole."""


class Store:
    """A batch's folder."""

    def __init__(self, folder: Path) -> None:
        # Not relative: the judge may be elsewhere for a moment, where a reference's files are.
        self.folder = folder.absolute()
        self._lock = Lock(self.folder)

    def open(self) -> bool:
        """Make the folder ours alone; False where others cannot be kept out of it.

        Raises UsageError when another run has it, or when it cannot be made.
        """
        self._make()
        is_locked = self._lock.take()
        self._clear()
        return is_locked

    def close(self) -> None:
        """Let another run have the folder."""
        self._lock.free()

    def student(self, name: str) -> Path:
        """The folder of a student, whose name must be safe already."""
        return self.folder / "students" / name

    def _make(self) -> None:
        if os.path.isfile(self.folder):  # noqa: PTH113  (a name too long is not an error here)
            msg = f"{self.folder}: is a file; name a folder with --out"
            raise UsageError(msg)
        try:
            (self.folder / "students").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{self.folder}: cannot be created: {error.strerror}; choose another folder"
            raise UsageError(msg) from error

    def _clear(self) -> None:
        """End what a run that was killed had begun."""
        for place in ("students/*", EVIDENCE):
            for left in self.folder.glob(f"{place}/{atomic.UNFINISHED}*"):
                left.unlink(missing_ok=True)
        for left in self.folder.glob("students/*/.next-*"):
            self._put(left.parent)

    def names(self) -> list[str]:
        """Everybody who has a page or a result, sorted."""
        found = [*self.folder.glob(f"students/*/{FEEDBACK}")]
        found += self.folder.glob(f"students/*/{RESULT}")
        return sorted({path.parent.name for path in found})

    def load(self, name: str) -> StoredResult | None:
        """A student's result from an earlier run, or None when there is no whole one."""
        folder = self.student(name)
        try:
            result = result_json.load(folder / RESULT)
        except (OSError, ValueError):
            return None
        return result if (folder / FEEDBACK).is_file() else None

    def any_seed(self, names: Sequence[str]) -> int | None:
        """The seed of the first of these students' results, so that a class has one."""
        for name in names:
            try:
                return result_json.load(self.student(name) / RESULT).seed
            except (OSError, ValueError):
                continue
        return None

    def save(self, name: str, result: StoredResult, page: str, kept: bytes = b"") -> None:
        """Keep a student's result and page: both, or those that were there before.

        `kept` is what both can be made from again, in other words. It is for staff alone, so it
        lies apart from what a student may be given.
        """
        folder = self.student(name)
        if kept:
            atomic.write(self._evidence(name), kept)
        self.clear_notebooks(name)
        atomic.write(folder / NEXT_FEEDBACK, page)
        atomic.write(folder / NEXT_RESULT, result_json.dumps(result))
        self._put(folder)

    def evidence(self, name: str) -> bytes:
        """What `save` kept of a student's result, b"" where there is nothing."""
        try:
            return self._evidence(name).read_bytes()
        except OSError:
            return b""

    def _evidence(self, name: str) -> Path:
        return self.folder / EVIDENCE / f"{name}.json.gz"

    def save_failed(self, name: str, page: str) -> None:
        """Keep a page alone: no result stays next to it, so that the next run grades again."""
        folder = self.student(name)
        self.clear_notebooks(name)
        try:
            (folder / RESULT).unlink(missing_ok=True)
        except OSError as error:
            msg = f"{folder / RESULT}: cannot be removed: {error.strerror}; delete it by hand"
            raise UsageError(msg) from error
        atomic.write(folder / FEEDBACK, page)

    def notebooks(self, name: str) -> list[Path]:
        """A student's notebooks with feedback, which are of the result that is there."""
        return sorted(self.student(name).glob(NOTEBOOKS))

    def clear_notebooks(self, name: str) -> None:
        """Remove a student's notebooks with feedback: a new result makes them wrong."""
        for path in self.notebooks(name):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                msg = f"{path}: cannot be removed: {error.strerror}; delete it by hand"
                raise UsageError(msg) from error

    @staticmethod
    def _put(folder: Path) -> None:
        """Bring to its place what `save` wrote, also for a run that was stopped within it."""
        result, page = folder / NEXT_RESULT, folder / NEXT_FEEDBACK
        if not result.exists():
            page.unlink(missing_ok=True)
            return
        try:
            if page.exists():
                page.replace(folder / FEEDBACK)
            result.replace(folder / RESULT)
        except OSError as error:
            msg = f"{folder}: cannot be written: {error.strerror}; choose another folder"
            raise UsageError(msg) from error
