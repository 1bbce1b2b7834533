"""The child that runs programs on inputs: it gets both as plain data, and never any code.

What NumPy can do as XLA does it, NumPy does; what it is not sure of is made a function for JAX
again, and compiled.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any

import jax

from inside import frames
from inside.calls import MAX_COMPILED_EQUATIONS
from inside.errors import tell
from inside.evaluator import interpreter, programs
from inside.frames import Shaped
from inside.portable import data, rebuild, structure
from inside.trees import to_plain

MAX_KNOWN = 64
WIDE = frozenset({"int64", "uint64", "float64", "complex128"})

_config: Any = jax.config
Request = Mapping[str, Any]


class Evaluating:
    """Answers requests to run a program."""

    def __init__(self) -> None:
        self.known: dict[bytes, data.Program] = {}

    def answer(self, request: Request) -> Any:
        """The value that a program and its tree give, or why it is not known."""
        try:
            program = self._program(request)
            results = results_of(program, request["inputs"])
            return {"value": to_plain(filled(request["tree"], results))}
        except Exception as error:  # noqa: BLE001  (what cannot be evaluated here runs as code)
            return {"unsure": tell(error)}

    def encoded(self, request: Request) -> bytes:
        """The answer as it is sent, whatever the program gave."""
        try:
            told: bytes = frames.encode(self.answer(request))
        except Exception as error:  # noqa: BLE001  (an answer for which there is no memory, say)
            told = frames.encode({"unsure": tell(error)})
        return told

    def _program(self, request: Request) -> data.Program:
        text, constants = request["program"], request["constants"]
        known = None if constants else self.known.get(text)
        if known is None:
            known = data.read(text, constants)
            if not constants and len(self.known) < MAX_KNOWN:
                self.known[text] = known
        return known


def results_of(program: data.Program, inputs: Sequence[Any]) -> list[Any]:
    """The results of a program, as arrays. Raises where it cannot be run, of any kind."""
    try:
        found: list[Any] = interpreter.numbers(program, inputs)
        return found  # noqa: TRY300  (what follows is for what raises)
    except Exception:
        if structure.size(program) > MAX_COMPILED_EQUATIONS:
            raise
    if any(aval.dtype.name in WIDE for aval in structure.types(program)):
        _config.update("jax_enable_x64", True)
    arrays = [
        rebuild.array_of(value if isinstance(value, frames.Key) else value.astype(aval.dtype))
        for value, aval in zip(inputs, program.in_avals, strict=True)
    ]
    compiled: Any = jax.jit(lambda *values: rebuild.call(program, values))
    with programs.compiled():
        return list(compiled(*arrays))


def filled(tree: Any, results: Sequence[Any]) -> Any:
    """A tree with the results in the places of their numbers."""
    if isinstance(tree, Shaped):
        return results[tree.index]
    if isinstance(tree, (tuple, list)):
        items = [filled(item, results) for item in tree]
        return tuple(items) if isinstance(tree, tuple) else items
    if isinstance(tree, dict):
        return {key: filled(item, results) for key, item in tree.items()}
    if isinstance(tree, frames.Record):
        values = tuple(filled(item, results) for item in tree.values)
        return frames.Record(tree.type_name, tree.names, values, tree.is_tuple, tree.extras)
    return tree


def serve(connection: socket.socket) -> None:
    """Answer requests until the judge closes the connection."""
    evaluating = Evaluating()
    while True:
        try:
            request = frames.receive(connection)
        except (EOFError, OSError):
            return
        except (frames.FrameError, MemoryError) as error:  # too many values together, say
            answer = frames.encode({"unsure": tell(error)})
        else:
            answer = evaluating.encoded(request)
        connection.sendall(answer)
