"""A lock file, so that one run at a time writes to a folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from grader.errors import UsageError

NAME = ".lock"
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
_MOST_BYTES = 4096


class Lock:
    """The lock of a folder; the system frees it when the process ends, however that is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._descriptor = -1

    def take(self) -> bool:
        """Lock the folder; False where its file system has no locks.

        Raises UsageError when another run has it, or when nothing can be written there.
        """
        while True:
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                descriptor = os.open(self._path, flags, 0o644)
            except OSError as error:
                msg = f"{self._path}: cannot be written: {error.strerror}; choose another folder"
                raise UsageError(msg) from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _TAKEN:
                    os.close(descriptor)
                    self._path.unlink(missing_ok=True)
                    return False
                holder = _holder(descriptor)
                os.close(descriptor)
                raise UsageError(
                    f"{self._path.parent}: another run is using this folder{holder}; "
                    "wait until it ends, or choose another --out"
                ) from None
            if _is_at(descriptor, self._path):
                break
            os.close(descriptor)  # its holder has just ended and removed it
        self._descriptor = descriptor
        since = datetime.now(UTC).isoformat(timespec="seconds")
        known = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(known).encode())
        return True

    def free(self) -> None:
        """Let others have the folder; remove the file."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = -1


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _holder(descriptor: int) -> str:
    """Who has the lock, as they wrote it, to stand behind a sentence; '' when that says nothing."""
    try:
        known = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
        pid, host, since = int(known["pid"]), str(known["host"]), str(known["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (process {pid} on {host}, since {since})"
