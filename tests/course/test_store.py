"""Files are written whole or not at all, and only whole ones are read back."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_results import typical

from grader import atomic
from grader.course.store import Store
from grader.errors import UsageError
from grader.report import result_json

RESULT = result_json.stored(typical())


def test_file_is_written_with_folders(tmp_path: Path) -> None:
    """A file is written with the folders that it needs, readable for all, line ends kept."""
    path = tmp_path / "a" / "b" / "x.html"
    atomic.write(path, "é\r\n⟨\n")
    assert path.read_bytes() == "é\r\n⟨\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    atomic.write(path, "new")
    assert path.read_text("utf-8") == "new"
    assert [item.name for item in path.parent.iterdir()] == ["x.html"]


def test_reader_never_sees_a_part(tmp_path: Path) -> None:
    """Whoever reads while a file is written again finds one whole text or the other."""
    path = tmp_path / "x"
    texts = {"a" * 200_000, "b" * 200_000}
    atomic.write(path, "a" * 200_000)
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for text in sorted(texts):
                atomic.write(path, text)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        assert {path.read_text("utf-8") for _ in range(100)} <= texts
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("file/x.html", "Not a directory"),
        ("folder", "Is a directory"),
        ("n" * 300, "File name too long"),
    ],
)
def test_unwritable_place_is_told(tmp_path: Path, place: str, why: str) -> None:
    """A place that cannot be written to is told, and nothing is left there."""
    (tmp_path / "file").write_text("x", "utf-8")
    (tmp_path / "folder").mkdir()
    path = tmp_path / place
    with pytest.raises(UsageError) as caught:
        atomic.write(path, "text")
    if why == "Not a directory":
        why = os.strerror(17) if "File exists" in str(caught.value) else why
    assert str(caught.value) == f"{path}: cannot be written: {why}; choose another folder"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder"]


def test_result_comes_back(tmp_path: Path) -> None:
    """What is saved is loaded again, equal."""
    store = Store(tmp_path)
    store.open()
    store.save("alice", RESULT, "<p>")
    assert store.load("alice") == RESULT
    assert store.any_seed(["alice"]) == RESULT.seed
    assert (store.student("alice") / "feedback.html").read_text("utf-8") == "<p>"


def _text(**changes: Any) -> str:
    return json.dumps({**result_json.as_data(RESULT), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        result_json.dumps(RESULT)[:-40],
        "{}",
        "null",
        "[" * 5000,
        "\x00" * 300,
        _text(schema="grader.result/0"),
        _text(score="87.5"),
        _text(score=True),
        _text(parts=None),
        _text(parts=[{}]),
        _text(submission={}),
        _text(status="fine"),
        _text(seed=1.5),
        result_json.dumps(RESULT).replace('"seed": ', '"seed": NaN, "other": '),
    ],
)
def test_no_whole_result_is_none(tmp_path: Path, text: str) -> None:
    """A file that is half-written, damaged or of another schema is as if it were not there."""
    store = Store(tmp_path)
    store.save("alice", RESULT, "<p>")
    (store.student("alice") / "result.json").write_text(text, "utf-8")
    assert store.load("alice") is None
    assert store.any_seed(["alice"]) is None


def test_result_needs_its_page(tmp_path: Path) -> None:
    """A result without the student's page is not done."""
    store = Store(tmp_path)
    store.save("alice", RESULT, "<p>")
    (store.student("alice") / "feedback.html").unlink()
    assert store.load("alice") is None
    assert store.load("bob") is None


def test_half_written_files_are_cleared(tmp_path: Path) -> None:
    """What a run that was killed left half-written is removed, results stay."""
    store = Store(tmp_path)
    store.save("alice", RESULT, "<p>")
    (store.student("alice") / ".writing-abc").write_text("half", "utf-8")
    store.open()
    names = sorted(item.name for item in store.student("alice").iterdir())
    assert names == ["feedback.html", "result.json"]


def test_page_and_result_belong_together(tmp_path: Path) -> None:
    """A run that was stopped while it saved leaves the old pair or the new one."""
    store = Store(tmp_path)
    store.save("alice", RESULT, "<p>")
    folder = store.student("alice")
    (folder / ".next-feedback.html").write_text("<b>", "utf-8")
    store.open()
    store.close()
    assert (folder / "feedback.html").read_text("utf-8") == "<p>"

    newer = replace(RESULT, seed=RESULT.seed + 1)
    for is_moved in (False, True):
        page = folder / ("feedback.html" if is_moved else ".next-feedback.html")
        page.write_text(f"<i>{is_moved}", "utf-8")
        (folder / ".next-result.json").write_text(result_json.dumps(newer), "utf-8")
        store.open()
        store.close()
        assert store.load("alice") == newer
        assert (folder / "feedback.html").read_text("utf-8") == f"<i>{is_moved}"
    names = sorted(item.name for item in folder.iterdir())
    assert names == ["feedback.html", "result.json"]


def test_failed_has_no_result(tmp_path: Path) -> None:
    """A page that says that it failed has no result beside it."""
    store = Store(tmp_path)
    store.save("alice", RESULT, "<p>")
    store.save_failed("alice", "<i>")
    assert [item.name for item in store.student("alice").iterdir()] == ["feedback.html"]
    assert store.names() == ["alice"]
    (store.student("alice") / "result.json").mkdir()
    with pytest.raises(UsageError) as caught:
        store.save_failed("alice", "<i>")
    place = store.student("alice") / "result.json"
    assert str(caught.value).startswith(f"{place}: cannot be removed: ")


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    """A file in the place of the folder is told."""
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(UsageError) as caught:
        Store(tmp_path / "file").open()
    assert str(caught.value) == f"{tmp_path / 'file'}: is a file; name a folder with --out"
    with pytest.raises(UsageError) as caught:
        Store(tmp_path / "file" / "out").open()
    place = tmp_path / "file" / "out"
    assert (
        str(caught.value) == f"{place}: cannot be created: Not a directory; choose another folder"
    )


def test_too_long_folder_is_told(tmp_path: Path) -> None:
    """A folder name that the file system refuses is told like any other."""
    place = tmp_path / ("n" * 300)
    with pytest.raises(UsageError) as caught:
        Store(place).open()
    assert (
        str(caught.value)
        == f"{place}: cannot be created: File name too long; choose another folder"
    )
