"""A student's report: one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import actions, numbers, plots, wording
from grader.report.hidden_runs import hidden_runs
from grader.report.numbers import score
from grader.report.page import environment
from grader.report.part_view import part_view, points_to_win
from grader.results import (
    CombinedRun,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
)
from grader.safe_text import NAME_LIMIT, visible

_MOST_MESSAGES = 12
_BAR_GAP = 1.0
_LONG_LABELS = 6
"""Up to so many segments of the bar are labeled "Part 1", more of them "1"."""

View = dict[str, Any]


def render_student(
    result: SubmissionResult, *, lang: str = "en", folder: Path | None = None
) -> str:
    """The page `feedback.html` of a student; the same bytes for the same result.

    `folder` is the assignment's, where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    template = environment(lang).get_template("student.html.j2")
    return template.render(page=_page(result, texts))


def report_number(result: SubmissionResult) -> str:
    """The number that a student quotes: the same for the same file and the same outcome.

    The seed has no part in it: from a number of a few letters it could be found by trial, and
    with it the hidden inputs.
    """
    statuses = (str(check.status) for part in result.parts for check in part.checks)
    key = ":".join((result.assignment, result.sha256, str(result.status), *statuses))
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    letters = base64.b32encode(digest).decode("ascii")
    return f"R-{letters[:4]}-{letters[4:8]}"


def _page(result: SubmissionResult, texts: Catalog) -> View:
    parts = result.parts
    total, maximum = score(result.score), score(result.max_score)
    is_unreadable = result.status is SubmissionStatus.UNREADABLE
    exercise, student = (
        visible(texts.tell(result.title), NAME_LIMIT),
        visible(result.student, NAME_LIMIT),
    )
    todo = actions.actions(result, texts)
    cards = [] if is_unreadable else list(_cards(parts, texts))
    is_untouched = len(parts) > 1 and all(map(actions.is_untouched, parts))
    title_id = "student.title_unreadable" if is_unreadable else "student.title"
    return {
        "title": texts.say(
            title_id, title=exercise, student=student, score=total, max_score=maximum
        ),
        "exercise": exercise,
        "student": "" if result.path.startswith(f"{result.student}.") else student,
        "path": visible(result.shown_path, NAME_LIMIT),
        "sha": visible(result.sha256[:12], NAME_LIMIT),
        "number": report_number(result),
        "unreadable": is_unreadable,
        "is_no_notebook": wording.asks_for_notebook(result),
        "messages": _messages(result, texts),
        "score": total,
        "max_score": maximum,
        "open": wording.open_points(result.open_points, "student.open_points", texts),
        "status_text": _status_text(result, texts),
        "sentences": [] if is_untouched else _sentences(result, todo, texts),
        "bar": _bar(parts, texts),
        "todo": _todo(todo, parts, cards, texts),
        "untouched": cards[0]["text"] if is_untouched else "",
        "has_unset": any(part.state is State.UNCHECKED for part in parts),
        "has_cells": not result.path.endswith(".py"),
        "has_values": any(part.get("arrays") for card in cards for part in card["parts"]),
        "hidden_runs": hidden_runs(parts, texts),
        "cards": [] if is_untouched else cards,
        "is_all_correct": _is_all_correct(parts),
        "whole": _whole(result.combined, texts),
        "sum": " + ".join(score(part.score) for part in parts) or "0",
        "footer": _footer(result, texts),
    }


def _messages(result: SubmissionResult, texts: Catalog) -> list[str]:
    """What is said about the file, but for the cells that are the first thing to do."""
    kept = [text for text in result.messages if not actions.is_broken_cell(text)]
    return [
        wording.sentence(visible(wording.about_file(text, texts))) for text in kept[:_MOST_MESSAGES]
    ]


def _is_all_correct(parts: Sequence[PartResult]) -> bool:
    return bool(parts) and all(part.state is State.CORRECT for part in parts)


def _sentences(
    result: SubmissionResult, todo: Sequence[actions.Action], texts: Catalog
) -> list[str]:
    """What became of the parts in a sentence or two; praise, once, when all are correct."""
    if _is_all_correct(result.parts):
        return [texts.say("student.praise")]
    unset = any(part.state is State.UNCHECKED for part in result.parts)
    wait = [texts.say("student.todo_wait_text")] if unset and not todo else []
    return [wording.summary(result.parts, texts), *wait]


def _cards(parts: Sequence[PartResult], texts: Catalog) -> Iterator[View]:
    """The parts in order, each in a card; in a row those with nothing to say share one."""
    numbered = list(enumerate(parts, 1))
    for kind, run in groupby(numbered, lambda item: _kind(item[1])):
        views = [part_view(number, part, texts) for number, part in run]
        if kind == "correct":
            yield {"kind": kind, "parts": views}
            continue
        if kind == "open" or len(views) == 1:
            yield from ({"kind": "open", "parts": [view]} for view in views)
            continue
        group = parts[views[0]["number"] - 1 : views[-1]["number"]]
        listed = wording.numbered([view["number"] for view in views], texts)
        yield {
            "kind": kind,
            "parts": views,
            "heading": texts.say("student.parts", parts=listed),
            "text": texts.say(f"student.{kind}_text", n=len(views), parts=listed),
            "do": texts.say(f"student.{kind}_do"),
            "look": views[0]["look"],
            "word": views[0]["word"],
            "score": score(sum(part.score for part in group)),
            "max_score": score(sum(part.max_score for part in group)),
            "is_unset": kind == "unchecked",
        }


def _kind(part: PartResult) -> str:
    if part.state is State.CORRECT:
        has_comment = any(check.mark and check.mark.comment for check in part.checks)
        return "open" if has_comment else "correct"
    if part.state is State.UNCHECKED:
        return "unchecked"
    if part.is_written:
        return "open"
    if actions.is_untouched(part):
        return "untouched"
    return "missing" if actions.is_only_missing(part) else "open"


def _todo(
    found: Sequence[actions.Action],
    parts: Sequence[PartResult],
    cards: Sequence[View],
    texts: Catalog,
) -> list[View]:
    """The actions; what is to be done about several parts alike is said in their card."""
    shared = {view["number"] for card in cards if "do" in card for view in card["parts"]}
    with_code = {view["number"] for card in cards for view in card["parts"] if view["code"]}
    views = []
    for item in found:
        part = parts[item.number - 1] if item.number else None
        views.append(
            {
                "number": item.number,
                "label": texts.say("student.part", number=item.number),
                "title": item.title,
                "cause": item.cause,
                "step": "" if item.number in shared else item.step,
                "place": item.place,
                "target": f"{'c' if item.number in with_code else 'p'}{item.number}",
                "points": points_to_win(item.points, texts) if item.number else "",
                "task": wording.sentence(visible(texts.tell(part.task))) if part else "",
            }
        )
    return views


def _status_text(result: SubmissionResult, texts: Catalog) -> str:
    text_id = f"student.{result.status}"
    return texts.say(text_id) if texts.has(text_id) else ""


def _footer(result: SubmissionResult, texts: Catalog) -> list[str]:
    """Versions and the run time in whole seconds."""
    names = {"grader": "grader", "python": "Python", "jax": "JAX"}
    versions = result.environment
    items = [
        f"{word} {visible(str(versions[key]), 40)}"
        for key, word in names.items()
        if key in versions
    ]
    seconds = round(result.duration_s)
    text_id = "count.seconds" if seconds else "count.under_a_second"
    return [*items, texts.say(text_id, n=seconds)]


def _bar(parts: tuple[PartResult, ...], texts: Catalog) -> list[View]:
    whole = sum(part.max_score for part in parts) or 1.0
    room = 100.0 - _BAR_GAP * (len(parts) - 1)
    pieces, x = [], 0.0
    for number, part in enumerate(parts, 1):
        width = room * part.max_score / whole
        share = min(max(part.score / part.max_score, 0.0), 1.0) if part.max_score else 0.0
        is_long = len(parts) <= _LONG_LABELS
        pieces.append(
            {
                "x": f"{x:.2f}",
                "width": f"{width:.2f}",
                "middle": f"{x + width / 2:.2f}",
                "filled": f"{width * share:.2f}" if share else "",
                "is_open": share < 1,
                "style": wording.LOOKS[part.state].style,
                "number": number,
                "label": texts.say("student.part", number=number) if is_long else str(number),
                "name": texts.say(
                    _bar_text(part),
                    number=number,
                    score=score(part.score),
                    max_score=score(part.max_score),
                    open=score(part.open_points),
                ),
            }
        )
        x += width + _BAR_GAP
    return pieces


def _bar_text(part: PartResult) -> str:
    if part.state is State.UNCHECKED:
        return "student.bar_unset"
    return "student.bar_open" if part.open_points else "student.bar_part"


def _whole(whole: CombinedRun | None, texts: Catalog) -> View | None:
    """What all parts do together, if it can be drawn."""
    if whole is None or not plots.can_draw(whole.plots):
        return None
    axes = plots.frame(whole.plots)
    mine, theirs = (plots.plot_view(plot, axes, texts) for plot in whole.plots)
    rows = [
        {
            "group": j,
            "style": j % plots.STYLES,
            "cells": [
                *(_place(plot.marks[j]) for plot in whole.plots),
                *(str(one.sizes[j]) for one in (mine, theirs)),
            ],
        }
        for j in range(min(len(plot.marks) for plot in whole.plots))
    ]
    return {
        "title": texts.tell(whole.title),
        "sentences": [wording.sentence(visible(texts.tell(text))) for text in whole.sentences],
        "axes": axes,
        "plots": [mine, theirs],
        "count": len(whole.plots[0].points),
        "group": texts.tell(whole.group),
        "mark": texts.tell(whole.mark),
        "note": texts.tell(whole.note),
        "rows": rows,
    }


def _place(values: Any) -> str:
    return f"({', '.join(map(numbers.number, values))})"
