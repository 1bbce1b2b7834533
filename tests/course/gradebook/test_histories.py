"""Random terms of a student: marks follow from the rows, at each time, whatever happened since.

A small store keeps rows as the real one does: it appends, and only revokes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from random_works import CHANGES, MOST, NAMES, near, overrides, policies, results

from grader.course.gradebook.as_of import as_of
from grader.course.gradebook.facts import (
    Attempt,
    Choice,
    Counts,
    Extension,
    Override,
    ResultFacts,
    Schedule,
    Work,
)
from grader.course.gradebook.marks import Mark, marks_of
from grader.course.gradebook.previews import Change, only_up, preview
from grader.course.gradebook.times import zone_of

SLUGS = ("one", "two")
LATER = timedelta(hours=5)
Rows = dict[str, Work]


@dataclass
class Term:
    """All rows of one student; attempts have their results in `standings` alone."""

    zone: ZoneInfo
    now: datetime
    works: Rows
    standings: list[tuple[datetime, str, int, ResultFacts]] = field(default_factory=list)
    """When, of which assignment and attempt, which result has stood since."""
    n: int = 0

    def load(
        self, at: datetime, proposed: dict[tuple[str, int], ResultFacts] | None = None
    ) -> Rows:
        """The works as they were, with the results that stood then, or those that are proposed."""
        standing = {
            (slug, attempt): result for when, slug, attempt, result in self.standings if when <= at
        }
        standing |= proposed or {}
        found = {}
        for slug, work in self.works.items():
            attempts = tuple(
                replace(one, result=standing.get((slug, one.id))) for one in work.attempts
            )
            found[slug] = as_of(replace(work, attempts=attempts), at)
        return found

    def marks(self, at: datetime) -> dict[str, Mark]:
        """The marks that counted then."""
        return marks_by_name(self.load(at), self.zone)

    def append(self, slug: str, column: str, row: object) -> None:
        """A further row of an assignment."""
        work = self.works[slug]
        self.works[slug] = replace(work, **{column: (*getattr(work, column), row)})


def marks_by_name(works: Rows, zone: ZoneInfo) -> dict[str, Mark]:
    """The marks of works."""
    return {mark.assignment: mark for mark in marks_of([*works.values()], zone)}


def submit(term: Term, _: st.DataObject, slug: str) -> None:
    """A further attempt; it waits for its result."""
    number = len(term.works[slug].attempts) + 1
    term.append(slug, "attempts", Attempt(id=number, number=number, started_at=term.now))


def grade(term: Term, data: st.DataObject, slug: str) -> None:
    """A result comes to stand for an attempt."""
    attempts = term.works[slug].attempts
    if attempts:
        one = data.draw(st.sampled_from(attempts))
        term.standings.append((term.now, slug, one.id, data.draw(results)))


def decide(term: Term, data: st.DataObject, slug: str) -> None:
    """An override by a person."""
    term.n += 1
    one = data.draw(overrides(term.now, term.n))
    term.append(slug, "overrides", replace(one, revoked_at=None))


def revoke(term: Term, data: st.DataObject, slug: str) -> None:
    """An override is revoked."""
    work = term.works[slug]
    live = [one for one in work.overrides if one.revoked_at is None]
    if live:
        one = data.draw(st.sampled_from(live))
        rows = tuple(
            replace(row, revoked_at=term.now) if row == one else row for row in work.overrides
        )
        term.works[slug] = replace(work, overrides=rows)


def extend(term: Term, data: st.DataObject, slug: str) -> None:
    """An extension is granted."""
    term.n += 1
    due = term.now + data.draw(st.integers(-20, 20)) * LATER
    one = Extension(id=term.n, at=term.now, due_at=due, is_exempt=data.draw(st.booleans()))
    term.append(slug, "extensions", one)


def choose(term: Term, data: st.DataObject, slug: str) -> None:
    """An attempt is chosen."""
    term.append(slug, "choices", Choice(attempt=data.draw(st.integers(1, 3)), at=term.now))


def regrade(term: Term, data: st.DataObject, slug: str) -> None:
    """A campaign: nothing changes until it is applied; applied to those who gain, nobody loses."""
    attempts = term.works[slug].attempts
    new = {(slug, one.id): data.draw(results) for one in attempts}
    before = term.marks(term.now)
    after = marks_by_name(term.load(term.now, new), term.zone)
    seen = preview({"ada": before[slug]}, {"ada": after[slug]})
    assert term.marks(term.now) == before
    match data.draw(st.sampled_from(["apply", "only up", "discard"])):
        case "only up" if not only_up(seen):
            return
        case "discard":
            return
        case way:
            old = term.load(term.now)[slug].attempts
            term.standings += [(term.now, slug, one, result) for (_, one), result in new.items()]
            mark = term.marks(term.now)[slug]
            assert mark == after[slug]
            assert way == "apply" or seen.rows[0].change is not Change.DOWN
            if data.draw(st.booleans()):  # undone by further rows
                back = [(term.now, slug, one.id, one.result) for one in old if one.result]
                term.standings += back
                if len(back) == len(old):
                    assert term.marks(term.now) == before


OPERATIONS: tuple[Callable[[Term, st.DataObject, str], None], ...] = (
    *(submit, grade, grade, decide, revoke, extend, choose, regrade),
)
BY_PEOPLE = (decide, revoke)


@st.composite
def new_terms(draw: st.DrawFn) -> Term:
    """A student who did nothing yet."""
    name, change = draw(st.sampled_from(CHANGES))
    works = {
        slug: Work(
            assignment=slug,
            max_mp=2 * MOST,
            part_max_mp=tuple((part, MOST) for part in NAMES),
            schedule=Schedule(
                counts=draw(st.sampled_from(Counts)),
                due_at=draw(near(change)),
                closes_at=draw(st.none() | near(change)),
                policy=draw(policies),
            ),
        )
        for slug in SLUGS
    }
    return Term(zone=zone_of(name), now=change - timedelta(days=2), works=works)


def holding(marks: dict[str, Mark]) -> dict[tuple[str, str | None], Override | None]:
    """The overrides that hold, as marks show them."""
    found: dict[tuple[str, str | None], Override | None] = {}
    for slug, mark in marks.items():
        found[slug, None] = mark.override
        found |= {(slug, part.name): part.override for part in mark.parts}
    return found


@settings(max_examples=50)
@given(
    new_terms(),
    st.data(),
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(SLUGS)), max_size=14),
)
def test_marks_follow_from_rows(term: Term, data: st.DataObject, operations: list) -> None:
    """Overrides survive until they are revoked, and each past mark can be computed again."""
    computed: list[tuple[datetime, dict[str, Mark]]] = []
    before = term.marks(term.now)
    for operation, slug in operations:
        term.now += LATER
        operation(term, data, slug)
        after = term.marks(term.now)
        if operation not in BY_PEOPLE:
            assert holding(after) == holding(before)
        assert after == term.marks(term.now)
        computed.append((term.now, after))
        before = after
    for when, marks in computed:
        assert term.marks(when) == marks
        assert term.marks(when + LATER - timedelta(microseconds=1)) == marks
