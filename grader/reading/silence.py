"""Python's warnings about what students wrote, kept from the terminal; one thread at a time."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_one_at_a_time = threading.Lock()
"""The filters of warnings are the process's: two threads that put them back leave them wrong."""


@contextmanager
def no_warnings() -> Iterator[None]:
    """Ignore all warnings meanwhile; no other thread is in such a block."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
