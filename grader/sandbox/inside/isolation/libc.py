"""The C library's system call entry, for what Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import os
from functools import cache

from . import syscalls


@cache
def library() -> ctypes.CDLL:
    """The C library that this process is linked with."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """The result of a system call. Raises OSError with the kernel's error number."""
    number = syscalls.number(name)
    if number is None:
        raise OSError(38, f"no system call {name} on this machine")
    return _checked(library().syscall, number, *arguments)


def prctl(option: int, *arguments: object) -> int:
    """The result of the process control call. Raises OSError with the kernel's error number."""
    return _checked(library().prctl, option, *arguments)


def _checked(function: object, *arguments: object) -> int:
    """Call with 64-bit integers, so that no half of a register is left to chance."""
    wide = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments
    ]
    wide += [ctypes.c_long(0)] * (5 - len(wide))
    ctypes.set_errno(0)
    result: int = function(*wide)  # type: ignore[operator]
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
