"""The grades of a class as a table, `grades.csv`: a row a student, a column a part."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from grader.report.stored import StoredPart, StoredResult
from grader.results import State, SubmissionStatus, rounded_points
from grader.safe_text import MESSAGE_LIMIT, visible

HEADER = ("student", "submission", "status", "score", "max_score")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def grades_csv(results: Sequence[StoredResult]) -> str:
    """The text of `grades.csv` (RFC 4180) from stored results.

    The columns of the parts come in the order in which the results first name them; a part
    that a result does not have leaves its cell empty. So do the points of a submission that could
    not be read: nobody takes them for an answer that is worth nothing. The last column is the
    number by which a learning management system knows the student.
    """
    names = list(dict.fromkeys(part.name for result in results for part in result.parts))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*HEADER, *(text_cell(name) for name in names), "number"])
    for result in results:
        is_read = result.status != SubmissionStatus.UNREADABLE
        parts = result.parts if is_read else ()
        scores = {part.name: _points(part.score, [part]) for part in parts}
        writer.writerow(
            [
                text_cell(result.student),
                text_cell(result.path),
                text_cell(result.status),
                _points(result.score, result.parts) if is_read else "",
                number_cell(result.max_score),
                *(scores.get(name, "") for name in names),
                text_cell(result.number),
            ]
        )
    return out.getvalue()


def _points(score: float, parts: Sequence[StoredPart]) -> str:
    """The points, or nothing where one of these parts could not be checked."""
    is_open = any(part.state == State.UNCHECKED for part in parts)
    return "" if is_open else number_cell(score)


def text_cell(text: str, limit: int = MESSAGE_LIMIT, *, keep_lines: bool = False) -> str:
    """`text` so that a spreadsheet shows it and does not compute it."""
    shown = visible(text, limit, keep_lines=keep_lines)
    return f"'{shown}" if text.startswith(_FORMULA_STARTS) else shown


def cell_text(cell: str) -> str:
    """What was made a cell by `text_cell`, as far as it can be known."""
    is_kept = cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS)
    return cell[1:] if is_kept else cell


def number_cell(value: float) -> str:
    """A number of points with a dot and no needless zeros: "87.5", "100"."""
    return f"{rounded_points(value):.4f}".rstrip("0").rstrip(".")
