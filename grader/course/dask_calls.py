"""Calls of distributed that end, and that say nothing by themselves."""

from __future__ import annotations

import logging
import queue
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def within(seconds: float, call: Callable[[], Any]) -> Any:
    """What a call gives. Raises TimeoutError when it does not end in time; it is left behind."""
    done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            done.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value


def silent_at_end(kind: type) -> Any:
    """The class, whose objects do not complain at the end of Python that nobody closed them.

    One that is only half made, or has lost its scheduler, would.
    """
    return type(kind.__name__, (kind,), {"__del__": lambda _: None})


@contextmanager
def silence() -> Iterator[None]:
    """What distributed logs and warns of is said in a line of ours, or is nothing to the reader."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
