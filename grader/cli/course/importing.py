"""`grader course import nbgrader`: manual scores taken over."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.course.opening import (
    REFUSED,
    add_assignment,
    add_verb,
    is_confirmed,
    opened,
    points,
    print_json,
    texts_of,
)
from grader.cli.course.tables import print_table
from grader.cli.exit_codes import REACHED, UNUSABLE
from grader.cli.terminal import show, tell

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.operations.manual_scores import Change


def add_nbgrader(kinds: Any, name: str) -> None:
    """Add `import nbgrader`."""
    parser = add_verb(
        kinds,
        name,
        summary="manual scores and comments from nbgrader's gradebook.db",
        description=(
            "Take over the manual scores and comments that people entered in nbgrader: scores "
            "become overrides of parts. What is so already changes nothing."
        ),
        example="grader course import nbgrader gradebook.db -a kmeans",
        run=_nbgrader,
        missing={"DB": "name a gradebook.db"},
        is_shown=True,
    )
    parser.add_argument("db", type=Path, metavar="DB", help="gradebook.db")
    add_assignment(parser)


def _nbgrader(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, manual_scores

        assignment = assignments.the_only(options.assignment)
        found = manual_scores.read(options.db, assignment, course.zone)
        texts = texts_of(options)
        for line in found.notes:
            tell(texts.tell(line))
        done = REFUSED if found.notes else REACHED
        if not options.json:
            _preview(found.changes, texts)
        is_wanted = not found.changes or is_confirmed(options, texts.say("course.take_over"))
        if is_wanted and found.changes:
            manual_scores.take(found, assignment, actor)
            if not options.json:
                show(texts.say("course.taken_over") + "\n", sys.stdout)
    if options.json:
        print_json([_as_data(one) for one in found.changes])
    return done if is_wanted else UNUSABLE


def _as_data(one: Change) -> dict[str, Any]:
    return {
        "student": one.enrolment.student,
        "part": one.part,
        "kind": str(one.kind) if one.value_mp is not None else "comment",
        "old": None if one.before_mp is None else one.before_mp / 1000,
        "new": None if one.value_mp is None else one.value_mp / 1000,
        "comment": one.comment,
    }


def _preview(changes: tuple[Change, ...], texts: Catalog) -> None:
    if not changes:
        show(texts.say("course.nothing_new") + "\n", sys.stdout)
        return
    scores = sum(one.value_mp is not None for one in changes)
    replaced = sum(one.is_replacing for one in changes)
    counts = {
        "scores": texts.say("course.n_scores", n=scores),
        "comments": texts.say("course.n_comments", n=len(changes) - scores),
    }
    show(texts.say("course.import_preview", **counts, n=replaced) + "\n", sys.stdout)
    print_table(
        ("student", "part", "old", "new", "comment"),
        [
            (
                one.enrolment.student,
                one.part,
                points(one.before_mp) if one.value_mp is not None else "",
                _new(one),
                one.comment,
            )
            for one in changes
        ],
        right="old new",
        texts=texts,
    )


def _new(one: Change) -> str:
    """The points, with a plus sign where they are added."""
    sign = "+" if one.kind == "add" and (one.value_mp or 0) > 0 else ""
    return sign + points(one.value_mp)
