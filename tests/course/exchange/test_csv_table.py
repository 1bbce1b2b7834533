"""Tests of `grader.course.exchange.csv_table`: the table of marks, written and read back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.exchange.csv_table import (
    HEADER,
    MarkRow,
    marks_csv,
    points_cell,
    read_marks_csv,
)
from grader.errors import UsageError

ADA = MarkRow(
    student="ada",
    number="4711",
    name="Lovelace, Ada",
    assignment="kmeans",
    attempt=3,
    status="graded",
    raw_mp=87_500,
    override="",
    late_mp=8_750,
    mark_mp=78_750,
    max_mp=100_000,
    open_mp=5_000,
)
NOTHING = MarkRow(student="bob", assignment="kmeans", max_mp=100_000)


def test_table_is_written() -> None:
    """A row a student's assignment, quoted by RFC 4180, numbers with a dot, none left empty."""
    rows = (ADA, NOTHING, replace(NOTHING, override="excused"), replace(ADA, override="90"))
    assert marks_csv(rows) == (
        "student,number,name,assignment,attempt,status,raw,override,late,mark,max,open\r\n"
        'ada,4711,"Lovelace, Ada",kmeans,3,graded,87.5,,8.75,78.75,100,5\r\n'
        "bob,,,kmeans,,,,,0,,100,0\r\n"
        "bob,,,kmeans,,,,excused,0,,100,0\r\n"
        'ada,4711,"Lovelace, Ada",kmeans,3,graded,87.5,90,8.75,78.75,100,5\r\n'
    )


def test_empty_table_has_its_header() -> None:
    """Without rows there is the header, and reading it gives no rows."""
    text = marks_csv(())
    assert text == f"{','.join(HEADER)}\r\n"
    assert read_marks_csv(text.encode(), "m.csv") == ()


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_formulas_are_guarded(start: str) -> None:
    """What a spreadsheet would compute is shown, in each text cell, and read back as it was."""
    text = f"{start}1+cmd|' /C calc'!A1"
    row = replace(ADA, student=text, number=text, name=text, assignment=text, status=text)
    written = marks_csv([row])
    cells = next(csv.DictReader(io.StringIO(written)))
    guarded = ("student", "number", "name", "assignment", "status")
    assert all(cells[name] == f"'{text}" for name in guarded)
    assert read_marks_csv(written.encode(), "m.csv") == (row,)


def test_signs_that_act_are_shown() -> None:
    """A name with control characters gets into the table without them."""
    written = marks_csv([replace(ADA, name="a\x1b[31m\r\nb\u202e\ud800")])
    assert "a⟨U+001B⟩[31m b⟨U+202E⟩⟨U+D800⟩" in written
    written.encode("utf-8")


@pytest.mark.parametrize(
    ("points", "cell"),
    [(None, ""), (0, "0"), (1, "0.001"), (87_500, "87.5"), (100_000, "100"), (-1_500, "-1.5")],
)
def test_points(points: int | None, cell: str) -> None:
    """Points are written exactly, without needless zeros."""
    assert points_cell(points) == cell


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zs", "Zl", "Zp", "M"]), max_size=30).filter(
    lambda text: not text.startswith("'")
)  # fmt: skip
POINTS = st.integers(0, 10**8)


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(
            MarkRow,
            student=NAMES.filter(bool),
            number=NAMES,
            name=NAMES,
            assignment=NAMES.filter(bool),
            attempt=st.none() | st.integers(1, 10**6),
            status=st.sampled_from(["", "graded", "timeout"]),
            raw_mp=st.none() | POINTS,
            override=st.sampled_from(["", "excused", "void", "85", "-3.25", "0"]),
            late_mp=POINTS,
            mark_mp=st.none() | POINTS,
            max_mp=POINTS,
            open_mp=POINTS,
        ),
        max_size=5,
    )
)
def test_rows_come_back(rows: list[MarkRow]) -> None:
    """Every row is read back as it was written, with a BOM and without."""
    text = marks_csv(rows)
    assert read_marks_csv(text.encode(), "m.csv") == tuple(rows)
    assert read_marks_csv(text.encode("utf-8-sig"), "m.csv") == tuple(rows)


HEAD = ",".join(HEADER)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", f"m.csv: line 1: expected the columns {HEAD}"),
        (b"student,mark\r\n", f"m.csv: line 1: expected the columns {HEAD}"),
        (b"\xff\xfe", "m.csv: is not UTF-8; save it as CSV UTF-8"),
        (f"{HEAD}\r\na,b\r\n".encode(), "m.csv: row 2: expected 12 cells, got 2"),
        (f"{HEAD}\r\n,,,k,,,,,,,,\r\n".encode(), "m.csv: row 2: the student or the assignment is missing; fill it in"),
        (f"{HEAD}\r\na,,,k,x,,,,,,,\r\n".encode(), "m.csv: row 2: attempt: expected a number, got x"),
        (f'{HEAD}\r\n\r\na,,,k,1,,"1,5",,,,,\r\n'.encode(), "m.csv: row 3: raw: expected points such as 87.5, got 1,5"),
        (f"{HEAD}\r\na,,,k,1,,nan,,,,,\r\n".encode(), "m.csv: row 2: raw: expected points such as 87.5, got nan"),
        (f"{HEAD}\r\na,,,k,1,,1,ok\x1b,,,,\r\n".encode(), "m.csv: row 2: override: expected points, excused or void, got ok⟨U+001B⟩"),
        (f'{HEAD}\r\na,"b'.encode(), "m.csv: line 2: unexpected end of data; save it as CSV with commas"),
    ],
)  # fmt: skip
def test_problems_are_said(data: bytes, said: str) -> None:
    """A table that cannot be read is refused with its row and what is wrong."""
    with pytest.raises(UsageError) as caught:
        read_marks_csv(data, "m.csv")
    assert str(caught.value) == said
