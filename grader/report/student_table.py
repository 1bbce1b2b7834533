"""The table of all students in the overview: a row for each, and what the table is filtered by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from grader.catalog import Catalog
from grader.report import wording
from grader.report.attention import LOOKS, Attention, graded
from grader.report.numbers import score
from grader.report.stored import StoredPart, StoredResult
from grader.report.tally import part_names
from grader.results import State
from grader.safe_text import NAME_LIMIT, visible

View = dict[str, Any]

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Students that have something in common; `id` ends the address that shows them alone."""

    id: str
    label: str
    students: tuple[str, ...]
    look: wording.Look | None = None


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts `s2` before `s10`."""
    pieces = re.split(r"(\d+)", text.casefold())
    return tuple((int(p[:18]), "") if p.isdecimal() else (-1, p) for p in pieces)


def links_of(students: Sequence[str], texts: Catalog) -> dict[str, View]:
    """A link to the report of each student, who are numbered in this order.

    `nobody` stands for the name where names are hidden.
    """
    return {
        student: {
            "text": visible(student, NAME_LIMIT),
            "nobody": texts.say("staff.nobody", number=number),
            "number": number,
            "href": f"students/{quote(student, safe='', errors='replace')}/feedback.html",
        }
        for number, student in enumerate(students, 1)
    }


def chips(
    results: Sequence[StoredResult], troubles: Sequence[Attention], texts: Catalog
) -> list[Filter]:
    """What the table offers to be filtered by: points, then each kind of what is to be known."""
    counted = graded(results)
    full = [r.student for r in counted if r.score >= r.max_score]
    zero = [r.student for r in counted if r.score <= 0 < r.max_score]
    some = [r.student for r in counted if 0 < r.score < r.max_score]
    pressing = dict.fromkeys(item.student for item in troubles if not item.is_information)
    by_points = {
        ALL: [r.student for r in results],
        "full": full,
        "some": some,
        "zero": zero,
        "attention": [*pressing],
    }
    made = [
        Filter(id=name, label=texts.say(f"staff.filter.{name}"), students=tuple(students))
        for name, students in by_points.items()
    ]
    for kind, look in LOOKS.items():
        students = tuple(item.student for item in troubles if item.kind == kind)
        made.append(Filter(id=kind, label=texts.say(f"staff.{kind}"), students=students, look=look))
    return [one for one in made if one.students or one.id == ALL]


def rows_of(
    results: Sequence[StoredResult],
    troubles: Sequence[Attention],
    filters: Sequence[Filter],
    links: Mapping[str, View],
) -> list[View]:
    """A row for each result: who needs attention first, the others by name."""
    kinds: dict[str, list[str]] = {}
    for item in troubles:
        kinds.setdefault(item.student, []).append(item.kind)
    member: dict[str, list[str]] = {}
    for one in filters:
        for student in one.students if one.id != ALL else ():
            member.setdefault(student, []).append(one.id)
    pressing = {item.student: i for i, item in enumerate(troubles) if not item.is_information}
    names = part_names(results)
    ordered = sorted(
        results,
        key=lambda r: (pressing.get(r.student, len(troubles)), links[r.student]["number"]),
    )
    return [
        _row(result, names, links[result.student], kinds.get(result.student, ()))
        | {"filters": " ".join(member.get(result.student, ()))}
        for result in ordered
    ]


def _row(result: StoredResult, names: Sequence[str], link: View, kinds: Sequence[str]) -> View:
    by_name = {part.name: part for part in result.parts}
    is_read = result.is_judged
    return {
        "link": link,
        "score": score(result.score) if is_read else "–",
        "cells": [_cell(by_name.get(name)) if is_read else None for name in names],
        "notes": [(kind, LOOKS[kind]) for kind in kinds],
    }


def _cell(part: StoredPart | None) -> View | None:
    if part is None:
        return None
    state = part.state
    return {
        "look": wording.LOOKS[state],
        "state": state,
        "score": "–" if state is State.UNCHECKED else score(part.score),
    }


def data_of(rows: Sequence[View], texts: Catalog) -> View:
    """All rows for the script: what each shows, in as few characters as will do."""
    states, kinds = list(State), list(LOOKS)
    looks = [wording.LOOKS[state] for state in states]
    words = [texts.say(f"state.word.{state}") for state in states]
    return {
        "states": [(look.icon, look.style, word) for look, word in zip(looks, words, strict=True)],
        "kinds": [(LOOKS[k].icon, LOOKS[k].style, texts.say(f"staff.{k}")) for k in kinds],
        "rows": [
            (
                row["link"]["text"],
                row["link"]["nobody"],
                row["link"]["href"],
                row["link"]["number"],
                row["score"],
                [kinds.index(kind) for kind, _ in row["notes"]],
                [
                    (states.index(cell["state"]), cell["score"]) if cell else 0
                    for cell in row["cells"]
                ],
                row["filters"],
            )
            for row in rows
        ],
    }
