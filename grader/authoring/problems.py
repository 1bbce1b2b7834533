"""Formats the problems of an assignment's parts as lines, each of them once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LISTED = 3
"""So many names stand in a line, of more only the first."""


@dataclass(frozen=True)
class Problem:
    """One problem of a part: what is wrong, in which part and which of its cases, if in some."""

    words: str
    part: str
    case: str = ""
    what: str = ""
    """What else it is about: a mistake, a check."""


def gathered(found: Sequence[Problem]) -> Iterator[str]:
    """A line for all that is wrong in the same words: its cases first, then its parts."""
    cases: dict[tuple[str, str, str], list[str]] = {}
    for one in found:
        cases.setdefault((one.words, one.what, one.part), []).append(one.case)
    parts: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (words, what, part), names in cases.items():
        parts.setdefault((words, what, tuple(names)), []).append(part)
    for (words, what, alike), of in parts.items():
        where = [_listed("part", of), what, _listed("test case", [name for name in alike if name])]
        yield f"{', '.join(one for one in where if one)}: {words}"


def _listed(noun: str, names: Sequence[str]) -> str:
    """The names after their noun: "test cases 'a', 'b', and 'c'", or the first of many."""
    quoted = [repr(name) for name in names]
    if len(quoted) > LISTED:
        return f"{len(quoted)} {noun}s (the first: {quoted[0]})"
    if len(quoted) > 1:
        comma = "," if len(quoted) > 2 else ""
        return f"{noun}s {', '.join(quoted[:-1])}{comma} and {quoted[-1]}"
    return f"{noun} {quoted[0]}" if quoted else ""
