"""Draws the test cases of a part and validates them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from grader.assignment import rules
from grader.assignment.files import contents, wrong_contents
from grader.assignment.part import Part
from grader.assignment.source_lines import raised
from grader.assignment.tables import Case, Cases
from grader.errors import AssignmentError, GraderError


def draw_cases(
    part: Part,
    draw: np.random.Generator,
    *,
    folder: Path | None = None,
    cases: Cases | None = None,
    files: Sequence[str] = (),
) -> tuple[Case, ...]:
    """The part's cases, or those that another of its fields draws.

    Raises AssignmentError that lists what is wrong with them, or says what drawing raised and where
    in the assignment's `folder`. Each case has the content of all the assignment's `files`.
    A part that is answered in words has no cases.
    """
    if part.is_written:
        return ()
    try:
        drawn = (cases or part.cases)(draw)
    except GraderError:
        raise
    except Exception as error:
        msg = f"drawing the test cases raised {raised(error, folder)}; fix `cases`"
        raise AssignmentError(f"part {part.name!r}: {msg}") from error
    problems = [f"part {part.name!r}: {line}" for line in rules.of_cases(part, drawn)]
    if problems:
        raise AssignmentError(*problems)
    return _with_files(part, drawn, folder or Path(), files)


def _with_files(
    part: Part, cases: tuple[Case, ...], folder: Path, names: Sequence[str]
) -> tuple[Case, ...]:
    """The cases, each with the content of all files. Raises AssignmentError."""
    problems = [
        f"part {part.name!r}: test case {case.name!r}: {line}"
        for case in cases
        for line in wrong_contents(folder, names, case)
    ]
    if problems:
        raise AssignmentError(*problems)
    if not names:
        return cases
    return tuple(replace(case, files=contents(folder, names, case)) for case in cases)
