"""The fork server: imports what students need once, then forks a child for each submission.

Started as `python -I -S -B zygote.py CONTROL_FD EVALUATES SITE_PACKAGES...`; where EVALUATES is 0
all programs are compiled. It starts no JAX backend and keeps one thread, so that forking is safe,
and it never sees what its children are asked.
"""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from inside.isolation import walls
    from inside.isolation.policy import Policy

OWN_FAULT = 70
"""The status of a child whose own loop failed, not the student's code in it."""
LAST_TO_DIE, FIRST_TO_DIE = -900, 1000
"""For the kernel's memory killer; the first only where the grader has the right to it."""


def main(arguments: list[str]) -> None:
    """Serve fork and reap requests from the judge until it hangs up."""
    control = socket.socket(fileno=int(arguments[1]))
    here = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if path != str(here)]
    sys.path += arguments[3:]
    sys.path.insert(0, str(here.parent))
    from inside import frames, warmup  # noqa: PLC0415
    from inside.evaluator import programs  # noqa: PLC0415
    from inside.isolation import readable_paths, walls  # noqa: PLC0415

    # What children need: they can import nothing of the grader any more.
    from inside import beginning, evaluating, worker  # noqa: PLC0415, F401  # isort: skip
    from inside.isolation import bait, probes  # noqa: PLC0415, F401  # isort: skip

    sys.path.remove(str(here.parent))
    evaluates = arguments[2] == "1"
    programs.install(evaluates=evaluates)
    versions = warmup.versions(evaluates=evaluates)
    be_killed(LAST_TO_DIE)
    prepared = walls.prepare(policy())
    folders: dict[int, str] = {}
    # What was imported lives forever: children need not look through it for garbage, nor copy it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    control.sendall(frames.encode(versions))
    children: set[int] = set()
    while True:
        try:
            request = frames.receive(control)
        except (EOFError, OSError):
            break
        if request["op"] == "fork":
            answer = fork(request, prepared, descriptor=socket.recv_fds(control, 1, 1)[1][0])
            if "pid" in answer:
                children.add(answer["pid"])
                folders[answer["pid"]] = answer["folder"]
            control.sendall(frames.encode(answer))
        elif request["op"] == "reap":
            ended = reap(request["pid"], children, request["patience_s"])
            folder = folders.pop(request["pid"], "")
            if folder:
                readable_paths.remove(folder)
            control.sendall(frames.encode(ended))
    end(children)


def fork(request: Any, prepared: walls.Prepared, *, descriptor: int) -> dict[str, Any]:
    """The number and the folder of a new child, or what this machine lacks for one."""
    from inside.isolation import readable_paths  # noqa: PLC0415

    parent = os.getpid()
    folder = ""
    try:
        folder = private_folder(prepared)
        pid = os.fork()
    except OSError as error:
        readable_paths.remove(folder)
        return {"lacks": f"{type(error).__name__}: {error}"}
    else:
        if pid == 0:
            be_child(request, prepared, descriptor, parent, folder)
        return {"pid": pid, "folder": folder}
    finally:
        os.close(descriptor)


def be_child(
    request: Any, prepared: walls.Prepared, descriptor: int, parent: int, folder: str
) -> NoReturn:
    """Go behind the walls, say what holds, and serve the judge until it hangs up."""
    from inside import beginning, evaluating, frames, worker  # noqa: PLC0415
    from inside.isolation import bait, probes  # noqa: PLC0415

    status = OWN_FAULT
    try:
        connection = socket.socket(fileno=descriptor)
        layers = enter(prepared, descriptor, parent, int(request["cpu_s"]), folder)
        is_probe = request["task"] == "probe"
        lacks = beginning.lack() if request["task"] == "serve" else ""
        connection.sendall(frames.encode({"layers": layers, "lacks": lacks}))
        if is_probe:
            context = bait.Context(**request["context"], keep_fds=(descriptor,))
            connection.sendall(frames.encode({"probes": probes.run(context)}))
        if request["task"] == "evaluate":
            evaluating.serve(connection)
        else:
            worker.serve(connection)
        status = 0
    finally:
        os._exit(status)


def end(children: set[int]) -> None:
    """Kill all children, and remove the folder that everything here was written into."""
    from inside.isolation import readable_paths  # noqa: PLC0415

    for pid in children:
        kill(pid)
        os.waitpid(pid, 0)
    # The judge may have been killed, and no one else would.
    readable_paths.remove(os.environ["TMPDIR"])


def policy() -> Policy:
    """What every child may use, from how the judge started this server."""
    from inside.isolation.policy import OTHER_USER, Policy  # noqa: PLC0415

    work = Path(os.environ["TMPDIR"]) / "work"
    # It can be entered but not listed, so that no child finds another's folder in it.
    work.mkdir(mode=0o311)
    return Policy(
        uid=OTHER_USER if os.geteuid() == 0 else None,
        writable=str(work),
    )


def private_folder(prepared: walls.Prepared) -> str:
    """A new folder for one child, which no other can guess; the place it starts in."""
    assert prepared.policy.writable is not None  # see `policy`
    folder = Path(prepared.policy.writable) / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    if prepared.becomes is not None:
        os.chown(folder, *prepared.becomes)
    return str(folder)


def enter(prepared: walls.Prepared, descriptor: int, parent: int, cpu_s: int, folder: str) -> Any:
    """Go behind the walls with one descriptor left; what holds, by layer."""
    from inside import output  # noqa: PLC0415
    from inside.isolation import walls  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    be_killed(FIRST_TO_DIE)
    output.drop()
    os.environ.update(HOME=folder, TMPDIR=folder)
    own = replace(prepared.policy, keep_fds=(descriptor,), cpu_s=max(cpu_s, 1), writable=folder)
    return walls.apply(replace(prepared, policy=own), parent_pid=parent)


def be_killed(rank: int) -> None:
    """Say how soon the kernel's memory killer is to take this process, where that is allowed."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(rank), encoding="ascii")


def kill(pid: int) -> None:
    """Kill a child and whatever it started in its session."""
    for kill_one in (os.killpg, os.kill):
        try:
            kill_one(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def reap(pid: int, children: set[int], patience_s: float) -> dict[str, float]:
    """Kill a child, wait for it, and tell how it ended: signal, exit status, CPU seconds.

    One that is ending by itself is given `patience_s`, so that it is known by what; `killed`
    when it had not ended by then.
    """
    if pid not in children:
        return {"signal": 0, "status": 0, "cpu_s": 0.0, "killed": True}
    done, status, usage = os.wait4(pid, os.WNOHANG)
    deadline = time.monotonic() + patience_s
    while done == 0 and time.monotonic() < deadline:
        time.sleep(0.005)
        done, status, usage = os.wait4(pid, os.WNOHANG)
    was_alive = done == 0
    kill(pid)
    if was_alive:
        _, status, usage = os.wait4(pid, 0)
    children.discard(pid)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) and not was_alive else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    cpu_s = usage.ru_utime + usage.ru_stime
    return {"signal": ended_by, "status": code, "cpu_s": cpu_s, "killed": was_alive}


if __name__ == "__main__":
    main(sys.argv)
