"""`grader release`: students get the notebook and the public cases, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from tiny_class import run

from grader.assignment import Assignment, registry
from grader.authoring.new import scaffold
from grader.authoring.release import Release, release, save
from grader.errors import AssignmentError, UsageError
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer
from grader.selfcheck.examples import load

Cells = list[dict[str, Any]]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A new assignment's folder."""
    return scaffold("tiny", tmp_path)


@pytest.fixture
def changed(made: Path, server: ForkServer) -> Callable[..., Release]:
    """The release of a new assignment whose notebook was changed."""

    def of(change: Callable[[dict[str, Any]], object]) -> Release:
        path = made / "tiny.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        change(notebook)
        path.write_text(json.dumps(notebook), "utf-8")
        return release(registry.load(str(made)), server)

    return of


def cell(kind: str, source: str) -> dict[str, Any]:
    """Get a cell of a notebook."""
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "new", "metadata": {}, "source": source, **more}


def refusal(changed: Callable[..., Release], *cells: dict[str, Any]) -> list[str]:
    """Get the reasons not to hand out a notebook with these cells more."""
    with pytest.raises(AssignmentError) as caught:
        changed(lambda notebook: notebook["cells"].extend(cells))
    return [line.removeprefix("assignment 'tiny': ") for line in caught.value.lines]


# Files ---------------------------------------------------------------------------------------


@pytest.fixture
def with_files(made: Path) -> Assignment:
    """A new assignment with two files."""
    (made / "data").mkdir()
    (made / "digits.npz").write_bytes(bytes(range(256)) * (8 << 12))
    (made / "data" / "table.csv").write_text("a,b\r\n1,2\r\n", "utf-8", newline="")
    return replace(registry.load(str(made)), files=("digits.npz", "data/table.csv"))


def test_files_come_along(with_files: Assignment, server: ForkServer, tmp_path: Path) -> None:
    """Each is copied, byte by byte, beside the notebook under its own path."""
    save(release(with_files, server), with_files, tmp_path / "out", force=False)
    for name in with_files.files:
        assert (tmp_path / "out" / name).read_bytes() == (with_files.folder / name).read_bytes()


def test_files_never_go_over_others(
    with_files: Assignment, server: ForkServer, tmp_path: Path
) -> None:
    """A file that is there, or in the way, is told before anything is written."""
    made = release(with_files, server)
    out = tmp_path / "out"
    out.mkdir()
    (out / "data").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="data: is in the way of data/table.csv"):
        save(made, with_files, out, force=True)
    (out / "data").unlink()
    (out / "digits.npz").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match=r"digits\.npz: already exists"):
        save(made, with_files, out, force=False)
    assert [path.name for path in out.iterdir()] == ["digits.npz"]
    with pytest.raises(UsageError, match="assignment's own files"):
        save(made, with_files, with_files.folder, force=True)


def test_a_file_that_has_the_answer_is_told(with_files: Assignment, server: ForkServer) -> None:
    """A file of code is looked through like the notebook."""
    answer = (with_files.folder / "reference.py").read_text("utf-8")
    (with_files.folder / "tools.py").write_text(answer, "utf-8")
    with pytest.raises(AssignmentError, match=r"tools\.py: contains"):
        release(replace(with_files, files=("tools.py",)), server)


# What is handed out --------------------------------------------------------------------------


def test_outputs_and_metadata_go(changed: Callable[..., Release]) -> None:
    """Outputs, counters and whatever a program noted are taken out; the text stays."""

    def run_before(notebook: dict[str, Any]) -> None:
        notebook["metadata"] |= {"secret": "x", "widgets": {"state": 1}, "seed": 3}
        notebook["metadata"]["kernelspec"]["path"] = "/home/me"
        for one in notebook["cells"]:
            one["metadata"] = {"solution": "x", "tags": ["a"]}
            if one["cell_type"] == "code":
                one |= {"execution_count": 3, "outputs": [{"output_type": "stream", "text": "42"}]}

    text = changed(run_before).files["tiny.ipynb"]
    notebook = json.loads(text)
    assert notebook["metadata"] == {
        "grader": {"assignment": "tiny"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for one in notebook["cells"]:
        assert one["metadata"] == {}
        assert one.get("outputs", []) == []
        assert one.get("execution_count") is None
    assert "def center(x):" in text
    assert text.endswith("}\n")


def test_self_check_data_are_public(made: Path, server: ForkServer, tmp_path: Path) -> None:
    """The second file holds the public cases, and is what the self-check reads."""
    files = release(registry.load(str(made)), server).files
    assert list(files) == ["tiny.ipynb", "tiny.selfcheck.json"]
    (tmp_path / "data.json").write_text(files["tiny.selfcheck.json"], "utf-8")
    parts = load(tmp_path / "data.json").parts
    assert [[case.name for case in part.cases] for part in parts] == 2 * [["example"]]
    assert files == release(registry.load(str(made)), server).files


def test_kmeans_can_be_released(server: ForkServer) -> None:
    """The built-in assignment gives nothing away."""
    assert set(release(registry.load("kmeans"), server).files) == {
        "kmeans.ipynb",
        "kmeans.selfcheck.json",
    }


# What is refused -----------------------------------------------------------------------------


def test_answer_left_in_is_refused(changed: Callable[..., Release]) -> None:
    """A notebook that earns points as it is has an answer in it."""
    answer = cell("code", "def center(x):\n    y = x.mean(0, keepdims=True)\n    return x - y\n")
    assert refusal(changed, answer) == [
        "tiny.ipynb, cell 10: `center` earns 4 of 4 points as it is, so it still contains an answer; replace the answer with # TODO"
    ]


def test_half_an_answer_is_refused(changed: Callable[..., Release]) -> None:
    """So has one that earns some points only."""
    answer = cell("code", "def center(x):\n    return jnp.stack([r - x.mean(0) for r in x])\n")
    assert refusal(changed, answer) == [
        "tiny.ipynb, cell 10: `center` earns 3 of 4 points as it is, so it still contains an answer; replace the answer with # TODO"
    ]


@pytest.mark.parametrize(
    ("kind", "source", "name", "where"),
    [
        ("markdown", "Write `return x - jnp.mean(x, axis=0)`.", "center", "the reference"),
        ("code", "# return x-jnp.mean( x, axis = 0 )", "center", "the reference"),
        ("raw", "> return x - jnp.mean(x,\n>     axis=0)", "center", "the reference"),
        (
            "code",
            '"""return (x.T - x.mean(axis=0)[:, None]).T"""',
            "center",
            "the solution alternative.py",
        ),
        ("markdown", "return moved.T @ moved / x.shape[0]", "covariance", "the reference"),
    ],
)
def test_text_of_answers_is_refused(
    changed: Callable[..., Release], kind: str, source: str, name: str, where: str
) -> None:
    """The text of a right answer is found in every kind of cell, however it is set."""
    assert refusal(changed, cell(kind, source)) == [
        f"tiny.ipynb, cell 10: contains `{name}` from {where}; remove it"
    ]


def test_given_lines_are_no_secret(changed: Callable[..., Release]) -> None:
    """What stands in the exercise's own function is given on purpose, and imports are nobody's."""

    def give(notebook: dict[str, Any]) -> None:
        for one in notebook["cells"]:
            if "def covariance" in "".join(one["source"]):
                one["source"] = (
                    "def covariance(x):\n    # TODO\n    return moved.T @ moved / x.shape[0]\n"
                )

    assert "return moved.T @ moved" in changed(give).files["tiny.ipynb"]


def test_hidden_numbers_are_refused(changed: Callable[..., Release], made: Path) -> None:
    """Inputs of a hidden case, and what is expected of it, are found by their numbers."""
    assignment = registry.load(str(made))
    answer_key = draw_key(assignment, 0)
    hidden = answer_key.cases["center"][1].inputs["x"]
    answers = answer_key.expected["covariance"].items()
    last, expected = max(answers, key=lambda item: (np.size(item[1]), item[0]))
    texts = [json.dumps([float(str(item)) for item in a.ravel()]) for a in (hidden, expected)]
    assert refusal(changed, cell("code", f"x = {texts[0]}"), cell("markdown", texts[1])) == [
        "tiny.ipynb, cell 10: contains numbers of the hidden test case 'hidden 1' of `center`; remove them",
        f"tiny.ipynb, cell 11: contains numbers of the hidden test case {last!r} of `covariance`; remove them",
    ]


def test_public_numbers_may_stay(changed: Callable[..., Release], made: Path) -> None:
    """Those of a public case are no secret."""
    part = registry.load(str(made)).part("center")
    (example, *_) = part.cases(np.random.default_rng(0))
    text = json.dumps([float(str(item)) for item in example.inputs["x"].ravel()])
    changed(lambda notebook: notebook["cells"].append(cell("code", f"x = {text}")))


def test_seed_is_refused(changed: Callable[..., Release]) -> None:
    """A seed that is written down is refused."""
    assert refusal(changed, cell("raw", '{"seed": 5}')) == [
        "tiny.ipynb, cell 10: contains a seed; remove it"
    ]


def test_all_reasons_are_told(changed: Callable[..., Release]) -> None:
    """Every reason is a line of its own."""
    reasons = refusal(
        changed,
        cell("code", "def center(x):\n    return x - jnp.mean(x, axis=0)\n"),
        cell("markdown", "return moved.T @ moved / x.shape[0]"),
    )
    assert [line.split(": ")[0] for line in reasons] == [
        "tiny.ipynb, cell 10",
        "tiny.ipynb, cell 11",
    ]


def test_problems_come_first(made: Path, server: ForkServer) -> None:
    """An assignment with problems is not released."""
    path = made / "tiny.ipynb"
    path.write_text(path.read_text("utf-8").replace("def center", "def centr"), "utf-8")
    with pytest.raises(AssignmentError) as caught:
        release(registry.load(str(made)), server)
    assert caught.value.lines == (
        "assignment 'tiny': notebook 'tiny.ipynb': has no function 'center'; did you mean 'centr'?",
    )


def test_notebook_is_as_jupyter_writes_it(changed: Callable[..., Release]) -> None:
    """Students get the bytes that Jupyter would save: keys in order, texts as lines, letters."""

    def add(notebook: dict[str, Any]) -> None:
        notebook["cells"].append(cell("markdown", "K\u00f6nnen\nSie?"))

    text = changed(add).files["tiny.ipynb"]
    assert '"K\u00f6nnen\\n",\n    "Sie?"' in text
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert nbformat.writes(notebook) + "\n" == text


@pytest.mark.parametrize("odd", [7, {"source": "x = 1"}])
def test_notebook_of_odd_cells_is_refused(changed: Callable[..., Release], odd: object) -> None:
    """What Jupyter could not open is not handed out."""
    with pytest.raises(AssignmentError) as caught:
        changed(lambda notebook: notebook["cells"].append(odd))
    assert str(caught.value) == (
        "assignment 'tiny': notebook 'tiny.ipynb': has an old format; save it in version 4"
    )


def test_old_notebook_is_refused(made: Path, server: ForkServer) -> None:
    """A notebook of format 3 has its cells elsewhere; it is to be saved again."""
    path = made / "tiny.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    cells = [
        {"cell_type": "code", "input": c["source"], "outputs": [], "language": "python"}
        for c in notebook["cells"]
        if c["cell_type"] == "code"
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    path.write_text(json.dumps(old), "utf-8")
    with pytest.raises(AssignmentError) as caught:
        release(registry.load(str(made)), server)
    assert str(caught.value) == (
        "assignment 'tiny': notebook 'tiny.ipynb': has an old format; save it in version 4"
    )


# The command ---------------------------------------------------------------------------------


def test_command_writes_files(made: Path, tmp_path: Path) -> None:
    """The files are written once, and again only when that is asked for."""
    out = tmp_path / "students"
    ran = run("release", made, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"Released tiny to {out}:\n\n  tiny.ipynb\n  tiny.selfcheck.json\n\n"
        "Checked: the notebook earns 0 points, and the files contain no answers or hidden\n"
        "test cases.\n"
    )
    assert sorted(path.name for path in out.iterdir()) == ["tiny.ipynb", "tiny.selfcheck.json"]
    (out / "tiny.ipynb").write_text("mine", "utf-8")
    ran = run("release", made, "--out", out)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"grader: {out}/tiny.ipynb: already exists; use --force to overwrite it\n"
    assert (out / "tiny.ipynb").read_text("utf-8") == "mine"
    assert run("release", made, "--out", out, "--force").code == 0
    assert (out / "tiny.ipynb").read_text("utf-8") != "mine"


def test_refusal_writes_nothing(made: Path, tmp_path: Path) -> None:
    """What is refused is not written, and each reason is a line."""
    path = made / "tiny.ipynb"
    text = path.read_text("utf-8").replace("    pass", "    return x - jnp.mean(x, axis=0)")
    path.write_text(text, "utf-8")
    ran = run("release", made, "--out", tmp_path / "students")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "grader: assignment 'tiny': tiny.ipynb, cell 5: `center` earns 4 of 4 points as it is, so it still contains an answer; replace the answer with # TODO\n"
    )
    assert not (tmp_path / "students").exists()


@pytest.mark.parametrize("place", ["", "students", "..", "../linked", "../hard"])
def test_sources_are_never_overwritten(made: Path, tmp_path: Path, place: str) -> None:
    """The assignment's own files stay as they are, by whatever name they are reached."""
    out = made / place if place in {"", "students"} else (made / place).resolve()
    out.mkdir(exist_ok=True)
    name = "tiny.ipynb"
    if place == "students":
        (out / name).write_text("mine", "utf-8")
    elif place == "..":  # the notebook lies above the folder of the rest
        declared = (made / "assignment.py").read_text("utf-8")
        here = "folder=Path(__file__).parent"
        above = f"{here}, notebook=Path(__file__).parents[1] / {name!r}"
        (made / "assignment.py").write_text(declared.replace(here, above), "utf-8")
        (made / name).rename(tmp_path / name)
    elif place == "../linked":
        (out / name).symlink_to(made / name)
    elif place == "../hard":
        (out / name).hardlink_to(made / name)
    before = (out / name).read_bytes()
    for force in ((), ("--force",)):
        ran = run("release", made, "--out", out, *force)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"grader: {out / name}: is one of the assignment's own files and is never overwritten; name another folder with --out\n"
        )
    assert (out / name).read_bytes() == before
    assert not list(tmp_path.rglob("*.selfcheck.json"))
