"""Moodle's worksheet filled in: what Moodle then takes, and that nothing else changed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moodle_rules import (
    Gradebook,
    RefusedError,
    cells_of,
    files_taken,
    import_worksheet,
    shown,
)
from worksheet_samples import (
    HEADERS,
    KEYS,
    PEOPLE,
    SHARED,
    cells,
    graded,
    needs_shared,
    worksheet,
)

from grader.course.collecting.collect import collect
from grader.course.exchange.filled import ReadBackError, Written, read_back
from grader.course.exchange.moodle_feedback import moodle_feedback
from grader.course.exchange.moodle_worksheet import fill_worksheet
from grader.course.exchange.rows import GradeRow
from grader.errors import UsageError

NUMBERS = {one["number"] for one in PEOPLE}
COMMENT = 'Well done & "a < b"\n\nsee C:\\'


def row(student: str, points: float | None = None, **more: object) -> GradeRow:
    """Give a row of ours, of 100 points."""
    mark = None if points is None else round(points * 1000)
    own = GradeRow(student=student, mark_mp=mark, max_mp=100_000)
    return replace(own, **more)  # type: ignore[arg-type]


def ours(points: Mapping[str, float], comment: str = "") -> list[GradeRow]:
    """Give rows with participants' numbers."""
    names = {one["number"]: one["name"] for one in PEOPLE}
    return [
        row(f"s{number}", value, lms_number=number, name=names[number], comment=comment)
        for number, value in points.items()
    ]


def state(people: Sequence[Mapping[str, str]]) -> Gradebook:
    """Give what Moodle knew when it wrote the worksheet."""
    return Gradebook(
        {one["number"]: float(one["grade"]) for one in people if one.get("grade")},
        {one["number"]: one["comment"] for one in people if one.get("comment")},
    )


def refused(data: bytes, rows: Sequence[GradeRow], **options: object) -> str:
    """Give the message of a worksheet that cannot be filled in."""
    with pytest.raises(UsageError) as caught:
        fill_worksheet(data, rows, file="w.csv", **options)  # type: ignore[arg-type]
    assert len(caught.value.lines) == 1
    return str(caught.value)


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


def differences(data: bytes, other: bytes, separator: str = ",") -> set[tuple[int, int]]:
    """Give the rows and columns of the cells in which two files differ."""
    assert data[:3] == other[:3]
    assert data.endswith(b"\n") == other.endswith(b"\n")
    before, after = cells(data, separator), cells(other, separator)
    assert [len(one) for one in before] == [len(one) for one in after]
    return {
        (i, j)
        for i, pair in enumerate(zip(before, after, strict=True))
        for j, (old, new) in enumerate(zip(*pair, strict=True))
        if old != new
    }


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
    assert (workflow in filled.advice) == ("workflow" not in without)


def test_outcomes_are_no_comments() -> None:
    """A column of outcomes behind the times is not taken for that of the comments."""
    data = worksheet("xx", without=("group", "comment"), extra={"Tavoitteet": "Tyyli: hyvä"})
    filled = fill_worksheet(data, ours({"10": 87.5}, "new"))
    assert filled.left == (
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
    advice = fill_worksheet(worksheet(), ours({"10": 0})).advice
    assert advice[-1] == (
        "Check in the preview that Moodle takes a grade of 0 (5.2 may not): Participant 10."
    )


@pytest.mark.parametrize("number", ["10", "Participant 10", "010"])
def test_number_forms(number: str) -> None:
    """The number is known with and without the word before it."""
    filled = fill_worksheet(worksheet(), [row("a", 1, lms_number=number)])
    assert [one.number for one in filled.changes] == ["10"]


def test_without_number_by_address() -> None:
    """Who submitted elsewhere is found by e-mail, never by a name."""
    rows = [
        row("a", 1, email="TWIN2@example.invalid"),
        row("b", 2, name="José Ñandú"),
        row("c", 3, email="nobody@example.invalid", name="Alex Müller"),
    ]
    filled = fill_worksheet(worksheet(), rows)
    assert [one.number for one in filled.changes] == ["5"]
    assert filled.unmatched == ("b", "c")


def test_without_number_by_id_number() -> None:
    """A column with matriculation numbers identifies too."""
    data = worksheet(people=[{**one, "email": f"00{one['number']}"} for one in PEOPLE])
    filled = fill_worksheet(data, [row("a", 1, number="005"), row("b", 2, number="5")])
    assert [one.number for one in filled.changes] == ["5"]
    assert filled.unmatched == ("b",)


def test_other_assignment_is_refused() -> None:
    """A worksheet with the same numbers for other people is that of another assignment."""
    people = [{**one, "number": n} for one, n in zip(PEOPLE, "41950", strict=True)]
    rows = ours({"4": 1, "5": 2, "1": 3, "9": 4})
    assert refused(worksheet(people=people), rows) == (
        "w.csv: is of another assignment or another download: Participant 4 is José Ñandú in it, "
        "and Alex Müller with us; download the worksheet of this assignment"
    )


def test_one_stranger_is_left() -> None:
    """One name that is another is left, and said."""
    rows = [*ours({"10": 1, "9": 2}), row("x", 3, lms_number="4", name="Somebody Else")]
    filled = fill_worksheet(worksheet(), rows)
    assert filled.left == (("x", "Participant 4 is Alex Müller in the file, not the same person"),)
    assert len(filled.changes) == 2


def test_two_of_ours_are_left() -> None:
    """Two marks for one row are a question for a person."""
    rows = [*ours({"10": 1}), row("x", 3, lms_number="10", name="José Ñandú")]
    filled = fill_worksheet(worksheet(), rows)
    why = "another mark of ours is for the same row of the file"
    assert (filled.changes, filled.left) == ((), (("s10", why), ("x", why)))


def test_two_rows_of_a_participant() -> None:
    """Of two rows with one number the first is filled in, and it is said."""
    filled = fill_worksheet(worksheet(people=[*PEOPLE, PEOPLE[0]]), ours({"10": 1}))
    assert [one.line for one in filled.changes] == [2]
    assert filled.left == (
        (
            "s10",
            "the file has two rows of this participant; the first was filled in, which Moodle takes",
        ),
    )


def test_locked_is_left() -> None:
    """A locked grade is not written and is named; its comment is, as Moodle takes it."""
    people = [{**PEOPLE[0], "locked": "x"}, *PEOPLE[1:]]
    for language in ("en", "de", "fr", "ar"):
        filled = fill_worksheet(worksheet(language, people), ours({"10": 1, "4": 2}, "c"))
        assert filled.left == (
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
    ) in filled.advice


def test_beyond_limits_is_left() -> None:
    """What Moodle would pass over silently is said: above the maximum, below 0."""
    filled = fill_worksheet(worksheet(), ours({"10": 105, "4": -1, "5": 100}))
    assert filled.left == (
        ("s10", "105 is above the maximum 100, and Moodle passes over such grades"),
        ("s4", "-1 is below 0, and Moodle passes over such grades"),
    )


def test_without_mark_is_kept() -> None:
    """Who has no mark with us keeps the grade of the file, and that is said."""
    rows = [row("a", lms_number="10"), row("b", lms_number="4", is_excused=True)]
    filled = fill_worksheet(worksheet(people=[*graded()[:1], *PEOPLE[1:]]), rows)
    assert filled.left == (("a", "has no mark with us; the grade 50.00 in the file was kept"),)
    assert filled.changes == ()


def test_other_maximum() -> None:
    """Another maximum is refused, or marks are converted and rounded after it."""
    data = worksheet(most="30.00")
    assert refused(data, ours({"10": 50})) == (
        "w.csv: its maximum grade is 30, but our marks are of 100 points; change the maximum in "
        "Moodle, or have the marks converted"
    )
    filled = fill_worksheet(data, ours({"10": 50.55, "4": 100}), scale=True)
    assert [one.new_grade for one in filled.changes] == ["15.17", "30"]


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


TEAMS = [
    {**one, "group": group}
    for one, group in zip(
        PEOPLE, ["Team_Ä 1", "Team_Ä 1", "Default group", "B'2", "Default group"], strict=True
    )
]
TO_TEAM = "Team Ä 1_1_assignfeedback_file/feedback.html"


def test_teams_by_group() -> None:
    """A team's mark goes to each member; those without a group get none, whatever numbers say."""
    rows = [
        row(
            "Team Ä 1_1", 80, name="Team Ä 1", group="Team Ä 1", return_path=TO_TEAM, lms_number="1"
        ),
        row("B2", 70, name="B2"),
        row("Default group", 60, name="Default group"),
        row("Team C", 50, group="Team C", return_path="Team C_3_assignfeedback_file/feedback.html"),
    ]
    filled = fill_worksheet(worksheet(people=TEAMS, without=("workflow",)), rows)
    after = import_worksheet(filled.data, Gradebook(), NUMBERS)
    assert after.grades == {"10": 80, "4": 80, "1": 70}
    assert filled.unmatched == ("Team C",)
    assert filled.left == (
        (
            "Default group",
            "people without a group share one submission, so it is not known whose mark this is",
        ),
    )


def test_default_group_in_any_language() -> None:
    """Among groups with numbers the one without is that of people without a group."""
    people = [{**one, "group": one["group"].replace("Default group", "Oletus")} for one in TEAMS]
    rows = [
        row("Team Ä 1_1", 80, group="Team Ä 1", return_path=TO_TEAM),
        row("Oletus", 60, group="Oletus"),
    ]
    filled = fill_worksheet(worksheet("xx", people, without=("workflow",)), rows)
    assert [one.number for one in filled.changes] == ["10", "4"]
    assert [one for one, _ in filled.left] == ["Oletus"]


def test_numbers_of_teams_are_not_believed() -> None:
    """A number alone may be a team's: without a name or e-mail it gives nobody a mark."""
    rows = [row("x", 80, lms_number="10"), row("y", 70, lms_number="4", name="Alex Müller")]
    filled = fill_worksheet(worksheet(people=TEAMS, without=("workflow",)), rows)
    assert [one.who for one in filled.changes] == ["y"]
    assert filled.left == (
        ("x", "the number may be that of a team, and no name or e-mail says whose it is"),
    )


def test_numbers_of_teams_in_any_language() -> None:
    """A name that is a group's is a team's, also where rows are anonymous and in no language."""
    data = worksheet("xx", TEAMS, without=("workflow", "name", "email"))
    rows = [
        row("Team Ä 1_5", 80, lms_number="5", return_path=TO_TEAM.replace("_1_", "_5_")),
        row("B2_10", 70, lms_number="10", name="B2"),
        row("C_4", 60, lms_number="4", name="C"),
    ]
    filled = fill_worksheet(data, rows)
    assert [(one.number, one.new_grade) for one in filled.changes] == [
        ("10", "80"),
        ("4", "80"),
        ("1", "70"),
    ]
    assert [one for one, _ in filled.left] == ["C_4"]


def test_other_address_is_another_person() -> None:
    """Where an e-mail says that a number is somebody else's, it is not believed."""
    data = worksheet(without=("name", "group", "workflow"))
    rows = [
        row("a", 1, lms_number="10", email="jose@example.invalid"),
        row("b", 1, lms_number="4", email="twin2@example.invalid"),
    ]
    assert fill_worksheet(data, rows).left == (
        ("b", "Participant 4 is somebody else in the file, not the same person"),
    )


def test_own_mark_before_the_teams() -> None:
    """A member with a mark of one's own gets this, the others the team's."""
    rows = [
        row("team", 80, group="Team_Ä 1"),
        row("jose", 90, group="Team_Ä 1", email="jose@example.invalid"),
    ]
    filled = fill_worksheet(worksheet(people=TEAMS, without=("workflow",)), rows[:1])
    assert [one.new_grade for one in filled.changes] == ["80", "80"]
    filled = fill_worksheet(worksheet(people=TEAMS, without=("workflow",)), rows)
    assert [one.new_grade for one in filled.changes if one.number == "10"] == ["90"]


def test_groups_of_one_name_are_left() -> None:
    """Two groups that are one in the names of files get no mark."""
    people = [{**TEAMS[0], "group": "A_1"}, {**TEAMS[1], "group": "A 1"}]
    filled = fill_worksheet(
        worksheet(people=people, without=("workflow",)), [row("t", 1, group="A 1")]
    )
    assert filled.left == (("t", "several groups have this name: A 1, A_1"),)


def test_advice() -> None:
    """What applies is said: language, order, overwrite, separator, comments that lose form."""
    data = worksheet("de", graded(), separator=";")
    assert fill_worksheet(data, ours({"10": 1}, "c")).advice == (
        "Use Moodle in the same language as at the download: the columns are called 'ID' and "
        "'Bewertung'.",
        "Import this file before you upload the zip file with feedback.",
        '1 student already has a grade in Moodle: tick "Allow updating records that have been '
        'modified more recently in Moodle than in the spreadsheet", or Moodle passes over them.',
        "Choose the separator semicolon in Moodle's form.",
        "4 comments that were in the file before may lose bold text, links, and paragraphs by the "
        "import.",
    )
    assert len(fill_worksheet(worksheet("de"), ours({"10": 1})).advice) == 2
    assert fill_worksheet(worksheet("en", graded()), ours({"10": 1, "4": 2})).advice[2] == (
        '2 students already have a grade in Moodle: if the preview lacks them, tick "Allow '
        'updating records that have been modified more recently in Moodle than in the spreadsheet".'
    )


def test_odd_grades_of_others() -> None:
    """Grades of others that Moodle would misread are named."""
    people = [*PEOPLE[:3], {**PEOPLE[3], "grade": "87,5"}, {**PEOPLE[4], "grade": "good"}]
    assert (
        "Moodle does not read these grades as they are written: Participant 1: 87,5, Participant "
        "9: good."
    ) in fill_worksheet(worksheet(people=people), ours({"10": 1})).advice


@needs_shared
@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("suffix", ["", "-graded"])
def test_true_files(language: str, suffix: str) -> None:
    """The files of a true Moodle: marks and comments arrive, and no other cell changed."""
    file = SHARED / f"plain-{language}-worksheet{suffix}.csv"
    if not file.exists():
        pytest.skip("there is no such file")
    data = file.read_bytes()
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


@needs_shared
def test_true_team_file() -> None:
    """The team's file of a true Moodle: two people get the mark, eleven none."""
    data = (SHARED / "team-en-worksheet.csv").read_bytes()
    rows = [
        row("Team Ä 1_1", 80, name="Team Ä 1", group="Team Ä 1", return_path=TO_TEAM),
        row("Default group", 60, name="Default group"),
    ]
    filled = fill_worksheet(data, rows)
    after = import_worksheet(filled.data, Gradebook(), {str(n) for n in range(27, 40)})
    assert after.grades == {"39": 80, "29": 80}


def test_teams_as_they_were_downloaded() -> None:
    """A team is known by the name in its path where no group is named."""
    rows = [row("Team Ä 1_1", 80, return_path=TO_TEAM), row("Default group", 60)]
    filled = fill_worksheet(worksheet(people=TEAMS, without=("workflow",)), rows)
    assert [one.number for one in filled.changes] == ["10", "4"]
    assert [one for one, _ in filled.left] == ["Default group"]


def test_locked_member_is_named() -> None:
    """Of a team the member is named whose grade is locked."""
    people = [{**TEAMS[0], "locked": "x"}, *TEAMS[1:]]
    filled = fill_worksheet(
        worksheet(people=people, without=("workflow",)), [row("t", 1, group="Team Ä 1")]
    )
    assert filled.left == (
        (
            "t",
            "Participant 10: the grade is locked in Moodle's gradebook; unlock it there and fill "
            "in the file again",
        ),
    )


def test_comments_in_first_column_are_left() -> None:
    """Moodle ignores comments in the first column, so they are not written there."""
    filled = fill_worksheet(worksheet(order=("comment", *KEYS[:-1])), ours({"10": 1}, "c"))
    assert filled.left == (
        (
            "s10",
            "Moodle does not read comments in the first column, so the comment was not written; "
            "move it",
        ),
    )


def test_titles_in_small_letters() -> None:
    """Titles in small letters are refused, as Moodle does, not found by their form."""
    header, _, rest = worksheet().partition(b"\n")
    assert refused(header.lower() + b"\n" + rest, []) == (
        "w.csv: there is no column 'Identifier', spelled exactly so, and Moodle refuses a file "
        "without it; download it again"
    )


def test_anonymous_is_to_be_checked() -> None:
    """Without names nobody can see that the file is another assignment's, and that is said."""
    data = worksheet(without=("name", "email", "group", "workflow"))
    rows = [row("Participant_10", 1, lms_number="10", name="Participant")]
    assert fill_worksheet(data, rows).advice[-1] == (
        "The file has no names, and numbers are other ones in each assignment: check that it was "
        "downloaded from this assignment."
    )


def test_nothing_of_ours_is_not_missed() -> None:
    """Who has neither mark nor comment is not missed in the file."""
    rows = [row("a", lms_number="77"), row("b", lms_number="78", comment="c")]
    assert fill_worksheet(worksheet(), rows).unmatched == ("b",)


@needs_shared
@pytest.mark.parametrize("source", ["plain-en-folders", "plain-de-flat", "plain-en-flat"])
def test_from_true_download_to_true_worksheet(source: str) -> None:
    """What was collected from a true download finds its rows in the true worksheet."""
    entries = collect([SHARED / f"{source}.zip"]).entries
    rows = [
        row(one.student, int(one.number), lms_number=one.number, return_path=one.return_path)
        for one in entries
    ]
    assert len(rows) == 12
    filled = fill_worksheet((SHARED / "plain-de-worksheet.csv").read_bytes(), rows)
    numbers = {one.lms_number for one in rows}
    after = import_worksheet(filled.data, Gradebook(), numbers, language="de")
    assert after.grades == {one: int(one) for one in numbers}
    assert (filled.unmatched, filled.left, len(filled.advice)) == ((), (), 2)
    reports = moodle_feedback([(one, {"feedback.html": one.student.encode()}) for one in rows])
    assert files_taken(reports.data, numbers) == {
        one.lms_number: {"feedback.html": one.student.encode()} for one in rows
    }


@needs_shared
def test_from_true_download_of_teams() -> None:
    """The team of a true download gets its mark and report; the default group is left, twice."""
    entries = collect([SHARED / "team-en-folders.zip"]).entries
    rows = [
        row(one.student, 80, lms_number=one.number, return_path=one.return_path) for one in entries
    ]
    filled = fill_worksheet((SHARED / "team-en-worksheet.csv").read_bytes(), rows)
    assert [one.number for one in filled.changes] == ["39", "29"]
    reports = moodle_feedback([(one, {"feedback.html": b"x"}) for one in rows])
    assert [one for one, _ in filled.left] == [one for one, _ in reports.left] == ["Default group"]
    assert files_taken(reports.data, {"1"}) == {"1": {"feedback.html": b"x"}}


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
