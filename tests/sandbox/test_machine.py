"""What the machine must allow, and the line that says which limit to raise."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these limits are Linux's")

SUBMISSION = """
import jax.numpy as jnp
"""


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Give limits to fill in; what is not there is without limit."""
    found: dict[str, int] = {}
    monkeypatch.setattr(machine, "_limit", found.get)
    monkeypatch.setattr(machine, "_cgroups", lambda _: iter(()))
    monkeypatch.setattr(machine, "_cpus", lambda: 2)
    monkeypatch.setattr(machine, "_threads_of", lambda _: 3)
    return found


def told(jobs: int = 1) -> list[str]:
    """Get the problems as sentences."""
    return [str(problem) for problem in machine.problems(jobs)]


@pytest.mark.usefixtures("allowed")
def test_no_limits_are_no_problem() -> None:
    """A machine without limits can do."""
    assert told() == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "NOFILE",
            10,
            "only 10 files may be open, but 36 are needed; raise `ulimit -n`, or use fewer --jobs",
        ),
        (
            "AS",
            1 << 30,
            "`ulimit -v` allows 1048576 KiB of memory, but 2621440 are needed; raise it",
        ),
        (
            "DATA",
            1 << 28,
            "`ulimit -d` allows 262144 KiB of memory, but 786432 are needed; raise it",
        ),
        ("CPU", 5, "`ulimit -t` allows 5 s of CPU time, but 60 are needed; raise it"),
    ],
)
def test_low_limit_is_named(allowed: dict[str, int], name: str, value: int, sentence: str) -> None:
    """A limit that is too low is named with what is needed."""
    allowed[name] = value
    assert told() == [sentence]


def test_processes_are_counted_for_all_jobs(
    allowed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user needs threads for the judge and for each job; of root's, only the children count."""
    allowed["NPROC"] = 60
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    assert told(jobs=1) == []
    assert told(jobs=2) == [
        "`ulimit -u` allows 60 processes and threads, but 61 are needed with --jobs 2; raise it, or use fewer jobs"
    ]
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    assert told(jobs=2) == []
    assert len(told(jobs=4)) == 1


def test_control_group_is_asked(
    allowed: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The limits of the control groups are looked at, those of either version."""
    assert allowed == {}
    monkeypatch.setattr(machine, "_cgroups", lambda _: iter([tmp_path]))
    (tmp_path / "pids.max").write_text("max\n", encoding="ascii")
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert told() == []
    (tmp_path / "pids.max").write_text("64\n", encoding="ascii")
    (tmp_path / "pids.current").write_text("7\n", encoding="ascii")
    (tmp_path / "memory.max").unlink()
    (tmp_path / "memory.limit_in_bytes").write_text(f"{256 << 20}\n", encoding="ascii")
    assert told(jobs=2) == [
        "memory.max of the control group allows 256 MiB, but 768 are needed with --jobs 2; raise it, or use fewer jobs",
        "pids.max of the control group allows 64 threads, but 65 are needed with --jobs 2; raise it, or use fewer jobs",
    ]


def test_missing_file_of_the_system_is_named(
    allowed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system does not have is said by its path, and stops everything."""
    assert allowed == {}
    monkeypatch.setattr(machine, "_NEEDED_FILES", ("/dev/nowhere",))
    with pytest.raises(SandboxError) as caught:
        machine.require()
    assert str(caught.value) == (
        "/dev/nowhere cannot be read (No such file or directory); run the grader where it can"
    )


def test_unforeseen_limit_says_what_to_do() -> None:
    """A limit that was met all the same is told with what may be raised."""
    assert str(machine.todo()) == (
        "free memory and disk space, raise the limits on processes and memory (ulimit -u and -v, "
        "pids.max, memory.max), and run again"
    )


@pytest.mark.parametrize("limit", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
def test_check_ends_with_one_line(tmp_path: Path, limit: int) -> None:
    """Where memory is limited too much, `check` says so in one line and grades nothing."""
    file = tmp_path / "kmeans.py"
    file.write_text(SUBMISSION, encoding="utf-8")
    # Set by the command itself: this process has threads, which no function may run between.
    start = (
        "import resource, sys; from grader.cli.entry import main; "
        f"resource.setrlimit({limit}, (500 << 20, 500 << 20)); sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, "check", str(file), "-a", "kmeans"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("grader: `ulimit -")
    assert done.stderr.count("\n") == 1
