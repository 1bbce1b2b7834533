"""What only the process of the code itself can tell about it, and when that is believed."""

from __future__ import annotations

from typing import Any

from grader.assignment import Incorrect
from grader.catalog import say
from grader.compare import difference
from grader.safe_text import visible
from grader.sandbox.failures import Failure, FailureReason

LONGEST = 36
"""A name is cut to so many characters: a longer quote is not shown for a hidden check."""


def must_be_plain(reached: str) -> None:
    """Raise Incorrect where there is a name by which code could reach what counts it."""
    if reached:
        short = visible(reached, LONGEST)
        words = say("grading.not_plain", name=short)
        raise Incorrect(words, hint=say("grading.not_plain_hint", name=short))


def must_be_counted(name: str) -> None:
    """Raise Incorrect where there is a name whose steps show nowhere."""
    if name:
        short = visible(name, LONGEST)
        words = say("grading.not_counted", name=short)
        raise Incorrect(words, hint=say("grading.not_plain_hint", name=short))


def is_right(found: tuple[Any, ...] | None, want: Any, rtol: float) -> bool:
    """Whether a program gave an answer, the right one where one is known."""
    if found is None or want is None:
        return found is not None
    return difference(got=found[0], want=want, rtol=rtol, ignore_kind=True) is None


def must_agree(counted: Any, answer: Any, times: int) -> None:
    """Raise Incorrect where a call that was counted gives something else than other calls."""
    values = (counted,) if times == 1 else counted
    if not isinstance(values, tuple) or len(values) != times:
        raise Failure(FailureReason.NOT_PLAIN_DATA, message="counts without a value")
    if any(difference(got=value, want=answer, ignore_kind=True) for value in values):
        raise Incorrect(say("grading.again_other"), hint=say("grading.again_hint"))


def counts(told: Any, size: int) -> tuple[int, ...]:
    """So many counts as the process told them. Raises Failure for anything else."""
    found = told if isinstance(told, tuple) else (told,)
    if len(found) != size or not all(type(one) is int and one >= 0 for one in found):
        raise Failure(FailureReason.NOT_PLAIN_DATA, message="counts without numbers")
    return found
