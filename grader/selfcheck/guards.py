"""What holds around a call of the student's function: its time, its output, its globals."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class TimeLimitReached(BaseException):
    """The time is used up. No Exception, so that the student's code does not catch it."""


@contextlib.contextmanager
def bound(namespace: dict[str, Any], values: Mapping[str, Any]) -> Iterator[None]:
    """The notebook's globals hold these values for a moment."""
    before = {name: namespace[name] for name in values if name in namespace}
    namespace.update(values)
    try:
        yield
    finally:
        for name in values:
            namespace.pop(name, None)
        namespace.update(before)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeLimitReached after so many seconds, where Python can: not inside compiled loops."""

    def stop(_signal: int, _frame: object) -> NoReturn:
        raise TimeLimitReached

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    handler = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """What the student's function prints stays out of the notebook."""
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield
