"""Submissions put together from right and wrong parts: what an audit has graded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.assignment.declaration import Assignment
from grader.assignment.part import Part
from grader.assignment.part_texts import (
    Answer,
    answer_of,
    bound_in,
    kinds,
    kinds_of,
    names_of,
    statements_in,
)
from grader.assignment.shared_out import shared_out
from grader.reading.cells import Cell, ParsedCell
from grader.reading.definitions import is_unwritten
from grader.reading.statements import Statement, statements_of
from grader.reading.submission import Submission, joined, read_submission


def untouched(assignment: Assignment) -> Submission:
    """The exercise as it was released."""
    return joined([read_submission(path) for path in assignment.notebooks])


def filled_in(assignment: Assignment, answer: Answer) -> Submission:
    """The exercise with each part in its place, the rest before the first of them."""
    notebooks = untouched(assignment).notebooks
    answers = shared_out(answer, assignment.parts, notebooks)
    return joined(
        [
            _filled_in(notebook, assignment.parts, own, own, [own.rest] if own.rest else [])
            for notebook, own in zip(notebooks, answers, strict=True)
        ]
    )


def with_cells(assignment: Assignment, cells: Sequence[str]) -> Submission:
    """The exercise with whole cells in the place of its first untouched part."""
    try:
        there = answer_of("\n\n".join(cells), assignment.parts)
    except SyntaxError:  # what Python cannot read speaks of no part
        there = Answer({})
    nothing = Answer(dict.fromkeys((part.name for part in assignment.parts), ""))
    notebooks = untouched(assignment).notebooks
    return joined([_filled_in(one, assignment.parts, nothing, there, cells) for one in notebooks])


def _filled_in(
    notebook: Submission,
    parts: Sequence[Part],
    answer: Answer,
    there: Answer,
    before: Sequence[str],
) -> Submission:
    """A notebook with these texts of parts, and with cells before the first of them.

    `there` is where it is seen what the answer consists of.
    """
    texts = {name: whole for name in answer.parts if (whole := _whole(answer, name))}
    places = [_place(part, there.parts.get(part.name, "")) for part in parts]
    parsed = {cell.number: cell for cell in notebook.parsed_cells}
    helpers = {name for text in before for name in bound_in(text)}
    changes = _changes(statements_of([*parsed.values()]), places, texts, helpers)
    sources: list[tuple[str, str]] = []
    left = dict(texts)
    first: int | None = None
    for cell in notebook.cells:
        source, used = _changed(cell, parsed.get(cell.number), changes)
        if not used and cell.number in parsed and "TODO" in cell.source:
            used = _asked_for(parts, left)
            source = "\n\n".join([source, *(left[name] for name in sorted(used))])
        if used and first is None:
            first = len(sources)
        for name in used:
            left.pop(name, None)
        sources.append((cell.kind, source))
    at = len(sources) if first is None else first
    sources[at:at] = [("code", text) for text in before]
    sources += [("code", text) for text in left.values()]
    cells = tuple(
        Cell(number=number, kind=kind, source=text)
        for number, (kind, text) in enumerate(sources, start=1)
    )
    return Submission(path=notebook.path, sha256=notebook.sha256, cells=cells)


def _whole(answer: Answer, name: str) -> str:
    return "\n\n".join(text for text in (answer.parts[name], answer.after.get(name, "")) if text)


def _asked_for(parts: Sequence[Part], left: Mapping[str, str]) -> set[str]:
    """The first part that has no place yet, if it needs none: a cell without a definition."""
    part = next((part for part in parts if part.name in left), None)
    return {part.name} if part is not None and part.cell is not None else set()


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A part, the names that its answer binds, and what that does to them beside."""

    part: str
    names: frozenset[str]
    kinds: frozenset[str]
    is_cell: bool


def _place(part: Part, text: str) -> _Place:
    names = names_of(part, text)
    found = frozenset(kinds_of(statements_in(text), names))
    return _Place(part=part.name, names=names, kinds=found, is_cell=part.name not in names)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What comes instead of a statement of the notebook, and the part that it is the place of."""

    statement: Statement
    text: str
    part: str = ""


def _changes(
    statements: Sequence[Statement],
    places: Sequence[_Place],
    texts: Mapping[str, str],
    helpers: Collection[str],
) -> dict[int, list[_Change]]:
    """By cell, what is replaced in it, the last first."""
    found: dict[int, list[_Change]] = {}
    placed: set[str] = set()
    for statement in statements:
        for change in _of_statement(statement, places, texts, helpers, placed):
            placed |= {change.part}
            found.setdefault(statement.cell, []).insert(0, change)
    return found


def _of_statement(
    statement: Statement,
    places: Sequence[_Place],
    texts: Mapping[str, str],
    helpers: Collection[str],
    placed: Collection[str],
) -> Iterator[_Change]:
    for place in places:
        if statement.fresh & place.names and not statement.is_import:
            is_again = place.is_cell and place.part in placed
            text = "" if is_again else texts.get(place.part, "")
            yield _Change(statement=statement, text=text, part=place.part)
            return
    for place in places:  # what the answer does itself is not done twice
        if kinds(statement, place.names) & place.kinds:
            yield _Change(statement=statement, text="")
            return
    if is_unwritten(statement.node) and statement.binds <= {*helpers}:
        yield _Change(statement=statement, text="")


def _changed(
    cell: Cell, parsed: ParsedCell | None, changes: Mapping[int, Sequence[_Change]]
) -> tuple[str, set[str]]:
    """The cell's text with what is replaced in it, and the parts that have their place there."""
    if parsed is None or cell.number not in changes:
        return cell.source, set()
    lines = parsed.source.splitlines()
    for change in changes[cell.number]:
        one = change.statement
        lines[one.line - 1 : one.end_line] = change.text.splitlines()
    used = {change.part for change in changes[cell.number]} - {""}
    return "\n".join(lines) + "\n", used
