"""From a script to cells: those that it marks, else one, else its blocks that parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.catalog import Message, say
from grader.reading.cells import Cell
from grader.reading.limits import MAX_CELLS, MAX_CODE_CHARS, SPLIT_BUDGET_CHARS
from grader.reading.python_parser import parse_python, parses
from grader.reading.refusals import refuse_code
from grader.reading.repairs import stray_quotes_repaired

_PERCENT = re.compile(r"^#[ \t]*%%(?:[ \t]+(.*)|)$|^#[ \t]*%%(\[.*)$", re.MULTILINE)
_NBCONVERT = re.compile(r"^# In ?\[[ \d*]*\]:[ \t]*$", re.MULTILINE)
_JUPYTEXT = re.compile(r"^# +jupytext:[ \t]*$", re.MULTILINE)
_JUPYTEXT_MAGIC = re.compile(r"^([ \t]*)# (%[A-Za-z]\w*(?: .*)?|!\w.*)$", re.MULTILINE)
"""Jupytext puts a comment sign before a magic; that of a whole cell, `%%`, may stay there."""
_PYTHON_2 = re.compile(r"^[ \t]*print[ \t]+[^\s(=.,:)]", re.MULTILINE)
_CONTINUES = re.compile(r"(else|elif|except|finally)\b|[)\]}#\s]|$")


def script_cells(text: str, where: str) -> tuple[tuple[Cell, ...], tuple[Message, ...]]:
    """Get the cells of a script: those it marks, else one, else its blocks that parse."""
    notes: tuple[Message, ...] = ()
    if len(text) > MAX_CODE_CHARS:
        refuse_code(len(text), where)
    if _JUPYTEXT.search(text):
        text = _JUPYTEXT_MAGIC.sub(r"\1\2", text)
    marks = list(_PERCENT.finditer(text)) or list(_NBCONVERT.finditer(text))
    if marks:
        pieces = list(_marked_pieces(text, marks))
    elif parses(text) or stray_quotes_repaired(text) is not None:
        pieces = [(1, "code", text)]
    else:
        pieces = [(line, "code", piece) for line, piece in _blocks(text)]
        if found := _PYTHON_2.search(text):
            line = text.count("\n", 0, found.start()) + 1
            place = say("cell.script_place", line=line)
            notes = (say("cell.at", place=place, what=say("cell.print_2")),)
    cells = tuple(
        Cell(number=number, kind=kind, source=source, first_line=line)
        for number, (line, kind, source) in enumerate(pieces, start=1)
    )
    return cells, notes


def _marked_pieces(text: str, marks: Sequence[re.Match[str]]) -> Iterator[tuple[int, str, str]]:
    """Yield (first line, kind, text) for what lies between the marks, the marks left in."""
    if text[: marks[0].start()].strip():
        yield 1, "code", text[: marks[0].start()].rstrip("\n")
    line, at = 1, 0
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        line += text.count("\n", at, mark.start())
        at = mark.start()
        piece = text[at : following.start() if following else len(text)].rstrip("\n")
        words = mark[0].lower()
        kind = next((k for k in ("markdown", "raw") if f"[{k}]" in words), "code")
        yield line, kind, piece.replace("\n# ", "\n") if kind != "code" else piece


def _blocks(text: str) -> list[tuple[int, str]]:
    """Get (first line, text) of runs of top-level blocks that parse and of those that do not.

    So one line of Python 2 in a script costs its own block, not the whole file.
    """
    lines = text.split("\n")
    runs: list[tuple[int, int, bool]] = []
    for start, end, is_python in _joined_blocks(lines, _block_starts(lines)):
        if runs and is_python and runs[-1][2]:
            runs[-1] = (runs[-1][0], end, True)
        else:
            runs.append((start, end, is_python))
    if len(runs) > MAX_CELLS:
        return [(1, text)]
    return [(start + 1, "\n".join(lines[start:end])) for start, end, _ in runs]


def _block_starts(lines: Sequence[str]) -> list[int]:
    """Get where a top-level statement may begin: at the left margin, not after a decorator."""
    starts = [0]
    follows_decorator = False
    for i, line in enumerate(lines):
        if _CONTINUES.match(line):
            continue
        if i and not follows_decorator:
            starts.append(i)
        follows_decorator = line.startswith("@")
    return starts


def _joined_blocks(lines: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, does it parse) of blocks; one that a string spans is put together."""
    ends = [*starts[1:], len(lines)]
    budget = SPLIT_BUDGET_CHARS
    i = 0
    while i < len(starts):
        last, is_python = i, False
        for j in range(i, min(i + 200, len(starts))):
            block = "\n".join(lines[starts[i] : ends[j]])
            budget -= len(block)
            error = _syntax_error(block) if budget > 0 else "too long"
            if error is None:
                last, is_python = j, True
            if error is None or not _is_cut_off(error):
                break
        yield starts[i], ends[last], is_python
        i = last + 1


def _syntax_error(text: str) -> str | None:
    try:
        parse_python(text)
    except SyntaxError as error:
        return error.msg
    return None


def _is_cut_off(message: str) -> bool:
    return "triple-quoted" in message or "never closed" in message or "EOF" in message
