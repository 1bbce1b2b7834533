"""What a teacher has to know when a filled worksheet goes back to Moodle, as far as it applies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from grader.course.exchange.moodle_columns import Columns
from grader.course.exchange.points import read_points
from grader.course.exchange.tables import Table
from grader.safe_text import NAME_LIMIT, visible

OVERWRITE = (
    "Allow updating records that have been modified more recently in Moodle than in the spreadsheet"
)
_LOST = "What was graded in Moodle since the download is lost by that."
_SEPARATORS = {";": "semicolon", "\t": "tab"}
_NAMED = 5
_NEVER = "-"
_UNCONFIRMED = (
    "The file has no names, and numbers are other ones in each assignment: check that it was "
    "downloaded from this assignment."
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*")


def advice(
    table: Table,
    columns: Columns,
    grades: Mapping[int, str],
    comments: Mapping[int, str],
    *,
    is_confirmed: bool = True,
) -> tuple[str, ...]:
    """Get a line for each thing to do or to look at; `is_confirmed` says that names were seen."""
    return tuple(
        line
        for line in (
            _language(table, columns),
            "Import this file before you upload the zip file with feedback.",
            _overwrite(table, columns, {*grades, *comments}),
            _separator(table),
            _workflow(columns),
            _locked(table, columns),
            _flattened(table, columns, comments),
            _odd(table, columns, grades),
            _zeros(table, columns, grades),
            _maximum(columns),
            "" if is_confirmed else _UNCONFIRMED,
        )
        if line
    )


def _language(table: Table, columns: Columns) -> str:
    grade, number = table.titles[columns.grade], table.titles[columns.number]
    return (
        "Use Moodle in the same language as at the download: the columns are called "
        f"{visible(number, NAME_LIMIT)!r} and {visible(grade, NAME_LIMIT)!r}."
    )


def _overwrite(table: Table, columns: Columns, written: set[int]) -> str:
    """Dates in most languages are not understood by Moodle: then every row counts as stale."""
    dates = [table.rows[place][columns.changed].strip() for place in written]
    graded = [date for date in dates if date != _NEVER]
    if not graded:
        return ""
    students = f"{len(graded)} student{'s' if len(graded) > 1 else ''}"
    have = f"{students} already {'have' if len(graded) > 1 else 'has'} a grade in Moodle"
    if columns.language == "en" or all(_ISO.fullmatch(date) for date in graded):
        return f'{have}: if the preview lacks them, tick "{OVERWRITE}". {_LOST}'
    return f'{have}: tick "{OVERWRITE}", or Moodle passes over them. {_LOST}'


def _separator(table: Table) -> str:
    name = _SEPARATORS.get(table.separator)
    return f"Choose the separator {name} in Moodle's form." if name else ""


def _workflow(columns: Columns) -> str:
    if not columns.has_workflow:
        return ""
    return "Release the grades after the import: this assignment uses the marking workflow."


def _locked(table: Table, columns: Columns) -> str:
    """In a language that is not known nobody can say which word stands for a locked grade."""
    if columns.locked is None or columns.language:
        return ""
    counts = Counter(table.column(columns.locked))
    if len(counts) < 2:
        return ""
    title = visible(table.titles[columns.locked], NAME_LIMIT)
    words = " or ".join(
        f"{visible(word, NAME_LIMIT)!r} ({count})" for word, count in counts.most_common()
    )
    return (
        f"Look at the column {title!r}: it says {words}. Moodle passes over locked grades, "
        "and takes their comments."
    )


def _flattened(table: Table, columns: Columns, comments: Mapping[int, str]) -> str:
    if columns.comment is None or not comments:
        return ""
    others = [
        place
        for place, row in enumerate(table.rows)
        if place not in comments and row[columns.comment].strip()
    ]
    if not others:
        return ""
    count = "1 comment that was" if len(others) == 1 else f"{len(others)} comments that were"
    return f"{count} in the file before may lose bold text, links, and paragraphs by the import."


def _odd(table: Table, columns: Columns, grades: Mapping[int, str]) -> str:
    """Grades of others that Moodle reads as something else."""
    odd = []
    for place, row in enumerate(table.rows):
        cell = row[columns.grade].strip()
        is_comma = columns.language == "en" and "," in cell
        if cell and place not in grades and (is_comma or read_points(cell) is None):
            odd.append(f"{visible(row[columns.number], NAME_LIMIT)}: {visible(cell, NAME_LIMIT)}")
    return f"Moodle does not read these grades as they are written: {_some(odd)}." if odd else ""


def _zeros(table: Table, columns: Columns, grades: Mapping[int, str]) -> str:
    zeros = [
        visible(table.rows[place][columns.number], NAME_LIMIT)
        for place, text in grades.items()
        if text == "0"
    ]
    if not zeros:
        return ""
    return f"Check in the preview that Moodle takes a grade of 0 (5.2 may not): {_some(zeros)}."


def _maximum(columns: Columns) -> str:
    if columns.most is not None:
        return ""
    return "The file does not say the maximum grade: check that it is the same in Moodle."


def _some(names: list[str]) -> str:
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
