"""Tests of `grader.report.outcome`."""

from __future__ import annotations

import pytest
from sample_results import PUBLIC, by_hand, check, part, result, typical, unreadable

from grader.catalog import catalog
from grader.report.outcome import Outcome, check_outcome
from grader.results import Excerpt, State, SubmissionResult

TEXTS = catalog()


def outcome(made: SubmissionResult, name: str, part_name: str = "double") -> tuple[str, str]:
    """What became of a check, and what is said."""
    found = check_outcome(made, part_name, name, TEXTS)
    return found.status, found.text


def test_failure_says_what_where_and_what_to_do() -> None:
    """A check that failed says what was found, cell and line, and what to do."""
    code = Excerpt(source="a\nb", cell=3, marked=2)
    failed = check("values", "failed", visibility=PUBLIC, message="`x` is 3", hint="print `x`")
    assert outcome(result(part(State.NOT_YET, checks=(failed,), excerpt=code)), "values") == (
        "failed",
        "x is 3. (cell 3, line 2)\nTry this: Print x.",
    )


def test_known_mistake_is_named() -> None:
    """Where a known mistake shows, the check says what it is."""
    names = [c.name for c in typical().parts[1].checks if c.noticed]
    assert outcome(typical(), str(names[0]), "update_assignment") == (
        "failed",
        "These are squared distances: what is still missing is the square root. (cell 14, line 3)",
    )


def test_passed_says_nothing() -> None:
    """A check that passed passes."""
    assert check_outcome(result(part(checks=(check(),))), "double", "values", TEXTS) == Outcome(
        status="passed"
    )


def test_partly_is_failed() -> None:
    """A check with some of its points has failed."""
    half = check("values", "failed", score=2.0, visibility=PUBLIC, message="half of it differs")
    assert outcome(result(part(State.PARTLY, checks=(half,))), "values") == (
        "failed",
        "Half of it differs.",
    )


def test_what_another_check_explains_is_skipped() -> None:
    """A check that was not run is skipped where another one of its part says why."""
    checks = (check("a", "failed"), check("b", "skipped", message="not checked: first a"))
    made = result(part(State.NOT_YET, checks=checks))
    assert outcome(made, "b") == ("skipped", "Not checked: first a.")


@pytest.mark.parametrize(
    "state", [State.NOT_STARTED, State.NOT_FOUND, State.NOT_YET, State.TIMEOUT]
)
def test_what_nothing_explains_has_failed(state: State) -> None:
    """Checks that were not run, all of them, have failed: nobody passes with a missing part."""
    made = result(part(state, checks=(check("b", "skipped"), by_hand())))
    assert outcome(made, "b")[0] == "failed"


def test_missing_part_says_what_to_do() -> None:
    """A part that is not there says so, and how to name it."""
    made = result(part(State.NOT_FOUND, checks=(check("b", "skipped"),)))
    assert outcome(made, "b") == (
        "failed",
        "Not found.\nTry this: If the part has a different name in your notebook, rename it to "
        "double. If its cell does not run, fix that first. Then submit again.",
    )


def test_open_check_is_skipped() -> None:
    """What a person decides is neither passed nor failed."""
    made = result(part(State.OPEN, checks=(by_hand(),)))
    assert outcome(made, "clarity") == ("skipped", "Clarity: open until a person decides.")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (unreadable(), "lindqvist.ipynb: not a notebook, it ends in the middle of line 212."),
        (result(part(State.UNCHECKED, checks=(check(),))), "We could not check this part."),
        (result(part(checks=())), "We could not check this part."),
        (result(), "We could not check this part."),
    ],
)
def test_unknown_has_failed(made: SubmissionResult, text: str) -> None:
    """What nothing is known of has failed, and is never said to be wrong."""
    status, said = outcome(made, "values")
    assert status == "failed"
    assert said.startswith(text)


@pytest.mark.parametrize("status", ["failed", "error"])
def test_hidden_check_keeps_its_numbers(status: str) -> None:
    """Of a hidden check no number is told, neither found nor in its hint."""
    hidden = check("values", status, message="271828 is not 314159", hint="Try 271828")
    said = outcome(result(part(State.NOT_YET, checks=(hidden,))), "values")[1]
    assert said.startswith("Values: ")
    assert not any(char.isdigit() for char in said)
