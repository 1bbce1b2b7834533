"""A tiny assignment with points that a person gives, and submissions for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

ASSIGNMENT = '''
"""A double with a check by hand, a triple, and an answer in words."""
from pathlib import Path

import numpy as np

from grader import ready
from grader.assignment import Assignment, Case, Check, Input, Incorrect, Part
from grader.compare import difference


def cases(draw):
    sizes = (("one", 3), ("two", 5))
    return tuple(Case(name, inputs={"x": draw.normal(size=size)}) for name, size in sizes)


def right(student):
    for case in student.cases:
        found = difference(got=student.answer(case), want=student.expected(case), name="it")
        if found:
            raise Incorrect(found.message)


def part(name, factor, *more):
    return Part(name, title=name.title(), task="Multiply.", inputs=(Input("x"),), cases=cases,
                reference=lambda x: factor * x, checks=(Check("values", right, points=4), *more))


HERE = Path(__file__).parent
ASSIGNMENT = Assignment(
    "words", title="Words", notebook=HERE / "words.ipynb", solutions=(HERE / "reference.py",),
    parts=(
        part("double", 2, ready.by_hand("explanation", points=2, rubric="SECRET: for a docstring")),
        part("triple", 3),
        ready.written("why_jit", title="Why jit", task="Say why.", points=5,
                      rubric="SECRET: 2 for compiling"),
    ),
)
'''
SOLUTION = "def double(x):\n    return x + x\n\n\ndef triple(x):\n    return 3 * x\n"
LINE = "<!-- answer: why_jit -->"
HANDED_OUT = f"{LINE}\n*Write your answer here.*"
UNTOUCHED = (
    ("code", "def double(x):\n    # TODO\n    pass\n"),
    ("code", "def triple(x):\n    # TODO\n    pass\n"),
    ("markdown", HANDED_OUT),
)
CODE = (
    ("code", "def double(x):\n    return 2 * x\n"),
    ("code", "def triple(x):\n    return 3 * x\n"),
)


def answered(text: str = "It compiles once.") -> tuple[tuple[str, str], ...]:
    """The cells of a submission with correct code and this answer."""
    return (*CODE, ("markdown", f"{LINE}\n{text}"))


def notebook(cells: Sequence[tuple[str, str]], ids: Sequence[str] = ()) -> str:
    """The text of a notebook with these cells, each a kind and a text."""
    made = []
    for number, (kind, source) in enumerate(cells):
        named = ids[number] if ids else f"c{number}"
        cell = {"cell_type": kind, "id": named, "metadata": {}, "source": source}
        made.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}
    return json.dumps(book)


def assignment(folder: Path) -> Path:
    """Make the folder of the assignment."""
    made = folder / "words_assignment"
    made.mkdir()
    (made / "assignment.py").write_text(ASSIGNMENT, "utf-8")
    (made / "reference.py").write_text(SOLUTION, "utf-8")
    (made / "words.ipynb").write_text(notebook(UNTOUCHED), "utf-8")
    return made


def hand_in(folder: Path, **cells: Sequence[tuple[str, str]]) -> Path:
    """Make a folder of submissions, one notebook a student."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in cells.items():
        (folder / f"{name}.ipynb").write_text(notebook(one), "utf-8")
    return folder
