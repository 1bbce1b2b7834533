"""`grader batch --only ID`: one student graded again, everybody else as before."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sound_pages import assert_sound
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run

from grader.course.collecting.collect import collect
from grader.course.naming import named_students


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


def _graded(tiny: Path, folder: Path) -> tuple[Path, Path]:
    home = hand_in(folder / "class", alice=RIGHT, bob=HALF, carol=NONE)
    out = folder / "out"
    assert run("batch", home, "--out", out, "-a", tiny).code == 0
    return home, out


def _written(out: Path) -> dict[str, int]:
    return {p.parent.name: p.stat().st_mtime_ns for p in out.glob("students/*/result.json")}


def test_only_these_are_graded_again(tiny: Path, tmp_path: Path) -> None:
    """The named are graded again though nothing changed, with the class's seed; all have a row."""
    home, out = _graded(tiny, tmp_path)
    before, first = _written(out), results(out)
    ran = run("batch", home, "--out", out, "-a", tiny, "--only", "bob", "--only", "carol")
    assert ran.code == 0, ran.err
    assert "alice" not in ran.err, "only who is graded now has a line"
    assert "grader: 1 result kept from earlier runs\n" in ran.err
    changed = {name for name, when in _written(out).items() if when != before[name]}
    assert changed == {"bob", "carol"}
    assert results(out)["bob"]["seed"] == first["bob"]["seed"]
    rows = list(csv.DictReader((out / "grades.csv").read_text("utf-8").splitlines()))
    assert [(row["student"], row["score"]) for row in rows] == [
        ("alice", "10"), ("bob", "6"), ("carol", "0"),
    ]  # fmt: skip
    said = assert_sound((out / "index.html").read_text("utf-8"), is_scripted=True).said
    assert "3 of 3 students graded" in said


def test_others_stay_and_are_told(tiny: Path, tmp_path: Path) -> None:
    """What changed or is new beside them is not graded; a line names it, and it has a row."""
    home, out = _graded(tiny, tmp_path)
    hand_in(home, alice=HALF)
    ran = run("batch", home, "--out", out, "-a", tiny, "--only", "bob")
    assert ran.code == 0, ran.err
    assert (
        "grader: 1 other submission has no result or has changed: alice; run the command without "
        "`--only` to grade it\n"
    ) in ran.err
    assert results(out)["alice"]["score"] == 10
    hand_in(home, dave=RIGHT)
    ran = run("batch", home, "--out", out, "-a", tiny, "--only", "bob")
    assert ran.code == 3
    assert "2 other submissions have no result or have changed: alice, dave;" in ran.err
    grades = (out / "grades.csv").read_text("utf-8")
    assert "\ndave,dave.py,crashed,,10,,,\n" in grades.replace("\r", "")
    assert run("batch", home, "--out", out, "-a", tiny).code == 0
    assert {name: made["score"] for name, made in results(out).items()} == {
        "alice": 6, "bob": 6, "carol": 0, "dave": 10,
    }  # fmt: skip


def test_unknown_id_is_one_line(tiny: Path, tmp_path: Path) -> None:
    """An ID of nobody is one line, with those that are nearly it, before anything is graded."""
    home = hand_in(tmp_path / "class", alice=RIGHT, alicia=HALF)
    out = tmp_path / "out"
    for name, what_to_do in (("alcie", "did you mean alice or alicia?"),
                             ("zoe", "the overview lists the IDs")):  # fmt: skip
        ran = run("batch", home, "--out", out, "-a", tiny, "--only", name)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.splitlines()[-1] == (
            f"grader: --only {name}: no submission has this ID; {what_to_do}"
        )
    for name, said in (("Alic", " Alic: could be alice or alicia; name one of them"),
                       ("", ": the ID is empty; the overview lists the IDs")):  # fmt: skip
        ran = run("batch", home, "--out", out, "-a", tiny, "--only", name)
        assert (ran.code, ran.err.splitlines()[-1]) == (2, f"grader: --only{said}")
    assert not (out / "index.html").exists()


def test_students_have_several_names(tmp_path: Path) -> None:
    """A student is known by ID, by number, and by a start that is nobody else's, in any case."""
    names = ("Anna Schmidt_2101", "Anna Ünal_2102", "21_77")
    files = [f"{name}_assignsubmission_file/k.py" for name in names]
    for file in files:
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text(RIGHT, "utf-8")
    entries = collect([tmp_path]).entries
    for name in ("2101", "anna s", "ANNA SCHMIDT_2101", "Anna Schmidt_2101"):
        assert named_students([name], entries) == ("Anna Schmidt_2101",)
    assert named_students(["anna ü", "2102"], entries) == ("Anna Ünal_2102",)


def test_change_is_told(tiny: Path, tmp_path: Path) -> None:
    """After `--only` a line says what has changed; a PDF that stays one is not named."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT, bob=HALF), tmp_path / "out"
    (home / "carol.pdf").write_bytes(b"%PDF-1.7")
    assert run("batch", home, "--out", out, "-a", tiny).code == 0
    ran = run("batch", home, "--out", out, "-a", tiny, "--only", "ALICE")
    assert ran.err.endswith("\ngrader: alice: 10/10, as before\n")
    hand_in(home, alice=HALF)
    ran = run("batch", home, "--out", out, "-a", tiny, "--only", "alice")
    assert ran.err.endswith("\ngrader: alice: 6/10, was 10/10\n")


def test_only_is_fresh_already(tiny: Path, tmp_path: Path) -> None:
    """`--only` with `--fresh` is refused: the one says whom, the other all."""
    ran = run("batch", tmp_path, "--out", tmp_path / "out", "-a", tiny, "--only", "a", "--fresh")
    assert ran.code == 2
    assert ran.err == (
        "grader batch: --fresh: cannot be combined with --only; choose one of them\n"
    )
