"""Tests of `grader.report.hidden_runs`: where hidden test cases met the student's code."""

from dataclasses import replace

import pytest
from sample_results import HIDDEN, PUBLIC, by_hand, check, part, result, written
from sound_pages import assert_sound

from grader.catalog import catalog
from grader.report.hidden_runs import hidden_runs
from grader.report.html import render_student
from grader.results import CheckResult, PartResult, State

TRACED, RAN = check("traced", ran="program"), check("ran", ran="code")
EXAMPLE = replace(RAN, name="example", visibility=PUBLIC)


def of(*checks: CheckResult, state: State = State.PARTLY) -> PartResult:
    """A part with these checks."""
    return part(state, checks=checks)


def said(*parts: PartResult, lang: str = "en") -> str:
    """What is said about these parts."""
    return " ".join(hidden_runs(parts, catalog(lang)))


NEVER = (
    "the arrays of these test cases never reached your code: JAX recorded its operations for their shapes alone, "
    "and we evaluated them separately."
)
ITSELF = "your code itself ran on them in an isolated process."


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((of(TRACED), of(RAN)), f"In part 1, {NEVER} In part 2, {ITSELF}"),
        ((of(TRACED), of(TRACED), of(TRACED)), f"In parts 1–3, {NEVER}"),
        ((of(RAN), of(RAN)), f"In parts 1 and 2, {ITSELF}"),
        (
            (of(TRACED), of(RAN), of(TRACED), of(TRACED), of(TRACED), of(RAN)),
            f"In parts 1 and 3–5, {NEVER} In parts 2 and 6, {ITSELF}",
        ),
        ((of(TRACED, RAN),), f"In part 1, {ITSELF}"),
        ((of(TRACED, check("later", "skipped"), check("tip", "advice")),), f"In part 1, {NEVER}"),
        ((of(check("v", "error", ran="code")),), f"In part 1, {ITSELF}"),
    ],
    ids="both all_traced none_traced many mixed skipped error".split(),
)
def test_parts_are_named(parts: tuple[PartResult, ...], words: str) -> None:
    """Each part is where its hidden test cases were: all of them apart from the code, or not."""
    assert said(*parts) == words


def test_example_is_no_secret() -> None:
    """What ran on the example, which students see, says nothing about hidden test cases."""
    assert said(of(EXAMPLE, TRACED)) == f"In part 1, {NEVER}"
    assert said(of(replace(EXAMPLE, ran="program"), RAN)) == f"In part 1, {ITSELF}"
    assert said(of(EXAMPLE), of(TRACED)) == f"In part 2, {NEVER}"


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (of(check(), check("other", "failed")),),
        (of(check("v", "skipped"), state=State.NOT_FOUND), part(State.UNCHECKED)),
        (written(), of(replace(by_hand(), visibility=HIDDEN))),
        (of(EXAMPLE),),
    ],
    ids="no_part not_known nothing_ran by_hand example".split(),
)
def test_nothing_is_said_of_what_did_not_run(parts: tuple[PartResult, ...]) -> None:
    """Where nothing ran on a hidden test case, nothing is said about it."""
    assert said(*parts) == ""


def test_by_hand_is_beside_it() -> None:
    """Checks that a person decides, and answers in words, change nothing about the others."""
    assert said(written(), of(TRACED, by_hand()), of(RAN)) == (
        f"In part 2, {NEVER} In part 3, {ITSELF}"
    )


def test_page_says_it() -> None:
    """The report says it where it explains hidden test cases, and is as before without it."""
    page = assert_sound(render_student(result(of(TRACED), of(RAN)))).said
    before = "The report says what kind of problem it found, but never shows the data."
    assert f"{before} In part 1, {NEVER} In part 2, {ITSELF} Cells are counted" in page
    plain = assert_sound(render_student(result(of(check())))).said
    assert f"{before} Cells are counted" in plain


def test_german() -> None:
    """The sentences in German."""
    assert said(of(TRACED), of(TRACED), of(RAN), lang="de") == (
        "In den Teilen 1 und 2 haben die Arrays dieser Testfälle deinen Code nie erreicht: JAX hat seine "
        "Rechenschritte nur für ihre Formen aufgezeichnet, und wir haben sie getrennt davon ausgewertet. "
        "In Teil 3 lief dein Code selbst mit ihnen in einem abgeschotteten Prozess."
    )
