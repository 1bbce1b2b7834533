"""A candidate traced on shapes alone: its programs as plain data, without a number of any case.

Traces are made in children of their own, which never get a case's values. Where the statements of
a candidate read one of the names that a case gives, they run within the trace, with that name
bound to something that has only a shape; else they run once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from grader.reading.statements import plain_names
from grader.running.session import Space
from grader.sandbox.failures import Failure, FailureReason, failure_of
from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Key, Plain, Record, Shaped
from grader.sandbox.inside.portable import data, structure
from grader.sandbox.inside.portable.data import KEYS, PortableError, Program

TRACED = "traced"
"""What the kinds of children for traces begin with."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Traced:
    """A program that a call was traced to, and how its results are put together."""

    text: bytes
    constants: tuple[Any, ...]
    tree: Any
    program: Program

    @cached_property
    def size(self) -> int:
        """How many operations it has."""
        return structure.size(self.program)

    @cached_property
    def digest(self) -> str:
        """What it does, as 16 hexadecimal digits."""
        return structure.digest(self.program, self.tree)

    def is_same(self, other: Traced) -> bool:
        """Whether it is the same program, to the last number in it."""
        if self.text != other.text:
            return False
        mine, theirs = ([list(one.constants), one.tree] for one in (self, other))
        return frames.encode(mine) == frames.encode(theirs)


@dataclass(frozen=True, kw_only=True)
class NotCarried:
    """What a call was traced to where that is no plain data, and how many operations it has."""

    why: str
    equations: int


def shaped(value: Any, leaves: list[Any]) -> Any:  # noqa: PLR0911  (a table of kinds)
    """A value with a number in the place of each array, which is added to the others.

    What is to stay an array of NumPy's gets other numbers.
    """
    if isinstance(value, Plain):
        return Plain(np.ones_like(value.array))
    if isinstance(value, (Key, np.ndarray)):
        leaves.append(value)
        if isinstance(value, Key):
            return Shaped(len(leaves) - 1, KEYS + value.generator, value.data.shape[:-1])
        return Shaped(len(leaves) - 1, frames.name_of(value.dtype), value.shape)
    if isinstance(value, (tuple, list)):
        items = [shaped(item, leaves) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {name: shaped(item, leaves) for name, item in value.items()}
    if isinstance(value, Record):
        values = tuple(shaped(item, leaves) for item in value.values)
        return Record(value.type_name, value.names, values, value.is_tuple, value.extras)
    return value


class TraceSpace(Space):
    """A namespace of a child that only traces, made without a value of any case."""

    known: dict[bytes, Traced | NotCarried | Failure]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.kind = f"{TRACED} {self.kind}"
        self.known = {}
        self.calls = ()  # which would be made with the values of cases
        self.given = self.values
        self.reads_values = bool(self.given) and (
            self._stand_in_texts() is not None or self._reads_any()
        )
        self.values = {}

    @cached_property
    def key(self) -> bytes:
        """What is the same for namespaces in which the same is traced."""
        given = shaped(dict(sorted(self.given.items())), []) if self.reads_values else None
        return frames.encode([self.kind, super().key, given])

    def _reads_any(self) -> bool:
        """Whether a statement reads what a case gives, at once or when it is called."""
        statements = self.statements.statements
        read = plain_names({name for s in statements for name in s.reads | s.later | s.mutates})
        return bool(read & self.given.keys()) or any(s.is_star for s in statements)

    def trace(
        self,
        expression: str,
        inputs: Mapping[str, Any],
        names: Sequence[str] = (),
        *,
        needs: Sequence[str] = (),
        again: bool = False,
    ) -> tuple[Traced | NotCarried, list[Any]]:
        """The program of an expression, or of names, and the arrays that it is to be given.

        It is traced when it is first asked for, and where it is asked for again. Raises Failure
        where the code cannot be traced.
        """
        leaves: list[Any] = []
        request: dict[str, Any] = {"inputs": shaped(dict(inputs), leaves), "needs": list(needs)}
        if self.reads_values:
            request["values"] = shaped(dict(self.given), leaves)
        request |= {"names": list(names)} if names else {"expression": expression}
        request["leaves"] = [(one.dtype, one.shape) for one in _told(request)]
        key = frames.encode(request)
        if again or key not in self.known:
            self.known[key] = self._traced(request)
        found = self.known[key]
        if isinstance(found, Failure):
            raise found
        return found, leaves

    def describe(self, names: Sequence[str]) -> Mapping[str, Any]:
        """What the child tells of names: how callable ones may be called."""
        if not self.reads_values:
            return dict(self.ask("describe", names=list(names)))
        request: dict[str, Any] = {"inputs": {}, "expression": "None"}
        request |= {"values": shaped(dict(self.given), []), "describe": list(names)}
        request["leaves"] = [(one.dtype, one.shape) for one in _told(request)]
        answer = self._asked(request)
        described = answer.get("described")
        return described if isinstance(described, dict) else {}

    def _traced(self, request: Mapping[str, Any]) -> Traced | NotCarried | Failure:
        try:
            answer = self._asked(request)
        except Failure as failure:
            return failure
        told = answer.get("traced")
        if not isinstance(told, dict):
            return Failure(FailureReason.NOT_PLAIN_DATA, message="no trace")
        if isinstance(told.get("error"), dict):
            return failure_of(told["error"])
        if "not_carried" in told:
            count = told.get("equations")
            equations = count if isinstance(count, int) and count >= 0 else 0
            return NotCarried(why=str(told["not_carried"])[:80], equations=equations)
        text, constants, tree = (told.get(name) for name in ("program", "constants", "tree"))
        try:
            if not (isinstance(text, bytes) and isinstance(constants, tuple)):
                raise PortableError("no program")
            program = data.read(text, constants)
            is_whole = len(_told(tree)) == len(program.out_avals)
            if len(program.in_avals) != len(request["leaves"]) or not is_whole:
                raise PortableError("a program of other inputs or results")
        except PortableError as error:
            return NotCarried(why=str(error), equations=0)
        return Traced(text=text, constants=constants, tree=tree, program=program)

    def _asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if not self.reads_values:
            answer = self.ask("trace", **request)
        else:
            answer = self._asked_anew(request)
        return answer if isinstance(answer, dict) else {}

    def _asked_anew(self, request: Mapping[str, Any]) -> Any:
        """The same in a namespace of its own, in which the statements run within the trace."""
        self._open()
        statements = self.statements.statements
        for statement in statements:
            if statement.is_environment or statement.is_variable:
                try:
                    self._ask("execute", **self._told(statement), rebind={})
                except Failure as failure:
                    if failure.is_final:
                        raise
        running = [
            (s.index, {**self._told(s), "rebind": self._rebound(s, self.given)}) for s in statements
        ]
        texts = self._stand_in_texts()
        answer = self._ask("trace", **request, statements=running, stand_ins=texts)
        self._note(answer)
        return answer

    def _note(self, answer: Any) -> None:
        """Keep what the statements raised."""
        raised = answer.get("problems") if isinstance(answer, dict) else None
        known = {statement.index for statement in self.statements.statements}
        self.problems = {
            index: failure_of(error)
            for index, error in (raised.items() if isinstance(raised, dict) else ())
            if index in known and isinstance(error, dict)
        }


def _told(value: Any) -> list[Shaped]:
    """What stands for arrays in a value, by its number. Raises PortableError for odd ones."""
    found: list[Shaped] = []
    pending: list[Any] = [value]
    beside: list[Any] = []
    size = 0
    while pending or beside:
        is_filled = bool(pending)
        item = (pending or beside).pop()
        if isinstance(item, Shaped):
            if not is_filled:
                raise PortableError("results in odd places")
            found.append(item)
        size += _nbytes(item)
        inner, more = _items(item)
        (pending if is_filled else beside).extend(inner)
        beside += more
    if size > frames.MAX_VALUE_BYTES:
        raise PortableError("results that are too large")
    found.sort(key=lambda one: one.index)
    if [one.index for one in found] != list(range(len(found))):
        raise PortableError("results that are not there")
    return found


def _items(value: Any) -> tuple[Iterable[Any], Iterable[Any]]:
    """What is in a value: where results may stand, and where they may not."""
    if isinstance(value, dict):
        return value.values(), value.keys()
    if isinstance(value, Record):
        return value.values, [item for _, item in value.extras]
    if isinstance(value, (tuple, list)):
        return value, ()
    return (), value if isinstance(value, frozenset) else ()


def _nbytes(value: Any) -> int:
    array = value.array if isinstance(value, Plain) else value
    array = array.data if isinstance(array, Key) else array
    return len(array) if isinstance(array, bytes) else int(getattr(array, "nbytes", 0))
