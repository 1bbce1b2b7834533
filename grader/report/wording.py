"""What is said about a part: its findings, each once, and what was noticed.

What to do about it is in `grader.report.actions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.catalog import Catalog, Message, Text
from grader.report.disclosure import disclosed_message
from grader.report.numbers import score
from grader.report.raised import raised
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)
from grader.safe_text import NAME_LIMIT, visible

_PLAIN_WORD = re.compile(r"(?:[^\W\d_]{2,}|a)(?=[ ,;]|$)")
"""A word at the start that gets a capital; names of the notebook stand between backticks."""
_MOST_FINDINGS = 8
_MOST_TIPS = 3
_FEWEST_OF_A_RANGE = 3


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
    State.OPEN: Look("none", "i-pen", "…", "[op]", "1"),
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
    CheckStatus.OPEN: LOOKS[State.OPEN],
}

LOSING = (CheckStatus.FAILED, CheckStatus.ERROR)
_SILENT = (State.NOT_STARTED, State.NOT_FOUND, State.UNCHECKED)
_MOST_OF_A_KIND = 2
"""From more checks on that say the same, their number is told."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line about a check, and in `also` which others say the same."""

    look: Look
    text: str
    also: str = ""


def sentence(text: str) -> str:
    """`text` as a sentence: with a full stop, and a capital where it starts with a plain word."""
    text = text.strip()
    text = text[0].upper() + text[1:] if _PLAIN_WORD.match(text) else text
    return text if not text or text[-1] in ".?!:…" else text + "."


def finding(check: CheckResult, texts: Catalog) -> str:
    """One sentence about what a check found."""
    said = disclosed_message(check, texts)
    if said:
        return sentence(said)
    losing_hidden = check.status in LOSING and check.visibility is Visibility.HIDDEN
    text_id = f"finding.{check.status}" + ("_hidden" if losing_hidden else "")
    name = visible(texts.tell(check.name), NAME_LIMIT)
    capital = name[:1].upper() + name[1:] if _PLAIN_WORD.match(name) else name
    capital = capital.replace(": ", ", ")
    if check.is_by_hand and check.mark is not None:
        points = {"score": score(check.score), "max_score": score(check.max_score)}
        return sentence(texts.say("finding.decided", check=capital, **points))
    return sentence(texts.say(text_id, check=capital))


def check_word(check: CheckResult) -> str:
    """The last word of the id of what became of a check, finer than its status."""
    if check.status is CheckStatus.FAILED and check.score > 0:
        return str(State.PARTLY)
    if check.status is CheckStatus.ERROR and check.stopped_by == "timeout":
        return str(State.TIMEOUT)
    return str(check.status)


def check_look(check: CheckResult) -> Look:
    """How what became of a check looks."""
    fine = {str(state): LOOKS[state] for state in (State.PARTLY, State.TIMEOUT)}
    return fine.get(check_word(check), CHECK_LOOKS[check.status])


def losing(part: PartResult) -> tuple[CheckResult, ...]:
    """The checks of a part that were not passed, in order."""
    return tuple(check for check in part.checks if check.status in LOSING)


def about_file(message: Text, texts: Catalog) -> str:
    """A message about the file as a whole, without the file's name, which stands above it."""
    if isinstance(message, Message) and message.id == "file.at":
        what = dict(message.values)["what"]
        message = what if isinstance(what, (str, Message)) else ""
    return texts.tell(message)


def asks_for_notebook(result: SubmissionResult) -> bool:
    """Whether a file is none that could be repaired, so that another one must be submitted."""
    what = [dict(m.values).get("what") for m in result.messages if isinstance(m, Message)]
    is_other = any(isinstance(one, Message) and one.id == "file.ask" for one in what)
    return result.status is SubmissionStatus.UNREADABLE and (is_other or not result.sha256)


def main_check(part: PartResult, texts: Catalog) -> CheckResult | None:
    """The check that says most about what is wrong: the first that says anything."""
    lost = losing(part)
    return next((c for c in lost if c.noticed or disclosed_message(c, texts)), (*lost, None)[0])


def findings(part: PartResult, texts: Catalog) -> tuple[Finding, ...]:
    """What the checks that were not passed found, each kind once, and then what is advice.

    An error that is shown beside the code is none of them.
    """
    if part.state in _SILENT:
        return ()
    groups: list[list[CheckResult]] = []
    for check in losing(part):
        same = next((group for group in groups if _is_same(group[0], check, texts)), None)
        if same is None:
            groups.append([check])
        else:
            same.append(check)
    main = main_check(part, texts)
    shown = [group for group in groups if not _is_shown_above(group, main, part, texts)]
    lines = [
        Finding(
            look=check_look(group[0]),
            text=finding(group[0], texts),
            also=_also(group, part, texts),
        )
        for group in shown[:_MOST_FINDINGS]
    ]
    advice = [check for check in part.checks if check.status is CheckStatus.ADVICE]
    return (*lines, *(tip(check, texts) for check in advice[:_MOST_TIPS]))


def tip(check: CheckResult, texts: Catalog) -> Finding:
    """The line about a check that costs nothing."""
    return Finding(look=CHECK_LOOKS[CheckStatus.ADVICE], text=finding(check, texts))


def _is_same(first: CheckResult, check: CheckResult, texts: Catalog) -> bool:
    """Whether a check says no more than an earlier one, perhaps of a hidden test case."""
    if check.status is not first.status:
        return False
    errors = raised(first, texts), raised(check, texts)
    if errors[0] and errors[1]:
        return (errors[0].cause, errors[0].place) == (errors[1].cause, errors[1].place)
    if finding(first, texts) == finding(check, texts):
        return True
    if check.visibility is not Visibility.HIDDEN:
        return False
    if first.mistake and first.mistake == check.mistake:
        return True
    names = _only_names(check.message)
    return bool(names) and names <= _values(first.message)


def _values(message: object) -> set[tuple[str, object]]:
    return set(message.values) if isinstance(message, Message) else set()


def _only_names(message: object) -> set[tuple[str, object]]:
    """The values of a message that says nothing but of what it is not correct, else none."""
    values = _values(message)
    return values if {name for name, _ in values} == {"name"} else set()


def _is_shown_above(
    group: Sequence[CheckResult], main: CheckResult | None, part: PartResult, texts: Catalog
) -> bool:
    """Whether the state of the part, or its error beside the code, says it already."""
    first = group[0]
    if first.status is not CheckStatus.ERROR:
        return False
    if main in group and raised(first, texts) is not None:
        return True
    is_stopped = part.state in (State.ERROR, State.TIMEOUT)
    is_timeout = part.state is State.TIMEOUT and first.stopped_by == "timeout"
    return is_stopped and (is_timeout or not disclosed_message(first, texts))


def error_scope(part: PartResult, check: CheckResult, texts: Catalog) -> str:
    """Which checks raised the same error as this one, '' when it is alone."""
    same = [item for item in losing(part) if item is check or _is_same(check, item, texts)]
    return _also(same, part, texts)


def _also(group: Sequence[CheckResult], part: PartResult, texts: Catalog) -> str:
    count = len(group)
    if count > _MOST_OF_A_KIND:
        ran = [c for c in part.checks if c.status not in (CheckStatus.ADVICE, CheckStatus.SKIPPED)]
        return texts.say(f"finding.in_{'all' if count == len(ran) else 'some'}", n=count)
    is_hidden = [check.visibility is Visibility.HIDDEN for check in group]
    if count == _MOST_OF_A_KIND:
        return texts.say(f"finding.also_{'hidden' if is_hidden == [False, True] else 'another'}")
    return ""


def noticed(part: PartResult, texts: Catalog) -> tuple[str, ...]:
    """What the known mistakes that fit say, each once."""
    return once(texts.tell(check.noticed) for check in part.checks if check.noticed)[:2]


def once(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts as sentences, each once."""
    return tuple(dict.fromkeys(sentence(visible(text)) for text in texts))


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


def open_points(points: float, text_id: str, texts: Catalog) -> str:
    """The sentence of this id about points that a person has not decided yet, '' without any."""
    count = score(points)
    return texts.say(text_id, n=1 if count == "1" else 0, count=count) if points else ""


def enumerated(items: Sequence[str], texts: Catalog) -> str:
    """Items as a list in words: "2 and 3", "2, 3, and 4"."""
    *others, last = items or ("",)
    if not others:
        return last
    return texts.say("sentence.list", n=len(others), first=", ".join(others), last=last)


def numbered(numbers: Sequence[int], texts: Catalog) -> str:
    """Numbers in rising order as people write them: "4 and 5", "1–5", "1, 3–5, and 8"."""
    rows: list[list[int]] = []
    for number in numbers:
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    words = (
        [f"{row[0]}–{row[-1]}"] if len(row) >= _FEWEST_OF_A_RANGE else map(str, row) for row in rows
    )
    return enumerated([word for row in words for word in row], texts)


def plain(text: str) -> str:
    """`text` without the backticks and stars that mark code and emphasis."""
    return text.replace("`", "").replace("**", "")
