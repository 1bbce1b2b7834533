"""One part of a student's page, as its template takes it."""

from __future__ import annotations

import base64
from typing import Any

from grader.catalog import Catalog, Message, Text
from grader.report import actions, wording
from grader.report.disclosure import disclosed_message
from grader.report.evidence import compared, png
from grader.report.numbers import score
from grader.report.raised import Raised, raised
from grader.results import (
    CheckResult,
    CheckStatus,
    Excerpt,
    PartResult,
    Picture,
    State,
    Visibility,
)
from grader.safe_text import CODE_LINES, LINE_LIMIT, MESSAGE_LIMIT, NAME_LIMIT, visible

_MOST_ARRAYS = 3
_LONGEST_LABEL = 100
LONGEST_ANSWER = 20_000
LONGEST_COMMENT = 4000
_MISSING = (State.NOT_STARTED, State.NOT_FOUND)
_DONE = (State.CORRECT, State.UNCHECKED, State.OPEN)

View = dict[str, Any]


def part_view(number: int, part: PartResult, texts: Catalog) -> View:
    """All that a page shows of a part."""
    is_correct = part.state is State.CORRECT
    is_unchecked = part.state is State.UNCHECKED
    name, title = visible(part.name, NAME_LIMIT), texts.tell(part.title)
    drawn = _picture(number, part.picture, texts)
    check = wording.main_check(part, texts)
    error = raised(check, texts) if check else None
    known = () if is_correct else wording.noticed(part, texts)
    code = None if part.state in _DONE else _code(part.excerpt, error, texts)
    scored = [
        item for item in part.checks if item.status not in {CheckStatus.ADVICE, CheckStatus.OPEN}
    ]
    passed = sum(item.status is CheckStatus.PASSED for item in scored)
    is_open = part.state not in _DONE
    return {
        "number": number,
        "title": visible(title or part.name, NAME_LIMIT),
        "name": name if title and title != part.name else "",
        "look": wording.LOOKS[part.state],
        "word": texts.say(f"state.word.{part.state}"),
        "score": score(part.score),
        "max_score": score(part.max_score),
        "open_points": score(part.open_points) if part.open_points else "",
        "answer": visible(part.answer, LONGEST_ANSWER, keep_lines=True),
        "comments": _comments(part, texts),
        "is_unset": is_unchecked,
        "is_correct": is_correct,
        "task": wording.sentence(visible(texts.tell(part.task))),
        "place": actions.place(part, texts),
        "lead": _lead(part, name, texts, has_error=error is not None),
        "notes": _notes(part, texts),
        "noticed": known,
        "error": _error(part, check, error, texts) if error and check else None,
        "code": code,
        "python": error.python if error else "",
        "findings": wording.findings(part, texts),
        "tips": sum(item.status is CheckStatus.ADVICE for item in part.checks),
        "next_step": actions.step(part, texts),
        "check_again": _call(part) if is_open else "",
        "hints": actions.other_hints(part, texts) if is_open else (),
        "example": texts.tell(part.example).strip("\n") if is_open else "",
        "arrays": _arrays(number, part, texts),
        "is_known": bool(known or error),
        "picture": drawn,
        "picture_unusable": part.picture is not None and drawn is None,
        "checks": _checks(part, texts),
        "passed": texts.say("student.passed", n=len(scored), passed=passed)
        if scored
        else texts.say("student.checks_caption", number=number),
    }


def points_to_win(points: float, texts: Catalog) -> str:
    """The points that are still open: "+8 points"."""
    count = score(points)
    return texts.say("action.to_win", n=1 if count == "1" else 0, count=count)


def _error(part: PartResult, check: CheckResult, error: Raised, texts: Catalog) -> View:
    return {"cause": error.cause, "scope": wording.error_scope(part, check, texts)}


def _call(part: PartResult) -> str:
    """The self-check that shows what was found, '' where there is none."""
    lost = (check.visibility is Visibility.PUBLIC for check in wording.losing(part))
    if not part.is_self_checked or not any(lost):
        return ""
    name = visible(part.name, NAME_LIMIT)
    if any(_is_note(note, "note.found") for note in part.notes):
        return f"check({name})"
    found = (
        dict(n.values)["name"]
        for n in part.notes
        if isinstance(n, Message) and n.id == "note.found_as"
    )
    return next((f'check({visible(str(other), NAME_LIMIT)}, "{name}")' for other in found), "")


def _is_note(note: Text, *ids: str) -> bool:
    return isinstance(note, Message) and note.id in ids


def _told(note: Text, texts: Catalog) -> str:
    return wording.sentence(visible(texts.tell(note)))


def _comments(part: PartResult, texts: Catalog) -> list[View]:
    """What the people say who decided about checks; of whom there is one check, under no name."""
    by_hand = [check for check in part.checks if check.is_by_hand]
    views = []
    for check in by_hand:
        if check.mark is None or not check.mark.comment.strip():
            continue
        name = visible(texts.tell(check.name), NAME_LIMIT)
        is_one = len(by_hand) == 1
        heading = texts.say("student.comment" if is_one else "student.comment_on", check=name)
        said = visible(check.mark.comment, LONGEST_COMMENT, keep_lines=True)
        views.append({"heading": heading, "text": said})
    return views


def _lead(part: PartResult, name: str, texts: Catalog, *, has_error: bool) -> list[str]:
    """What the state means, and which points are open."""
    waits = wording.open_points(part.open_points, "student.open_part", texts)
    if part.is_written:
        return [waits] if waits else [_told(note, texts) for note in part.notes if not part.answer]
    return [*_state_lead(part, name, texts, has_error=has_error), *([waits] if waits else ())]


def _state_lead(part: PartResult, name: str, texts: Catalog, *, has_error: bool) -> list[str]:
    """What the state means; of a part that is not there, the notes, where they say it."""
    if any(_is_note(note, "note.not_python") for note in part.notes):
        others = [note for note in part.notes if not _is_note(note, "note.not_python")]
        return [actions.cause(part, texts), *(_told(note, texts) for note in others)]
    beside = f"state.beside_notes.{part.state}"
    if part.notes and texts.has(beside):
        said = (_told(note, texts) for note in part.notes)
        return [" ".join((*said, texts.say(beside))).strip()]
    text_id = f"state.text.{part.state}"
    is_said = part.state is State.ERROR and (has_error or bool(wording.noticed(part, texts)))
    return [texts.say(text_id, name=name)] if texts.has(text_id) and not is_said else []


def _notes(part: PartResult, texts: Catalog) -> list[str]:
    """How the part was checked; the cell is said beside the code, if that is shown."""
    if part.state in _MISSING:
        return []
    is_placed = part.excerpt is not None or part.state is State.CORRECT or bool(part.answer)
    return [
        _told(note, texts)
        for note in part.notes
        if not (is_placed and _is_note(note, "note.found"))
    ]


def _arrays(number: int, part: PartResult, texts: Catalog) -> list[View]:
    """The comparisons of public checks, each array once."""
    seen: dict[str, View] = {}
    public = (check for check in part.checks if check.visibility is Visibility.PUBLIC)
    for difference in (item for check in public for item in check.differences):
        shown = compared(difference, texts)
        if shown is None or shown.name in seen or len(seen) == _MOST_ARRAYS:
            continue
        name = f"`{shown.name}`" if shown.is_code else shown.name
        heading = texts.say("student.compares", name=name)
        region = texts.say("student.region", number=number, heading=wording.plain(heading))
        seen[shown.name] = {"heading": heading, "region": region, "data": shown}
    return list(seen.values())


def _code(excerpt: Excerpt | None, error: Raised | None, texts: Catalog) -> View | None:
    """At most 40 lines of the student's code around the marked one."""
    if excerpt is None or not excerpt.source.strip():
        return None
    source = excerpt.source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    marked = None if excerpt.marked is None else excerpt.marked - excerpt.first_line
    if marked is not None and not 0 <= marked < len(source):
        marked = None
    middle = marked if marked is not None else 0
    start = max(0, min(middle - CODE_LINES // 2, len(source) - CODE_LINES))
    shown = [
        visible(line, LINE_LIMIT, keep_lines=True) for line in source[start : start + CODE_LINES]
    ]
    label = "" if marked is None else _label(excerpt.note, error, texts)
    lines = [
        {
            "number": excerpt.first_line + start + i,
            "text": line,
            "hit": start + i == marked,
            "note": label if start + i == marked else "",
            "indent": " " * (len(line) - len(line.lstrip(" "))),
        }
        for i, line in enumerate(shown)
    ]
    text_id = "student.your_code" if excerpt.cell is not None else "student.your_code_no_cell"
    if excerpt.file:
        is_cell = excerpt.cell is not None
        text_id = "student.your_code_notebook" if is_cell else "student.your_code_file"
    return {
        "label": texts.say(text_id, cell=excerpt.cell, file=visible(excerpt.file, NAME_LIMIT)),
        "lines": lines,
        "is_cut": len(source) > CODE_LINES,
        "shows_python": error is not None and label == error.python,
    }


def _label(note: Text, error: Raised | None, texts: Catalog) -> str:
    """What is said at the marked line: of an error, what Python said first.

    Where a known mistake shows, the cause above says it.
    """
    if _is_note(note, "stopped.here") and error and error.python:
        first = error.python.partition(". ")[0]
        return first if len(first) <= _LONGEST_LABEL else visible(first, _LONGEST_LABEL)
    is_said = _is_note(note, "stopped.shows_here")
    return "" if is_said else visible(texts.tell(note), MESSAGE_LIMIT)


def _picture(number: int, picture: Picture | None, texts: Catalog) -> View | None:
    drawn = None if picture is None else png(picture)
    if picture is None or drawn is None:
        return None
    data, width, height = drawn
    alt = visible(texts.tell(picture.alt)) or texts.say("student.picture_alt", number=number)
    uri = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
    return {"uri": uri, "width": width, "height": height, "alt": alt}


def _checks(part: PartResult, texts: Catalog) -> list[View]:
    """All checks, those that were not passed first; none of a part that is not there."""
    if part.state in _MISSING:
        return []
    found = sorted(part.checks, key=lambda check: check.status not in wording.LOSING)
    return [_check(check, part, texts) for check in found]


def _check(check: CheckResult, part: PartResult, texts: Catalog) -> View:
    return {
        "name": visible(texts.tell(check.name), NAME_LIMIT),
        "look": wording.check_look(check),
        "word": texts.say(f"check.word.{wording.check_word(check)}"),
        "points": f"{score(check.score)} / {score(check.max_score)}" if check.max_score else "–",
        "is_hidden": check.visibility is Visibility.HIDDEN,
        "is_by_hand": check.is_by_hand,
        "remark": _remark(check, part, texts),
    }


def _remark(check: CheckResult, part: PartResult, texts: Catalog) -> str:
    """What a passed or skipped check says, or which earlier one shows the same known mistake."""
    if check.status in {CheckStatus.SKIPPED, CheckStatus.PASSED}:
        said = disclosed_message(check, texts)
        return wording.sentence(said) if said else ""
    if not check.mistake or check.status not in wording.LOSING:
        return ""
    first = next(other for other in wording.losing(part) if other.mistake == check.mistake)
    if first is check:
        return ""
    return texts.say("finding.same_cause", check=visible(texts.tell(first.name), NAME_LIMIT))
