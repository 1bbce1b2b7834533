"""One child: ask it something, wait no longer than allowed, and know how it ended."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.catalog import say
from grader.sandbox import endings, idle
from grader.sandbox.endings import Suspect
from grader.sandbox.failures import Failure, FailureReason, failure_of
from grader.sandbox.inside import frames

WALL_PER_CPU = 5.0
"""A loaded machine must not fail honest work, so the wall clock allows this much more."""
POLL_S = 0.05
DYING_S = 0.3
"""How long a child that has closed its connection may take to end by itself."""
MAX_FILES = 500
MAX_AHEAD = 32
MAX_AHEAD_BYTES = 64 << 10
"""How much is sent before the answers are read: a socket holds more, in both directions."""
MAX_WRITTEN_BYTES = 64 << 20


@dataclass
class Budget:
    """CPU and wall seconds that are left for the questions of one part."""

    cpu_s: float
    wall_s: float

    @classmethod
    def of(cls, cpu_s: float) -> Budget:
        """So many CPU seconds, and the wall clock that goes with them."""
        return cls(cpu_s=cpu_s, wall_s=cpu_s * WALL_PER_CPU)


def _accept(failure: Failure) -> None:
    """Take a suspect failure for the student's, as where nobody is graded."""


class Child:
    """A forked child that answers one request at a time.

    `on_suspect` is called with each Failure that may be the machine's, before it is raised.
    """

    def __init__(
        self,
        connection: socket.socket,
        pid: int,
        reap: Callable[[int, float], dict[str, Any]],
        *,
        cpu_limit_s: float = float("inf"),
        folder: str = "",
    ) -> None:
        self.pid = pid
        self.on_suspect: Callable[[Failure], None] = _accept
        self._cpu_limit_s = cpu_limit_s
        self._folder = folder
        self._connection = connection
        self._connection.setblocking(False)
        self._reap = reap
        self._cpu_before_s = 0.0
        self._read = bytearray()
        self._statistics = _opened(f"/proc/{pid}/stat")
        self.is_alive = True
        self.kept: set[str] = set()
        """The digests of what is in the files that it was sent."""

    def ask(self, request: dict[str, Any], budget: Budget) -> Any:
        """The answer to a request; what it took is taken off the budget. Raises Failure."""
        self.send([frames.encode(request)], budget)
        return self.answer(budget)

    def send(self, requests: Sequence[bytes], budget: Budget) -> None:
        """Send encoded requests, to be answered one after the other. Raises Failure.

        More than one must be one of the `batches`, so that neither side waits for the other.
        """
        if not self.is_alive:
            raise Failure(FailureReason.CRASHED, message=say("stopped.before"))
        self._timed(budget, lambda deadline: self._send(b"".join(requests), deadline))

    def answer(self, budget: Budget) -> Any:
        """The answer to the oldest request that has none yet. Raises Failure."""
        answer = self.hear(budget)
        for told in (answer.get("error"), answer.get("trace_error")):
            failure = failure_of(told) if isinstance(told, dict) else None
            if failure and failure.suspect:
                self.on_suspect(failure)
        if isinstance(answer.get("error"), dict) and "figures" not in answer:
            raise failure_of(answer["error"])
        return answer

    def hear(self, budget: Budget) -> dict[str, Any]:
        """The next thing that the child says. Raises Failure; then the child is gone."""
        answer = self._timed(budget, lambda deadline: self._receive(budget, deadline))
        if not isinstance(answer, dict):
            self.end()
            raise Failure(FailureReason.NOT_PLAIN_DATA, message="not an answer")
        return answer

    def _timed(self, budget: Budget, act: Callable[[float], Any]) -> Any:
        started = time.monotonic()
        try:
            if budget.cpu_s <= 0 or budget.wall_s <= 0:
                raise Failure(
                    FailureReason.TIMEOUT, message="the time for this part was already used up"
                )
            done = act(started + budget.wall_s)
        except Failure as failure:
            self._charge(budget, started)
            self.end()
            if failure.suspect:
                self.on_suspect(failure)
            raise failure from None
        self._charge(budget, started)
        return done

    def _charge(self, budget: Budget, started: float) -> None:
        cpu_s = self.cpu_s()
        budget.cpu_s -= cpu_s - self._cpu_before_s
        budget.wall_s -= time.monotonic() - started
        self._cpu_before_s = cpu_s

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT, deadline)
            try:
                view = view[self._connection.send(view) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._gone() from None

    def _receive(self, budget: Budget, deadline: float) -> Any:
        limit_s = self._cpu_before_s + budget.cpu_s
        try:
            prefix = self._exactly(frames.PREFIX_BYTES, deadline, limit_s)
            header, buffers = frames.lengths(prefix, max_header=frames.MAX_ANSWER_HEADER_BYTES)
            head = self._exactly(header, deadline, limit_s)
            return frames.decode(head, self._exactly(buffers, deadline, limit_s))
        except frames.FrameError as error:
            raise Failure(FailureReason.NOT_PLAIN_DATA, message=str(error)) from None

    def _exactly(self, count: int, deadline: float, limit_s: float) -> bytes:
        while len(self._read) < count:
            self._wait(select.POLLIN, deadline, limit_s)
            try:
                part = self._connection.recv(min(max(count - len(self._read), 1 << 16), 1 << 20))
            except BlockingIOError:
                continue
            except OSError:
                part = b""
            if not part:
                raise self._gone()
            self._read += part
        data = bytes(self._read[:count])
        del self._read[:count]
        return data

    def _wait(self, event: int, deadline: float, cpu_limit_s: float | None = None) -> None:
        poll = select.poll()
        poll.register(self._connection, event)
        if poll.poll(POLL_S * 1000):
            return
        idleness, started, delayed_s = idle.Idleness(), time.monotonic(), idle.delay_s(self.pid)
        while not poll.poll(POLL_S * 1000):
            now = time.monotonic()
            if now > deadline:
                raise self._too_late(now - started, idle.delay_s(self.pid) - delayed_s)
            if cpu_limit_s is not None and self.cpu_s() > cpu_limit_s:
                raise Failure(FailureReason.TIMEOUT, message="CPU time")
            if self._folder and uses_too_much(self._folder):
                raise Failure(FailureReason.CRASHED, message=say("stopped.by_files"))
            if idleness.is_due(now) and idleness.add(now, idle.look(self.pid)):
                raise Failure(FailureReason.TIMEOUT, message="nothing was done")

    def _too_late(self, waited_s: float, delayed_s: float) -> Failure:
        """The wall clock's end, which may be the machine's doing if it did not let the child run.

        On a machine that stays loaded the wall clock decides in the end.
        """
        suspect = None
        if idle.is_halted(self.pid):
            suspect = Suspect(what=say("machine.halted"), is_doubtful=False)
        elif delayed_s > waited_s / 2:
            suspect = Suspect(what=say("machine.loaded"), is_doubtful=True)
        return Failure(FailureReason.TIMEOUT, message="wall clock", suspect=suspect)

    def _gone(self) -> Failure:
        how = endings.ending(self._close(DYING_S), cpu_limit_s=self._cpu_limit_s)
        if how.is_timeout:
            return Failure(FailureReason.TIMEOUT, message="CPU time")
        return Failure(FailureReason.CRASHED, message=how.why, suspect=how.suspect)

    def cpu_s(self) -> float:
        """CPU seconds that the child has used so far; 0 where the system does not tell."""
        try:
            text = os.pread(self._statistics, 4096, 0)
            fields = text.rpartition(b")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return self._cpu_before_s

    def end(self) -> None:
        """Kill the child and all that it started; wait until it is gone."""
        self._close()

    def _close(self, patience_s: float = 0.0) -> dict[str, Any]:
        if not self.is_alive:
            return {}
        self.is_alive = False
        self._connection.close()
        if self._statistics >= 0:
            os.close(self._statistics)
            self._statistics = -1
        return self._reap(self.pid, patience_s)


def _opened(path: str) -> int:
    """A descriptor to read a file again and again, or -1 where there is none."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def batches(requests: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Encoded requests in runs that may be sent before an answer is read."""
    run: list[bytes] = []
    for request in requests:
        if run and (len(run) == MAX_AHEAD or sum(map(len, run)) + len(request) > MAX_AHEAD_BYTES):
            yield run
            run = []
        run.append(request)
    if run:
        yield run


def uses_too_much(folder: str) -> bool:
    """Whether a child has filled its own folder beyond measure; its files are never opened."""
    size = count = 0
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    count += 1
                    if count > MAX_FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except PermissionError:
            return True  # a folder that cannot be looked into may hold anything
        except OSError:
            continue  # it is gone, or the judge itself is short of something
    return size > MAX_WRITTEN_BYTES
