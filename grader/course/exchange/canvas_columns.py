"""The columns of Canvas's gradebook: people first, then assignments, then what Canvas computes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.course.exchange.names import plain
from grader.course.exchange.tables import Record, Table, titles_of
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_ASSIGNMENT = re.compile(r"(.*)\s\((\d+)\)", re.DOTALL)
_IGNORED = re.compile(
    "(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)",
)
"""What Canvas computes; anywhere in a title, so it ignores an assignment that is called so."""
_READ_ONLY = re.compile(r"read\s+only", re.IGNORECASE)
_PEOPLE = ("SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
_MUTED = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class CanvasColumns:
    """Where a gradebook says who somebody is; None for what it does not have."""

    names: tuple[int, ...]
    """The column of the name, or those of the last and the first name."""
    id: int
    sis_user: int | None
    sis_login: int | None
    section: int
    first: int
    """The first column behind those of people."""


def find_people(table: Table) -> CanvasColumns:
    """The columns of people. Raises UsageError where Canvas would not take the file."""
    titles = [title.strip() for title in table.titles]
    is_split = titles[:2] == ["LastName", "FirstName"]
    names = (0, 1) if is_split else (0,)
    is_gradebook = (is_split or "Student" in titles[0]) and "ID" in titles[len(names)]
    if not is_gradebook or "Section" not in titles or len(titles) < 4:
        got = visible(", ".join(titles), NAME_LIMIT)
        msg = (
            f"{table.file}: expected a gradebook of Canvas, with the columns Student, ID and "
            f"Section, got {got}; export it in Canvas"
        )
        raise UsageError(msg)
    places = {title: titles.index(title) for title in _PEOPLE if title in titles}
    return CanvasColumns(
        names=names,
        id=len(names),
        sis_user=places.get("SIS User ID"),
        sis_login=places.get("SIS Login ID"),
        section=places["Section"],
        first=max(*places.values(), len(names)) + 1,
    )


def is_student(row: Record) -> bool:
    """Whether a row is a student's, not what is possible, muted, or nothing."""
    cells = [cell.text for cell in row.cells]
    return "Points Possible" not in cells[0] and not all(_MUTED.fullmatch(one) for one in cells)


def find_column(
    table: Table, people: CanvasColumns, *, title: str, name: str = "", column: str = ""
) -> int:
    """The column of the assignment: the chosen one, else by the title or name of ours.

    Raises: UsageError where there is none, where there are several, or where Canvas would ignore
    it or make a new assignment of it.
    """
    every = range(people.first, len(table.titles))
    usable = [one for one in every if not _fault(table, one)]
    if column:
        found = _equal(table, every, column)
        if len(found) == 1:
            return _checked(table, found[0])
        raise _refused(table, f"{_shown(column)} is the title of {_count(found)}", found or usable)
    for is_alike in (_equal, _beginning):
        for wanted in (title, name):
            found = is_alike(table, usable, wanted) if wanted.strip() else []
            if len(found) == 1:
                return found[0]
            if found:
                raise _refused(table, f"{_shown(wanted)} may be {_count(found)}", found)
    odd = [one for one in every if _equal(table, [one], title) and _fault(table, one)]
    if len(odd) == 1:
        return _checked(table, odd[0])
    raise _refused(table, f"no column is called as {_shown(title)}", usable)


def canvas_number(text: str) -> Fraction | None:
    """A number as Canvas reads it: what is behind the last dot or comma are decimals."""
    if not re.fullmatch(r"-?[0-9.,]*[0-9][0-9.,]*", text.strip()):
        return None
    *whole, last = re.split(r"[.,]", text.strip())
    try:
        return Fraction(f"{''.join(whole)}.{last}" if whole else last)
    except ValueError:
        return None


def _bare(title: str) -> str:
    found = _ASSIGNMENT.fullmatch(title.strip())
    return plain(title if found is None else found[1])


def _equal(table: Table, columns: Sequence[int], wanted: str) -> list[int]:
    exact = [one for one in columns if table.titles[one].strip() == wanted.strip()]
    return exact or [one for one in columns if _bare(table.titles[one]) == plain(wanted)]


def _beginning(table: Table, columns: Sequence[int], wanted: str) -> list[int]:
    """The columns that begin with a title, at the end of a word."""
    start = re.compile(re.escape(plain(wanted)) + r"(?!\w)")
    return [one for one in columns if start.match(_bare(table.titles[one]))]


def _checked(table: Table, column: int) -> int:
    fault = _fault(table, column)
    if fault:
        raise UsageError(f"{table.file}: {_shown(table.titles[column])}: {fault}")
    return column


def _fault(table: Table, column: int) -> str:
    """Why marks cannot be given back in a column, '' where they can."""
    title = table.titles[column]
    possible = [row[column] for row in table.rows if "Points Possible" in row[0]]
    if any(_READ_ONLY.search(cell) for cell in possible):
        return "Canvas computes this column, and takes no marks in it; choose an assignment"
    if found := _IGNORED.search(title):
        return f"Canvas ignores columns with {found[0]!r} in the title; rename the assignment there"
    if not _ASSIGNMENT.fullmatch(title.strip()):
        return (
            "the title does not end in the assignment's number, such as (123), so Canvas would "
            "make a new assignment; export the gradebook again"
        )
    return ""


def _refused(table: Table, what: str, columns: Sequence[int]) -> UsageError:
    do = (
        f"choose one of {titles_of(table, columns)}" if columns else "make the assignment in Canvas"
    )
    return UsageError(f"{table.file}: {what}; {do}")


def _count(columns: Sequence[int]) -> str:
    return f"{len(columns)} columns" if columns else "no column"


def _shown(text: str) -> str:
    return repr(visible(text, NAME_LIMIT))
