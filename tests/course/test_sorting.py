"""Whose the files of a class are, in the layouts that classes come in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from english import said
from hypothesis import given, settings
from hypothesis import strategies as st
from test_collect import archive, folder, students, zipped

from grader.course.collecting.collect import Collection, collect
from grader.errors import UsageError

FULL, SOME, OTHER, PDF = b"5", b"1", b"0", b"%PDF"
"""A file's content is its rank here."""

Files = Mapping[str, bytes]


def rank(data: bytes, _: str) -> int:
    """Get the rank that a file says it has."""
    return int(data)


def collected(home: Path, files: Files, *, is_zip: bool = False) -> Collection:
    """Get the class in a folder or zip with these files."""
    source = archive(home / "c.zip", files) if is_zip else folder(home / "c", files)
    return collect([source], rank=rank)


def pair(*names: str) -> bytes:
    """Get a zip with a full file under each name."""
    return zipped(dict.fromkeys(names, FULL))


CLASSES: dict[str, tuple[Files, list[str]]] = {
    "two outer folders": ({"hw/2026/a/k.ipynb": FULL, "hw/2026/b/k.ipynb": FULL}, ["a", "b"]),
    "five outer folders": (
        {"1/2/3/4/5/al/k.ipynb": FULL, "1/2/3/4/5/bo/k.ipynb": FULL},
        ["al", "bo"],
    ),
    "zip in folder": ({"hw3.zip": pair("al.ipynb", "bo.ipynb")}, ["al", "bo"]),
    "zip in zip in folder": (
        {"x/o.zip": zipped({"i.zip": pair("w/al/k.ipynb", "w/bo/k.ipynb")})},
        ["al", "bo"],
    ),
    "junk beside": (
        {"hw/al/k.ipynb": FULL, "hw/bo/k.ipynb": FULL, "__MACOSX/hw/._k": b"", ".DS_Store": b""},
        ["al", "bo"],
    ),
    "tables and sheets beside": (
        {"hw/al/k.ipynb": FULL, "hw/bo/k.ipynb": FULL, "grades.csv": b"", "sheet 3.pdf": b""},
        ["al", "bo"],
    ),
    "untouched ones": ({"hw/al/k.ipynb": FULL, "hw/bo/k.ipynb": OTHER}, ["al", "bo"]),
    "a PDF only": ({"hw/al/k.ipynb": FULL, "hw/bo/k.pdf": PDF}, ["al", "bo"]),
    "numbers for names": ({"hw/1/k.ipynb": FULL, "hw/2/k.ipynb": FULL}, ["1", "2"]),
    "numbered students": (
        {"hw/x/student1.ipynb": FULL, "hw/x/student2.ipynb": FULL},
        ["student1", "student2"],
    ),
    "groups of folders": (
        {"gA/al/k.ipynb": FULL, "gA/bo/k.ipynb": FULL, "gB/cy/k.ipynb": FULL, "di/k.ipynb": FULL},
        ["al", "bo", "di", "gB"],
    ),
    "groups of files": (
        {"gA/al.ipynb": FULL, "gA/bo.ipynb": FULL, "gB/cy.ipynb": FULL, "gB/di.ipynb": FULL},
        ["al", "bo", "cy", "di"],
    ),
    "group numbers": (
        {
            f"{day}/group{n}/k.ipynb": FULL
            for day, n in (("mon", 1), ("mon", 2), ("tue", 3), ("tue", 4))
        },
        ["group1", "group2", "group3", "group4"],
    ),
    "several class zips": (
        {"mon.zip": pair("al.ipynb", "bo.ipynb"), "tue.zip": pair("cy.ipynb", "di/k.ipynb")},
        ["al", "bo", "cy", "di"],
    ),
    "class zip beside a student": (
        {"hw3.zip": pair("al.ipynb", "bo.ipynb"), "zoe.ipynb": FULL},
        ["al", "bo", "zoe"],
    ),
    "zips of students": ({"al.zip": pair("k.ipynb"), "bo.zip": pair("x/k.ipynb")}, ["al", "bo"]),
    "nbgrader": (
        {"submitted/al/ps1/k.ipynb": FULL, "submitted/bo/ps1/k.ipynb": FULL},
        ["al", "bo"],
    ),
    "nbgrader, two assignments": (
        {f"submitted/{who}/{what}/k.ipynb": FULL for who in ("al", "bo") for what in ("km", "jx")},
        ["al", "bo"],
    ),
    "nbgrader course in a folder": (
        {
            "x/submitted/al/ps1/k.ipynb": FULL,
            "x/submitted/bo/ps1/k.ipynb": FULL,
            "x/source/ps1/k.ipynb": FULL,
        },
        ["al", "bo"],
    ),
    "nbgrader, one student": (
        {"submitted/al/km/km.ipynb": FULL, "submitted/al/jx/jx.ipynb": FULL},
        ["al"],
    ),
}


@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", CLASSES)
def test_everybody_is_found(tmp_path: Path, layout: str, is_zip: bool) -> None:  # noqa: FBT001
    """Whatever lies around a class: each of its students has an entry, and nothing else has."""
    files, want = CLASSES[layout]
    assert students(collected(tmp_path, files, is_zip=is_zip)) == want


PROJECTS: dict[str, Files] = {
    "folder for code": {"al/src/k.ipynb": FULL},
    "old one in a folder": {"al/k.ipynb": FULL, "al/old/k.ipynb": FULL},
    "copy in a folder": {"al/k.ipynb": FULL, "al/desk/k.ipynb": FULL},
    "attempts": {"al/attempt1/k.ipynb": FULL, "al/attempt2/k.ipynb": FULL},
    "versions": {"al/k.ipynb": FULL, "al/k_final.ipynb": FULL, "al/k (2).ipynb": FULL},
    "named by the student": {"al/al_k.ipynb": FULL, "al/al_tutorial.ipynb": FULL},
    "two notebooks": {"al/kmeans.ipynb": FULL, "al/lloyd.ipynb": FULL},
    "parts in notebooks": {"al/begin.ipynb": SOME, "al/mean.ipynb": b"3", "al/draw.ipynb": SOME},
    "parts in scripts": {"al/k.ipynb": FULL, "al/begin.py": SOME, "al/mean.py": SOME},
    "parts in folders": {"al/part1/k.ipynb": SOME, "al/part2/k.ipynb": SOME},
    "data and helpers": {"al/k.ipynb": FULL, "al/data/make.py": OTHER, "al/pkg/h.py": OTHER},
    "other homework": {"al/k.ipynb": FULL, "al/week 1/tutorial.ipynb": OTHER},
    "in camels": {"al/KMeans.ipynb": FULL, "al/KMeansFinal.ipynb": FULL},
}


AMBIGUOUS = {"two notebooks", "parts in notebooks"}
"""Alone, with no other student beside them, these could be several people."""


@pytest.mark.parametrize(
    "others", [(), ("bo/k.ipynb",), ("bo.ipynb", "cy/k.ipynb", "cy/k 2.ipynb")]
)
@pytest.mark.parametrize("layout", PROJECTS)
def test_a_project_is_one_student(tmp_path: Path, layout: str, others: tuple[str, ...]) -> None:
    """One person's folders, versions and parts are one submission, alone and beside others."""
    found = students(collected(tmp_path, {**PROJECTS[layout], **dict.fromkeys(others, FULL)}))
    names = {"al", *(name.split("/")[0].removesuffix(".ipynb") for name in others)}
    assert (found == sorted(names)) is not (layout in AMBIGUOUS and not others)


def test_what_was_passed_over_is_known(tmp_path: Path) -> None:
    """Who handed in several files in several folders: that is told, with their paths."""
    files = {"al/k.ipynb": SOME, "al/new/k.ipynb": FULL, "al/h.py": OTHER, "bo/k.ipynb": FULL}
    found = collected(tmp_path, files)
    al, bo = found.entries
    assert (al.name, al.passed_over, bo.passed_over) == ("k.ipynb", ("k.ipynb",), ())
    assert said(al.notes) == ("several notebooks found: new/k.ipynb was graded, not k.ipynb",)
    assert said(found.chosen) == ("al: c/al/new/k.ipynb was graded, not c/al/k.ipynb",)


def test_a_script_may_be_chosen(tmp_path: Path) -> None:
    """A notebook with nothing in it does not hide a script with the answers."""
    found = collected(tmp_path, {"al/k.ipynb": OTHER, "al/k.py": FULL, "bo/k.ipynb": b"x = 1"})
    assert found.entries[0].name == "k.py"
    assert said(found.entries[0].notes) == ("several files: k.py was graded, not k.ipynb",)
    assert found.entries[0].module_files == {}


def test_many_choices_are_counted(tmp_path: Path) -> None:
    """Of many students with several files the first are named, the others are counted."""
    files = {f"s{i:02}/{name}.ipynb": FULL for i in range(23) for name in ("k", "k old")}
    lines = said(collected(tmp_path, files).chosen)
    assert len(lines) == 21
    assert lines[-1] == "for 3 more students, one of several files was chosen; see the overview"


KINDS = ("k.pdf", "k.html", "k.txt", "k.png", "k.docx", "k.rar", "k.7z", "k.tar.gz", "kmeans")


@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_other_kinds_have_entries(tmp_path: Path, is_zip: bool) -> None:  # noqa: FBT001
    """Who handed in nothing that can be graded has an entry that says what to hand in."""
    files = {f"s{i}/{name}": b"?" for i, name in enumerate(KINDS)} | {"ok/k.ipynb": FULL}
    found = collected(tmp_path, files, is_zip=is_zip)
    assert students(found) == ["ok", *(f"s{i}" for i in range(len(KINDS)))]
    assert [str(entry.found.fault) for entry in found.entries[1:]] == [
        f"no notebook or script was submitted, only {name}; submit the .ipynb file"
        for name in KINDS
    ]


def test_many_other_files_are_cut(tmp_path: Path) -> None:
    """Of many files that cannot be graded some are named."""
    found = collected(tmp_path, {**{f"al/{i}.png": b"" for i in range(9)}, "bo/k.ipynb": FULL})
    assert str(found.entries[0].found.fault) == (
        "no notebook or script was submitted, only 0.png, 1.png, 2.png, … (9); submit the .ipynb file"
    )


def test_documents_beside_students(tmp_path: Path) -> None:
    """A document beside notebooks is somebody's, unless it is one's beside it or the teacher's."""
    files = {"al.ipynb": FULL, "al.pdf": PDF, "bo.pdf": PDF, "bo.png": b"", "README.txt": b""}
    files |= {"labels.json": b""}
    found = collected(tmp_path, files)
    assert students(found) == ["al", "bo"]
    assert said(found.skipped) == tuple(
        f"skipped {tmp_path}/c/{name}: not a notebook or script"
        for name in ("labels.json", "al.pdf", "README.txt")
    )


def test_named_document_needs_company(tmp_path: Path) -> None:
    """A document named on the command line is a submission beside others, not by itself."""
    folder(tmp_path, {"al.ipynb": FULL, "bo.pdf": PDF, "x.csv": b"", "y.json": b"{}"})
    sources = [tmp_path / name for name in ("al.ipynb", "bo.pdf", "x.csv", "y.json")]
    found = collect(sources, rank=rank)
    assert students(found) == ["al", "bo"]
    assert said(found.skipped) == (f"skipped {tmp_path}/y.json: not a notebook or script",)
    with pytest.raises(UsageError, match="no notebooks or scripts found"):
        collect([tmp_path / "bo.pdf"], rank=rank)


def test_empty_folders_are_counted(tmp_path: Path) -> None:
    """A student's folder with nothing in it is no submission: it is counted."""
    source = folder(tmp_path / "c", {"al/k.ipynb": FULL, "bo/k.ipynb": FULL})
    (source / "cy").mkdir()
    (source / "di" / "in").mkdir(parents=True)
    found = collect([source], rank=rank)
    assert students(found) == ["al", "bo"]
    assert said(found.skipped) == (
        f"skipped {source}: 2 empty folders, nothing was submitted there",
    )


def test_own_output_is_counted(tmp_path: Path) -> None:
    """What the grader wrote below the source in an earlier run is one line."""
    own = {
        f"graded/students/{who}/{name}": b'{\n "schema": "grader.result/1"}'
        for who in ("al", "bo")
        for name in ("result.json", "feedback.html")
    }
    files = {
        "al/k.ipynb": FULL,
        "bo/k.ipynb": FULL,
        "graded/index.html": b"",
        "graded/grades.csv": b"",
    }
    found = collected(tmp_path, files | own)
    assert students(found) == ["al", "bo"]
    assert said(found.skipped) == (f"skipped {tmp_path}/c: 6 files written by the grader",)


def test_own_output_is_no_source(tmp_path: Path) -> None:
    """The grader's output as a source is one clear line, unless submissions are beside it."""
    own = {"students/al/result.json": b'{\n "schema": "grader.result/1"}', "index.html": b""}
    with pytest.raises(UsageError) as raised:
        collected(tmp_path, own)
    assert str(raised.value) == (
        f"{tmp_path}/c: contains results of the grader, not submissions; name the submissions"
    )
    assert students(collected(tmp_path, {"al/k.ipynb": FULL, "bo/k.ipynb": FULL})) == ["al", "bo"]


def test_folder_called_students_is_kept(tmp_path: Path) -> None:
    """Students in a folder called `students` are no output of the grader."""
    files = {"x/students/al/k.ipynb": FULL, "x/students/bo/k.ipynb": FULL, "x/index.html": b""}
    assert students(collected(tmp_path, files)) == ["al", "bo"]


def test_unpacked_zip_counts_once(tmp_path: Path) -> None:
    """A zip beside the folder that it was unpacked to is the same class."""
    held = {"al/k.ipynb": FULL, "bo/k.ipynb": SOME}
    files = {f"hw/{name}": data for name, data in held.items()} | {"hw.zip": zipped(held)}
    found = collected(tmp_path, files)
    assert students(found) == ["al", "bo"]
    assert said(found.skipped) == (
        f"skipped {tmp_path}/c/hw.zip: the same files are there unpacked, or a second time",
    )


@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(
        st.sampled_from("ada bob cleo dmitri eve farid gus".split()), min_size=2, unique=True
    ),
    outer=st.lists(st.sampled_from(["hw 3", "2026", "x", "zip:a", "zip:b"]), max_size=3),
    inner=st.lists(st.sampled_from(["", "kmeans", "src", "deep/er"]), min_size=7, max_size=7),
)
def test_wrappers_never_hide_anybody(
    tmp_path_factory: pytest.TempPathFactory, people: list[str], outer: list[str], inner: list[str]
) -> None:
    """However folders and zips are nested around a class, it stays the same class."""
    files = {
        "/".join(filter(None, (who, inside, "k.ipynb"))): FULL
        for who, inside in zip(people, itertools.cycle(inner), strict=False)
    }
    for name in outer:
        if name.startswith("zip:"):
            files = {f"{name[4:]}.zip": zipped(files)}
        else:
            files = {f"{name}/{path}": data for path, data in files.items()}
    assert students(collected(tmp_path_factory.mktemp("any"), files)) == sorted(people)
