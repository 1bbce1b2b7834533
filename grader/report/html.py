"""A student's report: one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import numbers, plots, wording
from grader.report.disclosure import disclosed_message
from grader.report.evidence import compared, png
from grader.report.numbers import score
from grader.report.page import environment
from grader.results import (
    CheckResult,
    CheckStatus,
    CombinedRun,
    Excerpt,
    PartResult,
    Picture,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)
from grader.safe_text import CODE_LINES, LINE_LIMIT, MESSAGE_LIMIT, NAME_LIMIT, visible

_MOST_TODO = 3
_MOST_ARRAYS = 3
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
    unset = any(part.state is State.UNCHECKED for part in parts)
    is_unreadable = result.status is SubmissionStatus.UNREADABLE
    exercise, student = (
        visible(texts.tell(result.title), NAME_LIMIT),
        visible(result.student, NAME_LIMIT),
    )
    views = [_part(number, part, texts) for number, part in enumerate(parts, 1)]
    title_id = "student.title_unreadable" if is_unreadable else "student.title"
    return {
        "title": texts.say(
            title_id, title=exercise, student=student, score=total, max_score=maximum
        ),
        "kicker": texts.say("student.kicker"),
        "exercise": exercise,
        "student": student,
        "path": visible(result.path, NAME_LIMIT),
        "sha": visible(result.sha256[:12], NAME_LIMIT),
        "number": report_number(result),
        "unreadable": is_unreadable,
        "is_no_notebook": is_unreadable and not result.sha256,
        "messages": [
            wording.sentence(visible(texts.tell(text))) for text in result.messages[:_MOST_MESSAGES]
        ],
        "score": total,
        "max_score": maximum,
        "status_text": _status_text(result, texts),
        "sentences": wording.summary(parts, texts),
        "bar": _bar(parts, texts),
        "bar_label": _bar_label(parts, texts),
        "todo": _todo(parts, texts),
        "has_unset": unset,
        "has_values": any(view["arrays"] for view in views),
        "parts": views,
        "whole": _whole(result.combined, texts),
        "sum": " + ".join(score(part.score) for part in parts) or "0",
        "footer": _footer(result, texts),
    }


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
                "label": texts.say("student.part", number=number) if is_long else str(number),
            }
        )
        x += width + _BAR_GAP
    return pieces


def _bar_label(parts: tuple[PartResult, ...], texts: Catalog) -> str:
    said = [
        texts.say(
            "student.bar_unset" if part.state is State.UNCHECKED else "student.bar_part",
            number=number,
            score=score(part.score),
            max_score=score(part.max_score),
        )
        for number, part in enumerate(parts, 1)
    ]
    return texts.say("student.bar", parts=", ".join(said))


def _todo(parts: tuple[PartResult, ...], texts: Catalog) -> list[View]:
    items = []
    for number, part in wording.open_parts(parts)[:_MOST_TODO]:
        missing = part.max_score - part.score
        items.append(
            {
                "number": number,
                "label": texts.say("student.part", number=number),
                "text": wording.first_finding(part, texts),
                "points": texts.say(
                    "count.points", n=1 if score(missing) == "1" else 0, count=score(missing)
                ),
            }
        )
    return items


def _part(number: int, part: PartResult, texts: Catalog) -> View:
    is_correct = part.state is State.CORRECT
    is_unchecked = part.state is State.UNCHECKED
    name, title = visible(part.name, NAME_LIMIT), texts.tell(part.title)
    picture = _picture(number, part.picture, texts)
    return {
        "number": number,
        "title": visible(title or part.name, NAME_LIMIT),
        "name": name if title and title != part.name else "",
        "look": wording.LOOKS[part.state],
        "word": texts.say(f"state.word.{part.state}"),
        "score": score(part.score),
        "max_score": score(part.max_score),
        "is_unset": is_unchecked,
        "task": wording.sentence(visible(texts.tell(part.task))),
        "lead": _lead(part, name, texts),
        "findings": wording.findings(part, texts),
        "noticed": () if is_correct else wording.noticed(part, texts),
        "code": None if is_correct or is_unchecked else _code(part.excerpt, texts),
        "next_step": wording.next_step(part, texts),
        "hints": () if is_correct else wording.hints(part, texts),
        "example": "" if is_correct or is_unchecked else texts.tell(part.example).strip("\n"),
        "arrays": _arrays(number, part, texts),
        "picture": picture,
        "picture_unusable": part.picture is not None and picture is None,
        "checks": [_check(check, part, texts) for check in part.checks],
    }


def _lead(part: PartResult, name: str, texts: Catalog) -> list[str]:
    """What the state means, and the notes; where those say the former, they stand for it."""
    notes = [wording.sentence(visible(texts.tell(note))) for note in part.notes]
    beside = f"state.beside_notes.{part.state}"
    if notes and texts.has(beside):
        return [" ".join((*notes, texts.say(beside))).strip()]
    text_id = f"state.text.{part.state}"
    meaning = [texts.say(text_id, name=name)] if texts.has(text_id) else []
    return [*meaning, *notes]


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


def _code(excerpt: Excerpt | None, texts: Catalog) -> View | None:
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
    lines = [
        {
            "number": excerpt.first_line + start + i,
            "text": line,
            "hit": start + i == marked,
            "note": visible(texts.tell(excerpt.note), MESSAGE_LIMIT) if start + i == marked else "",
            "indent": " " * (len(line) - len(line.lstrip(" "))),
        }
        for i, line in enumerate(shown)
    ]
    text_id = "student.your_code" if excerpt.cell is not None else "student.your_code_no_cell"
    text_id = "student.your_code_file" if excerpt.file else text_id
    return {
        "label": texts.say(text_id, cell=excerpt.cell, file=visible(excerpt.file, NAME_LIMIT)),
        "lines": lines,
        "is_cut": len(source) > CODE_LINES,
    }


def _picture(number: int, picture: Picture | None, texts: Catalog) -> View | None:
    drawn = None if picture is None else png(picture)
    if picture is None or drawn is None:
        return None
    data, width, height = drawn
    alt = visible(texts.tell(picture.alt)) or texts.say("student.picture_alt", number=number)
    uri = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
    return {"uri": uri, "width": width, "height": height, "alt": alt}


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


def _check(check: CheckResult, part: PartResult, texts: Catalog) -> View:
    return {
        "name": visible(texts.tell(check.name), NAME_LIMIT),
        "look": wording.CHECK_LOOKS[check.status],
        "word": texts.say(f"check.word.{check.status}"),
        "points": f"{score(check.score)} / {score(check.max_score)}" if check.max_score else "–",
        "is_hidden": check.visibility is Visibility.HIDDEN,
        "remark": _remark(check, part, texts),
    }


def _remark(check: CheckResult, part: PartResult, texts: Catalog) -> str:
    """Why a check was not run, or which earlier one shows the same known mistake, or ''."""
    if check.status is CheckStatus.SKIPPED:
        return wording.sentence(disclosed_message(check, texts))
    if not check.mistake or check.status not in wording.LOSING:
        return ""
    first = next(other for other in wording.losing(part) if other.mistake == check.mistake)
    if first is check:
        return ""
    return texts.say("finding.same_cause", check=visible(texts.tell(first.name), NAME_LIMIT))
