"""A course works the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from course.course_store import Store


def test_both_begin_clean(store: Store) -> None:
    """A new course has nothing that `verify` names."""
    from grader.course.records import verify

    assert list(verify.problems()) == []
