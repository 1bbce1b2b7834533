"""What became of a check in the words of a test runner: passed, failed, or skipped, and why."""

from __future__ import annotations

from dataclasses import dataclass

from grader.catalog import Catalog
from grader.report import actions, wording
from grader.report.disclosure import disclosed_hint
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
)
from grader.safe_text import MESSAGE_LIMIT, visible

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_MISSING = (State.NOT_STARTED, State.NOT_FOUND)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One of PASSED, FAILED, and SKIPPED, and what a student reads about it, a sentence a line."""

    status: str
    text: str = ""


def check_outcome(
    result: SubmissionResult, part_name: str, check_name: str, texts: Catalog
) -> Outcome:
    """What became of a check, by the names that its declaration has in English.

    What nothing is known of has failed. Skipped is only what waits for a person, and what another
    check of the part explains.
    """
    part = next((one for one in result.parts if one.name == part_name), None)
    checks = () if part is None else part.checks
    check = next((one for one in checks if str(one.name) == check_name), None)
    if part is None or check is None or part.state is State.UNCHECKED:
        return _unchecked(result, texts)
    if check.status is CheckStatus.PASSED:
        return Outcome(status=PASSED)
    is_explained = check.status is CheckStatus.SKIPPED and bool(wording.losing(part))
    if check.status is CheckStatus.OPEN or (is_explained and part.state not in _MISSING):
        return Outcome(status=SKIPPED, text=_shown(wording.finding(check, texts)))
    if part.state in _MISSING:
        return _failed(actions.cause(part, texts), actions.step(part, texts), part, texts)
    return _failed(_what(check, texts), _hint(check, part, texts), part, texts)


def _unchecked(result: SubmissionResult, texts: Catalog) -> Outcome:
    """The outcome of a check of which nothing is known: what kept it from being run."""
    said = texts.say("state.text.unchecked")
    if result.status is SubmissionStatus.UNREADABLE:
        about = (wording.about_file(message, texts) for message in result.messages)
        said = " ".join(map(wording.sentence, about)) or said
    return Outcome(status=FAILED, text=_shown(said))


def _what(check: CheckResult, texts: Catalog) -> str:
    """What a known mistake shows, else what the check found."""
    noticed = texts.tell(check.noticed)
    return wording.sentence(visible(noticed)) if noticed else wording.finding(check, texts)


def _hint(check: CheckResult, part: PartResult, texts: Catalog) -> str:
    """The check's own hint, else the next step if the check is the one that says most."""
    own = disclosed_hint(check, texts)
    if own:
        return wording.sentence(own)
    return actions.step(part, texts) if check is wording.main_check(part, texts) else ""


def _failed(what: str, hint: str, part: PartResult, texts: Catalog) -> Outcome:
    place = actions.place(part, texts)
    first = f"{what} ({place})" if place and place not in what else what
    lines = [first]
    if hint:
        lines.append(f"{texts.say('student.next_step')}: {hint}")
    return Outcome(status=FAILED, text="\n".join(map(_shown, lines)))


def _shown(said: str) -> str:
    return visible(wording.plain(said), 2 * MESSAGE_LIMIT)
