"""What the rows of a roster say, for each kind of file, by the titles of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.course.exchange.canvas_columns import find_people, is_student
from grader.course.exchange.moodle_columns import Columns, find_columns, participant
from grader.course.exchange.names import plain
from grader.course.exchange.tables import Record, Table, titles_of
from grader.errors import UsageError
from grader.report.grades_csv import cell_text

KINDS = ("csv", "moodle", "canvas", "classroom50")
_TITLES: Mapping[str, str] = {
    "student": "student|id|student id|student_id",
    "login": "login|username|user name|anmeldename|nom d'utilisateur",
    "name": "name|full name|full_name|fullname|vollständiger name|nom complet",
    "sort_name": "sort_name|sort name|sortable name",
    "first": "first_name|first name|firstname|given name|vorname|prénom",
    "last": "last_name|last name|lastname|surname|family name|nachname|nom|nom de famille",
    "number": "number|matriculation|matriculation number|id number|id_number|matrikelnummer"
    "|id-nummer|numéro d'identification",
    "email": "email|e-mail|email address|e-mail address|mail|e-mail-adresse|adresse de courriel",
    "section": "section|group|groups|gruppe|gruppen|groupe|groupes",
    "role": "role|rolle|rôle",
    "lms_id": "lms_id|github_id",
}
"""How a column may be called, in small letters."""
_CLASSROOM50 = {"username", "first_name", "last_name", "github_id"}
_ENOUGH = ("student", "login", "name", "first", "last", "number", "email")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a row says of a person, as it is written; '' for what it does not say."""

    student: str = ""
    login: str = ""
    name: str = ""
    sort_name: str = ""
    first: str = ""
    last: str = ""
    number: str = ""
    email: str = ""
    section: str = ""
    role: str = ""
    lms_id: str = ""


Rows = tuple[tuple[int, Fields], ...]
"""The line of each row, and what it says."""


def read_fields(table: Table, kind: str | None) -> Rows:
    """What the rows say. Raises UsageError where the file is not of the kind, or of none."""
    kind = kind or _kind(table)
    if kind == "canvas":
        return _canvas(table)
    if kind == "moodle":
        return _moodle(table)
    places = _by_title(table)
    if kind == "classroom50":
        missing = sorted(_CLASSROOM50 - {plain(title) for title in table.titles})
        if missing:
            msg = f"{table.file}: there is no column {missing[0]!r}; name Classroom 50's roster.csv"
            raise UsageError(msg)
    if not any(one in places for one in _ENOUGH):
        every = titles_of(table, range(len(table.titles)))
        msg = (
            f"{table.file}: expected a column called student, login, name, number or email, got "
            f"{every}; change the first line, or say what kind of file it is"
        )
        raise UsageError(msg)
    return _plain_rows(table, places)


def _kind(table: Table) -> str:
    """The kind of a file by its titles."""
    titles = {plain(title) for title in table.titles}
    if titles >= _CLASSROOM50:
        return "classroom50"
    if _is_canvas(table):
        return "canvas"
    places = _by_title(table)
    is_of_moodle = _worksheet(table) is not None or (
        not any(one in places for one in _ENOUGH) and _email(table) is not None
    )
    return "moodle" if is_of_moodle else "csv"


def _is_canvas(table: Table) -> bool:
    try:
        find_people(table)
    except UsageError:
        return False
    return True


def _worksheet(table: Table) -> Columns | None:
    """The columns of a grading worksheet, None for another file."""
    try:
        return find_columns(table)
    except UsageError:
        return None


def _by_title(table: Table) -> dict[str, int]:
    """The columns by what they are; of two that are alike the first."""
    found: dict[str, int] = {}
    for column, title in enumerate(table.titles):
        for key, titles in _TITLES.items():
            if plain(title) in titles.split("|"):
                found.setdefault(key, column)
    return found


def _text(row: Record, column: int | None) -> str:
    return "" if column is None else " ".join(row[column].split())


def _plain_rows(table: Table, places: Mapping[str, int]) -> Rows:
    return tuple(
        (row.line, Fields(**{key: cell_text(_text(row, one)) for key, one in places.items()}))
        for row in table.rows
    )


def _canvas(table: Table) -> Rows:
    people = find_people(table)
    rows = []
    for row in filter(is_student, table.rows):
        names = [_text(row, one) for one in people.names]
        last, _, first = ", ".join(names).partition(", ") if len(names) > 1 else _split(names[0])
        login = _text(row, people.sis_login)
        fields = Fields(
            login=login,
            name=f"{first} {last}".strip(),
            sort_name=f"{last}, {first}" if first else "",
            number=_text(row, people.sis_user),
            email=login if "@" in login else "",
            section=_text(row, people.section),
            lms_id=_text(row, people.id),
        )
        rows.append((row.line, fields))
    return tuple(rows)


def _split(name: str) -> tuple[str, str, str]:
    """Last and first name of "Last, First"."""
    last, comma, first = name.partition(", ")
    return last.strip(), comma, first.strip()


def _moodle(table: Table) -> Rows:
    columns = _worksheet(table)
    return _participants(table) if columns is None else _of_worksheet(table, columns)


def _of_worksheet(table: Table, columns: Columns) -> Rows:
    """The people of a grading worksheet; raises UsageError for one without names and e-mail."""
    identities = columns.identities()
    email = _email(table)
    if columns.name is None and email is None:
        msg = (
            f"{table.file}: is anonymous, with neither names nor e-mail; download the participants"
        )
        raise UsageError(msg)
    number = _number(table, [one for one in identities if one != email])
    return tuple(
        (
            row.line,
            Fields(
                name=_text(row, columns.name),
                number=_text(row, number),
                email=_text(row, email),
                lms_id=participant(row[columns.number]),
            ),
        )
        for row in table.rows
    )


def _participants(table: Table) -> Rows:
    """A list of participants: by its titles, else first name, last name, and what has an @."""
    places = _by_title(table)
    if {"first", "last"} <= places.keys() or "name" in places:
        return _plain_rows(table, places)
    email = _email(table)
    if len(table.titles) < 3 or email in {0, 1}:
        msg = (
            f"{table.file}: expected a grading worksheet, or a list with first name, last name "
            "and e-mail; download the participants in Moodle"
        )
        raise UsageError(msg)
    others = [one for one in range(2, len(table.titles)) if one != email]
    number = _number(table, others)
    groups = [one for one in others if one != number]
    found = {"first": 0, "last": 1, "number": number, "email": email}
    places = {key: one for key, one in found.items() if one is not None}
    return _plain_rows(table, places | ({"section": groups[-1]} if groups else {}))


def _email(table: Table) -> int | None:
    """The column that has an @ in each cell that is not empty."""
    for column in range(len(table.titles)):
        cells = [cell for cell in table.column(column) if cell.strip()]
        if cells and all("@" in cell and " " not in cell.strip() for cell in cells):
            return column
    return None


def _number(table: Table, columns: list[int]) -> int | None:
    """The column with a number of its own for each: by title, else each with a digit."""
    named = _by_title(table).get("number")
    if named in columns:
        return named
    for column in columns:
        cells = [cell.strip() for cell in table.column(column) if cell.strip()]
        is_unique = bool(cells) and len(set(cells)) == len(cells)
        if is_unique and all(any(c.isdigit() for c in one) and " " not in one for one in cells):
            return column
    return None
