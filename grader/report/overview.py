"""The class overview for staff, from results as they stand in `result.json`.

Built from those alone, so that a batch that was resumed can draw it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any
from urllib.parse import quote

from grader.catalogue import Catalogue, catalogue
from grader.report import wording
from grader.report.clean import NAME_LIMIT, visible
from grader.report.numbers import duration, score
from grader.report.page import environment
from grader.results import CheckStatus, State, SubmissionStatus, Visibility

View = dict[str, Any]
Result = Mapping[str, Any]

_REVIEW_BELOW = 0.1
_REVIEW_FROM = 10
"""A check is to be reviewed when fewer than a tenth of at least ten students pass it."""
_EXAMPLES = 3
_BINS = 10
_GRADED = (SubmissionStatus.GRADED, SubmissionStatus.TIMEOUT, SubmissionStatus.CRASHED)
_UNMARKED = (State.NOT_STARTED, State.NOT_FOUND)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Something that a person has to look at; `kind` names its texts in the catalogue."""

    kind: str
    student: str
    happened: str
    """What happened, in sentences."""
    brief: str = ""
    """The same in a word or two beside the kind: the parts, or the first message."""


def render_overview(  # noqa: PLR0913  (every option by name)
    results: Sequence[Result],
    *,
    title: str,
    seed: int,
    duration_s: float | None = None,
    soundness: Sequence[tuple[bool, str]] = (),
    lang: str = "en",
) -> str:
    """The page `index.html` of a batch, for staff only.

    `soundness` says whether the checking itself is sound: (holds, sentence) each, such as
    that the reference solution gets full marks.
    """
    texts = catalogue(lang)
    ordered = sorted(results, key=lambda result: natural(result["student"]))
    view = {
        "exercise": visible(title, NAME_LIMIT),
        "seed": seed,
        "heading": texts.say("count.submissions", n=len(ordered)),
        "tiles": _tiles(ordered, duration_s, texts),
        "attention": _attention(ordered, texts),
        "histogram": _histogram(ordered, texts),
        "parts": _parts(ordered),
        "mistakes": _mistakes(ordered, texts),
        "checks": _checks(ordered),
        "students": [_student(result, ordered) for result in ordered],
        "legend": _legend(texts),
        "soundness": [(wording.CHECK_LOOKS[_sound(ok)], text) for ok, text in soundness],
        "footer": _footer(ordered),
    }
    return environment(lang).get_template("overview.html.j2").render(page=view)


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts `s2` before `s10`."""
    pieces = re.split(r"(\d+)", text.casefold())
    return tuple((int(p[:18]), "") if p.isdecimal() else (-1, p) for p in pieces)


def part_names(results: Sequence[Result]) -> tuple[str, ...]:
    """The names of the parts in the order in which the results first name them."""
    return tuple(dict.fromkeys(part["name"] for result in results for part in result["parts"]))


def graded(results: Sequence[Result]) -> list[Result]:
    """The results that count: those of submissions that could be read."""
    return [result for result in results if result["status"] in _GRADED]


def attention(results: Sequence[Result], texts: Catalogue) -> tuple[Attention, ...]:
    """The submissions that a person has to look at, the most pressing kind first."""
    found: dict[str, list[Attention]] = {kind: [] for kind in _KINDS}
    for result in results:
        item = _trouble(result, texts)
        if item is not None:
            found[item.kind].append(item)
    return tuple(item for kind in _KINDS for item in found[kind])


_KINDS = ("unreadable", "unchecked", "crashed", "timeout", "empty")


def _trouble(  # noqa: PLR0911  (one return a kind, in the order of the kinds)
    result: Result, texts: Catalogue
) -> Attention | None:
    status, parts = result["status"], result["parts"]
    states = [part["state"] for part in parts]
    said = " ".join(wording.sentence(visible(text)) for text in result["messages"][:2])
    first = visible(result["messages"][0]) if result["messages"] else ""

    def trouble(kind: str, happened: str, brief: str = "") -> Attention:
        return Attention(kind=kind, student=result["student"], happened=happened, brief=brief)

    if status == SubmissionStatus.UNREADABLE:
        return trouble("unreadable", said, first)
    if State.UNCHECKED in states:
        listed = _listed(parts, State.UNCHECKED, texts)
        happened = texts.say("staff.unchecked_text", parts=listed)
        return trouble("unchecked", f"{happened} {said}".strip(), listed)
    if status == SubmissionStatus.CRASHED:
        return trouble("crashed", said or texts.say("staff.crashed_text"), first)
    if State.TIMEOUT in states:
        listed = _listed(parts, State.TIMEOUT, texts)
        return trouble("timeout", texts.say("staff.timeout_part", parts=listed), listed)
    if status == SubmissionStatus.TIMEOUT:
        return trouble("timeout", said or texts.say("staff.timeout_text"))
    if states and all(state in _UNMARKED for state in states):
        return trouble("empty", texts.say("staff.empty_text"))
    return None


def _listed(parts: Sequence[Result], state: State, texts: Catalogue) -> str:
    numbers = [i for i, part in enumerate(parts, 1) if part["state"] == state]
    words = [texts.say("terminal.part", number=number) for number in numbers]
    return wording.enumerated(words, texts)


def _attention(results: Sequence[Result], texts: Catalogue) -> list[View]:
    looks = {"crashed": State.ERROR, "timeout": State.TIMEOUT, "empty": State.NOT_STARTED}
    rows = [
        {
            "look": wording.LOOKS[looks.get(item.kind, State.UNCHECKED)],
            "word": texts.say(f"staff.{item.kind}"),
            "student": _link(item.student),
            "where": "",
            "happened": item.happened,
            "action": texts.say(f"staff.{item.kind}_do"),
        }
        for item in attention(results, texts)
    ]
    return rows + [_review(check, texts) for check in _checks(results) if _is_suspect(check)]


def _is_suspect(check: View) -> bool:
    is_missed = check["passed"] < _REVIEW_BELOW * check["n"]
    return bool(check["n"] >= _REVIEW_FROM and is_missed)


def _review(check: View, texts: Catalogue) -> View:
    happened = texts.say(
        "staff.review_text", passed=check["passed"], n=check["n"], check=check["name"]
    )
    return {
        "look": wording.LOOKS[State.UNCHECKED],
        "word": texts.say("staff.review"),
        "student": None,
        "where": texts.say("student.part", number=check["part"]),
        "happened": happened,
        "action": texts.say("staff.review_do"),
    }


def _link(student: str) -> View:
    return {
        "text": visible(student, NAME_LIMIT),
        "href": f"students/{quote(student, safe='', errors='replace')}/feedback.html",
    }


def _maximum(results: Sequence[Result]) -> float:
    return max((float(result["max_score"]) for result in results), default=0.0)


def _tiles(
    results: Sequence[Result], duration_s: float | None, texts: Catalogue
) -> list[tuple[str, str, str]]:
    """Value, small print and label of each number at the top."""
    counted = graded(results)
    scores = [float(result["score"]) for result in counted]
    of = texts.say("staff.of", n=score(_maximum(counted)))
    tiles = [(str(len(counted)), texts.say("staff.of", n=len(results)), texts.say("staff.checked"))]
    if scores:
        full = sum(result["score"] >= result["max_score"] for result in counted)
        tiles += [
            (score(median(scores)), of, texts.say("staff.median")),
            (f"{fmean(scores):.1f}", of, texts.say("staff.mean")),
            (str(full), "", texts.say("staff.full")),
        ]
    if duration_s is None:
        duration_s = sum(float(result["duration_s"]) for result in results)
    tiles.append((duration(duration_s), "", texts.say("staff.duration")))
    return tiles


def _histogram(results: Sequence[Result], texts: Catalogue) -> View:
    """Ten equal bins of points; the last one holds full marks."""
    counted = graded(results)
    maximum = _maximum(counted) or 1.0
    counts = [0] * _BINS
    for result in counted:
        share = float(result["score"]) / maximum
        counts[min(_BINS - 1, max(0, int(share * _BINS + 1e-9)))] += 1
    width = maximum / _BINS
    labels = [_bin_label(i, width, maximum) for i in range(_BINS)]
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
    caption = texts.say("staff.histogram_caption", n=len(counted), max_score=score(maximum))
    left_out = len(results) - len(counted)
    if left_out:
        caption += " " + texts.say("staff.not_counted", n=left_out)
    return {"bars": bars, "label": texts.say("staff.histogram", bins=said), "caption": caption}


def _bin_label(i: int, width: float, maximum: float) -> str:
    low, high = i * width, (i + 1) * width
    if i == _BINS - 1:
        return f"{score(low)}–{score(maximum)}"
    if width > 1 and width == int(width):
        return f"{score(low)}–{score(high - 1)}"
    return f"{score(low)}–{score(high)}" if width != 1 else score(low)


def _parts(results: Sequence[Result]) -> list[View]:
    rows = []
    for number, name in enumerate(part_names(results), 1):
        held = [part for result in graded(results) for part in result["parts"]]
        held = [part for part in held if part["name"] == name]
        correct = sum(part["state"] == State.CORRECT for part in held)
        partly = sum(part["state"] != State.CORRECT and part["score"] > 0 for part in held)
        whole = len(held) or 1
        counts = (("ok", correct), ("part", partly), ("none", len(held) - correct - partly))
        x, pieces = 0.0, []
        for style, count in counts:
            if count:
                share = 100 * count / whole
                pieces.append((style, f"{x:.2f}", f"{share:.2f}"))
                x += share
        mean = fmean(float(part["score"]) for part in held) if held else 0.0
        first = held[0] if held else _first_part(results, name)
        rows.append(
            {
                "number": number,
                "title": visible(first["title"] or name, NAME_LIMIT),
                "correct": correct,
                "partly": partly,
                "none": len(held) - correct - partly,
                "pieces": pieces,
                "mean": f"{mean:.1f} / {score(first['max_score'])}",
            }
        )
    return rows


def _first_part(results: Sequence[Result], name: str) -> Result:
    found: Result = next(
        part for result in results for part in result["parts"] if part["name"] == name
    )
    return found


def _mistakes(results: Sequence[Result], texts: Catalogue) -> list[View]:
    """The known mistakes that were found, most frequent first; then what fits none."""
    names = part_names(results)
    found: dict[tuple[int, str], View] = {}
    unknown: dict[str, set[int]] = {}
    for result in graded(results):
        for part in result["parts"]:
            number = names.index(part["name"]) + 1
            lost = [check for check in part["checks"] if check["status"] in wording.LOSING]
            known = [check for check in part["checks"] if check["mistake"]]
            for check in known:
                row = found.setdefault(
                    (number, check["mistake"]),
                    {
                        "name": check["mistake"].replace("_", " "),
                        "said": "",
                        "part": str(number),
                        "who": {},
                    },
                )
                row["said"] = row["said"] or check.get("noticed", "")
                row["who"][result["student"]] = None
            if lost and not known and part["state"] in (State.PARTLY, State.NOT_YET):
                unknown.setdefault(result["student"], set()).add(number)
    rows = sorted(found.values(), key=lambda row: (-len(row["who"]), row["part"], row["name"]))
    if unknown:
        parts = sorted(set().union(*unknown.values()))
        rows.append(
            {
                "name": texts.say("staff.no_pattern"),
                "said": texts.say("staff.no_pattern_text"),
                "part": ", ".join(str(number) for number in parts),
                "who": dict.fromkeys(unknown),
            }
        )
    for row in rows:
        students = list(row["who"])
        row["count"] = len(students)
        row["links"] = [_link(student) for student in students[:_EXAMPLES]]
        row["rest"] = len(students) - len(row["links"])
    return rows


def _checks(results: Sequence[Result]) -> list[View]:
    """Every check that gives points with its pass rate, hardest first."""
    names = part_names(results)
    rows: dict[tuple[int, str], View] = {}
    for result in graded(results):
        for part in result["parts"]:
            number = names.index(part["name"]) + 1
            for check in part["checks"]:
                if check["status"] == CheckStatus.ADVICE:
                    continue
                row = rows.setdefault(
                    (number, check["name"]),
                    {
                        "name": check["name"],
                        "part": number,
                        "is_hidden": check["visibility"] == Visibility.HIDDEN,
                        "n": 0,
                        "passed": 0,
                    },
                )
                row["n"] += 1
                row["passed"] += check["status"] == CheckStatus.PASSED
    for row in rows.values():
        row["share_full"] = row["passed"] == row["n"]
        row["share"] = f"{100 * row['passed'] / row['n']:.0f}"
    return sorted(rows.values(), key=lambda row: row["passed"] / row["n"])


def _student(result: Result, results: Sequence[Result]) -> View:
    by_name = {part["name"]: part for part in result["parts"]}
    cells = [_cell(by_name.get(name)) for name in part_names(results)]
    is_read = result["status"] in _GRADED
    return {
        "link": _link(result["student"]),
        "score": score(result["score"]) if is_read else "–",
        "cells": cells if is_read else [None for _ in cells],
        "status": result["status"],
    }


def _cell(part: Result | None) -> View | None:
    if part is None:
        return None
    state = State(part["state"])
    return {
        "look": wording.LOOKS[state],
        "state": state,
        "score": "–" if state is State.UNCHECKED else score(part["score"]),
    }


def _legend(texts: Catalogue) -> list[tuple[wording.Look, str]]:
    states = (State.CORRECT, State.PARTLY, State.NOT_STARTED, State.NOT_YET)
    more = (State.TIMEOUT, State.UNCHECKED)
    return [(wording.LOOKS[s], texts.say(f"staff.legend.{s}")) for s in (*states, *more)]


def _sound(holds: bool) -> CheckStatus:  # noqa: FBT001
    return CheckStatus.PASSED if holds else CheckStatus.FAILED


def _footer(results: Sequence[Result]) -> list[str]:
    """The versions that graded, each once."""
    names = {"grader": "grader", "python": "Python", "jax": "JAX"}
    items = []
    for key, word in names.items():
        versions = {str(r["environment"][key]) for r in results if key in r["environment"]}
        if versions:
            items.append(f"{word} {', '.join(visible(v, 40) for v in sorted(versions))}")
    return items
