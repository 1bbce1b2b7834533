"""Tests of `%load_ext grader` and `%%check`, in a real kernel."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import grader
from exercises.kmeans.assignment import ASSIGNMENT
from grader.authoring.public_cases import export
from grader.errors import UsageError
from grader.selfcheck.magic import Asked, _asked

ROOT = Path(__file__).resolve().parent.parent.parent
RIGHT = """
def update_assignment(samples, centroids):
    table = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    return table.argmin(1), table.min(1)
"""
SQUARED = RIGHT.replace(
    "return table.argmin(1), table.min(1)", "return table.argmin(1), table.min(1) ** 2"
)
MATCHES = "Part 2: Find the new assignment (update_assignment)   Matches the example data"
NOT_CHECKED = "Not checked, because this cell raised an error. Fix it, then run the cell again."
PARTS = "init, update_assignment, update_centroids, improve_centroids, visualization"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as students have it, with the example data."""
    folder = tmp_path_factory.mktemp("notebook")
    data = json.dumps(export(ASSIGNMENT))
    (folder / "kmeans.selfcheck.json").write_text(data, "utf-8")
    return folder


def executed(notebook: Any, folder: Path) -> list[list[tuple[str, str]]]:
    """What each code cell shows: the type of each output, and its text."""
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, client.async_execute()).result()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [[shown(one) for one in cell.outputs] for cell in cells]


def shown(output: Any) -> tuple[str, str]:
    """An output's type and its text, in one line."""
    if output.output_type == "error":
        text = "\n".join(output.traceback)
    else:
        text = output.get("text") or output.data["text/plain"]
    return output.output_type, " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())


CELLS = {
    "%load_ext grader\nimport jax.numpy as jnp": [],
    f"%%check update_assignment\nprint('hi'){RIGHT}\n1 + 1": [
        ("stream", "hi"), ("execute_result", "2"), ("display_data", MATCHES),
    ],
    f"%%check\nassert update_assignment{SQUARED}": [("display_data", "Partly correct")],
    "%%check update_assignment\ndef mine(samples, centroids):\n    return undefined": [
        ("display_data", "> 3 return undefined NameError"),
    ],
    f"%%check update_assignment --lang=de\n%%capture{RIGHT}": [
        ("display_data", "Teil 2: Find the new assignment (update_assignment) Stimmt"),
    ],
    "%%check\n\n1 / 0": [("display_data", NOT_CHECKED), ("error", "----> 3 1 / 0")],
    "%%check\ndef f(:": [("display_data", NOT_CHECKED), ("error", "line 2 def f(:")],
    "%%check nope\nx = 1": [("display_data", f"There is no part nope. Write one of these after %%check: {PARTS}.")],
    "%%check\nupdate_assignment = 5": [("display_data", f"This cell does not define a part. Write the name of a part after %%check, one of: {PARTS}.")],
    "%%check init\nx = 1": [("display_data", "Graded after you submit")],
    "%%check update_centroids\nx = 1": [("display_data", "This cell does not define a function for update_centroids.")],
    f"%%check --data nope{RIGHT}": [("display_data", "The example data file was not found.")],
    "%%check --wrong\nprint('not run')": [("stream", "UsageError: %%check: no such option: --wrong; there are --data and --lang")],
    "%%check\nawait x": [("stream", "UsageError: %%check: this cell has await outside of a function; use check(...) in a cell below")],
    "%unload_ext grader": [],
    "%%check\nx = 1": [("stream", "UsageError: Cell magic `%%check` not found.")],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_cells_check_themselves(home: Path) -> None:
    """A cell runs as usual, then its part is checked; whatever is wrong is said, once, and kindly."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    found = executed(nbformat.v4.new_notebook(cells=cells), home)
    for source, outputs in zip(CELLS, found, strict=True):
        wanted = CELLS[source]
        assert [kind for kind, _ in outputs] == [kind for kind, _ in wanted], (source, outputs)
        for (_, said), (_, words) in zip(outputs, wanted, strict=True):
            assert " ".join(words.split()) in said, source
            assert "selfcheck/magic.py" not in said, source


@pytest.mark.filterwarnings("ignore")
def test_shown_notebook_shows_what_it_does(home: Path) -> None:
    """`docs/selfcheck.ipynb` runs from top to bottom, and its answers are those that it shows."""
    notebook = nbformat.read(ROOT / "docs" / "selfcheck.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    kept = [[shown(one) for one in cell.outputs] for cell in cells]
    found = executed(notebook, home)
    assert sum(map(len, kept)) == 4
    assert found == kept


def test_extension_is_light() -> None:
    """`import grader` loads nothing of it, and IPython finds what it looks for by `hasattr`."""
    code = (
        "import sys, grader; assert not [n for n in sys.modules if n.startswith('grader.')];"
        "assert hasattr(grader, 'load_ipython_extension');"
        "assert 'jax' not in sys.modules and 'IPython' not in sys.modules;"
        "assert not hasattr(grader, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert grader.__all__ == ["__version__", "check"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", Asked()),
        ("  a ", Asked(part="a")),
        ("a --lang de --data=k", Asked(part="a", lang="de", data="k")),
        ("--data 'my data' # note", Asked(data="my data")),
    ],
)
def test_line_is_read(line: str, wanted: Asked) -> None:
    """A part's name and options are read in any order."""
    assert _asked(line) == wanted


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a b", "one part at a time, got a b; write one name or none"),
        ("--lang", "--lang: the value is missing; write --lang VALUE"),
        ("--lang xx", "no texts in the language 'xx'; there are de and en"),
        ("-x", "no such option: -x; there are --data and --lang"),
        ("'a b", "one part at a time, got 'a b; write one name or none"),
    ],
)
def test_odd_line_is_refused(line: str, why: str) -> None:
    """What cannot be meant is refused in a line that says what to write."""
    with pytest.raises(UsageError) as raised:
        _asked(line)
    assert raised.value.lines[0] == why
