"""How a question to student code ended without a value, and where in the cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.catalog import Text
from grader.sandbox import endings
from grader.sandbox.endings import Suspect


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of a cell that an exception passed through."""

    cell: int
    line: int
    function: str


@dataclass(frozen=True, kw_only=True)
class FileLine:
    """A line of a Python file that was submitted next to the notebook."""

    name: str
    line: int


class FailureReason(StrEnum):
    """Why a question to student code has no answer."""

    RAISED = "raised"
    """The code raised an exception."""
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    """The process died."""
    NOT_PLAIN_DATA = "not_plain_data"
    """What came back was no answer."""
    OURS = "ours"
    """A check of the assignment itself failed."""


class Failure(Exception):  # noqa: N818  (an outcome of student code, no error of ours)
    """A question to student code that ended without a value.

    `kind`, `message` and `places` tell the exception, where one was raised. `suspect` says what
    the machine did, where that may be the cause. `file` is set where an exception arose in a file
    that the cells import. Raises ValueError for a reason that is none.
    """

    def __init__(  # noqa: PLR0913  (each by name)
        self,
        reason: str,
        *,
        kind: str = "",
        message: Text = "",
        places: tuple[Place, ...] = (),
        suspect: Suspect | None = None,
        file: FileLine | None = None,
    ) -> None:
        super().__init__(str(reason), kind, message)
        self.reason = FailureReason(reason)
        self.kind = kind
        self.message = message
        self.places = places
        self.suspect = suspect
        self.file = file
        self.asked = ("", "")
        """The expression that was asked for and the case, where one was."""

    @property
    def is_final(self) -> bool:
        """Whether the child is gone, so that asking again would cost a limit once more."""
        return self.reason is not FailureReason.RAISED


def failure_of(error: dict[str, Any]) -> Failure:
    """The Failure for an exception as the child reports it; odd entries are omitted."""
    places = []
    for place in error.get("places", [])[:20] if isinstance(error.get("places"), list) else []:
        if isinstance(place, tuple) and len(place) == 3:
            cell, line, function = place
            is_number = isinstance(cell, str) and re.fullmatch(r"[0-9]{1,6}", cell)
            if is_number and isinstance(line, int) and isinstance(function, str):
                places.append(Place(cell=int(cell), line=line, function=function[:80]))
    kind, message = error.get("kind"), error.get("message")
    kind = kind[:80] if isinstance(kind, str) else "Exception"
    message = message[:2000] if isinstance(message, str) else ""
    return Failure(
        FailureReason.RAISED,
        kind=kind,
        message=message,
        places=tuple(places),
        suspect=endings.shortage(kind, message),
        file=_file_line(error.get("file")),
    )


def _file_line(told: object) -> FileLine | None:
    if not (isinstance(told, tuple) and len(told) == 2):
        return None
    name, line = told
    is_name = isinstance(name, str) and re.fullmatch(r"[\w.]{1,80}", name)
    return FileLine(name=name, line=line) if is_name and type(line) is int else None
