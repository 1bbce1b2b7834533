"""Tests of `collect_one`: the submission in a folder that is one student's, whatever is in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.course.collecting.collect import collect_one
from grader.errors import UsageError
from grader.results import SCHEMA

CODE = "def double(x): return 2 * x\n"


def length(data: bytes, _: str) -> int:
    """Rank a file by its length."""
    return len(data)


def put(folder: Path, **files: str) -> Path:
    """Write files whose names have `__` for `/` and `_dot_` for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_longest_is_graded(tmp_path: Path) -> None:
    """Of several files one is graded, at any depth, and the others are passed over."""
    put(tmp_path, a_dot_py=CODE, inner__b_dot_py=CODE + CODE, README_dot_md="# me\n")
    entry = collect_one(tmp_path, rank=length)
    assert entry is not None
    assert (entry.name, entry.passed_over) == ("b.py", ("a.py",))
    assert [note.id for note in entry.notes] == ["file.several_files"]


def test_names_of_systems_mean_nothing(tmp_path: Path) -> None:
    """Names as Canvas and Moodle write them do not make several students of one."""
    put(tmp_path, doejane_12_345_a_dot_py=CODE, roejo_13_346_a_dot_py=CODE + CODE)
    put(tmp_path, Ada_12_assignsubmission_file__a_dot_py=CODE)
    entry = collect_one(tmp_path, rank=length)
    assert entry is not None
    assert entry.load() == (CODE + CODE).encode()
    assert len(entry.passed_over) == 2


def test_zip_is_opened(tmp_path: Path) -> None:
    """A notebook in a zip file is found, and the modules next to it come along."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as out:
        out.writestr("mine/answer.py", "import helpers\n" + CODE)
        out.writestr("mine/helpers.py", "x = 1\n")
    entry = collect_one(tmp_path, rank=length)
    assert entry is not None
    assert (entry.name, [*entry.load_modules()]) == ("answer.py", ["helpers"])


def test_what_is_no_code_is_named(tmp_path: Path) -> None:
    """Where there is no notebook or script, what there is has a fault that says so."""
    entry = collect_one(put(tmp_path, report_dot_pdf="%PDF"), rank=length)
    assert entry is not None
    assert entry.found.fault is not None
    assert entry.found.fault.id == "file.only"


def test_empty_folder_has_no_entry(tmp_path: Path) -> None:
    """Nothing, or nothing but what systems leave behind, is no submission."""
    assert collect_one(tmp_path) is None
    put(tmp_path, _dot_DS_Store="x", __MACOSX____dot_x="x")
    (tmp_path / ".git").mkdir()
    assert collect_one(tmp_path) is None


def test_link_is_not_followed(tmp_path: Path) -> None:
    """A link to another file is not read."""
    secret = tmp_path / "secret.py"
    secret.write_text("SECRET = 1\n", "utf-8")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "answer.py").symlink_to(secret)
    entry = collect_one(folder, rank=length)
    assert entry is not None
    assert entry.found.fault is not None
    assert entry.found.fault.id == "file.a_link"


def test_own_results_are_no_submission(tmp_path: Path) -> None:
    """A folder that looks like a result of the grader is refused."""
    put(tmp_path, students__x__result_dot_json=f'{{"schema": "{SCHEMA}"}}')
    with pytest.raises(UsageError, match="contains results of the grader"):
        collect_one(tmp_path)
