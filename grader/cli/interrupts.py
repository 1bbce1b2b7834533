"""Signals that ask a run to end: each ends it as Ctrl-C does, and none is lost."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from grader.cli.exit_codes import INTERRUPTED

LATER_S = 0.1
"""After so long a signal that was lost is sent again."""


class Interrupted(KeyboardInterrupt):
    """A signal that asks a run to end, on its way to where everything is put away."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.code = INTERRUPTED - signal.SIGINT + number


@contextmanager
def ended_politely() -> Iterator[None]:
    """SIGTERM and SIGHUP end what runs in here as Ctrl-C does; one that is ignored stays so."""

    def end(number: int, _: FrameType | None) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # the end takes a moment, and is not ended itself
        raise Interrupted(number)

    def tell(ignored: sys.UnraisableHookArgs) -> None:
        # A signal came where Python raises nothing, in what runs while garbage is collected.
        if not isinstance(ignored.exc_value, KeyboardInterrupt):
            tell_before(ignored)
            return
        number = getattr(ignored.exc_value, "number", signal.SIGINT)
        if number in before:
            signal.signal(number, end)
        here = threading.get_ident()  # whose waiting it has to end
        is_told = threading.Event()

        def send_again() -> None:
            is_told.wait()  # in here it would be lost as well
            time.sleep(LATER_S)
            signal.pthread_kill(here, number)

        threading.Thread(target=send_again, daemon=True).start()
        is_told.set()

    numbers = (signal.SIGTERM, signal.SIGHUP)
    is_main = threading.current_thread() is threading.main_thread()
    before = [n for n in numbers if is_main and signal.getsignal(n) is signal.SIG_DFL]
    tell_before = sys.unraisablehook
    for number in before:
        signal.signal(number, end)
    if is_main:
        sys.unraisablehook = tell
    try:
        yield
    finally:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        sys.unraisablehook = tell_before


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """The exit code of a run that was asked to end."""
    return interrupt.code if isinstance(interrupt, Interrupted) else INTERRUPTED


def interrupt_behind(error: BaseException) -> KeyboardInterrupt | None:
    """What an error goes back to where that is a signal: Python makes others of some in imports."""
    before = error.__cause__ or error.__context__
    if before is None or isinstance(before, KeyboardInterrupt):
        return before
    return interrupt_behind(before)
