"""GitHub Markdown: text of any origin in it as text, and a submission's result as a summary.

Nothing that a student wrote acts as markup: no HTML, no link, no picture, no mention, no formula.
Source: GitHub Flavored Markdown Spec, sections on backslash escapes, code spans, and tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.actions import Action, actions, is_broken_cell
from grader.report.numbers import score
from grader.results import (
    CheckStatus,
    Excerpt,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
)
from grader.safe_text import LINE_LIMIT, NAME_LIMIT, visible

SUMMARY_LIMIT = 1_000_000
"""Bytes of a summary: GitHub takes 1 MiB a step, and nothing of a longer one."""
_LONGEST = 2000
_LINES_AROUND = 3
_MOST_MESSAGES = 12
_SPANS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&]")
_START = re.compile(r"^(\d*)(?=[-+=.)])")
"""Where a line would begin a list, a rule, or a heading."""
_ACTING = re.compile(r"@|\$|://|www\.|#\d|:[\w+-]+:", re.IGNORECASE)
"""What makes GitHub turn a word into something if it is not code: a link, a mention, an emoji."""


def text(said: str) -> str:
    """A text on one line, with `code` between backticks and **strong** between double stars."""
    shown = visible(said, _LONGEST).strip()
    out, end = [], 0
    for span in _SPANS.finditer(shown):
        out.append(_plain(shown[end : span.start()]))
        inner, strong = span.groups()
        out.append(code(inner) if inner else f"**{_plain(strong.strip())}**")
        end = span.end()
    out.append(_plain(shown[end:]))
    return _START.sub(r"\1\\", "".join(out))


def _plain(said: str) -> str:
    """A text without any markup."""
    return re.sub(r"\S+", lambda word: _word(word[0]), said)


def _word(word: str) -> str:
    return code(word) if _ACTING.search(word) else _MARKUP.sub(lambda mark: rf"\{mark[0]}", word)


def code(said: str) -> str:
    """A text on one line as code."""
    shown = visible(said, _LONGEST).strip()
    if not shown:
        return ""
    marks = _longer_than_any(shown, 1)
    gap = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{marks}{gap}{shown}{gap}{marks}"


def cell(said: str) -> str:
    """A text in a table, with a broken bar for what would end it: code cannot escape a bar."""
    return text(said.replace("|", "¦"))


def fence(lines: Iterable[str]) -> str:
    """Lines as a block of code."""
    block = "\n".join(lines)
    marks = _longer_than_any(block, 3)
    return f"{marks}text\n{block}\n{marks}"


def _longer_than_any(said: str, least: int) -> str:
    """A run of backticks that is in no text like this."""
    longest = max((len(run) for run in re.findall("`+", said)), default=0)
    return "`" * max(least, longest + 1)


def render_summary(
    result: SubmissionResult,
    *,
    lang: str = "en",
    folder: Path | None = None,
    limit: int = SUMMARY_LIMIT,
) -> str:
    """What a student sees of a run: the points of each part, what to do next, the tips.

    Never longer than `limit` bytes; what does not fit is left out from the end. `folder` is the
    assignment's, where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    more = text(texts.say("ci.more"))
    kept: list[str] = []
    room = limit - len(more.encode()) - 3
    for block in _blocks(result, texts):
        room -= len(block.encode("utf-8", "replace")) + 2
        if room < 0:
            kept = [*kept, more] if kept else []
            break
        kept.append(block)
    return "".join(f"{block}\n\n" for block in kept)


def _blocks(result: SubmissionResult, texts: Catalog) -> Iterator[str]:
    yield _heading(result, texts)
    if result.path:
        yield code(visible(result.shown_path, NAME_LIMIT))
    if result.status is SubmissionStatus.UNREADABLE:
        yield from _unreadable(result, texts)
        return
    if result.open_points:
        yield text(wording.open_points(result.open_points, "student.open_points", texts))
    if result.status is not SubmissionStatus.GRADED:
        yield text(texts.say(f"student.{result.status}"))
    yield from _table(result.parts, texts)
    found = actions(result, texts)
    if found:
        yield f"### {text(texts.say('student.todo'))}"
    elif result.parts and all(part.state is State.CORRECT for part in result.parts):
        yield text(texts.say("student.praise"))
    for item in found:
        yield from _action(item, result, texts)
    tips = [_tip(part, texts) for part in result.parts]
    if any(tips):
        count = sum(map(len, tips))
        yield f"### {text(texts.say('student.tips', n=count))}"
        yield from ("\n".join(lines) for lines in tips if lines)
    yield from _messages(result, texts)


def _heading(result: SubmissionResult, texts: Catalog) -> str:
    title = text(visible(texts.tell(result.title), NAME_LIMIT))
    if result.status is SubmissionStatus.UNREADABLE:
        return f"## {title}: {text(texts.say('terminal.unreadable'))}"
    numbers = {"score": score(result.score), "max_score": score(result.max_score)}
    text_id = "terminal.total_open" if result.open_points else "terminal.total"
    total = texts.say(text_id, open=score(result.open_points), **numbers)
    return f"## {title}: {text(total)}"


def _unreadable(result: SubmissionResult, texts: Catalog) -> Iterator[str]:
    for message in result.messages[:_MOST_MESSAGES]:
        yield text(wording.sentence(wording.about_file(message, texts)))
    if not wording.asks_for_notebook(result):
        yield text(texts.say("student.unreadable_do"))


def _table(parts: Iterable[PartResult], texts: Catalog) -> Iterator[str]:
    """A row for each part, in blocks of a header's size so that a long table can be cut."""
    names = ("staff.part", "student.result_column", "student.points_column")
    head = " | ".join(cell(texts.say(name)) for name in names)
    rows = [f"| | {head} |", "| ---: | --- | --- | ---: |"]
    for number, part in enumerate(parts, 1):
        title = cell(visible(texts.tell(part.title) or part.name, NAME_LIMIT))
        word = cell(texts.say(f"state.word.{part.state}"))
        look = wording.LOOKS[part.state].glyph
        is_unset = part.state is State.UNCHECKED
        points = "–" if is_unset else f"{score(part.score)} / {score(part.max_score)}"
        rows.append(f"| {number} | {title} | {look} {word} | {points} |")
    if len(rows) > 2:
        yield "\n".join(rows)


def _action(item: Action, result: SubmissionResult, texts: Catalog) -> Iterator[str]:
    """What to do about a part or a cell, with the lines of code that it is about."""
    if item.number:
        head = f"{texts.say('student.part', number=item.number)}: {item.title}"
        lines = [f"#### {text(head)}"]
    else:
        lines = [f"#### {text(wording.sentence(item.place).rstrip('.'))}"]
    if item.number and item.place:
        points = ""
        if item.points:
            count = score(item.points)
            points = texts.say("action.to_win", n=1 if count == "1" else 0, count=count)
        lines.append(text(", ".join(filter(None, (item.place, points)))))
    lines.append(text(item.cause))
    if item.step:
        lines.append(f"**{text(texts.say('student.next_step'))}:** {text(item.step)}")
    excerpt = result.parts[item.number - 1].excerpt if item.number else None
    if excerpt is not None and excerpt.marked is not None:
        lines.append(_code(excerpt))
    yield "\n\n".join(lines)


def _code(excerpt: Excerpt) -> str:
    """The marked line of the student's code, and some lines around it."""
    source = excerpt.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marked = (excerpt.marked or 0) - excerpt.first_line
    first = max(0, marked - _LINES_AROUND)
    shown = source[first : marked + _LINES_AROUND + 1]
    numbers = range(excerpt.first_line + first, excerpt.first_line + first + len(shown))
    columns = len(str(numbers[-1])) if shown else 1
    return fence(
        f"{'>' if number == excerpt.marked else ' '} {number:>{columns}}  "
        f"{visible(line, LINE_LIMIT, keep_lines=True)}".rstrip()
        for number, line in zip(numbers, shown, strict=True)
    )


def _tip(part: PartResult, texts: Catalog) -> list[str]:
    advice = [check for check in part.checks if check.status is CheckStatus.ADVICE]
    return [f"- {text(wording.finding(check, texts))}" for check in advice]


def _messages(result: SubmissionResult, texts: Catalog) -> Iterator[str]:
    """What is said about the file, but for the cells that are the first thing to do."""
    kept = [message for message in result.messages if not is_broken_cell(message)]
    if kept:
        yield f"### {text(texts.say('student.notes'))}"
    said = (wording.about_file(message, texts) for message in kept[:_MOST_MESSAGES])
    lines = [f"- {text(wording.sentence(one))}" for one in said]
    if lines:
        yield "\n".join(lines)
