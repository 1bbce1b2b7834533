"""Whose a submission is: never by a number that another assignment gave, nor by a name of two."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from course.course_store import SQLITE, Store

WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be '
    'changed","Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 4","Alex Müller",twin1@x.invalid,,,100.00,Yes,-,-,\n'
    '"Participant 5","Alex Müller",twin2@x.invalid,,,100.00,Yes,-,-,\n'
)
pytestmark = pytest.mark.parametrize("store", [SQLITE], indirect=True)


@dataclass(frozen=True)
class Handed:
    """A submission as Moodle names it."""

    student: str
    number: str = ""
    ending: str = ""
    return_path: str = ""


def moodle(name: str, number: str) -> Handed:
    """One of a download of Moodle."""
    path = f"{name}_{number}_assignfeedback_file/feedback.html"
    return Handed(f"{name}_{number}", number, number, path)


@pytest.fixture
def people(store: Store) -> Any:
    """Adds people."""
    store.opened()
    from grader.course.operations import people

    return people


def matcher(*handed: Handed, slug: str = "kmeans", sources: tuple[Path, ...] = ()) -> Any:
    """A matcher of a download."""
    from grader.course.operations.matching import Matcher

    return Matcher.of(slug, handed, sources)


def test_name_that_one_person_has(people: Any) -> None:
    """A name with a number finds the person of that name, however Moodle writes it."""
    row = people.add(student="siobhan", name="Siobhán O'Brien")
    assert matcher(one := moodle("Siobhán OBrien", "8")).find(one) == row


def test_twins_are_nobody(people: Any) -> None:
    """Two entries, or two people, of one name are not told apart by it."""
    people.add(student="a", name="Alex Müller")
    first, second = moodle("Alex Müller", "4"), moodle("Alex Müller", "5")
    assert matcher(first, second).find(first) is None
    people.add(student="b", name="Alex Müller")
    assert matcher(first).find(first) is None


def test_worksheet_tells_twins(people: Any, tmp_path: Path) -> None:
    """A worksheet next to the download has the addresses of its numbers."""
    people.add(student="a", name="Alex Müller", email="twin1@x.invalid")
    row = people.add(student="b", name="Alex Müller", email="twin2@x.invalid")
    table = tmp_path / "worksheet.csv"
    table.write_text(WORKSHEET, "utf-8")
    first, second = moodle("Alex Müller", "4"), moodle("Alex Müller", "5")
    assert matcher(first, second, sources=(table,)).find(second) == row


def test_number_is_of_its_assignment(people: Any) -> None:
    """An ID with a number is somebody else's in another assignment."""
    from grader.course.records.connection import writing

    row = people.add(student="Zoe_4", name="Zoe Kim")
    one = moodle("Zoe", "4")
    known = matcher(one)
    with writing():
        known.learn(one, row)
    assert matcher(one).find(one) == row
    assert matcher(one, slug="other").find(one) is None


def test_id_without_number(people: Any) -> None:
    """A folder's name finds the ID, the number, the sign-in name, or the address of one person."""
    row = people.add(student="zk", name="Zoe Kim", email="zoe.kim@x.invalid", number="4711")
    for name in ("zk", "ZK", "4711", "zoe.kim", "zoe kim"):
        assert matcher(one := Handed(name)).find(one) == row
    assert matcher(one := Handed("zoe")).find(one) is None


def test_canvas_number_holds_everywhere(people: Any) -> None:
    """Canvas knows a person by one number in all assignments."""
    from grader.course.records.connection import writing

    row = people.add(student="leyann", name="Ann Ley")
    one = Handed("leyann_17", "17", "17", "leyann_17_99_feedback.html")
    known = matcher(one)
    with writing():
        known.learn(one, row)
    assert matcher(one, slug="other").find(one) == row


def test_group_is_nobody(people: Any) -> None:
    """A team's submission belongs to no person of the same name."""
    people.add(student="t", name="Team 1")
    assert matcher(one := Handed("Team 1_3", "", "3")).find(one) is None


def test_worksheet_of_another_assignment(people: Any, tmp_path: Path) -> None:
    """A number whose name in the worksheet is somebody else's finds nobody there."""
    people.add(student="a", name="Alex Müller", email="twin1@x.invalid")
    table = tmp_path / "worksheet.csv"
    table.write_text(WORKSHEET, "utf-8")
    one = moodle("Zoe Kim", "4")
    known = matcher(one, sources=(table,))
    assert (known.find(one), known.in_worksheet(one)) == (None, None)


def test_new_person_as_the_worksheet_says(store: Store, tmp_path: Path) -> None:
    """Who comes with a first submission has the name and the address of the worksheet."""
    from course import made_work

    table = tmp_path / "worksheet.csv"
    table.write_text(WORKSHEET, "utf-8")
    handed = moodle("Alex Müller", "5")
    entry = made_work.entry(
        *(handed.student, b"x"),
        number=handed.number,
        ending=handed.ending,
        return_path=handed.return_path,
    )
    work = made_work.taking(store.opened(), (entry,))
    work.matcher = matcher(entry, sources=(table,))
    (taken,) = work.run()
    from grader.course.operations.people import find

    found = find("twin2@x.invalid")
    assert (taken.student, found.student, found.person.name) == (
        "Alex Müller_5",
        "Alex Müller_5",
        "Alex Müller",
    )
