"""Files of an assignment: which may be declared, and where code that is ours finds them."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exercises.kmeans.assignment import ASSIGNMENT
from grader.assignment import Assignment, Case, files
from grader.assignment.drawing import draw_cases
from grader.assignment.files import Content, beside, contents
from grader.errors import AssignmentError


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """An assignment in a folder with files that nobody declared yet."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_bytes(b"1,2")
    (tmp_path / "digits.npz").write_bytes(b"npz")
    (tmp_path / "e.py").write_text("", "utf-8")
    return replace(ASSIGNMENT, notebook=tmp_path / "e.py", other_versions=(), solutions=())


def refusal(assignment: Assignment, *names: object) -> str:
    """Get what is wrong with declared files."""
    with pytest.raises(AssignmentError) as found:
        replace(assignment, files=names)
    return "\n".join(line.partition(": ")[2] for line in found.value.lines)


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/hosts", "../e.py", "data/../digits.npz", "./digits.npz", "data//table.csv"),
        *("", "data/", ".hidden", "data\\table.csv", "C:x", "a\nb", "~/..", "data/./table.csv"),
    ],
)
def test_only_plain_relative_paths(assignment: Assignment, name: str) -> None:
    """What is no plain path below the assignment's folder is refused as it stands."""
    assert refusal(assignment, name) == (
        f"files: {name!r} is not a plain relative path; write it like 'data/table.csv'"
    )


def test_a_file_that_is_not_there_is_told_by_name(assignment: Assignment) -> None:
    """The others are fine; a folder is none, and each is named once."""
    said = refusal(assignment, "digits.npz", "digit.npz", "data", "digits.npz")
    assert said.splitlines() == [
        "files: 'digits.npz' is declared 2 times; use each name once",
        "files: 'digit.npz' does not exist; put it in the assignment's folder or correct the name",
        "files: 'data' is not a file; name each file by itself",
    ]


def test_no_link_leads_out(assignment: Assignment, tmp_path: Path) -> None:
    """A link to a file elsewhere is refused, also through a folder; one inside is fine."""
    home = assignment.folder
    (tmp_path.parent / "secret").write_text("x", "utf-8")
    (home / "out.txt").symlink_to(tmp_path.parent / "secret")
    (home / "up").symlink_to(tmp_path.parent)
    (home / "in.txt").symlink_to(home / "digits.npz")
    said = refusal(assignment, "out.txt", "up/secret", "in.txt")
    assert said.count("leads out of the assignment's folder") == 2
    assert "in.txt" not in said


def test_the_notebook_is_no_such_file(assignment: Assignment) -> None:
    """What is the assignment's own in another role is refused."""
    assert "is one of the assignment's notebooks or solutions" in refusal(assignment, "e.py")


def test_types_and_sizes(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single name without a comma, a number, and files that are too large."""
    with pytest.raises(AssignmentError, match="files: expected a tuple, got a str; put a comma"):
        replace(assignment, files="digits.npz")  # type: ignore[arg-type]
    assert "files: contains 3, which is not a str" in refusal(assignment, 3)
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 2)
    assert "'digits.npz' has 0.0 MiB; make it smaller" in refusal(assignment, "digits.npz")
    monkeypatch.undo()
    monkeypatch.setattr(files, "MAX_BYTES", 5)
    assert "files: have 0.0 MiB together" in refusal(assignment, "digits.npz", "data/table.csv")
    monkeypatch.undo()
    monkeypatch.setattr(files, "MAX_FILES", 1)
    assert "files: at most 1, got 2" in refusal(assignment, "digits.npz", "data/table.csv")


# Cases ---------------------------------------------------------------------------------------


def drawn(assignment: Assignment, **given: object) -> Case:
    """Get a case of an assignment with two files, as it is drawn."""
    part = replace(
        assignment.parts[0],
        cases=lambda _: (Case("one", files=given["files"]),),  # type: ignore[arg-type]
        checks=(),
    )
    names = ("digits.npz", "data/table.csv")
    draw = np.random.default_rng(1)
    return draw_cases(part, draw, folder=assignment.folder, files=names)[0]


def test_a_case_has_all_files(assignment: Assignment) -> None:
    """Its own content in the place of the declared one, from bytes or a path."""
    (assignment.folder / "other").write_bytes(b"other")
    got = [
        drawn(assignment, files=given).files
        for given in ({}, {"digits.npz": b"new"}, {"digits.npz": "other"})
    ]
    got.append(drawn(assignment, files={"digits.npz": assignment.folder / "other"}).files)
    assert [one["digits.npz"] for one in got] == [b"npz", b"new", b"other", b"other"]
    assert {one["data/table.csv"] for one in got} == {b"1,2"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x.npz": b""}, "'x.npz' is not one of the assignment's files ('digits.npz', "),
        ({"digits.npz": "gone"}, "'digits.npz' is to be 'gone', which does not exist; check"),
        ({"digits.npz": 3}, "'digits.npz' has 3 as content; write a path or bytes"),
        ([b""], "expected a dict, got [b'']; write {'name': path or bytes}"),
        ({"digits.npz": bytes(17 << 20)}, "'digits.npz' has 17.0 MiB; make it smaller, 16 MiB"),
    ],
)
def test_what_a_case_may_not_have(assignment: Assignment, given: object, said: str) -> None:
    """A line with the case and the name, before anything is graded."""
    with pytest.raises(AssignmentError) as found:
        drawn(assignment, files=given)
    assert found.value.lines[0].startswith(f"part 'init': test case 'one': files: {said}")


# Where they lie ------------------------------------------------------------------------------


def case(**given: bytes) -> Case:
    """Get a case with such files."""
    return Case("one", files={name: Content(content) for name, content in given.items()})


def test_code_of_ours_finds_the_files_of_the_case() -> None:
    """They lie where relative paths start, and afterwards all is as it was."""
    before = Path.cwd()
    with beside(case(a=b"1")):
        assert Path("a").read_bytes() == b"1"
        with beside(case(a=b"2")):
            assert Path("a").read_bytes() == b"2"
        assert Path("a").read_bytes() == b"1"
        inner = Path.cwd()
    assert Path.cwd() == before
    assert not inner.exists()
    with beside(Case("none")):
        assert Path.cwd() == before


@pytest.mark.parametrize("is_apart", [True, False])
def test_threads_never_see_the_files_of_others(
    monkeypatch: pytest.MonkeyPatch, *, is_apart: bool
) -> None:
    """Many at a time each read their own, whether or not threads can stand in other places."""
    if not is_apart:
        monkeypatch.setattr(files, "_stand_apart", lambda: False)
    wrong = []

    def read(number: int) -> None:
        for _ in range(20):
            with beside(case(a=str(number).encode())):
                wrong.extend([number] if Path("a").read_text("utf-8") != str(number) else [])

    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_thread_of_its_own_moves_nobody_else() -> None:
    """While one has files beside it, relative paths of another start where they did."""
    before, inside, seen = Path.cwd(), threading.Event(), threading.Event()
    apart = []

    def stay() -> None:
        with beside(case(a=b"1")):
            apart.append(files._known.is_apart)
            inside.set()
            seen.wait(5)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(5)
    here = Path.cwd()
    seen.set()
    thread.join()
    if not apart[0]:
        pytest.skip("this machine lets no thread stand apart")
    assert here == before


def test_contents_follow_the_file(assignment: Assignment) -> None:
    """A file that was written anew is read anew, and equal bytes have one digest."""
    path = assignment.folder / "digits.npz"
    first = contents(assignment.folder, ["digits.npz"])["digits.npz"]
    path.write_bytes(b"longer")
    second = contents(assignment.folder, ["digits.npz"])["digits.npz"]
    assert (first, second) == (b"npz", b"longer")
    assert first.digest == Content(b"npz").digest != second.digest
