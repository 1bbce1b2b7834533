"""Exceptions that the checks of an assignment raise by their own fault.

A student is told only that something could not be checked; whoever wrote the check needs more.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment import Advice, Check, Incorrect, Part, Student
from grader.assignment.source_lines import place, summary
from grader.errors import GraderError
from grader.sandbox.failures import Failure


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An exception that a check is to blame for; `place` is a file and a line, or ''."""

    part: str
    check: str
    said: str
    place: str

    @property
    def key(self) -> tuple[str, ...]:
        """What is the same when the same thing is wrong: not the values in what was said."""
        return self.part, self.check, self.place, self.said.partition(":")[0]


def recording_errors(part: Part, folder: Path, found: list[Fault]) -> Part:
    """The same part, whose checks record their exceptions in `found`."""
    checks = (replace(check, run=_noting(check, part.name, folder, found)) for check in part.checks)
    return replace(part, checks=tuple(checks))


def _noting(
    check: Check, part: str, folder: Path, found: list[Fault]
) -> Callable[[Student], Advice | None]:
    def run(student: Student) -> Advice | None:
        try:
            return check.run(student)
        except (Incorrect, Failure, GraderError):
            raise
        except Exception as error:
            code = getattr(inspect.unwrap(check.run), "__code__", None)
            where = place(error, folder, [code.co_filename] if code is not None else [])
            found.append(Fault(part=part, check=check.name, said=summary(error), place=where))
            raise

    return run


def problems(found: Sequence[tuple[str, Fault]]) -> Iterator[str]:
    """A line for each fault, given with the name of the answer that it showed on."""
    answers: dict[tuple[str, ...], list[str]] = {}
    first: dict[tuple[str, ...], Fault] = {}
    for name, fault in found:
        first.setdefault(fault.key, fault)
        if name not in answers.setdefault(fault.key, []):
            answers[fault.key].append(name)
    for key, fault in first.items():
        at = f" in {fault.place}," if fault.place else ""
        yield (
            f"part {fault.part!r}, check {fault.check!r}: raised{at} for {counted(answers[key])}: "
            f"{fault.said}; fix the check"
        )


def counted(names: Sequence[str]) -> str:
    """One answer by its name, several by their number and the first of them."""
    return names[0] if len(names) == 1 else f"{len(names)} solutions (the first: {names[0]})"
