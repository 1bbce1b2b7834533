"""Points that people give for checks, in a class with many."""

from __future__ import annotations

from course import made_work
from course.course_store import ZONE, Store
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grader.course.gradebook.facts import OverrideKind
from grader.course.operations import assignments, decisions, outcomes, queue
from grader.course.operations.ledger import Ledger
from grader.course.records.events import Actor
from grader.course.records.forget import _Editor
from grader.course.records.migrations import _triggers
from grader.course.records.models import Enrolment, Result

ME = Actor(name="tests", via="test")


def test_marks_take_as_many_queries_for_many_students_as_for_few(store: Store) -> None:
    """Also where people decided checks of everybody's; their points count."""
    counts = []
    for students in (("alice",), ("bob", "carol", "dan")):
        _decide(store, students)
        with CaptureQueriesContext(connection) as seen:
            marks = [one.mark.mark_mp for one in Ledger(zone=ZONE).entries()]
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert marks == [50_000] * 4


def _decide(store: Store, students: tuple[str, ...]) -> None:
    for student in students:
        made_work.take(store.opened(), student, student.encode())
        held = queue.lease("w")
        assert held is not None
        outcomes.finish(held, made_work.result_of(held, (10, 30)), ME)
        _triggers.remove(_Editor())
        Result.objects.update(items=[["one", "clarity", 20_000]])
        _triggers.install(_Editor())
        decisions.override(
            Enrolment.objects.get(student=student),
            assignments.find("kmeans"),
            kind=OverrideKind.SET,
            value_mp=10_000,
            part="one",
            check="clarity",
            reason="read",
            actor=ME,
        )
