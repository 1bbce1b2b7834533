"""Whose row of Moodle's worksheet is whose: by number, address and group, never a stranger's."""

from __future__ import annotations

import pytest
from english import reasons
from moodle_rules import (
    Gradebook,
    files_taken,
    import_worksheet,
)
from worksheet_samples import (
    NUMBERS,
    PEOPLE,
    SHARED,
    needs_shared,
    ours,
    refused,
    row,
    worksheet,
)

from grader.course.collecting.collect import collect
from grader.course.exchange.moodle_feedback import moodle_feedback
from grader.course.exchange.moodle_worksheet import fill_worksheet


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
    assert reasons(filled.left) == (
        ("x", "Participant 4 is Alex Müller in the file, not the same person"),
    )
    assert len(filled.changes) == 2


def test_two_of_ours_are_left() -> None:
    """Two marks for one row are a question for a person."""
    rows = [*ours({"10": 1}), row("x", 3, lms_number="10", name="José Ñandú")]
    filled = fill_worksheet(worksheet(), rows)
    why = "another mark of ours is for the same row of the file"
    assert (filled.changes, reasons(filled.left)) == ((), (("s10", why), ("x", why)))


def test_two_rows_of_a_participant() -> None:
    """Of two rows with one number the first is filled in, and it is said."""
    filled = fill_worksheet(worksheet(people=[*PEOPLE, PEOPLE[0]]), ours({"10": 1}))
    assert [one.line for one in filled.changes] == [2]
    assert reasons(filled.left) == (
        (
            "s10",
            "the file has two rows of this participant; the first was filled in, which Moodle takes",
        ),
    )


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
    assert reasons(filled.left) == (
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
    assert reasons(filled.left) == (
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
    assert reasons(fill_worksheet(data, rows).left) == (
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
    assert reasons(filled.left) == (("t", "several groups have this name: A 1, A_1"),)


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
    assert reasons(filled.left) == (
        (
            "t",
            "Participant 10: the grade is locked in Moodle's gradebook; unlock it there and fill "
            "in the file again",
        ),
    )


def test_anonymous_is_to_be_checked() -> None:
    """Without names nobody can see that the file is another assignment's, and that is said."""
    data = worksheet(without=("name", "email", "group", "workflow"))
    rows = [row("Participant_10", 1, lms_number="10", name="Participant")]
    assert str(fill_worksheet(data, rows).advice[-1]) == (
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
