"""File and line in an assignment's own files where an exception arose."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from pathlib import Path


def place(error: BaseException, folder: Path | None, files: Collection[str] = ()) -> str:
    """File and line of the innermost frame in the folder, or in one of these files, or ''.

    As in "checks.py, line 12". For a SyntaxError it is where the text is wrong.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{Path(error.filename).name}, line {error.lineno}"
    home = folder.resolve() if folder is not None else None
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        is_own = home is not None and path.is_relative_to(home) and "site-packages" not in str(path)
        if (is_own or frame.filename in files) and frame.lineno:
            return f"{path.name}, line {frame.lineno}"
    return ""


def summary(error: BaseException) -> str:
    """The kind of an exception and the first line of what it says."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    kind, first = type(error).__name__, (text.splitlines() or [""])[0]
    return f"{kind}: {first}" if first else kind


def raised(error: BaseException, folder: Path | None) -> str:
    """What was raised, and where in the assignment's own files."""
    at = place(error, folder)
    return f"{summary(error)} in {at}" if at else summary(error)
