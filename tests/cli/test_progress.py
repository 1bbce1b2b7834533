"""What the terminal shows while a class is graded."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from sample_results import typical, unreadable

from grader.cli import progress
from grader.cli.progress import Progress
from grader.course.batch import FinishedSubmission
from grader.report.result_json import stored

CLEARED = "\r\x1b[K"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is drawn by itself."""
    monkeypatch.setattr(progress, "EACH_S", 600.0)


def shown(*times: float, is_live: bool = True) -> tuple[io.StringIO, Progress]:
    """A progress whose clock says these times, and what it prints to."""
    clock: Iterator[float] = iter(times)
    stream = io.StringIO()
    made = Progress(
        stream,
        is_live=is_live,
        width=80,
        ascii_only=True,
        lang="en",
        clock=lambda: next(clock),
    )
    return stream, made.expect(8)


def done(number: int, *, is_resumed: bool = False) -> FinishedSubmission:
    """A submission that ended."""
    data = stored(typical())
    return FinishedSubmission(number=number, total=8, result=data, is_resumed=is_resumed)


def test_line_is_drawn_at_once_and_anew() -> None:
    """The line stands there before anything has ended, and moves when nothing ends."""
    stream, made = shown(0.0, 0.0, 61.0)
    with made:
        made.draw()
    assert stream.getvalue() == (
        f"{CLEARED}  ................................  0 of 8   0.0 s so far"
        f"{CLEARED}  ................................  0 of 8   1 min 1 s so far{CLEARED}"
    )


def test_time_left_is_that_of_this_run() -> None:
    """What was graded before does not count in the rate, nor does one that runs on and on."""
    times = (0.0, 0.0, 10.0, *(12.0, 12.0), *(14.0, 14.0), *(16.0, 16.0), 46.0)
    stream, made = shown(*times)
    with made:
        made.add(done(1, is_resumed=True))
        for number in (2, 3, 4):
            made.add(done(number))
        made.draw()
    lines = stream.getvalue().split(CLEARED)
    assert [line.rpartition("  ")[2] for line in lines] == [
        "", "0.0 s so far", "12 s so far", "14 s so far", "about 8.0 s left",
        "about 8.0 s left", "",
    ]  # fmt: skip


def test_last_ones_are_waited_for() -> None:
    """Where all that is left runs already, nobody knows how long: their names are told."""
    left = ["Maximiliana von Hohenfels_2101", "bo"]
    stream, made = shown(*map(float, range(20)))
    made.expect(8, jobs=2, left=lambda: left)
    for number in range(1, 7):
        made.add(done(number))
    left.pop(0)
    made.draw()
    lines = stream.getvalue().split(CLEARED)
    assert "left" in lines[-3]
    assert lines[-2].endswith("waiting for Maximilian...enfels_2101 and 1 more")
    assert lines[-1].endswith("waiting for bo")


def test_trouble_stays_above_the_line() -> None:
    """A submission that needs a person keeps a line of its own, and so does a message."""
    stream, made = shown(0.0, 0.0, 1.0, 1.0)
    data = stored(unreadable())
    with made:
        made.add(FinishedSubmission(number=1, total=8, result=data, is_resumed=False))
        made.apart(lambda: print("a message", file=stream))
    lines = stream.getvalue().split(CLEARED)
    assert lines[2].startswith("[1/8] lindqvist  could not be read: ")
    assert lines[2].endswith("\n")
    assert lines[4] == "a message\n"


def test_lines_without_a_terminal() -> None:
    """Without a terminal there is a line a submission, and nothing moves."""
    stream, made = shown(0.0, 1.0, is_live=False)
    with made:
        made.add(done(1))
        made.apart(lambda: print("a message", file=stream))
    assert stream.getvalue() == "[1/8] robin  47/100  6.2 s\na message\n"
