"""The files that a batch leaves: written whole or not at all, and read back to resume."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.report import json as report_json

RESULT = "result.json"
FEEDBACK = "feedback.html"


def write(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one, never a part.

    Raises UsageError when the place cannot be written to.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101  (mkstemp made it private)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        msg = f"{path}: cannot be written: {error.strerror}; choose another place"
        raise UsageError(msg) from error


class Store:
    """A batch's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def student(self, name: str) -> Path:
        """The folder of a student, whose name must be safe already."""
        return self.folder / "students" / name

    def prepare(self) -> None:
        """Make the folder. Raises UsageError when that cannot be."""
        if os.path.isfile(self.folder):  # noqa: PTH113  (a name too long is no error here)
            msg = f"{self.folder}: is a file; name a folder with --out"
            raise UsageError(msg)
        try:
            (self.folder / "students").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{self.folder}: cannot be made: {error.strerror}; choose another place"
            raise UsageError(msg) from error
        for left in self.folder.glob("students/*/.writing-*"):
            left.unlink(missing_ok=True)

    def load(self, name: str) -> dict[str, Any] | None:
        """A student's result from an earlier run, or None when there is no whole one."""
        folder = self.student(name)
        try:
            result = report_json.load(folder / RESULT)
        except (OSError, ValueError):
            return None
        return result if (folder / FEEDBACK).is_file() else None

    def any_seed(self) -> int | None:
        """The seed of the results that are already there, so that a class has one."""
        for path in sorted(self.folder.glob(f"students/*/{RESULT}")):
            try:
                return int(report_json.load(path)["seed"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return None

    def save(self, name: str, result: dict[str, Any], page: str) -> None:
        """Keep a student's result; the JSON last, since it says that all is there."""
        folder = self.student(name)
        write(folder / FEEDBACK, page)
        write(folder / RESULT, report_json.dumps(result))
