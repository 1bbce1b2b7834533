"""`grader course marks` and `late`: what counts, and how lateness was computed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from grader.cli.course.opening import (
    add_verb,
    opened,
    points,
    print_json,
    texts_of,
)
from grader.cli.course.tables import print_table
from grader.cli.exit_codes import REACHED
from grader.cli.terminal import show, width
from grader.safe_text import visible, wrap

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.exchange.csv_table import MarkRow
    from grader.course.operations.ledger import Entry


def add_marks(verbs: Any) -> None:
    """Add the verbs."""
    marks = add_verb(
        verbs,
        "marks",
        summary="show what counts",
        description="Show what counts for each student now, or what counted at a time.",
        example="grader course marks -a kmeans --at 2026-03-01T12:00",
        run=_marks,
        is_shown=True,
    )
    marks.add_argument("-a", "--assignment", metavar="NAME", help="only this one (default: all)")
    marks.add_argument("--student", metavar="STUDENT", help="only this one")
    marks.add_argument("--at", metavar="T", help="what counted then (default: now)")
    marks.add_argument("--csv", action="store_true", help="print CSV")
    late = add_verb(
        verbs,
        "late",
        summary="show how lateness was computed",
        description="Show each step of how the lateness of a student was computed.",
        example="grader course late --explain alice",
        run=_late,
        missing={"--explain": "name a student: --explain STUDENT"},
        is_shown=True,
    )
    late.add_argument("--explain", metavar="STUDENT", required=True, help="whose lateness")


def _marks(options: argparse.Namespace) -> int:
    from grader.course.gradebook.times import parse_time

    with opened(options) as (course, _):
        from grader.course.operations import assignments, ledger, people

        of = assignments.find(options.assignment).id if options.assignment else None
        student = people.find(options.student).id if options.student else None
        at = (
            parse_time(options.at, course.zone, where="--at", end_of_day=True)
            if options.at
            else None
        )
        entries = ledger.Ledger(zone=course.zone, at=at, student=student).entries(of)
    if options.csv:
        from grader.course.exchange.csv_table import marks_csv
        from grader.course.operations.tables import mark_row

        show(marks_csv([mark_row(one) for one in entries]), sys.stdout)
    elif options.json:
        print_json([_as_data(one) for one in entries])
    elif entries:
        _print_marks(entries, texts_of(options))
    else:
        show(texts_of(options).say("course.no_marks") + "\n", sys.stdout)
    return REACHED


def _as_data(one: Entry) -> dict[str, Any]:
    from grader.course.operations.tables import mark_row

    row = mark_row(one)
    parts = [
        {
            "name": part.name,
            "auto": _float(part.auto_mp),
            "mark": _float(part.mark_mp),
            "max": _float(part.max_mp),
            "override": _float(part.override.value_mp) if part.override else None,
        }
        for part in one.mark.parts
    ]
    return {
        "student": row.student,
        "number": row.number,
        "name": row.name,
        "assignment": row.assignment,
        "attempt": row.attempt,
        "status": row.status,
        "raw": _float(row.raw_mp),
        "override": row.override,
        "late": _float(row.late_mp),
        "mark": _float(row.mark_mp),
        "max": _float(row.max_mp),
        "open": _float(row.open_mp),
        "parts": parts,
    }


def _float(value_mp: int | None) -> float | None:
    return None if value_mp is None else value_mp / 1000


def _print_marks(entries: list[Entry], texts: Catalog) -> None:
    from grader.course.operations.tables import mark_row

    rows = [mark_row(one) for one in entries]
    print_table(
        ("student", "name", "assignment", "attempt", "status", "raw", "late", "mark", "max"),
        [
            (
                row.student,
                row.name,
                row.assignment,
                "" if row.attempt is None else str(row.attempt),
                texts.say(f"course.status.{_state(row)}"),
                points(row.raw_mp),
                points(row.late_mp) if row.late_mp else "",
                points(row.mark_mp),
                points(row.max_mp),
            )
            for row in rows
        ],
        right="attempt raw late mark max",
        texts=texts,
    )
    waiting = sum(row.open_mp for row in rows)
    if waiting:
        show(texts.say("course.open", points=points(waiting)) + "\n", sys.stdout)


def _state(row: MarkRow) -> str:
    return row.override if row.override in {"excused", "void"} else row.status


def _late(options: argparse.Namespace) -> int:
    from grader.course.gradebook.explanation import explanation

    with opened(options) as (course, _):
        from grader.course.operations import ledger, people

        row = people.find(options.explain)
        entries = ledger.Ledger(zone=course.zone, student=row.id).entries()
    if options.json:
        print_json([_late_data(one) for one in entries])
        return REACHED
    lines = [f"{row.student}:"]
    for one in entries:
        steps = explanation(one.mark, course.zone, texts_of(options))
        lines += [one.assignment, *(line for step in steps for line in _indented(step))]
    show("\n".join([*map(visible, lines), ""]), sys.stdout)
    return REACHED


def _indented(step: str) -> list[str]:
    """A sentence below the assignment's name, wrapped on a terminal."""
    lines = wrap(step, width() - 4) if sys.stdout.isatty() else [step]
    return [f"  {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _late_data(one: Entry) -> dict[str, Any]:
    late = one.mark.late
    return {
        "assignment": one.assignment,
        "lose": float(late.lose) if late else 0.0,
        "days_late": late.days_late if late else 0,
        "days_used": late.days_used if late else 0,
        "late": _float(one.mark.late_mp),
        "steps": [step.data() for step in late.steps] if late else [],
    }
