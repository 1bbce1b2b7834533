"""What needs a person in a class, a group for each kind: who, what happened, what to do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from grader.catalog import Catalog
from grader.report import wording
from grader.report.attention import LOOKS, Attention
from grader.report.numbers import score
from grader.report.tally import CheckTally, OpenTally
from grader.results import State
from grader.safe_text import NAME_LIMIT, visible

View = dict[str, Any]

_MOST_TOLD, _MOST_NAMED = 5, 16
"""So many of a group are seen at once, with and without a reason of their own; then the rest."""
_MOST_IN_COMMAND = 3
_LONGEST_RUBRIC = 4000
_AGAIN = frozenset({"crashed"})
"""Kinds that are graded again only where that is asked for by the student's ID."""


def groups_of(
    troubles: Sequence[Attention], links: Mapping[str, View], texts: Catalog
) -> tuple[list[View], list[View]]:
    """The groups that somebody has to do something about, and those that are for information."""
    to_do: list[View] = []
    known: list[View] = []
    for kind in LOOKS:
        items = [item for item in troubles if item.kind == kind]
        if items:
            (known if items[0].is_information else to_do).append(_group(items, links, texts))
    return to_do, known


def _group(items: Sequence[Attention], links: Mapping[str, View], texts: Catalog) -> View:
    kind = items[0].kind
    reasons = {item.happened for item in items}
    is_same = len(reasons) == 1
    students = [item.student for item in items]
    entries = [
        {"student": links[item.student], "text": "" if is_same else item.happened} for item in items
    ]
    return {
        **_heading(LOOKS[kind], kind, len(items), texts),
        "said": items[0].happened if is_same else "",
        "is_named": is_same,
        **_folded(entries, _MOST_NAMED if is_same else _MOST_TOLD),
        "filter": kind,
        "command": _command(students) if kind in _AGAIN else "",
        "names": [visible(student, NAME_LIMIT) for student in students],
    }


def unsound_group(sentences: Sequence[str], texts: Catalog) -> View:
    """The group of what the controls of a run show: no point of the class can be used."""
    entries = [{"student": None, "text": text, "filter": ""} for text in sentences]
    return _of_no_student(LOOKS["crashed"], "unsound", entries, texts)


def review_group(checks: Sequence[tuple[str, CheckTally]], texts: Catalog) -> View:
    """The group of checks that so few pass that they may be at fault, with their filters."""
    entries = []
    for filter_id, check in checks:
        name = visible(check.name, NAME_LIMIT)
        part = texts.say("student.part", number=check.part)
        said = texts.say("staff.review_text", passed=check.passed, n=check.n, check=name)
        text = f"{part}: {said}"
        entries.append(
            {"student": None, "text": text, "filter": filter_id, "is_own": False, "more": ""}
        )
    return _of_no_student(wording.LOOKS[State.UNCHECKED], "review", entries, texts)


def open_group(checks: Sequence[tuple[str, OpenTally, str]], texts: Catalog) -> View:
    """The group of checks that a person has to decide, with their filters and rubrics."""
    entries = []
    for filter_id, check, rubric in checks:
        name = visible(check.title, NAME_LIMIT)
        wanted = visible(rubric, _LONGEST_RUBRIC, keep_lines=True)
        part = texts.say("student.part", number=check.part)
        students = len(check.students)
        said = texts.say("staff.open_text", n=students, check=name, count=score(check.points))
        entries.append(
            {
                "student": None,
                "text": f"{part}: {said}",
                "filter": filter_id,
                "is_own": True,
                "more": texts.say("staff.rubric", text=wanted) if wanted else "",
            }
        )
    return _of_no_student(wording.LOOKS[State.OPEN], "open", entries, texts)


def _of_no_student(look: wording.Look, kind: str, entries: Sequence[View], texts: Catalog) -> View:
    return {
        **_heading(look, kind, len(entries), texts),
        **_folded(entries, _MOST_TOLD),
        "said": "",
        "is_named": False,
        "filter": "",
        "command": "",
        "names": (),
    }


def _heading(look: wording.Look, kind: str, count: int, texts: Catalog) -> View:
    return {
        "look": look,
        "word": texts.say(f"staff.{kind}"),
        "action": texts.say(f"staff.{kind}_do", n=count),
        "count": count,
    }


def _folded(entries: Sequence[View], most: int) -> View:
    """The first entries, and the rest; one alone is not folded away."""
    most = len(entries) if len(entries) <= most + 1 else most
    return {"shown": entries[:most], "rest": entries[most:]}


def _command(students: Sequence[str]) -> str:
    """The options that grade these again; of many the first, to be completed."""
    named = [f"--only {shlex.quote(visible(s, NAME_LIMIT))}" for s in students[:_MOST_IN_COMMAND]]
    return " ".join(named) + (" …" if len(students) > _MOST_IN_COMMAND else "")
