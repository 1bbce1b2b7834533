"""Folders and zips to students: the layouts of four systems, and hostile names and zips."""

from __future__ import annotations

import io
import os
import pickle
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from english import said
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.catalog import say
from grader.course.collecting import archives, sources
from grader.course.collecting import collect as collecting
from grader.course.collecting.archives import A_LINK
from grader.course.collecting.collect import Collection, collect
from grader.course.collecting.student_ids import safe_id
from grader.errors import UsageError
from grader.reading.unreadable import SourceError, UnreadableError

NB = b'{"cells": [{"cell_type": "code", "source": "x = 1"}]}'
MIB = 1024 * 1024


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """Get a folder with these files."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Get the bytes of a zip with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """Get a zip on disk with these files."""
    path.write_bytes(zipped(files))
    return path


def students(collection: Collection) -> list[str]:
    """Get the IDs."""
    return [entry.student for entry in collection.entries]


def faults(collection: Collection) -> list[str]:
    """Get the messages of the entries that cannot be loaded."""
    messages = []
    for entry in collection.entries:
        try:
            entry.load()
        except UnreadableError as error:
            messages.append(str(error))
    return messages


def test_flat_folder_gives_stems(tmp_path: Path) -> None:
    """In a flat folder each notebook and script is a student, called by its stem."""
    files = {"bob.py": NB, "alice.ipynb": NB, "x.ipynb.ipynb": NB, "my nb (1).ipynb": NB}
    files |= {
        "\u0410\u043b\u0438\u0441\u0430.ipynb": NB,
        "a.b.ipynb": NB,
        "J.IPYNB": NB,
        "y.ipynb.txt": NB,
    }
    found = collect([folder(tmp_path, files)])
    want = ["J", "a.b", "alice", "bob", "my nb (1)", "x", "y", "\u0410\u043b\u0438\u0441\u0430"]
    assert students(found) == want
    assert found.skipped == ()
    assert [e.load() for e in found.entries] == [NB] * 8


@pytest.mark.parametrize("is_zip", [False, True])
def test_mixed_layouts_work_together(tmp_path: Path, is_zip: bool) -> None:  # noqa: FBT001
    """Flat files, STUDENT/*.ipynb and STUDENT/ASSIGNMENT/*.ipynb may stand in one source."""
    files = {"alice.ipynb": NB, "bob/kmeans.ipynb": NB, "carol/kmeans/kmeans.ipynb": NB}
    source = archive(tmp_path / "c.zip", files) if is_zip else folder(tmp_path / "c", files)
    assert students(collect([source])) == ["alice", "bob", "carol"]


def test_sources_mix(tmp_path: Path) -> None:
    """Folders, zips and files are taken in any mix, and no file twice."""
    one = folder(tmp_path / "one", {"alice.ipynb": NB})
    two = archive(tmp_path / "two.zip", {"bob.ipynb": NB})
    three = folder(tmp_path, {"carol.py": b"x = 1"}) / "carol.py"
    found = collect([one, two, three, one / "alice.ipynb"])
    assert [(e.student, e.label) for e in found.entries] == [
        ("alice", "one/alice.ipynb"),
        ("bob", "two.zip/bob.ipynb"),
        ("carol", "carol.py"),
    ]


def test_sources_may_be_students(tmp_path: Path) -> None:
    """With `submitted/*`, where all hand in the same file name, the folders are the students."""
    alice = folder(tmp_path / "alice", {"kmeans/kmeans.ipynb": NB})
    bob = archive(tmp_path / "bob.zip", {"kmeans.ipynb": NB})
    assert students(collect([alice, bob])) == ["alice", "bob"]
    zoe = folder(tmp_path / "zoe", {"mine.ipynb": NB, "old/mine.ipynb": NB})
    kim = folder(tmp_path / "kim", {"k.pdf": b"%PDF"})
    late = folder(tmp_path / "late", {"yan.ipynb": NB, "ute.ipynb": NB})
    found = collect([alice, bob, zoe, kim, late])
    assert students(found) == ["alice", "bob", "kim", "ute", "yan", "zoe"]


def test_sources_may_be_sections(tmp_path: Path) -> None:
    """Sources in which several people are stay classes, also where two people share a name."""
    mo = folder(tmp_path / "mo", {"jo lee/k.ipynb": NB, "abel/k.ipynb": NB})
    di = folder(tmp_path / "di", {"jo lee/k.ipynb": NB, "cox/k.ipynb": NB})
    assert students(collect([mo, di])) == ["abel", "cox", "jo lee", "jo lee-2"]
    mi = folder(tmp_path / "mi", {"abel.ipynb": NB, "kim.pdf": b"%PDF"})
    do = folder(tmp_path / "do", {"abel.ipynb": NB, "lou.pdf": b"%PDF"})
    assert students(collect([mi, do])) == ["abel", "abel-2", "kim", "lou"]


def test_sources_of_one_each_keep_their_names(tmp_path: Path) -> None:
    """Sources that are called like days, weeks or parts of a class are no students."""
    first = folder(tmp_path / "week 1", {"alice/k.ipynb": NB})
    second = archive(tmp_path / "late.zip", {"bob/k.ipynb": NB})
    third = folder(tmp_path / "monday", {"carol/k.ipynb": NB})
    assert students(collect([first, second, third])) == ["alice", "bob", "carol"]


def test_linked_folder_has_an_entry(tmp_path: Path) -> None:
    """A link to a folder beside students' folders is not followed, and its student has a row."""
    root = folder(tmp_path / "c", {"alice/k.ipynb": NB})
    folder(tmp_path / "store", {"k.ipynb": NB})
    for name in ("bob", "data"):
        (root / name).symlink_to(tmp_path / "store")
    found = collect([root])
    assert students(found) == ["alice", "bob"]
    assert found.entries[1].found.fault == A_LINK
    assert [str(line).partition("/c/")[2] for line in found.skipped] == [
        "data: it is a link, not a file; submit the file itself"
    ]


def test_moodle_download_is_recognized(tmp_path: Path) -> None:
    """In a Moodle download the student is the name and number, in folders and flat."""
    files = {
        "Ada Lovelace_12_assignsubmission_file_/kmeans.ipynb": NB,
        "Ada Lovelace_12_assignsubmission_onlinetext_/onlinetext.html": b"",
        "Zo\u00eb Z_14_assignsubmission_file/hw.zip": zipped({"hw/kmeans.ipynb": NB}),
        "Bob B_13_assignsubmission_file_my_kmeans.ipynb": NB,
        "Participant_15_assignsubmission_file/k.ipynb": NB,
    }
    found = collect([archive(tmp_path / "c.zip", files)])
    assert students(found) == ["Ada Lovelace_12", "Bob B_13", "Participant_15", "Zo\u00eb Z_14"]
    assert [e.name for e in found.entries] == [
        "kmeans.ipynb",
        "my_kmeans.ipynb",
        "k.ipynb",
        "kmeans.ipynb",
    ]


def test_canvas_download_is_recognized(tmp_path: Path) -> None:
    """In a Canvas download the student is the name and user id; files of one are together."""
    files = {
        "lovelaceada_1234_56789_kmeans-1.ipynb": NB,
        "lovelaceada_1234_56790_helper.py": b"y = 1",
        "bobb_LATE_1235_56791_hw_1_2.ipynb": NB,
        "anon_Xy12_56792_k.ipynb": NB,
        "zed_1237_56793_hw.zip": zipped({"k.ipynb": NB}),
    }
    found = collect([archive(tmp_path / "hw_submissions.zip", files)])
    assert students(found) == ["anon_Xy12", "bobb_1235", "lovelaceada_1234", "zed_1237"]
    assert said(found.entries[1].notes) == ("submitted late, according to the file name",)
    assert found.entries[1].name == "hw_1_2.ipynb"
    assert found.entries[2].load_modules() == {"helper": "y = 1"}


def test_numbers_do_not_make_canvas(tmp_path: Path) -> None:
    """Names such as `week_3_4_alice` are stems, not Canvas's."""
    found = collect([folder(tmp_path, {"week_3_4_alice.ipynb": NB, "week_3_4_bob.ipynb": NB})])
    assert students(found) == ["week_3_4_alice", "week_3_4_bob"]
    assert students(collect([tmp_path / "week_3_4_bob.ipynb"])) == ["week_3_4_bob"]


def test_nbgrader_course_is_read(tmp_path: Path) -> None:
    """Of a whole nbgrader course only what is in `submitted` counts."""
    files = {"source/kmeans/k.ipynb": NB, "submitted/bob/kmeans/k.ipynb": NB}
    found = collect([folder(tmp_path / "course", files)])
    assert students(found) == ["bob"]
    assert said(found.skipped) == (
        f"{tmp_path}/course: an nbgrader course, only `submitted` was read",
    )


@pytest.mark.parametrize("top", ["class", "submissions", "other"])
def test_wrapper_folder_of_zip_is_no_student(tmp_path: Path, top: str) -> None:
    """A zip of one folder with several notebooks holds several students."""
    files = {f"{top}/alice.ipynb": NB, f"{top}/bob.ipynb": NB}
    assert students(collect([archive(tmp_path / "class.zip", files)])) == ["alice", "bob"]


def test_notebooks_of_one_student_are_ranked(tmp_path: Path) -> None:
    """E17: of several notebooks the highest in rank is graded, the choice is shown."""
    files = {"dan/a.ipynb": NB, "dan/sub/b.ipynb": NB + b" ", "dan/bad.ipynb": b"", "e.ipynb": NB}
    folder(tmp_path / "c", files)
    entry = collect([tmp_path / "c"], rank=lambda data, _: len(data)).entries[0]
    assert entry.label == "c/dan/sub/b.ipynb"
    assert entry.alternatives == ("c/dan/a.ipynb", "c/dan/bad.ipynb")
    assert said(entry.notes) == (
        "several notebooks found: b.ipynb was graded, not a.ipynb, bad.ipynb",
    )
    assert collect([tmp_path / "c"]).entries[0].label == "c/dan/a.ipynb"


def test_rank_that_refuses_comes_last(tmp_path: Path) -> None:
    """A notebook that the ranking cannot read is chosen only if there is no other."""
    files = {"dan/a.ipynb": b"PDF", "dan/b.ipynb": NB}

    def rank(data: bytes, name: str) -> int:
        if data != NB:
            raise UnreadableError(name, say("file.empty"))
        return 0

    assert collect([folder(tmp_path / "c", files)], rank=rank).entries[0].name == "b.ipynb"


def test_script_beside_notebook_is_module(tmp_path: Path) -> None:
    """E64: scripts beside a student's notebook are known by name, those to be run as well."""
    files = {"dan/k.ipynb": NB, "dan/helper.py": b"y = 1", "dan/pkg/deep.py": b"z = 1"}
    files |= {"dan/not a name.py": b""}
    entry = collect([folder(tmp_path / "c", files)]).entries[0]
    assert entry.load_modules() == {
        "helper": "y = 1",
        "not a name": "",
        "pkg.deep": "z = 1",
    }
    assert entry.read().modules == entry.load_modules()


def test_junk_is_ignored_and_named(tmp_path: Path) -> None:
    """E01, E15: copies of systems and environments are ignored, other files are listed."""
    files = {
        "alice.ipynb": NB,
        ".ipynb_checkpoints/alice-checkpoint.ipynb": NB,
        "__MACOSX/._alice.ipynb": b"",
        "._alice.ipynb": b"",
        ".DS_Store": b"",
        "bob/venv/lib/x.py": b"",
        "bob/k.ipynb": NB,
        "labels.json": b"{}",
        "frank/hw.pdf": b"%PDF",
    }
    found = collect([folder(tmp_path / "c", files)])
    assert students(found) == ["alice", "bob", "frank"]
    root = f"{tmp_path}/c"
    assert said(found.skipped) == (
        f"skipped {root}: .DS_Store (1)",
        f"skipped {root}: ._ files (1)",
        f"skipped {root}: .ipynb_checkpoints (1)",
        f"skipped {root}: __MACOSX (1)",
        f"skipped {root}: venv (1)",
        f"skipped {root}/labels.json: not a notebook or script",
    )
    assert students(collect([archive(tmp_path / "c.zip", files)])) == ["alice", "bob", "frank"]


def test_noise_is_counted(tmp_path: Path) -> None:
    """Thousands of stray files make one line, after the lines that matter."""
    files = {f"{i:03}.csv": b"" for i in range(250)} | {"a.ipynb": NB, "../b.ipynb": NB}
    skipped = said(collect([archive(tmp_path / "c.zip", files)]).skipped)
    root = f"{tmp_path}/c.zip"
    assert skipped == (
        f"skipped {root}/../b.ipynb: a name that points outside the zip file",
        f"skipped {root}: 250 files (.csv) that are not notebooks or scripts, such as 000.csv",
    )


def test_many_lines_that_matter_are_cut(tmp_path: Path) -> None:
    """Lines that matter are bounded too, and how many more there are is said."""
    files = {f"../{i:03}.ipynb": NB for i in range(250)} | {"a.ipynb": NB, "b.csv": b""}
    skipped = said(collect([archive(tmp_path / "c.zip", files)]).skipped)
    assert len(skipped) == 202
    assert skipped[200] == "and 50 more"
    assert skipped[201] == f"skipped {tmp_path}/c.zip/b.csv: not a notebook or script"


def test_unreadable_notebooks_stay_entries(tmp_path: Path) -> None:
    """E02, E14: what is called .ipynb and is no readable file still has a row."""
    root = folder(tmp_path / "c", {"eve.ipynb": b"", "g.ipynb/readme.md": b""})
    os.mkfifo(root / "h.ipynb")
    (root / "i.ipynb").symlink_to("/etc/passwd")
    (root / "j.ipynb").symlink_to("eve.ipynb")
    (root / "k.ipynb").symlink_to("nowhere")
    (root / "loop").symlink_to(".")
    found = collect([root])
    assert students(found) == ["eve", "g", "h", "i", "j", "k"]
    assert faults(found) == [
        "c/g.ipynb: it is a folder, not a file; submit the notebook itself",
        "c/h.ipynb: it is not a regular file; submit the notebook itself",
        "c/i.ipynb: it is a link, not a file; submit the file itself",
        "c/j.ipynb: it is a link, not a file; submit the file itself",
        "c/k.ipynb: it is a link, not a file; submit the file itself",
    ]
    assert f"skipped {root}/loop: it is a link, not a file; submit the file itself" in said(
        found.skipped
    )
    with pytest.raises(UnreadableError, match=r"^eve.ipynb: the file is empty; upload it again$"):
        found.entries[0].read()


def test_nested_zip_is_one_student(tmp_path: Path) -> None:
    """E16: a student's zip is opened, a zip in it is not, and a bad one still has a row."""
    files = {
        "al.zip": zipped({"k.ipynb": NB, "deep.zip": b"", "helper.py": b""}),
        "bo.zip": b"no zip",
        "ca.zip": zipped({"x.pdf": b""}),
        "da.zip": zipped({f"{i}.py": b"" for i in range(501)}),
    }
    found = collect([archive(tmp_path / "c.zip", files)])
    assert students(found) == ["al", "bo", "ca", "da"]
    assert found.entries[0].load() == NB
    assert found.entries[0].load_modules() == {"helper": ""}
    assert faults(found) == [
        "c.zip/bo.zip: this is not a zip file, or it is damaged; upload it again",
        "c.zip/ca.zip: the zip file contains no notebook; submit the .ipynb file",
        "c.zip/da.zip: the zip file contains too many files; zip only the notebook",
    ]
    assert said(found.skipped) == (
        f"skipped {tmp_path}/c.zip/al.zip/deep.zip: a zip file inside a student’s zip file",
    )


def test_names_cannot_leave_the_zip(tmp_path: Path) -> None:
    """Absolute names, drive letters and `..` are skipped; a backslash separates."""
    files = {"../a.ipynb": NB, "/b.ipynb": NB, "C:\\c.ipynb": NB, "d\\e.ipynb": NB}
    files |= {"x" * 1001 + ".ipynb": NB, "y/" * 40 + "y.ipynb": NB}
    found = collect([archive(tmp_path / "c.zip", files)])
    assert students(found) == ["d"]
    root = f"{tmp_path}/c.zip"
    assert said(found.skipped) == (
        f"skipped {root}/../a.ipynb: a name that points outside the zip file",
        f"skipped {root}//b.ipynb: a name that points outside the zip file",
        f"skipped {root}/C:/c.ipynb: a name that points outside the zip file",
        f"skipped {root}/{'x' * 120}…: the name is too long",
        f"skipped {root}/{'y/' * 40}y.ipynb: the name is too long",
    )


def test_hostile_members_are_faulty(tmp_path: Path) -> None:
    """Links, bombs, odd compression and encryption in a zip cost their own row only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
        out.writestr("bomb.ipynb", b"0" * (2 * MIB))
        out.writestr("huge.ipynb", b"0" * (51 * MIB))
        out.writestr("bzip2.ipynb", NB, zipfile.ZIP_BZIP2)
        out.writestr("ok.ipynb", NB)
        secret = zipfile.ZipInfo("secret.ipynb")
        out.writestr(secret, NB)
        secret.flag_bits |= 1
    (tmp_path / "c.zip").write_bytes(buffer.getvalue())
    found = collect([tmp_path / "c.zip"])
    assert students(found) == ["bomb", "bzip2", "huge", "link", "ok", "secret"]
    assert faults(found) == [
        "c.zip/bomb.ipynb: it is compressed more than a notebook can be; submit the .ipynb file itself",
        "c.zip/bzip2.ipynb: it uses an unusual compression method; zip it again",
        (
            "c.zip/huge.ipynb: the file is too large (51 MiB, limit 50); "
            "clear the notebook's outputs and submit it again"
        ),
        "c.zip/link.ipynb: it is a link, not a file; submit the file itself",
        "c.zip/secret.ipynb: it is encrypted; submit it without a password",
    ]


def test_damaged_member_is_unreadable(tmp_path: Path) -> None:
    """A member whose bytes are damaged, or whose size is a lie, gives one line."""
    data = bytearray(zipped({"a.ipynb": NB * 10, "b.ipynb": NB}))
    data[45] ^= 0xFF
    (tmp_path / "c.zip").write_bytes(data)
    found = collect([tmp_path / "c.zip"])
    assert faults(found) == ["c.zip/a.ipynb: it is damaged inside the zip file; upload it again"]


def test_largest_files_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a zip is too large in all, its largest files are left out, not other students'."""
    monkeypatch.setattr(collecting, "MAX_TOTAL_BYTES", 250)
    files = {"a.ipynb": NB, "b.ipynb": os.urandom(200), "c.ipynb": NB}
    found = collect([archive(tmp_path / "c.zip", files)])
    assert faults(found) == [
        "c.zip/b.ipynb: the files in the zip file are too large together; pass this one on its own"
    ]


def test_unmarked_utf_8_names_are_read(tmp_path: Path) -> None:
    """Names in UTF-8 without the flag, as several tools write them, keep their letters."""
    data = zipped({"Zo\u00eb.ipynb": NB})
    marked = b"\x00\x08"
    assert data.count(marked) == 2
    (tmp_path / "c.zip").write_bytes(data.replace(marked, b"\x00\x00"))
    assert students(collect([tmp_path / "c.zip"])) == ["Zo\u00eb"]


def test_unusable_sources_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is not there, no zip, empty or too large is an error in one line."""
    monkeypatch.setattr(sources, "MAX_FILES", 3)
    empty = "no notebooks or scripts found; name a folder, zip file, or files with submissions (.ipynb or .py)"
    os.mkfifo(tmp_path / "pipe")
    unusable = {
        tmp_path / "none": "file or folder not found; check the path",
        folder(tmp_path, {"bad.zip": b"PK"})
        / "bad.zip": "this is not a zip file, or it is damaged; upload it again",
        folder(tmp_path / "e", {"a.txt": b""}): empty,
        tmp_path / "e" / "a.txt": empty,
        tmp_path / "pipe": "is neither a file nor a folder; name a folder or a zip file",
        folder(
            tmp_path / "many", {f"{i}.py": b"" for i in range(4)}
        ): "contains more than 3 notebooks and scripts; name smaller folders",
    }
    for source, want in unusable.items():
        with pytest.raises(UsageError) as caught:
            collect([source])
        assert str(caught.value) == f"{source}: {want}"
    with pytest.raises(UsageError, match=r"^nothing: no notebooks or scripts found"):
        collect([])


def test_large_table_of_contents_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip whose table of contents would fill the memory is not opened."""
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 100)
    source = archive(tmp_path / "c.zip", {f"{i}.py": b"" for i in range(9)})
    with pytest.raises(UsageError) as caught:
        collect([source])
    assert str(caught.value) == f"{source}: the zip file lists too many files; unpack it"


def test_equal_ids_get_numbers(tmp_path: Path) -> None:
    """IDs are unique on a file system that ignores case; a name that is free stays."""
    files = {"Al.ipynb": NB, "al.ipynb": NB, "al.py": NB, "al-2.ipynb": NB, "AL/k.ipynb": NB}
    found = collect([archive(tmp_path / "c.zip", files)])
    assert students(found) == ["AL", "Al-3", "al-2", "al-4", "al-5"]
    notes = {entry.student: said(entry.notes) for entry in found.entries}
    assert notes["AL"] == notes["al-2"] == ()
    assert notes["Al-3"] == ("another submission has the same name, Al",)


def test_entries_travel(tmp_path: Path) -> None:
    """An entry can be sent to another process and read there."""
    source = archive(tmp_path / "c.zip", {"al.zip": zipped({"k.ipynb": NB})})
    entry = pickle.loads(pickle.dumps(collect([source]).entries[0]))  # noqa: S301
    assert entry.load() == NB


CHANGED = "changed while the class was graded; run the same command again"


def test_replaced_zip_is_noticed(tmp_path: Path) -> None:
    """Of a zip that was replaced after it was read, no file is taken for another."""
    source = archive(tmp_path / "c.zip", {"a.ipynb": NB, "b.ipynb": NB + b" "})
    entries = collect([source]).entries
    archive(source, {"b.ipynb": NB, "c.ipynb": NB + b" "})
    with pytest.raises(SourceError) as caught:
        entries[1].load()
    assert str(caught.value) == f"c.zip/b.ipynb: {CHANGED}"
    archive(source, {"b.ipynb": NB + b" ", "a.ipynb": NB})
    assert [entry.load() for entry in entries] == [NB, NB + b" "]
    source.unlink()
    with pytest.raises(SourceError, match=r"^c.zip/a.ipynb: file not found; check the path"):
        entries[0].load()


def test_vanished_module_is_not_left_out(tmp_path: Path) -> None:
    """A module beside a notebook that the machine does not give is told, as the notebook is."""
    entry = collect([folder(tmp_path / "c", {"al/k.ipynb": NB, "al/own.py": b"x = 1"})]).entries[0]
    (tmp_path / "c" / "al" / "own.py").unlink()
    assert entry.load() == NB
    with pytest.raises(SourceError, match=f"{CHANGED}$"):
        entry.load_modules()


def test_vanished_file_is_not_replaced(tmp_path: Path) -> None:
    """Where a file vanishes while files are compared, no other one is graded in its place."""
    source = folder(tmp_path / "c", {"al/a.ipynb": NB, "al/b.ipynb": NB, "bo/a.ipynb": NB})

    vanished: list[str] = []

    def rank(_: bytes, name: str) -> int:
        if not vanished:
            vanished.append("b.ipynb" if name == "a.ipynb" else "a.ipynb")
            (source / "al" / vanished[0]).unlink()
        return 1

    entry = collect([source], rank=rank).entries[0]
    assert (entry.student, entry.name) == ("al", vanished[0])
    with pytest.raises(SourceError):
        entry.load()


def test_replaced_file_is_noticed(tmp_path: Path) -> None:
    """A file that was rewritten or removed after it was found is not taken for it."""
    source = folder(tmp_path / "c", {"a.ipynb": NB, "b.ipynb": NB, "b.zip": zipped({"k.py": NB})})
    entries = collect([source]).entries
    for name, data in (("a.ipynb", b"x = 1"), ("b.zip", zipped({"k.py": NB, "l.py": NB}))):
        (source / name).write_bytes(data)
    (source / "b.ipynb").unlink()
    said_of = []
    for entry in entries[:2]:
        with pytest.raises(SourceError) as caught:
            entry.load()
        said_of.append(str(caught.value))
    assert said_of == [f"c/a.ipynb: {CHANGED}", f"c/b.ipynb: {CHANGED}"]
    assert entries[2].load() == NB


def test_member_found_twice(tmp_path: Path) -> None:
    """Of two members of one name the last one counts, as when the zip is unpacked."""
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as out:
        out.writestr("a.ipynb", b"old")
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("a.ipynb", NB)
    found = collect([tmp_path / "c.zip"])
    assert [entry.load() for entry in found.entries] == [NB]
    assert said(found.skipped) == (
        f"{tmp_path}/c.zip/a.ipynb: the zip file contains it twice, the last one was used",
    )


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("alice", "alice"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("console", "console"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("-rf .hidden. ", "rf .hidden"),
        ("a\x00b\u202ec\nd", "abc d"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u738b\u5c0f\u660e", "\u738b\u5c0f\u660e"),
        ("", "student"),
        ("...", "student"),
        ("x" * 100, "x" * 80),
        ("\U0001f600" * 100, "\U0001f600" * 50),
    ],
)
def test_id_is_safe(name: str, want: str) -> None:
    """An ID is a name that any file system takes; letters of any script stay."""
    assert safe_id(name) == want


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text("./\\-~ \x00\u202eCONcon1aux"))
@example("a" * 79 + " b")
def test_any_name_gives_safe_id(name: str) -> None:
    """Whatever the name: one component, no control character, bounded, and the same again."""
    safe = safe_id(name)
    assert safe
    assert len(safe) <= 80
    assert len(safe.encode()) <= 200
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe[0] not in ".-~ "
    assert safe[-1] not in ". "
    assert all(unicodedata.category(c)[0] != "C" for c in safe)
    assert safe == unicodedata.normalize("NFC", safe) == safe_id(safe)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("ab/.\\_1 \u00e9:", min_size=1, max_size=12), st.just(NB)))
def test_any_names_are_collected(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    """Whatever the names in a zip: IDs are unique and sorted, and each entry loads."""
    files = {f"{name}.ipynb": data for name, data in files.items()} | {"z.ipynb": NB}
    found = collect([archive(tmp_path_factory.getbasetemp() / "any.zip", files)])
    ids = students(found)
    assert ids == sorted(ids)
    assert len({name.casefold() for name in ids}) == len(ids)
    assert all(entry.load() == NB for entry in found.entries)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_any_damage_is_one_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, damage: bytes
) -> None:
    """Whatever bytes of a zip are damaged: entries, or one error of the grader."""
    data = bytearray(zipped({"a.ipynb": NB, "b.zip": zipped({"k.ipynb": NB})}))
    data[at : at + len(damage)] = damage
    source = tmp_path_factory.getbasetemp() / "damaged.zip"
    source.write_bytes(data)
    try:
        faults(collect([source]))
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017
