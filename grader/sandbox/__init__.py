"""Runs student code in isolated children and brings plain data back.

For checks there are `Failure`, which says how a question ended without an answer, `failure_of`,
and `Plain`. What runs on the other side of the wall is in `inside`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.sandbox.failures import Failure, failure_of
    from grader.sandbox.inside.frames import Plain

__all__ = ["Failure", "Plain", "failure_of"]


def __getattr__(name: str) -> object:
    """A public name, loaded when it is asked for: to catch an error of ours takes no NumPy."""
    if name in __all__:
        home = "inside.frames" if name == "Plain" else "failures"
        return getattr(import_module(f"grader.sandbox.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
