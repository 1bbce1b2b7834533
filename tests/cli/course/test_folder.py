"""A batch with a course writes what a batch without one does, and a finished batch comes in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tiny_class
from tiny_class import HALF, NONE, RIGHT, hand_in, run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class graded without a course, and with one."""
    folder = tmp_path_factory.mktemp("batches")
    assignment = tiny_class.assignment(folder)
    sources = hand_in(folder / "class", alice=RIGHT, bob=HALF, cleo=NONE)
    (sources / "dora").mkdir()
    (sources / "dora/paper.pdf").write_bytes(b"%PDF-1.4")
    plain = run("batch", sources, "-a", assignment, "--seed", 3, "--out", folder / "plain")
    assert plain.code == 0, plain.err
    assert run("course", "new", folder / "course").code == 0
    added = run("course", "add", assignment, "--course", folder / "course")
    assert added.out == "tiny: added, release 1.\n"
    done = run(
        *("batch", sources, "-a", "tiny", "--seed", 3, "--course", folder / "course"),
        *("--out", folder / "kept", "--jobs", 1),
    )
    assert done.code == 0, done.err
    return folder


def files(folder: Path) -> dict[str, str]:
    """All files of a batch by path, without how long anything took."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not path.is_file() or name.startswith("."):
            continue
        text = path.read_text("utf-8")
        text = re.sub(r'"duration_s": [0-9.e-]+', '"duration_s": 0', text)
        text = re.sub(r"(graded in [^<]*? · )(?=<)", "", text)
        found[name] = re.sub(r" · [^·<]* seconds?</p>", "</p>", text)
    return found


def test_same_files(home: Path) -> None:
    """Each file of the folder is the same, but for durations."""
    plain, kept = files(home / "plain"), files(home / "kept")
    assert plain.keys() == kept.keys()
    assert {name for name in plain if plain[name] != kept[name]} == set()


def test_export_again_is_the_same(home: Path) -> None:
    """The same rows give the same bytes."""
    out = home / "again"
    done = run("course", "export", "folder", "--course", home / "course", "--out", out)
    assert done.code == 0, done.err
    first = {p: (home / "kept" / p).read_bytes() for p in files(home / "kept")}
    assert {p: (out / p).read_bytes() for p in files(out)} == first


def test_nobody_is_lost(home: Path) -> None:
    """Who submitted something that cannot be read is in the course, without a mark."""
    done = run("course", "marks", "--course", home / "course", "--csv")
    rows = [row.split(",") for row in done.out.splitlines()]
    assert [(row[0], row[5], row[9]) for row in rows[1:]] == [
        ("alice", "graded", "10"),
        ("bob", "graded", "6"),
        ("cleo", "graded", "0"),
        ("dora", "unreadable", ""),
    ]


def test_same_again_changes_nothing(home: Path) -> None:
    """The same bytes of the same students are no new attempts."""
    done = run(
        *("course", "take", home / "class", "-a", "tiny", "--course", home / "course"),
    )
    assert (done.code, done.out) == (0, "tiny: 0 new, 4 already there.\n")
    shown = run("course", "grade", "--course", home / "course")
    assert (shown.code, shown.out) == (0, "Nothing waits to be graded.\n")


def test_other_options_are_refused(home: Path) -> None:
    """Options that a course has commands for are refused with a line."""
    done = run("batch", home / "class", "--course", home / "course", "--fresh")
    assert (done.code, done.err) == (
        2,
        "grader batch: --fresh: cannot be combined with --course; see grader course --help\n",
    )


def test_batch_without_folder(home: Path) -> None:
    """Without a course a folder is asked for."""
    done = run("batch", home / "class")
    assert (done.code, done.err) == (
        2,
        "grader batch: name a folder for the results: --out graded/\n",
    )


def test_finished_batch_comes_in(home: Path, tmp_path: Path) -> None:
    """A finished batch is taken over: its points count, and its bytes are known again."""
    course = tmp_path / "course"
    assert run("course", "new", course).code == 0
    assert run("course", "add", home / "tiny_assignment", "--course", course).code == 0
    took = run("course", "import", "folder", home / "plain", "-a", "tiny", "--course", course)
    assert (took.code, took.out) == (0, "tiny: 4 new (4 new people), 0 already there.\n")
    again = run("course", "import", "folder", home / "plain", "-a", "tiny", "--course", course)
    assert again.out == "tiny: 0 new, 4 already there.\n"
    shown = json.loads(run("course", "marks", "--course", course, "--json").out)
    assert [(one["student"], one["mark"]) for one in shown] == [
        ("alice", 10.0),
        ("bob", 6.0),
        ("cleo", 0.0),
        ("dora", None),
    ]
    sound = run("course", "verify", "--course", course)
    assert (sound.code, sound.out) == (
        0,
        "4 students, 4 submissions, 4 results, 10 events: sound.\n",
    )
    bytes_too = run("course", "take", home / "class", "-a", "tiny", "--course", course)
    assert bytes_too.out == "tiny: 1 new, 3 already there.\n"


def test_folder_that_no_batch_wrote(home: Path, tmp_path: Path) -> None:
    """A folder without results is refused with a line."""
    done = run("course", "import", "folder", tmp_path, "--course", home / "course")
    assert (done.code, done.err) == (
        2,
        f"grader: {tmp_path}: no results found; name a folder that grader batch wrote\n",
    )
