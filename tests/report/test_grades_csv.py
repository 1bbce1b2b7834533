"""Tests of `grader.report.grades_csv`."""

import csv
import io
from dataclasses import replace

import pytest
from sample_results import part, result, typical, unreadable

from grader.report.grades_csv import grades_csv
from grader.report.result_json import stored


def rows(text: str) -> list[list[str]]:
    """The cells of a CSV file, as a reader of RFC 4180 sees them."""
    return list(csv.reader(io.StringIO(text, newline="")))


def test_grades_have_contract_columns() -> None:
    """The columns are the contract's, one for each part, and the number; a row for each student."""
    table = rows(grades_csv([stored(typical()), stored(unreadable())]))
    assert table == [
        ["student", "submission", "status", "score", "max_score", "init", "update_assignment",
         "update_centroids", "improve_centroids", "visualization", "number"],
        ["robin", "kmeans_robin.ipynb", "graded", "47", "100", "15", "17", "5", "0", "10", ""],
        ["lindqvist", "lindqvist.ipynb", "unreadable", "", "0", "", "", "", "", "", ""],
    ]  # fmt: skip


def test_lines_end_as_in_rfc() -> None:
    """Lines end with CR LF, and cells with commas and quotes are quoted."""
    text = grades_csv([stored(result(student='a,"b"'))])
    assert text.endswith('\r\n"a,""b""",alice.ipynb,graded,0,0,\r\n')


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_neutralised(start: str) -> None:
    """A text cell that a spreadsheet would compute starts with an apostrophe."""
    formula = f"{start}cmd|' /C calc'!A0"
    data = replace(stored(result(part(score=2.5))), student=formula, path=formula)
    for cell in rows(grades_csv([data]))[1][:2]:
        assert cell.startswith("'")
        assert cell.endswith("cmd|' /C calc'!A0")
