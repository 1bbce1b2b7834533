"""The self-test: what hostile code would try, tried by ourselves behind the walls.

A wall counts when an attack on it fails, not when setting it up returned success. The judge
lays out bait, a throw-away child runs the probes, and each tells whether its way is closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from . import libc
from .bait import Context

Answer = dict[str, str | bool]
"""What became of a probe: `probe`, `closed`, `layer` (what should close it) and `detail`."""

_PTRACE_SEIZE, _PTRACE_INTERRUPT, _PTRACE_DETACH, _WALL = 0x4206, 0x4207, 17, 0x40000000
_CLONE_NEWUTS, _CLONE_NEWUSER = 0x04000000, 0x10000000
_AF_VSOCK = 40
_MEMORY_STEP = 2 << 30
_LAST_DESCRIPTOR = 256


def run(context: Context, *, honest: bool = True) -> list[Answer]:
    """Try everything; the last answer, if wanted, is whether honest JAX work still goes on.

    To be called in a process that is thrown away afterwards: an open way may change it.
    """
    answers = [_try(name, layer, attack, context) for name, (layer, attack) in PROBES.items()]
    if honest:
        answers.append(_honest())
    return answers


def _try(name: str, layer: str, attack: Callable[[Context], object], context: Context) -> Answer:
    """Closed means that the attack ended in an error."""
    try:
        got = attack(context)
    except Exception as error:  # noqa: BLE001  (however it fails, it failed)
        detail = f"{type(error).__name__}: {error}"
        return {"probe": name, "closed": True, "layer": layer, "detail": detail}
    return {"probe": name, "closed": False, "layer": layer, "detail": f"went through: {got!r}"}


def _honest() -> Answer:
    """Closed here means what it should: nothing that honest work needs is missing."""
    answer: Answer = {"probe": HONEST, "closed": True, "layer": "all", "detail": "works"}
    try:
        _work()
    except Exception as error:  # noqa: BLE001  (whatever it is, the walls are too high)
        answer.update(closed=False, detail=f"{type(error).__name__}: {error}")
    return answer


def _work() -> None:
    """Compile, reduce, draw random numbers, loop, draw a figure."""
    import jax  # noqa: PLC0415  (the judge uses this module and has no JAX)
    import jax.numpy as jnp  # noqa: PLC0415
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    points = jax.random.normal(jax.random.PRNGKey(0), (16, 2))
    norms = jax.jit(lambda x: jnp.linalg.norm(x[:, None] - x, axis=-1).min(axis=0))(points)
    total = jax.lax.while_loop(lambda v: v < 1, lambda v: v + 0.5, norms.sum())
    if not jnp.isfinite(total):
        raise ArithmeticError(f"norm of finite points: must be finite, got {total}")
    figure = Figure()
    FigureCanvasAgg(figure)
    figure.add_subplot().scatter(*points.T)
    figure.canvas.draw()


# Files


def _read(path: str) -> int:
    with open(path, "rb") as file:
        return len(file.read(16))


def _create(path: str) -> str:
    with open(path, "xb") as file:
        file.write(b"x")
    os.unlink(path)
    return path


def _create_in(folder: str) -> str:
    return _create(str(Path(folder) / f"probe-{os.getpid()}"))


def _truncate_reading(context: Context) -> None:
    """Opened to read only, or with the access mode that Linux keeps for devices."""
    for mode in (os.O_RDONLY, os.O_ACCMODE):
        with contextlib.suppress(PermissionError):
            os.close(os.open(context.secret, mode | os.O_TRUNC))
            return
    raise PermissionError(errno.EPERM, "refused in both ways")


def _truncate_path(context: Context) -> None:
    os.truncate(context.secret, os.stat(context.secret).st_size)


def _link(context: Context) -> None:
    """Give a file a second name, in the folder where one may write if there is one."""
    name = Path(context.writable or context.folder) / f"link-{os.getpid()}"
    os.link(context.secret, name)
    name.unlink()


def _lock(_: Context) -> None:
    """Lock a file that every child can read: a channel between submissions."""
    import fcntl  # noqa: PLC0415

    with open(os.__file__, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


# Network


def _connect_tcp(context: Context) -> None:
    with socket.create_connection(("127.0.0.1", context.tcp_port), timeout=2):
        return


def _send_udp(context: Context) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.sendto(b"x", ("127.0.0.1", context.udp_port))


def _connect_unix(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(address)


def _send_from_pair(context: Context) -> None:
    """A pair of datagram sockets can send to any address without connecting."""
    first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with first, second, contextlib.suppress(ConnectionRefusedError):
        # Refused by a listener of another kind: the message was on its way.
        try:
            first.sendto(b"x", context.unix_socket)
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:
                raise


# Processes and kernel


def _fork(_: Context) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def _execute(context: Context) -> str:
    """The kernel's "no program" means that it would have run one."""
    try:
        os.execv(context.program, [context.program])  # noqa: S606  (it is no program)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    return context.program


def _trace(context: Context) -> None:
    libc.call("ptrace", _PTRACE_SEIZE, context.judge_pid, 0, 0)
    libc.call("ptrace", _PTRACE_INTERRUPT, context.judge_pid, 0, 0)
    os.waitpid(context.judge_pid, _WALL)
    libc.call("ptrace", _PTRACE_DETACH, context.judge_pid, 0, 0)


def _read_memory_of(context: Context) -> None:
    """A bad address is an error of those who would have been let in."""
    room = ctypes.create_string_buffer(1)
    local = struct.pack("<QQ", ctypes.addressof(room), 1)
    remote = struct.pack("<QQ", 0, 1)
    try:
        libc.call("process_vm_readv", context.judge_pid, local, 1, remote, 1, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:
            raise


def _shared_memory(_: Context) -> None:
    mmap.mmap(-1, mmap.PAGESIZE).close()


def _system_v_memory(_: Context) -> None:
    remove = 0
    identity = libc.call("shmget", 0, mmap.PAGESIZE, 0o600)
    libc.call("shmctl", identity, remove, 0)


def _raise_limits(_: Context) -> None:
    import resource  # noqa: PLC0415

    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))


def _move(_: Context) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "Linux only")
    os.sched_setaffinity(0, os.sched_getaffinity(0))


def _too_much_memory(_: Context) -> None:
    """Asks for more than the limit, or for 2 GiB when there is none; touches none of it."""
    import resource  # noqa: PLC0415

    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    size = _MEMORY_STEP + (0 if limit == resource.RLIM_INFINITY else limit)
    mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()


def _mount(context: Context) -> None:
    """The kernel's "no such file system" comes after the question who may mount."""
    try:
        libc.call("mount", b"none", os.fsencode(context.folder), b"no-such-kind", 0, 0)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise


def _new_namespace(_: Context) -> None:
    try:
        libc.call("unshare", _CLONE_NEWUTS)
    except PermissionError:
        libc.call("unshare", _CLONE_NEWUSER)


def _inherited(context: Context) -> list[int]:
    """Descriptors of the fork server that are still open."""
    known = {0, 1, 2, *context.keep_fds}
    found = []
    for descriptor in set(range(_LAST_DESCRIPTOR)) - known:
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            found.append(descriptor)
    if not found:
        raise OSError(errno.EBADF, "none")
    return found


def _terminal(_: Context) -> None:
    """Share the judge's session: its terminal, its group of processes."""
    if os.getsid(0) != os.getpid():
        return
    raise OSError(errno.ENOTTY, "own session")


def _system_call(name: str, *arguments: object) -> Callable[[Context], int]:
    """A probe that makes one system call, and leaves open what that opens."""

    def attack(_: Context) -> int:
        return libc.call(name, *arguments)

    return attack


HONEST = "JAX and plotting work"

PROBES: dict[str, tuple[str, Callable[[Context], object]]] = {
    "use an inherited descriptor": ("descriptors", _inherited),
    "read a file next to the reference": ("landlock", lambda c: _read(c.secret)),
    "list the folder of the reference": ("landlock", lambda c: os.listdir(c.folder)),
    "list the home folder": ("landlock", lambda c: os.listdir(c.home)),
    "read the list of users": ("landlock", lambda _: _read("/etc/passwd")),
    "list running processes": ("landlock", lambda _: os.listdir("/proc")),
    "read the grader's environment": (
        "landlock",
        lambda c: _read(f"/proc/{c.judge_pid}/environ"),
    ),
    "open the grader's memory": (
        "landlock",
        lambda c: os.close(os.open(f"/proc/{c.judge_pid}/mem", os.O_RDONLY)),
    ),
    "list the grader's descriptors": (
        "landlock",
        lambda c: os.listdir(f"/proc/{c.judge_pid}/fd"),
    ),
    "write outside its folder": ("landlock", lambda c: _create_in(c.folder)),
    "create a file in /tmp": ("landlock", lambda _: _create_in("/tmp")),  # noqa: S108
    "create a file in /dev/shm": ("landlock", lambda _: _create_in("/dev/shm")),  # noqa: S108
    "create a folder": (
        "landlock",
        lambda c: os.rmdir(_made(Path(c.folder) / f"made-{os.getpid()}")),
    ),
    "give a file a second name": ("seccomp", _link),
    "truncate a file by opening it to read": ("seccomp", _truncate_reading),
    "truncate a file by its path": ("seccomp", _truncate_path),
    "chmod a file": ("seccomp", lambda c: os.chmod(c.secret, 0o644)),
    "set a file's time": ("seccomp", lambda c: os.utime(c.secret)),
    "lock a shared file": ("seccomp", _lock),
    "TCP connect to loopback": ("seccomp", _connect_tcp),
    "UDP send": ("seccomp", _send_udp),
    "unix socket": ("seccomp", lambda c: _connect_unix(c.unix_socket)),
    "abstract unix socket": ("seccomp", lambda c: _connect_unix(c.abstract_socket)),
    "datagram from a socket pair": ("seccomp", _send_from_pair),
    "netlink socket": ("seccomp", lambda _: socket.socket(16, socket.SOCK_RAW).close()),
    "vsock socket": (
        "seccomp",
        lambda _: socket.socket(_AF_VSOCK, socket.SOCK_STREAM).close(),
    ),
    "fork": ("seccomp", _fork),
    "exec a program": ("seccomp", _execute),
    "signal the grader": ("seccomp", lambda c: os.kill(c.judge_pid, 0)),
    "signal every process": ("seccomp", lambda _: os.kill(-1, 0)),
    "ptrace the grader": ("seccomp", _trace),
    "read the grader's memory": ("seccomp", _read_memory_of),
    "open a handle on the grader": (
        "seccomp",
        lambda c: libc.call("pidfd_open", c.judge_pid, 0),
    ),
    "memfd": ("seccomp", _system_call("memfd_create", b"probe", 0)),
    "shared anonymous memory": ("seccomp", _shared_memory),
    "System V shared memory": ("seccomp", _system_v_memory),
    "keyctl": ("seccomp", _system_call("keyctl", 0, -3, 1)),
    "io_uring": ("seccomp", _system_call("io_uring_setup", 1, bytes(120))),
    "userfaultfd": ("seccomp", _system_call("userfaultfd", 1)),
    "perf events": ("seccomp", _system_call("perf_event_open", bytes(128), 0, -1, -1, 0)),
    "raise own limits": ("seccomp", _raise_limits),
    "move to another CPU": ("seccomp", _move),
    "become root": ("seccomp", lambda _: os.setuid(0)),
    "change the root folder": ("seccomp", lambda _: os.chroot("/")),
    "mount": ("seccomp", _mount),
    "memory over the limit": ("limits", _too_much_memory),
    "stay in the grader's session": ("session", _terminal),
    "unshare": ("seccomp", _new_namespace),
}
"""Each attack, with the layer that should close it. Going through, some leave things open."""


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
