"""Random works of a student around the days on which clocks change, for hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from grader.course.gradebook.facts import (
    Attempt,
    Choice,
    Counts,
    Extension,
    LateRule,
    Override,
    OverrideKind,
    PartPoints,
    ResultFacts,
    Schedule,
    Work,
)
from grader.course.gradebook.policy import Budget, LatePolicy, Of, Rate, Span, Tier, Unit

CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2020, 4, 4, 14, tzinfo=UTC)),
)
"""Zones, and instants at which their clocks change (Kolkata's do not)."""
NAMES = ("a", "b")
MOST = 10_000

changes = st.sampled_from(CHANGES)
values = st.one_of(st.integers(0, 12).map(lambda n: n * 1000), st.integers(0, MOST))
spans = st.builds(
    Span, n=st.integers(1, 3), unit=st.sampled_from([Unit.HOUR, Unit.DAY, Unit.MINUTE])
)


@st.composite
def thens(draw: st.DrawFn) -> tuple[Tier, ...] | Rate | None:
    """What lateness takes."""
    percents = st.fractions(0, 60, max_denominator=3)
    match draw(st.sampled_from(["tiers", "rate", "nothing"])):
        case "tiers":
            days = sorted(draw(st.sets(st.integers(1, 4), min_size=1, max_size=3)))
            unit = draw(st.sampled_from([Unit.DAY, Unit.HOUR]))
            sizes = sorted(draw(st.lists(percents, min_size=len(days), max_size=len(days))))
            return tuple(
                Tier(up_to=Span(n=day, unit=unit), lose=size)
                for day, size in zip(days, sizes, strict=True)
            )
        case "rate":
            per = Span(n=draw(st.integers(1, 2)), unit=draw(st.sampled_from([Unit.DAY, Unit.HOUR])))
            return Rate(
                per=per, lose=draw(percents) + 1, at_most=Fraction(draw(st.integers(61, 100)))
            )
    return None


policies = st.builds(
    LatePolicy,
    grace=st.builds(Span, n=st.integers(0, 20), unit=st.just(Unit.MINUTE)),
    budget=st.builds(Budget, days=st.integers(0, 4), per_assignment=st.none() | st.integers(0, 3)),
    then=thens(),
    of=st.sampled_from(Of),
    floor_mp=st.sampled_from([0, 0, 3000]),
)


@st.composite
def near(draw: st.DrawFn, change: datetime) -> datetime:
    """An instant within some days of a change, often to the microsecond on a boundary."""
    quarters = draw(st.integers(-4 * 48, 4 * 96))
    return change + timedelta(
        minutes=15 * quarters, microseconds=draw(st.sampled_from([0, 0, 1, -1]))
    )


results = st.builds(
    ResultFacts,
    id=st.integers(1, 9),
    status=st.sampled_from(["graded", "graded", "timeout", "crashed", "unreadable"]),
    parts=st.tuples(
        *(
            st.builds(
                PartPoints,
                name=st.just(name),
                auto_mp=st.one_of(
                    values.map(lambda n: min(n, MOST)),
                    values.map(lambda n: min(n, MOST)),
                    st.none(),
                ),
                max_mp=st.just(MOST),
            )
            for name in NAMES
        )
    ),
)


@st.composite
def overrides(draw: st.DrawFn, at: datetime, id_: int) -> Override:
    """An override of a part or the total."""
    part = draw(st.sampled_from([*NAMES, "gone", None]))
    kinds = [OverrideKind.SET, OverrideKind.ADD]
    kind = draw(st.sampled_from(kinds if part else [*OverrideKind]))
    value = draw(values)
    value = -value if kind is OverrideKind.ADD and draw(st.booleans()) else value
    return Override(
        id=id_,
        at=at,
        part=part,
        kind=kind,
        value_mp=value if kind in kinds else None,
        late=draw(st.sampled_from(LateRule)),
        revoked_at=draw(st.sampled_from([None, None, at])),
    )


@st.composite
def works(draw: st.DrawFn, change: datetime, name: str) -> Work:
    """An assignment of a student."""
    due = draw(st.one_of(near(change), near(change), near(change), st.none()))
    attempts = tuple(
        Attempt(
            id=n,
            number=n,
            started_at=draw(near(change)),
            result=draw(st.none() | results | results),
        )
        for n in range(1, draw(st.integers(0, 3)) + 1)
    )
    extension = st.builds(
        Extension,
        id=st.integers(1, 9),
        at=near(change),
        due_at=st.none() | near(change),
        closes_at=st.none() | near(change),
        late_days=st.none() | st.integers(0, 2),
        is_exempt=st.sampled_from([False, False, True]),
        revoked_at=st.sampled_from([None, None, change]),
    )
    return Work(
        assignment=name,
        max_mp=2 * MOST,
        part_max_mp=tuple((part, MOST) for part in NAMES),
        schedule=Schedule(
            counts=draw(st.sampled_from(Counts)),
            due_at=due,
            closes_at=draw(st.none() | near(change)),
            policy=draw(policies),
        ),
        attempts=attempts,
        choices=tuple(
            draw(
                st.lists(st.builds(Choice, attempt=st.integers(1, 4), at=near(change)), max_size=2)
            )
        ),
        extensions=tuple(draw(st.lists(extension, max_size=2, unique_by=lambda one: one.id))),
        overrides=tuple(
            draw(overrides(draw(near(change)), n)) for n in range(draw(st.integers(0, 3)))
        ),
    )


@st.composite
def terms(draw: st.DrawFn) -> tuple[str, tuple[Work, ...]]:
    """A zone, and the works of one student in a term."""
    zone, change = draw(changes)
    names = draw(st.permutations(["one", "two", "three"]))[: draw(st.integers(1, 3))]
    return zone, tuple(draw(works(change, name)) for name in names)
