"""Who is in a course, from a file of the course's own, of Moodle, of Canvas, or of Classroom 50."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader.course.collecting.student_ids import safe_id
from grader.course.collecting.students import key_of
from grader.course.exchange.names import plain
from grader.course.exchange.roster_columns import KINDS, Fields, read_fields
from grader.course.exchange.tables import Table, read_table
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

ROLES: Mapping[str, str] = {
    **dict.fromkeys(("", "student", "learner", "studierende", "teilnehmer/in"), "student"),
    **dict.fromkeys(
        ("ta", "tutor", "assistant", "teaching assistant", "non-editing teacher", "grader"), "ta"
    ),
    **dict.fromkeys(("instructor", "teacher", "lecturer", "professor", "owner"), "instructor"),
}
"""What a role may be called, and which of ours it is."""
_TEST_STUDENT = "Student, Test"
"""A pretended student that Canvas has in each course."""


@dataclass(frozen=True, kw_only=True)
class RosterPerson:
    """A person of a course as a file names them; '' for what it does not say."""

    student: str
    """The ID in the course, safe as the name of a folder."""
    name: str = ""
    sort_name: str = ""
    email: str = ""
    login: str = ""
    number: str = ""
    """The matriculation number (Moodle's "ID number", Canvas's "SIS User ID")."""
    section: str = ""
    role: str = "student"
    """`student`, `ta` or `instructor`."""
    lms_id: str = ""
    """Canvas's user, GitHub's user, or Moodle's participant of the worksheet's assignment."""


class RosterError(UsageError):
    """A roster cannot be taken; made of a line for every problem found."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return self._lines


def read_roster(
    data: bytes, kind: str | None = None, *, file: str = "the roster"
) -> tuple[RosterPerson, ...]:
    """The people in a file, in its order; the kind is found where none is named.

    Canvas's test student is left out.

    Raises: UsageError where it is no such file; RosterError with a line for each problem.
    """
    if kind is not None and kind not in KINDS:
        msg = f"{visible(kind, NAME_LIMIT)}: is not a kind of roster; use {' or '.join(KINDS)}"
        raise UsageError(msg)
    table = read_table(data, file, may_be_ragged=True)
    _require_even(table)
    rows = read_fields(table, kind)
    problems: list[str] = []
    people = tuple(_people(rows, table.file, problems))
    if not rows and not problems:
        problems.append(f"{table.file}: has no students below the titles; name another file")
    if problems:
        raise RosterError(*problems)
    return people


def _require_even(table: Table) -> None:
    """Raise RosterError with a line for each row that is shorter or longer than the titles."""
    width = len(table.titles)
    ragged = [
        f"{table.file}, line {row.line}: expected {width} cells, got {len(row.cells)}; put a text "
        "with a comma in quotes"
        for row in table.rows
        if len(row.cells) != width
    ]
    if ragged:
        raise RosterError(*ragged)


def _people(
    rows: tuple[tuple[int, Fields], ...], file: str, problems: list[str]
) -> Iterator[RosterPerson]:
    """The people of the rows, and a line for each that cannot be taken."""
    seen: dict[tuple[str, str], int] = {}
    for line, fields in rows:
        if fields.sort_name == _TEST_STUDENT and not fields.number:
            continue
        person = _person(fields)
        if person is None:
            problems.append(f"{file}, line {line}: says neither ID, e-mail, nor name; add one")
            continue
        if not person.role:
            got = repr(visible(fields.role, NAME_LIMIT))
            problems.append(
                f"{file}, line {line}: role: expected student, ta or instructor, got {got}; "
                "change it"
            )
        problems.extend(_doubles(person, file, line, seen))
        yield person


def _person(fields: Fields) -> RosterPerson | None:
    """The person that a row is about; None where it says nothing that makes an ID."""
    name = fields.name or f"{fields.first} {fields.last}".strip()
    start = fields.email.partition("@")[0]
    base = fields.student or fields.login or fields.number or start or name
    if not base:
        return None
    return RosterPerson(
        student=safe_id(base),
        name=name,
        sort_name=fields.sort_name or ", ".join(one for one in (fields.last, fields.first) if one),
        email=fields.email,
        login=fields.login,
        number=fields.number,
        section=fields.section,
        role=ROLES.get(fields.role.lower(), ""),
        lms_id=fields.lms_id,
    )


def _doubles(
    person: RosterPerson, file: str, line: int, seen: dict[tuple[str, str], int]
) -> Iterator[str]:
    """A line for the first thing that only one person can have and another row has too."""
    keys: tuple[tuple[str, str, Callable[[str], str]], ...] = (
        ("ID", person.student, key_of),
        ("number", person.number, plain),
        ("e-mail", person.email, plain),
        ("login", person.login, plain),
    )
    is_told = False
    for what, text, key in keys:
        if not text:
            continue
        first = seen.setdefault((what, key(text)), line)
        if first != line and not is_told:
            is_told = True
            shown = repr(visible(text, NAME_LIMIT))
            yield (
                f"{file}, line {line}: has the {what} {shown} of line {first}; remove one of them, "
                "or give each an ID in a column called student"
            )
