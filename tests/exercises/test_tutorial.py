"""The pages of docs/ work as they stand: files, commands, what they print."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_class import Ran, assignment, results, run

from grader.assignment import Case, Visibility, registry
from grader.authoring.audit import audit
from grader.authoring.variants import variants_of
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
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


@pytest.fixture
def own(done: tuple[Path, dict[str, Ran]], tmp_path: Path) -> Path:
    """The tutorial's folder after the page's own check and part were copied into it."""
    folder = tmp_path / "smoothing"
    shutil.copytree(done[0] / "smoothing", folder, ignore=shutil.ignore_patterns("__pycache__"))
    check, part = blocks(section("When `ready.part` is not enough"), "python")
    text = (folder / "assignment.py").read_text(encoding="utf-8")
    start = text.index("        ready.part(\n            reference.kernel,")
    end = text.index("        ready.part(", start + 1)
    text = f"{text[:start]}{textwrap.indent(part.rstrip(), ' ' * 8)},\n{text[end:]}"
    text = text.replace("CASES = ", f"{check}\n\nCASES = ", 1)
    (folder / "assignment.py").write_text(text, encoding="utf-8")
    return folder


def test_own_check_is_sound(own: Path) -> None:
    """The page's part takes the place of the ready-made one, and an audit finds nothing.

    Of the wrong answers every tenth is tried; another test audits all of those of the page.
    """
    answer_key = draw_key(registry.load(str(own)), 1)
    names = [one.name for one in variants_of(answer_key.assignment) if one.part]
    some = frozenset(names[::10])
    with ForkServer() as server:
        found = audit(
            answer_key, server, jobs=2, timeout_s=120, choose=lambda one: one.name in some
        )
    assert found.problems == ()
    assert len(found.of("mistake")) + len(found.of("mutant")) > 2


def test_own_check_finds_what_it_says(own: Path, done: tuple[Path, dict[str, Ran]]) -> None:
    """An answer out of range is told so, and the known mistake is still named."""
    ben = done[0] / "submissions" / "ben.py"
    text = ben.read_text(encoding="utf-8")
    wrong = own.parent / "wrong.py"
    wrong.write_text(text.replace("jnp.exp(-", "jnp.exp("), encoding="utf-8")
    for file, score, said in (
        (ben, 1, "The exponent is minus the squared distance, not half of it"),
        (wrong, 0, "a Gaussian kernel lies between zero and one"),
    ):
        ran = run("check", file, "-a", own, "--json", "-")
        kernel = json.loads(ran.out)["parts"][1]
        assert kernel["score"] == score
        assert said in " ".join(check["message"] for check in kernel["checks"])


# The reference -------------------------------------------------------------------------------


def example(heading: str) -> str:
    """The example that the reference returns under a heading."""
    _, _, rest = REFERENCE.partition(f"\n### {heading}\n")
    (text,) = blocks(rest.split("\n##", 1)[0], "python")
    return text


def declared(folder: Path, text: str) -> Path:
    """The folder of an assignment without a notebook's text, declared by a text."""
    folder.mkdir()
    imports, *_ = blocks(REFERENCE, "python")
    start = f"from dataclasses import replace\n\nimport numpy as np\n\n{imports}\n\n"
    (folder / "assignment.py").write_text(start + text, encoding="utf-8")
    (folder / "exercise.py").write_text("import jax\n", encoding="utf-8")
    return folder


def scores(source: str, folder: Path) -> list[float]:
    """The score of each part of a submission."""
    file = folder.parent / "answer.py"
    file.write_text(source, encoding="utf-8")
    ran = run("check", file, "-a", folder, "--json", "-")
    assert ran.err == ""
    return [part["score"] for part in json.loads(ran.out)["parts"]]


def test_cases_of_reference_are_drawn() -> None:
    """The example of cases of one's own: the public one is the same for every generator."""
    space: dict[str, Any] = {"np": np, "Case": Case, "Visibility": Visibility}
    exec(example("`Case`"), space)  # noqa: S102
    one, two = (space["cases"](np.random.default_rng(seed)) for seed in (1, 2))
    public = [case for case in one if case.visibility is Visibility.PUBLIC]
    assert [case.name for case in public] == [one[0].name]
    np.testing.assert_array_equal(one[0].inputs["x"], two[0].inputs["x"])
    assert len({case.inputs["x"].shape for case in one}) == 3
    assert (one[1].inputs["x"] != two[1].inputs["x"]).any()


def test_global_of_reference_costs(tmp_path: Path) -> None:
    """The example of a global: code that reads it keeps 0.7 of the points."""
    function, part = example("`Global`").split("\n\n\n")
    text = f"""
class reference:
    def smooth(x, y):
        return x * y.sum()


def inputs(draw, n):
    return {{"x": draw.normal(size=n), "y": draw.normal(size=n + 2)}}


CASES = ready.random_cases(inputs, example=4, hidden=(3, 10))
{function}
ASSIGNMENT = Assignment("own", title="Own", notebook=Path(__file__).with_name("exercise.py"),
    parts=({part.partition("# fmt")[0].strip()},))
"""
    folder = declared(tmp_path / "own", f"from pathlib import Path\n{text}")
    start = "import jax.numpy as jnp\n\ny = jnp.array([1.0, 2.0])\n\n\n"
    assert scores(f"{start}def smooth(x, y):\n    return x * y.sum()\n", folder) == [8]
    assert scores(f"{start}def smooth(x, z):\n    return x * y.sum()\n", folder) == [0.7 * 8]


def test_drawing_of_reference_is_judged(tmp_path: Path) -> None:
    """The example of a check of a figure tells right from wrong, and lets an error through."""
    text = f"""
{example("What a part draws")}

def cases(draw):
    x = np.float32([1, 2, 5])
    return (Case("example", inputs={{"x": x, "y": x**2}}, visibility=Visibility.PUBLIC),)


CHECK = Check("every point", every_point_drawn, points=5, visibility=Visibility.PUBLIC)
PART = Part("show", title="Show", task="Draw.", inputs=(Input("x"), Input("y")), cases=cases,
    checks=(CHECK,))
ASSIGNMENT = Assignment("own", title="Own", notebook=Path(__file__).with_name("exercise.py"),
    parts=(PART,))
"""
    folder = declared(tmp_path / "own", f"from pathlib import Path\n{text}")
    start = "import matplotlib.pyplot as plt\n\n\ndef show(x, y):\n    "
    for call, score in (
        ("plt.scatter(x, y)", 5),
        ("plt.plot(x, y)", 0),
        ("plt.scatter(x, x)", 0),
        ("plt.scatter(x, y); 1 / 0", 0),
    ):
        assert scores(f"{start}{call}\n", folder) == [score], call


# The other pages -----------------------------------------------------------------------------


@pytest.fixture
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages for students and assistants take for granted."""
    (tmp_path / "submissions").mkdir()
    for name in ("kmeans", "alice", "submissions/alice", "submissions/bob"):
        shutil.copy(SAMPLES / "amina.ipynb", tmp_path / f"{name}.ipynb")
    with zipfile.ZipFile(tmp_path / "late.zip", "w") as late:
        late.write(SAMPLES / "emeka.py", "emeka.py")
    marks = "student,part,check,points,comment\n"
    (tmp_path / "marks.csv").write_text(marks, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["students", "teaching-assistants"])
def test_commands_of_page_succeed(handed_in: Path, name: str) -> None:
    """What is shown can be copied; `doctor` may find that this machine lacks a layer.

    What is not ours, or needs a batch system, is left out.
    """
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("grader ") and "slurm:" not in line]
    assert commands
    for command in commands:
        ran = run(*shlex.split(command)[1:])
        assert ran.code in ({0, 1} if command == "grader doctor" else {0}), (command, ran.err)
    assert (handed_in / "feedback.html").is_file()


def test_installed_name_goes_before_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the pages say of `-a`, a folder of an installed name is meant by `./NAME`."""
    assignment(tmp_path).rename(tmp_path / "kmeans")
    monkeypatch.chdir(tmp_path)
    assert [registry.load(name).name for name in ("kmeans", "./kmeans")] == ["kmeans", "tiny"]


def test_self_check_of_page_runs(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The cell that students copy says that a right function matches the example."""
    assert run("release", "kmeans", "--out", handed_in, "--force").code == 0
    text = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    cell, *_ = blocks(text, "python")
    space: dict[str, Any] = {"__name__": "__main__"}
    exec((SAMPLES.parent / "solutions" / "plain.py").read_text("utf-8"), space)  # noqa: S102
    *before, last = cell.strip().splitlines()
    exec("\n".join(before), space)  # noqa: S102
    calls = [last, *re.findall(r"`(check\([^`]+\))`", text)]
    assert len(calls) == 4
    space["my_function"] = space["update_assignment"]
    said = [repr(eval(call, space)) for call in calls]  # noqa: S307
    assert ["Matches the example data" in one for one in said] == [True, True, False, True]
    assert "Stimmt mit den Beispieldaten überein" in " ".join(said[2].split())
    (printed,) = re.findall(r"`(print\(check\([^`]+\)\))`", text)
    exec(last, space)  # noqa: S102
    assert capsys.readouterr().out == ""
    exec(printed, space)  # noqa: S102
    assert "Matches the example data" in capsys.readouterr().out
