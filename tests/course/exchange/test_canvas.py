"""Canvas's gradebook filled in: what Canvas then takes, and that nothing else changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from canvas_rules import ProposalError, User, import_gradebook
from english import reasons, said
from hypothesis import given, settings
from hypothesis import strategies as st
from worksheet_samples import cells

from grader.course.exchange.canvas import fill_gradebook
from grader.course.exchange.rows import GradeRow
from grader.errors import UsageError

HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,K-Means (12),K-Means 2 (13),Lab (14),Final Score\n"
BOOK = (
    HEADER
    + ",,,,,,Manual Posting,,,\n"
    + "    Points Possible,,,,,,100.00,50.00,10.00,(read only)\n"
    + '"Lovelace, Ada",101,m1,ada@x.edu,"S1 and S2",likes loops,,40.00,9.00,80.00\n'
    + '"Müller, Alex",102,m2,alex@x.edu,S1,,50.00,,,\n'
    + '"Müller, Alex",103,m3,alex2@x.edu,S1,=1+1,EX,,,\n'
    + '"\'=1+1, @SUM",104,m4,f@x.edu,S2,"a ""b""",N/A,,,\n'
    + '"Ólafsdóttir, Ása",105,,asa@x.edu,S2,,-,,,\n'
    + '"Student, Test",106,,0a1b2c,S2,,,,,\n'
).encode()
USERS = [
    *(User(f"10{n}", f"m{n}", "") for n in range(1, 5)),
    User("105", "", "asa@x.edu"),
    User("106"),
]
TITLES = {"12": "K-Means", "13": "K-Means 2", "14": "Lab"}


def row(student: str, points: float | None = None, **more: object) -> GradeRow:
    """Give a row of ours, of 100 points."""
    mark = None if points is None else round(points * 1000)
    own = GradeRow(student=student, mark_mp=mark, max_mp=100_000)
    return replace(own, **more)  # type: ignore[arg-type]


ROWS = [
    row("ada", 87.505, lms_number="101"),
    row("a1", 60, number="m2"),
    row("asa", 0, login="asa@x.edu"),
]


def refused(
    data: bytes, rows: Sequence[GradeRow], title: str = "K-Means", **options: object
) -> str:
    """Give the message of a gradebook that cannot be filled in."""
    with pytest.raises(UsageError) as caught:
        fill_gradebook(data, rows, title=title, file="g.csv", **options)  # type: ignore[arg-type]
    assert len(caught.value.lines) == 1
    return str(caught.value)


def different(data: bytes, other: bytes, separator: str = ",") -> set[tuple[int, int]]:
    """Give the rows and columns of the cells in which two files differ."""
    pairs = zip(cells(data, separator), cells(other, separator), strict=True)
    return {
        (i, j)
        for i, (before, after) in enumerate(pairs)
        for j, (old, new) in enumerate(zip(before, after, strict=True))
        if old != new
    }


def without_notes(data: bytes) -> bytes:
    """Give a gradebook without the column of notes, which Canvas knows and our importer does not."""
    return data.replace(b"Notes", b"Final Grade Notes")


def test_marks_arrive() -> None:
    """Canvas takes our marks by ID, SIS ID and login, and every other cell is as it was."""
    filled = fill_gradebook(BOOK, ROWS, title="K-Means")
    before = import_gradebook(without_notes(BOOK), USERS, TITLES)
    after = import_gradebook(without_notes(filled.data), USERS, TITLES)
    ours = {("101", "12"): "87.51", ("102", "12"): "60", ("105", "12"): "0"}
    assert after == before | ours
    assert different(BOOK, filled.data) == {(3, 6), (4, 6), (7, 6)}
    changes = [(c.who, c.number, c.line, c.old_grade, c.new_grade) for c in filled.changes]
    assert changes == [
        ("ada", "101", 4, "", "87.51"),
        ("a1", "102", 5, "50.00", "60"),
        ("asa", "105", 8, "-", "0"),
    ]
    assert (filled.unmatched, filled.left, filled.advice) == ((), (), ())


def test_bytes_stay() -> None:
    """All but the digits of our cells is the same to the byte."""
    filled = fill_gradebook(BOOK, ROWS, title="K-Means")
    expected = BOOK.replace(b"loops,,", b"loops,87.51,").replace(b",50.00,,", b",60,,", 1)
    expected = expected.replace(b"S2,,-,", b"S2,,0,")
    assert filled.data == expected
    same = fill_gradebook(BOOK, [row("a1", 50, number="m2")], title="K-Means")
    assert (same.data, same.changes) == (BOOK, ())


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_semicolons_and_commas(mark: bytes, end: bytes) -> None:
    """A file with `;` and decimal commas gets decimal commas."""
    text = (
        "Student;ID;SIS Login ID;Section;Lab (14)\n    Points Possible;;;;10,00\n"
        "Lovelace, Ada;101;ada;S1;\n;;;;\nMüller, Alex;102;al;S1;5,5\n"
    )
    data = mark + text.encode().replace(b"\n", end)
    rows = [row("a", 87.5, lms_number="101"), row("b", 55, login="al")]
    filled = fill_gradebook(data, rows, title="lab", scale=True)
    assert filled.data == data.replace(b"Ada;101;ada;S1;", b'Ada;101;ada;S1;"8,75"')
    after = import_gradebook(filled.data, USERS, TITLES)
    assert after == {("101", "14"): "8.75", ("102", "14"): "5.5"}


def test_excused() -> None:
    """EX is written for who is excused, and an EX of Canvas's is not overwritten by a mark."""
    rows = [
        row("ada", lms_number="101", is_excused=True),
        row("b", 50, lms_number="103"),
        row("c", 50, lms_number="104"),
        row("d", lms_number="102"),
        row("e", lms_number="105"),
    ]
    filled = fill_gradebook(BOOK, rows, title="K-Means")
    assert [(c.who, c.new_grade) for c in filled.changes] == [("ada", "EX")]
    assert reasons(filled.left) == (
        ("d", "has no mark with us; 50.00 in the file was kept"),
        ("b", "is excused in Canvas; take that back there and export the gradebook again"),
        ("c", "the assignment is not assigned to this student in Canvas"),
    )


def test_names_last() -> None:
    """A name finds who has no ID with us, never one of two with the same name."""
    rows = [
        row("ada", 1, name="Ada Lovelace"),
        row("alex", 2, name="Alex Müller"),
        row("asa", 3, name="Ása Ólafsdóttir", lms_number="999"),
        row("x", 4, name="Nobody"),
    ]
    filled = fill_gradebook(BOOK, rows, title="K-Means")
    assert [c.who for c in filled.changes] == ["ada"]
    assert filled.unmatched == ("asa", "x")
    assert reasons(filled.left) == (
        ("alex", "is found by the name alone, and the name is not unique"),
    )


def test_two_of_ours_with_one_name() -> None:
    """Of two of ours with one name none gets the one row of the file."""
    rows = [row("a", 1, name="Ada Lovelace"), row("b", 2, sort_name="Lovelace, Ada")]
    filled = fill_gradebook(BOOK, rows, title="K-Means")
    assert ([c.who for c in filled.changes], [who for who, _ in filled.left]) == ([], ["a", "b"])


def test_ids_that_disagree() -> None:
    """IDs of two people, and two marks for one row, are left."""
    rows = [
        row("a", 1, lms_number="101", number="m2"),
        row("b", 2, lms_number="105"),
        row("c", 3, login="asa@x.edu"),
    ]
    assert reasons(fill_gradebook(BOOK, rows, title="K-Means").left) == (
        ("a", "is another student in the file by one ID than by another"),
        ("b", "another mark of ours is for the same row of the file"),
        ("c", "another mark of ours is for the same row of the file"),
    )


@pytest.mark.parametrize(
    ("options", "column"),
    [
        ({"title": "K-Means"}, 6),
        ({"title": "k-means 2"}, 7),
        ({"title": "K-Means clustering", "name": "lab"}, 8),
        ({"title": "x", "column": "K-Means 2 (13)"}, 7),
        ({"title": "x", "column": "K-Means 2"}, 7),
    ],
)
def test_column_is_found(options: dict[str, str], column: int) -> None:
    """The column is that of the title, of the name, or the chosen one."""
    filled = fill_gradebook(BOOK, ROWS[:1], scale=True, **options)
    assert {j for _, j in different(BOOK, filled.data)} == {column}


def test_column_that_begins_so() -> None:
    """A title that begins as the assignment is called is taken, at the end of a word."""
    book = BOOK.replace(b"Lab (14)", b"jax_basics: arrays (14)").replace(
        b"K-Means 2", b"K-Meansish"
    )
    filled = fill_gradebook(book, ROWS[:1], title="Basics", name="jax_basics", scale=True)
    assert different(book, filled.data) == {(3, 8)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"title": "Sorting"},
            "no column is called as 'Sorting'; choose one of 'K-Means (12)', 'K-Means 2 (13)', 'Lab (14)'",
        ),
        (
            {"title": "K"},
            "'K' may be 2 columns; choose one of 'K-Means (12)', 'K-Means 2 (13)'",
        ),
        (
            {"title": "x", "column": "Week 1"},
            "'Week 1' is the title of no column; choose one of 'K-Means (12)', 'K-Means 2 (13)', 'Lab (14)'",
        ),
        (
            {"title": "x", "column": "Notes"},
            "'Notes': the title does not end in the assignment's number, such as (123), so Canvas "
            "would make a new assignment; export the gradebook again",
        ),
        (
            {"title": "x", "column": "Final Score"},
            "'Final Score': Canvas computes this column, and takes no marks in it; choose an assignment",
        ),
        (
            {"title": "Final Grade Project"},
            "'Final Grade Project (15)': Canvas ignores columns with 'Final Grade' in the title; "
            "rename the assignment there",
        ),
    ],
)
def test_column_is_refused(options: dict[str, str], message: str) -> None:
    """A column that is missing, ambiguous or not taken by Canvas is said, with the candidates."""
    book = BOOK
    if "Project" in options["title"]:
        book = BOOK.replace(b"Lab (14)", b"Final Grade Project (15)")
    assert refused(book, ROWS, **options) == f"g.csv: {message}"  # type: ignore[arg-type]


def test_other_maximum() -> None:
    """Other points possible are refused, or marks are converted."""
    assert refused(BOOK, ROWS, "Lab") == (
        "g.csv: 10 points are possible there, but our marks are of 100 points; change the points "
        "in Canvas, or have the marks converted with --scale"
    )
    filled = fill_gradebook(BOOK, ROWS, title="Lab", scale=True)
    assert [c.new_grade for c in filled.changes] == ["8.75", "6", "0"]


def test_advice() -> None:
    """Comments, and points that the file does not say, are spoken of."""
    book = BOOK.replace(b",100.00,", b",,")
    filled = fill_gradebook(book, [row("a", 1, lms_number="101", comment="c")], title="K-Means")
    assert said(filled.advice) == (
        "The file does not say the points possible: check that they are the same.",
        "A gradebook has no comments: give them back in the zip file with feedback.",
    )
    assert refused(book, ROWS, scale=True) == (
        "g.csv: does not say the points possible, so nothing can be converted to them; export it "
        "again"
    )


def test_last_and_first_name_columns() -> None:
    """The form with LastName and FirstName is a gradebook too."""
    data = b"LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,Lab (14)\nL,Ada,101,m,l,S,\n"
    filled = fill_gradebook(data, [row("a", 1, name="Ada L")], title="Lab")
    assert filled.data.endswith(b"L,Ada,101,m,l,S,1\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"a,b\n1,2\n",
            "g.csv: expected a gradebook of Canvas, with the columns Student, ID and Section, got "
            "a, b; export it in Canvas",
        ),
        (b"", "g.csv: is empty; download it again"),
        ("Student,ID\né".encode("cp1252"), "g.csv: is not text in UTF-8; save it as CSV UTF-8, or download it again"),
    ],
)  # fmt: skip
def test_other_files_are_refused(data: bytes, message: str) -> None:
    """A file that is no gradebook is refused in one line."""
    assert refused(data, ROWS) == message


def test_rules_propose() -> None:
    """The importer of these tests refuses what Canvas would make something new of."""
    with pytest.raises(ProposalError):
        import_gradebook(BOOK, USERS, TITLES)
    with pytest.raises(ProposalError):
        import_gradebook(without_notes(BOOK), USERS[1:], TITLES)


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n\"',;"), max_size=8
)


@settings(max_examples=60)
@given(
    notes=st.lists(TEXT, min_size=1, max_size=6),
    separator=st.sampled_from([",", ";"]),
    end=st.sampled_from(["\n", "\r\n"]),
    points=st.integers(0, 10_000_000),
)
def test_only_our_cell_changes(notes: list[str], separator: str, end: str, points: int) -> None:
    """Whatever is in a gradebook, only the cell that we mean to write changes, to the byte."""
    header = ["Student", "ID", "Section", "Notes", "Lab (1)"]
    lines = [header, *([f"P{i}", f"10{i}", "S", note, ""] for i, note in enumerate(notes))]
    data = end.join(separator.join(line) for line in lines).encode() + end.encode()
    rows = [GradeRow(student="a", lms_number="100", mark_mp=points, max_mp=100_000)]
    filled = fill_gradebook(data, rows, title="Lab")
    (change,) = filled.changes
    lines[1][4] = change.new_grade
    if separator == ";" and "," in change.new_grade:
        lines[1][4] = f'"{change.new_grade}"'
    assert filled.data == end.join(separator.join(one) for one in lines).encode() + end.encode()
    assert float(change.new_grade) == (points + 5) // 10 / 100


@settings(max_examples=40)
@given(st.binary(max_size=60), st.sampled_from([b"", HEADER.encode()]))
def test_any_bytes(body: bytes, header: bytes) -> None:
    """Whatever the bytes, the answer is a file or one line."""
    try:
        fill_gradebook(header + body, ROWS, title="K-Means")
    except UsageError as error:
        assert len(error.lines) == 1  # noqa: PT017
