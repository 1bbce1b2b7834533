"""The notebook of an assignment run from top to bottom, as it is handed out and solved."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment, registry
from grader.authoring import notebook_run
from grader.authoring.notebook_run import NotebookRun, run_notebook

RIGHT = '''"""A right answer."""
import jax.numpy as jnp


def size(x):
    return jnp.add(x, x)
'''
TODO = "def size(x):\n    # TODO\n    return answer\n"
CALL = "size(3)"
DATA = "print(open('data/numbers.txt').read())"


def declared(folder: Path, *cells: str, tagged: str = CALL) -> Assignment:
    """An assignment whose notebook has these cells; `tagged` is the text of one that may raise."""
    (folder / "data").mkdir()
    (folder / "data" / "numbers.txt").write_text("1 2 3\n", "utf-8")
    (folder / "alternative.py").write_text(RIGHT, "utf-8")
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": ["raises-exception"]} if text == tagged else {},
                "source": text,
                "outputs": [],
                "execution_count": None,
            }
            for number, text in enumerate(cells)
        ],
    }
    path = folder / "size.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    part = registry.load("kmeans").parts[0]
    return Assignment(
        "size",
        title="Size",
        notebook=path,
        parts=(replace(part, name="size", mistakes=(), substitute="", depends_on=()),),
        solutions=(folder / "alternative.py",),
    )


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which kernels run, known from those of other tests by its name."""
    made = tmp_path_factory.mktemp("kernels")
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def kernels(place: Path) -> list[str]:
    """The processes of kernels that still run there."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)  # noqa: S607
    return [line for line in listed.stdout.splitlines() if str(place) in line]


def test_sound_notebook_runs(tmp_path: Path, place: Path) -> None:
    """A notebook runs beside its data, measures once, and may raise where it says so."""
    once = "r = %timeit -q -o size\nassert (r.loops, r.repeat) == (1, 1)"
    found = declared(tmp_path, "import os", TODO, CALL, DATA, "%timeit -q -n2 size", once)
    before = sorted(tmp_path.iterdir())
    assert run_notebook(found) == NotebookRun()
    assert sorted(tmp_path.iterdir()) == before
    assert kernels(place) == []


def test_broken_cell_is_named(tmp_path: Path) -> None:
    """A cell that raises is named, in what is handed out and in what is solved."""
    found = declared(tmp_path, "import os", TODO, CALL, "1 / 0")
    assert run_notebook(found).problems == (
        "notebook 'size.ipynb', cell 4: stops with ZeroDivisionError: division by zero; fix the cell, or tag it `raises-exception` if it cannot run before its part is solved",
        "notebook 'size.ipynb' solved with 'alternative.py', cell 4: stops with ZeroDivisionError: "
        "division by zero; fix the cell or the solution",
    )


def test_unsolved_call_has_to_say_so(tmp_path: Path) -> None:
    """A cell that runs only once its part is solved is a problem until it is tagged."""
    found = declared(tmp_path, TODO, CALL, tagged="")
    assert run_notebook(found).problems == (
        "notebook 'size.ipynb', cell 2: stops with NameError: name 'answer' is not defined; "
        "fix the cell, or tag it `raises-exception` if it cannot run before its part is solved",
    )


def test_answers_are_not_there(tmp_path: Path) -> None:
    """The files with right answers are not in the folder that the notebook runs in."""
    found = declared(tmp_path, TODO, "import right")
    assert (
        "cell 2: stops with ModuleNotFoundError: No module named 'right'; "
        in (run_notebook(found).problems[0])
    )


def test_hanging_cell_is_ended(tmp_path: Path, place: Path) -> None:
    """A cell that does not end is named, and its process is ended."""
    found = declared(tmp_path, TODO, "import time\ntime.sleep(600)")
    assert run_notebook(found, timeout_s=2).problems == (
        "notebook 'size.ipynb', cell 2: is still running after 2 s; make it faster",
        "notebook 'size.ipynb' solved with 'alternative.py', cell 2: is still running after 2 s; "
        "make it faster",
    )
    assert kernels(place) == []


def test_dead_kernel_is_told(tmp_path: Path) -> None:
    """A cell that ends the kernel is named."""
    found = declared(tmp_path, TODO, "import os\nos.kill(os.getpid(), 9)")
    assert run_notebook(found).problems[0] == (
        "notebook 'size.ipynb', cell 2: stops the kernel, which happens when memory runs out; fix the cell, or tag it `raises-exception` if it cannot run before its part is solved"
    )


def test_missing_package_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nbclient the notebook is not run, which is no problem of the assignment."""
    monkeypatch.setattr(notebook_run, "PACKAGES", ("nbclient_that_is_not_there",))
    assert run_notebook(declared(tmp_path, "1 / 0")) == NotebookRun(
        note="not run; to run it: pip install 'jax-exercise-grader[author]'"
    )


def test_cells_keep_their_numbers(tmp_path: Path) -> None:
    """What is filled in before or behind a cell does not change its number."""
    found = declared(tmp_path, "import os", TODO, "pass", "1 / 0")
    versions = list(notebook_run._versions(found))
    assert [list(version.numbers) for version in versions] == [[1, 2, 3, 4], [1, 2, 2, 3, 4]]
