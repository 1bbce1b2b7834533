"""Moodle's grading worksheet, as the teacher downloaded it, with our grades and comments in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.catalog import Text, say
from grader.course.exchange.filled import Change, Filled, Written, read_back
from grader.course.exchange.moodle_advice import advice
from grader.course.exchange.moodle_columns import Columns, find_columns, participant
from grader.course.exchange.moodle_comments import as_html
from grader.course.exchange.moodle_matching import Matches, match_rows, twice
from grader.course.exchange.points import points_of, points_text, read_points
from grader.course.exchange.rows import GradeRow
from grader.course.exchange.tables import Record, Table, read_table
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

NO = frozenset(
    (
        "no nein non لا não nee nie nej nei ei ne hay\u0131r нет ні όχι לא いいえ 否 아니오 nem nu"
    ).split()
)
"""What Moodle says where a grade is locked in its gradebook, in the languages that we know."""
_LOCKED = say("course.left.locked")
_FIRST_COLUMN = say("course.left.first_column")
_NO_COLUMN = say("course.left.no_column")


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """What is written, by row of the table, and why something is not."""

    grades: Mapping[int, str]
    comments: Mapping[int, str]
    left: tuple[tuple[str, Text], ...]


def fill_worksheet(  # noqa: PLR0913
    data: bytes,
    rows: Sequence[GradeRow],
    *,
    file: str = "the worksheet",
    scale: bool = False,
    grade_column: str = "",
    comment_column: str = "",
) -> Filled:
    """Fill in a worksheet: grades with a decimal point, comments as HTML, all else as it is.

    With `scale` marks are converted to the worksheet's maximum grade. The columns are titles, for
    a language in which they cannot be found. The result was read back and compared.

    Raises: UsageError where the file is no worksheet, is another assignment's, has a scale or
    another maximum; ReadBackError where the result does not read back.
    """
    table = read_table(data, file)
    columns = find_columns(table, grade=grade_column, comment=comment_column)
    most = _maximum(table, columns, rows, scale=scale)
    matches = match_rows(table, columns, rows)
    cells = _cells(table, columns, matches, most if scale else None, most)
    changes = tuple(_changes(table, columns, matches, cells))
    out, written = _written(table, columns, cells)
    read_back(data, out, table.separator, written)
    wanted = {row.student for row in rows if row.mark_mp is not None or row.comment.strip()}
    left = matches.left + cells.left + _doubles(table, columns, matches)
    return Filled(
        data=out,
        changes=changes,
        unmatched=tuple(one for one in matches.unmatched if one in wanted),
        left=left,
        advice=advice(
            table, columns, cells.grades, cells.comments, is_confirmed=matches.is_confirmed
        ),
    )


def _maximum(
    table: Table, columns: Columns, rows: Sequence[GradeRow], *, scale: bool
) -> Fraction | None:
    """The worksheet's maximum grade; raises UsageError where ours is another one."""
    if columns.most is None:
        if scale:
            msg = f"{table.file}: does not say the maximum grade, so nothing can be converted to it"
            raise UsageError(f"{msg}; download it again")
        return None
    most = read_points(table.rows[0][columns.most])
    ours = {Fraction(row.max_mp, 1000) for row in rows if row.mark_mp is not None}
    others = sorted(one for one in ours if one != most)
    if others and not scale and most is not None:
        shown = " and ".join(points_text(one) for one in others)
        msg = (
            f"{table.file}: its maximum grade is {points_text(most)}, but our marks are of "
            f"{shown} points; change the maximum in Moodle, or have the marks converted with "
            "--scale"
        )
        raise UsageError(msg)
    return most


def _cells(
    table: Table, columns: Columns, matches: Matches, to: Fraction | None, most: Fraction | None
) -> _Cells:
    """The texts of the grade and comment cells, by row, where they are other than now."""
    grades: dict[int, str] = {}
    comments: dict[int, str] = {}
    left: list[tuple[str, Text]] = []
    counts = Counter(row.student for row in matches.by_row.values())
    for place, row in matches.by_row.items():
        record = table.rows[place]
        points, why = _points(row, record, columns, to, most)
        if points is not None and _is_to_write(record[columns.grade], points):
            grades[place] = points_text(points)
        comment = as_html(row.comment)
        if comment and not columns.comment:
            lost = _NO_COLUMN if columns.comment is None else _FIRST_COLUMN
            why = say("course.left.both", why=why, also=lost) if why else lost
        elif comment:
            comments[place] = comment
        if why and counts[row.student] > 1:
            named = visible(record[columns.number], NAME_LIMIT)
            why = say("course.left.of_row", row=named, why=why)
        if why:
            left.append((row.student, why))
    return _Cells(grades=grades, comments=comments, left=tuple(dict.fromkeys(left)))


def _points(
    row: GradeRow, record: Record, columns: Columns, to: Fraction | None, most: Fraction | None
) -> tuple[Fraction | None, Text]:
    """The points to write, or why there are none where that is to be said."""
    now = record[columns.grade].strip()
    if row.mark_mp is None:
        kept = "course.left.excused_kept" if row.is_excused else "course.left.mark_kept"
        return None, say(kept, grade=visible(now, NAME_LIMIT)) if now else ""
    if columns.locked is not None and record[columns.locked].strip().lower() in NO:
        return None, _LOCKED
    if to is not None and not row.max_mp:
        return None, say("course.left.zero")
    points = points_of(row.mark_mp, max_mp=row.max_mp, to=to)
    limit = most if most is not None else Fraction(row.max_mp, 1000)
    if points < 0:
        return None, say("course.left.below", points=points_text(points))
    if points > limit:
        found, most_text = points_text(points), points_text(limit)
        return None, say("course.left.above", points=found, most=most_text)
    return points, ""


def _is_to_write(cell: str, points: Fraction) -> bool:
    """Whether a cell says something else, or with a comma, of which English sessions lose half."""
    return read_points(cell) != points or "," in cell


def _changes(table: Table, columns: Columns, matches: Matches, cells: _Cells) -> list[Change]:
    found = []
    for place, row in matches.by_row.items():
        record = table.rows[place]
        grade = record[columns.grade]
        comment = "" if columns.comment is None else record[columns.comment]
        change = Change(
            who=row.student,
            number=participant(record[columns.number]),
            line=record.line,
            old_grade=grade,
            new_grade=cells.grades.get(place, grade),
            old_comment=comment,
            new_comment=cells.comments.get(place, comment),
        )
        is_same = read_points(change.new_grade) == read_points(grade)
        if not is_same or place in cells.comments:
            found.append(change)
    return found


def _written(table: Table, columns: Columns, cells: _Cells) -> tuple[bytes, Written]:
    """The file, without the column of comments where none is written: else they would be lost."""
    texts = {(place, columns.grade): text for place, text in cells.grades.items()}
    dropped = None if cells.comments else columns.comment
    if columns.comment is not None:
        texts |= {(place, columns.comment): text for place, text in cells.comments.items()}
    written = Written(
        grades={(place + 1, columns.grade): text for place, text in cells.grades.items()},
        comments={
            (place + 1, column): text
            for (place, column), text in texts.items()
            if column == columns.comment
        },
        dropped=dropped,
    )
    return table.with_cells(texts, without=dropped), written


def _doubles(table: Table, columns: Columns, matches: Matches) -> tuple[tuple[str, Text], ...]:
    numbers = {table.rows[one][columns.number]: row for one, row in matches.by_row.items()}
    why = say("course.left.double")
    return tuple((numbers[cell].student, why) for cell in twice(table, columns) if cell in numbers)
