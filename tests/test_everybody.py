"""Everybody who handed in something is in the table, the overview and has a report; in one run."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from page_text import page_text
from tiny_class import HALF, RIGHT, Ran, assignment, results, run

from grader.course import class_run
from grader.course.collecting.entry import Entry
from grader.course.job import Job
from grader.report.grades_csv import grades_csv
from grader.report.stored import StoredResult
from grader.results import SubmissionStatus

LONG = "Maximiliane Philippa Wilhelmine Auguste Charlotte Friederike Henriette Sophie Karoline"
FILES = {
    "Ada_12_assignsubmission_file/double.py": RIGHT,
    "Ada_12_assignsubmission_file/old/double.py": HALF,
    f"{LONG}_7_assignsubmission_file/double.py": RIGHT,
    "Eve_14_assignsubmission_file/k.pdf": "%PDF",
    "Bob_13_assignsubmission_onlinetext/onlinetext.html": "I did it",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


@pytest.fixture(scope="module")
def graded(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A download of Moodle in a folder, graded, and what the command printed."""
    home = tmp_path_factory.mktemp("graded")
    (home / "class").mkdir()
    with zipfile.ZipFile(home / "class" / "download.zip", "w") as out:
        for name, text in FILES.items():
            out.writestr(name, text)
    return home / "out", _batch(home / "class", tiny, home / "out")


def _batch(source: Path, tiny: Path, out: Path, *more: str) -> Ran:
    return run("batch", source, "--out", out, "-a", tiny, "--seed", 7, "--jobs", 1, *more)


def test_everybody_has_a_row(graded: tuple[Path, Ran]) -> None:
    """Each has a row with the number; who handed in nothing to grade has no points, not 0."""
    out, ran = graded
    assert ran.code == 0, ran.err
    rows = csv.reader(io.StringIO((out / "grades.csv").read_bytes().decode("utf-8"), newline=""))
    assert list(rows) == [
        ["student", "submission", "status", "score", "max_score", "double", "triple", "number"],
        ["Ada_12", "double.py", "graded", "10", "10", "6", "4", "12"],
        ["Bob_13", "onlinetext.html", "unreadable", "", "10", "", "", "13"],
        ["Eve_14", "k.pdf", "unreadable", "", "10", "", "", "14"],
        [LONG[:77] + "_7", "double.py", "graded", "10", "10", "6", "4", "7"],
    ]


def test_results_have_numbers(graded: tuple[Path, Ran]) -> None:
    """The number stands in the result, and what was passed over."""
    found = results(graded[0])
    assert {name.rpartition("_")[2]: r["number"] for name, r in found.items()} == {
        "12": "12", "13": "13", "14": "14", "7": "7",
    }  # fmt: skip
    assert list(found["Ada_12"])[:4] == ["schema", "assignment", "student", "number"]
    assert found["Ada_12"]["submission"]["passed_over"] == ["old/double.py"]
    assert "passed_over" not in found["Eve_14"]["submission"]


def test_they_are_told(graded: tuple[Path, Ran]) -> None:
    """Who handed in nothing to grade is told what to hand in, and Ada of the choice."""
    out, _ = graded
    found = results(out)
    assert found["Eve_14"]["messages"] == [
        "k.pdf: no notebook or script was submitted, only k.pdf; submit the .ipynb file"
    ]
    assert found["Bob_13"]["messages"] == [
        "onlinetext.html: only text was typed in and no file was submitted; submit the .ipynb file"
    ]
    assert found["Ada_12"]["messages"][0] == (
        "several files: double.py was graded, not old/double.py"
    )
    pages = {name: (out / "students" / name / "feedback.html").read_text("utf-8") for name in found}
    assert "not old/double.py" in page_text(pages["Ada_12"])
    said = page_text(pages["Bob_13"])
    assert (
        "Submit the notebook itself, the file that ends in .ipynb, alone or in a zip file." in said
    )
    assert "SHA-256" not in said
    for name, page in pages.items():
        assert not [other for other in found if other != name and other in page]


def test_terminal_and_overview_tell(graded: tuple[Path, Ran]) -> None:
    """The terminal and the overview name the choice and those without anything to grade."""
    out, ran = graded
    place = "class/download.zip/Ada_12_assignsubmission_file"
    assert ran.err.splitlines()[:2] == [
        f"grader: Ada_12: {place}/double.py was graded, not {place}/old/double.py",
        f"grader: skipped {out.parent}/class: 1 online text (onlinetext.html)",
    ]
    assert "Needs attention: 3 students" in ran.out
    assert "Several files (1): Ada_12" in ran.out
    page = page_text((out / "index.html").read_text("utf-8"))
    assert "double.py was graded. Not graded: old/double.py." in page
    assert "Check that the correct file was graded. To grade the other file, remove" in page


def test_second_run_changes_nothing(graded: tuple[Path, Ran], tiny: Path) -> None:
    """A second run leaves the same results, and grades what it kept not again."""
    out, _ = graded
    before, stamps = results(out), _stamps(out)
    ran = _batch(out.parent / "class", tiny, out)
    assert ran.code == 0
    assert results(out) == before
    assert _stamps(out)["Ada_12"] == stamps["Ada_12"]


def _stamps(out: Path) -> dict[str, int]:
    return {p.parent.name: p.stat().st_mtime_ns for p in out.glob("students/*/result.json")}


def test_other_choice_is_told_again(tiny: Path, tmp_path: Path) -> None:
    """A student who hands in one file more is graded again, so that the report says so."""
    home = tmp_path / "class" / "ada"
    home.mkdir(parents=True)
    (home / "a.py").write_text(RIGHT)
    (tmp_path / "class" / "bob.py").write_text(RIGHT)
    assert _batch(tmp_path / "class", tiny, tmp_path / "out").code == 0
    (home / "a old.py").write_text(HALF)
    assert _batch(tmp_path / "class", tiny, tmp_path / "out").code == 0
    assert results(tmp_path / "out")["ada"]["messages"] == [
        "several files: a.py was graded, not a old.py"
    ]


def _replacing(monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """Let something happen after the class was found and before anything of it is read."""
    real = class_run.job_of

    def late(entry: Entry) -> Job:
        change()
        return real(entry)

    monkeypatch.setattr(class_run, "job_of", late)


def test_replaced_zip_is_not_graded(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a zip is replaced while the class runs, nothing is graded on another's file."""
    source = tmp_path / "c.zip"

    def pack(*names: str) -> None:
        with zipfile.ZipFile(source, "w") as out:
            for name in names:
                out.writestr(f"{name}.py", RIGHT if name == "al" else HALF)

    pack("al", "bo")
    _replacing(monkeypatch, lambda: pack("aa", "bo"))
    ran = _batch(source, tiny, tmp_path / "out")
    assert ran.code == 3
    assert sorted(results(tmp_path / "out")) == ["bo"]
    said = "c.zip/al.py: changed while the class was graded; run the same command again"
    assert f"grader: al: {said}" in ran.err.splitlines()
    page = (tmp_path / "out" / "students" / "al" / "feedback.html").read_text("utf-8")
    assert "changed while" not in page
    assert said in page_text((tmp_path / "out" / "index.html").read_text("utf-8")).replace(
        "graded. Run", "graded; run"
    )


@pytest.mark.parametrize("is_removed", [False, True])
def test_replaced_file_is_not_graded(
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_removed: bool,  # noqa: FBT001
) -> None:
    """A file, or a module beside it, that changes while the class runs is not graded."""
    home = tmp_path / "class"
    (home / "al").mkdir(parents=True)
    (home / "al" / "a.py").write_text("from own import double, triple\n" + RIGHT)
    (home / "al" / "own.py").write_text("x = 1\n")
    (home / "bo.py").write_text(HALF)

    def change() -> None:
        if is_removed:
            (home / "bo.py").unlink(missing_ok=True)
        else:
            (home / "al" / "own.py").write_text("double = triple = len\n")

    _replacing(monkeypatch, change)
    ran = _batch(home, tiny, tmp_path / "out")
    assert ran.code == 3
    assert sorted(results(tmp_path / "out")) == ["al" if is_removed else "bo"]


def test_numbers_are_no_formulas() -> None:
    """A number that a spreadsheet would compute is text, in the last column."""
    result = StoredResult(
        assignment="a", student="a", path="a.py", sha256="0", status=SubmissionStatus.GRADED,
        score=1.0, max_score=2.0, parts=(), number="=1+1",
    )  # fmt: skip
    assert grades_csv([result]).splitlines()[1] == "a,a.py,graded,1,2,'=1+1"
