"""What a service shows of a submission and of its parts: plain lines, as on a screen.

Services show text as it is. So there are no marks in it, and nothing of a student's that acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.catalog import Catalog
from grader.report import wording
from grader.report.actions import action
from grader.report.numbers import score
from grader.report.screen import trouble_text
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)
from grader.safe_text import MESSAGE_LIMIT, NAME_LIMIT, visible

_NO_ACTION = (State.CORRECT, State.UNCHECKED, State.OPEN)
_MOST_CHECKS = 40
_MOST_MESSAGES = 20
_SILENT = (State.NOT_STARTED, State.NOT_FOUND, State.UNCHECKED)
"""States of a part of which no check has anything to say."""


def title(part: PartResult, texts: Catalog) -> str:
    """The title of a part on one line."""
    return plain(texts.tell(part.title) or part.name, NAME_LIMIT)


def total(result: SubmissionResult, texts: Catalog) -> str:
    """The points of a submission: "87.5 of 100 points"."""
    numbers = {"score": score(result.score), "max_score": score(result.max_score)}
    if result.open_points:
        return texts.say("terminal.total_open", open=score(result.open_points), **numbers)
    return texts.say("terminal.total", **numbers)


def is_passed(part: PartResult) -> bool:
    """Whether a part has all points that the grader gives."""
    return part.state is not State.UNCHECKED and (
        part.score >= part.max_score - part.open_points - 1e-9
    )


def about(result: SubmissionResult, texts: Catalog) -> list[str]:
    """The lines about a submission as a whole: its title, its points, and what was noticed."""
    lines = [f"{plain(texts.tell(result.title), NAME_LIMIT)}: {total(result, texts)}."]
    said = [wording.about_file(message, texts) for message in result.messages[:_MOST_MESSAGES]]
    is_ours = bool(result.parts) and all(one.state is State.UNCHECKED for one in result.parts)
    if is_ours:  # what failed is for staff
        return [*lines, _sentence(texts.say("terminal.unchecked"))]
    if result.status is not SubmissionStatus.GRADED:
        brief = said[0] if said else ""
        lines.append(_sentence(trouble_text(str(result.status), brief, texts)))
        said = said[1:]
        if result.status is SubmissionStatus.UNREADABLE and not wording.asks_for_notebook(result):
            lines.append(_sentence(texts.say("terminal.next_unreadable")))
    lines += [_sentence(one) for one in said]
    if any(part.state is State.UNCHECKED for part in result.parts):
        lines.append(_sentence(texts.say("terminal.wait")))
    if result.open_points:
        lines.append(wording.open_points(result.open_points, "student.open_points", texts))
    return [line for line in lines if line]


def about_part(part: PartResult, number: int, texts: Catalog) -> list[str]:
    """The lines about a part: its points, the cause, the next step, and each check.

    Of hidden checks there is only how many were passed.
    """
    word = texts.say(f"state.word.{part.state}")
    points = texts.say("terminal.total", score=score(part.score), max_score=score(part.max_score))
    lines = [f"{word}: {points}."]
    if part.open_points:
        lines.append(wording.open_points(part.open_points, "student.open_points", texts))
    cause = ""
    if part.state not in _NO_ACTION:
        found = action(number, part, texts)
        cause = plain(found.cause)
        is_new = cause != wording.sentence(word)
        where = plain(found.place) if found.place not in found.cause else ""
        if is_new or where:
            said = cause if is_new else word
            lines.append(wording.sentence(f"{said.rstrip('.')} ({where})") if where else said)
        lines.append(plain(found.step))
    if part.state not in _SILENT:
        lines += _checks(part, (*lines, cause), texts)
    return [line for line in dict.fromkeys(lines) if line]


def _checks(part: PartResult, said: Sequence[str], texts: Catalog) -> Iterator[str]:
    public = [one for one in part.checks if one.visibility is Visibility.PUBLIC]
    for check in public[:_MOST_CHECKS]:
        line = plain(wording.finding(check, texts))
        if line not in said:
            yield f"{wording.check_look(check).glyph} {line}"
    hidden = [one for one in part.checks if _counts(one)]
    if hidden:
        passed = sum(check.status is CheckStatus.PASSED for check in hidden)
        yield texts.say("service.hidden", passed=passed, all=len(hidden))


def _counts(check: CheckResult) -> bool:
    return check.visibility is Visibility.HIDDEN and check.status is not CheckStatus.ADVICE


def plain(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """A text on one line, without marks and without characters that act."""
    return wording.plain(visible(text, limit))


def _sentence(text: str) -> str:
    return wording.sentence(plain(text))
