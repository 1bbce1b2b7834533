"""The correct solutions that an assignment names, read from its `solutions`."""

from __future__ import annotations

from pathlib import Path

from grader.assignment.declaration import Assignment
from grader.assignment.filled_in import untouched
from grader.assignment.part import Part
from grader.assignment.part_texts import Answer, answer_of
from grader.errors import AssignmentError


def solution(assignment: Assignment, path: Path) -> Answer:
    """The solution in a file. Raises AssignmentError when it cannot be read."""
    where = _where(assignment, path)
    given = [node for cell in untouched(assignment).parsed_cells for node in cell.statements]
    try:
        return answer_of(path.read_text(encoding="utf-8"), assignment.parts, given)
    except SyntaxError as error:
        line = f"{where}, line {error.lineno}: is not valid Python: {error.msg}; fix the file"
        raise AssignmentError(line) from error
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{where}: cannot be read: {error}; fix the file") from error


def solutions(assignment: Assignment) -> dict[str, Answer]:
    """All solutions by the name of their file. Raises AssignmentError for one without all parts."""
    found = {}
    for path in assignment.solutions:
        answer = found[path.stem] = solution(assignment, path)
        code = [part for part in assignment.parts if not part.is_written]
        missing = [_named(part) for part in code if part.name not in answer.parts]
        if missing:
            where = _where(assignment, path)
            raise AssignmentError(f"{where}: does not define {', '.join(missing)}; write all parts")
    return found


def _named(part: Part) -> str:
    """What a solution has to define for a part."""
    names = part.cell.defines if part.cell else ()
    return f"{part.name} (or {', '.join(names)})" if names else part.name


def _where(assignment: Assignment, path: Path) -> str:
    return f"assignment {assignment.name!r}, solution {path.name!r}"
