"""The pages of docs/ work as they stand: files, commands, what they print."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_class import Ran, results, run

from grader import registry
from grader.assignment import Assignment, Part

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
SAMPLES = ROOT / "exercises" / "kmeans" / "samples"


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language in a text."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """The page's text from a heading to the next."""
    _, _, rest = PAGE.partition(f"\n## {title}\n")
    assert rest, title
    return rest.split("\n## ", 1)[0]


def files() -> dict[str, str]:
    """The files that the page shows, by their path."""
    return dict(
        re.findall(r"^`(\S+/\S+\.py)`:\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    )


def notebook() -> dict[str, Any]:
    """The notebook that the page describes."""
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "seen"}],
            "source": source,
        }
        for source in blocks(section("3. The notebook"), "python")
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ran]]:
    """The folder in which the tutorial was followed, and what each command printed."""
    place = tmp_path_factory.mktemp("tutorial")
    ran: dict[str, Ran] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        first, *commands = [line for text in blocks(PAGE, "sh") for line in text.splitlines()]
        ran[first] = run(*shlex.split(first)[1:])
        for path, text in files().items():
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_text(text, encoding="utf-8")
        Path("smoothing/smoothing.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
        for command in commands:
            ran[command] = run(*shlex.split(command)[1:])
    return place, ran


def test_every_command_succeeds(done: tuple[Path, dict[str, Ran]]) -> None:
    """The commands of the page are grader's, in this order, and each exits with 0."""
    _, ran = done
    assert [command.split()[:2] for command in ran] == [
        ["grader", name] for name in ("new", "audit", "release", "batch")
    ]
    for command, one in ran.items():
        assert one.code == 0, (command, one.out, one.err)


def test_output_is_as_shown(done: tuple[Path, dict[str, Ran]]) -> None:
    """What the page shows of a command's output is printed."""
    shown = re.findall(r"```sh\n(.*)\n```\n\n```text\n([^`]*)```", PAGE)
    assert len(shown) == 2
    for command, text in shown:
        printed = done[1][command].out.splitlines()
        assert [line for line in text.splitlines() if line not in printed] == []


def test_new_makes_the_files_shown(done: tuple[Path, dict[str, Ran]]) -> None:
    """The table of files is what `grader new` makes."""
    place, _ = done
    listed = set(re.findall(r"^\| `(\S+)` \|", section("1. Make the folder"), re.MULTILINE))
    made = {path.name for path in (place / "smoothing").iterdir() if path.is_file()}
    assert listed == made


def test_class_is_graded_as_told(done: tuple[Path, dict[str, Ran]]) -> None:
    """Ada gets all points, Ben loses those of the part with the mistake, which is named."""
    graded = done[0] / "graded"
    with (graded / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert [float(rows[name]["score"]) for name in ("ada", "ben")] == [20, 14]
    assert "Ada has 20 points. Ben has 14" in PAGE
    (_, kernel, smooth) = results(graded)["ben"]["parts"]
    assert (kernel["score"], smooth["score"]) == (0, 8)
    page = (graded / "students" / "ben" / "feedback.html").read_text("utf-8")
    assert "The exponent is minus the squared distance, not half of it" in page


def test_students_get_two_files(done: tuple[Path, dict[str, Ran]]) -> None:
    """The release holds the notebook without outputs, and the example data."""
    released = done[0] / "students"
    assert {path.name for path in released.iterdir()} == {
        "smoothing.ipynb",
        "smoothing.selfcheck.json",
    }
    assert "seen" not in (released / "smoothing.ipynb").read_text("utf-8")


def test_declaration_is_short() -> None:
    """An ordinary assignment of three parts is at most 30 lines of declaration."""
    text = files()["smoothing/assignment.py"]
    _, _, declared = text.partition("CASES = ")
    assert len([line for line in declared.splitlines() if line.strip()]) <= 30
    assert len([line for line in text.splitlines() if line.strip()]) <= 40


def test_own_check_is_declared(done: tuple[Path, dict[str, Ran]]) -> None:
    """The part with a check of its own can be declared, and the check finds what it says."""
    check, part = blocks(section("When `ready.part` is not enough"), "python")
    loaded = registry.load(str(done[0] / "smoothing"))
    space: dict[str, Any] = {
        "CASES": lambda draw: loaded.part("kernel").cases(draw),
        "reference": type("reference", (), {"kernel": loaded.part("kernel").reference}),
    }
    exec(check, space)  # noqa: S102
    made = eval(part, space)  # noqa: S307
    assert isinstance(made, Part)
    whole = Assignment("own", title="Own", parts=(made,), notebook=loaded.notebook)
    assert whole.points == 6
    assert made.checks[2].run.__name__ == "between_zero_and_one"

    def student(value: float) -> Any:
        cases = made.cases(np.random.default_rng(0))
        return type("Student", (), {"cases": cases, "answer": lambda _, __: np.array([value])})()

    made.checks[2].run(student(0.5))
    with pytest.raises(space["NotRight"]):
        made.checks[2].run(student(1.5))


# The other pages -----------------------------------------------------------------------------


@pytest.fixture
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages for students and assistants take for granted."""
    (tmp_path / "submissions").mkdir()
    for name in ("kmeans.ipynb", "alice.ipynb", "submissions/bob.ipynb"):
        shutil.copy(SAMPLES / "amina.ipynb", tmp_path / name)
    with zipfile.ZipFile(tmp_path / "late.zip", "w") as late:
        late.write(SAMPLES / "emeka.py", "emeka.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["students", "teaching-assistants"])
def test_commands_of_page_succeed(handed_in: Path, name: str) -> None:
    """What is shown can be copied; `doctor` may find that this machine lacks a layer."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    commands = [line for block in blocks(text, "sh") for line in block.splitlines()]
    assert commands
    for command in commands:
        ran = run(*shlex.split(command)[1:])
        assert ran.code in ({0, 1} if command == "grader doctor" else {0}), (command, ran.err)
    assert (handed_in / "feedback.html").is_file()


def test_self_check_of_page_runs(handed_in: Path) -> None:
    """The cell that students copy says that a right function matches the example."""
    assert run("release", "kmeans", "--out", handed_in, "--force").code == 0
    text = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    (cell,) = blocks(text, "python")
    space: dict[str, Any] = {"__name__": "__main__"}
    exec((SAMPLES.parent / "solutions" / "plain.py").read_text("utf-8"), space)  # noqa: S102
    *before, last = cell.strip().splitlines()
    exec("\n".join(before), space)  # noqa: S102
    calls = [last, *re.findall(r"`(check\([^`]+\))`", text)]
    assert len(calls) == 3
    space["my_function"] = space["update_assignment"]
    said = [repr(eval(call, space)) for call in calls]  # noqa: S307
    assert ["Matches the example data" in one for one in said] == [True, True, False]
    assert "Stimmt mit den Beispieldaten überein" in said[2]
