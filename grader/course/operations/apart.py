"""Grades one submission in a process of its own, which nothing else is lost with when it ends.

    python -m grader.course.operations.apart < an order > its result

That process knows nothing of the store, nor of where it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import registry
from grader.course.job import Job, JobResult, fresh_server, run_job
from grader.errors import SandboxError
from grader.judging.answer_key import draw_key
from grader.sandbox.child import WALL_PER_CPU

COMMAND = (sys.executable, "-P", "-m", "grader.course.operations.apart")
"""Without this folder on its path: it may be full of what students submitted."""
LEAST_LIMIT_S = 300.0
ROOM = 4.0
"""A submission has so many times what its time limit says: processes start anew."""
_SECRETS = ("GRADER_COURSE", "PGPASSWORD")
"""What may name the store: not for a process that grades."""
_PR_SET_PDEATHSIG = 1
_FIRST_TO_GO = "1000"
"""Where memory is short, the system ends this process rather than another."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A submission, and what it is graded with; `assignment` is as `-a` names it."""

    job: Job
    assignment: str
    seed: int
    timeout_s: float
    lang: str


def graded_apart(order: Order) -> JobResult:
    """The result of a submission. Raises SandboxError where the process ended before it had one."""
    limit_s = max(LEAST_LIMIT_S, ROOM * WALL_PER_CPU * order.timeout_s)
    known = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    try:
        done = subprocess.run(  # noqa: S603  (this very module)
            COMMAND,
            input=pickle.dumps(order),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=known,
            check=False,
            timeout=limit_s,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        msg = f"grading did not end within {limit_s:.0f} s, alone; look at the submission"
        raise SandboxError(msg) from None
    if done.returncode:
        raise SandboxError(f"grading ended with its process, alone ({_why(done.returncode)})")
    result: JobResult = pickle.loads(done.stdout)  # noqa: S301  (of our own process)
    return result


def _why(code: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


def main() -> None:
    """Grade what is on standard input."""
    _end_with_parent()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, "ascii")
    out = os.dup(1)
    os.dup2(2, 1)  # whatever is printed on the way is no result
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301  (of our own process)
    key = draw_key(registry.load(order.assignment), order.seed)
    with fresh_server() as server:
        result = run_job(
            order.job, key, server, timeout_s=order.timeout_s, lang=order.lang, is_last=True
        )
    with os.fdopen(out, "wb") as pipe:
        pickle.dump(result, pipe)


def _end_with_parent() -> None:
    """Not outlive the worker."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
