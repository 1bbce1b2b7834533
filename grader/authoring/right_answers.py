"""The right answers that an assignment names, read from its `solutions`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.assignment import Assignment
from grader.assignment.filled_in import Answer, answer_of
from grader.errors import AssignmentError


def right_answers(assignment: Assignment) -> dict[str, Answer]:
    """The right answers by the name of their file. Raises AssignmentError for one without parts."""
    names = [part.name for part in assignment.parts]
    return {path.stem: _read(assignment, path, names) for path in assignment.solutions}


def _read(assignment: Assignment, path: Path, names: Sequence[str]) -> Answer:
    where = f"assignment {assignment.name!r}, solution {path.name!r}"
    try:
        answer = answer_of(path.read_text(encoding="utf-8"), names)
    except SyntaxError as error:
        line = f"{where}, line {error.lineno}: is no Python: {error.msg}; mend the file"
        raise AssignmentError(line) from error
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{where}: cannot be read: {error}; mend the file") from error
    missing = [name for name in names if name not in answer.functions]
    if missing:
        raise AssignmentError(f"{where}: has no function {', '.join(missing)}; write every part")
    return answer
