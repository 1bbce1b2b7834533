"""A submission as a notebook of nbformat 4.5, with all that a person sees of it in Jupyter.

What is valid stays as it is: source, outputs, attachments, metadata. What breaks the schema is
brought into its form where that is possible, so that every editor opens the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.reading.cells import Cell
from grader.reading.kept_outputs import kept_outputs, mime_bundle, plain
from grader.reading.notebook import (
    cell_kind,
    cell_source,
    is_feedback,
    is_notebook,
    loaded,
    raw_cells,
)
from grader.reading.refusals import refuse_other_formats, refuse_other_texts
from grader.reading.script import script_cells
from grader.reading.text_encoding import decode, without_surrogates
from grader.safe_text import NAME_LIMIT, visible

NBFORMAT, MINOR = 4, 5
PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""The metadata of a notebook that was made from a script."""
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MARK = re.compile(r"\A#[ \t]*%%[^\n]*\n?")
_LONE_SIGN = re.compile(r"^#[ \t]*$", re.MULTILINE)
_MOST_HEADING = 6

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KeptCell:
    """A cell of the notebook: `number` is that by which the reader knows it."""

    number: int
    content: Json
    first_line: int | None = None
    """The line of the script where it begins; None in a notebook."""


@dataclass(frozen=True, kw_only=True)
class KeptNotebook:
    """The cells of a submission, without feedback that it had already, and its metadata."""

    cells: tuple[KeptCell, ...]
    metadata: Json


def kept_notebook(data: bytes, *, name: str) -> KeptNotebook:
    """Get the notebook in the bytes of a file called `name`, of a script one made of its cells.

    Raises:
        UnreadableError: the bytes are no notebook or script.

    """
    where = visible(name, NAME_LIMIT)
    refuse_other_formats(data, where)
    text, _ = decode(data, name=name)
    if not is_notebook(text, name):
        refuse_other_texts(text, where, name)
        cells, _ = script_cells(text, where)
        return KeptNotebook(cells=_with_ids(map(_of_script, cells)), metadata=dict(PYTHON))
    notebook = loaded(text, where)
    raws = raw_cells(notebook, where)
    kept = (
        KeptCell(number=number, content=_of_notebook(raw))
        for number, raw in enumerate(raws, 1)
        if isinstance(raw, dict) and not is_feedback(raw)
    )
    return KeptNotebook(cells=_with_ids(kept), metadata=_metadata(notebook.get("metadata")))


def _of_script(cell: Cell) -> KeptCell:
    """Get a cell of a script; of a text, without the mark and the comment signs."""
    source = cell.source
    if cell.kind != "code":
        source = _LONE_SIGN.sub("", _MARK.sub("", source)).removeprefix("# ")
    content: Json = {"cell_type": cell.kind, "metadata": {}, "source": _lines(source)}
    if cell.kind == "code":
        content |= {"execution_count": None, "outputs": []}
    return KeptCell(number=cell.number, content=content, first_line=cell.first_line)


def _lines(text: str) -> list[str]:
    """Get a text as notebooks have it: a list of lines with their ends."""
    pieces = re.split(r"(?<=\n)", text)
    return [piece for piece in pieces if piece]


def _of_notebook(raw: Json) -> Json:
    """Get a cell of any version as 4.5 has it."""
    kind = cell_kind(raw)
    metadata = plain(raw.get("metadata"))
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    if kind == "code":
        metadata = {**_collapsed(raw), **metadata}
    content: Json = {
        "cell_type": kind,
        "id": raw.get("id"),
        "metadata": _cell_metadata(metadata, kind),
        "source": _source(raw),
    }
    if kind == "code":
        count = raw.get("execution_count", raw.get("prompt_number"))
        content["execution_count"] = count if _is_count(count) else None
        content["outputs"] = kept_outputs(raw.get("outputs"))
    elif isinstance(attachments := raw.get("attachments"), dict):
        content["attachments"] = {
            without_surrogates(name): mime_bundle(plain(bundle))
            for name, bundle in attachments.items()
            if isinstance(bundle, dict)
        }
    return content


def _collapsed(raw: Json) -> Json:
    """Get what version 3 has beside the metadata."""
    return {"collapsed": raw["collapsed"]} if isinstance(raw.get("collapsed"), bool) else {}


def _source(raw: Json) -> str | list[str]:
    """Get the text as it is, if it is one that Jupyter shows as the reader reads it."""
    given = raw.get("source", raw.get("input"))
    if raw.get("cell_type") == "heading":
        level = raw.get("level")
        signs = level if isinstance(level, int) and 0 < level <= _MOST_HEADING else 1
        return f"{'#' * signs} {' '.join((cell_source(raw) or '').split())}"
    if isinstance(given, str):
        return without_surrogates(given)
    if isinstance(given, list) and all(isinstance(line, str) for line in given):
        has_ends = any("\n" in line for line in given) or len(given) <= 1
        if has_ends:
            return [without_surrogates(line) for line in given]
    return _lines(cell_source(raw) or "")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _cell_metadata(metadata: Json, kind: str) -> Json:
    """Get the metadata without values that the schema does not allow."""
    kept = dict(metadata)
    tags = kept.get("tags")
    if isinstance(tags, list):
        texts = [tag for tag in tags if isinstance(tag, str) and tag and "," not in tag]
        kept["tags"] = list(dict.fromkeys(texts))
    times = kept.get("execution")
    is_odd = {
        "name": not re.search(r"^.+$", str(kept.get("name"))) or _is_no(kept, "name", str),
        "tags": not isinstance(tags, list),
        "jupyter": _is_no(kept, "jupyter", dict),
    }
    if kind == "code":
        is_odd |= {
            "collapsed": _is_no(kept, "collapsed", bool),
            "scrolled": _is_no(kept, "scrolled", bool) and kept.get("scrolled") != "auto",
            "execution": not isinstance(times, dict)
            or not all(isinstance(value, str) for value in times.values()),
        }
    if kind == "raw":
        is_odd["format"] = _is_no(kept, "format", str)
    return {name: value for name, value in kept.items() if not is_odd.get(name)}


def _is_no(table: Json, name: str, kind: type) -> bool:
    return not isinstance(table.get(name), kind)


_INFO: dict[str, Any] = {
    "file_extension": str,
    "mimetype": str,
    "pygments_lexer": str,
    "codemirror_mode": (str, dict),
}


def _metadata(given: object) -> Json:
    """Get the notebook's metadata; a kernel or a language that has no name is none."""
    kept = plain(given)
    kept = dict(kept) if isinstance(kept, dict) else {}
    kernel, language = kept.get("kernelspec"), kept.get("language_info")
    if isinstance(kernel, dict) and isinstance(kernel.get("name"), str):
        shown = kernel.get("display_name")
        shown = shown if isinstance(shown, str) else kernel["name"]
        kept["kernelspec"] = {**kernel, "display_name": shown}
    else:
        kept.pop("kernelspec", None)
    if isinstance(language, dict) and isinstance(language.get("name"), str):
        kept["language_info"] = {
            name: value
            for name, value in language.items()
            if name not in _INFO or isinstance(value, _INFO[name])
        }
    else:
        kept.pop("language_info", None)
    for name, kind in (("title", str), ("authors", list)):
        if name in kept and not isinstance(kept[name], kind):
            del kept[name]
    kept.pop("orig_nbformat", None)  # never to be in a file
    return kept


def _with_ids(cells: Any) -> tuple[KeptCell, ...]:
    """Get the cells with an id each: their own, where that is valid and no other has it."""
    found: Sequence[KeptCell] = list(cells)
    own = [cell.content.get("id") for cell in found]
    taken = {one for one in own if isinstance(one, str)}
    seen: set[str] = set()
    made = []
    for cell, given in zip(found, own, strict=True):
        name = given if isinstance(given, str) and _ID.fullmatch(given) else ""
        if not name or name in seen:
            name = free_id(f"submitted-{cell.number}", taken)
        seen.add(name)
        taken.add(name)
        content = {"cell_type": cell.content["cell_type"], "id": name}
        made.append(
            KeptCell(
                number=cell.number,
                content={**content, **cell.content, "id": name},
                first_line=cell.first_line,
            )
        )
    return tuple(made)


def free_id(wanted: str, taken: set[str]) -> str:
    """Get an id that no cell has: the wanted one, if need be with a number behind it."""
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}-{count}"
    return name
