"""The fork server: imports what students need once, then forks a child for each submission.

Started as `python -I -S -B zygote.py CONTROL_FD SITE_PACKAGES...`. It starts no JAX backend and
keeps one thread, so that forking is safe, and it never sees what its children are asked.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Serve fork and reap requests from the judge until it hangs up."""
    control = socket.socket(fileno=int(arguments[1]))
    here = str(Path(__file__).resolve().parent.parent)
    sys.path[:] = [path for path in sys.path if path != str(Path(here) / "inside")]
    sys.path += arguments[2:]
    sys.path.insert(0, here)
    from inside import frames, warmup, worker

    sys.path.remove(here)
    control.sendall(frames.encode(warmup.versions()))
    children: set[int] = set()
    while True:
        try:
            request = frames.receive(control)
        except (EOFError, OSError):
            break
        if request["op"] == "fork":
            descriptors = socket.recv_fds(control, 1, 1)[1]
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                control.close()
                become_child(descriptors[0], request["limits"])
                connection = socket.socket(fileno=descriptors[0])
                try:
                    worker.serve(connection)
                finally:
                    os._exit(0)
            os.close(descriptors[0])
            children.add(pid)
            control.sendall(frames.encode({"pid": pid}))
        elif request["op"] == "reap":
            control.sendall(frames.encode(reap(request["pid"], children)))
    for pid in children:
        kill(pid)


def become_child(descriptor: int, limits: dict[str, int]) -> None:
    """Put this process into its own session, under its limits, with one descriptor left."""
    import resource

    from inside import death

    os.setsid()
    death.die_with_parent()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 256)
    for name, value in limits.items():
        number = getattr(resource, name, None)
        if number is not None:
            _, hard = resource.getrlimit(number)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (value, value))


def kill(pid: int) -> None:
    """Kill a child and whatever it started in its session."""
    for kill_one in (os.killpg, os.kill):
        try:
            kill_one(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def reap(pid: int, children: set[int]) -> dict[str, float]:
    """Kill a child, wait for it, and tell how it ended: signal, exit status, CPU seconds."""
    if pid not in children:
        return {"signal": 0, "status": 0, "cpu_s": 0.0}
    done, status, usage = os.wait4(pid, os.WNOHANG)
    was_alive = done == 0
    kill(pid)
    if was_alive:
        _, status, usage = os.wait4(pid, 0)
    children.discard(pid)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) and not was_alive else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    return {"signal": ended_by, "status": code, "cpu_s": usage.ru_utime + usage.ru_stime}


if __name__ == "__main__":
    main(sys.argv)
