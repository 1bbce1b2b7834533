"""A class is graded only where a right solution gets all points, and the untouched notebook none."""

from pathlib import Path
from typing import Any

import pytest
from sound_pages import assert_sound
from tiny_class import HALF, NONE, RIGHT, Ran, assignment, hand_in, results, run

from grader.assignment import registry
from grader.course import controls
from grader.course.controls import Control
from grader.results import SubmissionResult

HEADING = "Can you trust these results?"


def declare(folder: Path, *, right: str = RIGHT, untouched: str = "") -> Path:
    """Make the tiny assignment with a solution, and another notebook if one is given."""
    tiny = assignment(folder)
    (tiny / "alternative.py").write_text(right, "utf-8")
    declared = (tiny / "assignment.py").read_text("utf-8")
    solution = 'solutions=(Path(__file__).with_name("alternative.py"),), parts=(part('
    (tiny / "assignment.py").write_text(declared.replace("parts=(part(", solution), "utf-8")
    if untouched:
        (tiny / "tiny.py").write_text(untouched, "utf-8")
    return tiny


def grade(folder: Path, tiny: Path, *more: str) -> Ran:
    """Grade a class of two."""
    home = hand_in(folder / "class", alice=RIGHT, bob=HALF)
    return run("batch", home, "--out", folder / "out", "-a", tiny, "--seed", 1, *more)


def soundness(folder: Path) -> str:
    """What the overview says about the checking itself."""
    page = assert_sound((folder / "out" / "index.html").read_text("utf-8"), is_scripted=True)
    return page.said.partition(HEADING)[2].partition("Nothing needs your")[0].strip()


def test_sound_run_says_so(tmp_path: Path) -> None:
    """The overview tells what a right solution got before and after, and the untouched notebook."""
    ran = grade(tmp_path, declare(tmp_path))
    assert ran.code == 0, ran.err
    assert soundness(tmp_path) == (
        "Reference solution 10/10 Reference solution, again at the end 10/10 Untouched notebook "
        "0/10 Whether wrong solutions lose points where they should: grader audit shows it."
    )
    assert sorted(results(tmp_path / "out")) == ["alice", "bob"]


def test_no_solution_is_said(tmp_path: Path) -> None:
    """An assignment without a solution says that none was graded."""
    assert grade(tmp_path, assignment(tmp_path)).code == 0
    said = soundness(tmp_path)
    assert said.startswith("Untouched notebook 0/10 The assignment does not include a solution")


def test_kept_results_are_not_vouched_for(tmp_path: Path) -> None:
    """A run that graded nothing says so in the place of a self-test."""
    tiny = declare(tmp_path)
    for _ in range(2):
        assert grade(tmp_path, tiny).code == 0
    assert soundness(tmp_path) == (
        "Nothing was graded in this run. All results are from an earlier run."
    )


def test_losing_solution_stops_class(tmp_path: Path) -> None:
    """Where the right solution loses points, the run ends with one line and grades no class."""
    ran = grade(tmp_path, declare(tmp_path, right=HALF))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "grader: assignment 'tiny': a correct solution gets 6 of 10 points (it is incorrect in 3 "
        "of 3 entries), so no class can be graded; run grader audit and fix the assignment\n"
    )
    assert not (tmp_path / "out" / "index.html").exists()


def test_earning_notebook_stops_class(tmp_path: Path) -> None:
    """Where the notebook as it is handed out earns points, so does the run."""
    notebook = "double = lambda x: 2 * x\n"
    ran = grade(tmp_path, declare(tmp_path, untouched=notebook))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(
        "grader: assignment 'tiny': the untouched notebook gets 6 of 10 points, so no class"
    )


def test_unreadable_solution_is_named(tmp_path: Path) -> None:
    """A solution that is no Python is named in one line."""
    ran = grade(tmp_path, declare(tmp_path, right="def double(x:\n"))
    assert ran.code == 2
    assert ran.err == (
        "grader: assignment 'tiny', solution 'alternative.py', line 1: is not valid Python: "
        "'(' was never closed; fix the file\n"
    )


def test_loss_after_class_needs_attention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right solution that loses points after the class makes its results suspect."""
    real, tried = controls.graded, []

    def second_is_half(control: Control, *args: Any, **more: Any) -> SubmissionResult:
        tried.append(control.kind)
        if tried.count("right") == 2:
            control = Control(kind="right", submission=half)
        return real(control, *args, **more)

    tiny = declare(tmp_path)
    (tmp_path / "half").mkdir()
    other = declare(tmp_path / "half", right=HALF)
    half = controls.controls_of(registry.load(str(other)))[0].submission
    monkeypatch.setattr(controls, "graded", second_is_half)
    assert grade(tmp_path, tiny).code == 0
    said = assert_sound((tmp_path / "out" / "index.html").read_text("utf-8"), is_scripted=True).said
    assert (
        "These results are not reliable 1 Do not use these points. Run grader audit to find the "
        "cause. Reference solution, again at the end 6/10"
    ) in said


def test_stale_list_is_removed(tmp_path: Path) -> None:
    """A list of students that an earlier, larger class left is not kept beside a new overview."""
    stale = tmp_path / "out" / "students-list.html"
    stale.parent.mkdir()
    stale.write_text("old", "utf-8")
    assert grade(tmp_path, assignment(tmp_path)).code == 0
    assert not stale.exists()


def test_hidden_inputs_are_described(tmp_path: Path) -> None:
    """The overview describes what goes into hidden checks; no student's page does."""
    hand_in(tmp_path / "class", carol=NONE)
    assert grade(tmp_path, assignment(tmp_path)).code == 0
    index = assert_sound((tmp_path / "out" / "index.html").read_text("utf-8"), is_scripted=True)
    assert "Part 1 one: x (3,) Part 2 one: x (3,)" in index.said
    for page in (tmp_path / "out").glob("students/*/*"):
        assert "(3,)" not in page.read_text("utf-8")
