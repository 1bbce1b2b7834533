"""The errors that the grader raises on purpose.

    GraderError
    ├── UsageError          the arguments cannot be used            exit code 2
    │   └── AssignmentError the assignment's declaration is at fault
    ├── UnreadableError     the submission cannot be read           exit code 2
    │   └── SourceError     the machine does not give the file      of a class: exit code 3
    └── SandboxError        the grader itself failed                exit code 3
        ├── SuspectError    the machine, not the student, may have ended student code
        └── LostError       the cluster that grades a class is gone

Each carries one line that says where, what is wrong, and what to do, an AssignmentError
one for each problem; the command line prints these and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.catalogue import Message


class GraderError(Exception):
    """Any error with a message that is fit for the person who ran the command."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return (str(self),)


class UsageError(GraderError):
    """The arguments cannot be used: no such file, an unknown assignment, a bad option."""


class AssignmentError(UsageError):
    """The assignment's declaration is at fault; made of a line for every problem found."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return self._lines


class UnreadableError(GraderError):
    """The submission is no notebook or script that can be read.

    `where` names it, if that is known; `what` says why, and what to do.
    """

    def __init__(self, where: str, what: Message) -> None:
        super().__init__(f"{where}: {what}" if where else str(what))
        self.where = where
        self.what = what

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[str, Message]]:
        """Travel to another process as what it was made of."""
        return type(self), (self.where, self.what)


class SourceError(UnreadableError):
    """A file that was found is gone, or another one by now; never the student's fault."""


class SandboxError(GraderError):
    """The machinery that runs student code failed; never the student's fault."""


class SuspectError(SandboxError):
    """Student code was ended by something that may not be its own doing.

    `what` says, for staff, what the machine did. Nothing is known of the submission by that: it
    is judged again, alone.
    """

    def __init__(self, what: Message) -> None:
        super().__init__(str(what))
        self.what = what


class LostError(SandboxError):
    """The cluster that grades a class is gone; what it has graded stands."""
