"""Notebooks with feedback, of one submission and of a class: `--notebook` and `--notebooks`."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sample_results import part, result
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run

from grader.catalog import say
from grader.course.annotated import annotated, notebook_names
from grader.course.job import JobFile
from grader.reading.notebook import FEEDBACK
from grader.results import GradedNotebook, State


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


def notebook(file: Path, *sources: str, **metadata: Any) -> Path:
    """A notebook of these cells; what begins with a sign of Markdown is text."""
    made = nbformat.v4.new_notebook(metadata=metadata)
    for number, source in enumerate(sources):
        kind = "markdown" if source.startswith(("#", "!")) else "code"
        make = getattr(nbformat.v4, f"new_{kind}_cell")
        made.cells.append(make(source, id=f"id-{number}"))
    file.parent.mkdir(exist_ok=True)
    file.write_text(nbformat.v4.writes(made), "utf-8")
    return file


def cells(file: Path) -> list[dict[str, Any]]:
    """The cells of a notebook, which is valid."""
    data = json.loads(file.read_bytes())
    nbformat.validate(data, relax_add_props=False)
    assert (data["nbformat"], data["nbformat_minor"]) == (4, 5)
    return list(data["cells"])


def shape(file: Path) -> list[str]:
    """Each cell as its id, of the student's cells, or as what is fed back there."""
    return [
        f"feedback {cell['metadata']['grader']['feedback']}"
        if "grader" in cell["metadata"]
        else cell["id"]
        for cell in cells(file)
    ]


def text_of(file: Path, number: int) -> str:
    """The feedback on a part, or with 0 the summary."""
    marks = [(c["metadata"].get("grader", {}).get("feedback"), c["source"]) for c in cells(file)]
    return "".join(next(source for mark, source in marks if mark == number))


SOURCES = ("# Tiny", "x = 1", "## Part 1: Double", HALF.split("\n")[0], "## Part 2: Triple")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_feedback_is_below_each_part(tiny: Path, tmp_path: Path, lang: str) -> None:
    """A part's feedback comes below its cell, a missing one's below its heading, all else stays."""
    kernel = {"name": "jax", "display_name": "JAX", "language": "python"}
    mine = notebook(tmp_path / "ann.ipynb", *SOURCES, "y = 5", kernelspec=kernel, other={})
    before = mine.read_bytes()
    out = tmp_path / "new" / "back.ipynb"
    done = run("check", mine, "-a", tiny, "--seed", 1, "--notebook", out, "--lang", lang)
    assert (done.code, done.err) == (1, "")
    wanted = ["feedback 0", "id-0", "id-1", "id-2", "id-3", "feedback 1", "id-4", "feedback 2"]
    assert shape(out) == [*wanted, "id-5"]
    own = [cell for cell in cells(out) if "grader" not in cell["metadata"]]
    assert own == json.loads(before)["cells"]
    assert json.loads(out.read_bytes())["metadata"] == json.loads(before)["metadata"]
    assert mine.read_bytes() == before
    ours = [cell for cell in cells(out) if "grader" in cell["metadata"]]
    assert all(cell["cell_type"] == "markdown" for cell in ours)
    assert all("".join(cell["source"]).startswith(FEEDBACK) for cell in ours)
    assert all(cell["metadata"]["tags"] == ["grader-feedback"] for cell in ours)
    assert ("Correct" if lang == "en" else "Richtig") in text_of(out, 1)
    assert ("cell 5" if lang == "en" else "Zelle 5") in text_of(out, 0)


def test_annotated_notebook_grades_as_before(tiny: Path, tmp_path: Path) -> None:
    """Handed in again, feedback is no part of the work, and it is replaced, not added to."""
    hostile = "def triple(x):\n    raise ValueError('</code>![a](https://a) $x$ `b`')"
    mine = notebook(tmp_path / "ann.ipynb", *SOURCES, hostile)
    first, second = tmp_path / "first.ipynb", tmp_path / "second.ipynb"
    common = ("-a", tiny, "--seed", 1)
    was = run("check", mine, *common, "--notebook", first, "--json", tmp_path / "1.json")
    now = run("check", first, *common, "--notebook", second, "--json", tmp_path / "2.json")
    assert was.code == now.code == 1
    parts = [json.loads((tmp_path / f"{n}.json").read_text("utf-8"))["parts"] for n in (1, 2)]
    points = [[(part["score"], part["status"]) for part in one] for one in parts]
    assert points[0] == points[1] == [(6.0, "passed"), (0.0, "error")]
    assert shape(first) == shape(second)
    for n in (1, 2):
        assert text_of(first, n) == text_of(second, n)
    said = text_of(first, 2)
    assert "Line 2 of the cell above: <code>raise ValueError" in said
    assert "https://" not in said
    assert "![" not in said
    assert "$" not in said


def test_parts_without_a_place_come_first(tiny: Path, tmp_path: Path) -> None:
    """What is missing and has no heading is said below the summary."""
    mine = notebook(tmp_path / "ann.ipynb", "# Words", RIGHT.split("\n")[0])
    out = tmp_path / "back.ipynb"
    run("check", mine, "-a", tiny, "--seed", 1, "--notebook", out)
    assert shape(out) == ["feedback 0", "feedback 2", "id-0", "id-1", "feedback 1"]
    assert "We could not find <code>triple</code>" in text_of(out, 2)


def test_unreadable_submission_is_explained(tiny: Path, tmp_path: Path) -> None:
    """Of a file that cannot be read, there is a notebook that says so and what to do."""
    broken = tmp_path / "ann.ipynb"
    broken.write_text('{"cells": [', "utf-8")
    out = tmp_path / "back.ipynb"
    done = run("check", broken, "-a", tiny, "--notebook", out)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert shape(out) == ["feedback 0"]
    assert "We could not read your file" in text_of(out, 0)


def test_submission_is_never_overwritten(tiny: Path, tmp_path: Path) -> None:
    """The notebook with feedback cannot take the place of what was submitted."""
    mine = notebook(tmp_path / "ann.ipynb", RIGHT)
    before = mine.read_bytes()
    done = run("check", mine, "-a", tiny, "--notebook", mine)
    wanted = f"{mine}: is the submission itself; name another file for --notebook"
    assert (done.code, done.err) == (2, f"grader: {wanted}\n")
    assert mine.read_bytes() == before
    done = run("check", mine, "-a", tiny, "--notebook", tmp_path)
    wanted = f"{tmp_path}: is a folder; name a file for --notebook"
    assert (done.code, done.err) == (2, f"grader: {wanted}\n")


def test_several_notebooks_have_their_own_names() -> None:
    """Of several notebooks, each has its name in that of its feedback, and no two share one."""
    assert notebook_names("back.ipynb", ["a.ipynb"]) == ("back.ipynb",)
    assert notebook_names("back.ipynb", ["one.ipynb", "x/one.ipynb", "two.py"]) == (
        *("back-one.ipynb", "back-one-2.ipynb", "back-two.ipynb"),
    )


def test_several_notebooks_have_their_own_parts(tmp_path: Path) -> None:
    """Of two notebooks that are one submission, each has the feedback on what was found in it."""
    files = []
    for name in ("one.ipynb", "two.ipynb"):
        data = notebook(tmp_path / name, "x = 1", "# Triple", "y = 2").read_bytes()
        files.append(JobFile(name=name, data=data))
    place = say("cell.notebook_cell", file="two.ipynb", cell=3)
    double = part(notebook="one.ipynb", cell=1)
    half = part(State.NOT_YET, name="half", title="Half", notebook="two.ipynb", cell=3)
    half = replace(half, notes=(say("note.needed", place=place, what="it ends"),))
    triple = part(State.NOT_FOUND, name="triple", title="Triple")
    names = tuple(GradedNotebook(path=one.name, sha256="") for one in files)
    made = result(double, half, triple, notebooks=names)
    for name, text in zip(names, annotated(files, made, lang="en", folder=tmp_path), strict=True):
        (tmp_path / name.path).write_text(text, "utf-8")
    one, two = (tmp_path / name.path for name in names)
    assert shape(one) == ["feedback 0", "id-0", "feedback 1", "id-1", "feedback 3", "id-2"]
    assert shape(two) == ["feedback 0", "id-0", "id-1", "feedback 3", "id-2", "feedback 2"]
    assert "This part needs cell 5: it ends" in text_of(two, 2)
    assert "Part 2: Half" not in text_of(one, 0)
    assert "10 / 10" in text_of(one, 0)


def test_class_gets_notebooks(tiny: Path, tmp_path: Path) -> None:
    """Kept, translated, and changed results have their notebooks, without grading what is kept."""
    folder = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF, cat=NONE)
    (folder / "dan.ipynb").write_text("{", "utf-8")
    out, packed = tmp_path / "out", tmp_path / "reports.zip"
    common = ("batch", folder, "-a", tiny, "--seed", 5, "--out", out)
    students = out / "students"

    def made() -> dict[str, bytes]:
        return {one.parent.name: one.read_bytes() for one in students.glob("*/feedback.ipynb")}

    assert run(*common).code == 0
    assert made() == {}
    done = run(*common, "--notebooks", "--zip", packed)
    assert "4 results kept" in done.err or "3 results kept" in done.err
    first = made()
    assert sorted(first) == ["ann", "bob", "cat", "dan"]
    for path in students.glob("*/feedback.ipynb"):
        cells(path)
    with zipfile.ZipFile(packed) as archive:
        assert archive.read("bob/feedback.ipynb") == first["bob"]
        assert len(archive.namelist()) == 8
    alone = tmp_path / "alone.ipynb"
    run("check", folder / "bob.py", "-a", tiny, "--seed", 5, "--notebook", alone)
    assert alone.read_bytes() == first["bob"]

    before = results(out)
    run(*common, "--notebooks", "--lang", "de")
    german = made()
    assert all(german[name] != first[name] for name in first)
    assert "Richtig" in text_of(students / "ann" / "feedback.ipynb", 1)
    assert [one["score"] for one in results(out).values()] == [
        one["score"] for one in before.values()
    ]

    (folder / "bob.py").write_text(RIGHT, "utf-8")
    run(*common, "--lang", "de")
    assert sorted(made()) == ["ann", "cat", "dan"], "a new result makes the old notebook wrong"
    run(*common, "--lang", "de", "--notebooks")
    assert made()["ann"] == german["ann"]
    assert made()["bob"] != german["bob"]


def test_changed_submission_has_no_notebook(tiny: Path, tmp_path: Path) -> None:
    """A result of other bytes than those that are there gets no notebook, and that is said."""
    folder = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF)
    common = ("batch", folder, "-a", tiny, "--seed", 5, "--out", tmp_path / "out")
    run(*common)
    (folder / "bob.py").write_text(RIGHT, "utf-8")
    done = run(*common, "--notebooks", "--only", "ann")
    assert "1 student has no notebook with feedback: bob;" in done.err
    assert not (tmp_path / "out/students/bob/feedback.ipynb").exists()
    assert (tmp_path / "out/students/ann/feedback.ipynb").exists()
