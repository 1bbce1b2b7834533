"""How a mark came about, in sentences: what `late --explain` prints for each assignment."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from grader.course.gradebook.facts import MP, OverrideKind
from grader.course.gradebook.marks import Mark
from grader.course.gradebook.steps import counted


def points_text(mp: int) -> str:
    """Points as people write them: `12`, `12.5`, `12.505`."""
    sign, size = ("-" if mp < 0 else ""), abs(mp)
    return f"{sign}{size // MP}.{size % MP:03}".rstrip("0").rstrip(".")


def explanation(mark: Mark, zone: ZoneInfo) -> tuple[str, ...]:
    """Which attempt counts, how late it is, what that takes, and the mark, a sentence each."""
    return (*_attempts(mark), *_lateness(mark, zone), *_result(mark))


def _attempts(mark: Mark) -> Iterator[str]:
    yield f"Attempt {mark.attempt.number} counts." if mark.attempt else "No attempt counts."
    if n := len(mark.after_close):
        yield f"{counted(n, 'attempt')} came after closing: not counted."


def _lateness(mark: Mark, zone: ZoneInfo) -> Iterator[str]:
    if mark.late is not None:
        for step in mark.late.steps:
            yield step.text(zone)
    elif mark.attempt is not None and not mark.is_excused:
        yield "A person decided the total, so lateness takes nothing and uses no late days."


def _result(mark: Mark) -> Iterator[str]:
    if mark.is_excused:
        yield "Excused, so there is no mark."
    elif mark.mark_mp is None or mark.total_mp is None:
        yield "There is no mark, since not all points are known."
    else:
        if mark.override is not None and mark.override.kind is OverrideKind.VOID:
            yield "The total is void."
        if mark.late_mp:
            taken, total = points_text(mark.late_mp), points_text(mark.total_mp)
            yield f"Lateness takes {taken} of {total} points."
        yield f"The mark is {points_text(mark.mark_mp)} of {points_text(mark.max_mp)}."
