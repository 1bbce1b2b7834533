"""The old home of `Student` and `Unset`, which are in `grader.assignment`; gone in 0.2."""

import warnings

from grader.assignment import Student, Unset

__all__ = ["Student", "Unset"]

warnings.warn(
    "grader.attempt: Student and Unset are in grader.assignment; import them from there",
    DeprecationWarning,
    stacklevel=2,
)
