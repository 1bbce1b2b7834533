"""Tests of `grader.report.to_mark_csv`."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from sample_results import by_hand, part, result, unreadable, written

from grader.report.result_json import stored
from grader.report.to_mark_csv import COLUMNS, MORE_COLUMNS, Item, to_mark_csv
from grader.results import State

ITEMS = {"double": (Item(name="style"), Item(name="tests")), "why": (Item(name="", rubric="All"),)}


def rows(text: str) -> list[list[str]]:
    """The rows of a table."""
    return [*csv.reader(io.StringIO(text, newline=""), strict=True)]


def test_nothing_open_is_nothing() -> None:
    """Without anything to decide there is no text."""
    assert to_mark_csv([], ITEMS) == ""
    assert to_mark_csv([stored(result(part())), stored(unreadable())], ITEMS) == ""


def test_rows_are_by_part() -> None:
    """The rows of one part come together; a check is called as it is declared."""
    style, tests = by_hand("Stil"), by_hand("Tests")
    both = part(State.OPEN, checks=(style, tests))
    made = [stored(result(both, written(), student=name)) for name in ("ann", "bob")]
    gone = replace(made[0], student="gone", is_gone=True)
    header, *found = rows(to_mark_csv([*made, gone], ITEMS))
    assert tuple(header) == (*COLUMNS, *MORE_COLUMNS)
    assert [row[:3] for row in found] == [
        ["ann", "double", "style"], ["ann", "double", "tests"],
        ["bob", "double", "style"], ["bob", "double", "tests"],
        ["ann", "why", ""], ["bob", "why", ""],
    ]  # fmt: skip
    assert found[-1][3:] == ["", "", "5", "It compiles.", "All", "v1"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_no_cell_is_a_formula(start: str) -> None:
    """Whatever a student writes, a spreadsheet shows it and does not compute it."""
    made = stored(result(written(f"{start}1+1\n=2"), student=f"{start}eve"))
    (_, row) = rows(to_mark_csv([made], ITEMS))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert "1+1\n=2" in row[6]
