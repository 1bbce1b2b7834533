"""What a child starts before any student code runs, so that where it fails the machine is at fault.

JAX's backend is made of threads, and aborts the process when one cannot be started. A child that
has its backend, room for the threads of a compiler and some memory goes on whatever the machine
is short of later; one that has not says so, and nobody's code has run.
"""

from __future__ import annotations

import _thread
import mmap
import os
from typing import Any

import jax
import numpy as np

from inside.evaluator import programs

SPARE_THREADS = 6
"""So many more than the backend's own are started when programs are compiled."""
SPARE_BYTES = 192 << 20
NEEDED_FILES = ("/dev/urandom", "/proc/cpuinfo")
"""XLA's compiler asks for the one, its reductions for the other."""


def lack() -> str:
    """What this process cannot do that student code needs; '' when all goes well."""
    try:
        for path in NEEDED_FILES:
            os.close(os.open(path, os.O_RDONLY))
        mmap.mmap(-1, SPARE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        jax.local_devices()
        _start_threads(SPARE_THREADS)
    except Exception as error:  # noqa: BLE001  (whatever it is, no student did it)
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return ""


def control() -> bool:
    """Whether a program that is known to work does: compiled, with threads, memory and a file."""
    _start_threads(SPARE_THREADS)
    with programs.compiled():
        compiled: Any = jax.jit(lambda x: (x @ x.T).sum(axis=0) / 3)
        got = np.asarray(compiled(jax.device_put(np.ones((3, 3), np.float32))))
    touched = np.ones(SPARE_BYTES // 16)
    with open("control", "wb") as file:  # in the child's own folder, where it starts
        file.write(bytes(1 << 16))
    os.unlink("control")
    return bool((got == 3).all() and touched[-1] == 1)


def _start_threads(count: int) -> None:
    """Have so many more threads at once, and let them end. Raises RuntimeError."""
    gate = _thread.allocate_lock()

    def pass_gate() -> None:
        with gate:
            pass

    with gate:
        for _ in range(count):
            _thread.start_new_thread(pass_gate, ())
