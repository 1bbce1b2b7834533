"""What is said about a part: its findings, what was noticed, the next step.

Shared by the HTML page, the terminal and the JSON, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.catalog import Catalog, everywhere
from grader.report.disclosure import disclosed_hint, disclosed_message
from grader.results import CheckResult, CheckStatus, PartResult, State, Visibility
from grader.safe_text import NAME_LIMIT, visible

_PLAIN_STARTS = tuple(f"{word} " for word in everywhere("pattern.starts"))
"""Words that start a message; other small letters may start a name of the notebook."""
_FROM_OUTSIDE = frozenset(
    {"ModuleNotFoundError", "ImportError", "FileNotFoundError", "EOFError", "URLError"}
)
"""Errors of what is not there where code is graded: small inputs would be no help."""
_MOST_FINDINGS = 8
_MOST_RIGHT = 3


@dataclass(frozen=True)
class Look:
    """How a state looks: its CSS class, its symbol, and its sign in a terminal."""

    style: str
    icon: str
    glyph: str
    ascii: str
    color: str


LOOKS = {
    State.CORRECT: Look("ok", "i-ok", "✓", "[ok]", "36"),
    State.PARTLY: Look("part", "i-part", "◐", "[~ ]", "33"),
    State.NOT_YET: Look("no", "i-no", "◆", "[  ]", "35"),
    State.ERROR: Look("no", "i-no", "◆", "[er]", "35"),
    State.TIMEOUT: Look("no", "i-stop", "!", "[to]", "35"),
    State.NOT_STARTED: Look("none", "i-none", "○", "[--]", "2"),
    State.NOT_FOUND: Look("none", "i-none", "○", "[--]", "2"),
    State.UNCHECKED: Look("none", "i-q", "?", "[? ]", "1"),
}

CHECK_LOOKS = {
    CheckStatus.PASSED: LOOKS[State.CORRECT],
    CheckStatus.FAILED: LOOKS[State.NOT_YET],
    CheckStatus.ERROR: LOOKS[State.ERROR],
    CheckStatus.SKIPPED: LOOKS[State.NOT_STARTED],
    CheckStatus.ADVICE: Look("advice", "i-info", "i", "[i ]", "1"),
}

LOSING = (CheckStatus.FAILED, CheckStatus.ERROR)
_SILENT = (State.NOT_STARTED, State.NOT_FOUND, State.UNCHECKED)
_BY_STATE = (State.TIMEOUT, State.ERROR, State.NOT_STARTED, State.NOT_FOUND)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line about one check."""

    look: Look
    text: str


def sentence(text: str) -> str:
    """`text` as a sentence: with a full stop, and a capital where it starts with a plain word."""
    text = text.strip()
    text = text[0].upper() + text[1:] if text.startswith(_PLAIN_STARTS) else text
    return text if not text or text[-1] in ".?!:…" else text + "."


def finding(check: CheckResult, texts: Catalog) -> str:
    """One sentence about what a check found."""
    said = disclosed_message(check, texts)
    if said:
        return sentence(said)
    losing_hidden = check.status in LOSING and check.visibility is Visibility.HIDDEN
    text_id = f"finding.{check.status}" + ("_hidden" if losing_hidden else "")
    return sentence(
        texts.say(text_id, check=_in_sentence(visible(texts.tell(check.name), NAME_LIMIT)))
    )


def _in_sentence(name: str) -> str:
    """A check's name as the start of a sentence; a name of the notebook keeps its small letter."""
    first, space, _ = name.partition(" ")
    capital = name[:1].upper() + name[1:] if space and first.isalpha() else name
    return capital.replace(": ", ", ")


def losing(part: PartResult) -> tuple[CheckResult, ...]:
    """The checks of a part that were not passed, in order."""
    return tuple(check for check in part.checks if check.status in LOSING)


def findings(part: PartResult, texts: Catalog) -> tuple[Finding, ...]:
    """The lines of a part, right ones first, each sentence once."""
    right = [check for check in part.checks if check.status is CheckStatus.PASSED]
    advice = [check for check in part.checks if check.status is CheckStatus.ADVICE]
    lost = (
        []
        if part.state in _SILENT
        else [check for check in losing(part) if _adds(check, part, texts)]
    )
    shown = right[:_MOST_RIGHT] + lost[:_MOST_FINDINGS] + advice[:_MOST_RIGHT]
    lines = {finding(check, texts): CHECK_LOOKS[check.status] for check in reversed(shown)}
    return tuple(Finding(look=look, text=text) for text, look in reversed(lines.items()))


def _adds(check: CheckResult, part: PartResult, texts: Catalog) -> bool:
    """Whether a check's line says more than the state of its part does already."""
    is_stopped = check.status is CheckStatus.ERROR and part.state in (State.ERROR, State.TIMEOUT)
    return not is_stopped or bool(disclosed_message(check, texts))


def noticed(part: PartResult, texts: Catalog) -> tuple[str, ...]:
    """What the known mistakes that fit say, each once."""
    known = (texts.tell(check.noticed) for check in part.checks if check.noticed)
    return _once(known)[:2]


def hints(part: PartResult, texts: Catalog) -> tuple[str, ...]:
    """Up to two hints of checks that were not passed and fit no known mistake."""
    said = {*noticed(part, texts), next_step(part, texts)}
    other = (disclosed_hint(check, texts) for check in losing(part) if not check.mistake)
    return tuple(text for text in _once(filter(None, other)) if text not in said)[:2]


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence(visible(text)) for text in texts))


def next_step(part: PartResult, texts: Catalog) -> str:
    """What to do about a part in a sentence or two, '' when there is nothing to do."""
    if part.state in (State.CORRECT, State.UNCHECKED):
        return ""
    lost = losing(part)
    if part.state in _BY_STATE:
        return _about_the_outside(part, texts) or texts.say(f"next.{part.state}", name=part.name)
    if not lost:
        return ""
    if noticed(part, texts):
        own = [disclosed_hint(check, texts) for check in lost if check.noticed and check.hint]
        return sentence(own[0]) if own else texts.say("next.mistake")
    for check in lost:
        if check.visibility is Visibility.PUBLIC and check.differences:
            difference = check.differences[0]
            has_table = difference.got is not None and difference.want is not None
            reason = str(difference.reason)
            return texts.say(f"next.{reason}" if reason != "values" or has_table else "next.plain")
    is_silent = all(
        check.visibility is Visibility.HIDDEN and not disclosed_message(check, texts)
        for check in lost
    )
    return texts.say("next.hidden" if is_silent else "next.plain")


def _about_the_outside(part: PartResult, texts: Catalog) -> str:
    """The hint of a part that stopped only since something is not there, '' for any other."""
    lost = losing(part) if part.state is State.ERROR else ()
    is_outside = lost and all(check.stopped_by in _FROM_OUTSIDE for check in lost)
    return sentence(disclosed_hint(lost[0], texts)) if is_outside and lost[0].hint else ""


def first_finding(part: PartResult, texts: Catalog) -> str:
    """The finding of a part in one clause, for a list of things to do."""
    lost = losing(part)
    if part.state in (*_BY_STATE, State.UNCHECKED) or not lost:
        return texts.say(f"state.short.{part.state}")
    known = [check for check in lost if check.mistake and check.message]
    return finding((known or list(lost))[0], texts).rstrip(".")


def open_parts(parts: Sequence[PartResult]) -> tuple[tuple[int, PartResult], ...]:
    """The parts that a student can still work on, with their numbers, in order."""
    done = (State.CORRECT, State.UNCHECKED)
    return tuple((i, part) for i, part in enumerate(parts, 1) if part.state not in done)


def summary(parts: Sequence[PartResult], texts: Catalog) -> str:
    """Which parts are correct, partly correct and so on: "Part 1 is correct."."""
    if parts and all(part.state is State.CORRECT for part in parts):
        return texts.say("sentence.all")
    said = []
    for state in State:
        numbers = [str(i) for i, part in enumerate(parts, 1) if part.state is state]
        if numbers:
            listed = enumerated(numbers, texts)
            said.append(texts.say(f"sentence.{state}", n=len(numbers), parts=listed))
    return " ".join(said)


def enumerated(items: Sequence[str], texts: Catalog) -> str:
    """Items as a list in words: "2, 3 and 4"."""
    *others, last = items or ("",)
    if not others:
        return last
    return f"{', '.join(others)} {texts.say('sentence.join')} {last}"


def plain(text: str) -> str:
    """`text` without the backticks and stars that mark code and emphasis."""
    return text.replace("`", "").replace("**", "")
