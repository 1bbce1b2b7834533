"""A student's notebook with feedback: a summary at its top, and a text cell below each part.

The cell that counts for a part comes before its feedback. A part that is not there has it below
its heading; where the notebook has no such heading, below the summary.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.course.collecting.student_ids import safe_id
from grader.course.job import Job, JobFile
from grader.reading.kept_notebook import (
    MINOR,
    NBFORMAT,
    KeptCell,
    KeptNotebook,
    free_id,
    kept_notebook,
)
from grader.reading.notebook import FEEDBACK
from grader.reading.unreadable import UnreadableError
from grader.report.feedback_cells import part_text, summary_text
from grader.report.renumbered import Numbering
from grader.results import PartResult, SubmissionResult, SubmissionStatus

TAG = "grader-feedback"
SUMMARY = 0
"""Where the number of a part is looked for, that of the cell at the top."""
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+)$", re.MULTILINE)

Json = dict[str, Any]


def files_of(job: Job) -> tuple[JobFile, ...]:
    """The files of a submission that were graded."""
    return (JobFile(name=job.name, data=job.data), *job.others)


def notebook_names(file: str, graded: Sequence[str]) -> tuple[str, ...]:
    """The names of the notebooks with feedback: `file`, of several with each one's own name."""
    if len(graded) < 2:
        return (file,)
    path = Path(file)
    names: list[str] = []
    for name in graded:
        own = f"{path.stem}-{safe_id(Path(name).stem)}{path.suffix}"
        count = 1
        while own in names:
            count += 1
            own = f"{path.stem}-{safe_id(Path(name).stem)}-{count}{path.suffix}"
        names.append(own)
    return tuple(names)


def annotated(
    files: Sequence[JobFile], result: SubmissionResult, *, lang: str, folder: Path
) -> tuple[str, ...]:
    """The text of each file's notebook with feedback, for a result with the points people gave.

    Of a submission that could not be read, one notebook that says so. `folder` is the
    assignment's.
    """
    texts = catalog(lang, folder)
    if result.status is SubmissionStatus.UNREADABLE:
        return (_explaining(result, texts),)
    names = [one.path for one in result.notebooks] or [""] * len(files)
    return tuple(
        _annotated(one, result, name, texts) for one, name in zip(files, names, strict=True)
    )


def _explaining(result: SubmissionResult, texts: Catalog) -> str:
    nothing = KeptNotebook(cells=(), metadata={})
    return _written(nothing, [_cell(SUMMARY, summary_text(result, (), texts), set())])


def _annotated(file: JobFile, result: SubmissionResult, name: str, texts: Catalog) -> str:
    try:
        kept = kept_notebook(file.data, name=file.name)
    except UnreadableError:  # graded, and not to be read now: it is another file
        kept = KeptNotebook(cells=(), metadata={})
    own = [
        (number, part)
        for number, part in enumerate(result.parts, 1)
        if not name or part.notebook in {name, ""}
    ]
    below: dict[int | None, list[int]] = {}
    for number, part in own:
        below.setdefault(_place(part, kept, texts), []).append(number)
    numbering = _numbering(kept, below, name)
    shown = replace(
        result,
        parts=tuple(map(numbering.part, result.parts)),
        messages=tuple(map(numbering.text, result.messages)),
    )
    taken = {str(cell.content["id"]) for cell in kept.cells}

    def cells_of(place: int | None) -> Iterator[Json]:
        for number in below.get(place, ()):
            part = shown.parts[number - 1]
            yield _cell(number, part_text(number, part, texts), taken)

    summary = summary_text(shown, [number for number, _ in own], texts)
    cells = [_cell(SUMMARY, summary, taken), *cells_of(None)]
    for cell in kept.cells:
        cells += [cell.content, *cells_of(cell.number)]
    return _written(kept, cells)


def _place(part: PartResult, kept: KeptNotebook, texts: Catalog) -> int | None:
    """The number of the cell that a part's feedback comes below, None where there is none."""
    if any(cell.number == part.cell for cell in kept.cells):
        return part.cell
    titles = {_plain(str(part.title)), _plain(texts.tell(part.title))} - {""}
    for cell in kept.cells:
        if cell.content["cell_type"] == "markdown":
            headings = [_plain(heading) for heading in _HEADING.findall(_source(cell))]
            if any(title in heading for title in titles for heading in headings):
                return cell.number
    return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _source(cell: KeptCell) -> str:
    return "".join(cell.content["source"])


def _numbering(
    kept: KeptNotebook, below: Mapping[int | None, Sequence[int]], name: str
) -> Numbering:
    """Where each cell is once the feedback is between them."""
    at = 1 + len(below.get(None, ()))
    numbers = {}
    for cell in kept.cells:
        at += 1
        numbers[cell.number] = at
        at += len(below.get(cell.number, ()))
    lines = {c.number: c.first_line for c in kept.cells if c.first_line is not None}
    return Numbering(cells=numbers, first_lines=lines, file=name)


def _cell(number: int, text: str, taken: set[str]) -> Json:
    """A text cell of ours, between two lines; the reader knows it again and leaves it out."""
    name = free_id(f"{TAG}-{number}" if number else TAG, taken)
    taken.add(name)
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {
            "editable": False,
            "grader": {"feedback": number},
            "tags": [TAG],
        },
        "source": f"{FEEDBACK}\n\n---\n\n{text}\n\n---".splitlines(keepends=True),
    }


def _written(kept: KeptNotebook, cells: Sequence[Json]) -> str:
    """The notebook's JSON, which begins as Jupyter's does."""
    made = {
        "cells": list(cells),
        "metadata": kept.metadata,
        "nbformat": NBFORMAT,
        "nbformat_minor": MINOR,
    }
    return json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
