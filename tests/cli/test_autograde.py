"""`grader autograde`: the files that services read, and the exit codes that they go by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sample_results import check, part, result
from service_rules import classroom50_problem, gradescope_problems
from tiny_class import HALF, RIGHT, Ran, assignment, run

from grader.assignment import Assignment, registry
from grader.course import alone
from grader.errors import SandboxError
from grader.results import State, SubmissionResult

RUNNER = {
    "CLASSROOM": "cs",
    "ASSIGNMENT": "homework-1",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "OWNER": "alice",
    "COMMIT_URL": "https://example.org/commit/1",
    "RELEASE_URL": "https://example.org/release/1",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout of a student, in the environment of Classroom 50's runner."""
    for name, value in RUNNER.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("REVIEW_URL", raising=False)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


def gradescope(root: Path, tiny: Path, *more: str, **files: str) -> tuple[Ran, dict[str, Any]]:
    """Grade files as Gradescope lays them, and get its `results.json`."""
    (root / "submission").mkdir(parents=True)
    for name, text in files.items():
        (root / "submission" / name.replace("_dot_", ".")).write_text(text, "utf-8")
    ran = run("autograde", "gradescope", "-a", tiny, "--root", root, "--seed", 5, *more)
    text = (root / "results" / "results.json").read_text("utf-8")
    assert gradescope_problems(text) == []
    found: dict[str, Any] = json.loads(text)
    return ran, found


def test_gradescope_compares_and_chooses(tiny: Path, tmp_path: Path) -> None:
    """The file with most of the assignment is graded, and the points are compared with before."""
    metadata = {
        "assignment": {"total_points": "5.0"},
        "previous_submissions": [{"submission_time": "2026-01-01T00:00:00Z", "score": 4.0}],
    }
    (tmp_path / "submission_metadata.json").write_text(json.dumps(metadata), "utf-8")
    ran, found = gradescope(
        tmp_path, tiny, answer_dot_py=HALF, older_dot_py="def double(x): return x\n"
    )
    assert (ran.code, ran.err) == (0, "")
    assert (
        found["output"].splitlines()
        == [
            "Tiny: 6 of 10 points.",
            "Several files: answer.py was graded, not old.py.",
            "Your previous submission had 4 points; this one has 2 more.",
        ]
        or "was graded, not" in found["output"]
    )
    assert [(test["number"], test["score"]) for test in found["tests"]] == [("1", 6), ("2", 0)]
    assert "Seed: 5\n" in ran.out
    assert ran.out.endswith(
        "The assignment has 5 points at Gradescope and 10 here; change the points at Gradescope.\n"
    )
    assert "seed" not in json.dumps(found)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "Could not be read: no notebook was found; submit the .ipynb file."),
        (
            {"report_dot_pdf": "%PDF-1.4"},
            "Could not be read: no notebook or script was submitted, only report.pdf; submit the "
            ".ipynb file.",
        ),
        ({"answer_dot_ipynb": "{"}, "Could not be read: "),
    ],
)
def test_gradescope_of_what_cannot_be_read(
    tiny: Path, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    """A submission without a notebook has 0 points and a reason; the run went to its end."""
    ran, found = gradescope(tmp_path, tiny, **files)
    assert ran.code == 0
    assert found["score"] == 0
    assert found["output"].splitlines()[1].startswith(said)


def test_gradescope_keeps_first_result(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the grader fails, there is a valid result that says so, and the exit code is 3."""

    def fail(*_: object, **__: object) -> None:
        raise SandboxError("no memory; use a larger container")

    monkeypatch.setattr(alone, "graded_alone", fail)
    ran, found = gradescope(tmp_path, tiny, answer_dot_py=RIGHT)
    assert (ran.code, ran.err) == (3, "grader: no memory; use a larger container\n")
    assert found["output"].startswith("The grader did not finish, so these 0 points are not")
    assert "tests" not in found


def test_classroom50_writes_all_files(tiny: Path, checkout: Path) -> None:
    """All files are there and the run ends with 0, with no text of a student's printed."""
    (checkout / "answer.py").write_text(HALF, "utf-8")
    (checkout / "README.md").write_text("# homework\n", "utf-8")
    (checkout / ".github").mkdir()
    ran = run("autograde", "classroom50", "--root", checkout, "-a", tiny)
    assert (ran.code, ran.out, ran.err) == (0, "6 of 10 points\n", "")
    text = (checkout / "result.json").read_text("utf-8")
    names = {"classroom": "cs", "assignment": "homework-1", "owner": "alice"}
    assert classroom50_problem(text, **names) == ""
    found = json.loads(text)
    assert (found["score"], found["max-score"]) == (60, 100)
    assert found["datetime"] == "2026-06-01T14:32:05Z"
    assert found["review"] == found["commit"]
    assert (checkout.parent / "output").read_text("utf-8") == (
        "status=failure\nsummary=6 of 10 points\n"
    )
    assert (checkout / "release-body.md").read_text("utf-8").startswith("### 6 of 10 points\n")
    assert "<html" in (checkout / "feedback.html").read_text("utf-8")


def test_classroom50_of_nothing(tiny: Path, checkout: Path) -> None:
    """A checkout without a notebook has 0 points, and the run went to its end."""
    (checkout / "README.md").write_text("# homework\n", "utf-8")
    ran = run("autograde", "classroom50", "--root", checkout, "-a", tiny)
    assert (ran.code, ran.out) == (0, "0 of 10 points; could not be read\n")
    assert json.loads((checkout / "result.json").read_text("utf-8"))["score"] == 0


def test_classroom50_fails_without_a_result(
    tiny: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the grader fails there is no result, and its line gives the workflow no command."""
    (checkout / "answer.py").write_text(RIGHT, "utf-8")

    def fail(*_: object, **__: object) -> None:
        raise SandboxError("it said ##[error]x and ::error::y")

    monkeypatch.setattr(alone, "graded_alone", fail)
    ran = run("autograde", "classroom50", "--root", checkout, "-a", tiny)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "grader: it said ## [error]x and : :error: :y\n"
    assert not (checkout / "result.json").exists()


@pytest.fixture
def unchecked(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that keeps the grader from checking a part."""
    failed = check("values", "skipped", message="the machine ended it ##[error]x")
    made = result(part(), part(State.UNCHECKED, score=0.0, checks=(failed,)))

    def graded(*_: object, **__: object) -> tuple[Assignment, SubmissionResult]:
        return registry.load(str(tiny)), made

    monkeypatch.setattr(alone, "graded_alone", graded)


@pytest.mark.usefixtures("unchecked")
def test_gradescope_of_what_cannot_be_checked(tiny: Path, tmp_path: Path) -> None:
    """Students see the parts that could be checked, and the exit code is 3."""
    ran, found = gradescope(tmp_path, tiny, answer_dot_py=RIGHT)
    assert ran.code == 3
    assert [test["score"] for test in found["tests"]] == [10, 0]
    assert found["tests"][1]["output"] == "Could not be checked: 0 of 10 points."
    assert "the machine ended it" not in json.dumps(found)


@pytest.mark.usefixtures("unchecked")
def test_classroom50_of_what_cannot_be_checked(tiny: Path, checkout: Path) -> None:
    """There is no result, so the runner reports an error; the exit code is 3."""
    (checkout / "answer.py").write_text(RIGHT, "utf-8")
    ran = run("autograde", "classroom50", "--root", checkout, "-a", tiny)
    line = "grader: a part could not be checked; run the autograder again\n"
    assert (ran.code, ran.out, ran.err) == (3, "", line)
    assert {path.name for path in checkout.iterdir()} == {"answer.py"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["moodle", "-a", "kmeans"],
            "grader autograde: argument SERVICE: expected gradescope or classroom50, got 'moodle'; "
            "see grader autograde --help",
        ),
        (["gradescope"], "grader autograde: name an assignment: -a NAME"),
        (
            ["gradescope", "-a", "kmeans", "--root", "/nowhere"],
            "grader: /nowhere: folder not found; name the folder of the autograder with --root",
        ),
        (
            ["classroom50", "-a", "kmeans", "--root", "/nowhere"],
            "grader: /nowhere: folder not found; name the folder with the submission",
        ),
    ],
)
def test_wrong_arguments(arguments: list[str], line: str, checkout: Path) -> None:
    """Each wrong argument has its line."""
    ran = run("autograde", *arguments)
    assert (ran.code, ran.err) == (2, f"{line}\n")
    assert not (checkout / "result.json").exists()


def test_runner_must_say_who(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the runner's variables there is a line that names the first that is missing."""
    monkeypatch.delenv("COMMIT_URL")
    ran = run("autograde", "classroom50", "--root", checkout, "-a", "kmeans")
    line = "COMMIT_URL: is not set; run this in the runner of Classroom 50, or set it"
    assert (ran.code, ran.err) == (2, f"grader: {line}\n")
