"""Code where nothing runs it is found."""

from __future__ import annotations

from grader.reading.cells import Cell
from grader.reading.code_in_text import code_in_text


def code(source: str, *, number: int) -> Cell:
    """Get a code cell."""
    return Cell(number=number, kind="code", source=source)


def test_code_in_text_is_found() -> None:
    """E45, E47: a definition in a text cell, a comment or a string is found."""
    cells = (
        Cell(number=1, kind="markdown", source="```\ndef f(x):\n  ...\n```"),
        code("# def g(x):\n#     return x", number=2),
        code('"""\ndef f(x):\n    return x\n"""', number=3),
        code("def f(x): return x", number=4),
        Cell(number=5, kind="raw", source="def h(x): pass"),
    )
    found = code_in_text(cells, ("f", "g"))
    assert [(one.name, one.kind, str(one.place)) for one in found] == [
        ("f", "text", "cell 1"),
        ("g", "comment", "cell 2"),
        ("f", "string", "cell 3"),
    ]
