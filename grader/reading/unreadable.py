"""The errors of files that cannot be read: by whose fault."""

from __future__ import annotations

from grader.catalog import Message
from grader.errors import GraderError


class UnreadableError(GraderError):
    """The submission is not a notebook or script that can be read.

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
