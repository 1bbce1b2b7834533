"""What a person has to decide in a class as a table, `to_mark.csv`: a row for each open check.

Its first columns are those of the table of marks that `grader batch --marks` takes, so that a copy
with points in it can be merged; the others are for whoever decides.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.report.attention import graded
from grader.report.grades_csv import number_cell, text_cell
from grader.report.stored import StoredPart, StoredResult
from grader.results import CheckStatus

COLUMNS = ("student", "part", "check", "points", "comment")
"""What a table of marks has."""
MORE_COLUMNS = ("max_points", "answer", "rubric", "seen")
LONGEST_ANSWER = 20_000


@dataclass(frozen=True, kw_only=True)
class Item:
    """A check that a person decides, as it is declared; without a name it is the whole part."""

    name: str
    rubric: str = ""


def to_mark_csv(results: Sequence[StoredResult], items: Mapping[str, Sequence[Item]]) -> str:
    """The text of `to_mark.csv` (RFC 4180), '' where nothing is open.

    `items` are the checks that a person decides, in their order, by part. The students come part by
    part, so that one answer is compared with the next. Of those who no longer submitted anything
    there is no row.
    """
    rows = [
        _row(result.student, part, i, items.get(part.name, ()))
        for name in items
        for result in graded(results)
        for part in result.parts
        if part.name == name
        for i, check in enumerate(one for one in part.checks if one.is_by_hand)
        if check.status is CheckStatus.OPEN
    ]
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *MORE_COLUMNS])
    writer.writerows(rows)
    return out.getvalue()


def _row(student: str, part: StoredPart, index: int, items: Sequence[Item]) -> list[str]:
    check = [one for one in part.checks if one.is_by_hand][index]
    item = items[index] if index < len(items) else Item(name=check.name)
    return [
        text_cell(student),
        text_cell(part.name),
        text_cell(item.name),
        "",
        "",
        number_cell(check.max_score),
        text_cell(part.answer, LONGEST_ANSWER, keep_lines=True),
        text_cell(item.rubric, LONGEST_ANSWER, keep_lines=True),
        part.seen,
    ]
