"""A folder has one run at a time, and none when its process has ended."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.lock import NAME, Lock
from grader.errors import UsageError

HOLD = """
import sys, time
from pathlib import Path
from grader.course.lock import Lock
Lock(Path(sys.argv[1])).take()
print("taken", flush=True)
time.sleep(600)
"""


def test_second_is_told_who_has_it(tmp_path: Path) -> None:
    """A folder that is taken says whose it is and since when; it is free after that."""
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    with pytest.raises(UsageError) as caught:
        second.take()
    start = f"{tmp_path}: another run is using this folder (process {os.getpid()} on "
    start += f"{socket.gethostname()}, since "
    end = "+00:00); wait until it ends, or choose another --out"
    assert re.fullmatch(re.escape(start) + r"[-0-9T:]{19}" + re.escape(end), str(caught.value))
    first.free()
    assert not (tmp_path / NAME).exists()
    assert second.take()
    second.free()
    second.free()


def test_killed_holder_frees_it(tmp_path: Path) -> None:
    """A run that was killed leaves its file and no lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        with pytest.raises(UsageError, match=f"process {holder.pid} on "):
            Lock(tmp_path).take()
        holder.send_signal(signal.SIGKILL)
    assert json.loads((tmp_path / NAME).read_text("utf-8"))["pid"] == holder.pid
    lock = Lock(tmp_path)
    assert lock.take()
    assert json.loads((tmp_path / NAME).read_text("utf-8"))["pid"] == os.getpid()
    lock.free()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "host": "", "since": ""}'])
def test_odd_holder_is_left_out(tmp_path: Path, text: str) -> None:
    """A lock without a name in it is a lock all the same."""
    lock = Lock(tmp_path)
    assert lock.take()
    (tmp_path / NAME).write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        Lock(tmp_path).take()
    assert str(caught.value) == (
        f"{tmp_path}: another run is using this folder; wait until it ends, or choose another --out"
    )
    lock.free()


def test_removed_file_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its holder has just removed is not taken for the lock of the folder."""
    real = fcntl.flock
    calls: list[int] = []

    def late(descriptor: int, operation: int) -> None:
        if not calls:
            (tmp_path / NAME).unlink()
        calls.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    lock = Lock(tmp_path)
    assert lock.take()
    assert len(calls) == 2
    with pytest.raises(UsageError):
        Lock(tmp_path).take()
    lock.free()


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no locks, the folder is used without one, and nothing is left."""

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, f"no locks for {descriptor} {operation}")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not Lock(tmp_path).take()
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in which no file can be made is told."""
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError) as caught:
        Lock(tmp_path).take()
    assert str(caught.value) == (
        f"{tmp_path / NAME}: cannot be written: Too many levels of symbolic links; "
        "choose another folder"
    )
