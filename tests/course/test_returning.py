"""`grader batch --zip FILE`: the reports under the names that a system takes them back by."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from sound_pages import assert_sound
from tiny_class import HALF, RIGHT, assignment, hand_in, results, run

from grader.course.collecting.collect import collect
from grader.course.collecting.lms_names import named
from grader.course.returning import require_place, return_paths
from grader.errors import UsageError

MOODLE = {
    "Ada Lovelace_10_assignsubmission_file_/kmeans.py": RIGHT,
    "Ada Lovelace_11_assignsubmission_file_/kmeans.py": HALF,
    "Ley; _12_assignsubmission_file_/deep/kmeans.py": HALF,
}
CANVAS = {
    "lovelaceada_4711_90001_kmeans.py": RIGHT,
    "hoppergrace_LATE_4712_90002_kmeans-1.py": HALF,
    "group_3_4713_90003_kmeans.py": HALF,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


def _packed(file: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file


def _names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def _moodle_takes(path: str) -> str | None:
    """Whose a feedback file is, as Moodle's importer reads it: by the number alone."""
    folder = path.split("/", maxsplit=1)[0].split("_")
    is_known = (
        len(folder) >= 4 and folder[1].isdigit() and folder[2:4] == ["assignfeedback", "file"]
    )
    return folder[1] if is_known else None


def _canvas_takes(path: str) -> tuple[str, ...]:
    """The user and the upload that a file is for, as Canvas reads them: the first two numbers."""
    return tuple([piece for piece in path.split("_") if piece.isdigit()][:2])


def test_moodle_round_trip(tiny: Path, tmp_path: Path) -> None:
    """Of a Moodle download each report goes back to the participant whose submission it is of."""
    source = _packed(tmp_path / "down.zip", MOODLE)
    file = tmp_path / "feedback.zip"
    ran = run("batch", source, "--out", tmp_path / "out", "-a", tiny, "--zip", file)
    assert ran.code == 0, ran.err
    assert f"  Reports   {file}\n" in ran.out
    names = _names(file)
    assert names == [
        "Ada Lovelace_10_assignfeedback_file/feedback.html",
        "Ada Lovelace_11_assignfeedback_file/feedback.html",
        "Ley;_12_assignfeedback_file/feedback.html",
    ]
    assert [_moodle_takes(name) for name in names] == ["10", "11", "12"]
    with zipfile.ZipFile(file) as archive:
        for name in names:
            number = _moodle_takes(name)
            page = next((tmp_path / "out" / "students").glob(f"*_{number}")) / "feedback.html"
            assert archive.read(name) == page.read_bytes()


def test_canvas_round_trip(tiny: Path, tmp_path: Path) -> None:
    """Of a Canvas download each report has the name of the graded file, up to the file's own."""
    source = _packed(tmp_path / "down.zip", CANVAS)
    file = tmp_path / "feedback.zip"
    assert run("batch", source, "--out", tmp_path / "out", "-a", tiny, "--zip", file).code == 0
    names = _names(file)
    assert names == [
        "group3_4713_90003_feedback.html",
        "hoppergrace_LATE_4712_90002_feedback.html",
        "lovelaceada_4711_90001_feedback.html",
    ]
    assert [_canvas_takes(name) for name in names] == [
        ("4713", "90003"), ("4712", "90002"), ("4711", "90001"),
    ]  # fmt: skip


def test_late_is_kept_and_told(tiny: Path, tmp_path: Path) -> None:
    """That Canvas's name says "late" is in the result and in the overview, for information."""
    source = _packed(tmp_path / "down.zip", CANVAS)
    out = tmp_path / "out"
    for _ in range(2):
        ran = run("batch", source, "--out", out, "-a", tiny)
        assert ran.code == 0, ran.err
        assert "Nothing needs attention." in ran.out
        late = {name: made["submission"].get("is_late") for name, made in results(out).items()}
        assert late == {"group_3_4713": None, "hoppergrace_4712": True, "lovelaceada_4711": None}
        said = assert_sound((out / "index.html").read_text("utf-8"), is_scripted=True).said
        assert "For information: Submitted late (1)" in said
    assert "All results are from an earlier run." in said


def test_flat_names_of_moodle_go_back(tmp_path: Path) -> None:
    """Flat names, other languages, a download within a folder, and online text go back alike."""
    for name in ("Ünal Öz_7_assignsubmission_file_kmeans.py",
                 "Teilnehmerin_7_assignsubmission_file_/kmeans.py",
                 "Ünal Öz_7_assignsubmission_onlinetext/onlinetext.html"):  # fmt: skip
        other = "Zoe_8_assignsubmission_file_/kmeans.py"
        source = _packed(tmp_path / "down.zip", {f"outer/{name}": RIGHT, f"outer/{other}": RIGHT})
        found = collect([source]).entries
        assert sorted(map(_moodle_takes, return_paths(found).values())) == ["7", "8"], name  # type: ignore[type-var]


def test_who_cannot_be_told_has_a_folder(tiny: Path, tmp_path: Path) -> None:
    """Those without a system's name get a folder by their ID, and a line says who they are."""
    source = _packed(tmp_path / "down.zip", MOODLE)
    home = hand_in(tmp_path / "more", zoe=RIGHT)
    file = tmp_path / "feedback.zip"
    ran = run("batch", source, home, "--out", tmp_path / "out", "-a", tiny, "--zip", file)
    assert ran.code == 0
    assert "zoe/feedback.html" in _names(file)
    assert (
        "grader: in the zip file, 1 report is in a separate folder, which the system cannot "
        "assign: zoe\n"
    ) in ran.err


def test_plain_class_has_a_folder_each(tiny: Path, tmp_path: Path) -> None:
    """Without a system there is a folder each; the bytes are the same each time, staff's stays."""
    home = hand_in(tmp_path / "class", alice=RIGHT, bob=HALF)
    (home / "carol.ipynb").write_text("{", "utf-8")
    file, out = tmp_path / "feedback.ZIP", tmp_path / "out"
    ran = run("batch", home, "--out", out, "-a", tiny, "--zip", file)
    assert ran.code == 0
    assert "separate folder" not in ran.err
    assert _names(file) == [f"{name}/feedback.html" for name in ("alice", "bob", "carol")]
    first = file.read_bytes()
    assert run("batch", home, "--out", out, "-a", tiny, "--zip", file).code == 0
    assert file.read_bytes() == first
    with zipfile.ZipFile(file) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_names_in_zip_are_safe() -> None:
    """No name leads out of the zip, hides, or ends early, whoever chose it."""
    hostile = ("../../x", "..\\x", "a/b", ".hidden", "~x", "a_b", "con", "", "x" * 300, "a\nb")
    for one in hostile:
        for pattern in ("{}_12_assignsubmission_file_", "{}_4711_90001_k.py"):
            names = [pattern.format(one), pattern.format("z").replace("1", "2")]
            for owner in named(names, names).values():
                path = owner.return_path
                assert re.fullmatch(r"[^/\\]{1,200}(/feedback\.html)?", path), path
                assert not path.startswith((".", "~")), path
                assert "assignfeedback" not in path or _moodle_takes(path), path


def test_equal_names_do_not_meet(tmp_path: Path) -> None:
    """Of two reports that would have one name, the second gets a folder."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = _packed(tmp_path / "a" / "down.zip", MOODLE)
    other = _packed(tmp_path / "b" / "down.zip", dict.fromkeys(MOODLE, NEW))
    paths = return_paths(collect([one, other]).entries)
    assert len(paths) == len(set(paths.values())) == 6


NEW = "def double(x): return 1\n"


def test_place_is_looked_at_first(tiny: Path, tmp_path: Path) -> None:
    """A place that the zip cannot or must not have is one line, before anything is graded."""
    home = hand_in(tmp_path / "class", alice=RIGHT)
    source = _packed(tmp_path / "down.zip", MOODLE)
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "link.zip").symlink_to(source)
    for file, what in (
        (tmp_path / "none" / "f.zip", f"there is no folder {tmp_path / 'none'}; make it first"),
        (tmp_path / "folder.zip", "is a folder; name a file, such as feedback.zip"),
        (tmp_path / "f.csv", "is not the name of a zip file; name one, such as feedback.zip"),
        (source, "is a source; choose another name"),
        (tmp_path / "link.zip", "is a source; choose another name"),
        (home / "f.zip", f"is inside the source {home}; choose a place outside it"),
    ):
        ran = run("batch", home, source, "--out", tmp_path / "out", "-a", tiny, "--zip", file)
        assert (ran.code, ran.out, ran.err) == (2, "", f"grader: {file}: {what}\n")
    assert not (tmp_path / "out").exists()
    assert zipfile.is_zipfile(source)
    require_place(tmp_path / "good.zip", [home, source])
    with pytest.raises(UsageError):
        require_place(tmp_path / "class" / "deep.zip", [home])
