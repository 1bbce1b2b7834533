"""The errors that the grader raises on purpose.

    GraderError
    ├── UsageError          the arguments cannot be used            exit code 2
    │   ├── AssignmentError the assignment's declaration is at fault
    │   ├── MarksError      a table of marks cannot be taken
    │   │                   (`grader.course.marks`)
    │   ├── StoreError      a course's database cannot be used
    │   │                   (`grader.course.records.connection`)
    │   ├── PolicyError     the rules for late submissions cannot be used
    │   │                   (`grader.course.gradebook.policy_text`)
    │   ├── RosterError     a list of people cannot be taken
    │   │                   (`grader.course.exchange.rosters`)
    │   ├── RefusedError    a rule of the course forbids it             exit code 1
    │   │                   (`grader.course.operations.decisions`)
    │   └── UnknownError    nobody in the course is called so           exit code 1
    │                       (`grader.course.operations.people`)
    ├── DamagedError        stored bytes are not those that were stored
    │                       (`grader.course.records.blobs`)
    ├── UnreadableError     the submission cannot be read           exit code 2
    │   │                   (`grader.reading.unreadable`)
    │   └── SourceError     the machine does not give the file      of a class: exit code 3
    └── SandboxError        the grader itself failed                exit code 3
        ├── ReadBackError   a file for another system does not read back as it was written
        │                   (`grader.course.exchange.filled`)
        ├── SuspectError    the machine, not the student, may have ended student code
        │                   (`grader.sandbox.endings`)
        └── LostError       the cluster that grades a class is gone

Each carries one line that says where, what is wrong, and what to do; an AssignmentError, a
PolicyError and a RosterError one for each problem; the command line prints these and nothing else.
"""

from __future__ import annotations


class GraderError(Exception):
    """Any error with a message that is fit for the person who ran the command."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return (str(self),)


class UsageError(GraderError):
    """The arguments cannot be used: no such file, an unknown assignment, a bad option."""


class AssignmentError(UsageError):
    """The assignment's declaration is at fault; made of a line for every problem found."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return self._lines


class SandboxError(GraderError):
    """The machinery that runs student code failed; never the student's fault."""


class LostError(SandboxError):
    """The cluster that grades a class is gone; what it has graded stands."""
