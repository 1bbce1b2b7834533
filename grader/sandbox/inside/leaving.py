"""How student code ends its own process: always with a status, never by a signal.

The judge must know whether a process was killed from outside, which is no one's fault, or by its
own code. So the functions by which Python code sends itself a signal leave with the status that a
shell gives such an end, 128 and the signal's number.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

BY_SIGNAL = 128
"""What is added to the signal's number."""
_WITHOUT_EFFECT = frozenset({signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT})
"""Signals that end nothing where they are not handled."""
_NOT_HANDLED = frozenset({signal.SIGKILL, signal.SIGSTOP})


def install() -> None:  # noqa: C901  (each function is put in the place of one)
    """Let `os.kill`, `os.killpg`, `os.abort` and their like leave with a status."""
    leave, kill, kill_group = os._exit, os.kill, os.killpg

    def signaled(number: Any) -> bool:
        """Do as the signal does; False when that is for the system to do."""
        try:
            handler = signal.getsignal(number)
        except (TypeError, ValueError):
            return False
        if handler is None:
            return False
        if number in _NOT_HANDLED:
            leave(BY_SIGNAL + number)
        if callable(handler):
            handler(int(number), sys._getframe(2))  # noqa: SLF001  (the code that sent it)
        elif handler == signal.SIG_DFL and number not in _WITHOUT_EFFECT:
            leave(BY_SIGNAL + number)
        return True

    def to_process(pid: int, sig: int, /) -> None:
        if pid not in {0, os.getpid(), -os.getpgrp()} or not signaled(sig):
            kill(pid, sig)

    def to_group(pgid: int, sig: int, /) -> None:
        if pgid not in {0, os.getpgrp()} or not signaled(sig):
            kill_group(pgid, sig)

    def to_itself(signalnum: int, /) -> None:
        if not signaled(signalnum):
            kill(os.getpid(), signalnum)

    def to_thread(thread_id: int, signalnum: int, /) -> None:
        del thread_id
        to_itself(signalnum)

    def abort() -> None:
        leave(BY_SIGNAL + signal.SIGABRT)

    os.kill, os.killpg, os.abort = to_process, to_group, abort  # type: ignore[assignment]
    signal.raise_signal, signal.pthread_kill = to_itself, to_thread
