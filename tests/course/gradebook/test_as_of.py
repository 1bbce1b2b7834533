"""Tests of `grader.course.gradebook.as_of`: what was known at an earlier time."""

from __future__ import annotations

from datetime import timedelta

from gradebook_facts import DAY, DUE, HOUR, attempt, override, work

from grader.course.gradebook.as_of import as_of
from grader.course.gradebook.facts import Choice, Extension, OverrideKind

SET = OverrideKind.SET


def test_later_rows_are_not_known() -> None:
    """Only rows up to the time are there, that instant included."""
    early, later = attempt(1, -HOUR), attempt(2, HOUR)
    rows = {
        "choices": (Choice(attempt=1, at=DUE), Choice(attempt=2, at=DUE + HOUR)),
        "extensions": (Extension(id=1, at=DUE), Extension(id=2, at=DUE + HOUR)),
        "overrides": (override("a", SET, 1), override("a", SET, 2, id=2, at=DUE + HOUR)),
    }
    whole = work(early, later, **rows)
    first = work(early, **{name: row[:1] for name, row in rows.items()})
    assert as_of(whole, DUE) == first
    assert as_of(whole, DUE + HOUR - timedelta(microseconds=1)) == first
    assert as_of(whole, DUE + HOUR) == whole
    assert as_of(whole, DUE - DAY) == work()


def test_what_was_revoked_later_stands() -> None:
    """An override or an extension counts until it is revoked."""
    revoked = DUE + DAY
    one = work(
        overrides=(override("a", SET, 1, revoked_at=revoked),),
        extensions=(Extension(id=1, at=DUE, revoked_at=revoked),),
    )
    before = as_of(one, revoked - timedelta(microseconds=1))
    assert before.overrides == (override("a", SET, 1),)
    assert before.extensions == (Extension(id=1, at=DUE),)
    assert as_of(one, revoked) == one
