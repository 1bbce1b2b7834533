"""Tests of `grader.reading.written_answers`."""

from __future__ import annotations

import time

import pytest
from words_class import HANDED_OUT, LINE, UNTOUCHED, notebook

from grader.reading.submission import Submission, parse_bytes
from grader.reading.written_answers import LONGEST, WrittenAnswer, names_in, written_answer

HANDED = parse_bytes(notebook(UNTOUCHED).encode(), name="words.ipynb")


def submitted(text: str, name: str = "a.ipynb") -> Submission:
    """A submission with this text."""
    return parse_bytes(text.encode(), name=name)


def found(submission: Submission, handed_out: Submission = HANDED) -> WrittenAnswer:
    """The answer in it."""
    cells = submission.parsed_cells
    return written_answer("why_jit", submission.cells, cells, [handed_out.cells])


def answer(*cells: tuple[str, str]) -> str:
    """The answer in a notebook whose cells have no identity of the one that was handed out."""
    ids = [f"own{number}" for number in range(len(cells))]
    return found(submitted(notebook(cells, ids))).text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HANDED_OUT, ""),
        (f"{LINE}\n", ""),
        (f"{LINE}\n \t\n\u200b\n", ""),
        (f"{LINE}\n*Write your answer here.*\n<!-- later -->", ""),
        (f"{LINE}\nIt compiles.", "It compiles."),
        (f"{LINE}\n*Write your answer here.*\n\nIt compiles.\n", "It compiles."),
        (f"{LINE} It compiles.", "It compiles."),
        (f"{LINE}\n*Write your answer here.* It compiles.", "It compiles."),
        (f"{LINE}\r\n*Write your answer here.*  \r\nOne.\r\n\r\nTwo.", "One.\n\nTwo."),
        (f"It compiles.\n{LINE}", "It compiles."),
        (f"{LINE}\nOne.\n  - two\n\n\n\n\nThree.", "One.\n  - two\n\nThree."),
        ("<!--answer:why_jit-->\nIt compiles.", "It compiles."),
        (f"{LINE}\n<!-- a comment --> It shows.", "<!-- a comment --> It shows."),
        ("<!-- answer: why_vmap -->\nIt maps.", ""),
        ("<!-- answer: why_jits -->\nIt maps.", ""),
    ],
)
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_less_what_was_handed_out(kind: str, text: str, wanted: str) -> None:
    """The answer is what is in the cell with the line, without the line and what came with it."""
    assert answer((kind, text)) == wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("why_jit = 'It compiles.'", "It compiles."),
        ("why_jit: str = 'It ' 'compiles.'", "It compiles."),
        ("why_jit = 'It ' + f'compiles.'", "It compiles."),
        ("why_jit = 'one'\nwhy_jit = 'two'", "two"),
        ("other = why_jit = 'It compiles.'", "It compiles."),
        ('why_jit = """One.\n\nTwo."""', "One.\n\nTwo."),
        ("why_jit = ''", ""),
        ("why_jit = 1", ""),
        ("why_jit = f'{1}'", ""),
        ("why_jit = open('/etc/passwd').read()", ""),
        ("why_jit = b'bytes'", ""),
        ("def f():\n    why_jit = 'inside'", ""),
        (f"# {LINE}\n# It compiles.\n# And fuses.\nx = 1", "It compiles.\nAnd fuses."),
        (f"{LINE}\nIt compiles, this is no Python.", "It compiles, this is no Python."),
    ],
)
def test_in_a_code_cell(source: str, wanted: str) -> None:
    """Without the cell, it is a comment with the line, a bound string, or a cell with the line."""
    assert answer(("code", source)) == wanted


def test_untouched_cell_gives_way() -> None:
    """Where the cell is untouched, what is written elsewhere for it counts."""
    assert answer(("markdown", HANDED_OUT), ("code", "why_jit = 'It fuses.'")) == "It fuses."
    both = answer(("markdown", f"{LINE}\nIn the cell."), ("code", "why_jit = 'A string.'"))
    assert both == "In the cell."


def test_cells_with_the_line_together() -> None:
    """A cell that was copied loses nothing."""
    twice = (("markdown", f"{LINE}\nOne."), ("markdown", HANDED_OUT), ("raw", f"{LINE}\nTwo."))
    assert answer(*twice) == "One.\n\nTwo."


def test_line_removed() -> None:
    """A cell that has lost its line is known by its identity, or by its place."""
    cells = (*UNTOUCHED[:2], ("markdown", "It compiles."))
    by_identity = submitted(notebook(cells, ["x", "y", "c2"]))
    assert found(by_identity).text == "It compiles."
    assert answer(*cells) == "It compiles."
    assert answer(("markdown", "It compiles."), *UNTOUCHED[:2]) == ""
    assert answer(*UNTOUCHED[:2], ("markdown", "*Write your answer here.*")) == ""


def test_handed_out_string() -> None:
    """A string that was handed out is no answer until it is another."""
    handed = submitted(notebook([("code", "why_jit = 'Write here.'")]))
    same = submitted(notebook([("code", "why_jit = 'Write here.'")]))
    own = submitted(notebook([("code", "why_jit = 'It fuses.'")]))
    assert [found(one, handed).text for one in (same, own)] == ["", "It fuses."]


@pytest.mark.parametrize(
    "script",
    [
        f"# %% [markdown]\n# {LINE}\n# *Write your answer here.*\n# One.\n#\n# Two.\n\n# %%\nx = 1\n",
        f'# %% [markdown]\n"""\n{LINE}\nOne.\n\nTwo.\n"""\n\n# %%\nx = 1\n',
        f"x = 1\n\n# {LINE}\n# One.\n# \n# Two.\n\n# In[3]:\n\n\ny = 2\n",
        'why_jit = """\nOne.\n\nTwo.\n"""\n',
    ],
    ids=["percent", "quoted", "nbconvert", "string"],
)
def test_in_a_script(script: str) -> None:
    """In a script, the answer is in a text cell, in comments, or in a string."""
    assert found(submitted(script, "a.py")).text == "One.\n\nTwo."


def test_place_is_told() -> None:
    """Where the answer is, or would be; nowhere when there is nothing of it."""
    assert str(found(submitted(notebook(UNTOUCHED))).place) == "cell 3"
    there = submitted(notebook((*UNTOUCHED, ("code", "why_jit = 'It fuses.'"))))
    assert str(found(there).place) == "cell 4"
    assert found(submitted(notebook(UNTOUCHED[:2]))) == WrittenAnswer()


def test_names_in() -> None:
    """The names of all answers that a notebook has a line for."""
    cells = submitted(notebook([("markdown", f"{LINE}\n<!-- answer: b -->"), ("code", "x")])).cells
    assert names_in(cells) == {"why_jit", "b"}


@pytest.mark.parametrize(
    "text", ["<!-- " * 190_000, "a" * 900_000, "\n" * 900_000, "*Write " * 120_000, LINE * 30_000]
)
def test_hostile_text_ends(text: str) -> None:
    """A text of any size is read quickly, and kept to a size that a report can show."""
    started = time.monotonic()
    said = answer(("markdown", f"{LINE}\n{text}"), ("code", f"why_jit = {text[:1000]!r}"))
    assert len(said) <= LONGEST
    assert time.monotonic() - started < 5
