"""Submissions that come at the same moment, in either database."""

from __future__ import annotations

from functools import partial

from course import made_work
from course.course_store import Store
from course.threads import together

from grader.course.records import verify
from grader.course.records.models import Enrolment, Event, Job, Submission


def test_attempts_at_the_same_moment_are_numbered_without_gap(store: Store) -> None:
    """Eight uploads of one student at once are attempts 1 to 8, each with a job and an event."""
    course = store.opened()
    made_work.take(course, "alice", b"first")
    more = [partial(made_work.take, course, "alice", b"%d" % n) for n in range(7)]
    taken = together(more)
    assert sorted(one.attempt for one in taken) == [2, 3, 4, 5, 6, 7, 8]
    assert Job.objects.count() == Event.objects.filter(verb="submitted").count() == 8
    assert list(verify.problems()) == []


def test_the_same_bytes_at_the_same_moment_are_one_attempt(store: Store) -> None:
    """Whoever repeats an upload gets the attempt that is there."""
    course = store.opened()
    taken = together([partial(made_work.take, course, "alice", b"same")] * 4)
    assert [one.attempt for one in taken] == [1] * 4
    assert sum(one.is_new for one in taken) == Submission.objects.count() == 1


def test_a_new_student_in_two_downloads_is_one_person(store: Store) -> None:
    """Two commands that were opened before the student was known add one."""
    course = store.opened()
    downloads = [
        made_work.taking(course, (made_work.entry("alice", data),)) for data in (b"one", b"two")
    ]
    taken = together([partial(lambda one: next(iter(one.run())), one) for one in downloads])
    assert sorted(one.attempt for one in taken) == [1, 2]
    assert Enrolment.objects.count() == 1
    assert list(verify.problems()) == []


def test_names_that_no_database_could_hold_are_taken(store: Store) -> None:
    """A file's name with a NUL or bytes that are no text costs nobody the submission."""
    entry = made_work.entry("alice", b"one")
    hostile = made_work.entry("bob", b"two", passed_over=("a\0b", "\udce4.ipynb"))
    changed = [
        type(one)(**{**vars(one), "name": name})
        for one, name in ((entry, "x\0y.ipynb"), (hostile, "\udcff.ipynb"))
    ]
    taken = list(made_work.taking(store.opened(), tuple(changed)).run())
    assert [one.attempt for one in taken] == [1, 1]
    first, second = Submission.objects.order_by("id")
    assert (first.filename, second.filename) == ("x\0y.ipynb", "\udcff.ipynb")
    assert second.known["passed_over"] == ["a\0b", "\udce4.ipynb"]
    assert list(verify.problems()) == []
