"""People are found by what staff call them; a roster changes what it says, and nobody is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from course.course_store import SQLITE, Store

from grader.course.exchange.rosters import RosterPerson

ROSTER = (
    RosterPerson(student="s1", name="Ann Ley", email="ann@x.invalid", number="111"),
    RosterPerson(student="s2", name="Bob Ray", email="bob@x.invalid", number="222"),
)
pytestmark = pytest.mark.parametrize("store", [SQLITE], indirect=True)


@pytest.fixture
def people(store: Store) -> Any:
    """The module, in a course with two students."""
    store.opened()
    from grader.course.operations import people

    people.take_roster(people.roster_preview(ROSTER), actor())
    return people


def actor() -> Any:
    """Who does it."""
    from grader.course.records.events import Actor

    return Actor(name="tests", via="test")


@pytest.mark.parametrize("text", ["s1", "S1", "111", "ann@x.invalid", "Ann Ley", " ann ley "])
def test_found_by_any_name(people: Any, text: str) -> None:
    """By ID, number, address and name, whatever the case."""
    assert people.find(text).student == "s1"


def test_unknown_person(people: Any) -> None:
    """Who is not there is said, with who may be meant."""
    with pytest.raises(people.UnknownError) as caught:
        people.find("s11")
    assert str(caught.value) == "'s11': nobody in the course is called so; did you mean 's1'?"
    with pytest.raises(people.UnknownError) as caught:
        people.find("zoe")
    assert str(caught.value) == (
        "'zoe': nobody in the course is called so; grader course marks lists all IDs"
    )


def test_name_of_two(people: Any) -> None:
    """A name that two people have finds neither."""
    more = RosterPerson(student="s3", name="Ann Ley")
    people.take_roster(people.roster_preview((*ROSTER, more)), actor())
    with pytest.raises(people.UnknownError) as caught:
        people.find("Ann Ley")
    assert str(caught.value) == "'Ann Ley': are several people; name one by ID: s1, s3"


def test_roster_again_changes_nothing(people: Any) -> None:
    """The same roster again has nothing new."""
    preview = people.roster_preview(ROSTER)
    assert (preview.new, preview.changed, preview.gone, preview.same) == ((), (), (), 2)


def test_roster_changes(people: Any) -> None:
    """A preview says what changes, who is new, and who is gone; who is gone stays in the course."""
    preview = people.roster_preview(
        (
            RosterPerson(student="s1", name="Ann Levy", email="ann@x.invalid", number="111"),
            RosterPerson(student="s9", name="Eve", role="ta"),
        )
    )
    assert [(one.student, one.what) for one in preview.changed] == [
        ("s1", (("name", "Ann Ley", "Ann Levy"),))
    ]
    assert ([one.student for one in preview.new], preview.gone) == (["s9"], ("s2",))
    people.take_roster(preview, actor())
    assert (people.find("s2").active, people.find("s9").role) == (False, "ta")
    again = people.roster_preview(ROSTER)
    assert [one.what for one in again.changed][1] == (("active", "no", "yes"),)


def test_roster_finds_who_came_first(people: Any) -> None:
    """Who came with a submission is the person of that name in a roster, where only one has it."""
    people.add(student="Siobhan OBrien_8", name="Siobhan OBrien")
    people.add(student="Alex Li_4", name="Alex Li")
    people.add(student="Alex Li_5", name="Alex Li")
    roster = (
        *ROSTER,
        RosterPerson(student="sob", name="Siobhan O'Brien", email="sob@x.invalid"),
        RosterPerson(student="ali", name="Alex Li", email="ali@x.invalid"),
    )
    preview = people.roster_preview(roster)
    assert [one.student for one in preview.new] == ["ali"]
    people.take_roster(preview, actor())
    assert people.find("sob@x.invalid").student == "Siobhan OBrien_8"
