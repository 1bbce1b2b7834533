"""Whatever is done to a course, in whatever order: what was decided and recorded stays."""

# ruff: noqa: D102
from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from course import database_server, made_work
from course.course_store import POSTGRESQL, SQLITE, ZONE, Makers, Store
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.course.gradebook.facts import OverrideKind
from grader.course.gradebook.marks import Mark
from grader.course.operations import (
    assignments,
    campaigns,
    decisions,
    outcomes,
    publishing,
    queue,
)
from grader.course.operations.ledger import Ledger
from grader.course.records import verify
from grader.course.records.events import Actor, now
from grader.course.records.models import (
    Campaign,
    Enrolment,
    Event,
    Extension,
    Job,
    Override,
    Publication,
    Result,
    Standing,
    Submission,
)

ME = Actor(name="tests", via="test")
STUDENTS = ("alice", "bob", "carol")
Marks = dict[tuple[str, str], Mark]

_students = st.sampled_from(STUDENTS)
_points = st.tuples(st.sampled_from((0, 20, 40)), st.sampled_from((0, 30, 60)))
STEPS = st.one_of(
    st.tuples(st.just("take"), _students, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("grade"), _points, st.sampled_from((False, False, False, True))),
    st.tuples(st.just("grade"), _points, st.just(False)),
    st.tuples(st.just("lose"), st.booleans()),
    st.tuples(st.just("set_total"), _students, st.integers(0, 100)),
    st.tuples(st.just("add_part"), _students, st.integers(-9, 9)),
    st.tuples(st.just("revoke"), st.integers(0, 9)),
    st.tuples(st.just("extend"), _students, st.integers(-3, 3)),
    st.tuples(st.just("regrade")),
    st.tuples(st.just("whole_regrade"), _points, st.booleans()),
    st.tuples(st.just("apply"), st.booleans()),
    st.tuples(st.just("discard")),
    st.tuples(st.just("undo")),
    st.tuples(st.just("retry")),
    st.tuples(st.just("publish"), st.booleans()),
)
FIRST: tuple[tuple[Any, ...], ...] = (
    ("take", "alice", b"a"),
    ("take", "bob", b"b"),
    ("grade", (40, 30), False),
    ("grade", (20, 60), False),
)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure is shown as it came: making it smaller would take minutes."""
CHANGES_NO_MARK = {"lose", "regrade", "discard", "retry", "publish"}
"""Whatever they do, all marks are afterwards what they were before."""
LOGS_NOTHING = {"lose"}


class Life:
    """A course to which things are done; what must hold is looked at after each."""

    def __init__(self, store: Store) -> None:
        self.course = store.opened()
        self.assignment = assignments.find("kmeans")
        self.then: list[tuple[datetime, Marks]] = []
        self.numbers = itertools.count()

    # What can be done -----------------------------------------------------------------------

    def take(self, student: str, data: bytes) -> None:
        made_work.take(self.course, student, data)

    def grade(self, points: tuple[int, int], is_failed: bool) -> None:  # noqa: FBT001
        held = queue.lease("w")
        if held is not None:
            result = made_work.result_of(held, points, is_failed=is_failed)
            assert outcomes.finish(held, result, ME)
            assert not outcomes.finish(held, result, ME)

    def lose(self, is_our_choice: bool) -> None:  # noqa: FBT001
        held = queue.lease("w")
        if held is not None:
            queue.give_back(held, "it ended", is_our_choice=is_our_choice)

    def set_total(self, student: str, value: int) -> None:
        self._override(student, OverrideKind.SET, value, None)

    def add_part(self, student: str, value: int) -> None:
        self._override(student, OverrideKind.ADD, value, "one")

    def _override(self, student: str, kind: OverrideKind, value: int, part: str | None) -> None:
        row = Enrolment.objects.filter(student=student).first()
        if row is not None:
            decisions.override(
                row,
                self.assignment,
                kind=kind,
                value_mp=value * 1000,
                part=part,
                reason="seen",
                actor=ME,
            )

    def revoke(self, n: int) -> None:
        models: tuple[Any, ...] = (Override, Extension)
        pids = [row.pid for of in models for row in of.objects.order_by("id")]
        if pids:
            decisions.revoke(pids[n % len(pids)], ME)

    def extend(self, student: str, days: int) -> None:
        row = Enrolment.objects.filter(student=student).first()
        if row is not None:
            due = now() + timedelta(days=days)
            decisions.extend(row, self.assignment, due_at=due, reason="ill", actor=ME)

    def regrade(self) -> None:
        campaigns.start(self.assignment, ZONE, actor=ME, seed=next(self.numbers))

    def apply(self, is_only_up: bool) -> None:  # noqa: FBT001
        campaigns.apply(campaigns.find("", None), ZONE, ME, is_only_up=is_only_up)

    def discard(self) -> None:
        campaigns.discard(campaigns.find("", None), ME)

    def undo(self) -> None:
        campaigns.undo(campaigns.find("", None), ME)

    def whole_regrade(self, points: tuple[int, int], is_only_up: bool) -> None:  # noqa: FBT001
        """A regrade from its beginning to its being applied, and undone."""
        for one in Campaign.objects.filter(state__in=queue.OPEN_CAMPAIGN):
            campaigns.discard(one, ME)
        self._finish_all((40, 0))
        before = marks_at(None)
        self.regrade()
        self._finish_all(points)
        assert marks_at(None) == before
        self.apply(is_only_up)
        if is_only_up:
            after = marks_at(None)
            assert all(_raw(after[key]) >= _raw(before[key]) for key in before)
        self.then.append((now(), marks_at(None)))
        self.undo()
        assert {key: _raw(one) for key, one in marks_at(None).items()} == {
            key: _raw(one) for key, one in before.items()
        }

    def _finish_all(self, points: tuple[int, int]) -> None:
        Job.objects.update(not_before=now())
        while (held := queue.lease("w")) is not None:
            assert outcomes.finish(held, made_work.result_of(held, points), ME)

    def retry(self) -> None:
        queue.retry_failed(ME)

    def publish(self, is_wanted: bool) -> None:  # noqa: FBT001
        if is_wanted != publishing.is_published(self.assignment):
            (publishing.publish if is_wanted else publishing.withhold)(self.assignment, ME)

    # What must hold -------------------------------------------------------------------------

    def do(self, step: tuple[Any, ...]) -> None:
        """Do something, and look."""
        name, *words = step
        before, marks = everything(), marks_at(None)
        results = {row["id"]: row for row in Result.objects.values()}
        active = set(Override.objects.filter(revoked_at=None).values_list("pid", flat=True))
        events = Event.objects.count()
        is_regrade = name == "grade" and self._is_next_of_regrade()
        try:
            do: Callable[..., None] = getattr(self, name)
            do(*words)
        except decisions.RefusedError:
            assert everything() == before
            assert Event.objects.count() == events
        for row in Result.objects.filter(id__in=[*results]).values():
            assert row == results[row["id"]]
        if name != "revoke":
            assert active <= set(
                Override.objects.filter(revoked_at=None).values_list("pid", flat=True)
            )
        is_changed = everything() != before
        if name not in LOGS_NOTHING:
            assert (Event.objects.count() > events) == is_changed
        after = marks_at(None)
        if name in CHANGES_NO_MARK or is_regrade:
            assert {key: after[key] for key in marks} == marks
        self._look_at_totals(after)
        self.then.append((now(), after))

    def _is_next_of_regrade(self) -> bool:
        held = queue.lease("look")
        if held is None:
            return False
        is_regrade = bool(held.rows().exclude(campaign=None).exists())
        queue.give_back(held, "", is_our_choice=True)
        return is_regrade

    def _look_at_totals(self, marks: Marks) -> None:
        """A total that a person set is the mark, whatever came since."""
        held = Override.objects.filter(part=None, revoked_at=None).order_by("id")
        for student, value in held.values_list("enrolment__student", "value_mp"):
            latest = held.filter(enrolment__student=student).last()
            assert latest is not None
            if latest.value_mp == value:
                assert marks[student, "kmeans"].mark_mp == value

    def look_back(self) -> None:
        """What counted at a time is computed again as it was then."""
        for at, marks in self.then:
            again = marks_at(at)
            assert {key: again[key] for key in marks} == marks
        assert list(verify.problems()) == []


def marks_at(at: datetime | None) -> Marks:
    """All marks."""
    found = Ledger(zone=ZONE, at=at).entries()
    return {(one.student, one.assignment): one.mark for one in found}


def _raw(mark: Mark) -> int:
    return mark.raw_mp or 0


def everything() -> list[Any]:
    """All that a step may change, but the log."""
    models: tuple[Any, ...] = (Submission, Result, Standing, Override, Extension, Publication)
    rows: list[Any] = [list(of.objects.order_by("id").values()) for of in (*models, Campaign)]
    return [*rows, Job.objects.count()]


def _live(makers: Makers, kind: str, place: Path, steps: list[tuple[Any, ...]]) -> None:
    store = makers.make(kind, place)
    try:
        with mock.patch.object(campaigns, "declaration_of"):
            life = Life(store)
            for step in (*FIRST, *steps):
                life.do(step)
            life.look_back()
    finally:
        makers.remove(store)


_places = itertools.count()


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=PHASES
)
@given(steps=st.lists(STEPS, min_size=5, max_size=14))
def test_what_is_recorded_stays_in_sqlite(
    makers: Makers, tmp_path: Path, steps: list[tuple[Any, ...]]
) -> None:
    """Results, overrides, and past marks stay as they were, and every change has an event."""
    _live(makers, SQLITE, tmp_path / f"c{next(_places)}", steps)


@pytest.mark.skipif(bool(database_server.why_not()), reason=database_server.why_not())
@settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=PHASES
)
@given(steps=st.lists(STEPS, min_size=10, max_size=20))
def test_what_is_recorded_stays_in_postgresql(
    makers: Makers, tmp_path: Path, steps: list[tuple[Any, ...]]
) -> None:
    """The same holds there."""
    _live(makers, POSTGRESQL, tmp_path / f"c{next(_places)}", steps)
