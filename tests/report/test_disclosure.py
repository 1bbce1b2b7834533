"""What a check may tell a student: of a hidden one, no number of its case."""

from __future__ import annotations

import pytest

from grader.catalogue import catalogue
from grader.report import disclosure
from grader.results import CheckResult, CheckStatus, Visibility

ENGLISH = catalogue()


def failed(text: str, visibility: Visibility) -> CheckResult:
    """A failed check whose message and hint are a sentence of an assignment."""
    return CheckResult(
        name="it", status=CheckStatus.FAILED, message=text, hint=text, visibility=visibility
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("there are 3 rows too many", ""),
        ("there are 3 rows too many. Look at x1", "Look at x1"),
        *((one, one) for one in ("in 2-D", "cell 3", "line 3", "part 3", "along axis 1")),
    ],
)
def test_digits_of_hidden_checks_fall_silent(text: str, left: str) -> None:
    """A sentence with a digit is left out, unless the digit is in a name or names a place."""
    check = failed(text, Visibility.HIDDEN)
    assert disclosure.spoken(check, ENGLISH) == disclosure.hint(check, ENGLISH) == left


def test_public_checks_say_all() -> None:
    """What a public check says stays as it is."""
    check = failed("there are 3 rows too many", Visibility.PUBLIC)
    assert disclosure.spoken(check, ENGLISH) == "there are 3 rows too many"
