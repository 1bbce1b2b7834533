"""Moodle's grading worksheets next to a download: the names of the groups in it, if it has any."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from grader.course.collecting.archives import FoundFile
from grader.errors import GraderError

MAX_BYTES = 4 * 1024 * 1024
MAX_WORKSHEETS = 20
_PARTICIPANT = re.compile(r"\D+\d+")
"""The first cell of each row, in any language: `Participant 10`, `Teilnehmer/in10`."""


def is_table(name: str) -> bool:
    """Get whether a name is that of a table."""
    return name.lower().endswith(".csv")


def groups_in(files: Iterable[FoundFile]) -> frozenset[str]:
    """Get what may be names of groups: all cells but numbers and full names of worksheets."""
    tables = [file for file in files if is_table(file.name)]
    return frozenset(cell for file in tables[:MAX_WORKSHEETS] for cell in _cells(file))


def _cells(file: FoundFile) -> list[str]:
    try:
        text = file.load(file.name)[:MAX_BYTES].decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    except (GraderError, UnicodeDecodeError, csv.Error):
        return []
    if not rows or not all(_PARTICIPANT.fullmatch(row[0]) for row in rows):
        return []
    return [cell for row in rows for cell in row[2:] if cell]
