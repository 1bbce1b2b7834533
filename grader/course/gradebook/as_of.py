"""What was known at an earlier time: so "what was it in March" has an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from grader.course.gradebook.facts import Choice, Extension, Override, Work

_Decision = TypeVar("_Decision", Override, Extension)


def as_of(work: Work, at: datetime) -> Work:
    """The work as it was at an instant, that instant included.

    Attempts, choices, extensions and overrides that came later are not in it; what was revoked
    later stands. Results and the schedule stay as they are: who loads them chooses those of then.
    """
    return replace(
        work,
        attempts=tuple(one for one in work.attempts if one.started_at <= at),
        choices=tuple(one for one in work.choices if _is_known(one, at)),
        extensions=tuple(_decisions(work.extensions, at)),
        overrides=tuple(_decisions(work.overrides, at)),
    )


def _is_known(one: Choice | Override | Extension, at: datetime) -> bool:
    return one.at <= at


def _decisions(decisions: Iterable[_Decision], at: datetime) -> Iterable[_Decision]:
    for one in decisions:
        if _is_known(one, at):
            is_later = one.revoked_at is not None and one.revoked_at > at
            yield replace(one, revoked_at=None) if is_later else one
