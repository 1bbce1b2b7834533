"""Validates the child's table of drawn marks, a row each, see `inside/figures.py`."""

from __future__ import annotations

import numpy as np

_COLUMNS = {
    **dict.fromkeys(("xy", "place"), ("f", (2,))),
    **dict.fromkeys(("color", "edge"), ("f", (4,))),
    "background": ("f", (3,)),
    "size": ("f", ()),
    **dict.fromkeys(("kind", "shape", "artist", "axes", "figure", "visible"), ("i", ())),
}
"""Of a table of marks, the kind of number and the shape of a row in each column."""


def is_table(figures: object) -> bool:
    """Whether what came back has all columns of a table of marks, as many rows in each."""
    if not isinstance(figures, dict):
        return False
    columns = [figures.get(name) for name in _COLUMNS]
    rows = {column.shape[:1] for column in columns if isinstance(column, np.ndarray)}
    return len(rows) == 1 and all(
        isinstance(column, np.ndarray)
        and column.dtype.kind == kind
        and column.ndim == 1 + len(row)
        and column.shape[1:] == row
        for column, (kind, row) in zip(columns, _COLUMNS.values(), strict=True)
    )
