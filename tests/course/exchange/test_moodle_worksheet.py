"""Moodle's worksheet filled in: what Moodle then takes, and what a teacher has to know."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import pytest
from english import reasons, said
from moodle_rules import (
    Gradebook,
    RefusedError,
    import_worksheet,
    shown,
)
from worksheet_samples import (
    COMMENT,
    KEYS,
    NUMBERS,
    PEOPLE,
    SHARED,
    cells,
    differences,
    graded,
    needs_shared,
    ours,
    refused,
    row,
    state,
    worksheet,
)

from grader.course.exchange.moodle_worksheet import fill_worksheet
from grader.course.exchange.rows import GradeRow


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar"])
@pytest.mark.parametrize("people", [PEOPLE, graded()], ids=["fresh", "graded"])
def test_marks_and_comments_arrive(language: str, people: Sequence[Mapping[str, str]]) -> None:
    """In each language Moodle takes our marks and comments, and keeps those of all others."""
    data = worksheet(language, people)
    filled = fill_worksheet(data, ours({"10": 87.5, "5": 0, "9": 66.666}, COMMENT))
    before = state(people)
    after = import_worksheet(filled.data, before, NUMBERS, language=language)
    assert after.grades == before.grades | {"10": 87.5, "5": 0, "9": 66.67}
    assert {shown(after.comments[one]) for one in ("10", "5", "9")} == {COMMENT}
    assert [after.comments[one] for one in ("4", "1")] == [
        before.comments.get(one, "") for one in ("4", "1")
    ]
    assert (filled.unmatched, filled.left) == ((), ())
    changed = {(r, c) for r in (1, 3, 5) for c in (4, 9)}
    assert differences(data, filled.data) == changed


@pytest.mark.parametrize(
    ("options", "separator"),
    [
        ({"separator": ";"}, ";"),
        ({"separator": "\t"}, "\t"),
        ({"mark": b""}, ","),
        ({"end": "\r\n"}, ","),
        ({"quoting": csv.QUOTE_ALL}, ","),
        ({"without": ("name", "email", "group", "workflow")}, ","),
        ({"without": ("group",)}, ","),
        ({"without": ("email", "group", "workflow", "submitted", "locked")}, ","),
        ({"extra": {"Outcomes": "Style: good"}}, ","),
        ({"order": ("name", "comment", "grade", "number", "changed", "most", *KEYS[2:5])}, ","),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_forms_arrive(language: str, options: Mapping[str, object], separator: str) -> None:
    """Separators, marks, line ends, absent and moved columns: Moodle takes what we wrote."""
    data = worksheet(language, graded(), **options)  # type: ignore[arg-type]
    filled = fill_worksheet(data, ours({"10": 87.5, "4": 100}, "ab"))
    after = import_worksheet(
        filled.data, state(graded()), NUMBERS, language=language, separator=separator
    )
    assert (after.grades["10"], after.grades["4"], after.grades["1"]) == (87.5, 100, 50)
    assert (after.comments["10"], after.comments["1"]) == ("ab", "old 1")
    assert {i for i, _ in differences(data, filled.data, separator)} == {1, 2}
    assert filled.data.count(b"\r\n") == data.count(b"\r\n")


def test_comments_column_is_dropped() -> None:
    """Where no comment is written the column goes, so that Moodle keeps comments as they are."""
    data = worksheet(people=graded())
    filled = fill_worksheet(data, ours({"10": 87.5}))
    after = import_worksheet(filled.data, state(graded()), NUMBERS)
    assert after.comments == state(graded()).comments
    assert [one[:-1] for one in cells(data)][2:] == cells(filled.data)[2:]
    assert cells(filled.data)[0] == cells(data)[0][:-1]


def test_comments_first_column_is_dropped() -> None:
    """A column of comments that somebody moved to the front goes in the same way."""
    data = worksheet(order=("comment", *KEYS[:-1]))
    filled = fill_worksheet(data, ours({"10": 87.5}))
    assert cells(filled.data)[0] == cells(data)[0][1:]
    assert filled.changes[0].new_grade == "87.5"


def test_nothing_to_write_changes_nothing() -> None:
    """With the same marks, and no comments column, the file is the same to the byte."""
    data = worksheet(people=graded(), without=("group", "workflow", "comment"))
    filled = fill_worksheet(data, ours({"10": 50, "4": 50}))
    assert (filled.data, filled.changes) == (data, ())


def test_changes_say_old_and_new() -> None:
    """A change has student, number, line, and the texts before and after."""
    filled = fill_worksheet(worksheet("de", graded()), ours({"5": 87.505}, "a\nb"))
    (change,) = filled.changes
    assert (change.who, change.number, change.line) == ("s5", "5", 4)
    assert (change.old_grade, change.new_grade) == ("50,00", "87.51")
    assert (change.old_comment, change.new_comment) == ("old 5", "a<br />b")


def test_equal_commas_become_points() -> None:
    """A comma is replaced even where the mark is the same, since an English session drops it."""
    filled = fill_worksheet(worksheet("de", graded()), ours({"5": 50}))
    assert cells(filled.data)[3][4] == "50"
    assert filled.changes == ()


@pytest.mark.parametrize(
    ("mark_mp", "text"),
    [
        (87_500, "87.5"),
        (66_665, "66.67"),
        (66_664, "66.66"),
        (100_000, "100"),
        (5, "0.01"),
        (4, "0"),
    ],
)
def test_rounded_half_up(mark_mp: int, text: str) -> None:
    """Marks are rounded once, half up, and written with a point and no needless zeros."""
    rows = [GradeRow(student="a", lms_number="10", mark_mp=mark_mp, max_mp=100_000)]
    assert cells(fill_worksheet(worksheet("fr"), rows).data)[1][4] == text


def test_zero_is_pointed_at() -> None:
    """A grade of 0 is to be looked at, since a newer Moodle may pass over it."""
    advice = said(fill_worksheet(worksheet(), ours({"10": 0})).advice)
    assert advice[-1] == (
        "Check in the preview that Moodle takes a grade of 0 (5.2 may not): Participant 10."
    )


def test_locked_is_left() -> None:
    """A locked grade is not written and is named; its comment is, as Moodle takes it."""
    people = [{**PEOPLE[0], "locked": "x"}, *PEOPLE[1:]]
    for language in ("en", "de", "fr", "ar"):
        filled = fill_worksheet(worksheet(language, people), ours({"10": 1, "4": 2}, "c"))
        assert reasons(filled.left) == (
            (
                "s10",
                "the grade is locked in Moodle's gradebook; unlock it there and fill in the file again",
            ),
        )
        assert [(c.new_grade, c.new_comment) for c in filled.changes] == [("", "c"), ("2", "c")]


def test_locked_in_unknown_language() -> None:
    """Where nobody knows which word is No, both are shown."""
    people = [{**PEOPLE[0], "locked": "x"}, *PEOPLE[1:]]
    filled = fill_worksheet(worksheet("xx", people), ours({"10": 1}))
    assert (
        "Look at the column 'Muutettavissa': it says 'Joo' (4) or 'Eiei' (1). Moodle passes over "
        "locked grades, and takes their comments."
    ) in said(filled.advice)


def test_beyond_limits_is_left() -> None:
    """What Moodle would pass over silently is said: above the maximum, below 0."""
    filled = fill_worksheet(worksheet(), ours({"10": 105, "4": -1, "5": 100}))
    assert reasons(filled.left) == (
        ("s10", "105 is above the maximum 100, and Moodle passes over such grades"),
        ("s4", "-1 is below 0, and Moodle passes over such grades"),
    )


def test_without_mark_is_kept() -> None:
    """Who has no mark with us keeps the grade of the file, and that is said."""
    rows = [row("a", lms_number="10"), row("b", lms_number="4", is_excused=True)]
    filled = fill_worksheet(worksheet(people=[*graded()[:1], *PEOPLE[1:]]), rows)
    assert reasons(filled.left) == (
        ("a", "has no mark with us; the grade 50.00 in the file was kept"),
    )
    assert filled.changes == ()


def test_other_maximum() -> None:
    """Another maximum is refused, or marks are converted and rounded after it."""
    data = worksheet(most="30.00")
    assert refused(data, ours({"10": 50})) == (
        "w.csv: its maximum grade is 30, but our marks are of 100 points; change the maximum in "
        "Moodle, or have the marks converted with --scale"
    )
    filled = fill_worksheet(data, ours({"10": 50.55, "4": 100}), scale=True)
    assert [one.new_grade for one in filled.changes] == ["15.17", "30"]


def test_advice() -> None:
    """What applies is said: language, order, overwrite, separator, comments that lose form."""
    data = worksheet("de", graded(), separator=";")
    assert said(fill_worksheet(data, ours({"10": 1}, "c")).advice) == (
        "Use Moodle in the same language as at the download: the columns are called 'ID' and "
        "'Bewertung'.",
        "Import this file before you upload the zip file with feedback.",
        '1 student already has a grade in Moodle: tick "Allow updating records that have been '
        'modified more recently in Moodle than in the spreadsheet", or Moodle passes over them. '
        "What was graded in Moodle since the download is lost by that.",
        "Choose the separator semicolon in Moodle's form.",
        "4 comments that were in the file before may lose bold text, links, and paragraphs by the "
        "import.",
    )
    assert len(fill_worksheet(worksheet("de"), ours({"10": 1})).advice) == 2
    assert str(fill_worksheet(worksheet("en", graded()), ours({"10": 1, "4": 2})).advice[2]) == (
        '2 students already have a grade in Moodle: if the preview lacks them, tick "Allow '
        'updating records that have been modified more recently in Moodle than in the spreadsheet". '
        "What was graded in Moodle since the download is lost by that."
    )


def test_odd_grades_of_others() -> None:
    """Grades of others that Moodle would misread are named."""
    people = [*PEOPLE[:3], {**PEOPLE[3], "grade": "87,5"}, {**PEOPLE[4], "grade": "good"}]
    assert (
        "Moodle does not read these grades as they are written: Participant 1: 87,5, Participant "
        "9: good."
    ) in said(fill_worksheet(worksheet(people=people), ours({"10": 1})).advice)


@needs_shared
@pytest.mark.parametrize(
    ("language", "suffix"),
    [("en", ""), ("de", ""), ("en", "-graded"), ("de", "-graded"), ("fr", "-graded")],
)
def test_true_files(language: str, suffix: str) -> None:
    """The files of a true Moodle: marks and comments arrive, and no other cell changed."""
    data = (SHARED / f"plain-{language}-worksheet{suffix}.csv").read_bytes()
    numbers = {str(one) for one in range(1, 14)}
    rows = [row(f"s{one}", int(one) + 0.125, lms_number=one, comment=COMMENT) for one in numbers]
    filled = fill_worksheet(data, rows)
    after = import_worksheet(filled.data, Gradebook(), numbers, language=language)
    assert after.grades == {one: int(one) + 0.13 for one in numbers}
    assert {shown(one) for one in after.comments.values()} == {COMMENT}
    assert {column for _, column in differences(data, filled.data)} == {4, 9}
    some = fill_worksheet(data, rows[:2])
    assert len({line for line, _ in differences(data, some.data)}) == 2
    with pytest.raises(RefusedError):
        import_worksheet(filled.data, Gradebook(), numbers, language="ar")


def test_comments_in_first_column_are_left() -> None:
    """Moodle ignores comments in the first column, so they are not written there."""
    filled = fill_worksheet(worksheet(order=("comment", *KEYS[:-1])), ours({"10": 1}, "c"))
    assert reasons(filled.left) == (
        (
            "s10",
            "Moodle does not read comments in the first column, so the comment was not written; "
            "move it",
        ),
    )
