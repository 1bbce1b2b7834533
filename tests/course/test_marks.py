"""Tests of `grader.course.marks`: what a table of marks may be, and every problem by its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import words_class

from grader.assignment import Assignment, registry
from grader.course.marks import MarksError, Row, items_of, read_marks
from grader.errors import UsageError
from grader.report.to_mark_csv import Item
from grader.results import Mark

HEADER = "student,part,check,points,comment\n"
STUDENTS = ("ann", "bob", "=eve")
WHY, STYLE = ("why_jit", "answer in words"), ("double", "explanation")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """The assignment with points that a person gives."""
    return registry.load(str(words_class.assignment(tmp_path_factory.mktemp("assignment"))))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a table is."""
    return tmp_path / "marks.csv"


def rows(file: Path, words: Assignment, data: str | bytes) -> tuple[Row, ...]:
    """The rows of a table."""
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_marks(file, words, STUDENTS).rows


def problems(file: Path, words: Assignment, text: str) -> list[str]:
    """What is wrong with a table, without the name of the file."""
    file.write_text(text, "utf-8")
    with pytest.raises(MarksError) as caught:
        read_marks(file, words, STUDENTS)
    return [line.removeprefix(f"{file}, ") for line in caught.value.lines]


def row(line: int, student: str, key: tuple[str, str], points: float, **more: str) -> Row:
    """A row with a mark."""
    return Row(line=line, student=student, key=key, mark=Mark(points=points, **more))


def test_rows_are_read(file: Path, words: Assignment) -> None:
    """A row has a mark; a check may be left out where there is one; a comment may have lines."""
    table = (
        HEADER
        + 'ann,why_jit,,3.5,"Good,\nbut ""why""?"\nann,double,,2,\nbob,double,explanation,0,\n'
    )
    assert rows(file, words, table) == (
        row(2, "ann", WHY, 3.5, comment='Good,\nbut "why"?'),
        row(4, "ann", STYLE, 2.0),
        row(5, "bob", STYLE, 0.0),
    )


def test_rows_without_points_say_nothing(file: Path, words: Assignment) -> None:
    """A row that is not filled in is none; `open` takes a mark back; empty lines are skipped."""
    table = HEADER + "\nann,why_jit,,,\n,,,,\nbob,why_jit,,open,\n"
    assert rows(file, words, table) == (Row(line=5, student="bob", key=WHY, mark=None),)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfstudent,part,check,points,comment\r\nann,why_jit,,2.5,\r\n",
        b"student;part;check;points;comment\r\nann;why_jit;;2,5;\r\n",
        b"student\tpart\tcheck\tpoints\tcomment\nann\twhy_jit\t\t2.5\t",
        b'"student","part","check","points","comment"\n"ann","why_jit","","2,5",""\n',
        b"student,part,check,points,comment,max_points,answer\nann,why_jit,,2.50,,5,It compiles.\n",
    ],
    ids=["bom", "semicolons", "tabs", "quoted", "more"],
)
def test_as_spreadsheets_write_it(file: Path, words: Assignment, data: bytes) -> None:
    """What spreadsheets of several languages save is read alike, and further columns are let be."""
    assert rows(file, words, data) == (row(2, "ann", WHY, 2.5),)


def test_cells_of_ours_are_known_again(file: Path, words: Assignment) -> None:
    """A name that was kept from being a formula is that name; what was seen is kept."""
    table = HEADER.strip() + ",seen\n'=eve,why_jit,,1,,v123\n=eve,double,,1,,\n"
    assert rows(file, words, table) == (
        row(2, "=eve", WHY, 1.0, seen="v123"),
        row(3, "=eve", STYLE, 1.0),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("anne,why_jit,,3,", "student: no submission has the ID 'anne'; did you mean 'ann'?"),
        ("zoe,why_jit,,,", "student: no submission has the ID 'zoe'; the overview lists the IDs"),
        ("ann,why,,3,", "part: there is no part 'why'; use 'double' or 'why_jit'"),
        ("ann,triple,,3,", "part: nobody decides points of 'triple'; use 'double' or 'why_jit'"),
        (
            "ann,double,values,3,",
            "check: there is no check 'values' that a person decides in part 'double'; use "
            "'explanation'",
        ),
        ("ann,why_jit,,5.1,", "points: expected a number from 0 to 5, got '5.1'; change it"),
        ("ann,why_jit,,-1,", "points: expected a number from 0 to 5, got '-1'; change it"),
        ("ann,why_jit,,nan,", "points: expected a number from 0 to 5, got 'nan'; change it"),
        ("ann,why_jit,,inf,", "points: expected a number from 0 to 5, got 'inf'; change it"),
        ("ann,why_jit,,1_0,", "points: expected a number from 0 to 5, got '1_0'; change it"),
        ("ann,why_jit,,all,", "points: expected a number from 0 to 5, got 'all'; change it"),
        ("ann,why_jit,,,Nice", "points: is empty, but there is a comment; add the points"),
        ("ann,why_jit,3", "expected 5 cells, got 3; put a text with a comma in quotes"),
        ("ann,why_jit,,3,a,b", "expected 5 cells, got 6; put a text with a comma in quotes"),
        (
            f"ann,why_jit,,3,{'x' * 4001}",
            "comment: expected at most 4000 characters, got 4001; shorten it",
        ),
    ],
)
def test_problems_of_a_row(file: Path, words: Assignment, line: str, said: str) -> None:
    """Each problem says its line, what was found, and what to do."""
    assert problems(file, words, f"{HEADER}bob,double,,1,\n{line}\n") == [f"line 3: {said}"]


def test_all_problems_together(file: Path, words: Assignment) -> None:
    """All problems are told at once, in their order; rows for the same check are one of them."""
    table = (
        f'{HEADER}x,y,,3,\nann,double,,1,"two\nlines"\nann,double,explanation,2,\nbob,why_jit,,9,'
    )
    assert problems(file, words, table) == [
        "line 2: student: no submission has the ID 'x'; the overview lists the IDs",
        "line 2: part: there is no part 'y'; use 'double' or 'why_jit'",
        "line 5: the same as line 3, student and check; keep one of them",
        "line 6: points: expected a number from 0 to 5, got '9'; change it",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file is empty; the first line is student,part,check,points,comment"),
        (
            "name,points\nann,3\n",
            "line 1: expected the columns student,part,check,points,comment, got name,points; copy "
            "the first line of to_mark.csv",
        ),
        (
            f'{HEADER}ann,why_jit,,3,"open',
            "line 2: is not CSV: unexpected end of data; fix the quotes, or save it as CSV again",
        ),
    ],
)
def test_no_table(file: Path, words: Assignment, text: str, said: str) -> None:
    """What is no table of marks is told so."""
    assert problems(file, words, text) == [said]


def test_unreadable_files(file: Path, words: Assignment) -> None:
    """A file that is not there, a folder, or another encoding is one line."""
    with pytest.raises(UsageError, match=r"cannot be read: No such file .*; name a CSV file"):
        read_marks(file, words, STUDENTS)
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory; name a CSV file"):
        read_marks(file.parent, words, STUDENTS)
    with pytest.raises(UsageError, match=r"is not text in UTF-8; save it as CSV UTF-8"):
        rows(file, words, HEADER.encode() + "ann,why_jit,,1,schön".encode("latin-1"))


def test_items(words: Assignment) -> None:
    """What a person decides, as rows name it; nothing of parts without."""
    assert items_of(words) == {
        "double": (Item(name="explanation", rubric="SECRET: for a docstring"),),
        "why_jit": (Item(name="", rubric="SECRET: 2 for compiling"),),
    }
