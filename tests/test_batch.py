"""A class: results for all, the same however many at a time, and a stopped run goes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run, timeless

from grader import marking
from grader.batch import remaining

SLOW = "import time\nwait = time.sleep(0.3)\ndef double(x, w=wait): return 2 * x\n"
"""It takes a moment, so that a class can be stopped in the middle."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


@pytest.fixture(scope="module")
def graded(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class that was graded two at a time, one of its files being damaged."""
    home = tmp_path_factory.mktemp("graded")
    hand_in(home / "class", alice=RIGHT, bob=HALF, carol=NONE)
    (home / "class" / "dave.ipynb").write_text("{", "utf-8")
    ran = run("batch", home / "class", "--out", home / "out", "-a", tiny, "--seed", 7, "--jobs", 2)
    assert ran.code == 0, ran.err
    return home


def test_class_leaves_its_files(graded: Path) -> None:
    """A batch leaves the overview, the grades, and a page and a result a student, no more."""
    out = graded / "out"
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    students = ("alice", "bob", "carol", "dave")
    files = [f"students/{s}/{name}" for s in students for name in ("feedback.html", "result.json")]
    assert names == ["grades.csv", "index.html", *files]


def test_grades_are_a_table(graded: Path) -> None:
    """The grades have a row a student and a column a part; what is unreadable has 0."""
    assert (graded / "out" / "grades.csv").read_bytes().decode().split("\r\n") == [
        "student,submission,status,score,max_score,double,triple",
        "alice,alice.py,graded,10,10,6,4",
        "bob,bob.py,graded,6,10,6,0",
        "carol,carol.py,graded,0,10,0,0",
        "dave,dave.ipynb,unreadable,0,10,0,0",
        "",
    ]


def test_unreadable_has_a_result(graded: Path) -> None:
    """A submission that cannot be read has a result that says why, and a page."""
    dave = results(graded / "out")["dave"]
    assert (dave["status"], dave["score"], dave["max_score"]) == ("unreadable", 0, 10)
    assert dave["messages"] == [
        "dave.ipynb: the file is cut off, it ends in line 1 in mid-notebook; upload it again"
    ]
    assert [part["status"] for part in dave["parts"]] == ["missing", "missing"]


def test_jobs_change_nothing(graded: Path, tiny: Path, tmp_path: Path) -> None:
    """One at a time or two: the same results, the same grades."""
    options = ("-a", tiny, "--seed", 7, "--jobs", 1)
    assert run("batch", graded / "class", "--out", tmp_path / "out", *options).code == 0
    one, two = results(tmp_path / "out"), results(graded / "out")
    assert {name: timeless(r) for name, r in one.items()} == {
        name: timeless(r) for name, r in two.items()
    }
    grades = [folder / "grades.csv" for folder in (tmp_path / "out", graded / "out")]
    assert grades[0].read_bytes() == grades[1].read_bytes()


def _written(out: Path) -> dict[str, int]:
    return {p.parent.name: p.stat().st_mtime_ns for p in out.glob("students/*/result.json")}


def test_second_run_grades_what_is_new(tiny: Path, tmp_path: Path) -> None:
    """A second run keeps results, and grades changed, new, half-written and pageless ones again."""
    home, out = tmp_path / "class", tmp_path / "out"
    hand_in(home, alice=RIGHT, bob=HALF, carol=RIGHT, dave=RIGHT, erin=RIGHT)
    assert run("batch", home, "--out", out, "-a", tiny).code == 0
    before, first = _written(out), results(out)

    hand_in(home, bob=RIGHT, frank=HALF)
    carol = out / "students" / "carol" / "result.json"
    carol.write_text(carol.read_text("utf-8")[:-30], "utf-8")
    (out / "students" / "dave" / "feedback.html").unlink()
    (out / "students" / "erin" / ".writing-left").write_text("half", "utf-8")
    ran = run("batch", home, "--out", out, "-a", tiny)
    assert ran.code == 0, ran.err

    after, second = _written(out), results(out)
    assert {name for name in after if after[name] != before.get(name)} == {
        "bob",
        "carol",
        "dave",
        "frank",
    }
    assert {name: r["score"] for name, r in second.items()} == {
        "alice": 10, "bob": 10, "carol": 10, "dave": 10, "erin": 10, "frank": 6,
    }  # fmt: skip
    assert {r["seed"] for r in second.values()} == {first["alice"]["seed"]}
    assert not list(out.rglob(".writing-*"))
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        assert [row["student"] for row in csv.DictReader(file)] == sorted(second)


def test_fresh_and_other_seed_grade_again(tiny: Path, tmp_path: Path) -> None:
    """With --fresh, or with another seed, nothing of an earlier run is kept."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    stamps = []
    for more in (("--seed", 1), ("--seed", 1), ("--seed", 1, "--fresh"), ("--seed", 2)):
        assert run("batch", home, "--out", out, "-a", tiny, *more).code == 0
        stamps.append(_written(out)["alice"])
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 3
    assert results(out)["alice"]["seed"] == 2


def test_changed_helper_grades_again(tiny: Path, tmp_path: Path) -> None:
    """A submission whose module beside it was changed is graded again."""
    notebook = {"cells": [{"cell_type": "code", "source": "from own import double, triple"}]}
    home = tmp_path / "class" / "alice"
    for source in (NONE + "def triple(x): pass\n", RIGHT):
        hand_in(home, own=source)
        (home / "hw.ipynb").write_text(json.dumps({**notebook, "nbformat": 4}), "utf-8")
        options = ("--out", tmp_path / "out", "-a", tiny, "--seed", 1)
        assert run("batch", tmp_path / "class", *options).code == 0
    assert results(tmp_path / "out")["alice"]["score"] == 10


def test_other_language_grades_again(tiny: Path, tmp_path: Path) -> None:
    """A class that is resumed in another language gets results and reports in it, once."""
    home, out = hand_in(tmp_path / "class", alice=HALF), tmp_path / "out"
    stamps, said = [], []
    for lang in ("en", "de", "de"):
        options = ("--out", out, "-a", tiny, "--seed", 1, "--lang", lang)
        assert run("batch", home, *options).code == 0
        result = results(out)["alice"]
        said.append((result["environment"]["lang"], result["parts"][0]["notes"][0]))
        stamps.append(_written(out)["alice"])
    assert said[0] == ("en", "This part was found in line 1.")
    assert said[1] == said[2] == ("de", "Dieser Teil wurde in Zeile 1 gefunden.")
    assert stamps[0] != stamps[1] == stamps[2]
    assert '<html lang="de">' in (out / "students" / "alice" / "feedback.html").read_text("utf-8")


def test_changed_assignment_grades_again(tmp_path: Path) -> None:
    """A class whose assignment was changed is graded again."""
    tiny, home = assignment(tmp_path), hand_in(tmp_path / "class", alice=HALF)
    options = ("--out", tmp_path / "out", "-a", tiny, "--seed", 1)
    assert run("batch", home, *options).code == 0
    declared = (tiny / "assignment.py").read_text("utf-8")
    (tiny / "assignment.py").write_text(declared.replace("2, 6)", "2, 16)"), "utf-8")
    assert run("batch", home, *options).code == 0
    assert results(tmp_path / "out")["alice"]["score"] == 16


COMMAND = """
import signal, sys
from grader.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""
"""A test run in the background ignores the interrupt, and so would a command started by it."""


def _command(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        start_new_session=True,
    )


@pytest.fixture
def running(tiny: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A real run over a slow class, that has its first result and not its last."""
    names = [f"s{number}" for number in range(8)]
    hand_in(tmp_path / "class", **dict.fromkeys(names, SLOW))
    options = ("-a", tiny, "--jobs", "1", "--seed", "3")
    process = _command("batch", tmp_path / "class", "--out", tmp_path / "out", *options)
    with process:
        deadline = time.monotonic() + 60
        while not results(tmp_path / "out"):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
        process.kill()


def test_killed_run_goes_on(running: subprocess.Popen[str], tiny: Path, tmp_path: Path) -> None:
    """After a kill in the middle a second run keeps what is whole and grades the rest."""
    running.kill()
    running.wait()
    out = tmp_path / "out"
    before = _written(out)
    assert 0 < len(before) < 8
    half = out / "students" / "s7"
    half.mkdir(exist_ok=True)
    (half / "feedback.html").write_text("<p>", "utf-8")
    (half / "result.json").write_text('{"schema": "grader.result/1", "score": 1', "utf-8")
    ran = run("batch", tmp_path / "class", "--out", out, "-a", tiny, "--seed", 3)
    assert ran.code == 0, ran.err
    after = results(out)
    assert {r["score"] for r in after.values()} == {6.0}
    assert sorted(after) == [f"s{number}" for number in range(8)]
    stamps = _written(out)
    assert {name: stamps[name] for name in before} == before
    assert not list(out.rglob(".writing-*"))


def test_interrupt_stops_politely(running: subprocess.Popen[str], tmp_path: Path) -> None:
    """Ctrl-C ends a run with one line that says how to go on; what is there is whole."""
    os.kill(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.splitlines()[-1] == "grader: stopped; run the same command again to go on"
    assert "Traceback" not in err
    assert out == ""
    assert 0 < len(results(tmp_path / "out")) < 8
    assert not list((tmp_path / "out").rglob(".writing-*"))


def test_our_failure_costs_no_one_else(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the grader fails on one, the others are graded, and the exit code says so."""
    real = marking.grade

    def failing(*args: object, student: str, **more: object) -> object:
        if student == "bob":
            raise RuntimeError("boom")
        return real(*args, student=student, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(marking, "grade", failing)
    home = hand_in(tmp_path / "class", alice=RIGHT, bob=RIGHT, carol=HALF)
    options = ("--out", tmp_path / "out", "-a", tiny, "--jobs", 1)
    ran = run("batch", home, *options)
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert sorted(results(tmp_path / "out")) == ["alice", "carol"]
    page = (tmp_path / "out" / "students" / "bob" / "feedback.html").read_text("utf-8")
    assert "boom" not in page
    assert "boom" in (tmp_path / "out" / "index.html").read_text("utf-8")
    rows = (tmp_path / "out" / "grades.csv").read_text("utf-8").splitlines()
    assert rows[2] == "bob,bob.py,crashed,0,10,0,0"

    monkeypatch.setattr(marking, "grade", real)
    assert run("batch", home, *options).code == 0
    assert results(tmp_path / "out")["bob"]["score"] == 10


def test_mixed_sources_are_one_class(tiny: Path, tmp_path: Path) -> None:
    """Folders and single files in one command are one class, and no name is taken twice."""
    hand_in(tmp_path / "one", alice=RIGHT)
    hand_in(tmp_path / "two", alice=HALF, bob=NONE)
    sources = (tmp_path / "one", tmp_path / "two" / "alice.py", tmp_path / "two" / "bob.py")
    ran = run("batch", *sources, "--out", tmp_path / "out", "-a", tiny)
    assert ran.code == 0, ran.err
    scores = sorted(r["score"] for r in results(tmp_path / "out").values())
    assert scores == [0.0, 6.0, 10.0]


def test_of_several_files_the_named_assignment_chooses(tiny: Path, tmp_path: Path) -> None:
    """With -a the file with the parts of that assignment counts, whatever else is installed."""
    (tmp_path / "class" / "alice").mkdir(parents=True)
    (tmp_path / "class" / "alice" / "a.py").write_text("import os\n")
    (tmp_path / "class" / "alice" / "b.py").write_text(RIGHT)
    done = run("batch", tmp_path / "class", "-a", tiny, "--seed", 1, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert results(tmp_path / "out")["alice"]["score"] == 10


def test_no_assignment_by_an_empty_name(tmp_path: Path) -> None:
    """An empty -a, as from a variable that is not set, is refused and not guessed over."""
    hand_in(tmp_path / "class", alice=RIGHT)
    ran = run("batch", tmp_path / "class", "-a", "", "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("grader: assignment '': not known; use one of ")


def test_output_is_plain_when_piped(graded: Path, tiny: Path, tmp_path: Path) -> None:
    """Without a terminal there is one line a student, no colour, and nothing is drawn over."""
    ran = run("batch", graded / "class", "--out", tmp_path / "out", "-a", tiny, "--seed", 7)
    assert len(ran.err.splitlines()) == 4
    assert not {"\x1b", "\r"} & set(ran.out + ran.err)
    lines = ran.out.splitlines()
    assert lines[0].startswith("Checked 3 of 4 submissions in ")
    assert f"  Overview  {tmp_path / 'out' / 'index.html'}" in lines
    assert f"  Grades    {tmp_path / 'out' / 'grades.csv'}" in lines
    assert f"  Students  {tmp_path / 'out' / 'students'}" in lines


def test_results_are_plain_json(graded: Path) -> None:
    """A result has the schema's keys in order, and no number that JSON lacks."""
    for path in (graded / "out").glob("students/*/result.json"):
        text = path.read_text("utf-8")
        data = json.loads(text, parse_constant=pytest.fail)
        assert (
            list(data)
            == (
                "schema assignment student submission status score max_score parts messages seed "
                "duration_s environment"
            ).split()
        )
        assert str(path.parent) not in text


def test_time_left_is_estimated() -> None:
    """What is left is told from the last submissions once there are some."""
    assert remaining([1.0, 2.0], 10, 2) is None
    assert remaining([1.0, 2.0, 3.0], 10, 2) == 10.0
    assert remaining([100.0] * 5 + [2.0] * 15, 3, 1) == 6.0
