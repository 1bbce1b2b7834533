"""What to do about what is open: the likely cause, the next step, the place, the points to win.

The page and the terminal show what is decided here, so that they say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.catalog import Catalog, Message, Text
from grader.report import wording
from grader.report.disclosure import disclosed_hint, disclosed_message
from grader.report.raised import raised
from grader.results import (
    CheckResult,
    Excerpt,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)
from grader.safe_text import NAME_LIMIT, visible

_DONE = (State.CORRECT, State.UNCHECKED, State.OPEN)
_MISSING = (State.NOT_STARTED, State.NOT_FOUND)
_UNTOUCHED = frozenset({"note.untouched", "note.unanswered"})
_PLAIN_NOTES = _UNTOUCHED | {"note.not_found", "note.no_answer"}
"""Notes that say no more than that a part is not there."""
_NO_PROBLEM = frozenset(
    f"cell.{word}" for word in ("foreign", "prompts", "respelled", "flipped", "not_read", "todo")
)
"""What is said of a cell that Python can read, or that was never filled in."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """What to do about a part, or, with number 0, about a cell that Python cannot read.

    `is_known` says whether the cause is recognized, so that no number has to explain it.
    """

    number: int = 0
    title: str = ""
    cause: str
    step: str = ""
    place: str = ""
    points: float = 0.0
    is_known: bool = False


def actions(result: SubmissionResult, texts: Catalog) -> tuple[Action, ...]:
    """What to do, in order: first the cells that Python cannot read, then part by part."""
    if result.status is SubmissionStatus.UNREADABLE:
        return ()
    found = [
        action(number, part, texts)
        for number, part in enumerate(result.parts, 1)
        if part.state not in _DONE
    ]
    told = {str(_unread(part)) for part in result.parts}
    cells = [
        _of_cell(message, texts)
        for message in result.messages
        if is_broken_cell(message) and str(message) not in told
    ]
    found.sort(key=lambda item: not _unread(result.parts[item.number - 1]))
    return (*cells, *found)


def action(number: int, part: PartResult, texts: Catalog) -> Action:
    """What to do about one part."""
    check = wording.main_check(part, texts)
    error = raised(check, texts) if check else None
    return Action(
        number=number,
        title=visible(texts.tell(part.title) or part.name, NAME_LIMIT),
        cause=cause(part, texts),
        step=step(part, texts),
        place=place(part, texts),
        points=part.max_score - part.score - part.open_points,
        is_known=bool(wording.noticed(part, texts) or error),
    )


def is_broken_cell(message: Text) -> bool:
    """Whether a message about the file names a cell that Python cannot read."""
    if not isinstance(message, Message) or message.id != "cell.at":
        return False
    what = dict(message.values)["what"]
    return isinstance(what, Message) and what.id not in _NO_PROBLEM


def _of_cell(message: Text, texts: Catalog) -> Action:
    where, what = _told_apart(message, texts)
    return Action(
        cause=texts.say("action.unread_cell", what=what),
        step=texts.say("next.unread_cell", place=where),
        place=where,
        is_known=True,
    )


def _told_apart(message: object, texts: Catalog) -> tuple[str, str]:
    """The place of a broken cell, and what is wrong there."""
    values = dict(message.values) if isinstance(message, Message) else {}
    where, what = values.get("place", ""), values.get("what", message)
    return _told(where, texts), wording.sentence(visible(_told(what, texts)))


def _told(text: object, texts: Catalog) -> str:
    return texts.tell(text) if isinstance(text, (str, Message)) else ""


def _unread(part: PartResult) -> object:
    """What is wrong with the cell that a part is in and that Python cannot read, else ''."""
    notes = (note for note in part.notes if getattr(note, "id", "") == "note.not_python")
    return next((dict(note.values)["why"] for note in notes if isinstance(note, Message)), "")


def cause(part: PartResult, texts: Catalog) -> str:
    """The likely cause in a sentence or two: a known mistake, else the first finding."""
    known = wording.noticed(part, texts)
    if known:
        return known[0]
    why = _unread(part)
    if why:
        what = _told_apart(why, texts)[1]
        return texts.say("action.unread_part", name=visible(part.name, NAME_LIMIT), what=what)
    if part.state in _MISSING:
        return wording.sentence(visible(texts.tell(_own_note(part))) or _word(part, texts))
    check = wording.main_check(part, texts)
    if check is None or part.state is State.TIMEOUT:
        return wording.sentence(_word(part, texts))
    error = raised(check, texts)
    if error is None:
        return wording.finding(check, texts)
    said = texts.say("stopped.error", said=error.python)
    return error.cause if error.is_explained else wording.sentence(said)


def _word(part: PartResult, texts: Catalog) -> str:
    return texts.say(f"state.word.{part.state}")


def _own_note(part: PartResult) -> Text:
    """The first note that says more than that a part is not there, '' if there is none."""
    return next((n for n in part.notes if getattr(n, "id", "") not in _PLAIN_NOTES), "")


def is_untouched(part: PartResult) -> bool:
    """Whether there is nothing to say about a part but that it has not been started."""
    is_plain = all(getattr(note, "id", "") in _UNTOUCHED for note in part.notes)
    return part.state is State.NOT_STARTED and is_plain


def is_only_missing(part: PartResult) -> bool:
    """Whether there is nothing to say about a part but that it was not found."""
    is_plain = all(getattr(note, "id", "") == "note.not_found" for note in part.notes)
    return part.state is State.NOT_FOUND and is_plain


def step(part: PartResult, texts: Catalog) -> str:
    """What to do about a part in a sentence or two, '' where nothing helps more than the cause."""
    if part.is_written:
        name = visible(part.name, NAME_LIMIT)
        return texts.say("next.no_answer", name=name) if part.state is State.NOT_FOUND else ""
    if part.state in _DONE or is_untouched(part):
        return ""
    if why := _unread(part):
        return texts.say("next.unread_cell", place=_told_apart(why, texts)[0])
    if part.state in _MISSING and _own_note(part):
        return ""  # it says what to do
    if part.state in {*_MISSING, State.TIMEOUT}:
        return _hint(part, texts) or texts.say(f"next.{part.state}", name=part.name)
    return _hint(part, texts) or _general(part, texts)


def _hint(part: PartResult, texts: Catalog) -> str:
    """The hint of the check that says most; with a known mistake only that mistake's own."""
    main = wording.main_check(part, texts)
    if main is None:
        return ""
    lost = [main] if main.noticed else [main, *wording.losing(part)]
    said = (disclosed_hint(check, texts) for check in lost)
    return wording.sentence(next(filter(None, said), ""))


def _general(part: PartResult, texts: Catalog) -> str:
    """What helps with this kind of problem, '' where it would be no more than "look at it"."""
    lost = wording.losing(part)
    if not lost or wording.noticed(part, texts):
        return ""
    if part.state is State.ERROR:
        return texts.say("next.error")
    for check in lost:
        if check.visibility is Visibility.PUBLIC and check.differences:
            reason = str(check.differences[0].reason)
            example = "_example" if reason == "values" and part.example else ""
            return texts.say(f"next.{reason}{example}")
    graded = [check for check in lost if not check.is_by_hand]
    is_silent = bool(graded) and all(_is_silent(check, texts) for check in graded)
    return texts.say("next.hidden") if is_silent else ""


def _is_silent(check: CheckResult, texts: Catalog) -> bool:
    return check.visibility is Visibility.HIDDEN and not disclosed_message(check, texts)


def other_hints(part: PartResult, texts: Catalog) -> tuple[str, ...]:
    """Up to two hints of checks that were not passed, beside the next step."""
    said = {*wording.noticed(part, texts), step(part, texts)}
    other = (disclosed_hint(check, texts) for check in wording.losing(part) if not check.mistake)
    return tuple(text for text in wording.once(filter(None, other)) if text not in said)[:2]


def place(part: PartResult, texts: Catalog) -> str:
    """The cell and the line of a part, as exactly as they are known: "cell 9, line 2"."""
    if why := _unread(part):
        return _told_apart(why, texts)[0]
    if part.excerpt is not None:
        return _of_excerpt(part.excerpt, texts)
    places = (dict(n.values).get("place") for n in part.notes if isinstance(n, Message))
    return _told(next(filter(None, places), ""), texts)


def _of_excerpt(code: Excerpt, texts: Catalog) -> str:
    line = code.marked or code.first_line
    if code.file and code.cell is not None:
        text_id = "cell.notebook_cell" if code.marked is None else "cell.notebook_place"
        return texts.say(text_id, file=visible(code.file, NAME_LIMIT), cell=code.cell, line=line)
    if code.file:
        return texts.say("cell.file_place", file=visible(code.file, NAME_LIMIT), line=line)
    if code.cell is None:
        return texts.say("cell.script_place", line=line)
    if code.marked is None:
        return texts.say("cell.cell", cell=code.cell)
    return texts.say("cell.place", cell=code.cell, line=line)
