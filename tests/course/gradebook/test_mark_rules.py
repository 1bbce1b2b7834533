"""Tests of `grader.course.gradebook.marks`: which attempt counts, overrides, and lateness."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from gradebook_facts import (
    BERLIN,
    DAY,
    DUE,
    GOOD,
    HOUR,
    PER_DAY,
    attempt,
    mark_of,
    override,
    result,
    span,
    work,
)

from grader.course.gradebook.facts import (
    Attempt,
    Choice,
    Counts,
    Extension,
    LateRule,
    Override,
    OverrideKind,
    PartPoints,
    Work,
)
from grader.course.gradebook.marks import Mark, marks_of
from grader.course.gradebook.points import rounded
from grader.course.gradebook.policy import Budget, LatePolicy, Of, Rate, Unit

SET, ADD = OverrideKind.SET, OverrideKind.ADD
EXCUSE, VOID = OverrideKind.EXCUSE, OverrideKind.VOID
IGNORE = {"late": LateRule.IGNORE}
ON_TIME, LATE = attempt(), attempt(late=HOUR)
"""14 of 20 points; the late one loses 10%."""
BEST, CHOSEN = {"counts": Counts.BEST}, {"counts": Counts.CHOSEN}
POSSIBLE = {"policy": replace(PER_DAY, of=Of.POSSIBLE)}


def better(number: int, points: int, late: timedelta = -HOUR) -> Attempt:
    """An attempt whose part `a` has so many points, `b` none."""
    return attempt(number, late, result(a=points * 1000, b=0))


def counted(one: Work) -> int | None:
    """The number of the attempt that counts."""
    mark = mark_of(one)
    return mark.attempt.number if mark.attempt else None


def test_mark_has_all_that_it_follows_from() -> None:
    """A mark shows the parts, the sums, what lateness took, and what people decided."""
    part = override("a", SET, 9_000)
    mark = mark_of(work(LATE, overrides=(part,)))
    assert (mark.assignment, mark.attempt, mark.status) == ("one", LATE, "graded")
    assert [
        (one.name, one.auto_mp, one.override, one.mark_mp, one.max_mp) for one in mark.parts
    ] == [
        ("a", 8_000, part, 9_000, 10_000),
        ("b", 6_000, None, 6_000, 10_000),
    ]
    assert (mark.raw_mp, mark.sum_mp, mark.total_mp) == (14_000, 15_000, 15_000)
    assert (mark.late_mp, mark.mark_mp, mark.max_mp) == (1_500, 13_500, 20_000)
    assert mark.late is not None
    assert (mark.late.late_text, mark.late.lose) == ("1 h", Fraction(1, 10))
    assert (mark.override, mark.open_mp, mark.is_excused, mark.after_close) == (None, 0, False, ())


@pytest.mark.parametrize(
    ("attempts", "rule", "number"),
    [
        ((better(1, 9), better(2, 3)), {}, 2),
        ((better(2, 3), better(1, 9)), {}, 2),  # the order of rows is no matter
        ((better(1, 9), better(2, 3)), BEST, 1),
        ((better(1, 9), better(2, 9)), BEST, 1),  # the earliest of equal ones
        ((better(1, 9), better(2, 10, HOUR)), BEST, 1),  # 10 points less 10% is 9
        ((better(1, 8), better(2, 10, HOUR)), BEST, 2),
        ((attempt(1, facts=None), better(2, 0)), BEST, 2),  # no mark is less than 0 points
        ((attempt(1, facts=None), attempt(2, facts=None)), BEST, 1),
        ((), BEST, None),
        ((), {}, None),
    ],
)
def test_attempt_counts_by_the_rule(attempts: tuple, rule: dict, number: int | None) -> None:
    """The latest counts, or the best after lateness."""
    assert counted(work(*attempts, schedule=rule)) == number


def test_best_prefers_fewer_late_days() -> None:
    """Of attempts with the same mark, the one counts that takes fewer free days."""
    policy = LatePolicy(
        budget=Budget(days=3), then=Rate(per=span(1), lose=Fraction(10)), of=Of.ACHIEVED
    )
    rows = (better(1, 9, DAY + HOUR), better(2, 9, HOUR))
    one = work(*rows, schedule={"policy": policy} | BEST)
    assert counted(one) == 2


def test_total_does_not_say_which_is_best() -> None:
    """An override of the total leaves the best attempt the best."""
    one = work(better(1, 3), better(2, 9), overrides=(override(None, SET, 5_000),), schedule=BEST)
    assert counted(one) == 2


def test_chosen_attempt_counts() -> None:
    """The last choice counts, if that attempt may count; else the latest attempt."""
    attempts = (better(1, 9), better(2, 3), attempt(3, 2 * DAY))
    rules = CHOSEN | {"closes_at": DUE + DAY}
    first, second = Choice(attempt=2, at=DUE), Choice(attempt=1, at=DUE)
    assert counted(work(*attempts, choices=(first, second), schedule=rules)) == 1
    assert counted(work(*attempts, choices=(second, first), schedule=rules)) == 2
    assert counted(work(*attempts, schedule=rules)) == 2
    too_late = Choice(attempt=3, at=DUE + 3 * DAY)
    assert counted(work(*attempts, choices=(second, too_late), schedule=rules)) == 2
    unknown = Choice(attempt=77, at=DUE + 3 * DAY)
    assert counted(work(*attempts, choices=(second, unknown), schedule=rules)) == 2
    assert counted(work(*attempts, choices=(second,))) == 3  # the rule is another


def test_attempts_after_closing_do_not_count() -> None:
    """What comes after closing is listed, and counts once an extension lets it."""
    attempts = (better(1, 3), better(2, 9, DAY + HOUR))
    closed = work(*attempts, schedule={"closes_at": DUE + DAY})
    mark = mark_of(closed)
    assert (mark.attempt, mark.after_close) == (attempts[0], (attempts[1],))
    extension = Extension(id=1, at=DUE, due_at=DUE + 2 * DAY)
    mark = mark_of(replace(closed, extensions=(extension,)))
    assert (mark.attempt, mark.after_close, mark.mark_mp) == (attempts[1], (), 9_000)
    at_once = work(attempt(1, DAY), schedule={"closes_at": DUE + DAY})
    assert counted(at_once) == 1


@pytest.mark.parametrize(
    ("overrides", "points"),
    [
        ([], 14_000),
        ([override("a", SET, 9_500)], 15_500),
        ([override("a", SET, 99_000)], 16_000),  # at most what the part offers
        ([override("a", SET, -1)], 6_000),
        ([override("a", ADD, 1_500)], 15_500),
        ([override("a", ADD, 5_000)], 16_000),
        ([override("a", ADD, -9_000)], 6_000),
        ([override("a", SET, 1_000), override("a", SET, 2_000, id=2)], 8_000),  # the later one
        ([override("a", SET, 1_000, at=DUE + HOUR), override("a", SET, 2_000, id=2)], 7_000),
        ([override("a", SET, 1_000), override("a", ADD, 500, id=2)], 14_500),  # to what was found
        ([override("a", SET, 1_000, revoked_at=DUE)], 14_000),
        ([override("a", SET, 1_000), override("a", SET, 2_000, id=2, revoked_at=DUE)], 7_000),
        ([override("a", SET, 1_000), override("b", ADD, 1_000)], 8_000),
        ([override(None, SET, 12_340)], 12_340),
        ([override(None, SET, 25_000)], 25_000),  # a total may be above the maximum
        ([override(None, SET, -5)], 0),
        ([override(None, ADD, 2_000)], 16_000),
        ([override(None, ADD, 9_000)], 20_000),
        ([override(None, ADD, -99_000)], 0),
        ([override(None, VOID)], 0),
        ([override(None, EXCUSE)], None),
        ([override(None, SET, 3_000), override("a", SET, 0)], 3_000),
        ([override(None, SET, 3_000), override(None, EXCUSE, id=2)], None),
    ],
)
def test_overrides_count(overrides: list[Override], points: int | None) -> None:
    """What a person decided about a part or the total counts, the latest that is not revoked."""
    mark = mark_of(work(ON_TIME, overrides=tuple(overrides)))
    assert mark.mark_mp == points
    assert mark.raw_mp == 14_000
    assert mark.is_excused == (points is None)


@pytest.mark.parametrize(
    ("overrides", "of", "points"),
    [
        # MarkUs#2136: a remark of a part must not drop the penalty.
        ([override("a", SET, 9_000)], "achieved", 13_500),
        ([override("a", ADD, 1_000)], "achieved", 13_500),
        # Unless staff say so for that part: 9 + 6 less 10% of 6.
        ([override("a", SET, 9_000, **IGNORE)], "achieved", 14_400),
        ([override("a", SET, 9_000, **IGNORE)], "possible", 14_000),
        # Submitty#7440: an override of the total is final, and is not reduced again.
        ([override(None, SET, 12_000, **IGNORE)], "achieved", 12_000),
        ([override(None, SET, 12_000, **IGNORE)], "possible", 12_000),
        # Unless staff say that lateness applies to it.
        ([override(None, SET, 12_000)], "achieved", 10_800),
        ([override(None, SET, 12_000)], "possible", 10_000),
        ([override(None, SET, 12_000), override("a", SET, 0, **IGNORE)], "achieved", 10_800),
        # What is added to the total: with the rest, or beside it.
        ([override(None, ADD, 2_000)], "achieved", 14_400),
        ([override(None, ADD, 2_000, **IGNORE)], "achieved", 14_600),
        ([override(None, ADD, -2_000, **IGNORE)], "achieved", 10_600),
        ([override(None, ADD, 2_000)], "possible", 14_000),
        ([override(None, VOID)], "achieved", 0),
        ([override(None, EXCUSE)], "achieved", None),
        ([], "achieved", 12_600),
        ([], "possible", 12_000),
    ],
)
def test_overrides_keep_or_drop_lateness(
    overrides: list[Override], of: str, points: int | None
) -> None:
    """A part's override keeps the penalty, a total's drops it, each as its rule says."""
    rules = {"policy": replace(PER_DAY, of=Of(of))}
    assert mark_of(work(LATE, overrides=tuple(overrides), schedule=rules)).mark_mp == points


@pytest.mark.parametrize(
    ("auto", "floor", "points"), [(8_000, 5_000, 5_000), (4_000, 5_000, 4_000), (8_000, 0, 4_000)]
)
def test_floor_never_lifts(auto: int, floor: int, points: int) -> None:
    """Lateness does not go below the floor, and a mark below it stays what it is."""
    one = attempt(late=9 * DAY, facts=result(a=auto, b=0))
    rules = {"policy": replace(PER_DAY, floor_mp=floor)}
    assert mark_of(work(one, schedule=rules)).mark_mp == points


def test_deduction_of_possible_stops_at_zero() -> None:
    """A percentage of what was possible takes no more than there is."""
    one = attempt(late=9 * DAY, facts=result(a=1_000, b=0))
    mark = mark_of(work(one, schedule=POSSIBLE))
    assert (mark.mark_mp, mark.late_mp) == (0, 1_000)


@pytest.mark.parametrize(
    ("exact", "mark"),
    [(Fraction(1_005), 1_010), (Fraction(10_049, 10), 1_000), (0, 0), (Fraction(20_000, 3), 6_670)],
)
def test_marks_are_rounded_half_up(exact: Fraction, mark: int) -> None:
    """A mark is in 1/100 point, half up."""
    assert rounded(exact) == mark


def test_rounding_is_once() -> None:
    """Thirds of points are summed before anything is rounded."""
    facts = result(a=3_333, b=3_333)
    mark = mark_of(work(attempt(facts=facts)))
    assert (mark.sum_mp, mark.mark_mp, mark.late_mp) == (6_666, 6_670, 0)


@pytest.mark.parametrize(
    ("facts", "overrides", "points"),
    [
        (result(a=8_000, b=None), [], None),
        (result(a=8_000, b=None), [override("b", SET, 5_000)], 13_000),
        (result(a=8_000, b=None), [override("b", ADD, 5_000)], None),  # to what?
        (result(a=8_000, b=None), [override("a", SET, 5_000)], None),
        (result(a=8_000, b=None), [override(None, ADD, 5_000)], None),
        (result(a=8_000, b=None), [override(None, SET, 5_000)], 5_000),
        (result("unreadable", a=0, b=0), [], None),
        (result("unreadable"), [], None),
        (result("unreadable"), [override("a", SET, 4_000)], 4_000),
        (result("unreadable", a=0, b=0), [override("a", ADD, 4_000)], 4_000),
        (result("unreadable"), [override("gone", SET, 4_000)], None),
        (result("unreadable"), [override("a", SET, 4_000, revoked_at=DUE)], None),
        (result("unreadable"), [override(None, SET, 4_000)], 4_000),
        (result("unreadable"), [override(None, ADD, 4_000)], None),
        (result("unreadable"), [override(None, VOID)], 0),
        (result("crashed", a=None, b=None), [], None),
        (result("crashed", a=None, b=None), [override("a", SET, 4_000)], 4_000),
        (result("crashed", a=3_000, b=None), [override("a", SET, 4_000)], None),
        (result("crashed", a=3_000, b=2_000), [], 5_000),
        (result("timeout", a=3_000, b=0), [], 3_000),
        (None, [], None),
        (None, [override("a", SET, 4_000)], 4_000),
        (None, [override("a", ADD, 4_000)], 4_000),
        (None, [override(None, SET, 4_000)], 4_000),
        (None, [override(None, ADD, 4_000)], None),
    ],
)
def test_unknown_points_make_no_mark(
    facts: object, overrides: list[Override], points: int | None
) -> None:
    """What was not checked is not 0 points, unless a person decided about a part of the whole."""
    one = work(attempt(facts=facts), overrides=tuple(overrides))
    mark = mark_of(one)
    assert mark.mark_mp == points
    assert mark.status == (facts.status if facts else "waiting")


def test_mark_without_an_attempt() -> None:
    """Nobody submitted: no mark, unless a person gives one, from which lateness takes nothing."""
    mark = mark_of(work())
    assert (mark.attempt, mark.status, mark.mark_mp, mark.max_mp) == (None, "none", None, 20_000)
    assert (mark.raw_mp, mark.late) == (None, None)
    assert [part.mark_mp for part in mark.parts] == [None, None]
    mark = mark_of(work(overrides=(override("b", SET, 7_000),)))
    assert (mark.mark_mp, mark.max_mp) == (7_000, 20_000)
    assert [part.mark_mp for part in mark.parts] == [0, 7_000]
    assert mark_of(work(part_max_mp=(), max_mp=5_000)).max_mp == 5_000


def test_unused_overrides_are_named() -> None:
    """An override of a part that the result does not have changes nothing, and is not lost."""
    gone = override("gone", SET, 9_000)
    mark = mark_of(work(ON_TIME, overrides=(gone,)))
    assert (mark.mark_mp, mark.unused_overrides) == (14_000, (gone,))
    assert mark_of(work(ON_TIME, overrides=(override(None, SET, 1),))).unused_overrides == ()


def test_open_points_are_decided_by_set() -> None:
    """Points that a person has to decide stay open until the part is set."""
    parts = (PartPoints(name="a", auto_mp=2_000, max_mp=10_000, open_mp=5_000),)
    one = work(attempt(facts=replace(GOOD, parts=parts)))
    assert mark_of(one).open_mp == 5_000
    assert mark_of(replace(one, overrides=(override("a", ADD, 500),))).open_mp == 5_000
    assert mark_of(replace(one, overrides=(override("a", SET, 6_000),))).open_mp == 0


BUDGET = LatePolicy(
    budget=Budget(days=3, per_assignment=2), then=Rate(per=span(1), lose=Fraction(10))
)


def term(*late: float, **more: object) -> list[Work]:
    """Assignments a week apart, submitted so many days late."""
    return [
        work(
            attempt(late=(7 * place + days) * DAY),
            assignment=f"a{place}",
            schedule={"due_at": DUE + 7 * place * DAY, "policy": BUDGET},
            **more,
        )
        for place, days in enumerate(late)
    ]


def days_used(works: list[Work]) -> list[tuple[str, int, int | None]]:
    """Of each assignment the late days, and the mark."""
    marks: tuple[Mark, ...] = marks_of(works, BERLIN)
    return [(one.assignment, one.late.days_used if one.late else 0, one.mark_mp) for one in marks]


def test_late_days_are_shared() -> None:
    """The days of the term are used in the order of due times, whatever the order of rows."""
    works = term(2, 1, 1)
    used = [("a0", 2, 14_000), ("a1", 1, 14_000), ("a2", 0, 12_600)]
    assert days_used(works) == used
    assert days_used(works[::-1]) == used[::-1]


def test_exemption_gives_days_back() -> None:
    """Days that an exemption or a final total frees are there for what is due later."""
    works = term(2, 1, 1)
    exempt = replace(works[0], extensions=(Extension(id=1, at=DUE, is_exempt=True),))
    assert [used for _, used, _ in days_used([exempt, *works[1:]])] == [0, 1, 1]
    for kind, value in ((SET, 9_000), (VOID, None), (EXCUSE, None)):
        final = replace(works[0], overrides=(override(None, kind, value, **IGNORE),))
        assert [used for _, used, _ in days_used([final, *works[1:]])] == [0, 1, 1]


def test_extension_takes_its_place_in_the_order() -> None:
    """Days are used in the order in which assignments are due for the student."""
    works = term(2, 1, 1)
    moved = Extension(id=1, at=DUE, due_at=DUE + 30 * DAY)
    late = attempt(late=32 * DAY)
    works[0] = replace(works[0], extensions=(moved,), attempts=(late,))
    assert [used for _, used, _ in days_used(works)] == [1, 1, 1]


def test_only_the_counted_attempt_takes_days() -> None:
    """Attempts that do not count use no late days."""
    first, second = attempt(1, 2 * DAY), attempt(2, 3 * DAY, result(a=0, b=0))
    policy = replace(BUDGET, budget=Budget(days=3))
    one = work(first, second, schedule={"policy": policy} | BEST)
    assert days_used([one]) == [("one", 2, 14_000)]


@pytest.mark.parametrize(
    ("part", "kind", "value", "message"),
    [
        ("a", SET, None, "override 1: set has no value"),
        (None, ADD, None, "override 1: add has no value"),
        ("a", EXCUSE, None, "override 1: excuse is for the total, got a part"),
        ("a", VOID, None, "override 1: void is for the total, got a part"),
    ],
)
def test_overrides_are_validated(
    part: str | None, kind: OverrideKind, value: int | None, message: str
) -> None:
    """An override that says nothing cannot be made."""
    with pytest.raises(ValueError, match="override 1") as caught:
        override(part, kind, value)
    assert str(caught.value) == message


def test_minutes_of_grace_cost_nothing() -> None:
    """A mark within the grace is that of a submission on time."""
    policy = replace(PER_DAY, grace=span(60, Unit.MINUTE))
    assert mark_of(work(LATE, schedule={"policy": policy})).mark_mp == 14_000
