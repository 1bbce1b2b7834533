"""The globals that a function reads although it gets the same as arguments."""

from __future__ import annotations

from collections.abc import Sequence

from grader.reading.slices import Given
from grader.reading.statements import plain_names
from grader.running.candidate import CandidateKind
from grader.running.student import Student


def globals_for_parameters(student: Student, apart: Sequence[str] = ()) -> list[str]:
    """The names of these globals; what only the functions `apart` need does not count."""
    candidate = student.candidate
    if candidate.kind is not CandidateKind.FUNCTION or candidate.form is None:
        return []
    roles = candidate.form.roles
    duplicated = {item.name for item in candidate.part.globals if item.role in roles}
    given = [Given(name=name) for name in (*sorted(duplicated), *apart)]
    statements = student.program.slice(
        names=[candidate.function], given=given, without=candidate.without
    ).statements
    return sorted(duplicated & plain_names({n for s in statements for n in s.reads | s.later}))
