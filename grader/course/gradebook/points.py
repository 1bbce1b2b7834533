"""Points of an attempt, part by part, with what people decided about them; lateness comes later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from grader.course.gradebook.facts import (
    LateRule,
    Override,
    OverrideKind,
    PartPoints,
    ResultFacts,
    Work,
)
from grader.course.gradebook.policy import LatePolicy, Of

UNREADABLE, CRASHED = "unreadable", "crashed"
CENT = 10
"""So many units are 1/100 point, to which a mark is rounded."""


@dataclass(frozen=True, kw_only=True)
class PartMark:
    """A part's points: what the checks gave, the override that holds, and what counts."""

    name: str
    auto_mp: int | None
    override: Override | None
    mark_mp: int | None
    """None where nobody knows it yet."""
    max_mp: int
    open_mp: int = 0
    """What a person still has to decide; an override that sets the part decides it."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """All parts of an attempt, and their sums; None where a part is not known."""

    parts: tuple[PartMark, ...]
    raw_mp: int | None
    sum_mp: int | None
    max_mp: int
    unused: tuple[Override, ...]
    """Overrides of parts that are not there."""

    @property
    def open_mp(self) -> int:
        """What people still have to decide."""
        return sum(part.open_mp for part in self.parts)

    def base_mp(self, of: Of) -> int:
        """What a percentage for lateness is of; parts that lateness spares are kept out."""
        exposed = [part for part in self.parts if not _is_spared(part.override)]
        if len(exposed) == len(self.parts):
            return self.max_mp if of is Of.POSSIBLE else self.sum_mp or 0
        return sum(part.max_mp if of is Of.POSSIBLE else part.mark_mp or 0 for part in exposed)


def _is_spared(override: Override | None) -> bool:
    return override is not None and override.late is LateRule.IGNORE


def standing(overrides: Iterable[Override]) -> dict[str | None, Override]:
    """The override that holds for each part, and for the total (None): the latest unrevoked."""
    live = [one for one in overrides if one.revoked_at is None]
    return {one.part: one for one in sorted(live, key=lambda one: (one.at, one.id))}


def points_of(
    work: Work, result: ResultFacts | None, holding: dict[str | None, Override]
) -> Points:
    """The points of a result, or of no result: then only what people decided is known.

    A part that was not checked makes the sum unknown. Where nothing was checked (no result, an
    unreadable submission, one that crashed as a whole), a person who decides about a part decides
    for the whole: the other parts count 0.
    """
    parts = _parts(work, result)
    is_unchecked = _is_unchecked(result)
    names = {part.name for part in parts}
    used = {name: one for name, one in holding.items() if name in names}
    blank = 0 if is_unchecked and used else None
    autos = [None if is_unchecked else part.auto_mp for part in parts]
    marks = tuple(
        _part_mark(part, auto, used.get(part.name), blank)
        for part, auto in zip(parts, autos, strict=True)
    )
    return Points(
        parts=marks,
        raw_mp=_sum(autos),
        sum_mp=_sum([part.mark_mp for part in marks]),
        max_mp=sum(part.max_mp for part in parts) if parts else work.max_mp,
        unused=tuple(
            one for name, one in holding.items() if name is not None and name not in names
        ),
    )


def _parts(work: Work, result: ResultFacts | None) -> tuple[PartPoints, ...]:
    if result is not None and result.parts:
        return result.parts
    return tuple(
        PartPoints(name=name, auto_mp=None, max_mp=max_mp) for name, max_mp in work.part_max_mp
    )


def _is_unchecked(result: ResultFacts | None) -> bool:
    """Whether the whole was not checked, so its points say nothing."""
    if result is None or result.status == UNREADABLE:
        return True
    return result.status == CRASHED and all(part.auto_mp is None for part in result.parts)


def _part_mark(
    part: PartPoints, auto: int | None, override: Override | None, blank: int | None
) -> PartMark:
    mark = blank if auto is None else auto
    is_set = override is not None and override.kind is OverrideKind.SET
    if override is not None:
        value = override.value_mp or 0
        start = 0 if is_set else mark
        mark = None if start is None else min(max(start + value, 0), part.max_mp)
    return PartMark(
        name=part.name,
        auto_mp=auto,
        override=override,
        mark_mp=mark,
        max_mp=part.max_mp,
        open_mp=0 if is_set else part.open_mp,
    )


def _sum(values: list[int | None]) -> int | None:
    """The sum, None where a summand is unknown or there are none."""
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


def is_final(override: Override | None) -> bool:
    """Whether a total is what it is, late or not: excused, void, or set to ignore lateness."""
    if override is None:
        return False
    is_decision = override.kind in {OverrideKind.EXCUSE, OverrideKind.VOID}
    return is_decision or (override.kind is OverrideKind.SET and _is_spared(override))


def total_of(points: Points, override: Override | None) -> int | None:
    """The total before lateness, None where there is none or nobody knows it."""
    if override is None:
        return points.sum_mp
    value = override.value_mp or 0
    match override.kind:
        case OverrideKind.EXCUSE:
            return None
        case OverrideKind.VOID:
            return 0
        case OverrideKind.SET:
            return max(value, 0)
        case OverrideKind.ADD:
            start = points.sum_mp
            return None if start is None else min(max(start + value, 0), points.max_mp)


def after_lateness(
    points: Points, override: Override | None, total: int, lose: Fraction, policy: LatePolicy
) -> Fraction:
    """The total less what lateness takes, exactly.

    Values that ignore lateness are kept out of what the percentage is of. Never below the floor
    of the policy, or below the total where that is less.
    """
    if not lose or is_final(override):
        return Fraction(total)
    base = _base(points, override, total, policy.of)
    floor = min(total, policy.floor_mp)
    return max(total - lose * base, Fraction(floor), Fraction(0))


def _base(points: Points, override: Override | None, total: int, of: Of) -> int:
    if override is not None and override.kind is OverrideKind.SET:
        return points.max_mp if of is Of.POSSIBLE else total
    base = points.base_mp(of)
    if override is None or of is Of.POSSIBLE or _is_spared(override):
        return base
    return max(0, base + total - (points.sum_mp or 0))


def rounded(value_mp: Fraction | int) -> int:
    """Half up to 1/100 point."""
    return (2 * value_mp + CENT) // (2 * CENT) * CENT
