"""Tells from signal or exit status whether the student or the machine ended a child.

A child's own code leaves with an exit status (`inside.leaving`) and cannot send itself the
signals that kill (`inside.seccomp`), so those come from outside: from the kernel's memory killer,
say. Between the two is what either may have brought about, such as a broken library or one that
found no memory.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.catalog import Message, Text, say
from grader.errors import SandboxError
from grader.sandbox.inside.leaving import BY_SIGNAL

_DOUBTFUL_SIGNALS = frozenset(
    {
        *(
            signal.SIGABRT,
            signal.SIGSEGV,
            signal.SIGBUS,
            signal.SIGILL,
            signal.SIGFPE,
            signal.SIGTRAP,
        ),
        *(signal.SIGPIPE, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXFSZ),
    }
)
_DOUBTFUL_STATUS = frozenset({1, 70, 127})
"""Left with by libraries that find no memory, by the child's own loop, and by the loader."""
_SHORT_OF = re.compile(
    r"can't start new thread|Cannot allocate memory|RESOURCE_EXHAUSTED|[Oo]ut of memory"
    r"|failed to map segment|Resource temporarily unavailable|\[Errno (5|11|12|23|24|28)\]"
)
"""What Python, JAX and the system say when the machine is short of something."""


class SuspectError(SandboxError):
    """Student code was ended by something that may not be its own doing.

    `what` says, for staff, what the machine did. Nothing is known of the submission by that: it
    is judged again, alone.
    """

    def __init__(self, what: Message) -> None:
        super().__init__(str(what))
        self.what = what


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """What the machine may have done to a child, in words for staff.

    `is_doubtful` when the student's code may just as well have done it.
    """

    what: Message
    is_doubtful: bool


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a child ended: out of time or not, why in words, and what is suspect about it."""

    is_timeout: bool = False
    why: Text = ""
    suspect: Suspect | None = None


def ending(ended: Mapping[str, Any], *, cpu_limit_s: float) -> Ending:  # noqa: PLR0911
    """Whose doing an end was that the judge did not bring about, from what the server says.

    `ended` has the `signal`, or the exit `status`, the `cpu_s` that the child used, `killed` when
    it had only closed its connection, or `is_lost` when the fork server ended before it.
    """
    if ended.get("is_lost"):
        what = say("machine.server")
        return Ending(why=what, suspect=Suspect(what=what, is_doubtful=False))
    number, status = int(ended.get("signal", 0)), int(ended.get("status", 0))
    is_used_up = float(ended.get("cpu_s", 0.0)) >= cpu_limit_s - 0.5
    if number in {signal.SIGXCPU, signal.SIGKILL} and is_used_up:
        return Ending(is_timeout=True)  # the kernel's own limit came first
    if number:
        why = say("stopped.by_signal", number=number)
        if number == signal.SIGSYS:  # the filter's answer to another machine's system calls
            return Ending(why=why)
        is_doubtful = number in _DOUBTFUL_SIGNALS
        what = say("machine.broken" if is_doubtful else "machine.killed", how=why)
        return Ending(why=why, suspect=Suspect(what=what, is_doubtful=is_doubtful))
    if status in range(BY_SIGNAL + 1, BY_SIGNAL + signal.NSIG):
        return Ending(why=say("stopped.by_signal", number=status - BY_SIGNAL))
    why = say("stopped.by_exit", number=status)
    if ended.get("killed") or status in _DOUBTFUL_STATUS:
        what = say("machine.broken", how=why)
        return Ending(why=why, suspect=Suspect(what=what, is_doubtful=True))
    return Ending(why=why)


def shortage(kind: str, message: str) -> Suspect | None:
    """What is suspect about an exception: that the machine was short of something."""
    if kind != "MemoryError" and not _SHORT_OF.search(message):
        return None
    said = f"{kind}: {message}".splitlines()[0][:120].removesuffix(": ")
    return Suspect(what=say("machine.short", said=said), is_doubtful=True)
