"""What a check may ask of a student's code: answers as plain data, or a Failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.assignment.tables import Case
from grader.sandbox.failures import Failure


@dataclass(frozen=True)
class Unset:
    """A name that a cell should have defined but did not; `failure` says why, if it raised."""

    name: str
    failure: Failure | None = None


class Student(Protocol):
    """A student's code as a check sees it. Any method that runs it may raise Failure."""

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases of the part."""
        ...

    @property
    def rtol(self) -> float:
        """The part's tolerance."""
        ...

    @property
    def is_strict(self) -> bool:
        """Whether a list is no tuple in an answer."""
        ...

    @property
    def observes(self) -> tuple[str, ...]:
        """The names of what is looked at, where that is several things."""
        ...

    @property
    def part_name(self) -> str:
        """The part's name in the declaration."""
        ...

    @property
    def function(self) -> str:
        """What the part is called in the submission; '' where it is a cell."""
        ...

    @property
    def arguments(self) -> frozenset[str] | None:
        """The inputs that the call passes as arguments; None where nothing is called."""
        ...

    def answer(self, case: Case) -> Any:
        """The part's answer to a case: the function's value, or a tuple of the cell's names."""
        ...

    def expected(self, case: Case) -> Any:
        """The reference's answer to a case."""
        ...

    def evaluate(self, expression: str, case: Case, *, mode: str = "auto", **more: Any) -> Any:
        """The value of an expression over the case's inputs, `{call}` being the part's call."""
        ...

    def runs_as_program(self, expression: str, case: Case) -> bool:
        """Whether an expression is answered by its traced program, apart from the code."""
        ...

    def program_size(self, case: Case) -> int:
        """How many operations the part has when JAX traces it for a case."""
        ...

    def builds(self, case: Case) -> tuple[int, int]:
        """How many programs a first plain call builds for a case, and how many a second one."""
        ...

    def steps(self, case: Case) -> int:
        """How many lines and calls in the cells and in NumPy a plain call runs for a case."""
        ...

    @property
    def reaches(self) -> str:
        """The first name by which its code could reach what runs beside it, or ''."""
        ...

    def plain(self) -> Student:
        """The same student where what its process claims is believed; Incorrect if it cannot be."""
        ...

    def with_cases(self, cases: Sequence[Case]) -> Student:
        """The same code, asked about other cases."""
        ...

    def figure(self, case: Case, *, picture: bool = False) -> dict[str, Any]:
        """All marks that the part draws for a case."""
        ...
