"""Whose doing the end of a child was, from what the system says of it."""

from __future__ import annotations

from typing import Any

import pytest

from grader.catalog import Message
from grader.sandbox.endings import Ending, ending, shortage

LIMIT_S = 10.0


def of(**ended: Any) -> Ending:
    """Get what an end means, of a child that used little of its time."""
    return ending({"cpu_s": 0.1, **ended}, cpu_limit_s=LIMIT_S)


def said(message: Message | None) -> str:
    """Get the sentence, without what to do."""
    return str(message).split("; ")[0].split(": ")[0]


@pytest.mark.parametrize("number", [1, 2, 3, 9, 10, 15, 24])
def test_killing_signal_is_the_machines(number: int) -> None:
    """A signal that no code can send to its own process came from outside."""
    how = of(signal=number)
    assert how.suspect is not None
    assert not how.suspect.is_doubtful
    assert said(how.suspect.what) == (
        f"the system ended the process that runs the code (signal {number})"
    )


@pytest.mark.parametrize("number", [4, 6, 7, 8, 11])
def test_broken_process_is_doubtful(number: int) -> None:
    """A process that broke down may be the student's or the machine's."""
    how = of(signal=number)
    assert how.suspect is not None
    assert how.suspect.is_doubtful
    assert str(how.suspect.what) == (
        f"the process that runs the code failed (signal {number}), and so does a program "
        "that is known to work; free memory, raise the limits on processes and threads, and run "
        "again"
    )


@pytest.mark.parametrize(
    ("status", "why"),
    [(0, "exit code 0"), (7, "exit code 7"), (134, "signal 6"), (137, "signal 9")],
)
def test_exit_status_is_the_students(status: int, why: str) -> None:
    """The kernel ends no process with a status, so the code in it did."""
    assert of(status=status) == Ending(why=of(status=status).why)
    assert str(of(status=status).why) == why


@pytest.mark.parametrize("status", [1, 70, 127])
def test_status_of_libraries_is_doubtful(status: int) -> None:
    """Libraries that find no memory leave with these."""
    suspect = of(status=status).suspect
    assert suspect is not None
    assert suspect.is_doubtful


def test_closed_connection_is_doubtful() -> None:
    """A child that lives on without its connection may be one that the system is ending."""
    suspect = of(killed=True).suspect
    assert suspect is not None
    assert suspect.is_doubtful


@pytest.mark.parametrize("number", [9, 24])
def test_used_up_time_is_a_timeout(number: int) -> None:
    """A child that the kernel's own limit ended has run out of time, also one that ignored it."""
    assert of(signal=number, cpu_s=LIMIT_S).is_timeout


def test_other_machines_calls_are_the_students() -> None:
    """The filter ends a process that calls the system as another machine's code does."""
    assert of(signal=31).suspect is None


def test_lost_server_is_the_machines() -> None:
    """With the fork server its children are gone, whatever they were doing."""
    suspect = of(is_lost=True).suspect
    assert suspect is not None
    assert not suspect.is_doubtful
    assert str(suspect.what) == (
        "the process that starts all others was ended from outside; free memory, or find out what ended it, and run again"
    )


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        ("RuntimeError", "can't start new thread", "RuntimeError: can't start new thread"),
        ("MemoryError", "", "MemoryError"),
        ("OSError", "[Errno 28] No space left on device", None),
        ("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory", None),
    ],
)
def test_shortage_is_doubtful(kind: str, message: str, told: str | None) -> None:
    """An exception that says that something ran out may be the student's or the machine's."""
    suspect = shortage(kind, message)
    assert suspect is not None
    assert suspect.is_doubtful
    assert str(suspect.what) == (
        f"the machine ran out of a resource: {told or f'{kind}: {message}'}; free memory and disk "
        "space, raise the limits on processes and threads, and run again"
    )


@pytest.mark.parametrize(
    ("kind", "message"),
    [("OSError", "[Errno 2] No such file"), ("ValueError", "memory"), ("RuntimeError", "no")],
)
def test_usual_error_is_no_shortage(kind: str, message: str) -> None:
    """Any other exception is the student's."""
    assert shortage(kind, message) is None
