"""Rosters: who is in a course, from the files that it has already."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worksheet_samples import PEOPLE, SHARED, needs_shared, worksheet

from grader.course.exchange.rosters import RosterPerson, read_roster
from grader.errors import UsageError


def only(person: RosterPerson) -> dict[str, str]:
    """Give what is known of a person, without what is not."""
    return {key: value for key, value in asdict(person).items() if value and value != "student"}


def read(text: str, kind: str | None = None) -> list[dict[str, str]]:
    """Give what is known of each person in a file."""
    return [only(one) for one in read_roster(text.encode(), kind, file="r.csv")]


def problems(data: bytes, kind: str | None = None) -> tuple[str, ...]:
    """Give the lines of a roster that cannot be taken."""
    with pytest.raises(UsageError) as caught:
        read_roster(data, kind, file="r.csv")
    return caught.value.lines


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_own_file(separator: str) -> None:
    """Columns of our own are in any order, with any separator and capitals."""
    text = (
        "\ufeffE-Mail,ROLE,last name,First_Name,Login,Matriculation,Group\r\n"
        "ada@x,TA,Lovelace,Ada,al1,007,S1\r\n\r\n,,,,,,\r\nbo@x,,B,Bo,,,\r\n"
    )
    assert read(text.replace(",", separator)) == [
        {
            "student": "al1",
            "name": "Ada Lovelace",
            "sort_name": "Lovelace, Ada",
            "email": "ada@x",
            "login": "al1",
            "number": "007",
            "section": "S1",
            "role": "ta",
        },
        {"student": "bo", "name": "Bo B", "sort_name": "B, Bo", "email": "bo@x"},
    ]


def test_ids_come_first() -> None:
    """A column called student or ID is the ID in the course, made safe; a name is the last resort."""
    assert [one["student"] for one in read("ID,name,login\n../x,Ada,al\n,Bo,bl\n,Cy,\n")] == [
        "_x",
        "bl",
        "Cy",
    ]


def test_guarded_cells() -> None:
    """What our own tables guard against formulas is read as it was."""
    assert read("student,name\na,'=1+1\n")[0]["name"] == "=1+1"


def test_canvas() -> None:
    """A gradebook gives Canvas's IDs, and neither its test student nor its other rows."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab (1)\n    Points Possible,,,,,10\n"
        '"Lovelace, Ada",12,m1,ada@x.edu,"S1 and S2",5\nPrince,13,,pr,S1,\n'
        '"Student, Test",14,,0a1b,S1,\n'
    )
    assert read(text) == read(text, "canvas")
    assert read(text) == [
        {
            "student": "ada@x.edu",
            "name": "Ada Lovelace",
            "sort_name": "Lovelace, Ada",
            "email": "ada@x.edu",
            "login": "ada@x.edu",
            "number": "m1",
            "section": "S1 and S2",
            "lms_id": "12",
        },
        {"student": "pr", "name": "Prince", "login": "pr", "section": "S1", "lms_id": "13"},
    ]


def test_classroom50() -> None:
    """Classroom 50's roster, with and without its newer column."""
    text = (
        "username,first_name,last_name,email,section,github_id,role\nada,Ada,L,a@x,S1,12,teacher\n"
    )
    expected = {
        "student": "ada",
        "name": "Ada L",
        "sort_name": "L, Ada",
        "email": "a@x",
        "login": "ada",
        "section": "S1",
        "lms_id": "12",
        "role": "instructor",
    }
    assert read(text) == [expected]
    older = text.replace(",role", "").replace(",teacher", "")
    assert read(older, "classroom50") == [
        {key: value for key, value in expected.items() if key != "role"}
    ]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar", "xx"])
def test_moodle_worksheet(language: str) -> None:
    """A grading worksheet in any language gives names, e-mail and the participants' numbers."""
    people = read_roster(worksheet(language))
    assert [(one.name, one.email, one.lms_id) for one in people] == [
        (" ".join(one["name"].split()), one["email"], one["number"]) for one in PEOPLE
    ]
    assert people[0].student == "jose"


@pytest.mark.parametrize(
    "titles",
    [
        '"First name","Last name","ID number","Email address",Groups',
        "Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Gruppen",
        "Etunimi,Sukunimi,Tunnus,Posti,Ryhmät",
    ],
)
def test_moodle_participants(titles: str) -> None:
    """The list of participants in any language."""
    rows = "Ada,Lovelace,123,ada@x,Group 1\nBo,B,,bo@x,\n"
    assert read(f"{titles}\n{rows}") == [
        {
            "student": "123",
            "name": "Ada Lovelace",
            "sort_name": "Lovelace, Ada",
            "number": "123",
            "email": "ada@x",
            "section": "Group 1",
        },
        {"student": "bo", "name": "Bo B", "sort_name": "B, Bo", "email": "bo@x"},
    ]


def test_all_problems_together() -> None:
    """Every problem is said with its line, in one go."""
    text = (
        "student,name,number,email,role,section\n"
        "ada,Ada,1,a@x,,\nADA,Ada,2,b@x,,\nbo,Bo,1,c@x,,\ncy,Cy,3,A@X,,\n"
        ",,,,,S1\ndi,Di,,,boss\u202e,\n"
    )
    twice = "remove one of them, or give each an ID in a column called student"
    assert problems(text.encode()) == (
        f"r.csv, line 3: has the ID 'ADA' of line 2; {twice}",
        f"r.csv, line 4: has the number '1' of line 2; {twice}",
        f"r.csv, line 5: has the e-mail 'A@X' of line 2; {twice}",
        "r.csv, line 6: says neither ID, e-mail, nor name; add one",
        "r.csv, line 7: role: expected student, ta or instructor, got 'boss⟨U+202E⟩'; change it",
    )


@pytest.mark.parametrize(
    ("data", "kind", "line"),
    [
        ("name\nÖ".encode("utf-16"), None, "r.csv: is text in UTF-16; save it as CSV UTF-8, or download it again"),
        ("id,name\n1,Ö".encode("cp1252"), None, "r.csv: is not text in UTF-8; save it as CSV UTF-8, or download it again"),
        (b"", None, "r.csv: is empty; download it again"),
        (b"id,name\n", None, "r.csv: has no students below the titles; name another file"),
        (b"id,name\n1,L, Ada\n", None, "r.csv, line 2: expected 2 cells, got 3; put a text with a comma in quotes"),
        (b"a,b\n1,2\n", None, "r.csv: expected a column called student, login, name, number or email, got 'a', 'b'; change the first line, or say what kind of file it is"),
        (b"a,b\n1,2\n", "excel", "excel: is not a kind of roster; use csv or moodle or canvas or classroom50"),
        (b"a,b\n1,2\n", "canvas", "r.csv: expected a gradebook of Canvas, with the columns Student, ID and Section, got a, b; export it in Canvas"),
        (b"a,b\n1,2\n", "classroom50", "r.csv: there is no column 'first_name'; name Classroom 50's roster.csv"),
        (b"a,b\n1,2\n", "moodle", "r.csv: expected a grading worksheet, or a list with first name, last name and e-mail; download the participants in Moodle"),
        (worksheet(without=("name", "email", "group")), None, "r.csv: is anonymous, with neither names nor e-mail; download the participants"),
    ],
)  # fmt: skip
def test_other_files_are_refused(data: bytes, kind: str | None, line: str) -> None:
    """A file that is no roster, or not in UTF-8, is refused in a clear line."""
    assert problems(data, kind) == (line,)


@needs_shared
def test_true_file() -> None:
    """The worksheet of a true Moodle, with two people of one name."""
    people = read_roster((SHARED / "plain-de-worksheet.csv").read_bytes())
    assert len({one.student for one in people}) == 13
    assert [one.name for one in people].count("Alex Müller") == 2


@settings(max_examples=60)
@given(
    st.binary(max_size=80),
    st.sampled_from(["", "student,name,role\n", "Student,ID,Section,x\n", "A,B,C@\n"]),
)
def test_any_bytes(body: bytes, header: str) -> None:
    """Whatever the bytes, the answer is people with safe IDs, or lines for each problem."""
    try:
        people = read_roster(header.encode() + body)
    except UsageError as error:
        assert all("\n" not in line for line in error.lines)  # noqa: PT017
    else:
        assert all(one.student and "/" not in one.student for one in people)
