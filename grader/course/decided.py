"""What people decided about a submission, put into its result: a function of both, and no more.

A result keeps its marks beside the checks as they were graded, so that another mark, or none, can
be put in at any time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from grader.results import (
    CheckResult,
    CheckStatus,
    Mark,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
    open_points,
    rounded_points,
)

Key = tuple[str, str]
"""The name of a part, and that of a check of it."""
_STOPPED = frozenset({State.ERROR, State.TIMEOUT})


def by_hand(result: SubmissionResult) -> Iterator[tuple[Key, PartResult, CheckResult]]:
    """The checks of a result that a person decides, each with its part."""
    for part in result.parts:
        for check in part.checks:
            if check.is_by_hand:
                yield (part.name, str(check.name)), part, check


def with_marks(result: SubmissionResult, marks: Mapping[Key, Mark | None]) -> SubmissionResult:
    """The result with these marks in place of those it has; None takes one back."""
    parts = tuple(
        replace(part, checks=tuple(_with_mark(check, part, marks) for check in part.checks))
        for part in result.parts
    )
    return replace(result, parts=parts)


def _with_mark(
    check: CheckResult, part: PartResult, marks: Mapping[Key, Mark | None]
) -> CheckResult:
    key = (part.name, str(check.name))
    return replace(check, mark=marks[key]) if check.is_by_hand and key in marks else check


def carried_over(
    now: SubmissionResult, before: SubmissionResult
) -> tuple[SubmissionResult, tuple[Key, ...]]:
    """A new result with the marks of an earlier one, and which of these no longer count.

    A mark counts as long as what the person saw is the same, and its points can be given.
    """
    old = {key: check.mark for key, _, check in by_hand(before) if check.mark is not None}
    kept = {
        key: old[key]
        for key, part, check in by_hand(now)
        if key in old and old[key].seen == part.seen and old[key].points <= check.max_score
    }
    return with_marks(now, kept), tuple(key for key in old if key not in kept)


def decided(result: SubmissionResult) -> SubmissionResult:
    """The result with the points that people gave."""
    return replace(result, parts=tuple(map(_decided, result.parts)))


def _decided(part: PartResult) -> PartResult:
    given = [check.mark.points for check in part.checks if check.mark is not None]
    if not given:
        return part
    checks = tuple(map(_checked, part.checks))
    score = rounded_points(min(part.score + math.fsum(given), part.max_score))
    status, state = _outcome(part, score, checks)
    return replace(part, checks=checks, score=score, status=status, state=state)


def _checked(check: CheckResult) -> CheckResult:
    if check.mark is None:
        return check
    points = rounded_points(check.mark.points)
    is_full = points > check.max_score - 1e-6
    status = CheckStatus.PASSED if is_full else CheckStatus.FAILED
    return replace(check, status=status, score=points, message="")


def _outcome(
    part: PartResult, score: float, checks: tuple[CheckResult, ...]
) -> tuple[PartStatus, State]:
    """What became of a part, of which the grader found `part` and people decided checks."""
    waits = open_points(checks)
    if part.state is State.UNCHECKED:
        return part.status, part.state
    if score + waits > part.max_score - 1e-6:
        return (PartStatus.OPEN, State.OPEN) if waits else (PartStatus.PASSED, State.CORRECT)
    state = State.PARTLY if score > 0 else State.NOT_YET
    if part.state is State.TIMEOUT or (part.state in _STOPPED and not score):
        state = part.state
    if waits:
        return PartStatus.OPEN, state
    if score > 0:
        return PartStatus.PARTIAL, state
    if part.status is PartStatus.MISSING:
        return part.status, part.state
    return PartStatus.ERROR if state in _STOPPED else PartStatus.FAILED, state
