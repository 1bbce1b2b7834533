"""What children that trace are sent: shapes, and no number of any case."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment import registry
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import read_submission
from grader.sandbox.child import Budget, Child
from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Key, Plain, Record
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

ROOT = Path(__file__).parents[2]
SOLUTIONS = [
    ROOT / "exercises" / name
    for name in ("kmeans/solutions/plain.py", "jax_basics/solutions/plain.py")
]


class Watched(ForkServer):
    """A fork server that notes what its children for traces are sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        super().__init__()

    def fork(self, *, cpu_s: float, task: str = "serve") -> Child:
        """A child; one that traces is watched."""
        child = super().fork(cpu_s=cpu_s, task=task)
        if task == "trace":
            send = child.send

            def noted(requests: Sequence[bytes], budget: Budget) -> None:
                self.sent += requests
                send(requests, budget)

            child.send = noted  # type: ignore[method-assign]
        return child


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """One for all submissions here."""
    with Watched() as server:
        yield server


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """All arrays in a value, wherever they stand."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (Plain, Key)):
        yield value.array if isinstance(value, Plain) else value.data
    inner: Any = ()
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, (tuple, list, frozenset)):
        inner = value
    elif isinstance(value, Record):
        inner = [*value.values, *value.extras]
    for item in inner:
        yield from arrays_in(item)


def read(request: bytes) -> Any:
    """What a request says."""
    header, _ = frames.lengths(request[: frames.PREFIX_BYTES])
    body = request[frames.PREFIX_BYTES :]
    return frames.decode(body[:header], body[header:])


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_no_array_is_sent_to_be_traced(watched: Watched, path: Path) -> None:
    """No request to a child that traces has an array in it, nor the numbers of one in a text."""
    watched.sent.clear()
    key = draw_key(registry.load(path.parts[-3]), 1)
    grade(read_submission(path), key, watched, student="a", timeout_s=20.0)
    requests = [read(one) for one in watched.sent]
    asked = [one for one in requests if one["op"] == "trace"]
    assert asked
    assert [array for request in requests for array in arrays_in(request)] == []
