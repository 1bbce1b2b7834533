"""Who a child is: another user where root grades, and root without root's rights otherwise."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sysconfig
import time
from pathlib import Path
from typing import NoReturn

from . import libc, readable_paths
from .policy import Policy

_PR_SET_SECUREBITS = 28
_SECURE_BITS = 0b1111
"""User 0 gets no capabilities from running a program or changing users, locked."""
_CAPABILITY_VERSION = 0x20080522


def user_to_become(policy: Policy) -> tuple[tuple[int, int] | None, str]:
    """The user and group to become, or None and why not."""
    if policy.uid is None or os.geteuid() != 0:
        return None, ""
    needed = [sysconfig.get_path("stdlib"), *readable_paths.site_folders()]
    if not all(
        readable_paths.is_open_to_others(Path(path)) for path in needed if Path(path).exists()
    ):
        return None, "others cannot read Python"
    wanted = policy.uid, policy.uid if policy.gid is None else policy.gid
    why = _tried(wanted, policy.writable)
    return (None, why) if why else (wanted, "")


def _tried(user: tuple[int, int], writable: str | None) -> str:
    """Why no child can live as another user here; '' when one did, in a folder of its own.

    A root without all of its rights, or of a user namespace, may be able to become the user but
    not to give it a folder, or to become it but not to kill it afterwards.
    """
    folder = Path(writable or "/")
    reading, writing = os.pipe()
    pid = 0
    try:
        if writable is not None:
            folder /= ".try"
            folder.mkdir(mode=0o700)
            os.chown(folder, *user)
            os.listdir(folder)
        pid = os.fork()
        if pid == 0:
            _live_as(user, folder, writing)
        os.close(writing)
        writing = -1
        problem = os.read(reading, 200).decode(errors="replace")
        os.kill(pid, signal.SIGKILL)
    except OSError as error:
        problem = f"{error.strerror}"
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
        if pid:
            os.waitpid(pid, 0)
        if writable is not None:
            with contextlib.suppress(OSError):
                folder.rmdir()
    return problem


def _live_as(user: tuple[int, int], folder: Path, answer: int) -> NoReturn:
    """Become the user in a forked process, say what is in the way, and wait for the end."""
    try:
        become(user)
        os.chdir(folder)
    except OSError as error:
        os.write(answer, f"{error.strerror}".encode())
        os._exit(1)
    os.close(answer)
    time.sleep(1)  # killed at once where that can be
    os._exit(0)


def become(user: tuple[int, int]) -> None:
    """Be this user and group from now on, and in no other group."""
    uid, gid = user
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> None:
    """Give up every right of root but owning root's files."""
    with contextlib.suppress(OSError):  # a container's root may lack the right to lock this
        libc.prctl(_PR_SET_SECUREBITS, _SECURE_BITS)
    libc.call("capset", struct.pack("<Ii", _CAPABILITY_VERSION, 0), bytes(24))
