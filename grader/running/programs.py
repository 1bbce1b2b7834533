"""The programs of a candidate: traced on shapes alone, evaluated apart from its code.

What cannot be traced, is no plain data, or gives another program when it is traced again, has no
program here: its code runs on the values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.answers import items_of
from grader.assignment import Case
from grader.assignment.files import laid
from grader.running.call_forms import free_names
from grader.running.namespaces import Namespaces
from grader.running.session import Session
from grader.running.tracing import NotCarried, Traced
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.inside.frames import Plain
from grader.sandbox.inside.portable.data import MAX_EQUATIONS

MIN_TRACES = 12
"""So often at least code that may remember something is traced, before it is taken for steady."""
_ENDS = frozenset({FailureReason.TIMEOUT})
"""How a question ends that the code itself would end in the same way."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of the code: the value of an expression, or of names that a bare cell binds."""

    expression: str = ""
    names: tuple[str, ...] = ()


class Programs:
    """The programs of one candidate, of which `own` is the question for its answer."""

    def __init__(self, session: Session, namespaces: Namespaces, own: Question) -> None:
        self.session = session
        self.namespaces = namespaces
        self.own = own
        self._first: dict[str, Traced] = {}
        """By case the first program that was evaluated for it."""
        self._untraced: set[tuple[Question, str]] = set()
        self._steady: bool | None = None

    @property
    def are_on(self) -> bool:
        """Whether programs are carried with this JAX."""
        return self.session.server.carries

    def value(
        self, question: Question, case: Case, inputs: Mapping[str, Any]
    ) -> tuple[Any, ...] | None:
        """What is asked for, as (value,); None where the code is to run.

        Raises Failure when tracing, or the program, used up the time.
        """
        if not self.are_on or laid(case) or _has_plain([inputs, dict(case.globals)]):
            return None  # what is in files, and NumPy's arrays, would be in the program
        if not self.is_steady():
            return None
        try:
            found, leaves = self._traced(question, case, inputs)
        except Failure as failure:
            if failure.reason in _ENDS:
                raise
            self._untraced.add((question, case.name))
            return None
        if isinstance(found, NotCarried):
            self._untraced.add((question, case.name))
            return None
        self._first.setdefault(case.name, found)
        return self._evaluated(found, leaves)

    def is_untraced(self, question: Question, case: Case) -> bool:
        """Whether it is known that tracing gives nothing, so that it need not be tried again."""
        return (question, case.name) in self._untraced

    def size(self, question: Question, case: Case, inputs: Mapping[str, Any]) -> tuple[int, bool]:
        """How many operations there are, and whether that is more than can be carried.

        Raises Failure where it cannot be traced.
        """
        found, _ = self._traced(question, case, inputs)
        if isinstance(found, NotCarried):
            return found.equations, found.equations > MAX_EQUATIONS
        return found.size, False

    def digest(self, cases: Sequence[Case]) -> str:
        """What the first program of each of the cases does, together; '' where none has one.

        Programs for one size may be the same where they differ for another.
        """
        found = [self._first[case.name].digest for case in cases if case.name in self._first]
        if not found or "" in found:
            return ""
        return hashlib.sha256(" ".join(found).encode()).hexdigest()[:16]

    def describe(self, name: str) -> dict[str, Any] | None:
        """How a name may be called; None where that is not known here."""
        if not self.are_on or not self.namespaces.cases or laid(self.namespaces.cases[0]):
            return None  # without a program, the child that runs the code can tell as well
        try:
            told = self.namespaces.traced(self.namespaces.cases[0]).describe([name]).get(name)
        except Failure:
            return None
        return told if isinstance(told, dict) else None

    def is_steady(self) -> bool:
        """Whether it is the same program whenever it is traced, where it may remember something.

        It is traced for all cases again and again, at last in another order.
        """
        if self.namespaces.candidate.runs_as_code:
            return False
        if not self.namespaces.cases or not self._may_remember():
            return True
        if self._steady is None:
            self._steady = self._repeats()
        return self._steady

    @property
    def is_proven(self) -> bool:
        """Whether it was seen that what may remember something gives the same program again."""
        return self._steady is True

    @property
    def keep_something(self) -> bool:
        """Whether the code may leave something behind where it is not traced."""
        return self.namespaces.keeps_something

    def _may_remember(self) -> bool:
        return self.namespaces.traced(self.namespaces.cases[0]).may_remember

    def _repeats(self) -> bool:
        cases = self.namespaces.cases
        found: dict[str, Traced] = {}
        rounds = max(2, -(-MIN_TRACES // len(cases)))
        for case in [one for _ in range(rounds) for one in cases] + [*reversed(cases)]:
            inputs = self.namespaces.inputs(case.inputs)
            try:
                traced, _ = self._traced(self.own, case, inputs, again=case.name in found)
            except Failure:
                return False
            if isinstance(traced, NotCarried):
                return False
            if not found.setdefault(case.name, traced).is_same(traced):
                return False
        return True

    def _traced(
        self, question: Question, case: Case, inputs: Mapping[str, Any], *, again: bool = False
    ) -> tuple[Traced | NotCarried, list[Any]]:
        names = inputs.keys() & free_names(question.expression) if question.expression else ()
        given = {name: inputs[name] for name in sorted(names)}
        space = self.namespaces.traced(case)
        needs = self.namespaces.candidate.part.needs
        return space.trace(question.expression, given, question.names, needs=needs, again=again)

    def _evaluated(self, traced: Traced, leaves: Sequence[Any]) -> tuple[Any, ...] | None:
        """What a program gives, as (value,); None where that cannot be told apart from the code."""
        request = {"program": traced.text, "constants": traced.constants, "tree": traced.tree}
        try:
            answer = self.session.evaluate({**request, "inputs": list(leaves)})
        except Failure as failure:
            if failure.reason in _ENDS:
                raise
            return None
        return (answer["value"],) if "value" in answer else None


def _has_plain(value: Any) -> bool:
    """Whether something in it is to stay an array of NumPy's, which cannot be traced."""
    return isinstance(value, Plain) or any(_has_plain(item) for _, item in items_of(value))
