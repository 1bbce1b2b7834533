"""A regrade is looked at before it counts; overrides stay; it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from course import made_work
from course.course_store import ZONE, Store

ME = "tests"


@pytest.fixture
def course(store: Store) -> Any:
    """A course with three students, whose work has 60, 60 and 80 points."""
    made = store.opened()
    for student, points in (("ann", (20, 40)), ("bob", (20, 40)), ("cid", (20, 60))):
        made_work.take(made, student, student.encode())
        grade_one(points)
    return made


def actor() -> Any:
    """Who does it."""
    from grader.course.records.events import Actor

    return Actor(name=ME, via="test")


def started(**more: Any) -> Any:
    """A campaign over the assignment."""
    from unittest import mock

    from grader.course.operations import assignments, campaigns

    with mock.patch.object(campaigns, "declaration_of"):  # its files are not there in these tests
        done = campaigns.start(assignments.find("kmeans"), ZONE, actor=actor(), **more)
    return campaigns.find(done.pid, None)


def grade_one(points: tuple[int, int], *, is_failed: bool = False) -> bool:
    """Grade the next job of the queue with these points; whether there was one."""
    from grader.course.operations import queue
    from grader.course.operations.outcomes import finish

    held = queue.lease("w/1/1/a")
    return held is not None and finish(
        held, made_work.result_of(held, points, is_failed=is_failed), actor()
    )


def graded(*points: tuple[int, int]) -> None:
    """Grade what waits, with these points."""
    for one in points:
        assert grade_one(one)


def marks() -> dict[str, int | None]:
    """What counts, by student."""
    from grader.course.operations.ledger import Ledger

    return {one.student: one.mark.mark_mp for one in Ledger(zone=ZONE).entries()}


BEFORE = {"ann": 60_000, "bob": 60_000, "cid": 80_000}


@pytest.mark.usefixtures("course")
def test_nothing_counts_before_it_is_applied() -> None:
    """Results of a regrade do not hold by themselves."""
    campaign = started(seed=7)
    graded((40, 40), (0, 40), (20, 60))
    campaign.refresh_from_db()
    assert (marks(), campaign.state) == (BEFORE, "ready")


@pytest.mark.usefixtures("course")
def test_preview_shows_drops_first() -> None:
    """The preview has old and new, those that go down on top."""
    from grader.course.operations import campaigns

    campaign = started()
    graded((40, 40), (0, 40), (20, 60))
    seen = campaigns.seen(campaign, ZONE).preview
    rows = [(r.student, r.mark_before_mp, r.mark_after_mp, str(r.change)) for r in seen.rows]
    assert rows == [
        ("bob", 60_000, 40_000, "down"),
        ("ann", 60_000, 80_000, "up"),
        ("cid", 80_000, 80_000, "same"),
    ]


@pytest.mark.usefixtures("course")
def test_apply_and_undo() -> None:
    """Applied results hold; undone, those hold again that did before."""
    from grader.course.operations import campaigns

    campaign = started()
    graded((40, 40), (0, 40), (20, 60))
    assert campaigns.apply(campaign, ZONE, actor()) == 3
    assert marks() == {"ann": 80_000, "bob": 40_000, "cid": 80_000}
    campaign.refresh_from_db()
    assert campaigns.undo(campaign, actor()) == 3
    assert marks() == BEFORE


@pytest.mark.usefixtures("course")
def test_apply_only_up() -> None:
    """Nobody loses points where only better results are applied."""
    from grader.course.operations import campaigns

    campaign = started()
    graded((40, 40), (0, 40), (20, 60))
    campaigns.apply(campaign, ZONE, actor(), is_only_up=True)
    assert marks() == {"ann": 80_000, "bob": 60_000, "cid": 80_000}


@pytest.mark.usefixtures("course")
def test_override_survives_apply_and_resubmission() -> None:
    """What a person decided holds until it is revoked."""
    from grader.course.gradebook.facts import OverrideKind
    from grader.course.operations import assignments, campaigns, decisions, people

    made = decisions.override(
        people.find("ann"),
        assignments.find("kmeans"),
        kind=OverrideKind.SET,
        value_mp=99_000,
        reason="counted",
        actor=actor(),
    )
    campaign = started()
    graded((0, 0), (0, 40), (20, 60))
    campaigns.apply(campaign, ZONE, actor())
    made_work.take(course, "ann", b"another")
    graded((1, 1))
    assert marks()["ann"] == 99_000
    decisions.revoke(made.pid, actor())
    assert marks()["ann"] == 2_000


@pytest.mark.usefixtures("course")
def test_undo_leaves_what_came_later() -> None:
    """A regrade that was applied later stays when an earlier one is taken back."""
    from grader.course.operations import campaigns

    first = started()
    graded((40, 40), (40, 40), (40, 40))
    campaigns.apply(first, ZONE, actor())
    second = started()
    graded((1, 1), (1, 1), (1, 1))
    campaigns.apply(second, ZONE, actor())
    assert campaigns.undo(campaigns.find(first.pid, None), actor()) == 0
    assert marks() == {"ann": 2_000, "bob": 2_000, "cid": 2_000}


@pytest.mark.usefixtures("course")
def test_apply_waits_for_all() -> None:
    """A regrade of which something waits is not applied."""
    from grader.course.operations import campaigns
    from grader.course.operations.decisions import RefusedError

    campaign = started()
    graded((1, 1))
    with pytest.raises(RefusedError) as caught:
        campaigns.apply(campaign, ZONE, actor())
    assert str(caught.value) == (
        f"{campaign.pid}: 2 submissions wait to be graded; run grader course grade"
    )


@pytest.mark.usefixtures("course")
def test_discard() -> None:
    """A regrade that is discarded changes nothing, and its jobs are not graded."""
    from grader.course.operations import campaigns

    campaign = started()
    graded((1, 1))
    campaigns.discard(campaign, actor())
    assert not grade_one((1, 1))
    assert marks() == BEFORE


@pytest.mark.usefixtures("course")
def test_one_at_a_time() -> None:
    """A second regrade of an assignment is refused while one is open."""
    from grader.course.operations.decisions import RefusedError

    first = started()
    with pytest.raises(RefusedError) as caught:
        started()
    assert str(caught.value) == (f"kmeans: regrade {first.pid} is open; apply or discard it first")


@pytest.mark.usefixtures("course")
def test_failures_change_nothing() -> None:
    """Where the grader fails in a regrade, the earlier result stays, and that is named."""
    from grader.course.operations import campaigns

    campaign = started()
    grade_one((0, 0), is_failed=True)
    graded((20, 40), (20, 60))
    seen = campaigns.seen(campaign, ZONE)
    assert len(seen.failed) == 1
    campaigns.apply(campaign, ZONE, actor())
    assert marks() == BEFORE
