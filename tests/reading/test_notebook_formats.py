"""Notebooks of each version, read by Jupyter's library and by the tolerant reader alike."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.reading import notebook as reader
from grader.reading.notebook_formats import upgraded_cells
from grader.reading.submission import parse_bytes
from grader.reading.unreadable import UnreadableError

ROOT = Path(__file__).parents[2]
TOLERANT = {"E03_format_three"}
"""Situations in which the library reads a text otherwise: it writes a sign before a heading."""
NOTEBOOKS = [
    path
    for top in ("tests/submissions", "exercises")
    for path in sorted((ROOT / top).rglob("*.ipynb"))
    if path.is_file()
]

CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 3}
TEXT = {"cell_type": "markdown", "metadata": {}}
OLD_CODE = {"cell_type": "code", "language": "python", "outputs": [], "prompt_number": 3}


def four(*cells: dict[str, Any], minor: int = 5) -> dict[str, Any]:
    """Get a notebook of version 4."""
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": list(cells)}


def old(version: int, *cells: dict[str, Any]) -> dict[str, Any]:
    """Get a notebook with a worksheet."""
    sheets = [{"cells": list(cells)}]
    return {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}


def raw_cells(notebook: dict[str, Any]) -> list[Any]:
    """Get the cells as they stand in a notebook."""
    return reader.raw_cells(notebook, "a.ipynb")


def read(notebook: object) -> list[tuple[str, str, int | None]]:
    """Get kind, text and number of the cells that a submission has."""
    submission = parse_bytes(json.dumps(notebook).encode(), name="a.ipynb")
    return [(cell.kind, cell.source, cell.run_as) for cell in submission.cells]


def by_library(notebook: dict[str, Any]) -> list[tuple[str, str, int | None]] | None:
    """Get the same as the library reads it, None where it refuses."""
    cells = upgraded_cells(notebook, raw_cells(notebook))
    if cells is None:
        return None
    found, _ = reader._tolerant_cells(cells)
    return [(cell.kind, cell.source, cell.run_as) for cell in found]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: "/".join(path.parts[-2:]))
def test_both_readers_agree(path: Path) -> None:
    """Of what students and we write, both readers get the same cells where both read."""
    data = path.read_bytes()
    try:
        submission = parse_bytes(data, name=path.name)
        notebook = json.loads(data, strict=False)
    except (UnreadableError, ValueError):
        pytest.skip("no notebook, or one that is not read as UTF-8")
    raw = raw_cells(notebook)
    cells, _ = reader._tolerant_cells(raw)
    ours = {
        number
        for number, one in enumerate(raw, 1)
        if isinstance(one, dict) and reader.is_feedback(one)
    }
    told = [replace(cell, source="") if cell.number in ours else cell for cell in cells]
    assert list(submission.cells) == told
    upgraded = upgraded_cells(notebook, raw)
    if upgraded is not None:
        by_format, _ = reader._tolerant_cells(upgraded)
        assert (by_format == cells) != (path.parent.name in TOLERANT)


@pytest.mark.parametrize(
    "notebook",
    [
        *[four({**CODE, "source": "x = 1\ny = 2"}, minor=minor) for minor in range(6)],
        four({**CODE, "source": ["x = 1\n", "y = 2"], "id": "a"}),
        four({**CODE, "source": ["x = 1\n", "y = 2"]}, minor=99),
        four({"cell_type": "code", "source": "x = 1\ny = 2", "execution_count": 3}),
        old(3, {**OLD_CODE, "input": "x = 1\ny = 2"}),
        old(3, {**OLD_CODE, "input": ["x = 1\n", "y = 2"]}),
        old(3, {**OLD_CODE, "input": ["x = 1", "y = 2"], "collapsed": False}),
        old(2, {**OLD_CODE, "input": ["x = 1", "y = 2"]}),
        old(2, {**OLD_CODE, "input": "x = 1\ny = 2"}),
    ],
)
def test_versions_are_read_alike(notebook: dict[str, Any]) -> None:
    """A cell of versions 2 to 4, its text given as a string or as lines, is read by both."""
    want = [("code", "x = 1\ny = 2", 3)]
    assert by_library(notebook) == want
    assert read(notebook) == want


def test_first_version_is_read() -> None:
    """Version 1, which the tolerant reader does not know, is upgraded."""
    cells = [{"cell_type": "text", "text": "T"}, {"cell_type": "code", "code": "x = 1"}]
    assert read({"nbformat": 1, "cells": cells}) == [
        ("markdown", "T", None),
        ("code", "x = 1", None),
    ]


@pytest.mark.parametrize(
    ("notebook", "want"),
    [
        (four({**CODE, "source": ["x = 1", "y = 2"]}), "x = 1\ny = 2"),  # lines without ends
        (old(2, {**OLD_CODE, "input": ["x = 1\n", "y = 2"]}), "x = 1\ny = 2"),  # with two
        (old(3, {**OLD_CODE, "source": "x = 1"}), "x = 1"),  # the name of version 4
        ({**four(), "worksheets": [], "cells": [{**CODE, "source": ["x", 1]}]}, "x"),
        ({"cells": [{**CODE, "source": "x = 1"}]}, "x = 1"),  # of no version
        ({**four({**CODE, "source": "x = 1"}), "nbformat": "4"}, "x = 1"),
        ({**four({**CODE, "source": "x = 1"}), "nbformat": 5}, "x = 1"),
        (old(3, {"cell_type": "code", "input": "x = 1"}), "x = 1"),  # no outputs
        ({**four({"outputs": [], "source": "x = 1"}), "nbformat": True}, "x = 1"),
        ({"nbformat": 1, "cells": [{**CODE, "source": "x = 1"}]}, "x = 1"),
    ],
)
def test_tolerant_reader_takes_over(notebook: dict[str, Any], want: str) -> None:
    """What the library refuses, or would read with other line ends or without text, is read."""
    assert [source for _, source, _ in read(notebook)] == [want]


def test_damaged_cells_keep_the_others() -> None:
    """A cell that is none costs itself; its neighbors keep their numbers."""
    data = json.dumps(four({**CODE, "source": "x = 1"}, 7, {**TEXT, "source": "T"})).encode()
    submission = parse_bytes(data, name="a.ipynb")
    assert [(cell.number, cell.source) for cell in submission.cells] == [(1, "x = 1"), (3, "T")]


def test_library_gets_no_outputs() -> None:
    """Outputs, attachments, metadata and a heading's level, of any size, never reach the library."""
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    hostile = {"outputs": deep, "attachments": deep, "metadata": {"a": deep}}
    heading = {"cell_type": "heading", "level": 1 << 60, "source": "T", **hostile}
    notebook = old(3, {**OLD_CODE, "input": "x = 1", **hostile}, heading)
    assert by_library(notebook) == [("code", "x = 1", 3), ("markdown", "# T", None)]
    assert read(notebook) == [("code", "x = 1", 3), ("markdown", "T", None)]


def test_reading_says_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What the library finds odd is neither logged nor printed nor a warning; ids are not kept."""
    notebook = old(3, {**OLD_CODE, "input": "x = 1", "prompt_number": "BAD"})
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (parse_bytes(json.dumps(notebook).encode(), name="a") for _ in range(2))
    assert first == second
    assert capsys.readouterr() == ("", "")
    assert not [one for one in caplog.records if one.name == "traitlets"]
    assert not logging.getLogger("traitlets").disabled


def test_library_is_loaded_late() -> None:
    """A script needs no notebook library, and importing the reader loads none."""
    script = (
        "import sys; from grader.reading.submission import parse_bytes\n"
        "parse_bytes(b'import a\\nx = 1', name='a.py')\n"
        "print('nbformat' in sys.modules, 'nbclient' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "False False\n"


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [
        "cell_type",
        "source",
        "input",
        "outputs",
        "metadata",
        "prompt_number",
        "code",
        "text",
        "level",
    ]
)
TYPES = st.sampled_from(["code", "markdown", "raw", "heading", "html", "text"])
CELLS = st.builds(
    lambda kind, more: {"cell_type": kind, **more}, TYPES, st.dictionaries(NAMES, VALUES)
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 6), st.lists(st.one_of(CELLS, VALUES), max_size=4), st.booleans())
def test_nothing_that_is_read_is_lost(version: int, cells: list[Any], in_sheets: bool) -> None:  # noqa: FBT001
    """Whatever stands in a notebook: no error, and each text that the tolerant reader reads."""
    held = {"worksheets": [{"cells": cells}]} if in_sheets else {"cells": cells}
    notebook = {"nbformat": version, "nbformat_minor": 0, "metadata": {}, **held}
    submission = parse_bytes(json.dumps(notebook).encode(), name="a.ipynb")
    tolerant, _ = reader._tolerant_cells(json.loads(json.dumps(cells)))
    assert [one for one in tolerant if one.source and one not in submission.cells] == []
