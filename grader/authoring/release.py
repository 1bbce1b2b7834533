"""What students get: the notebook without answers, its files, and public cases to check with.

Nothing is written before it is known that a student who does nothing gets no points, and that
neither the reference nor a hidden case is in the files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat

from grader import atomic
from grader.assignment import Assignment
from grader.assignment.files import contents
from grader.authoring import lint
from grader.authoring.leaks import Text, definitions, leaks
from grader.authoring.notebook_run import MAY_RAISE, NotebookRun
from grader.authoring.public_cases import told
from grader.errors import AssignmentError, UsageError
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.grade import grade_ours
from grader.reading.program import Program
from grader.reading.submission import Submission, joined, parse_bytes
from grader.sandbox.server import ForkServer

TIMEOUT_S = 120.0
TEXTS = (".py", ".ipynb", ".md", ".txt")
"""How files of an assignment are named that may hold an answer in words or code."""
SEED = 0
"""The seed of the public cases' export, so that what it could give away is looked for."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """The files of a release by name: text, and copies of the assignment's files."""

    files: Mapping[str, str | bytes]
    note: str = ""
    """Why the notebook was not run, where it was not."""
    untold: Mapping[str, str] = field(default_factory=dict)
    """The parts that the self-check cannot look at, and why."""


def release(
    assignment: Assignment,
    server: ForkServer,
    run: Callable[[Assignment], NotebookRun] | None = None,
) -> Release:
    """What students get, after `run` has run the notebook (`run_notebook`) if it is given.

    Raises: AssignmentError that tells every reason not to hand it out.
    """
    problems = lint.problems(assignment, SEED)
    if problems:
        raise AssignmentError(*problems)
    notebooks = {path.name: _handed_out(assignment, path) for path in assignment.notebooks}
    copies = contents(assignment.folder, assignment.files)
    files: dict[str, str | bytes] = {**notebooks, **copies}
    data, untold = told(assignment)
    if any(part.get("checks") for part in data["parts"]):
        selfcheck = f"{assignment.name}.selfcheck.json"
        if selfcheck in files:
            raise AssignmentError(
                f"assignment {assignment.name!r}: files: {selfcheck!r} is the name of the "
                "self-check's data; give the file another name"
            )
        files[selfcheck] = json.dumps(data, allow_nan=False) + "\n"
    answer_key = draw_key(assignment, SEED)
    submission = joined([parse_bytes(t.encode(), name=name) for name, t in notebooks.items()])
    given = _given(assignment, submission)
    found = [
        *earning(submission, answer_key, server),
        *leaks(answer_key, [*_texts(files, submission)], given),
    ]
    if found:
        raise AssignmentError(*(f"assignment {assignment.name!r}: {line}" for line in found))
    ran = NotebookRun() if run is None else run(assignment)
    if ran.problems:
        raise AssignmentError(*(f"assignment {assignment.name!r}: {line}" for line in ran.problems))
    return Release(files=files, note=ran.note, untold=untold)


def save(made: Release, assignment: Assignment, folder: Path, *, force: bool) -> None:
    """Write the files. Raises UsageError when one is there already, unless that is wanted.

    A file of the assignment's own is never written over, whatever is wanted.
    """
    there = [path for name in made.files if os.path.lexists(path := folder / name)]
    for path in there:
        if _is_own(path, assignment):
            raise UsageError(
                f"{path}: is one of the assignment's own files and is never overwritten; name "
                "another folder with --out"
            )
    for name in made.files:
        for outer in (folder / name).relative_to(folder).parents[:-1]:
            if os.path.lexists(folder / outer) and not (folder / outer).is_dir():
                raise UsageError(f"{folder / outer}: is in the way of {name}; name another folder")
    for path in there if not force else ():
        raise UsageError(f"{path}: already exists; use --force to overwrite it")
    for name, content in made.files.items():
        atomic.write(folder / name, content)


def _is_own(path: Path, assignment: Assignment) -> bool:
    """Whether a path that is there is a file of the assignment, by whatever name."""
    home = assignment.folder.resolve()
    if path.resolve().is_relative_to(home) or path.parent.resolve().is_relative_to(home):
        return True
    own = (*assignment.notebooks, *assignment.other_versions, *assignment.solutions)
    return path.exists() and any(path.samefile(one) for one in own)


# The notebook ------------------------------------------------------------------------------


def _handed_out(assignment: Assignment, path: Path) -> str:
    """A notebook's text without outputs and metadata; a script as it is."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    notebook = json.loads(text)
    found = notebook.get("cells")
    if not isinstance(found, list) or not all(_has_type(cell) for cell in found):
        where = f"assignment {assignment.name!r}: notebook {path.name!r}"
        raise AssignmentError(f"{where}: has an old format; save it in version 4")
    metadata = notebook.get("metadata", {})
    kept = {"grader": {"assignment": assignment.name}}
    if isinstance(metadata.get("kernelspec"), dict):
        names = ("display_name", "language", "name")
        kept["kernelspec"] = {name: metadata["kernelspec"].get(name, "") for name in names}
    kept["language_info"] = {"name": "python"}
    made = {**notebook, "cells": [_cleared(cell) for cell in found], "metadata": kept}
    written: str = nbformat.v4.writes(nbformat.from_dict(made))  # type: ignore[no-untyped-call]
    return written + "\n"


def _has_type(cell: object) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("cell_type"), str)


def _cleared(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell without outputs and metadata; where it may raise, Jupyter still goes on after it."""
    tags = cell.get("metadata", {}).get("tags", ())
    found = {**cell, "metadata": {"tags": [MAY_RAISE]} if MAY_RAISE in tags else {}}
    if cell.get("cell_type") == "code":
        found |= {"outputs": [], "execution_count": None}
    return found


def _given(assignment: Assignment, submission: Submission) -> dict[str, str]:
    """By its name, the text of each function of the notebook; of a part without one, all code."""
    cells = [cell for one in submission.notebooks for cell in one.parsed_cells]
    sources = [cell.source for cell in cells if not cell.problem]
    code = dict.fromkeys((part.name for part in assignment.parts), "\n".join(sources))
    return {**code, **{name: text for source in sources for name, text in definitions(source)}}


def _texts(files: Mapping[str, str | bytes], submission: Submission) -> Iterator[Text]:
    """All text that is in the files, cell by cell where there are cells; no tables of numbers."""
    notebooks = {one.path for one in submission.notebooks}
    for one in submission.notebooks:
        for cell in one.cells:
            yield Text(f"{one.path}, cell {cell.number}", cell.source)
    for name, content in files.items():
        if isinstance(content, str) and name not in notebooks:
            yield Text(name, content)
        elif isinstance(content, bytes) and name.lower().endswith(TEXTS):
            yield Text(name, content.decode("utf-8", "replace"))


def earning(submission: Submission, answer_key: AnswerKey, server: ForkServer) -> Iterator[str]:
    """Parts that give points to the notebook as it is, judged as if a student had written it."""
    bare = replace(answer_key, stubs=())
    result = grade_ours(submission, bare, server, student="untouched", timeout_s=TIMEOUT_S)
    programs = {one.path: Program.of(one) for one in submission.notebooks}
    for part in result.parts:
        if part.score > 0:
            path = part.notebook or submission.path
            bindings = programs[path].bindings(part.name)
            cell = f", cell {bindings[-1].cell}" if bindings else ""
            yield (
                f"{path}{cell}: `{part.name}` earns {part.score:g} of "
                f"{part.max_score:g} points as it is, so it still contains an answer; replace the "
                "answer with # TODO"
            )
