"""What a person decides in a part: left open while the rest is graded, and put back after it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from grader.assignment import Check, Part
from grader.assignment.by_hand import without_by_hand
from grader.catalog import Message, say
from grader.judging.context import Context
from grader.judging.part_result import not_run, without_points
from grader.reading.written_answers import WrittenAnswer, written_answer
from grader.results import CheckResult, CheckStatus, PartResult, PartStatus, State

_DIGITS = 12


def for_the_grader(part: Part) -> Part:
    """The part with the checks alone that the grader decides."""
    checks = without_by_hand(part)
    return part if len(checks) == len(part.checks) else replace(part, checks=checks)


def with_open_checks(context: Context, part: Part, result: PartResult) -> PartResult:
    """The result of a part with the checks that a person decides, in their places.

    Of a part that is not there, there is nothing to decide.
    """
    if all(not check.is_by_hand for check in part.checks):
        return result
    is_there = result.status is not PartStatus.MISSING and result.state is not State.UNCHECKED
    graded = iter(result.checks)
    checks = tuple(
        _by_hand(check, is_open=is_there) if check.is_by_hand else next(graded)
        for check in part.checks
    )
    whole = replace(
        result,
        checks=checks,
        max_score=part.points,
        seen=_digest(context.submission.sha256),
    )
    if not is_there:
        return whole
    state = State.OPEN if result.state is State.CORRECT else result.state
    return replace(whole, status=PartStatus.OPEN, state=state)


def _by_hand(check: Check, *, is_open: bool) -> CheckResult:
    status = CheckStatus.OPEN if is_open else CheckStatus.SKIPPED
    return CheckResult(
        name=check.name,
        status=status,
        max_score=check.points,
        visibility=check.visibility,
        message="" if is_open else say("grading.missing"),
        is_by_hand=True,
    )


def written_part(context: Context, part: Part) -> PartResult:
    """The result of a part that is answered in words: open, or missing."""
    found = written_answer(
        part.name, context.submission.cells, context.cells, context.answer_key.handed_out
    )
    if found.text:
        made = without_points(part, PartStatus.OPEN, State.OPEN)
        checks = tuple(_in_words(check, is_open=True) for check in part.checks)
    else:
        state = State.NOT_FOUND if found.place is None else State.NOT_STARTED
        made = replace(not_run(part, say("grading.missing")), status=PartStatus.MISSING)
        made = replace(made, state=state)
        checks = tuple(_in_words(check, is_open=False) for check in part.checks)
    return replace(
        made,
        checks=checks,
        answer=found.text,
        seen=_digest(found.text),
        is_written=True,
        notes=_notes(part, found),
        cell=found.cell,
    )


def _in_words(check: Check, *, is_open: bool) -> CheckResult:
    """The check of a part that is answered in words; the name that all of these have is ours."""
    ours = say("title.written")
    result = _by_hand(check, is_open=is_open)
    return replace(result, name=ours) if check.name == str(ours) else result


def _notes(part: Part, found: WrittenAnswer) -> tuple[Message, ...]:
    if found.place is None:
        return (say("note.no_answer", name=part.name),)
    return (say("note.found" if found.text else "note.unanswered", place=found.place),)


def _digest(text: str) -> str:
    """A short name of a text, which no spreadsheet takes for a number."""
    return f"v{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:_DIGITS]}"
