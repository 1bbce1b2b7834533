"""What a check may tell a student: of a hidden one, no number of its case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.catalog import Message, catalog, say
from grader.report import disclosure
from grader.results import CheckResult, CheckStatus, Visibility

ENGLISH = catalog()


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
    assert (
        disclosure.disclosed_message(check, ENGLISH)
        == disclosure.disclosed_hint(check, ENGLISH)
        == left
    )


@pytest.mark.parametrize(
    ("message", "left"),
    [
        # A value is kept back with the sentence that has a place for it; our own words stay.
        (say("difference.shape", name="`x`", got=(3,), want=(3, 2)), ""),
        (say("difference.number", name="`x2`"), "`x2` is not the expected number"),
        (say("difference.number", name=say("value.numbered", position=2)),
         "value 2 is not the expected number"),
        (say("error.65.advice", name=""), ENGLISH.say("error.65.advice", name="")),
        # Where in the student's code it was stays, whatever else is kept back.
        (
            say("stopped.error_at", place=say("cell.place", cell=7, line=3),
                said=say("stopped.raised", kind="ValueError", said="got 4142")),
            "your code raised an error in cell 7, line 3. ValueError",
        ),
        (
            say("stopped.error", said=say("stopped.raised", kind="Canary4142", said="x")),
            "your code raised an error.",
        ),
        (
            say("stopped.unread", name="f", why=say(
                "cell.at", place=say("cell.place", cell=2, line=1), what="it says 4142")),
            "it needs `f` from a cell that is not valid Python. cell 2, line 1",
        ),
        (
            say("stopped.needed_crashed", place=say("cell.cell", cell=2),
                why=say("stopped.by_signal", number=9)),
            "cell 2 ended the Python process, and this part needs it.",
        ),
        # What an assignment wrote is prose: its digits count, those of its values too.
        (say("{n} rows are missing. Look at x1", n=3), "Look at x1"),
        (say("3 of them are missing"), ""),
        (say("grading.ours", kind="TypeError"), "could not be checked"),
        (say("stopped.error", said="`" + "a" * 41 + "`"), "your code raised an error."),
    ],
)  # fmt: skip
def test_values_of_hidden_checks_are_left_out(message: Message, left: str) -> None:
    """A message of a hidden check is told without the sentences that hold a value of the case."""
    check = replace(failed("", Visibility.HIDDEN), status=CheckStatus.ERROR, message=message)
    assert disclosure.disclosed_message(check, ENGLISH) == left


def test_public_checks_say_all() -> None:
    """What a public check says stays as it is."""
    check = failed("there are 3 rows too many", Visibility.PUBLIC)
    assert disclosure.disclosed_message(check, ENGLISH) == "there are 3 rows too many"


FINDINGS = [
    say("stopped.timeout"),
    say("stopped.ended"),
    say("stopped.violated"),
    say("stopped.error", said=say("stopped.raised", kind="OwnError", said="got 4142")),
    say("stopped.error_at", place=say("cell.place", cell=7, line=3),
        said=say("stopped.because", cause=say("error.1.cause"),
                 said=say("stopped.raised", kind="TypeError", said="4142"))),
    say("stopped.in_file", file="a.py", line=4,
        said=say("stopped.raised", kind="TypeError", said="4142")),
    say("stopped.needed", place=say("cell.place", cell=7, line=3),
        said=say("stopped.raised", kind="OwnError", said="4142")),
    say("stopped.needed_timeout", place=say("cell.cell", cell=2)),
    say("stopped.needed_crashed", place=say("cell.cell", cell=2),
        why=say("stopped.by_exit", number=3)),
    say("stopped.unread", name="f", why=say(
        "cell.at", place=say("cell.place", cell=2, line=1), what="it says 4142")),
    say("grading.no_time"),
    say("grading.needs", names=say("grading.quoted", name="rows, on the example")),
    say("grading.missing"),
    say("grading.ours", kind="TypeError"),
    say("grading.machine", what=say("machine.loaded")),
    say("grading.other_figures", names="`bokeh`"),
    say("grading.globals", n=1, name="update_assignment", names="`points`"),
    *(say(f"ready.hidden_{what}", name=name)
      for what in ("structure", "shape", "dtype", "finite", "values")
      for name in ("`x2`", say("value.result"), say("value.numbered", position=2))),
    say("ready.only_the_example"),
    say("ready.unusual"),
    *(say("ready.all_but", what=say(f"ready.unusual_{what}"))
      for what in ("ties", "zeros", "offset", "negative", "scale_up", "scale_down", "empty",
                   "single", "large", "one", "square", "many")),
    say("ready.untraceable"),
    say("ready.loop"),
    say("ready.hidden_count", returns=2),
    # As an assignment says it: with numbers, and with two names of code far apart.
    say("the loop does not end; it was still running after {count} steps", count=1000),
    say("`{one}` is what the loop compares, and it is the same as `{other}` in each of its steps",
        one="initial_distortion_of_the_loop", other="new_mean_distortion_of_the_step"),
]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("message", FINDINGS, ids=lambda message: message.id[:40])
def test_no_finding_falls_silent(message: Message, lang: str) -> None:
    """Whatever a hidden check finds, something of it is said, and never half a sentence."""
    check = replace(failed("", Visibility.HIDDEN), status=CheckStatus.ERROR, message=message)
    said = disclosure.disclosed_message(check, catalog(lang))
    assert said
    assert "4142" not in said
    assert said.count("`") % 2 == 0
    assert said[-1] not in ":;,("
