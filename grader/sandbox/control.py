"""A control submission that runs JAX in children before anything else is graded.

Its cells run JAX outside any function, as students' cells do, and what they bind is known: by the
code itself, and by the program that it is traced to where such programs are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.errors import SandboxError
from grader.sandbox.child import Budget
from grader.sandbox.endings import SuspectError
from grader.sandbox.failures import Failure
from grader.sandbox.inside.frames import Shaped
from grader.sandbox.server import ForkServer

CELLS = """
import jax
import jax.numpy as jnp
from jax import random
key = random.PRNGKey(3)
key, subkey = random.split(key)
drawn = random.uniform(subkey, (6, 2), minval=1.0, maxval=2.0)
again = random.uniform(subkey, (6, 2), minval=1.0, maxval=2.0)
other = random.uniform(key, (6, 2), minval=1.0, maxval=2.0)
numbers = jnp.arange(12.0).reshape(6, 2) * 2 + 1
first, *rest = numbers
picked = numbers[1:, 0]
squares = jax.jit(lambda x: (x * x).sum(axis=0))(numbers)
doubled = jax.lax.while_loop(lambda x: x < 100, lambda x: x * 2, jnp.float32(3))
slope = jax.vmap(jax.grad(lambda x: (x**3).sum()))(numbers)
nearest = jnp.linalg.norm(numbers[:, None] - numbers[None, ::2] - 0.25, axis=-1).argmin(axis=1)
""".strip().splitlines()
NUMBERS = np.arange(12, dtype=np.float32).reshape(6, 2) * 2 + 1
WANTED: Mapping[str, Any] = {
    "numbers": NUMBERS,
    "first": NUMBERS[0],
    "picked": NUMBERS[1:, 0],
    "squares": (NUMBERS * NUMBERS).sum(axis=0),
    "doubled": np.float32(192),
    "slope": 3 * NUMBERS * NUMBERS,
    "nearest": np.array([0, 0, 1, 1, 2, 2], np.int32),
}
LIMIT_S = 20.0
TRIES = 3
"""So often it is run where the machine ends it."""


def require(server: ForkServer) -> None:
    """Make sure that JAX works in children: as it is, or with every program compiled.

    Raises: SandboxError when it works in neither way, SuspectError when the machine ends it.
    """
    if problem(server) and server.evaluates:
        server.compile_all()
    if said := problem(server):
        raise SandboxError(f"JAX does not work in the sandbox: {said}; reinstall the grader")


def problem(server: ForkServer) -> str:
    """What is wrong with what the control's cells give, '' if nothing is.

    Raises: SuspectError when the machine ended it each time. That it breaks down says so only
    where all is compiled: a JAX that the evaluator does not fit may do that, too.
    """
    for left in reversed(range(TRIES)):
        try:
            said = _difference(_found(server))
            return said or (_difference(_evaluated(server)) if server.carries else "")
        except SuspectError:
            if not left:
                raise
        except Failure as failure:
            said = f"{failure.kind or failure.reason}: {failure.message}".splitlines()[0][:200]
            suspect = failure.suspect
            if suspect is None or (suspect.is_doubtful and server.evaluates and not left):
                return said
            if not left:
                raise SuspectError(suspect.what) from failure
    raise AssertionError


def _found(server: ForkServer) -> Mapping[str, Any]:
    """What the control's cells bind. Raises Failure, SuspectError."""
    child = server.fork(cpu_s=LIMIT_S)
    budget = Budget.of(LIMIT_S)
    try:
        child.ask({"op": "open", "space": 1, "modules": {}, "main": True}, budget)
        for number, line in enumerate(CELLS, 1):
            request = {"op": "execute", "space": 1, "source": line, "cell": number, "rebind": {}}
            child.ask(request, budget)
        names = (*WANTED, "drawn", "again", "other")
        return dict(child.ask({"op": "read", "space": 1, "names": names}, budget))
    finally:
        child.end()


def _evaluated(server: ForkServer) -> Mapping[str, Any]:
    """The same by the program of the cells, traced without `numbers` and evaluated elsewhere."""
    budget = Budget.of(LIMIT_S)
    cells = [line for line in CELLS if not line.startswith("numbers =")]
    statements = [
        (at, {"source": line, "cell": at, "rebind": [], "is_variable": False, "module": ""})
        for at, line in enumerate(cells, 1)
    ]
    names = ("drawn", "again", "other", *WANTED)
    request = {"op": "trace", "space": 1, "inputs": {}, "names": names, "stand_ins": None}
    request["values"] = {"numbers": Shaped(0, "float32", NUMBERS.shape)}
    request |= {"leaves": [("float32", NUMBERS.shape)], "statements": statements}
    tracing = server.fork(cpu_s=LIMIT_S, task="trace")
    try:
        tracing.ask({"op": "open", "space": 1, "modules": {}, "main": True}, budget)
        traced = tracing.ask(request, budget)["traced"]
    finally:
        tracing.end()
    if not isinstance(traced, dict) or "program" not in traced:
        return {}
    evaluating = server.fork(cpu_s=LIMIT_S, task="evaluate")
    try:
        answer = evaluating.ask({**traced, "inputs": [NUMBERS]}, budget)
    finally:
        evaluating.end()
    return dict(zip(names, answer.get("value", ()), strict=False))


def _difference(found: Mapping[str, Any]) -> str:
    for name, want in WANTED.items():
        got = np.asarray(found.get(name))
        if got.shape != np.shape(want) or got.dtype != want.dtype:
            return f"`{name}` has an unexpected type"
        if not np.allclose(got, want, rtol=1e-5, atol=0):
            return f"`{name}` has unexpected values"
    drawn, again, other = (np.asarray(found.get(name)) for name in ("drawn", "again", "other"))
    is_drawn = drawn.shape == (6, 2) and ((drawn >= 1) & (drawn <= 2)).all()
    if not is_drawn or not np.array_equal(drawn, again) or np.array_equal(drawn, other):
        return "random numbers do not follow their key"
    return ""
