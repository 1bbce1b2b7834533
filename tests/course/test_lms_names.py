"""The names that learning management systems write: whose the file is, and the number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from english import said
from hypothesis import given, settings
from hypothesis import strategies as st
from test_collect import archive, folder, students, zipped

from grader.course.collecting.collect import Collection, collect
from grader.course.collecting.student_ids import safe_id

NB = b'{"cells": [{"cell_type": "code", "source": "x = 1"}]}'


def collected(home: Path, files: Mapping[str, bytes]) -> Collection:
    """Get the class in a folder with these files."""
    return collect([folder(home / "c", files)])


def numbers(found: Collection) -> dict[str, str]:
    """Get the number of each student."""
    return {entry.student: entry.number for entry in found.entries}


LONG = "Maximiliane Philippa Wilhelmine Auguste Charlotte Friederike Henriette Sophie Karoline"


@pytest.mark.parametrize("others", [[], ["bob.ipynb"], ["bo_11_99_x.ipynb"]])
@pytest.mark.parametrize("is_folder", [True, False])
def test_canvas_says_late(tmp_path: Path, others: Sequence[str], is_folder: bool) -> None:
    """Canvas's `_LATE_` is understood alone, beside others, and in a file that is a source."""
    files = dict.fromkeys(["leeanna_LATE_12346_999_x.ipynb", *others], NB)
    home = folder(tmp_path / "c", files)
    found = collect([home] if is_folder else [home / name for name in files])
    late = [(one.student, one.number) for one in found.entries if one.is_late]
    assert late == [("leeanna_12346", "12346")]


@pytest.mark.parametrize("flat", [False, True], ids=["folders", "flat"])
@pytest.mark.parametrize("outer", ["", "x/y/"])
def test_moodle_numbers(tmp_path: Path, outer: str, flat: bool) -> None:  # noqa: FBT001
    """Moodle's number is kept apart, whatever the name, the language and what lies around."""
    names = {
        "Ada Lovelace": "12",
        "Participant": "22",
        "Teilnehmerin": "23",
        "Teilnehmer_in": "25",
        "المشارك": "24",
        "007 12 34": "13",
        "Ley; ": "1",
        LONG: "7",
        f"{LONG} II": "8",
    }
    mark = "_assignsubmission_file" + ("_" if flat else "_/")
    files = {f"{outer}{name}_{n}{mark}my_k_1.ipynb": NB for name, n in names.items()}
    found = collected(tmp_path, files)
    assert sorted(entry.number for entry in found.entries) == sorted(names.values())
    assert numbers(found)["Ada Lovelace_12"] == "12"
    long = [name for name in students(found) if name.startswith("Maxi")]
    assert [name.rpartition("_")[2] for name in long] == ["7", "8"]
    assert all(len(name) <= 80 for name in long)
    assert {entry.name for entry in found.entries} == {"my_k_1.ipynb"}


def test_moodle_names_of_sources(tmp_path: Path) -> None:
    """With `download/*` on the command line the names of the sources say whose they are."""
    mark = "assignsubmission_file"
    sources = [
        folder(tmp_path / f"Ada L_12_{mark}", {"k.ipynb": NB}),
        archive(tmp_path / f"Bob B_13_{mark}_hw.zip", {"hw/k.ipynb": NB}),
        folder(tmp_path, {f"Cid C_14_{mark}_k.pdf": b"%PDF"}) / f"Cid C_14_{mark}_k.pdf",
        folder(tmp_path, {f"Dan D_15_{mark}_k.ipynb": NB}) / f"Dan D_15_{mark}_k.ipynb",
        folder(tmp_path / f"Default group_{mark}", {"k.ipynb": NB}),
    ]
    assert numbers(collect(sources[:4])) == {
        "Ada L_12": "12",
        "Bob B_13": "13",
        "Cid C_14": "14",
        "Dan D_15": "15",
    }
    assert said(collect(sources[4:]).entries[0].notes) == (
        "this is the submission of everyone without a group; it has no number",
    )


def test_numbers_in_a_name_of_a_class(tmp_path: Path) -> None:
    """A download of a class whose own name holds numbers is nobody's."""
    files = {"alice.ipynb": NB, "bob.ipynb": NB}
    found = collect([archive(tmp_path / "course_101_20261128_submissions.zip", files)])
    assert numbers(found) == {"alice": "", "bob": ""}


def test_moodle_texts(tmp_path: Path) -> None:
    """Online texts are counted; who has nothing else has an entry that says what to hand in."""
    files = {f"A{i}_{i}_assignsubmission_onlinetext/onlinetext.html": b"" for i in range(1, 251)}
    files |= {f"A{i}_{i}_assignsubmission_file/k.ipynb": NB for i in range(1, 250)}
    found = collected(tmp_path, {**files, "z.ipynb/x.md": b""})
    assert len(found.entries) == 251
    entry = next(entry for entry in found.entries if entry.student == "A250_250")
    assert (entry.name, entry.number) == ("onlinetext.html", "250")
    assert str(entry.found.fault) == (
        "only text was typed in and no file was submitted; submit the .ipynb file"
    )
    assert said(found.skipped) == (
        f"skipped {tmp_path}/c: 250 online texts (onlinetext.html)",
        f"skipped {tmp_path}/c/z.ipynb/x.md: not a notebook or script",
    )


def test_moodle_default_group(tmp_path: Path) -> None:
    """An entry without a number says that all are groups; a group's number is no person's."""
    files = {
        "Default group_assignsubmission_file/k.ipynb": NB,
        "Team Ä 1_1_assignsubmission_file/k.ipynb": NB,
        "Team Ä 2_2_assignsubmission_file/k.pdf": b"",
    }
    found = collected(tmp_path, files)
    assert numbers(found) == {"Default group": "", "Team Ä 1_1": "", "Team Ä 2_2": ""}
    assert [said(entry.notes) for entry in found.entries] == [
        ("this is the submission of everyone without a group; it has no number",),
        ("this is the submission of a group; 1 is the number of the group, not of a participant",),
        ("this is the submission of a group; 2 is the number of the group, not of a participant",),
    ]


WORKSHEET = """\ufeffID,"Vollständiger Name",E-Mail-Adresse,Status,Gruppe,Bewertung
Teilnehmer/in39,"Ada L",a@example.invalid,"Zur Bewertung abgegeben","Team_Ä 1",
Teilnehmer/in29,"Bob B",b@example.invalid,"Zur Bewertung abgegeben","Team 2",
"""


@pytest.mark.parametrize("where", ["inside", "beside"])
def test_worksheet_tells_groups(tmp_path: Path, where: str) -> None:
    """Where each has a number, a worksheet that comes with the download says that they are groups."""
    teams = {
        "Team Ä 1_1_assignsubmission_file/k.ipynb": NB,
        "Team 2_2_assignsubmission_file/k.ipynb": NB,
    }
    people = {
        "Ada L_39_assignsubmission_file/k.ipynb": NB,
        "Bob B_29_assignsubmission_file/k.ipynb": NB,
    }
    for n, (files, want) in enumerate(((teams, ["", ""]), (people, ["39", "29"]))):
        home = tmp_path / str(n)
        home.mkdir()
        sheet = home / "sheet.csv"
        sheet.write_text(WORKSHEET, "utf-8")
        sources = [archive(home / "c.zip", files), sheet] if where == "beside" else [home]
        if where == "inside":
            archive(home / "c.zip", files)
        assert [entry.number for entry in collect(sources).entries] == want


def test_other_tables_are_no_worksheets(tmp_path: Path) -> None:
    """A table of another kind says nothing about groups, and a broken one neither."""
    files = {
        "Team 2_2_assignsubmission_file/k.ipynb": NB,
        "a.csv": b"name,x,y\nsomebody,1,Team 2\n",
        "b.csv": b"\xff\xfe",
        "c.csv": b'"' + b"x" * 200_000,
    }
    assert numbers(collected(tmp_path, files)) == {"Team 2_2": "2"}


CANVAS = {
    "leekim_501_9001_kmeans.ipynb": "501",
    "leekim_502_9002_kmeans.ipynb": "502",
    "obrienpat_LATE_503_9003_kmeans-2.ipynb": "503",
    "au_annalena_504_9004_K Means (1).ipynb": "504",
    "_505_9005_kmeans.ipynb": "505",
    "groupa_507_9007_kmeans.ipynb": "507",
    "groupa_507_9008_kmeans_old.ipynb": "507",
    "leekim_508_text.html": "508",
    "김민준_509_9010_kmeans.py": "509",
    "anon_Xy12_9011_k.ipynb": "Xy12",
}


@pytest.mark.parametrize("around", ["", "hw.zip", "a/b/"])
def test_canvas_numbers(tmp_path: Path, around: str) -> None:
    """Canvas's number is the user's, at any depth and beside other things."""
    files = dict.fromkeys(CANVAS, NB)
    if around.endswith(".zip"):
        files = {f"x/{around}": zipped(files)}
    found = collected(
        tmp_path, {f"{around if around.endswith('/') else ''}{k}": v for k, v in files.items()}
    )
    assert sorted(entry.number for entry in found.entries) == sorted(set(CANVAS.values()))
    beside = collected(tmp_path, {"zoe/k.ipynb": NB, "notes.md": b""})
    assert sorted(entry.number for entry in beside.entries) == sorted(["", *set(CANVAS.values())])


def test_canvas_groups_with_numbers(tmp_path: Path) -> None:
    """One or two digits in front of two long numbers are a name's, also of two files of a group."""
    files = {
        "group_3_48213_9923411_k.ipynb": NB,
        "group_3_48213_9923412_helper.py": b"x = 1",
        "group_4_LATE_48214_9923413_k.ipynb": NB,
        "abel_48215_9923414_2026_11_28_k.ipynb": NB,
        "lab_2_b_48216_9923415_1_234_5678_k.ipynb": NB,
    }
    assert numbers(collected(tmp_path, files)) == {
        "abel_48215": "48215",
        "group_3_48213": "48213",
        "group_4_48214": "48214",
        "lab_2_b_48216": "48216",
    }


def test_short_numbers_are_not_canvas(tmp_path: Path) -> None:
    """Numbers of weeks and exercises are nobody's."""
    files = dict.fromkeys(("ex_1_1_alice.ipynb", "ex_1_2_bob.ipynb"), NB)
    assert numbers(collected(tmp_path, files)) == {"ex_1_1_alice": "", "ex_1_2_bob": ""}


def test_blackboard(tmp_path: Path) -> None:
    """Of Blackboard's names the user counts, of several attempts the last."""
    files = {
        "HW_3_jdoe_attempt_2026-11-01-10-20-30_k.ipynb": NB,
        "HW_3_jdoe_attempt_2026-11-01-10-20-30.txt": b"Name: Jane",
        "HW_3_roe_attempt_2026-11-01-10-20-31_my_k.ipynb": NB,
        "HW_3_roe_attempt_2026-11-02-10-20-31_my_k.ipynb": NB,
        "HW_3_lazy_attempt_2026-11-02-10-20-31.txt": b"",
    }
    found = collected(tmp_path, files)
    assert students(found) == ["jdoe", "lazy", "roe"]
    assert [entry.name for entry in found.entries] == ["k.ipynb", "attempt.txt", "my_k.ipynb"]
    assert found.entries[2].label == "c/HW_3_roe_attempt_2026-11-02-10-20-31_my_k.ipynb"
    assert said(found.entries[2].notes) == (
        "several notebooks found: my_k.ipynb (2026-11-02-10-20-31) was graded, not my_k.ipynb (2026-11-01-10-20-31)",
    )


@pytest.mark.parametrize("users", [("j_doe", "k_doe"), ("j_doe", "kim"), ("doe", "k_l_doe")])
def test_blackboard_users_with_underscores(tmp_path: Path, users: Sequence[str]) -> None:
    """What is common to all in front of the user is the assignment's; the rest is the user."""
    for n, task in enumerate(("HW", "HW_3")):
        files = {f"{task}_{who}_attempt_2026-11-01-10-20-30_k.ipynb": NB for who in users}
        assert students(collected(tmp_path / f"{n}", files)) == sorted(users)


def test_ilias(tmp_path: Path) -> None:
    """Of ILIAS's folders the number behind the login counts; a team's is none of a person."""
    files = {
        "Blatt 1/Abgaben/Doe_Jane_jdoe_1234/k.ipynb": NB,
        "Blatt 1/Abgaben/Roe_Rick_rroe_1235/sub/k.ipynb": NB,
        "Blatt 1/Abgaben/Team_12/k.ipynb": NB,
        "Blatt 1/Abgaben/Team_13/k.ipynb": NB,
    }
    found = collected(tmp_path, files)
    assert numbers(found) == {
        "Doe_Jane_jdoe_1234": "1234",
        "Roe_Rick_rroe_1235": "1235",
        "Team_12": "",
        "Team_13": "",
    }


def test_ilias_of_one(tmp_path: Path) -> None:
    """Below a folder for submissions one person is enough; elsewhere the number may be anything."""
    name = "Doe_Jane_jdoe_1234"
    assert numbers(collected(tmp_path / "a", {f"Blatt 1/Abgaben/{name}/k.ipynb": NB})) == {
        name: "1234"
    }
    assert numbers(collected(tmp_path / "b", {f"Blatt 1/{name}/k.ipynb": NB})) == {name: ""}


def test_downloaded_twice_counts_once(tmp_path: Path) -> None:
    """The same file of the same person in two downloads is one submission, and that is counted."""
    flat = {f"A_{n}_assignsubmission_file_k.ipynb": NB for n in (1, 2)}
    deep = {f"A_{n}_assignsubmission_file/k.ipynb": NB for n in (1, 2)}
    found = collected(tmp_path, {"a.zip": zipped(flat), "b.zip": zipped(deep)})
    assert numbers(found) == {"A_1": "1", "A_2": "2"}
    assert said(found.skipped) == ("skipped c: 2 submissions that are there twice",)


def test_same_person_with_other_files(tmp_path: Path) -> None:
    """Two different files of one person in two downloads are both kept; the number is not cut."""
    name = f"{LONG}_7_assignsubmission_file/k.ipynb"
    found = collected(tmp_path, {"a.zip": zipped({name: NB}), "b.zip": zipped({name: NB + b" "})})
    assert [entry.number for entry in found.entries] == ["7", "7"]
    assert {entry.student[-4:].partition("_")[2] for entry in found.entries} == {"7", "7-2"}


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text("0123456789", min_size=1, max_size=20))
def test_number_is_never_cut(name: str, number: str) -> None:
    """Whatever the name: an ID ends in the number, is bounded, and is safe again."""
    safe = safe_id(name, number)
    assert safe.endswith(f"_{number}")
    assert len(safe) <= 80
    assert len(safe.encode()) <= 200
    assert safe == safe_id(safe)
