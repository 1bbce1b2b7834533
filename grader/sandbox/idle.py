"""Detects a child that owes an answer and does nothing, unless the machine keeps it from it.

A child that computes uses the CPU, waits for its turn on it, or for the disk. One that does none
of these for a while sleeps, and would until its time is up.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

IDLE_S = 20.0
"""So long a child may do nothing while it owes an answer."""
LOOK_EVERY_S = 1.0
SHARE = 0.01
"""Less of the time than this, running or waiting for a turn, is nothing."""
_WAITING = frozenset("RDTt")
"""Running or about to, waiting for the disk, or halted from outside."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a child's threads have done so far: seconds running or waiting for their turn."""

    busy_s: float
    is_waiting: bool = False
    """Whether one of them runs, waits for the disk, or is halted."""


class Idleness:
    """Counts how long a child has done nothing, from looks at it about once in `LOOK_EVERY_S`."""

    def __init__(self) -> None:
        self._idle_s = 0.0
        self._last_s = -LOOK_EVERY_S
        self._last: Look | None = None

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for another look."""
        return now_s - self._last_s >= LOOK_EVERY_S

    def add(self, now_s: float, look: Look | None) -> bool:
        """Note a look; whether the child has done nothing for too long.

        Where nothing can be seen (None) it is never idle. Time in which the judge itself did not
        run, on a loaded or a sleeping machine, does not count.
        """
        since_s = min(now_s - self._last_s, 2 * LOOK_EVERY_S)
        before, self._last, self._last_s = self._last, look, now_s
        is_idle = (
            look is not None
            and before is not None
            and not look.is_waiting
            and abs(look.busy_s - before.busy_s) < SHARE * since_s
        )
        self._idle_s = self._idle_s + since_s if is_idle else 0.0
        return self._idle_s >= IDLE_S


def look(pid: int) -> Look | None:
    """What the threads of a process have done so far; None where the system does not tell."""
    busy, is_waiting, seen = 0, False, 0
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                state = _text(f"{thread}/stat").rpartition(")")[2].split()[0]
                running, delayed, _ = _text(f"{thread}/schedstat").split()
                busy += int(running) + int(delayed)
                is_waiting = is_waiting or state in _WAITING
                seen += 1
    return Look(busy_s=busy / 1e9, is_waiting=is_waiting) if seen and busy else None


def delay_s(pid: int) -> float:
    """Seconds that a process's first thread has waited for its turn; 0 where it is not told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_text(f"/proc/{pid}/schedstat").split()[1]) / 1e9
    return 0.0


def is_halted(pid: int) -> bool:
    """Whether a process was halted, which its own code cannot do."""
    with contextlib.suppress(OSError, IndexError):
        return _text(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] in {"T", "t"}
    return False


def _text(path: str) -> str:
    return Path(path).read_text(encoding="ascii", errors="replace")
