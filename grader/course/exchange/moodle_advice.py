"""What a teacher has to know when a filled worksheet goes back to Moodle, as far as it applies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from grader.catalog import Text, joined, say
from grader.course.exchange.moodle_columns import Columns
from grader.course.exchange.points import read_points
from grader.course.exchange.tables import Table
from grader.safe_text import NAME_LIMIT, visible

_SEPARATORS = {";": say("course.advice.semicolon"), "\t": say("course.advice.tab")}
_NAMED = 5
_NEVER = "-"
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*")


def advice(
    table: Table,
    columns: Columns,
    grades: Mapping[int, str],
    comments: Mapping[int, str],
    *,
    is_confirmed: bool = True,
) -> tuple[Text, ...]:
    """Get a line for each thing to do or to look at; `is_confirmed` says that names were seen."""
    return tuple(
        line
        for line in (
            _language(table, columns),
            say("course.advice.first"),
            _overwrite(table, columns, {*grades, *comments}),
            _separator(table),
            _workflow(columns),
            _locked(table, columns),
            _flattened(table, columns, comments),
            _odd(table, columns, grades),
            _zeros(table, columns, grades),
            _maximum(columns),
            "" if is_confirmed else say("course.advice.unconfirmed"),
        )
        if line
    )


def _language(table: Table, columns: Columns) -> Text:
    grade, number = table.titles[columns.grade], table.titles[columns.number]
    names = {"number": visible(number, NAME_LIMIT), "grade": visible(grade, NAME_LIMIT)}
    return say("course.advice.language", **names)


def _overwrite(table: Table, columns: Columns, written: set[int]) -> Text:
    """Dates in most languages are not understood by Moodle: then every row counts as stale."""
    dates = [table.rows[place][columns.changed].strip() for place in written]
    graded = [date for date in dates if date != _NEVER]
    if not graded:
        return ""
    is_read = columns.language == "en" or all(_ISO.fullmatch(date) for date in graded)
    text_id = "course.advice.overwrite_maybe" if is_read else "course.advice.overwrite"
    return say(text_id, n=len(graded))


def _separator(table: Table) -> Text:
    return _SEPARATORS.get(table.separator, "")


def _workflow(columns: Columns) -> Text:
    return say("course.advice.workflow") if columns.has_workflow else ""


def _locked(table: Table, columns: Columns) -> Text:
    """In a language that is not known nobody can say which word stands for a locked grade."""
    if columns.locked is None or columns.language:
        return ""
    counts = Counter(table.column(columns.locked))
    if len(counts) < 2:
        return ""
    title = visible(table.titles[columns.locked], NAME_LIMIT)
    words = joined(
        "course.advice.or",
        [
            say("course.advice.word", word=visible(word, NAME_LIMIT), n=count)
            for word, count in counts.most_common()
        ],
    )
    return say("course.advice.locked", title=title, words=words)


def _flattened(table: Table, columns: Columns, comments: Mapping[int, str]) -> Text:
    if columns.comment is None or not comments:
        return ""
    others = [
        place
        for place, row in enumerate(table.rows)
        if place not in comments and row[columns.comment].strip()
    ]
    return say("course.advice.flattened", n=len(others)) if others else ""


def _odd(table: Table, columns: Columns, grades: Mapping[int, str]) -> Text:
    """Grades of others that Moodle reads as something else."""
    odd = []
    for place, row in enumerate(table.rows):
        cell = row[columns.grade].strip()
        is_comma = columns.language == "en" and "," in cell
        if cell and place not in grades and (is_comma or read_points(cell) is None):
            odd.append(f"{visible(row[columns.number], NAME_LIMIT)}: {visible(cell, NAME_LIMIT)}")
    return say("course.advice.odd", names=some(odd)) if odd else ""


def _zeros(table: Table, columns: Columns, grades: Mapping[int, str]) -> Text:
    zeros = [
        visible(table.rows[place][columns.number], NAME_LIMIT)
        for place, text in grades.items()
        if text == "0"
    ]
    return say("course.advice.zeros", names=some(zeros)) if zeros else ""


def _maximum(columns: Columns) -> Text:
    return say("course.advice.maximum") if columns.most is None else ""


def some(names: list[str]) -> Text:
    """The first names as a list in words, and how many more there are."""
    listed, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return say("course.advice.some", names=listed, n=more) if more > 0 else listed
