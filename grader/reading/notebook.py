"""From a notebook's JSON to cells: by Jupyter's own library, else with every type checked by hand.

Half of the notebooks that students submit break a schema. The tolerant reader reads these, and
takes over where the library would read a text otherwise than it stands there, as with lines that
lost their ends. Stored outputs are never looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.catalog import Message, say
from grader.reading.cells import Cell
from grader.reading.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_JSON_NODES
from grader.reading.notebook_formats import upgraded_cells
from grader.reading.python_parser import parses
from grader.reading.refusals import not_a_notebook
from grader.reading.text_encoding import plain_text, without_surrogates
from grader.reading.unreadable import UnreadableError
from grader.safe_text import visible

FEEDBACK = "<!-- grader: feedback -->"
"""How the text of a cell with feedback begins, for editors that do not keep its metadata."""


def is_notebook(text: str, name: str) -> bool:
    """Tell whether text is meant as a notebook, be it a damaged one."""
    start = text.lstrip()[:200]
    if name.lower().endswith(".py"):
        return (
            re.match(r'\{\s*"(cells|metadata|nbformat|nbformat_minor|worksheets)"', start)
            is not None
        )
    return start[:1] in {"{", "["} or re.match(r"(<{7} |null\s*$)", start) is not None


def read_notebook(
    text: str, where: str
) -> tuple[tuple[Cell, ...], tuple[Message, ...], str | None]:
    """Get a notebook's cells, what is unusual about them, and the assignment that it names.

    Raises:
        UnreadableError: the text is not a notebook; the message says why.

    """
    notebook = loaded(text, where)
    raw = raw_cells(notebook, where)
    cells, notes = _tolerant_cells(raw)
    upgraded = upgraded_cells(notebook, raw)
    if upgraded is not None:
        by_library, fewer = _tolerant_cells(upgraded)
        if _has_all(by_library, cells):
            known = zip(by_library, cells, strict=True)  # the library makes up some of the ids
            cells = tuple(replace(cell, id=ours.id) for cell, ours in known)
            notes = fewer
    ours = {n for n, one in enumerate(raw, 1) if isinstance(one, dict) and is_feedback(one)}
    cells = tuple(replace(cell, source="") if cell.number in ours else cell for cell in cells)
    assignment, remarks = _metadata(notebook, cells)
    return cells, notes + remarks, assignment


def loaded(text: str, where: str) -> dict[str, object]:
    """Get the notebook as its JSON has it. Raises UnreadableError."""
    if text.count("{") + text.count("[") > MAX_JSON_NODES:
        raise UnreadableError(where, say("file.huge"))
    try:
        notebook = json.loads(text, strict=False)
    except RecursionError:
        raise not_a_notebook(where, say("file.nested")) from None
    except ValueError as error:
        raise UnreadableError(where, _json_problem(text, error)) from None
    if not isinstance(notebook, dict) or not notebook.keys() & {"cells", "worksheets", "nbformat"}:
        raise not_a_notebook(where, say("file.no_cells"))
    return notebook


def _json_problem(text: str, error: ValueError) -> Message:
    if conflict := re.search(r"^[ \t]*(<{7}|>{7})( |$)", text, re.MULTILINE):
        line = text.count("\n", 0, conflict.start()) + 1
        return say("file.conflict", line=line)
    if not isinstance(error, json.JSONDecodeError):
        return say("file.long_number")
    tail = text[error.pos :].strip()
    is_cut_off = any(word.startswith(tail) for word in ("true", "false", "null"))
    if error.msg.startswith("Unterminated") or is_cut_off:
        last = text.rstrip().count("\n") + 1
        return say("file.cut_off", line=last)
    return say("file.damaged", line=error.lineno)


def raw_cells(notebook: Mapping[str, object], where: str) -> list[object]:
    """Get the cells of nbformat 4, or those of all worksheets of nbformat 3."""
    cells = notebook.get("cells")
    if cells is None:
        sheets = notebook.get("worksheets")
        cells = []
        for sheet in sheets if isinstance(sheets, list) else []:
            more = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += more if isinstance(more, list) else []
    if not isinstance(cells, list):
        raise not_a_notebook(where, say("file.cells_no_list"))
    if len(cells) > MAX_CELLS:
        raise UnreadableError(where, say("file.many_cells", count=len(cells), most=MAX_CELLS))
    return cells


def _tolerant_cells(raws: Sequence[object]) -> tuple[tuple[Cell, ...], tuple[Message, ...]]:
    """Get what can be read of cells, of any version, and what cannot."""
    cells: list[Cell] = []
    notes: list[Message] = []
    for number, raw in enumerate(raws, start=1):
        if not isinstance(raw, dict):
            notes.append(say("file.damaged_cell", cell=number))
            continue
        source = cell_source(raw)
        if source is None or len(source) > MAX_CELL_CHARS:
            is_textless = source is None
            notes.append(say(f"file.{'textless' if is_textless else 'long'}_cell", cell=number))
            source = ""
        named = raw.get("id")
        cells.append(
            Cell(
                number=number,
                kind=cell_kind(raw),
                source=source,
                run_as=_run_as(raw),
                id=named if isinstance(named, str) else "",
            )
        )
    return tuple(cells), _shortened(notes)


def _has_all(cells: Sequence[Cell], tolerant: Sequence[Cell]) -> bool:
    """Tell whether cells contain all that the tolerant reader reads, as it reads it."""
    is_as_long = len(cells) == len(tolerant)
    return is_as_long and all(
        cell == ours or not ours.source for cell, ours in zip(cells, tolerant, strict=True)
    )


def _shortened(notes: Sequence[Message], limit: int = 20) -> tuple[Message, ...]:
    more = len(notes) - limit
    return (*notes[:limit], say("file.more_cells", n=more)) if more > 0 else tuple(notes)


def is_feedback(raw: Mapping[str, object]) -> bool:
    """Tell whether a cell is one that the grader wrote below a part; a cell with code is not."""
    if cell_kind(raw) == "code":
        return False
    metadata = raw.get("metadata")
    marks = metadata.get("grader") if isinstance(metadata, dict) else None
    is_marked = isinstance(marks, dict) and marks.get("feedback") is not None
    return is_marked or (cell_source(raw) or "").startswith(FEEDBACK)


def cell_kind(raw: Mapping[str, object]) -> str:
    """Get the kind of a cell of any version: "code", "markdown" or "raw"."""
    kind = raw.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    if kind is None and raw.keys() & {"outputs", "execution_count", "input"}:
        return "code"
    return "markdown"  # heading and html of nbformat 3, and whatever else is no code


def _run_as(raw: Mapping[str, object]) -> int | None:
    """The cell's execution count, whatever its name in that version of the format."""
    for name in ("execution_count", "prompt_number"):
        count = raw.get(name)
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 1 << 31:
            return count
    return None


def cell_source(raw: Mapping[str, object]) -> str | None:
    """Get the text, given as a string or a list of them; nbformat 3 calls it `input`."""
    source = raw.get("source", raw.get("input"))
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        # Lists of lines without line ends occur; a notebook that Jupyter wrote has them.
        source = ("" if any("\n" in line for line in lines) else "\n").join(lines)
    return plain_text(source) if isinstance(source, str) else None


def _metadata(
    notebook: Mapping[str, object], cells: Sequence[Cell]
) -> tuple[str | None, tuple[Message, ...]]:
    """Get the assignment that the notebook names, and notes about its metadata."""
    assignment = _string_at(notebook, "metadata", "grader", "assignment")
    language = _string_at(notebook, "metadata", "kernelspec", "language") or _string_at(
        notebook, "metadata", "language_info", "name"
    )
    notes: tuple[Message, ...] = ()
    if assignment is not None and not re.fullmatch(r"[\w.-]{1,100}", assignment):
        # A path or an import would let a student choose code that the grader runs.
        notes += (say("file.odd_name"),)
        assignment = None
    if language and not re.match(r"x?i?python", language.strip().lower()):
        foreign = sum(c.kind == "code" and not parses(c.source) for c in cells)
        if foreign:
            notes += (say("file.language", name=visible(language, limit=30)),)
    return assignment, notes


def _string_at(data: object, *keys: str) -> str | None:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return without_surrogates(data) if isinstance(data, str) else None
