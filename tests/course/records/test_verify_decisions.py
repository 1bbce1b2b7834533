"""What people decided is compared with the log: an edit past the commands is found."""

from __future__ import annotations

from typing import Any

import pytest
from course import made_work
from course.course_store import SQLITE, Store

pytestmark = pytest.mark.parametrize("store", [SQLITE], indirect=True)


@pytest.fixture
def decided(store: Store) -> Any:
    """A course with an override, an extension and a revoked override."""
    course = store.opened()
    made_work.take(course, "ann", b"x")
    from grader.course.gradebook.facts import OverrideKind
    from grader.course.operations import assignments, decisions, people
    from grader.course.records.events import Actor, now

    row, assignment, me = people.find("ann"), assignments.find("kmeans"), Actor(name="tests")
    rows = [
        decisions.override(
            *(row, assignment),
            kind=OverrideKind.SET,
            value_mp=value,
            reason="counted",
            actor=me,
        )
        for value in (1_000, 2_000)
    ]
    decisions.revoke(rows[0].pid, me)
    decisions.extend(row, assignment, due_at=now(), reason="ill", actor=me)
    return rows


def problems() -> list[str]:
    """What is found."""
    from grader.course.records import verify_decisions

    return list(verify_decisions.problems())


def without_triggers(statement: str) -> None:
    """Change a row as somebody does who gets around the triggers."""
    from django.db import connection

    from grader.course.records.forget import _Editor
    from grader.course.records.migrations import _triggers

    _triggers.remove(_Editor())
    with connection.cursor() as cursor:
        cursor.execute(statement)
    _triggers.install(_Editor())


def test_decisions_of_commands_are_sound(decided: Any) -> None:
    """What commands write has its events."""
    assert (len(decided), problems()) == (2, [])


def test_revoked_without_the_log(decided: Any) -> None:
    """An override that somebody ended in the database is named."""
    from grader.course.records.models import Override

    Override.objects.filter(pid=decided[1].pid).update(revoked_at=decided[1].at)
    assert problems() == [f"override {decided[1].pid}: is revoked, and the log does not say so"]


def test_revoked_no_more(decided: Any) -> None:
    """One that was brought back is named."""
    from grader.course.records.models import Override

    Override.objects.filter(pid=decided[0].pid).update(revoked_at=None)
    assert problems() == [f"override {decided[0].pid}: is not revoked, and the log says so"]


def test_another_value(decided: Any) -> None:
    """A value that is not that of the log is named, and that the log's is missing."""
    without_triggers("UPDATE course_override SET value_mp = 9000 WHERE value_mp = 2000")
    first, second = problems()
    assert first == f"override {decided[1].pid}: is not what the log says"
    assert second.endswith(": the log has it, and it is missing")


def test_deleted_rows(decided: Any) -> None:
    """Decisions that are gone are named."""
    del decided
    without_triggers("DELETE FROM course_extension")
    (only,) = problems()
    assert only.startswith("extension of ")
    assert only.endswith(": the log has it, and it is missing")


def test_campaign_that_nobody_decided(store: Store) -> None:
    """A regrade whose state the log does not know is named."""
    store.opened()
    from grader.course.operations import assignments
    from grader.course.records.events import now
    from grader.course.records.models import Campaign

    assignment = assignments.find("kmeans")
    release = assignments.latest_release(assignment)
    made = Campaign.objects.create(
        assignment=assignment, release=release, by="tests", at=now(), state="discarded"
    )
    assert problems() == [f"regrade {made.pid}: is discarded, and the log does not say so"]
