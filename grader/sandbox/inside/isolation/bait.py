"""What the judge lays out for the self-test: files, sockets and itself, for probes to reach."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Context:
    """Where the bait is; plain data. Everything here exists and can be reached without walls."""

    folder: str
    home: str
    judge_pid: int
    tcp_port: int
    udp_port: int
    unix_socket: str
    abstract_socket: str
    writable: str | None = None
    keep_fds: tuple[int, ...] = ()

    @property
    def secret(self) -> str:
        """A file that lies where a reference would."""
        return str(Path(self.folder) / "secret.txt")

    @property
    def program(self) -> str:
        """A file that may be executed but is no program, so that success changes nothing."""
        return str(Path(self.folder) / "program")


@contextlib.contextmanager
def lay(
    folder: str, *, writable: str | None = None, keep_fds: tuple[int, ...] = ()
) -> Iterator[Context]:
    """Bait laid out in an existing folder by the judge, for as long as the block runs."""
    abstract = f"\0bait-{os.getpid()}-{os.urandom(4).hex()}"
    with contextlib.ExitStack() as stack:
        # A path in a folder may be too long for a socket's name, a temporary one is not.
        short = stack.enter_context(tempfile.TemporaryDirectory())
        unix_path = str(Path(short) / "socket")
        tcp, udp, unix, hidden = (
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        )
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        unix.bind(unix_path)
        listeners = [tcp, unix]
        if sys.platform == "linux":
            hidden.bind(abstract)
            listeners.append(hidden)
        for listener in listeners:
            listener.listen()
        context = Context(
            folder=folder,
            home=str(Path.home()),
            judge_pid=os.getpid(),
            tcp_port=tcp.getsockname()[1],
            udp_port=udp.getsockname()[1],
            unix_socket=unix_path,
            abstract_socket=abstract,
            writable=writable,
            keep_fds=keep_fds,
        )
        Path(context.secret).write_text("the answer\n", encoding="utf-8")
        Path(context.program).write_bytes(b"")
        Path(context.program).chmod(0o755)
        yield context
