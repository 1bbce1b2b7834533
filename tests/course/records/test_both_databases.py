"""A course works the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import pytest

from grader.course.records import verify


@pytest.mark.usefixtures("store")
def test_both_begin_clean() -> None:
    """A new course has nothing that `verify` names."""
    assert list(verify.problems()) == []
