"""How a mark came about, in sentences: what `late --explain` prints for each assignment."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from grader.catalog import Catalog, Message, catalog, say
from grader.course.gradebook.facts import MP, OverrideKind
from grader.course.gradebook.marks import Mark
from grader.course.gradebook.steps import Step


def points_text(mp: int) -> str:
    """Points as people write them: `12`, `12.5`, `12.505`."""
    sign, size = ("-" if mp < 0 else ""), abs(mp)
    return f"{sign}{size // MP}.{size % MP:03}".rstrip("0").rstrip(".")


def explanation(mark: Mark, zone: ZoneInfo, texts: Catalog | None = None) -> tuple[str, ...]:
    """Which attempt counts, how late it is, what that takes, and the mark, a sentence each.

    In a language (default: English), with times on the clock of a zone.
    """
    texts = texts or catalog()
    told = (*_attempts(mark), *_lateness(mark), *_result(mark))
    return tuple(
        one.text(zone, texts) if isinstance(one, Step) else texts.tell(one) for one in told
    )


def _attempts(mark: Mark) -> Iterator[Message]:
    if mark.attempt:
        yield say("course.step.attempt", number=mark.attempt.number)
    else:
        yield say("course.step.no_attempt")
    if n := len(mark.after_close):
        yield say("course.step.after_close", n=n)


def _lateness(mark: Mark) -> Iterator[Step | Message]:
    if mark.late is not None:
        yield from mark.late.steps
    elif mark.attempt is not None and not mark.is_excused:
        yield say("course.step.decided")


def _result(mark: Mark) -> Iterator[Message]:
    if mark.is_excused:
        yield say("course.step.excused")
    elif mark.mark_mp is None or mark.total_mp is None:
        if mark.attempt is not None:
            yield say("course.step.no_mark")
    else:
        if mark.override is not None and mark.override.kind is OverrideKind.VOID:
            yield say("course.step.void")
        if mark.late_mp:
            taken, total = points_text(mark.late_mp), points_text(mark.total_mp)
            yield say("course.step.taken", taken=taken, total=total)
        got, most = points_text(mark.mark_mp), points_text(mark.max_mp)
        yield say("course.step.mark", mark=got, max=most)
