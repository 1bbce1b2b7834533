"""Answers in words: what a student wrote in the cell of the notebook that is for them.

The cell contains the line `<!-- answer: NAME -->`. What was handed out in it is no answer. Where a
student has put the answer elsewhere, or has removed the line, it is looked for: nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.catalog import Message
from grader.reading.cells import Cell, ParsedCell, parse_cell

LONGEST = 20_000
"""So many characters of an answer are kept."""
_MOST_READ, _MOST_CELLS = 200_000, 20
"""So much of a text, and so many cells, are looked at."""
_LINE = re.compile(r"<!--[ \t]*answer:[ \t]*(\w+)[ \t]*-->[ \t]*")
_MARK = re.compile(r"#[ \t]*%%[^\n]*\n?")
_COMMENT = re.compile(r"[ \t]*#[ \t]?")
_QUOTES = re.compile(r'\A\s*[rR]?"""|"""\s*\Z')
_TEXTS = frozenset({"markdown", "raw"})


@dataclass(frozen=True, kw_only=True)
class WrittenAnswer:
    """What a student wrote, '' if nothing; `place` is where it is, None where it has no place."""

    text: str = ""
    place: Message | None = None
    cell: int | None = None
    """The number of the cell that is or contains it."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A text that may be an answer, and the line where it begins."""

    text: str
    cell: Cell
    line: int = 1


def names_in(cells: Sequence[Cell]) -> frozenset[str]:
    """The names of the answers that some cell has the line of."""
    return frozenset(name for cell in cells for name in _LINE.findall(cell.source))


def written_answer(
    name: str,
    cells: Sequence[Cell],
    parsed: Sequence[ParsedCell],
    handed_out: Sequence[Sequence[Cell]],
) -> WrittenAnswer:
    """The answer of this name in a notebook, less what was handed out for it.

    It is the text cell with its line; else the one that was handed out with it; else a comment
    with that line, a string that is bound to the name, any cell with that line, or the text in its
    place. `parsed` are the code cells, `handed_out` the cells of the notebooks as released.
    """
    given = _given(name, handed_out)
    empty = WrittenAnswer()
    for found in _candidates(name, cells, parsed, handed_out):
        texts = [(_less(one.text[:_MOST_READ], given), one) for one in found[:_MOST_CELLS]]
        written = [(text, one) for text, one in texts if text]
        if written:
            whole = "\n\n".join(text for text, _ in written)
            return replace(_at(written[0][1]), text=whole[:LONGEST])
        if found and empty.place is None:
            empty = _at(found[0])
    return empty


def _at(found: _Found) -> WrittenAnswer:
    return WrittenAnswer(place=found.cell.whereabouts(found.line), cell=found.cell.number)


def _candidates(
    name: str,
    cells: Sequence[Cell],
    parsed: Sequence[ParsedCell],
    handed_out: Sequence[Sequence[Cell]],
) -> Iterator[list[_Found]]:
    """What may be the answer, the likeliest first."""
    texts = [cell for cell in cells if cell.kind in _TEXTS]
    with_line = [cell for cell in cells if name in _LINE.findall(cell.source)]
    yield [_Found(text=_plain(cell), cell=cell) for cell in with_line if cell.kind in _TEXTS]
    own = {
        one.id
        for notebook in handed_out
        for one in notebook
        if one.id and name in _LINE.findall(one.source)
    }
    yield [_Found(text=_plain(cell), cell=cell) for cell in cells if cell.id in own]
    code = [cell for cell in with_line if cell.kind not in _TEXTS]
    yield [found for cell in code for found in _comments(name, cell)]
    yield list(_strings(name, cells, parsed))[-1:]
    yield [_Found(text=cell.source, cell=cell) for cell in code]
    yield [
        _Found(text=_plain(cell), cell=cell) for cell in _in_place(name, texts, cells, handed_out)
    ]


def _plain(cell: Cell) -> str:
    """The text of a cell; in a script it comes after a mark, behind comment signs or in quotes."""
    if cell.first_line is None:
        return cell.source
    text = _MARK.sub("", cell.source, count=1)
    text = _QUOTES.sub("", text)
    return "\n".join("" if line.strip() == "#" else line for line in text.split("\n"))


def _comments(name: str, cell: Cell) -> Iterator[_Found]:
    """The comments of a code cell around the line."""
    lines = cell.source.splitlines()
    at = [i for i, line in enumerate(lines) if name in _LINE.findall(line)]
    for i in at[:1]:
        if not _COMMENT.match(lines[i]):
            return
        first = last = i
        while first > 0 and _COMMENT.match(lines[first - 1]):
            first -= 1
        while last + 1 < len(lines) and _COMMENT.match(lines[last + 1]):
            last += 1
        own = [_COMMENT.sub("", line, count=1) for line in lines[first : last + 1]]
        yield _Found(text="\n".join(own), cell=cell, line=i + 1)


def _strings(name: str, cells: Sequence[Cell], parsed: Sequence[ParsedCell]) -> Iterator[_Found]:
    """The strings that statements of code cells bind to the name, as they are written."""
    by_number = {cell.number: cell for cell in cells}
    for one in parsed:
        for node in one.statements:
            text = _bound(name, node)
            if text is not None and one.number in by_number:
                yield _Found(text=text, cell=by_number[one.number], line=node.lineno)


def _bound(name: str, node: ast.stmt) -> str | None:
    """The text that a statement binds to the name, None where it binds none."""
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return None
    is_bound = any(isinstance(one, ast.Name) and one.id == name for one in targets)
    return _text(value) if is_bound else None


def _text(node: ast.expr) -> str | None:
    """The text of a constant, also in pieces; None of anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    pieces: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        pieces = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pieces = [node.left, node.right]
    texts = [_text(piece) for piece in pieces]
    found = [text for text in texts if text is not None]
    return "".join(found) if pieces and len(found) == len(texts) else None


def _in_place(
    name: str,
    texts: Sequence[Cell],
    cells: Sequence[Cell],
    handed_out: Sequence[Sequence[Cell]],
) -> Iterator[Cell]:
    """The text cells after or before what came after or before the cell that was handed out."""
    before: set[str] = set()
    after: set[str] = set()
    released: set[str] = set()
    for notebook in handed_out:
        released |= {one.source.strip() for one in notebook}
        for i, one in enumerate(notebook):
            if name in _LINE.findall(one.source):
                before |= {near.source.strip() for near in notebook[max(i - 1, 0) : i]}
                after |= {near.source.strip() for near in notebook[i + 1 : i + 2]}
    near = {cell.number for cell in texts if cell.source.strip() not in released}
    for i, cell in enumerate(cells):
        is_after = i > 0 and cells[i - 1].source.strip() in before - {""}
        is_before = i + 1 < len(cells) and cells[i + 1].source.strip() in after - {""}
        if cell.number in near and (is_after or is_before) and not _LINE.search(cell.source):
            yield cell
            return


# What was handed out -----------------------------------------------------------------------


def _given(name: str, handed_out: Sequence[Sequence[Cell]]) -> list[str]:
    """The lines that were handed out for an answer, each as often as in the notebook with most."""
    most: Counter[str] = Counter()
    for notebook in handed_out:
        lines: Counter[str] = Counter()
        for found in _handed_out(name, notebook):
            lines += Counter(filter(None, map(_squeezed, _without_line(found).splitlines())))
        most |= lines
    return sorted(most.elements(), key=lambda line: (-len(line), line))


def _handed_out(name: str, notebook: Sequence[Cell]) -> Iterator[str]:
    """The texts of a released notebook that stand where the answer goes."""
    for cell in notebook:
        if name in _LINE.findall(cell.source):
            found = [one.text for one in _comments(name, cell)] if cell.kind == "code" else []
            yield from found or [_plain(cell)]
        if cell.kind == "code" and re.search(rf"\b{name}\b", cell.source):
            yield from (one.text for one in _strings(name, [cell], [parse_cell(cell)]))


def _less(text: str, given: Sequence[str]) -> str:
    """A text without the lines that were handed out, '' where nothing that shows is left."""
    lines = [line.rstrip() for line in _without_line(text).splitlines()]
    squeezed = [_squeezed(line) for line in lines]
    left = []
    for line in given:
        if line in squeezed:
            at = squeezed.index(line)
            squeezed[at] = lines[at] = ""
        else:
            left.append(line)
    for line in left:
        for at, own in enumerate(squeezed):
            if own.startswith(line) or own.endswith(line):
                lines[at] = squeezed[at] = own.replace(line, "", 1).strip()
                break
    kept = "\n".join(lines).strip("\n").rstrip()
    kept = re.sub(r"\n{3,}", "\n\n", kept)
    return kept if _shows(kept) else ""


def _without_line(text: str) -> str:
    return _LINE.sub("", text)


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _shows(text: str) -> bool:
    """Whether anything of a text is to be seen once it is a page: not of a comment."""
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start)
        if end < 0:
            break
        if _is_seen(text[at:start]):
            return True
        at = end + 3
    return _is_seen(text[at:])


def _is_seen(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)
