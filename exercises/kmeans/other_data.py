"""Checks on data other than the example, and what those have in common where an answer is wrong."""

from __future__ import annotations

from collections.abc import Callable

from exercises.kmeans.answers import SlightlyIncorrect, named
from grader.assignment import Case, Incorrect, Student
from grader.sandbox import Failure

OnCase = Callable[[Student, Case], None]
"""A check of one case. Raises Incorrect, or the Failure of the student's code."""

ONLY_THE_EXAMPLE = (
    "correct for the example, but not for data with a different number of clusters, "
    "samples, or dimensions: look for a hard-coded number"
)
SCALE = (
    "correct for ordinary numbers, but not for very small or very large ones: look for a "
    "limit, for rounding, or for a constant that is added"
)
FEW_SAMPLES = "correct for most data, but not for a cluster with only one or two samples"
LONE_AXIS = (
    "correct for most data, but not for a single sample or a single coordinate: look for an "
    "axis that gets lost"
)
WIDE = (
    "correct for most data, but not for many clusters and as many coordinates: look for a "
    "hard-coded number, or for two axes that are confused"
)
COMMON = (
    ({"tiny numbers", "huge numbers"}, set(), SCALE),
    ({"one coordinate", "one sample"}, set(), LONE_AXIS),
    ({"as many of all"}, set(), WIDE),
    ({"samples on centroids", "huge numbers", "one sample"}, {"huge numbers"}, WIDE),
    ({"as many of all", "one coordinate"}, {"as many of all"}, FEW_SAMPLES),
)
"""What is said where an answer is wrong for no other cases than these, but for those of them."""


def on_other_data(check: OnCase, student: Student, *names: str) -> None:
    """Check the named cases, and say what is wrong in the words that fit all that failed."""
    found = {
        case.name: raised
        for case in named(student, *names)
        if (raised := _raised(check, student, case))
    }
    if not found:
        return
    first = next(iter(found.values()))
    if any(_raised(check, student, case) for case in named(student, "example")):
        raise first
    is_slight = {name for name, raised in found.items() if isinstance(raised, SlightlyIncorrect)}
    if "many samples" in found.keys() - is_slight:
        raise Incorrect(ONLY_THE_EXAMPLE, earned=_earned(first)) from None
    for together, needed, words in COMMON:
        if needed <= found.keys() <= together and not (words == WIDE and is_slight):
            cause = first if isinstance(first, Failure) else None
            raise Incorrect(words, earned=_earned(first)) from cause
    raise first


def _raised(check: OnCase, student: Student, case: Case) -> Incorrect | Failure | None:
    """What a check of a case found. Raises a Failure after which nothing can be asked."""
    try:
        check(student, case)
    except Incorrect as found:
        return found
    except Failure as failure:
        if failure.is_final:
            raise
        return failure
    return None


def _earned(found: Incorrect | Failure) -> float:
    return found.earned if isinstance(found, Incorrect) else 0.0
