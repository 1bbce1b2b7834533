"""Runs student code in isolated children and brings plain data back.

`ForkServer` forks, `Child` asks one child under limits and `Failure` says how a question ended
without an answer. What runs on the other side of the wall is in `inside`.
"""

from grader.sandbox.child import Budget, Child
from grader.sandbox.failures import Failure, Place, failure_of
from grader.sandbox.inside.frames import Code, Opaque, Plain
from grader.sandbox.server import JAX_SETTINGS, ForkServer

__all__ = [
    "JAX_SETTINGS",
    "Budget",
    "Child",
    "Code",
    "Failure",
    "ForkServer",
    "Opaque",
    "Place",
    "Plain",
    "failure_of",
]
