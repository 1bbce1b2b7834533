"""Canvas's gradebook, as a teacher exported it, with our marks in the column of one assignment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.catalog import Text, say
from grader.course.exchange.canvas_columns import (
    CanvasColumns,
    canvas_number,
    find_column,
    find_people,
    is_student,
)
from grader.course.exchange.canvas_matching import match_students
from grader.course.exchange.filled import EXCUSED, Change, Filled, Written, read_back
from grader.course.exchange.points import points_of, points_text
from grader.course.exchange.rows import GradeRow
from grader.course.exchange.tables import Table, read_table
from grader.errors import UsageError

_NOT_ASSIGNED = "N/A"
_UNASSIGNED = say("course.left.not_assigned")
_COMMA = re.compile(r"[0-9.]*[0-9],[0-9]{1,2}")
_POINT = re.compile(r"[0-9,]*[0-9]\.[0-9]+")


@dataclass(frozen=True, kw_only=True)
class _Target:
    """Where the marks go, and how they are written there."""

    column: int
    to: Fraction | None
    """The maximum that marks are converted to, None where they are not."""
    point: str


def fill_gradebook(  # noqa: PLR0913
    data: bytes,
    rows: Sequence[GradeRow],
    *,
    title: str,
    name: str = "",
    column: str = "",
    file: str = "the gradebook",
    scale: bool = False,
) -> Filled:
    """Fill in one column of a gradebook, that of the assignment, and leave all else as it is.

    `title` and `name` are the assignment's; `column` is the title of a column that a person chose.
    With `scale` marks are converted to the points that are possible there. The result was read
    back and compared.

    Raises: UsageError where the file is no gradebook, where the column cannot be known, or has
    another maximum; ReadBackError where the result does not read back.
    """
    table = read_table(data, file)
    people = find_people(table)
    place = find_column(table, people, title=title, name=name, column=column)
    possible = _possible(table, place)
    _require_maximum(table, rows, possible, scale=scale)
    target = _Target(column=place, to=possible if scale else None, point=_point(table, people))
    matches = match_students(table, people, rows)
    texts, left = _texts(table, target, matches.by_row)
    cells = {(one, place): text for one, text in texts.items()}
    out = table.with_cells(cells)
    written = Written(
        grades={(row + 1, column): text for (row, column), text in cells.items()}, comments={}
    )
    read_back(data, out, table.separator, written)
    wanted = {row.student for row in rows if row.mark_mp is not None or row.is_excused}
    return Filled(
        data=out,
        changes=tuple(_changes(table, people, target, matches.by_row, texts)),
        unmatched=tuple(one for one in matches.unmatched if one in wanted),
        left=(*matches.left, *dict.fromkeys(left)),
        advice=tuple(_advice(rows, possible)),
    )


def _possible(table: Table, column: int) -> Fraction | None:
    """The points that are possible; None where the file does not say them."""
    found = [row[column] for row in table.rows if "Points Possible" in row[0]]
    return canvas_number(found[0]) if found else None


def _require_maximum(
    table: Table, rows: Sequence[GradeRow], possible: Fraction | None, *, scale: bool
) -> None:
    ours = {Fraction(row.max_mp, 1000) for row in rows if row.mark_mp is not None}
    if not possible and scale:
        msg = f"{table.file}: does not say the points possible, so nothing can be converted to them"
        raise UsageError(f"{msg}; export it again")
    others = sorted(one for one in ours if one != possible)
    if others and possible is not None and not scale:
        shown = " and ".join(points_text(one) for one in others)
        msg = (
            f"{table.file}: {points_text(possible)} points are possible there, but our marks are "
            f"of {shown} points; change the points in Canvas, or have the marks converted with "
            "--scale"
        )
        raise UsageError(msg)


def _point(table: Table, people: CanvasColumns) -> str:
    """The decimal point of the file: a comma where numbers have one and none has a dot."""
    cells = [row[one] for row in table.rows for one in range(people.first, len(table.titles))]
    has_comma = any(_COMMA.fullmatch(cell.strip()) for cell in cells)
    return "," if has_comma and not any(_POINT.fullmatch(cell.strip()) for cell in cells) else "."


def _texts(
    table: Table, target: _Target, by_row: Mapping[int, GradeRow]
) -> tuple[dict[int, str], list[tuple[str, Text]]]:
    """The texts of the cells that change, by row, and why others do not."""
    texts: dict[int, str] = {}
    left: list[tuple[str, Text]] = []
    for place, row in by_row.items():
        now = table.rows[place][target.column].strip()
        text, why = _text(row, now, target)
        if why:
            left.append((row.student, why))
        elif text and not _is_same(now, text):
            texts[place] = text
    return texts, left


def _text(row: GradeRow, now: str, target: _Target) -> tuple[str, Text]:
    """What to write in a cell, '' for nothing, and why not where that is to be said."""
    if row.is_excused and row.mark_mp is None:
        return ("", _UNASSIGNED) if now.upper() == _NOT_ASSIGNED else (EXCUSED, "")
    if row.mark_mp is None:
        is_kept = now not in {"", "-"}
        return "", say("course.left.canvas_kept", grade=now) if is_kept else ""
    if now.upper() == _NOT_ASSIGNED:
        return "", _UNASSIGNED
    if now.upper() == EXCUSED:
        return "", say("course.left.canvas_excused")
    if target.to is not None and not row.max_mp:
        return "", say("course.left.zero")
    points = points_of(row.mark_mp, max_mp=row.max_mp, to=target.to)
    return points_text(points, target.point), ""


def _is_same(now: str, text: str) -> bool:
    number = canvas_number(now)
    return now.upper() == text or (number is not None and number == canvas_number(text))


def _changes(
    table: Table,
    people: CanvasColumns,
    target: _Target,
    by_row: Mapping[int, GradeRow],
    texts: Mapping[int, str],
) -> list[Change]:
    return [
        Change(
            who=by_row[place].student,
            number=table.rows[place][people.id].strip(),
            line=table.rows[place].line,
            old_grade=table.rows[place][target.column],
            new_grade=text,
        )
        for place, text in sorted(texts.items())
        if is_student(table.rows[place])
    ]


def _advice(rows: Sequence[GradeRow], possible: Fraction | None) -> list[Text]:
    lines: list[Text] = []
    if possible is None:
        lines.append(say("course.advice.possible"))
    if any(row.comment for row in rows):
        lines.append(say("course.advice.no_comments"))
    return lines
