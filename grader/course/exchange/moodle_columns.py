"""The columns of Moodle's grading worksheet, found by their titles and, in any language, by form.

The order is always NUMBER, [name, identities], STATUS, [group], [marker], GRADE, MAXIMUM or SCALE,
[workflow state], MAY BE CHANGED, [submission changed, online text], GRADE CHANGED, [COMMENT],
[outcomes], unless somebody moved them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.course.exchange.points import read_points
from grader.course.exchange.tables import Table, titles_of
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "number": "Identifier",
        "name": "Full name",
        "status": "Status",
        "group": "Group",
        "grade": "Grade",
        "most": "Maximum grade",
        "workflow": "Marking workflow state",
        "locked": "Grade can be changed",
        "changed": "Last modified (grade)",
        "comment": "Feedback comments",
    },
    "de": {
        "number": "ID",
        "name": "Vollständiger Name",
        "status": "Status",
        "group": "Gruppe",
        "grade": "Bewertung",
        "most": "Bestwertung",
        "locked": "Bewertung kann geändert werden",
        "changed": "Zuletzt geändert (Bewertung)",
        "comment": "Feedback als Kommentar",
    },
    "fr": {
        "number": "Identifiant",
        "name": "Nom complet",
        "status": "Statut",
        "group": "Groupe",
        "grade": "Note",
        "most": "Note maximale",
        "locked": "La note peut être modifiée",
        "changed": "Dernière modification (note)",
        "comment": "Feedback par commentaires",
    },
    "ar": {
        "number": "المُعرَّف",
        "grade": "الدرجة",
        "changed": "آخر تعديل (التقدير)",
        "comment": "تعليقات الإفادة",
    },
}
"""What Moodle calls the columns, by language; others are found by form."""
REQUIRED = ("number", "grade", "changed")
"""Without these Moodle refuses the file, and it compares the titles exactly."""
_SCALES = ("Scale", "Skala", "Barème")
_NUMBER = re.compile(r"([^0-9]+)([0-9]{1,18})")
_TIME = re.compile(r"\d{1,2}[.:]\d{2}")
_NEVER = "-"


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where what is; None where the file does not have it or it cannot be known."""

    language: str
    """The code of the language of the titles, '' for one that is not known."""
    number: int
    grade: int
    changed: int
    name: int | None = None
    status: int | None = None
    group: int | None = None
    most: int | None = None
    locked: int | None = None
    comment: int | None = None
    has_workflow: bool = False

    def identities(self) -> tuple[int, ...]:
        """The columns before the grade that may identify a person, such as e-mail."""
        known = {self.number, self.name, self.status, self.group}
        return tuple(one for one in range(self.grade) if one not in known)


def find_columns(table: Table, *, grade: str = "", comment: str = "") -> Columns:
    """The columns of a worksheet; `grade` and `comment` are titles that a person chose.

    Raises: UsageError where Moodle would refuse the file, where it has a scale instead of points,
    or where the column of the number or of the grade cannot be known.
    """
    if not table.rows:
        raise UsageError(f"{table.file}: has no rows below the titles; download it again")
    chosen = {"grade": grade, "comment": comment}
    language = _language(table.titles)
    known = {} if not language else _by_title(table, language)
    known |= {key: _chosen(table, title) for key, title in chosen.items() if title}
    number = known.get("number")
    if number is None:
        number = _number_by_form(table)
    _require_numbers(table, number, language)
    points = _points_by_form(table, number, known)
    dates = _dates(table, points[0])
    changed = known.get("changed", dates[-1] if dates else None)
    if changed is None:
        msg = f"{table.file}: no column has the time of the last grade; download it again"
        raise UsageError(msg)
    return _others(table, language, known, (number, *points, changed))


def participant(cell: str) -> str:
    """The number in `Participant 10`, without leading zeros; '' where there is none."""
    found = _NUMBER.fullmatch(cell)
    return "" if found is None else found[2].lstrip("0") or "0"


def _language(titles: Iterable[str]) -> str:
    """The language of the titles that Moodle looks for; `ID` and `Status` alone are in many."""
    found = {title.strip().casefold() for title in titles}
    counts = {
        one: sum(names[key].casefold() in found for key in (*REQUIRED, "comment"))
        for one, names in TITLES.items()
    }
    best = max(counts, key=lambda one: counts[one])
    return best if counts[best] > 1 else ""


def _by_title(table: Table, language: str) -> dict[str, int]:
    """The columns by their titles in a language. Raises UsageError where Moodle would refuse."""
    found = {}
    for key, title in TITLES[language].items():
        places = [column for column, one in enumerate(table.titles) if one == title]
        if len(places) > 1:
            msg = f"{table.file}: {len(places)} columns are called {title!r}; download it again"
            raise UsageError(msg)
        if places:
            found[key] = places[0]
        elif key in REQUIRED:
            msg = (
                f"{table.file}: there is no column {title!r}, spelled exactly so, and Moodle "
                "refuses a file without it; download it again"
            )
            raise UsageError(msg)
    return found


def _chosen(table: Table, title: str) -> int:
    places = [column for column, one in enumerate(table.titles) if one == title]
    if len(places) == 1:
        return places[0]
    what = "there is no column" if not places else f"{len(places)} columns are called"
    every = titles_of(table, range(len(table.titles)))
    msg = f"{table.file}: {what} {visible(title, NAME_LIMIT)!r}; choose one of {every}"
    raise UsageError(msg)


def _number_by_form(table: Table) -> int:
    """The first column that has a word and a number of its own in each row."""
    for column in range(len(table.titles)):
        found = [_NUMBER.fullmatch(cell) for cell in table.column(column)]
        words = {match[1] for match in found if match is not None}
        if all(found) and len(words) == 1:
            return column
    msg = (
        f"{table.file}: no column has the participants' numbers, such as 'Participant 10'; "
        "name a grading worksheet as Moodle gives it"
    )
    raise UsageError(msg)


def _require_numbers(table: Table, column: int, language: str) -> None:
    """Raise UsageError where Moodle would not find a number: it cuts off as many bytes for all."""
    length = 0
    for row in table.rows:
        match = _NUMBER.fullmatch(row[column])
        word = "" if match is None else match[1]
        length = length or len(word.encode())
        is_odd = language and "\N{NO-BREAK SPACE}" in word
        if match is None or len(word.encode()) != length or is_odd:
            got = visible(row[column], NAME_LIMIT)
            msg = (
                f"{table.file}, line {row.line}: expected a participant's number as Moodle "
                f"writes it, such as 'Participant 10', got {got!r}; download it again"
            )
            raise UsageError(msg)


def _points_by_form(table: Table, number: int, known: Mapping[str, int]) -> tuple[int, int | None]:
    """The columns of grade and maximum: the maximum is one number for all, and comes after it."""
    if "grade" in known:
        grade = known["grade"]
        after = grade + 1 if grade + 1 < len(table.titles) else None
        most = known.get("most", after)
        for column, title in enumerate(table.titles):
            _refuse_scale(table, column if column == after or title in _SCALES else None)
        return grade, most if most is not None and _is_constant(table, most) else None
    found = [
        column
        for column in range(1, len(table.titles))
        if column - 1 != number and _is_constant(table, column) and _is_grade(table, column - 1)
    ]
    if len(found) == 1:
        return found[0] - 1, found[0]
    for column in range(1, len(table.titles)):
        _refuse_scale(table, column)
    every = titles_of(table, range(len(table.titles)))
    msg = (
        f"{table.file}: the column of the grade cannot be known in this language; choose one of "
        f"{every}"
    )
    raise UsageError(msg)


def _is_constant(table: Table, column: int) -> bool:
    """Whether a column says one number above 0 for all."""
    numbers = {read_points(cell) for cell in table.column(column)}
    return len(numbers) == 1 and all(one is not None and one > 0 for one in numbers)


def _is_grade(table: Table, column: int) -> bool:
    return all(not cell or read_points(cell) is not None for cell in table.column(column))


def _refuse_scale(table: Table, column: int | None) -> None:
    """Raise UsageError for the column that lists the words of a scale, a line each."""
    words = set() if column is None else set(table.column(column))
    if column is not None and len(words) == 1 and "\n" in next(iter(words)).strip():
        shown = visible(next(iter(words)).replace("\n", ", "), NAME_LIMIT)
        msg = (
            f"{table.file}: this assignment is graded by a scale ({shown}), not by points; set "
            "its grade to points in Moodle, or enter the grades by hand"
        )
        raise UsageError(msg)


def _dates(table: Table, grade: int) -> list[int]:
    """The columns after the grade that have a time, or `-` for never, in each row."""
    places = range(grade + 1, len(table.titles))
    return [one for one in places if all(map(_is_date, table.column(one)))]


def _is_date(cell: str) -> bool:
    return cell == _NEVER or (bool(_TIME.search(cell)) and read_points(cell) is None)


def _others(
    table: Table,
    language: str,
    known: Mapping[str, int],
    main: tuple[int, int, int | None, int],
) -> Columns:
    """All columns, those that are not required by title or by their place between the others."""
    number, grade, most, changed = main
    dates = [one for one in _dates(table, grade) if one <= changed]
    status = known.get("status", _status_by_form(table, grade))
    locked = known.get("locked")
    if locked is None and most is not None and dates and _is_choice(table, dates[0] - 1):
        locked = dates[0] - 1 if dates[0] - 1 > most else None
    name = known.get("name")
    if name is None and "status" not in known and number == 0 and grade > 1 and status != 1:
        name = 1 if _is_of_people(table, 1) else None
    return Columns(
        language=language,
        number=number,
        grade=grade,
        changed=changed,
        name=name,
        status=status,
        group=known.get("group"),
        most=most,
        locked=locked,
        comment=known.get("comment", _comment_by_form(table, language, changed)),
        has_workflow="workflow" in known
        or (most is not None and locked is not None and locked - most == 2),
    )


def _status_by_form(table: Table, grade: int) -> int | None:
    """The column of `Submitted for grading - Graded -  - `: a dash for each thing it may say."""
    found = [one for one in range(grade) if all(" - " in cell for cell in table.column(one))]
    return found[0] if len(found) == 1 else None


def _is_choice(table: Table, column: int) -> bool:
    """Whether a column has nothing but two words, such as Yes and No."""
    words = set(table.column(column))
    return 0 < len(words) <= 2 and all(word and len(word) <= 12 for word in words)


def _is_of_people(table: Table, column: int) -> bool:
    cells = table.column(column)
    return len(set(cells)) >= max(1, 0.8 * len(cells)) and not all("@" in one for one in cells)


def _comment_by_form(table: Table, language: str, changed: int) -> int | None:
    """The column after the last time, if its title is not that of something else.

    In a language that is known, only its title counts; outcomes say `NAME: VALUE` in each row.
    """
    after = changed + 1
    if language or after >= len(table.titles):
        return None
    cells = table.column(after)
    return None if all(": " in cell for cell in cells) else after
