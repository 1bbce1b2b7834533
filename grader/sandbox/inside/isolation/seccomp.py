"""A seccomp filter that allows a short list of system calls and refuses the rest with EPERM.

The program is classic BPF over the call's number and arguments. It is built once in the fork
server; a child only writes its own process id into it and installs it. A refused call is an
ordinary PermissionError, so that honest code that tries one ends in a readable report.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from . import libc, syscalls

# Instructions: load a word of the call's description, and with it, jump if, return.
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE = _ERROR | errno.EPERM
_NOT_THERE = _ERROR | errno.ENOSYS
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
"""Set in the numbers of x86_64's second, 32-bit call table, which nothing here uses."""

_CLONE_THREAD = 0x00010000
_CLONE_NEW_NAMESPACES = 0x7E020000
_MAP_SHARED_ANONYMOUS = 0x21
_O_ACCMODE, _O_TRUNC, _O_CREAT, _O_TMPFILE = 0o3, 0o1000, 0o100, 0o20000000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF

_IOCTLS = (
    0x5401,  # TCGETS, which is isatty()
    0x802C542A,  # TCGETS2, isatty() of newer C libraries
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)
_FCNTLS = (0, 1, 2, 3, 4, 1030, 1032)
"""Copies, flags and F_GETPIPE_SZ (1032): no locks, leases or signals."""
_PRCTLS = (
    3,  # PR_GET_DUMPABLE
    15,  # PR_SET_NAME, names of threads
    16,  # PR_GET_NAME
    21,  # PR_GET_SECCOMP
    23,  # PR_CAPBSET_READ
    39,  # PR_GET_NO_NEW_PRIVS
    0x53564D41,  # PR_SET_VMA, names of memory areas
)

_OWN_SIGNALS = (
    0,
    4,  # SIGILL
    5,  # SIGTRAP
    6,  # SIGABRT, which is abort()
    7,  # SIGBUS
    8,  # SIGFPE
    11,  # SIGSEGV
    14,  # SIGALRM
    32,  # the C library's own, to end a thread
)
"""What a process sends to itself when it is broken. All others come from outside, so that a
process that a SIGKILL or SIGTERM ended was not ended by its own code."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_PROCESS_ID = -1
"""Stands for the child's own process id, which is known after the fork only."""

Block = list[tuple[int, int, int, int]]
"""Instructions as (code, jump if true, jump if false, operand)."""


@dataclass(frozen=True)
class Filter:
    """A program ready to install, and where in it the process id goes."""

    program: ctypes.Array[ctypes.c_char]
    process_id_at: tuple[int, ...]
    length: int
    read_only: bool


class _Program(ctypes.Structure):
    """What the kernel takes: `struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def build(machine: str, *, read_only: bool = False) -> Filter:
    """The filter for a machine; `read_only` also refuses every change of a file by its path."""
    program: Block = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _NOT_THERE)]
    numbers = syscalls.NUMBERS[machine]
    for name, block in _rules(read_only=read_only).items():
        if name in numbers:
            program += [(_EQUAL, 0, len(block), numbers[name]), *block]
    for number in syscalls.ABSENT[machine].values():
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOT_THERE)]
    allowed = [*syscalls.ALLOWED[machine].values()]
    if not read_only:
        allowed += syscalls.CHANGES[machine].values()
    for first, last in _ranges(allowed):
        program += [
            (_AT_LEAST, 0, 2, first),
            (_AT_LEAST, 1, 0, last + 1),
            (_RETURN, 0, 0, _ALLOW),
        ]
    program.append((_RETURN, 0, 0, _REFUSE))
    return _assemble(program, read_only=read_only)


def install(ready: Filter, *, process_id: int) -> None:
    """Put the calling thread, and all it starts, behind the filter. Raises OSError."""
    for offset in ready.process_id_at:
        struct.pack_into("<I", ready.program, offset, process_id)
    header = _Program(ready.length, ctypes.addressof(ready.program))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header))


def _rules(*, read_only: bool) -> dict[str, Block]:
    """The calls that are allowed with some arguments only. Each block ends in a return."""
    return {
        "mmap": _refuse_if_all(3, _MAP_SHARED_ANONYMOUS),
        "clone": [
            (_LOAD, 0, 0, _argument(0)),
            (_ANY_BIT, 1, 0, _CLONE_NEW_NAMESPACES),
            (_ANY_BIT, 1, 0, _CLONE_THREAD),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ],
        "kill": _to_itself() + _allow_if_one_of(1, _OWN_SIGNALS),
        "tgkill": _to_itself() + _allow_if_one_of(2, _OWN_SIGNALS),
        "getpgid": _allow_if_one_of(0, (0, _PROCESS_ID)),
        "getsid": _allow_if_one_of(0, (0, _PROCESS_ID)),
        "prctl": _allow_if_one_of(0, _PRCTLS),
        "ioctl": _allow_if_one_of(1, _IOCTLS),
        "fcntl": _allow_if_one_of(1, _FCNTLS),
        "prlimit64": _require_zero(2) + _allow_if_one_of(0, (0, _PROCESS_ID)),
        "open": _opening(1, read_only=read_only),
        "openat": _opening(2, read_only=read_only),
        # What asyncio's event loop needs: a pair of streams, and sending without an address.
        "sendto": [*_require_zero(4), (_RETURN, 0, 0, _ALLOW)],
        "socketpair": [
            (_LOAD, 0, 0, _argument(0)),
            (_EQUAL, 1, 0, _AF_UNIX),
            (_RETURN, 0, 0, _REFUSE),
            (_LOAD, 0, 0, _argument(1)),
            (_AND, 0, 0, _SOCK_TYPE),
            (_EQUAL, 0, 1, _SOCK_STREAM),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _REFUSE),
        ],
    }


def _opening(flags_at: int, *, read_only: bool) -> Block:
    """Refuse what Landlock overlooks: access mode 3, and truncation by opening to read."""
    load = (_LOAD, 0, 0, _argument(flags_at))
    if read_only:
        changes = _O_ACCMODE | _O_TRUNC | _O_CREAT | _O_TMPFILE
        return [load, (_ANY_BIT, 0, 1, changes), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return [
        load,
        (_AND, 0, 0, _O_ACCMODE | _O_TRUNC),
        (_EQUAL, 3, 0, _O_TRUNC),
        (_AND, 0, 0, _O_ACCMODE),
        (_EQUAL, 1, 0, _O_ACCMODE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _to_itself() -> Block:
    """Go on when the first argument is the child's own process id, else refuse."""
    return [
        (_LOAD, 0, 0, _argument(0)),
        (_EQUAL, 1, 0, _PROCESS_ID),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _allow_if_one_of(argument: int, values: Iterable[int]) -> Block:
    block: Block = [(_LOAD, 0, 0, _argument(argument))]
    for value in values:
        block += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*block, (_RETURN, 0, 0, _REFUSE)]


def _refuse_if_all(argument: int, bits: int) -> Block:
    return [
        (_LOAD, 0, 0, _argument(argument)),
        (_AND, 0, 0, bits),
        (_EQUAL, 0, 1, bits),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _require_zero(argument: int) -> Block:
    """Go on when the 64-bit argument is 0, else refuse."""
    return [
        (_LOAD, 0, 0, _argument(argument)),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _argument(argument) + 4),
        (_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _argument(index: int) -> int:
    """Where the lower half of an argument lies (both machines are little-endian)."""
    return _ARGUMENTS + 8 * index


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The numbers as runs of neighbors, first and last, in order."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _assemble(program: Block, *, read_only: bool) -> Filter:
    """The instructions as bytes, eight each."""
    at = tuple(index * 8 + 4 for index, line in enumerate(program) if line[3] == _PROCESS_ID)
    lines = (
        struct.pack("<HBBI", code, yes, no, max(operand, 0)) for code, yes, no, operand in program
    )
    return Filter(ctypes.create_string_buffer(b"".join(lines)), at, len(program), read_only)
