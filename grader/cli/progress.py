"""What the terminal shows while a class is graded: a line a submission, or one that moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Self, TextIO

from grader.cli.pace import remaining
from grader.cli.terminal import show
from grader.course.batch import Clock, FinishedSubmission
from grader.report.class_text import batch_line, batch_progress

EACH_S = 1.0
_CLEARED = "\r\x1b[K"


class Progress:
    """The progress of a batch. On a terminal its line is redrawn each second, in a context."""

    def __init__(  # noqa: PLR0913  (every option by name)
        self,
        stream: TextIO,
        *,
        is_live: bool,
        width: int | None,
        ascii_only: bool,
        lang: str,
        clock: Clock,
    ) -> None:
        self._stream, self._is_live, self._clock = stream, is_live, clock
        self._width, self._ascii_only, self._lang = width, ascii_only, lang  # no width: no end
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._started = self._began = self._last = clock()
        self._done = self._ended = self._total = 0
        self._jobs = 0
        self._left: Callable[[], Sequence[str]] = tuple
        self._ticks = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if self._is_live:
            self.draw()
            self._ticks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._is_live:
            self._ticks.join()
            self._print(_CLEARED)

    def expect(
        self, total: int, *, jobs: int = 0, left: Callable[[], Sequence[str]] = tuple
    ) -> Self:
        """The same, of so many submissions, of which so many run at a time.

        `left` says whose have no result yet.
        """
        self._total, self._jobs, self._left = total, jobs, left
        return self

    def add(self, done: FinishedSubmission) -> None:
        """Show that one more is done; one that is kept from an earlier run is only counted."""
        line = batch_line(
            done.result,
            number=done.number,
            total=done.total,
            width=self._width,
            ascii_only=self._ascii_only,
            lang=self._lang,
        )
        with self._lock:
            self._done, self._total, self._last = done.number, done.total, self._clock()
            if done.is_resumed:
                self._began = self._last  # what was there already says nothing about the rate
                return
            self._ended += 1
            if not self._is_live:
                self._print(f"{line}\n")
                return
            if done.failed or done.result.status != "graded":
                self._print(f"{_CLEARED}{line}\n")
            self.draw()

    def apart(self, show: Callable[[], None]) -> None:
        """Let something else be printed, above the line."""
        with self._lock:
            if self._is_live:
                self._print(_CLEARED)
            show()

    def draw(self) -> None:
        """Redraw the line, with the times of now."""
        with self._lock:
            now = self._clock()
            left = self._total - self._done
            waiting = self._left() if left <= self._jobs else ()
            pace = remaining(ended=self._ended, left=left, elapsed_s=self._last - self._began)
            line = batch_progress(
                done=self._done,
                total=self._total,
                elapsed_s=now - self._started,
                left_s=None if waiting else pace,
                waiting=waiting,
                width=self._width or 80,
                ascii_only=self._ascii_only,
                lang=self._lang,
            )
            self._print(f"{_CLEARED}{line}")

    def _print(self, text: str) -> None:
        show(text, self._stream)

    def _tick(self) -> None:
        while not self._over.wait(EACH_S):
            self.draw()
