"""The class overview for staff, from stored results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any
from urllib.parse import quote

from grader.catalog import Catalog, catalog
from grader.report import attention, wording
from grader.report.attention import graded, handed_in
from grader.report.numbers import duration, score
from grader.report.page import environment
from grader.report.stored import StoredPart, StoredResult
from grader.report.tally import (
    BINS,
    CheckTally,
    MistakeTally,
    PartTally,
    check_tallies,
    histogram,
    maximum,
    mistake_tallies,
    part_names,
    part_tallies,
)
from grader.results import CheckStatus, State
from grader.safe_text import NAME_LIMIT, visible

View = dict[str, Any]

INDEX, STUDENTS, STUDENTS_PATTERN = "index.html", "students-list.html", "students-list*.html"
MOST_ON_ONE_PAGE = 400
"""With more students than this, the table of students has pages of its own."""
ROWS = 250
"""So many students are on each of them: a browser takes longer than a reader waits for more."""
MOST_ATTENTION = 300
_EXAMPLES = 3
_SOUND = {
    True: wording.CHECK_LOOKS[CheckStatus.PASSED],
    False: wording.CHECK_LOOKS[CheckStatus.FAILED],
    None: wording.LOOKS[State.UNCHECKED],
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is known about a run beside its results.

    `soundness` says whether the checking itself is sound: whether it holds (None: not known),
    and a sentence. `inputs` describes the hidden inputs of each part, by its name.
    """

    title: str
    seed: int
    duration_s: float | None = None
    jobs: int | None = None
    soundness: Sequence[tuple[bool | None, str]] = ()
    inputs: Mapping[str, Sequence[str]] | None = None


def overview_files(
    results: Sequence[StoredResult], run: Run, *, lang: str = "en"
) -> dict[str, str]:
    """The pages for staff by file name: the overview, and beside it a long list of students.

    A long list comes in pages. The first of them holds what the others show as data, so that its
    script sorts and finds among all.
    """
    texts = catalog(lang)
    everybody = sorted(results, key=lambda result: natural(result.student))
    ordered = handed_in(everybody)
    is_split = len(everybody) > MOST_ON_ONE_PAGE
    links = {r.student: _link(i, r.student, texts) for i, r in enumerate(everybody, 1)}
    shared = {
        "exercise": visible(run.title, NAME_LIMIT),
        "seed": run.seed,
        "heading": texts.say("count.submissions", n=len(ordered)),
        "parts": [_part(tally) for tally in part_tallies(ordered)],
        "footer": _footer(ordered),
        "legend": _legend(texts),
    }
    troubles = attention.attention(everybody, texts)
    rows = _students(everybody, troubles, links, texts)
    checks = check_tallies(ordered)
    index = {
        **shared,
        **_table(rows, 0, len(rows)),
        "list": STUDENTS if is_split else "",
        "index": "",
        "tiles": _tiles(ordered, run, texts),
        "attention": (noticed := _attention(troubles, checks, run, links, texts))[:MOST_ATTENTION],
        "attention_count": len(noticed),
        "histogram": _histogram(ordered, texts, gone=len(everybody) - len(ordered)),
        "mistakes": [_mistake(tally, links, texts) for tally in mistake_tallies(ordered)],
        "checks": [_check(tally, texts) for tally in checks if tally.passed < tally.n],
        "checks_count": len(checks),
        "inputs": _inputs(ordered, run),
        "soundness": [(_SOUND[holds], text) for holds, text in run.soundness],
    }
    env = environment(lang)
    pages = {INDEX: env.get_template("overview.html.j2").render(page=index)}
    if is_split:
        names = _page_names(len(rows))
        template = env.get_template("students.html.j2")
        for i, name in enumerate(names):
            first = i * ROWS
            table = _table(rows, first, first + ROWS)
            page = {**shared, **table, "index": INDEX, "list": "", "pages": names, "name": name}
            page["data"] = _data(rows, texts) if i == 0 else None
            pages[name] = template.render(page=page)
    return pages


def _page_names(count: int) -> list[str]:
    """The files of a list of so many students."""
    more = range(2, -(-count // ROWS) + 1)
    return [STUDENTS, *(STUDENTS.replace(".", f"-{number}.") for number in more)]


def _table(rows: Sequence[View], first: int, end: int) -> View:
    """Some of the rows as the templates want them."""
    return {"students": rows[first:end], "first": first, "pages": (), "data": None}


def _data(rows: Sequence[View], texts: Catalog) -> View:
    """All rows for the script: what each shows, in as few characters as will do."""
    states = list(State)
    looks = [wording.LOOKS[state] for state in states]
    words = [texts.say(f"state.word.{state}") for state in states]
    return {
        "states": [(look.icon, look.style, word) for look, word in zip(looks, words, strict=True)],
        "rows": [
            (
                row["link"]["text"],
                row["link"]["nobody"],
                row["link"]["href"],
                row["score"],
                row["note"],
                [
                    (states.index(cell["state"]), cell["score"]) if cell else 0
                    for cell in row["cells"]
                ],
            )
            for row in rows
        ],
    }


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts `s2` before `s10`."""
    pieces = re.split(r"(\d+)", text.casefold())
    return tuple((int(p[:18]), "") if p.isdecimal() else (-1, p) for p in pieces)


def _link(number: int, student: str, texts: Catalog) -> View:
    """A link to a student's report; `nobody` stands for the name where names are hidden."""
    return {
        "text": visible(student, NAME_LIMIT),
        "nobody": texts.say("staff.nobody", number=number),
        "href": f"students/{quote(student, safe='', errors='replace')}/feedback.html",
    }


def _attention(
    troubles: Sequence[attention.Attention],
    checks: Sequence[CheckTally],
    run: Run,
    links: Mapping[str, View],
    texts: Catalog,
) -> list[View]:
    """What needs a person: an unsound run, then submissions, then checks."""
    unsound = [
        _row(attention.LOOKS["crashed"], "unsound", text, texts)
        for holds, text in run.soundness
        if holds is False
    ]
    rows = [
        {
            **_row(attention.LOOKS[item.kind], item.kind, item.happened, texts),
            "student": links[item.student],
        }
        for item in troubles
    ]
    return [*unsound, *rows, *(_review(check, texts) for check in checks if check.is_suspect)]


def _row(look: wording.Look, kind: str, happened: str, texts: Catalog) -> View:
    return {
        "look": look,
        "word": texts.say(f"staff.{kind}"),
        "student": None,
        "where": texts.say("staff.all"),
        "happened": happened,
        "action": texts.say(f"staff.{kind}_do"),
    }


def _review(check: CheckTally, texts: Catalog) -> View:
    name = visible(check.name, NAME_LIMIT)
    said = texts.say("staff.review_text", passed=check.passed, n=check.n, check=name)
    where = texts.say("student.part", number=check.part)
    return {**_row(wording.LOOKS[State.UNCHECKED], "review", said, texts), "where": where}


def _tiles(results: Sequence[StoredResult], run: Run, texts: Catalog) -> list[tuple[str, str, str]]:
    """Value, small print and label of each number at the top."""
    counted = graded(results)
    scores = [result.score for result in counted]
    of = texts.say("staff.of", n=score(maximum(counted)))
    tiles = [(str(len(counted)), texts.say("staff.of", n=len(results)), texts.say("staff.checked"))]
    if scores:
        full = sum(result.score >= result.max_score for result in counted)
        tiles += [
            (score(median(scores)), of, texts.say("staff.median")),
            (f"{fmean(scores):.1f}", of, texts.say("staff.mean")),
            (str(full), "", texts.say("staff.full")),
        ]
    took = run.duration_s
    if took is None:
        took = sum(result.duration_s for result in results)
    word = texts.say("staff.duration")
    if run.jobs is not None:
        word = texts.say("staff.duration_jobs", jobs=run.jobs)
    return [*tiles, (duration(took), "", word)]


def _histogram(results: Sequence[StoredResult], texts: Catalog, *, gone: int) -> View:
    counted = graded(results)
    counts, most = histogram(results), maximum(counted) or 1.0
    labels = [_bin_label(i, most / BINS, most) for i in range(BINS)]
    top = max(*counts, 1)
    bars = [
        {
            "x": 4 + 46 * i + 2,
            "middle": 4 + 46 * i + 23,
            "y": f"{136 - 114 * count / top:.1f}",
            "height": f"{114 * count / top:.1f}",
            "count": count,
            "count_y": f"{131 - 114 * count / top:.1f}",
            "label": label,
        }
        for i, (count, label) in enumerate(zip(counts, labels, strict=True))
    ]
    said = ", ".join(
        texts.say("staff.histogram_bin", label=label, n=count)
        for count, label in zip(counts, labels, strict=True)
    )
    caption = texts.say("staff.histogram_caption", n=len(counted), max_score=score(most))
    left_out = len(results) - len(counted)
    if left_out:
        caption += " " + texts.say("staff.not_counted", n=left_out)
    if gone:
        caption += " " + texts.say("staff.gone_counted", n=gone)
    return {"bars": bars, "label": texts.say("staff.histogram", bins=said), "caption": caption}


def _bin_label(i: int, width: float, most: float) -> str:
    low, high = i * width, (i + 1) * width
    if i == BINS - 1:
        return f"{score(low)}–{score(most)}"
    if width > 1 and width == int(width):
        return f"{score(low)}–{score(high - 1)}"
    return f"{score(low)}–{score(high)}" if width != 1 else score(low)


def _part(tally: PartTally) -> View:
    counts = (("ok", tally.correct), ("part", tally.partly), ("none", tally.none))
    whole = sum(count for _, count in counts) or 1
    x, pieces = 0.0, []
    for style, count in counts:
        if count:
            share = 100 * count / whole
            pieces.append((style, f"{x:.2f}", f"{share:.2f}"))
            x += share
    return {
        "number": tally.number,
        "title": visible(tally.title, NAME_LIMIT),
        "correct": tally.correct,
        "partly": tally.partly,
        "none": tally.none,
        "pieces": pieces,
        "mean": f"{tally.mean:.1f} / {score(tally.max_score)}",
    }


def _mistake(tally: MistakeTally, links: Mapping[str, View], texts: Catalog) -> View:
    shown = [*tally.students][:_EXAMPLES]
    is_known = bool(tally.name)
    return {
        "name": tally.name.replace("_", " ") if is_known else texts.say("staff.no_pattern"),
        "said": tally.said,
        "line": tally.line,
        "advice": "" if is_known else texts.say("staff.no_pattern_text"),
        "part": ", ".join(str(number) for number in sorted(tally.parts)) or "–",
        "count": len(tally.students),
        "links": [links[student] for student in shown],
        "rest": len(tally.students) - len(shown),
    }


def _check(tally: CheckTally, texts: Catalog) -> View:
    suspect = texts.say("staff.suspect", passed=tally.passed, n=tally.n)
    return {
        "name": visible(tally.name, NAME_LIMIT),
        "part": tally.part,
        "is_hidden": tally.is_hidden,
        "share": f"{100 * tally.share:.0f}",
        "look": wording.LOOKS[State.UNCHECKED],
        "suspect": suspect if tally.is_suspect else "",
    }


def _inputs(results: Sequence[StoredResult], run: Run) -> list[tuple[int, Sequence[str]]]:
    known = run.inputs or {}
    numbered = enumerate(part_names(results), 1)
    return [(number, known[name]) for number, name in numbered if known.get(name)]


def _students(
    results: Sequence[StoredResult],
    troubles: Sequence[attention.Attention],
    links: Mapping[str, View],
    texts: Catalog,
) -> list[View]:
    notes = {item.student: texts.say(f"staff.{item.kind}") for item in reversed(troubles)}
    names = part_names(results)
    rows = []
    for result in results:
        by_name = {part.name: part for part in result.parts}
        is_read = result.is_judged
        rows.append(
            {
                "link": links[result.student],
                "score": score(result.score) if is_read else "–",
                "cells": [_cell(by_name.get(name)) if is_read else None for name in names],
                "note": notes.get(result.student, ""),
            }
        )
    return rows


def _cell(part: StoredPart | None) -> View | None:
    if part is None:
        return None
    state = part.state
    return {
        "look": wording.LOOKS[state],
        "state": state,
        "score": "–" if state is State.UNCHECKED else score(part.score),
    }


def _legend(texts: Catalog) -> list[tuple[wording.Look, str]]:
    states = (State.CORRECT, State.PARTLY, State.NOT_STARTED, State.NOT_YET)
    more = (State.TIMEOUT, State.UNCHECKED)
    return [(wording.LOOKS[s], texts.say(f"staff.legend.{s}")) for s in (*states, *more)]


def _footer(results: Sequence[StoredResult]) -> list[str]:
    """The versions that graded, each once."""
    names = {"grader": "grader", "python": "Python", "jax": "JAX"}
    items = []
    for key, word in names.items():
        versions = {str(r.environment[key]) for r in results if key in r.environment}
        if versions:
            items.append(f"{word} {', '.join(visible(v, 40) for v in sorted(versions))}")
    return items
