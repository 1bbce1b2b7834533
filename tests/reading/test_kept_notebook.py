"""Tests of `grader.reading.kept_notebook`: any submission as a valid notebook, nothing of it lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from grader.reading.kept_notebook import KeptNotebook, kept_notebook
from grader.reading.notebook import FEEDBACK
from grader.reading.submission import parse_bytes
from grader.reading.unreadable import UnreadableError

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted(
    path
    for folder in ("tests/submissions", "exercises")
    for pattern in ("*.ipynb", "*.py")
    for path in (ROOT / folder).rglob(pattern)
    if path.is_file() and ("samples" in path.parts or folder != "exercises")
)


def notebook(*cells: Any, **fields: Any) -> bytes:
    """A notebook with these cells."""
    made = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells, **fields}
    return json.dumps(made).encode()


def kept(*cells: Any, **fields: Any) -> KeptNotebook:
    """What is kept of it, which must be valid."""
    made = kept_notebook(notebook(*cells, **fields), name="a.ipynb")
    assert_valid(made)
    return made


def assert_valid(made: KeptNotebook) -> None:
    """The notebook is one of 4.5, for the library and as JSON that every reader takes."""
    cells = [cell.content for cell in made.cells]
    data = {"nbformat": 4, "nbformat_minor": 5, "metadata": made.metadata, "cells": cells}
    again = json.loads(json.dumps(data, allow_nan=False).encode("utf-8"))
    nbformat.validate(again, relax_add_props=False)
    assert len({cell["id"] for cell in again["cells"]}) == len(cells)


def only(*cells: Any, **fields: Any) -> dict[str, Any]:
    """What is kept of a single cell."""
    (one,) = kept(*cells, **fields).cells
    return one.content


def code(source: Any = "x = 1", **fields: Any) -> dict[str, Any]:
    """A code cell as Jupyter writes it."""
    made = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
    return {**made, "execution_count": None, **fields}


def test_every_submission_is_kept() -> None:
    """Of all golden submissions, the cells that the reader reads are there, and the form is valid."""
    for path in FILES:
        data = path.read_bytes()
        try:
            read = parse_bytes(data, name=path.name)
        except UnreadableError:
            continue
        made = kept_notebook(data, name=path.name)
        assert_valid(made)
        shown = {cell.number: cell.content for cell in made.cells}
        for cell in read.cells:
            if cell.number not in shown:  # feedback
                assert cell.source == ""
                continue
            source = "".join(shown[cell.number]["source"]).replace("\r\n", "\n")
            if cell.kind == "code" and cell.source:
                assert source.replace("\r", "\n").removeprefix("\ufeff") == cell.source, path
            assert shown[cell.number]["cell_type"] == cell.kind


def test_valid_cells_stay_as_they_are() -> None:
    """Source, outputs, attachments, and metadata of a valid notebook are the same, byte for byte."""
    cells = [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {"tags": ["x"], "other": {"deep": [1, None]}},
            "source": "![it](attachment:it.png)\r\n",
            "attachments": {"it.png": {"image/png": "iVBORw0KGgo="}},
        },
        code(
            ["x\n", "y"],
            id="b",
            execution_count=3,
            metadata={"collapsed": True, "scrolled": "auto", "execution": {"a": "b"}},
            outputs=[
                {"output_type": "stream", "name": "stderr", "text": ["a\n", "\u001b[31mb"]},
                {"output_type": "display_data", "data": {"text/html": "<b>"}, "metadata": {"m": 1}},
                {
                    "output_type": "execute_result",
                    "execution_count": 3,
                    "data": {"application/vnd.plotly.v1+json": {"y": [1.5, None]}},
                    "metadata": {},
                },
                {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["a"]},
            ],
        ),
        {"cell_type": "raw", "id": "c", "metadata": {"format": "text/latex"}, "source": ""},
    ]
    metadata = {
        "kernelspec": {"name": "jax", "display_name": "JAX", "language": "python"},
        "language_info": {"name": "python", "codemirror_mode": {"name": "ipython"}},
        "colab": {"provenance": []},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "grader": {"assignment": "kmeans"},
    }
    made = kept(*cells, metadata=metadata)
    assert [cell.content for cell in made.cells] == cells
    assert made.metadata == metadata


def test_odd_cells_become_valid() -> None:
    """What the schema does not allow is brought into its form or left out; no output is lost."""
    outputs = [
        "text",
        {"output_type": "display_data", "data": {"text/plain": 5, "a/b": None}, "metadata": 1},
        {"output_type": "stream", "text": "no name"},
        {"output_type": "stream", "text": 5},
        {"output_type": "unheard", "more": [float("nan"), "\ud800"]},
        {"output_type": "error", "ename": 5, "traceback": "no list"},
        {"output_type": "execute_result", "execution_count": -1, "data": {}, "extra": 1},
    ]
    metadata = {"name": "", "tags": ["a", "a", "b,c", 5], "jupyter": 1, "collapsed": 1, "keep": 1}
    one = only(
        code("\ud800", outputs=outputs, metadata=metadata, execution_count=True, prompt=1, id="ä"),
        metadata={"kernelspec": {"name": 5}, "language_info": 3, "title": 4, "orig_nbformat": 3},
    )
    assert (one["source"], one["id"], one["execution_count"]) == ("\ufffd", "submitted-1", None)
    assert one["metadata"] == {"tags": ["a"], "keep": 1}
    assert len(one["outputs"]) == len(outputs)
    assert one["outputs"][4]["data"]["application/json"]["more"] == [None, "\ufffd"]


def test_format_three_is_upgraded() -> None:
    """Worksheets, headings, inputs, and outputs of nbformat 3 are those of 4.5."""
    outputs = [
        {"output_type": "pyout", "prompt_number": 2, "text": "5", "png": "iVBO", "metadata": {}},
        {"output_type": "stream", "stream": "stderr", "text": "a"},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "display_data", "json": "[1]"},
    ]
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Part\n1", "metadata": {}},
        {"cell_type": "code", "input": "x", "prompt_number": 2, "collapsed": True}
        | {"language": "python", "outputs": outputs, "metadata": {}},
    ]
    data = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    made = kept_notebook(
        json.dumps({**data, "worksheets": [{"cells": cells}]}).encode(), name="a.ipynb"
    )
    assert_valid(made)
    first, second = (cell.content for cell in made.cells)
    assert (first["cell_type"], first["source"]) == ("markdown", "## Part 1")
    assert (second["source"], second["execution_count"]) == ("x", 2)
    assert second["metadata"] == {"collapsed": True}
    assert [one["output_type"] for one in second["outputs"]] == [
        *("execute_result", "stream", "error", "display_data"),
    ]
    assert second["outputs"][0]["data"] == {"text/plain": "5", "image/png": "iVBO"}
    assert second["outputs"][3]["data"] == {"application/json": [1]}


def test_ids_are_unique() -> None:
    """A double or invalid id gives way to a new one, which no other cell has."""
    double = "submitted-2"
    made = kept(code(id=double), code(id=double), code(id="a b"), code(id="x" * 65), code())
    ids = [cell.content["id"] for cell in made.cells]
    assert ids == [double, f"{double}-2", "submitted-3", "submitted-4", "submitted-5"]


def test_deep_outputs_can_be_written() -> None:
    """JSON that is nested deeper than a writer goes ends where it would be too deep."""
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    kept(code(metadata={"deep": deep}))


def test_script_becomes_a_notebook() -> None:
    """Cells of a script are cells; texts lose mark and comment signs, code keeps every character."""
    text = "# %% [markdown]\n# ## Part 1\n#\n# Words\n\n# %% run\nx = 1\n\n# %%\ny = 2\n"
    made = kept_notebook(text.encode(), name="a.py")
    assert_valid(made)
    assert [("".join(c.content["source"]), c.first_line) for c in made.cells] == [
        ("## Part 1\n\nWords", 1),
        ("# %% run\nx = 1", 6),
        ("# %%\ny = 2", 9),
    ]
    assert made.metadata["kernelspec"]["name"] == "python3"


def test_feedback_is_left_out() -> None:
    """Text cells of ours are no part of a submission, by metadata or by text; code always is."""
    marks = {"grader": {"feedback": 1}}
    ours = [
        {"cell_type": "markdown", "metadata": marks, "source": "def double(x): ..."},
        {"cell_type": "markdown", "metadata": {}, "source": f"{FEEDBACK}\n\n<!-- answer: why -->"},
        {"cell_type": "raw", "metadata": marks, "source": "anything"},
    ]
    cells = [*ours, code(metadata=marks), code(f"#{FEEDBACK}")]
    assert [cell.number for cell in kept(*cells).cells] == [4, 5]
    read = parse_bytes(notebook(*cells), name="a.ipynb")
    assert [cell.source for cell in read.cells] == ["", "", "", "x = 1", f"#{FEEDBACK}"]
