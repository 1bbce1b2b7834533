"""Feedback as text cells of a notebook: a summary at its top, and a cell below each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.catalog import Catalog, Text
from grader.report import actions, wording
from grader.report.cell_text import code, lines, rich, strong, table
from grader.report.html import report_number
from grader.report.numbers import score
from grader.report.part_view import View, part_view, points_to_win
from grader.results import CheckStatus, PartResult, State, SubmissionResult, SubmissionStatus
from grader.safe_text import LINE_LIMIT, NAME_LIMIT, visible

_MOST_MESSAGES = 6
_MOST_FINDINGS = 3
_MOST_ROWS = 5


def summary_text(result: SubmissionResult, numbered: Sequence[int], texts: Catalog) -> str:
    """The cell at the top: the points, what is said of the file, and where each part is.

    `numbered` are the numbers of the parts to be shown, which may be in several notebooks.
    """
    title = visible(texts.tell(result.title), NAME_LIMIT)
    heading = strong(texts.say("student.heading", title=title))
    if result.status is SubmissionStatus.UNREADABLE:
        is_other = wording.asks_for_notebook(result)
        do = texts.say("student.no_notebook_do" if is_other else "student.unreadable_do")
        said = [texts.say("student.unreadable"), *_about_file(result.messages, texts)]
        return _joined([heading, *map(rich, said), _labeled("student.next_step", do, texts)])
    total = f"**{score(result.score)}** " + rich(
        texts.say("student.score_of", max_score=score(result.max_score))
    )
    is_correct = bool(result.parts) and all(p.state is State.CORRECT for p in result.parts)
    about = texts.say("student.praise") if is_correct else wording.summary(result.parts, texts)
    waits = wording.open_points(result.open_points, "student.open_points", texts)
    heads = [rich(texts.say(f"notebook.{word}")) for word in ("part", "place", "result", "points")]
    rows = [_row(number, result.parts[number - 1], texts) for number in numbered]
    ask = texts.say("student.how_ask", number=report_number(result))
    small = (texts.say("notebook.ours"), texts.say("student.how_cells"), ask)
    return _joined(
        [
            f"{heading} · {total}",
            rich(about),
            rich(waits),
            *map(rich, _about_file(result.messages, texts)),
            table(heads, rows) if rows else "",
            _small(" ".join(map(rich, small))),
        ]
    )


def _row(number: int, part: PartResult, texts: Catalog) -> list[str]:
    place = actions.place(part, texts)
    if not place and part.cell is not None:
        place = texts.say("cell.cell", cell=part.cell)
    word = f"{wording.LOOKS[part.state].glyph} {texts.say(f'state.word.{part.state}')}"
    return [rich(_title(number, part, texts)), rich(place), rich(word), rich(_points(part, texts))]


def _title(number: int, part: PartResult, texts: Catalog) -> str:
    title = visible(texts.tell(part.title) or part.name, NAME_LIMIT)
    return f"{texts.say('student.part', number=number)}: {title}"


def _points(part: PartResult, texts: Catalog) -> str:
    if part.state is State.UNCHECKED:
        return texts.say("student.points_unset")
    points = f"{score(part.score)} / {score(part.max_score)}"
    if part.open_points:
        points += f" ({texts.say('student.points_open', count=score(part.open_points))})"
    return points


def _about_file(messages: Sequence[Text], texts: Catalog) -> list[str]:
    """What is said of the file, cells that Python cannot read among it."""
    said = [wording.sentence(visible(wording.about_file(one, texts))) for one in messages]
    return list(dict.fromkeys(said))[:_MOST_MESSAGES]


def part_text(number: int, part: PartResult, texts: Catalog) -> str:
    """The cell below a part: what became of it, why, where, and what to do next.

    Of a part whose `cell` is None, the text is in no place of its own.
    """
    view = part_view(number, replace(part, picture=None), texts)
    word = f"{view['look'].glyph} {view['word']}"
    name = f" ({code(view['name'], NAME_LIMIT)})" if view["name"] else ""
    head = f"{strong(_title(number, part, texts))}{name} · {rich(word)} · "
    head += rich(_points(part, texts))
    body = _of_correct(view, texts) if view["is_correct"] else _of_open(view, part, texts)
    comments = [f"{strong(one['heading'])}<br>{lines(one['text'])}" for one in view["comments"]]
    return _joined([head, *body, *comments])


def _of_correct(view: View, texts: Catalog) -> Iterator[str]:
    yield _bullets(view["findings"], texts)
    yield from (_small(rich(note)) for note in view["notes"])


def _of_open(view: View, part: PartResult, texts: Catalog) -> Iterator[str]:
    yield from map(rich, view["lead"])
    if view["noticed"]:
        said = " ".join(view["noticed"])
        yield f"{strong(texts.say('student.noticed'))}: {rich(said)}"
    if view["error"]:
        yield rich(f"{view['error']['cause']} {view['error']['scope']}")
    yield _marked_line(view, part, texts)
    yield _bullets(view["findings"], texts)
    yield _compared(view, texts)
    if view["next_step"]:
        gain = part.max_score - part.score - part.open_points
        points = f" ({points_to_win(gain, texts)})" if gain > 0 else ""
        yield _labeled("student.next_step", view["next_step"] + points, texts)
    if view["check_again"]:
        yield rich(texts.say("student.check_again", call=view["check_again"]))
    yield from (_small(rich(note)) for note in view["notes"])


def _marked_line(view: View, part: PartResult, texts: Catalog) -> str:
    """The line of the student's code where it raised or where a mistake shows, '' if none is."""
    rows = view["code"]["lines"] if view["code"] else ()
    hit = next((row for row in rows if row["hit"]), None)
    if hit is None or part.excerpt is None:
        return code(view["python"], LINE_LIMIT)
    is_above = part.cell is not None and part.excerpt.cell == part.cell
    is_above = is_above and not part.excerpt.file
    place = (
        texts.say("notebook.line", line=hit["number"]) if is_above else actions.place(part, texts)
    )
    shown = f"{rich(place[:1].upper() + place[1:])}: {code(hit['text'].strip(), LINE_LIMIT)}"
    return f"{shown}<br>{code(view['python'], LINE_LIMIT)}" if view["python"] else shown


def _bullets(findings: Sequence[wording.Finding], texts: Catalog) -> str:
    advice = wording.CHECK_LOOKS[CheckStatus.ADVICE]
    rows = []
    for one in findings[:_MOST_FINDINGS]:
        sign = f"{texts.say('check.word.advice')}:" if one.look is advice else one.look.glyph
        rows.append(f"- {rich(sign)} {rich(f'{one.text} {one.also}')}")
    return "\n".join(rows)


def _compared(view: View, texts: Catalog) -> str:
    """The first array beside the expected one: how both start, and some entries as a table."""
    if not view["arrays"]:
        return ""
    shown = view["arrays"][0]
    data = shown["data"]
    rows = [[rich(cell) for cell in row] for row in data.rows[:_MOST_ROWS]]
    starts = ""
    if data.yours:
        pairs = (("yours", data.yours), ("expected", data.expected))
        said = (f"{rich(texts.say(f'compare.{word}'))}: {code(text)}" for word, text in pairs)
        starts = "<br>".join(said)
    if view["is_known"] and starts:  # the cause is said above
        return starts
    caption = f"{rich(shown['heading'])}: {rich(data.caption)}"
    return _joined([starts, caption, table([rich(head) for head in data.columns], rows)])


def _labeled(text_id: str, said: str, texts: Catalog) -> str:
    return f"{strong(texts.say(text_id))}: {rich(said)}"


def _small(text: str) -> str:
    return f"<small>{text}</small>" if text else ""


def _joined(blocks: Sequence[str]) -> str:
    return "\n\n".join(block for block in blocks if block)
