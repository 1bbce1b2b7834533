"""A Python with nbgrader in it, for tests: `build/nbgrader`, which `.ci/run` makes.

It is kept running, since importing nbgrader takes seconds. `python nbgrader_worker.py` is its side.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from grader.course.exchange.nbgrader_rows import NbAssignment, NbRow, Written

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / "build" / "nbgrader" / "bin"
WHY_NOT = "nbgrader is not there: make build/nbgrader/.installed"


class Worker:
    """The running Python; what fails there fails here with its type and its message."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def write(self, db: Path, assignment: NbAssignment, rows: Sequence[NbRow]) -> Written:
        """What `write_gradebook` gives there."""
        code = "from grader.course.exchange.nbgrader import write_gradebook\n"
        code += "answer = write_gradebook(db, assignment, rows)"
        written: Written = self.run(code, db=db, assignment=assignment, rows=rows)
        return written

    def run(self, code: str, **names: Any) -> Any:
        """What a piece of code leaves under the name `answer`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((code, names), self._process.stdin)
        self._process.stdin.flush()
        error, answer = pickle.load(self._process.stdout)  # noqa: S301  (our own program)
        if error is not None:
            raise error
        return answer


@contextmanager
def worker() -> Iterator[Worker]:
    """A worker, ended behind the block; its PATH has nothing of nbgrader's environment."""
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [BIN / "python", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    with process:
        yield Worker(process)
        assert process.stdin is not None
        process.stdin.close()


def serve(source: BinaryIO, out: BinaryIO) -> None:
    """Run what comes in, piece by piece, to its end."""
    while True:
        try:
            code, names = pickle.load(source)  # noqa: S301  (our own program)
        except EOFError:
            return
        error = None
        try:
            exec(code, names)  # noqa: S102  (our own program)
        except Exception as raised:  # noqa: BLE001  (it is raised on the other side)
            error = type(raised)(str(raised))
        pickle.dump((error, names.get("answer")), out)
        out.flush()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)
