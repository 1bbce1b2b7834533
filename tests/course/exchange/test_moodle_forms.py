"""Moodle's worksheet in any form: columns are found, all other cells stay, others are refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import pytest
from english import reasons, said
from hypothesis import given, settings
from hypothesis import strategies as st
from moodle_rules import (
    cells_of,
    import_worksheet,
)
from worksheet_samples import (
    HEADERS,
    KEYS,
    NUMBERS,
    PEOPLE,
    cells,
    differences,
    graded,
    ours,
    refused,
    state,
    worksheet,
)

from grader.course.exchange.filled import ReadBackError, Written, read_back
from grader.course.exchange.moodle_worksheet import fill_worksheet
from grader.course.exchange.rows import GradeRow
from grader.errors import UsageError


@pytest.mark.parametrize("people", [PEOPLE, graded()], ids=["fresh", "graded"])
@pytest.mark.parametrize("without", [(), ("name", "email"), ("workflow",), ("comment",)])
def test_unknown_language(people: Sequence[Mapping[str, str]], without: Sequence[str]) -> None:
    """In a language that we do not know the columns are found by their form."""
    data = worksheet("xx", people, without=("group", *without))
    filled = fill_worksheet(data, ours({"10": 87.5}, "" if "comment" in without else "new"))
    header, *rows = cells(filled.data)
    assert rows[0][header.index("Arvosana")] == "87.5"
    if "comment" not in without:
        assert rows[0][header.index("Palaute")] == "new"
    count = 1 if "comment" in without else 2
    assert len(differences(data, filled.data)) == count
    workflow = "Release the grades after the import: this assignment uses the marking workflow."
    assert (workflow in said(filled.advice)) == ("workflow" not in without)


def test_outcomes_are_no_comments() -> None:
    """A column of outcomes behind the times is not taken for that of the comments."""
    data = worksheet("xx", without=("group", "comment"), extra={"Tavoitteet": "Tyyli: hyvä"})
    filled = fill_worksheet(data, ours({"10": 87.5}, "new"))
    assert reasons(filled.left) == (
        ("s10", "the file has no column for comments, so the comment was not written"),
    )


def test_columns_are_chosen() -> None:
    """Where the form does not say it, titles that a person names do."""
    people = [{**one, "grade": one["number"]} for one in PEOPLE]
    data = worksheet("xx", people, most="100", without=("group", "workflow", "status"))
    odd = data.replace("Osallistuja 10,José Ñandú,jose@example.invalid,10,100".encode(), b"")
    assert odd != data
    strange = data.replace(b",100,", b",many,")
    assert refused(strange, ours({"10": 1})) == (
        "w.csv: the column of the grade cannot be known in this language; choose one of "
        "'Tunniste', 'Nimi', 'Posti', 'Arvosana', 'Enintään', 'Muutettavissa', "
        "'Muokattu (palautus)', 'Muokattu (arvosana)', 'Palaute'"
    )
    filled = fill_worksheet(strange, ours({"10": 1}), grade_column="Arvosana")
    assert cells(filled.data)[1][3] == "1"
    assert refused(strange, [], grade_column="Note").startswith(
        "w.csv: there is no column 'Note'; choose one of 'Tunniste', 'Nimi'"
    )


def test_scale_is_refused() -> None:
    """A scale in words has no points."""
    for language in ("en", "xx"):
        data = worksheet(language, most="fail\npass").replace(b"Maximum grade", b"Scale")
        assert refused(data, ours({"10": 50})) == (
            "w.csv: this assignment is graded by a scale (fail, pass), not by points; set its "
            "grade to points in Moodle, or enter the grades by hand"
        )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            b"Grade,",
            b"grade,",
            "there is no column 'Grade', spelled exactly so, and Moodle refuses a file without it; download it again",
        ),
        (b"Last modified (grade)", b"Changed", "there is no column 'Last modified (grade)', spelled exactly so, and Moodle refuses a file without it; download it again"),
        (b"Participant 4,", b"4,", "line 3: expected a participant's number as Moodle writes it, such as 'Participant 10', got '4'; download it again"),
        (
            b"Participant 4,",
            "Participant\u00a04,".encode(),
            "line 3: expected a participant's number as Moodle writes it, such as 'Participant 10', got 'Participant 4'; download it again",
        ),
        (b",100.00,Yes", b",Yes", "line 2: expected 10 cells, as in the first line, got 9; download it again"),
        (b'"Ann', b"Ann", "line 5: expected 10 cells, as in the first line, got 11; download it again"),
        ("é".encode(), b"\xe9", "is not text in UTF-8; save it as CSV UTF-8, or download it again"),
        (b"\xef\xbb\xbf", b"\xff\xfe", "is text in UTF-16; save it as CSV UTF-8, or download it again"),
    ],
)  # fmt: skip
def test_files_that_moodle_would_refuse(old: bytes, new: bytes, message: str) -> None:
    """What Moodle would refuse or misread is refused before, with the line."""
    data = worksheet()
    assert old in data
    got = refused(data.replace(old, new, 1), ours({"10": 50}))
    assert got == f"w.csv{', ' if message.startswith('line') else ': '}{message}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "w.csv: is empty; download it again"),
        (b"hello", "w.csv: expected a table with a line of titles, got 'hello'; name a CSV file"),
        (b"a,b\n", "w.csv: has no rows below the titles; download it again"),
        (
            b"a,b\n1,2\n",
            "w.csv: no column has the participants' numbers, such as 'Participant 10'; name a "
            "grading worksheet as Moodle gives it",
        ),
        (b'a,b\n"1,2\n', 'w.csv, line 2: the quotes (") do not match; download it again'),
    ],
)
def test_other_files_are_refused(data: bytes, message: str) -> None:
    """A file that is no worksheet is refused in one line."""
    assert refused(data, ours({"10": 50})) == message


def test_titles_in_small_letters() -> None:
    """Titles in small letters are refused, as Moodle does, not found by their form."""
    header, _, rest = worksheet().partition(b"\n")
    assert refused(header.lower() + b"\n" + rest, []) == (
        "w.csv: there is no column 'Identifier', spelled exactly so, and Moodle refuses a file "
        "without it; download it again"
    )


def test_read_back_finds_other_cells() -> None:
    """A file in which another cell, a row, or the mark changed does not read back."""
    data = b"\xef\xbb\xbfa,b\n1,2\n3,4\n"
    written = Written(grades={(1, 1): "5"}, comments={})
    read_back(data, b"\xef\xbb\xbfa,b\n1,5\n3,4\n", ",", written)
    for bad in (
        data,
        b"a,b\n1,5\n3,4\n",
        b"\xef\xbb\xbfa,b\n1,5\n3,9\n",
        b"\xef\xbb\xbfa,b\n1,5\n",
        b"\xef\xbb\xbfa,b\n1,5\n3,4",
        b'\xef\xbb\xbfa,b\n1,"5\n3,4\n',
    ):
        with pytest.raises(ReadBackError, match="nothing was written, report this"):
            read_back(data, bad, ",", written)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)


@settings(max_examples=60)
@given(
    names=st.lists(TEXT, min_size=2, max_size=6),
    notes=TEXT,
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    points=st.integers(0, 100_000),
    comment=TEXT,
)
def test_only_our_cells_change(  # noqa: PLR0913, PLR0917
    names: list[str],
    notes: str,
    separator: str,
    end: str,
    quoting: int,
    points: int,
    comment: str,
) -> None:
    """Whatever is in a table, only the cells that we mean to write change."""
    people = [
        {"number": str(n), "name": name, "email": f"p{n}@x", "comment": notes}
        for n, name in enumerate(names, 1)
    ]
    data = worksheet(people=people, separator=separator, end=end, quoting=quoting)
    rows = [GradeRow(student="a", lms_number="2", mark_mp=points, max_mp=100_000, comment=comment)]
    filled = fill_worksheet(data, rows)
    before, after = cells(data, separator), cells(filled.data, separator)
    if not any(one.new_comment != notes for one in filled.changes) and len(before[0]) > len(
        after[0]
    ):
        before = [one[:-1] for one in before]
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        own = {4, 9} if i == 2 else set()
        assert all(a == b for j, (a, b) in enumerate(zip(old, new, strict=True)) if j not in own)
    text = filled.data.decode("utf-8-sig")
    assert float(after[2][4]) == (points + 5) // 10 / 100
    if "\\" not in data.decode():
        assert [len(one) for one in cells_of(text, separator)] == [len(one) for one in after]


@settings(max_examples=40)
@given(
    st.binary(max_size=60), st.sampled_from([b"", *(h.encode() + b"\n" for h in HEADERS.values())])
)
def test_any_bytes(body: bytes, header: bytes) -> None:
    """Whatever the bytes, the answer is a file or one line."""
    try:
        fill_worksheet(header + body, ours({"10": 1}))
    except UsageError as error:
        assert len(error.lines) == 1  # noqa: PT017


@settings(max_examples=60)
@given(
    language=st.sampled_from(["en", "de", "fr", "ar"]),
    order=st.permutations(KEYS),
    without=st.sets(st.sampled_from(["name", "email", "status", "workflow", "submitted"])),
    is_graded=st.booleans(),
)
def test_any_order_of_columns(
    *, language: str, order: list[str], without: set[str], is_graded: bool
) -> None:
    """However the columns are ordered, and whichever are absent, marks and comments arrive."""
    people = graded() if is_graded else PEOPLE
    hidden = {*without, "group"}
    data = worksheet(language, people, order=order, without=tuple(hidden))
    filled = fill_worksheet(data, ours({"10": 87.5, "4": 100}, "new"))
    before = state(people)
    after = import_worksheet(filled.data, before, NUMBERS, language=language)
    assert after.grades == before.grades | {"10": 87.5, "4": 100}
    is_first = next(key for key in order if key not in hidden) == "comment"
    assert after.comments.get("9", "") == before.comments.get("9", "")
    assert after.comments.get("10", "") == (before.comments.get("10", "") if is_first else "new")
    assert len(filled.left) == 2 * is_first
