"""A tiny assignment and submissions for it, quick to grade, and the command run in-process."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.cli import entry

ASSIGNMENT = '''
"""Two parts: a double for 6 points, a triple for 4."""
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Case, Check, Input, Incorrect, Part
from grader.compare import difference


def cases(draw):
    return (Case("one", inputs={"x": draw.normal(size=3).astype(np.float32)}),)


def right(student):
    for case in student.cases:
        found = difference(got=student.answer(case), want=student.expected(case), name="it")
        if found:
            raise Incorrect(found.message)


def part(name, factor, points):
    return Part(name, title=name.title(), task="Multiply.", inputs=(Input("x"),), cases=cases,
                reference=lambda x: factor * x, checks=(Check("values", right, points=points),))


ASSIGNMENT = Assignment("tiny", title="Tiny", notebook=Path(__file__).with_name("tiny.py"),
                        parts=(part("double", 2, 6), part("triple", 3, 4)))
'''

RIGHT = "def double(x): return x + x\ndef triple(x): return 3 * x\n"
HALF = "def double(x): return 2 * x\ndef triple(x): return x\n"
NONE = "def double(x): pass\n"


@dataclass(frozen=True)
class Ran:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path | int) -> Ran:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = entry.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(str(end.code or 0))
    return Ran(code, out.getvalue(), err.getvalue())


def assignment(folder: Path) -> Path:
    """Make the folder of the assignment."""
    made = folder / "tiny_assignment"
    made.mkdir()
    (made / "assignment.py").write_text(ASSIGNMENT, "utf-8")
    (made / "tiny.py").write_text("def double(x):\n    ...\ndef triple(x):\n    ...\n", "utf-8")
    return made


def hand_in(folder: Path, **sources: str) -> Path:
    """Make a folder of submissions, one script a student."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, "utf-8")
    return folder


def results(out: Path) -> dict[str, dict[str, Any]]:
    """Get the results in a batch's folder by student."""
    return {
        path.parent.name: json.loads(path.read_text("utf-8"))
        for path in sorted(out.glob("students/*/result.json"))
    }


def timeless(result: dict[str, Any]) -> dict[str, Any]:
    """Get a result without how long it took."""
    return {key: value for key, value in result.items() if key != "duration_s"}


def graded_parts(
    home: Path, name: str, declaration: str, stubs: str, sources: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The parts of the result of each script by its key, all of them graded as one class."""
    folder = home / name
    folder.mkdir()
    (folder / "assignment.py").write_text(declaration, "utf-8")
    cell = {"cell_type": "code", "metadata": {}, "source": stubs, "outputs": []}
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    (folder / f"{name}.ipynb").write_text(json.dumps(book), "utf-8")
    students = {f"s{number:02}": key for number, key in enumerate(sources)}
    hand_in(home / "class", **{student: sources[key] for student, key in students.items()})
    ran = run("batch", home / "class", "-a", folder, "--out", home / "out", "--seed", 1)
    assert ran.code == 0, ran.err
    found = results(home / "out")
    return {
        key: {part["name"]: part for part in found[student]["parts"]}
        for student, key in students.items()
    }
