"""What this machine must allow for student code to run: limits, files, memory, processes.

Student code is run by a JAX whose threads, memory and files are counted against the limits of
whoever runs the grader. Where they are too low JAX does not raise but aborts, so it is said
beforehand which limit to raise. Imports nothing heavy: it must work where nothing else does.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.catalog import Message, say
from grader.errors import SandboxError
from grader.sandbox.inside.isolation.policy import MAX_CPUS, OTHER_USER

THREADS, THREADS_PER_CPU = 9, 5
"""What JAX starts in each process that computes, and for each CPU of that process."""
LEAST_ADDRESS_BYTES = 5 << 29
LEAST_DATA_BYTES = 3 << 28
LEAST_MEMORY_BYTES, MEMORY_PER_JOB_BYTES = 3 << 27, 3 << 26
LEAST_FILES, FILES_PER_JOB = 32, 4
LEAST_CPU_S = 60
STACK_BYTES = 8 << 20
"""A thread's stack is as large as the limit, and counts as memory."""
MANY = 8192
"""A limit on processes this high is not looked into."""
_CGROUPS = Path("/sys/fs/cgroup")
_NEEDED_FILES = ("/dev/null", "/dev/urandom", "/proc/self/stat", "/proc/cpuinfo")


def require(jobs: int = 1) -> None:
    """Raise what may be raised to the limits' hard bounds; SandboxError where that is too low."""
    if sys.platform != "linux":
        return
    _raise_soft_limits()
    found = problems(jobs)
    if found:
        raise SandboxError("; ".join(map(str, found)))


def problems(jobs: int = 1) -> tuple[Message, ...]:
    """What this machine lacks for grading so many submissions at a time, and what to set."""
    if sys.platform != "linux":
        return ()
    return (*_files(jobs), *_memory(jobs), *_processes(jobs))


def todo() -> Message:
    """What to do when a limit was met that could not be foreseen."""
    return say("machine.todo")


def _raise_soft_limits() -> None:
    """Use what the hard limits allow, and give each thread a stack of the usual size."""
    import resource  # noqa: PLC0415  (not on Windows)

    infinite = resource.RLIM_INFINITY
    for name in ("NPROC", "NOFILE", "AS", "DATA", "CPU"):
        number = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(number)
        wanted = min(hard, 65_536) if name == "NOFILE" and hard != infinite else hard
        if soft != infinite and (name != "NOFILE" or soft < 1024):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(number, (wanted, hard))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == infinite or soft > STACK_BYTES:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, hard))


def _files(jobs: int) -> Iterator[Message]:
    for path in _NEEDED_FILES:
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            yield say("machine.no_file", path=path, why=error.strerror or "")
    have, need = _limit("NOFILE"), LEAST_FILES + FILES_PER_JOB * jobs
    if have is not None and have < need:
        yield say("machine.few_files", have=have, need=need)


def _memory(jobs: int) -> Iterator[Message]:
    for name, option, least in (
        ("AS", "-v", LEAST_ADDRESS_BYTES),
        ("DATA", "-d", LEAST_DATA_BYTES),
    ):
        have = _limit(name)
        if have is not None and have < least:
            values = {"option": option, "have": have >> 10, "need": least >> 10}
            yield say("machine.little_memory", **values)
    seconds = _limit("CPU")
    if seconds is not None and seconds < LEAST_CPU_S:
        yield say("machine.little_cpu", have=seconds, need=LEAST_CPU_S)
    need = LEAST_MEMORY_BYTES + MEMORY_PER_JOB_BYTES * jobs
    for folder in _cgroups("memory"):
        allowed = _number(folder / "memory.max", folder / "memory.limit_in_bytes")
        if allowed is not None and allowed < need:
            values = {"have": allowed >> 20, "need": need >> 20, "jobs": jobs}
            yield say("machine.little_memory_group", **values)
            return


def _processes(jobs: int) -> Iterator[Message]:
    child = THREADS + THREADS_PER_CPU * min(_cpus(), MAX_CPUS)
    judge = THREADS + THREADS_PER_CPU * _cpus() + 1  # and the fork server
    for folder in _cgroups("pids"):
        allowed, used = _number(folder / "pids.max"), _number(folder / "pids.current")
        need = (used or 1) + judge + child * jobs
        if allowed is not None and allowed < need:
            yield say("machine.few_pids", have=allowed, need=need, jobs=jobs)
            break
    have = _limit("NPROC")
    if have is None or have >= MANY:
        return
    is_root = os.geteuid() == 0
    need = _threads_of(OTHER_USER if is_root else os.geteuid()) + child * jobs
    need += 0 if is_root else judge
    if have < need:
        yield say("machine.few_processes", have=have, need=need, jobs=jobs)


def _limit(name: str) -> int | None:
    """A limit in force, or None for none."""
    import resource  # noqa: PLC0415  (not on Windows)

    soft, _ = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    return None if soft == resource.RLIM_INFINITY else soft


def _cpus() -> int:
    return len(os.sched_getaffinity(0))


def _cgroups(controller: str) -> Iterator[Path]:
    """The groups that this process is in, inner ones first, of a controller in either version."""
    lines = _text(Path("/proc/self/cgroup")).splitlines()
    for line in lines:
        _, names, path = line.split(":", 2)
        base = _CGROUPS / names.split(",")[-1] if names else _CGROUPS
        if names and controller not in names.split(","):
            continue
        for start in (base, _CGROUPS / "unified") if not names else (base,):
            inner = start / path.strip("/")
            while inner.is_relative_to(start):
                yield inner
                inner = inner.parent


def _number(*paths: Path) -> int | None:
    """The number in the first of the files that has one."""
    for path in paths:
        text = _text(path).strip()
        if text.isdigit():
            return int(text)
    return None


def _threads_of(user: int) -> int:
    """How many threads a user has, as far as they are to be seen."""
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            told = dict(
                line.split(":", 1)
                for line in _text(Path(entry.path, "status")).splitlines()
                if ":" in line
            )
            if told.get("Uid", "").split()[:1] == [str(user)]:
                count += int(told["Threads"])
    return count


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
