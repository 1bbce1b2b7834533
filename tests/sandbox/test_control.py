"""The control: what the machine does to it is told as that, and changes nothing else."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_class import RIGHT, assignment, hand_in, run

from grader.catalog import say
from grader.sandbox import control, machine
from grader.sandbox.child import Child
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

KILLED = "the system ended the process that runs the code (signal 9); most often memory ran out: free some, or grade fewer at a time, and run again"
BROKEN = "the process that runs the code failed (signal 11), and so does a program that is known to work; free memory, raise the limits on processes and threads, and run again"
SEGFAULT = "import ctypes; ctypes.string_at(0)"

Kill = Callable[[range], None]


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """A fork server of one's own."""
    with ForkServer() as running:
        yield running


@pytest.fixture(params=["fork", "_fork"], ids=["before the question", "before it is ready"])
def kill(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kill:
    """Give what has the machine kill those of the next children that are in a range."""
    name = str(request.param)
    real = getattr(ForkServer, name)

    def arrange(times: range) -> None:
        seen: list[int] = []

        def forked(server: ForkServer, *arguments: Any, **more: Any) -> Child:
            child: Child = real(server, *arguments, **more)
            if len(seen) in times:
                os.kill(child.pid, signal.SIGKILL)
            seen.append(child.pid)
            return child

        monkeypatch.setattr(ForkServer, name, forked)

    return arrange


def test_one_killed_child_is_tried_again(kill: Kill, server: ForkServer) -> None:
    """A child of the control that is killed says nothing about JAX: programs are evaluated."""
    kill(range(2))
    control.require(server)
    assert server.evaluates
    assert server.versions["compiled"] == ""


def test_children_that_are_all_killed_are_the_machines(kill: Kill, server: ForkServer) -> None:
    """Where each child of the control is killed, one line says what the machine did."""
    kill(range(100))
    with pytest.raises(SuspectError) as caught:
        control.require(server)
    assert str(caught.value) == KILLED
    assert server.evaluates


def test_batch_without_a_control_grades_nothing(kill: Kill, tmp_path: Path) -> None:
    """A class that no child lives for ends with 3 and one line, and without a point."""
    kill(range(100))
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    ran = run("batch", home, "--out", out, "-a", assignment(tmp_path))
    assert (ran.code, ran.out, ran.err) == (3, "", f"grader: {KILLED}\n")
    assert not list(out.glob("students/*"))


def test_control_that_breaks_down_is_the_machines(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that breaks down evaluated and compiled alike is no matter of the grader's files."""
    monkeypatch.setattr(control, "CELLS", [*control.CELLS, SEGFAULT])
    with pytest.raises(SuspectError) as caught:
        control.require(server)
    assert str(caught.value) == BROKEN
    assert not server.evaluates


def test_self_test_that_is_killed_is_the_machines(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The self-test of the isolation asks for no report where the machine ended it."""
    real = ForkServer._fork

    def forked(running: ForkServer, request: dict[str, Any]) -> Child:
        child = real(running, request)
        os.kill(child.pid, signal.SIGKILL)
        return child

    monkeypatch.setattr(ForkServer, "_fork", forked)
    with pytest.raises(SuspectError) as caught:
        server.probe()
    assert str(caught.value) == KILLED


@pytest.mark.parametrize("command", ["batch", "audit"])
def test_limits_are_asked_for_all_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A machine that allows fewer jobs is refused before anything is looked at."""

    def problems(jobs: int = 1) -> tuple[Any, ...]:
        return (say("machine.few_pids", have=64, need=100, jobs=jobs),) if jobs > 1 else ()

    monkeypatch.setattr(machine, "problems", problems)
    out = tmp_path / "out"
    more = {"batch": (tmp_path / "none", "--out", out), "audit": ("none",)}[command]
    ran = run(command, *more, "--jobs", 8)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "grader: pids.max of the control group allows 64 threads, but 100 are needed with --jobs 8; raise it, or use fewer jobs\n"
    )
    assert not out.exists()
