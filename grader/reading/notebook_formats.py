"""A notebook's cells as Jupyter's own library reads them, of every version that it can upgrade.

It gets what a cell contains except outputs, attachments, and metadata: these are never looked at,
and a hostile file could make much of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from grader.reading.silence import no_warnings

NEWEST = 4
"""The version that all others are upgraded to."""
_HELD = ("cell_type", "source", "execution_count", "input", "prompt_number", "code", "text")
"""What the versions call a cell's type, text and number.

Not the level of a heading, of which the library would write as many signs before the text.
"""
_FIRST_TYPES = ("code", "text")
"""The types of version 1: in the place of any other the library repeats the cell before it."""
_IN_SHEETS = (2, 3)
"""The versions whose cells lie on worksheets."""


def upgraded_cells(
    notebook: Mapping[str, object], cells: Sequence[object]
) -> list[dict[str, object]] | None:
    """Get the cells as version 4 has them; None where the library refuses the notebook.

    `cells` are those of the notebook, of all its worksheets.
    """
    data = _plain_notebook(notebook, cells)
    if data is None:
        return None
    import nbformat  # noqa: PLC0415  (a tenth of a second, while the fork server starts)

    version = data["nbformat"]
    if version not in nbformat.versions:
        return None
    try:
        with no_warnings(), _no_log():
            node = nbformat.versions[version].to_notebook_json(data, minor=data["nbformat_minor"])
            return list(nbformat.convert(node, NEWEST).cells)  # type: ignore[no-untyped-call]
    except nbformat.ValidationError:
        return None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None  # the library does not check the types in what it reads


def _plain_notebook(
    notebook: Mapping[str, object], cells: Sequence[object]
) -> dict[str, object] | None:
    """Get what the library is given; None where that would do harm, or is sure to be refused."""
    version = notebook.get("nbformat")
    minor = notebook.get("nbformat_minor", 0)
    plain = [_plain_cell(cell) for cell in cells if isinstance(cell, dict) and _is_plain(cell)]
    if type(version) is not int or type(minor) is not int or len(plain) < len(cells):
        return None
    if version == 1 and any(cell.get("cell_type") not in _FIRST_TYPES for cell in plain):
        return None
    held = {"worksheets": [{"cells": plain}]} if version in _IN_SHEETS else {"cells": plain}
    return {"nbformat": version, "nbformat_minor": minor, "metadata": {}, **held}


def _is_plain(cell: Mapping[str, object]) -> bool:
    """Tell whether what a cell contains are texts, lists of texts, and numbers."""
    for value in (cell.get(name) for name in _HELD):
        items = value if isinstance(value, list) else [value]
        if not all(item is None or isinstance(item, (str, int, float)) for item in items):
            return False
    return True


def _plain_cell(cell: Mapping[str, object]) -> dict[str, object]:
    """Get the cell without what is never looked at, and with what the library asks for."""
    plain = {name: cell[name] for name in _HELD if name in cell}
    if "outputs" in cell or cell.get("cell_type") == "code":
        plain["outputs"] = []
    return {**plain, "metadata": {}}


@contextmanager
def _no_log() -> Iterator[None]:
    """Keep from the log what the library finds odd: whoever grades can do nothing about it."""
    log = logging.getLogger("traitlets")
    was_off = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = was_off
