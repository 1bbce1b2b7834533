"""One submission in a terminal: its points, what is open and why, and where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.actions import Action, actions
from grader.report.numbers import score
from grader.report.screen import Screen, fields, trouble_text
from grader.results import PartResult, State, SubmissionResult, SubmissionStatus
from grader.safe_text import (
    NAME_LIMIT,
    pad,
)
from grader.safe_text import width as columns_of

_TITLE_COLUMNS = 40
_SEEN = (State.PARTLY, State.NOT_YET, State.ERROR)
"""States that the points and the cause show too, so that a narrow screen leaves their word out."""
_MOST_PARTS = 24


def render_check(  # noqa: PLR0913  (every option by name)
    result: SubmissionResult,
    *,
    width: int = 80,
    color: bool = False,
    ascii_only: bool = False,
    report: str = "",
    lang: str = "en",
    folder: Path | None = None,
) -> str:
    """One submission on one screen: the total, the parts, what to do next, where the report is.

    `folder` is the assignment's, where its own sentences are translated.
    """
    screen, texts = Screen(width, color, ascii_only), catalog(lang, folder)
    found = actions(result, texts)
    lines = [*_head(result, screen, texts), ""]
    if result.status is SubmissionStatus.UNREADABLE:
        message = wording.about_file(result.messages[0], texts) if result.messages else ""
        said = trouble_text("unreadable", message, texts)
        lines += [*screen.wrapped(wording.sentence(said), 1), ""]
    elif result.parts:
        lines += [*_cell_lines(found, screen), *_part_lines(result.parts, found, screen, texts), ""]
    lines += _next(result, found, screen, texts)
    if report:
        where = fields([(texts.say("terminal.report"), report)], screen, is_path=True)
        lines += [line[1:] for line in where]
    return "\n".join(lines).rstrip() + "\n"


def _head(result: SubmissionResult, screen: Screen, texts: Catalog) -> list[str]:
    """What was graded, and the points; on a line of their own where there is no room."""
    title = screen.clean(texts.tell(result.title), NAME_LIMIT)
    path = screen.clean(result.shown_path, NAME_LIMIT)
    numbers = {"score": score(result.score), "max_score": score(result.max_score)}
    open_points = score(result.open_points)
    text_id = "terminal.total_open" if result.open_points else "terminal.total"
    total = screen.clean(texts.say(text_id, open=open_points, **numbers))
    total = "" if result.status is SubmissionStatus.UNREADABLE else total
    name = f"{title} {screen.clean('·')} {path}"
    gap = screen.width - columns_of(name) - columns_of(total)
    if gap > 1:
        return [(screen.paint(name, "1") + " " * gap + screen.paint(total, "1")).rstrip()]
    lines = [screen.paint(screen.fit(text, screen.width), "1") for text in (title, path, total)]
    return [line for line in lines if line]


def _cell_lines(found: Sequence[Action], screen: Screen) -> list[str]:
    """The cells that Python cannot read."""
    sign = screen.glyph(wording.LOOKS[State.TIMEOUT])
    lines = []
    for item in found:
        if not item.number:
            first, *rest = screen.wrapped(f"{item.place}: {item.cause}", screen.indent, item.place)
            lines += [f" {sign} {first.strip()}", *rest]
    return lines


def _part_lines(
    parts: Sequence[PartResult], found: Sequence[Action], screen: Screen, texts: Catalog
) -> list[str]:
    """A line for each part, and for one that is not correct its cause and its place."""
    shown = parts[:_MOST_PARTS]
    numbers = [str(number) for number in range(1, len(shown) + 1)]
    titles = [screen.clean(texts.tell(part.title) or part.name, NAME_LIMIT) for part in shown]
    points = [
        "-" if part.state is State.UNCHECKED else f"{score(part.score)}/{score(part.max_score)}"
        for part in shown
    ]
    columns = max(map(len, points))
    before = screen.indent + len(numbers[-1]) + 1
    room = min(_TITLE_COLUMNS, screen.width - before - columns - 2, max(map(columns_of, titles)))
    by_number = {item.number: item for item in found}
    lines = []
    for number, part, title, amount in zip(numbers, shown, titles, points, strict=True):
        line = f" {screen.glyph(wording.LOOKS[part.state])} {number:>{len(numbers[-1])}}"
        line += f" {pad(screen.fit(title, room), room)}  {amount:>{columns}}"
        lines += _with_cause(line, part, by_number.get(int(number)), before, screen, texts)
    if len(parts) > len(shown):
        lines.append(f"  {screen.clean(texts.say('count.more', n=len(parts) - len(shown)))}")
    return lines


def _with_cause(  # noqa: PLR0913, PLR0917  (a line and what is known of its part)
    line: str,
    part: PartResult,
    item: Action | None,
    before: int,
    screen: Screen,
    texts: Catalog,
) -> list[str]:
    """The line of a part with its state, and the cause below."""
    word = texts.say(f"state.short.{part.state}")
    if part.open_points:
        count = score(part.open_points)
        waits = texts.say("student.points_open", count=count)
        word = ", ".join(filter(None, (word, waits))) if part.state is not State.OPEN else waits
    cause, place = (item.cause, item.place) if item else ("", "")
    if cause == wording.sentence(texts.say(f"state.word.{part.state}")):
        cause = ""
    if place and place not in cause:
        word, cause = (word, f"{cause} ({place})") if cause else (f"{word} ({place})", cause)
    word = screen.clean(word)
    below = screen.wrapped(cause, before, place) if cause else []
    if word and screen.plain_width(line) + 3 + columns_of(word) > screen.width:
        is_needed = part.state not in _SEEN or not cause
        return [line, *(screen.wrapped(word, before, place) if is_needed else ()), *below]
    return [f"{line}   {word}".rstrip(), *below]


def _next(
    result: SubmissionResult, found: Sequence[Action], screen: Screen, texts: Catalog
) -> list[str]:
    """What to do first: the first step that the causes above do not say, else the first part."""
    causes = [item.cause for item in found]
    first = next((i for i in found if i.step and not any(i.step in c for c in causes)), None)
    place = ""
    if wording.asks_for_notebook(result) and result.sha256:
        return []  # the fault above says what to do
    if result.status is SubmissionStatus.UNREADABLE:
        said = texts.say("terminal.next_unreadable")
    elif first is not None:
        part = texts.say("student.part", number=first.number)
        said, place = f"{part}: {first.step}" if first.number else first.step, first.place
    elif found:
        said, place = _start(found[0], texts), found[0].place
    elif any(part.state is State.UNCHECKED for part in result.parts):
        said = texts.say("terminal.wait")
    elif result.open_points:
        said = wording.open_points(result.open_points, "student.open_points", texts)
    else:
        return screen.wrapped(texts.say("student.praise"), 1)
    word = screen.clean(texts.say("terminal.next"))
    indent = max(8, 2 + columns_of(word)) + 1
    start, *rest = screen.wrapped(wording.sentence(said), indent, place)
    return [f" {pad(word, len(start) - len(start.lstrip()) - 1)}{start.lstrip()}", *rest]


def _start(item: Action, texts: Catalog) -> str:
    """Which part to start with, and where it is."""
    text_id = "terminal.start_at" if item.place else "terminal.start"
    return texts.say(text_id, number=item.number, place=item.place)
