"""A class: results for all, the same however many at a time, and a stopped run goes on."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run, timeless

from grader.catalog import say
from grader.course import batch, cluster, job
from grader.course.collecting.collect import Collection, collect
from grader.course.collecting.entry import Entry
from grader.course.crew import FinishedJob
from grader.course.job import Job
from grader.course.lock import Lock
from grader.course.store import Store
from grader.errors import LostError, SandboxError
from grader.results import State, SubmissionResult
from grader.sandbox.endings import SuspectError

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
    """A batch leaves the overview, the grades, a page and a result a student, and the evidence."""
    out = graded / "out"
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    students = ("alice", "bob", "carol", "dave")
    files = [f"students/{s}/{name}" for s in students for name in ("feedback.html", "result.json")]
    kept = [f".evidence/{student}.json.gz" for student in students]
    assert names == [*kept, "grades.csv", "index.html", *files]


def test_grades_are_a_table(graded: Path) -> None:
    """The grades have a row a student and a column a part; what is unreadable has none."""
    assert (graded / "out" / "grades.csv").read_bytes().decode().split("\r\n") == [
        "student,submission,status,score,max_score,double,triple,number",
        "alice,alice.py,graded,10,10,6,4,",
        "bob,bob.py,graded,6,10,6,0,",
        "carol,carol.py,graded,0,10,0,0,",
        "dave,dave.ipynb,unreadable,,10,,,",
        "",
    ]


def test_unreadable_has_a_result(graded: Path) -> None:
    """A submission that cannot be read has a result that says why, and a page."""
    dave = results(graded / "out")["dave"]
    assert (dave["status"], dave["score"], dave["max_score"]) == ("unreadable", 0, 10)
    assert dave["messages"] == [
        "dave.ipynb: the file is cut off: it ends at line 1, in the middle of the notebook; upload it again"
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


def test_other_language_grades_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class that is resumed in another language gets results and reports in it, ungraded.

    They are those that grading in that language gives, durations aside.
    """
    home, out = hand_in(tmp_path / "class", alice=HALF, bob=RIGHT), tmp_path / "out"
    other = ("-a", tiny, "--seed", 1, "--lang", "de")
    assert run("batch", home, "--out", tmp_path / "german", *other).code == 0
    stamps, said = [], []
    for lang in ("en", "de", "de", "en"):
        options = ("--out", out, "-a", tiny, "--seed", 1, "--lang", lang)
        assert run("batch", home, *options).code == 0
        result = results(out)["alice"]
        said.append((result["environment"]["lang"], result["parts"][0]["notes"][0]))
        stamps.append(_written(out)["alice"])
        if lang == "de":
            page = (out / "students" / "alice" / "feedback.html").read_text("utf-8")
            assert '<html lang="de">' in page
            wanted = {name: timeless(one) for name, one in results(tmp_path / "german").items()}
            assert {name: timeless(one) for name, one in results(out).items()} == wanted
        monkeypatch.setattr("grader.course.job.grade", None)  # nothing is graded any more
    assert said[0] == said[3] == ("en", "Found in line 1.")
    assert said[1] == said[2] == ("de", "Gefunden in Zeile 1.")
    assert stamps[0] != stamps[1] == stamps[2]


@pytest.mark.parametrize(
    "data", [b"", b"x", *(gzip.compress(text, mtime=0) for text in (b"{}", b"[1]"))]
)
def test_lost_evidence_grades_again(tiny: Path, tmp_path: Path, data: bytes) -> None:
    """Where nothing is kept to put into other words, the submission is graded again."""
    home, out = hand_in(tmp_path / "class", alice=HALF), tmp_path / "out"
    for lang in ("en", "de"):
        options = ("--out", out, "-a", tiny, "--seed", 1, "--lang", lang)
        assert run("batch", home, *options).code == 0
        (kept,) = (out / ".evidence").iterdir()
        kept.write_bytes(data)
    assert results(out)["alice"]["environment"]["lang"] == "de"


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
from grader.cli.entry import main
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
        cwd=Path(__file__).parents[2],
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


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_stops_politely(
    running: subprocess.Popen[str], tiny: Path, tmp_path: Path, number: int, code: int
) -> None:
    """A run that is asked to end says in one line how to go on; what is there is whole."""
    os.kill(running.pid, number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == code
    assert err.splitlines()[-1] == "grader: interrupted; run the same command again to continue"
    assert "Traceback" not in err
    assert out == ""
    before = _written(tmp_path / "out")
    assert 0 < len(before) < 8
    left = [path.name for path in (tmp_path / "out").rglob(".*")]
    assert left == [".evidence"]
    ran = run("batch", tmp_path / "class", "--out", tmp_path / "out", "-a", tiny)
    assert ran.code == 0, ran.err
    after = _written(tmp_path / "out")
    assert len(after) == 8
    assert {name: after[name] for name in before} == before


def test_signals_are_left_as_they_were(tmp_path: Path) -> None:
    """After a command the signals do what they did before."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    assert run("check", tmp_path / "none.py").code == 2
    assert [signal.getsignal(number) for number in numbers] == before


def test_our_failure_costs_no_one_else(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the grader fails on one, the others are graded, and the exit code says so."""
    real = job.grade

    def failing(*args: object, student: str, **more: object) -> object:
        if student == "bob":
            raise RuntimeError("boom")
        return real(*args, student=student, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(job, "grade", failing)
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
    assert rows[2] == "bob,bob.py,crashed,,10,,,"

    monkeypatch.setattr(job, "grade", real)
    assert run("batch", home, *options).code == 0
    assert results(tmp_path / "out")["bob"]["score"] == 10


SUSPECT = say("stopped.by_signal", number=9)


def _suspect(
    monkeypatch: pytest.MonkeyPatch, *, always: bool, error: Exception | None = None
) -> None:
    """Let the machine end bob's child, once or always."""
    real = job.grade

    def graded(*args: Any, student: str, is_last: bool = False, **more: Any) -> SubmissionResult:
        if student != "bob":
            return real(*args, student=student, **more)
        if not is_last:
            raise error or SuspectError(SUSPECT)
        result = real(*args, student=student, **more)
        if not always:
            return result
        first, *others = result.parts
        first = replace(first, state=State.UNCHECKED, score=0.0)
        return replace(result, parts=(first, *others), messages=("The machine killed it.",))

    monkeypatch.setattr(job, "grade", graded)


@pytest.mark.parametrize(
    "error", [SuspectError(SUSPECT), SandboxError("gone"), OSError(24, "too many"), MemoryError()]
)
def test_suspect_is_judged_again(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What the machine did not let end is judged again, and has what an undisturbed run gives."""
    home = hand_in(tmp_path / "class", alice=RIGHT, bob=RIGHT, carol=HALF)
    common = ("batch", home, "-a", tiny, "--seed", 1)
    assert run(*common, "--out", tmp_path / "one").code == 0
    _suspect(monkeypatch, always=False, error=error)
    ran = run(*common, "--out", tmp_path / "two")
    assert ran.code == 0, ran.err
    assert [line.split()[1] for line in ran.err.splitlines()][-1] == "bob"
    one, two = results(tmp_path / "one"), results(tmp_path / "two")
    assert {name: timeless(r) for name, r in one.items()} == {
        name: timeless(r) for name, r in two.items()
    }


def test_suspect_twice_is_not_checked(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine does not let end has no points that count, and staff is told why."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT, bob=RIGHT), tmp_path / "out"
    options = ("--out", out, "-a", tiny, "--seed", 1)
    assert run("batch", home, *options).code == 0
    _suspect(monkeypatch, always=True)
    ran = run("batch", home, *options, "--fresh")
    assert ran.code == 3
    assert "[2/2] bob  could not be checked: part 1" in ran.err
    assert list(results(out)) == ["alice"]
    assert "We could not check this part." in (out / "students/bob/feedback.html").read_text()
    assert (out / "grades.csv").read_text("utf-8").splitlines()[2] == "bob,bob.py,graded,,10,,4,"
    assert "The machine killed it." in (out / "index.html").read_text("utf-8")


def test_check_that_raises_is_our_failure(tmp_path: Path) -> None:
    """A part whose check raised has no result: the exit code says so, and a mended one counts."""
    tiny, home = assignment(tmp_path), tmp_path / "class"
    declared = (tiny / "assignment.py").read_text("utf-8")
    raising = declared.replace(
        "        found = ", "        assert student.answer(case).ndim\n        found = "
    )
    (tiny / "assignment.py").write_text(raising, "utf-8")
    hand_in(home, alice=RIGHT, bob="def double(x): return x.sum()\ndef triple(x): return 3 * x\n")
    options = ("--out", tmp_path / "out", "-a", tiny, "--seed", 1)
    ran = run("batch", home, *options)
    assert ran.code == 3, ran.err
    assert list(results(tmp_path / "out")) == ["alice"]
    (tiny / "assignment.py").write_text(declared, "utf-8")
    assert run("batch", home, *options).code == 0
    assert results(tmp_path / "out")["bob"]["score"] == 4


def test_no_server_is_not_their_fault(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no fork server can be started again, everybody has a row and nobody a zero."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT, bob=RIGHT), tmp_path / "out"
    said = "the process that runs submissions did not start: no memory; reinstall the grader"

    def graded(*_: object, **__: object) -> None:
        raise SandboxError(said)

    monkeypatch.setattr(job, "grade", graded)
    monkeypatch.setattr(job, "ForkServer", _not_started)
    ran = run("batch", home, "--out", out, "-a", tiny, "--seed", 1)
    assert ran.code == 3
    assert [line.split("  ")[0] for line in ran.err.splitlines()] == [
        *("[1/2] alice", "grader: alice: " + said.partition(";")[0]),
        *("[2/2] bob", "grader: bob: " + said.partition(";")[0]),
    ]
    assert results(out) == {}
    assert (out / "grades.csv").read_text("utf-8").splitlines()[1:] == [
        "alice,alice.py,crashed,,10,,,",
        "bob,bob.py,crashed,,10,,,",
    ]
    assert "no memory" in (out / "index.html").read_text("utf-8")


def _not_started() -> None:
    """A fork server that cannot be started a second time."""
    raise SandboxError("the process that runs submissions did not start: no memory")


def test_failure_leaves_no_old_result(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --fresh, an old result never stays beside a page that says that it failed."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    options = ("--out", out, "-a", tiny, "--seed", 1)
    assert run("batch", home, *options).code == 0

    def graded(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(job, "grade", graded)
    assert run("batch", home, *options, "--fresh").code == 3
    assert results(out) == {}
    page = (out / "students/alice/feedback.html").read_text("utf-8")
    assert "We could not check your submission. The problem is on our side" in page


def test_folder_has_one_run(tiny: Path, tmp_path: Path) -> None:
    """A second run into a folder is refused, before it changes anything there."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    options = ("--out", out, "-a", tiny, "--seed", 1)
    assert run("batch", home, *options).code == 0
    before = _written(out)
    store = Store(out)
    assert store.open()
    ran = run("batch", home, *options, "--fresh")
    store.close()
    assert (ran.code, ran.out, _written(out)) == (2, "", before)
    assert ran.err.startswith(f"grader: {out}: another run is using this folder (process ")
    assert run("batch", home, *options).code == 0


def test_folder_without_locks_is_told(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file system has no locks, a line says what to keep from."""
    monkeypatch.setattr(Lock, "take", lambda _: False)
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    ran = run("batch", home, "--out", out, "-a", tiny)
    assert ran.code == 0
    assert ran.err.splitlines()[0] == (
        f"grader: {out}: its file system has no locks; do not start another run with this folder"
    )


def _vanish(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let a file go once it has been found."""

    def found(*args: Any, **more: Any) -> Collection:
        collection = collect(*args, **more)
        path.unlink(missing_ok=True)
        return collection

    monkeypatch.setattr(batch, "collect", found)


def test_vanished_file_is_no_zero(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that vanishes during a run is told in it, and its student stays in later ones."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT, bob=RIGHT), tmp_path / "out"
    options = ("batch", home, "--out", out, "-a", tiny, "--seed", 1)
    _vanish(monkeypatch, home / "bob.py")
    ran = run(*options)
    assert ran.code == 3
    assert "bob  could not be checked: part 1 and part 2" in ran.err
    row = "bob,bob.py,crashed,,10,,,"
    assert (out / "grades.csv").read_text("utf-8").splitlines()[2] == row
    assert "class/bob.py: changed while the class was graded" in (out / "index.html").read_text(
        "utf-8"
    )
    ran = run(*options)
    assert ran.code == 0
    assert "No longer submitted (1): bob" in ran.out
    assert (out / "grades.csv").read_text("utf-8").splitlines()[2] == "bob,,crashed,,10,,,"
    assert "It was never checked." in (out / "index.html").read_text("utf-8")


def test_closed_folder_has_a_row(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student whose folder may not be read is not lost: a row, a line, exit code 3."""
    home, out = tmp_path / "class", tmp_path / "out"
    for name in ("alice", "bob"):
        hand_in(home / name, work=RIGHT)
    scan = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path).name == "bob":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("grader.course.collecting.sources.os.scandir", scandir)
    ran = run("batch", home, "--out", out, "-a", tiny, "--seed", 1)
    assert ran.code == 3
    said = "class/bob/*.ipynb: this folder cannot be read; check its permissions"
    assert [line for line in ran.err.splitlines() if line.startswith("grader:")] == [
        f"grader: bob: {said}"
    ]
    assert "Could not be checked (1): bob" in ran.out
    assert said in (out / "index.html").read_text("utf-8")
    assert (out / "grades.csv").read_text("utf-8").splitlines()[1:] == [
        "alice,work.py,graded,10,10,6,4,",
        "bob,*.ipynb,crashed,,10,,,",
    ]


def test_no_longer_handed_in_stays(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose file vanishes keeps an earlier result, and stays in grades and overview with it."""
    home, out = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF), tmp_path / "out"
    options = ("batch", home, "--out", out, "-a", tiny)
    assert run(*options, "--seed", 1).code == 0
    kept = results(out)["ann"]
    _vanish(monkeypatch, home / "ann.py")
    assert run(*options).code == 3
    assert results(out)["ann"] == kept
    ran = run(*options)
    assert ran.code == 0
    assert ran.out.startswith("Graded 1 of 1 submission in ")
    rows = (out / "grades.csv").read_text("utf-8").splitlines()
    assert rows[1:] == ["ann,ann.py,graded,10,10,6,4,", "bob,bob.py,graded,6,10,6,0,"]
    page = (out / "index.html").read_text("utf-8")
    assert "submission that is no longer there is not included either" in page
    assert run(*options, "--seed", 2).code == 0
    assert run(*options).code == 0
    assert {name: r["seed"] for name, r in results(out).items()} == {"ann": 1, "bob": 2}


@dataclass
class Odd:
    """A crew that loses what it is given, or is gone, or cannot be reached."""

    is_gone: bool = False
    is_lost: bool = False
    has_room: bool = True
    taken: list[FinishedJob] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing."""
        return not self.taken

    def take(self, entry: Entry, job: Job) -> None:
        """Take one."""
        assert not self.is_gone
        self.taken.append(FinishedJob(entry=entry, job=job, result=None))

    def ended(self, within_s: float) -> list[FinishedJob]:
        """Lose what it has."""
        assert within_s > 0
        if self.is_lost:
            raise LostError("the scheduler is gone")
        taken, self.taken = self.taken, []
        return taken


def _graded_by(monkeypatch: pytest.MonkeyPatch, crew: Odd) -> None:
    """Let a crew stand where the workers of a cluster do."""
    monkeypatch.setattr(cluster, "connected", lambda *_: nullcontext(crew))


@pytest.mark.parametrize("is_gone", [False, True])
def test_workers_that_lose_all_cost_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_gone: bool
) -> None:
    """What workers lose twice, or what none is left for, is graded here, with the same results."""
    home = hand_in(tmp_path / "class", alice=RIGHT, bob=HALF)
    common = ("batch", home, "-a", tiny, "--seed", 1)
    assert run(*common, "--out", tmp_path / "one").code == 0
    _graded_by(monkeypatch, Odd(is_gone=is_gone))
    ran = run(*common, "--out", tmp_path / "two", "--dask", "somewhere")
    assert ran.code == 0, ran.err
    said = "grader: no worker is left; grading the rest on this machine"
    assert ran.err.splitlines().count(said) == is_gone
    one, two = results(tmp_path / "one"), results(tmp_path / "two")
    assert {name: timeless(r) for name, r in one.items()} == {
        name: timeless(r) for name, r in two.items()
    }


def test_lost_scheduler_leaves_an_overview(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the scheduler is lost, one line says so; everybody has a row, results are kept."""
    home, out = hand_in(tmp_path / "class", alice=RIGHT), tmp_path / "out"
    options = ("batch", home, "--out", out, "-a", tiny)
    assert run(*options, "--seed", 1).code == 0
    hand_in(home, bob=RIGHT)
    _graded_by(monkeypatch, Odd(is_lost=True))
    for more in ((), ("--fresh",)):
        ran = run(*options, *more, "--dask", "somewhere")
        assert ran.code == 3
        assert "grader: the scheduler is gone" in ran.err.splitlines()[-2:]
        assert list(results(out)) == ["alice"]
        rows = (out / "grades.csv").read_text("utf-8").splitlines()
        assert rows[2] == "bob,bob.py,crashed,,10,,,"
        assert "The scheduler is gone." in (out / "index.html").read_text("utf-8")
    assert run(*options).code == 0
    assert {r["score"] for r in results(out).values()} == {10.0}


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
    assert ran.err.startswith("grader: assignment '': not found; use ")


def test_output_is_plain_when_piped(graded: Path, tiny: Path, tmp_path: Path) -> None:
    """Without a terminal there is one line a student, no color, and nothing is drawn over."""
    ran = run("batch", graded / "class", "--out", tmp_path / "out", "-a", tiny, "--seed", 7)
    assert len(ran.err.splitlines()) == 4
    assert not {"\x1b", "\r"} & set(ran.out + ran.err)
    lines = ran.out.splitlines()
    assert lines[0].startswith("Graded 3 of 4 submissions in ")
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
