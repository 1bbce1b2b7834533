"""The state of grading one submission, and the result of one candidate for a part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader.assignment import Assignment, Case, Mistake, files
from grader.catalog import Message
from grader.errors import SandboxError
from grader.judging.answer_key import AnswerKey
from grader.judging.support_functions import decorating_or_loading
from grader.reading.linked_files import program
from grader.reading.submission import Submission
from grader.results import CheckResult
from grader.running.candidate import Candidate, CandidateKind
from grader.running.session import Session
from grader.running.student import Student
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.server import ForkServer


class OurFault(Failure):
    """A check itself failed: what it would have given is not known."""

    def __init__(self, message: Message) -> None:
        super().__init__(FailureReason.OURS, message=message)


@dataclass(frozen=True, kw_only=True)
class CandidateResult:
    """What came of one candidate: its checks, its failure, the mistake it shows."""

    student: Student
    checks: tuple[CheckResult, ...]
    notes: tuple[Message, ...] = ()
    failure: Failure | None = None
    mistake: Mistake | None = None
    is_first_call_only: bool = False
    """Whether a check is right in a first call only, which is told in its place."""

    @property
    def score(self) -> float:
        """The points earned in this way."""
        return sum(check.score for check in self.checks)

    def is_better(self, other: CandidateResult) -> bool:
        """Whether it earned more; a function of its own goes before what another one shows."""
        mine = (round(self.score, 6), self.student.candidate.kind is not CandidateKind.THROUGH)
        return mine > (
            round(other.score, 6),
            other.student.candidate.kind is not CandidateKind.THROUGH,
        )

    @property
    def is_full(self) -> bool:
        """Whether these are all points that the part offers."""
        return self.score > self.student.candidate.part.points - 1e-9


class Context:
    """The state of grading one submission: its program, its process, and the parts so far."""

    def __init__(
        self, submission: Submission, answer_key: AnswerKey, server: ForkServer, *, timeout_s: float
    ) -> None:
        self.submission = submission
        self.answer_key = answer_key
        self.assignment = answer_key.assignment
        _require_room_for_files(server, self.assignment)
        offered = submission.offered
        self.program = program(submission.parsed_cells, answer_key.stubs, offered)
        self.cells = self.program.cells
        share_s = share(self.assignment, timeout_s)
        texts = [s.text for s in self.program.statements if "import" in s.text]
        own = files.modules(self.assignment.folder, self.assignment.files)
        imported = _imported({**own, **offered}, texts)
        given = frozenset(name for name in own if name not in offered)
        modules = self.program.modules
        self.session = Session(server, imported, share_s, linked=modules, given=given)
        self.judged: dict[str, CandidateResult] = {}
        self.passed_over: dict[str, CandidateResult] = {}
        """By part that no function was found for: what was looked at, and is not like it."""
        self.data_bindings: frozenset[int] = frozenset()
        """Statements that bind the name of a function to something that cannot be called."""
        self.server = server

    def student(self, candidate: Candidate) -> Student:
        """The student for a candidate, with the part's cases and expected answers."""
        return self.new_student(candidate, self.answer_key.cases[candidate.part.name], None)

    def new_student(
        self, candidate: Candidate, cases: Sequence[Case], expected: Mapping[str, Any] | None
    ) -> Student:
        """A student for a candidate and cases, with the usual expected answers unless given."""
        wanted = self.answer_key.expected[candidate.part.name] if expected is None else expected
        return Student(self.session, self.program, self.assignment, candidate, cases, wanted)

    def is_right(self, name: str) -> bool:
        """Whether an earlier part earned all its points."""
        judged = self.judged.get(name)
        return judged is not None and judged.is_full

    @cached_property
    def supporting(self) -> frozenset[str]:
        """The functions that cannot be a part, whatever part it is."""
        return decorating_or_loading(self.program)

    def function_judged(self, name: str) -> CandidateResult | None:
        """The function that was judged as a part, or else was looked at in its place."""
        for judged in (self.judged.get(name), self.passed_over.get(name)):
            if judged is not None and judged.student.candidate.kind is CandidateKind.FUNCTION:
                return judged
        return None

    def function_of(self, name: str) -> str:
        """What the function of a part is called in this submission."""
        judged = self.function_judged(name)
        return judged.student.candidate.function if judged else name


def share(assignment: Assignment, timeout_s: float) -> float:
    """The CPU seconds of a submission that each part may take: those that are run share them."""
    run = [part for part in assignment.parts if not part.is_written]
    return timeout_s / max(len(run), 1)


def _require_room_for_files(server: ForkServer, assignment: Assignment) -> None:
    """Raise SandboxError where student code could not find the assignment's files."""
    if assignment.files and "landlock" not in server.isolation:
        raise SandboxError(
            f"assignment {assignment.name!r} has files, and without Landlock no file can be put "
            "where student code finds it; grade it on a Linux kernel with Landlock"
        )


def _imported(modules: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """The modules that the texts name, and those that these name in turn; others are never run."""
    found: dict[str, str] = {}
    pending = list(texts)
    while pending:
        words = set(re.findall(r"\w+", pending.pop()))
        new = {n: t for n, t in modules.items() if n.split(".")[0] in words and n not in found}
        found |= new
        pending += new.values()
    return found
