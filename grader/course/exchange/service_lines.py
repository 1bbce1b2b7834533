"""What a service shows of a student's mark: plain lines about the whole and about each part.

They are made from the stored result, and from what people and lateness changed of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.catalog import Catalog
from grader.report import wording
from grader.report.numbers import score
from grader.report.screen import trouble_text
from grader.report.stored import StoredCheck, StoredPart, StoredResult
from grader.results import CheckStatus, State, SubmissionStatus, Visibility
from grader.safe_text import MESSAGE_LIMIT, NAME_LIMIT, visible

_MOST_CHECKS = 40
_MOST_MESSAGES = 20
_SILENT = (State.NOT_STARTED, State.NOT_FOUND, State.UNCHECKED)
_PLAIN_WORD = re.compile(r"[a-zäöü]+(?= |$|,)")
"""How a name begins that is not code."""
EXCUSED = "excused"
VOID = "void"


@dataclass(frozen=True, kw_only=True)
class MarkedPart:
    """A part as it counts; `auto_mp` is what the result gives, None where there is nothing."""

    name: str
    max_mp: int
    auto_mp: int | None
    mark_mp: int | None
    """With what people changed; None where nobody has decided."""
    open_mp: int = 0
    is_changed: bool = False
    """Whether a person set it or added to it."""
    reason: str = ""
    """For the student, '' where they are not to read it."""


@dataclass(frozen=True, kw_only=True)
class CourseMark:
    """A student's mark of an assignment; `mark_mp` is None where there is none."""

    assignment: str
    mark_mp: int | None
    max_mp: int
    parts: tuple[MarkedPart, ...]
    override: str = ""
    """What a person decided about the total: '' nothing, a number, `excused` or `void`."""
    late_mp: int = 0
    """What lateness took."""
    reason: str = ""
    """Of the override of the total, for the student."""

    @property
    def sum_mp(self) -> int:
        """What the parts add up to."""
        return sum(part.mark_mp or 0 for part in self.parts)

    @property
    def open_mp(self) -> int:
        """What nobody has decided yet."""
        return sum(part.open_mp for part in self.parts if not part.is_changed)


def said(points_mp: int) -> str:
    """Points as people read them."""
    return score(points_mp / 1000)


def plain(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """A text on one line, without marks and without characters that act."""
    return wording.plain(visible(text, limit))


def about(result: StoredResult | None, mark: CourseMark, texts: Catalog) -> list[str]:
    """The lines about the whole: the points, who changed them, and what was noticed."""
    numbers = {"score": said(mark.mark_mp or 0), "max_score": said(mark.max_mp)}
    total = texts.say("terminal.total", **numbers)
    lines = [f"{plain(mark.assignment, NAME_LIMIT)}: {total}."]
    lines += _decided(mark, texts)
    lines += [] if result is None else _noticed(result, texts)
    if mark.open_mp:
        lines.append(wording.open_points(mark.open_mp / 1000, "student.open_points", texts))
    return [line for line in lines if line]


def _decided(mark: CourseMark, texts: Catalog) -> Iterator[str]:
    if mark.override == EXCUSED:
        yield texts.say("course.excused")
    elif mark.override == VOID:
        yield texts.say("course.void")
    elif mark.mark_mp is None:
        yield texts.say("course.no_score")
    elif mark.override:
        yield texts.say("course.total_changed", sum=said(mark.sum_mp))
    if mark.reason:
        yield wording.sentence(plain(mark.reason))
    if mark.late_mp:
        yield texts.say("course.late_text", points=said(mark.late_mp))


def _noticed(result: StoredResult, texts: Catalog) -> Iterator[str]:
    messages = [plain(one) for one in result.messages[:_MOST_MESSAGES]]
    if result.status is not SubmissionStatus.GRADED:
        brief, messages = (messages[0] if messages else ""), messages[1:]
        yield wording.sentence(plain(trouble_text(str(result.status), brief, texts)))
    yield from map(wording.sentence, messages)


def title(stored: StoredPart | None, part: MarkedPart) -> str:
    """The title of a part on one line."""
    return plain((stored.title if stored else "") or part.name, NAME_LIMIT)


def about_part(stored: StoredPart | None, part: MarkedPart, texts: Catalog) -> list[str]:
    """The lines about a part: its points, who changed them, and what each public check found.

    Of hidden checks there is only how many were passed.
    """
    points = texts.say("terminal.total", score=said(part.mark_mp or 0), max_score=said(part.max_mp))
    if stored is None or part.is_changed:
        lines = [f"{points}."]
    else:
        lines = [f"{texts.say(f'state.word.{stored.state}')}: {points}."]
    if part.is_changed:
        lines.append(_changed(part, texts))
        lines.append(wording.sentence(plain(part.reason)) if part.reason else "")
    elif part.open_mp:
        lines.append(wording.open_points(part.open_mp / 1000, "student.open_points", texts))
    if stored is not None and stored.state not in _SILENT:
        lines += _checks(stored, texts)
    return [line for line in dict.fromkeys(lines) if line]


def _changed(part: MarkedPart, texts: Catalog) -> str:
    if part.auto_mp is None:
        return texts.say("course.part_set")
    return texts.say("course.part_changed", before=said(part.auto_mp), now=said(part.mark_mp or 0))


def _checks(part: StoredPart, texts: Catalog) -> Iterator[str]:
    public = [one for one in part.checks if one.visibility is Visibility.PUBLIC]
    for check in public[:_MOST_CHECKS]:
        yield f"{wording.CHECK_LOOKS[check.status].glyph} {plain(_finding(check, texts))}"
    losing = (one for one in public if one.status in wording.LOSING and one.hint)
    hint = next((one.hint for one in losing), "")
    if hint:
        yield wording.sentence(plain(hint))
    hidden = [one for one in part.checks if _counts(one)]
    if hidden:
        passed = sum(check.status is CheckStatus.PASSED for check in hidden)
        yield texts.say("service.hidden", passed=passed, all=len(hidden))


def _finding(check: StoredCheck, texts: Catalog) -> str:
    if check.message:
        return wording.sentence(check.message)
    name = visible(check.name, NAME_LIMIT).replace(": ", ", ")
    name = name[:1].upper() + name[1:] if _PLAIN_WORD.match(name) else name
    return wording.sentence(texts.say(f"finding.{check.status}", check=name))


def _counts(check: StoredCheck) -> bool:
    return check.visibility is Visibility.HIDDEN and check.status is not CheckStatus.ADVICE
