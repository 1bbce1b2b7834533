"""A result as it is stored in `result.json` and read back: in the words of one language.

All that is made from a whole class (table, overview, the terminal's summary) takes these, so that
a batch that was resumed gives the same as one that was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.results import (
    CheckStatus,
    GradedNotebook,
    PartStatus,
    State,
    SubmissionStatus,
    Visibility,
)

_GRADED = (SubmissionStatus.GRADED, SubmissionStatus.TIMEOUT, SubmissionStatus.CRASHED)


@dataclass(frozen=True, kw_only=True)
class StoredCheck:
    """One check: its points, and what a student may read of it."""

    name: str
    status: CheckStatus
    score: float
    max_score: float
    visibility: Visibility
    message: str
    hint: str
    mistake: str
    noticed: str
    is_by_hand: bool = False
    comment: str = ""
    """What a person who decided it says to the student."""
    ran: str = ""
    """What met its inputs, see `grader.results`."""


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    """One part; `code` is the line of the student's code where a known mistake shows."""

    name: str
    title: str
    status: PartStatus
    state: State
    score: float
    max_score: float
    code: str
    notes: tuple[str, ...]
    checks: tuple[StoredCheck, ...]
    open_points: float = 0.0
    """The points that a person has not decided yet."""
    answer: str = ""
    """What a person decides about: what the student wrote in words, or the code of the part."""
    seen: str = ""
    """Names what a person sees who decides about its checks, see `grader.results`."""
    notebook: str = ""
    program: str = ""
    """Names what its traced program does: the same for all students whose code does the same."""
    source: str = ""
    """The student's own code, of a part with a program."""


@dataclass(frozen=True, kw_only=True)
class StoredResult:
    """A submission's result, see `grader.results.SubmissionResult`, without its evidence."""

    assignment: str
    student: str
    path: str
    sha256: str
    status: SubmissionStatus
    score: float
    max_score: float
    parts: tuple[StoredPart, ...]
    messages: tuple[str, ...] = ()
    open_points: float = 0.0
    number: str = ""
    notebooks: tuple[GradedNotebook, ...] = ()
    passed_over: tuple[str, ...] = ()
    is_late: bool = False
    seed: int = 0
    duration_s: float = 0.0
    environment: Mapping[str, Any] = field(default_factory=dict)
    is_gone: bool = False
    """Whether it is of an earlier run, of whom nothing is handed in any more; never in a file."""

    @property
    def shown_path(self) -> str:
        """The names of all that was graded, for people."""
        return ", ".join(one.path for one in self.notebooks) or self.path

    @property
    def is_judged(self) -> bool:
        """Whether it has points: it could be read, and at least one part be checked."""
        states = [part.state for part in self.parts]
        is_checked = not states or any(state is not State.UNCHECKED for state in states)
        return self.status in _GRADED and is_checked


class CommonPieces:
    """What the results of a class have in common, held once: most checks are alike in all."""

    def __init__(self) -> None:
        self._known: dict[object, Any] = {}

    def shared(self, result: StoredResult) -> StoredResult:
        """An equal result, of pieces that earlier ones consist of too."""
        return replace(
            result,
            assignment=self._one(result.assignment),
            parts=tuple(map(self._part, result.parts)),
            environment=self._known.setdefault(repr(result.environment), result.environment),
        )

    def _part(self, part: StoredPart) -> StoredPart:
        return replace(
            part,
            name=self._one(part.name),
            title=self._one(part.title),
            notes=self._one(part.notes),
            checks=tuple(map(self._one, part.checks)),
        )

    def _one(self, piece: Any) -> Any:
        return self._known.setdefault(piece, piece)
