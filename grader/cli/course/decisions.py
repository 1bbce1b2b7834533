"""`grader course mark`, `excuse`, `revoke`, `comment`, `extend`, `choose`: what people decide."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from grader.cli.course.opening import (
    REFUSED,
    add_assignment,
    add_verb,
    count,
    is_confirmed,
    mp,
    opened,
    points,
    texts_of,
)
from grader.cli.exit_codes import REACHED, UNUSABLE
from grader.cli.terminal import show, tell
from grader.errors import UsageError
from grader.safe_text import visible

_REASON = {"--reason": "say why, for those who read the log: --reason TEXT"}


def add_decisions(verbs: Any) -> None:
    """Add the verbs."""
    mark = add_verb(
        verbs,
        "mark",
        summary="set points by hand",
        description=(
            "Set the points of a part, or the total. They count until they are revoked, whatever "
            "is submitted or graded again. A total is final; lateness is still taken off the "
            "points of a part."
        ),
        example="grader course mark alice 18 -a kmeans --part init --reason 'counted by hand'",
        run=_mark,
        missing={
            "STUDENT": "name a student and the points, or a table with --csv FILE",
            "-a/--assignment": "name an assignment: -a NAME",
        },
    )
    mark.add_argument("student", nargs="?", metavar="STUDENT", help="ID, number, address, or name")
    mark.add_argument("value", nargs="?", metavar="VALUE", help="points")
    add_assignment(mark)
    mark.add_argument("--part", metavar="P", help="a part (default: the total)")
    mark.add_argument("--check", metavar="C", default="", help="a check that a person decides")
    mark.add_argument("--reason", metavar="R", help="why, for those who read the log")
    mark.add_argument("--add", action="store_true", help="add the points to what was graded")
    mark.add_argument(
        "--late", choices=("apply", "ignore"), help="whether lateness is taken off the points"
    )
    mark.add_argument("--csv", type=Path, metavar="FILE", help="a table as to_mark.csv")
    excuse = add_verb(
        verbs,
        "excuse",
        summary="let an assignment not count for a student",
        description="Let an assignment not count for a student, until that is revoked.",
        example="grader course excuse alice -a kmeans --reason ill",
        run=_excuse,
        missing={"STUDENT": "name a student", **_REASON},
    )
    excuse.add_argument("student", metavar="STUDENT", help="ID, number, address, or name")
    add_assignment(excuse)
    excuse.add_argument("--reason", required=True, metavar="R", help="why")
    revoke = add_verb(
        verbs,
        "revoke",
        summary="end an override or an extension",
        description="End an override or an extension; what it was stays in the log.",
        example="grader course revoke abcd2345efgh67jk",
        run=_revoke,
        missing={"ID": "name what to end by its ID, which grader course log shows"},
    )
    revoke.add_argument("pid", metavar="ID", help="its ID")
    comment = add_verb(
        verbs,
        "comment",
        summary="write to a student about a submission",
        description="Write a comment about a student's latest submission.",
        example="grader course comment alice 'Please come to my office hour.' -a kmeans",
        run=_comment,
        missing={"STUDENT": "name a student", "TEXT": "write the comment"},
    )
    comment.add_argument("student", metavar="STUDENT", help="ID, number, address, or name")
    comment.add_argument("text", metavar="TEXT", help="plain text")
    add_assignment(comment)
    comment.add_argument("--part", metavar="P", help="about a part")
    comment.add_argument("--staff", action="store_true", help="for staff only")
    extend = add_verb(
        verbs,
        "extend",
        summary="set another due time for a student",
        description="Set another due time for a student, or for many from a CSV file.",
        example="grader course extend alice -a kmeans --due 2026-12-20T23:59 --reason ill",
        run=_extend,
        missing={"STUDENT": "name a student, or a table with --csv FILE"},
    )
    extend.add_argument(
        "student", nargs="?", metavar="STUDENT", help="ID, number, address, or name"
    )
    add_assignment(extend)
    extend.add_argument("--due", metavar="T", help="due time")
    extend.add_argument("--days", type=count, metavar="N", help="free late days for it")
    extend.add_argument("--exempt", action="store_true", help="lateness costs nothing")
    extend.add_argument("--reason", metavar="R", help="why")
    extend.add_argument(
        "--csv", type=Path, metavar="FILE", help="a table: student,assignment,due,reason"
    )
    choose = add_verb(
        verbs,
        "choose",
        summary="choose the attempt that counts",
        description="Choose the attempt that counts, of an assignment with --counts chosen.",
        example="grader course choose alice 2 -a kmeans",
        run=_choose,
        missing={"STUDENT": "name a student", "ATTEMPT": "name an attempt by its number"},
    )
    choose.add_argument("student", metavar="STUDENT", help="ID, number, address, or name")
    choose.add_argument("attempt", type=count, metavar="ATTEMPT", help="its number")
    add_assignment(choose)


def _mark(options: argparse.Namespace) -> int:
    if options.csv is not None:
        return _mark_table(options)
    if options.student is None or options.value is None:
        raise UsageError("mark: name a student and the points, or a table with --csv FILE")
    if options.reason is None:
        raise UsageError(f"mark: {_REASON['--reason']}")
    value_mp = _value(options.value)
    with opened(options) as (course, actor):
        from grader.course.gradebook.facts import LateRule, OverrideKind
        from grader.course.operations import assignments, decisions, ledger, people

        row, assignment = people.find(options.student), assignments.the_only(options.assignment)
        made = decisions.override(
            row,
            assignment,
            kind=OverrideKind.ADD if options.add else OverrideKind.SET,
            value_mp=value_mp,
            part=options.part,
            check=options.check,
            late=LateRule(options.late) if options.late else None,
            reason=options.reason,
            actor=actor,
        )
        counts = ledger.Ledger(zone=course.zone, student=row.id).entries(assignment.id)
    texts = texts_of(options)
    part = texts.say("course.what_part", part=options.part) if options.part else ""
    said = texts.say(
        "course.add" if options.add else "course.set",
        student=row.student,
        what=part or texts.say("course.what_total"),
        points=points(value_mp),
        rule=texts.say(f"course.rule_{made.late}"),
        id=made.pid,
    )
    _print(said)
    for one in counts:
        if one.mark.mark_mp is not None:
            got, most = points(one.mark.mark_mp), points(one.mark.max_mp)
            now = texts.say("course.now_counts", assignment=one.assignment, mark=got, max=most)
            tell(now)
    return REACHED


def _print(line: str) -> None:
    show(visible(line) + "\n", sys.stdout)


def _value(text: str) -> int:
    try:
        return mp(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"VALUE: {error}; change it") from None


def _mark_table(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.operations import assignments, marking

        assignment = assignments.the_only(options.assignment)
        table = marking.read(options.csv, assignment)
        changes = marking.changes(table, assignment)
        texts = texts_of(options)
        _print(texts.say("course.different", n=len(changes), file=table.file))
        if not changes:
            return REACHED
        if len(changes) > 1 and not is_confirmed(options, texts.say("course.apply_values")):
            return UNUSABLE
        marking.take(changes, assignment, actor)
    return REACHED


def _excuse(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.gradebook.facts import OverrideKind
        from grader.course.operations import assignments, decisions, people

        row = people.find(options.student)
        assignment = assignments.the_only(options.assignment)
        made = decisions.override(
            row,
            assignment,
            kind=OverrideKind.EXCUSE,
            value_mp=None,
            reason=options.reason,
            actor=actor,
        )
    of = {"student": row.student, "assignment": assignment.slug, "id": made.pid}
    _print(texts_of(options).say("course.excused_from", **of))
    return REACHED


def _revoke(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.operations import decisions

        done = decisions.revoke(options.pid, actor)
    _print(texts_of(options).tell(done))
    return REACHED


def _comment(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.operations import assignments, decisions, people

        row = people.find(options.student)
        assignment = assignments.the_only(options.assignment)
        decisions.comment(
            row,
            assignment,
            text=options.text,
            part=options.part,
            is_staff=options.staff,
            actor=actor,
        )
    of = {"student": row.student, "assignment": assignment.slug}
    _print(texts_of(options).say("course.commented", **of))
    return REACHED


def _extend(options: argparse.Namespace) -> int:
    from grader.course.gradebook.times import local_text, parse_time

    if options.csv is not None:
        return _extend_table(options)
    if options.student is None:
        raise UsageError("extend: name a student, or a table with --csv FILE")
    if options.reason is None:
        raise UsageError(f"extend: {_REASON['--reason']}")
    if options.due is None and options.days is None and not options.exempt:
        raise UsageError("extend: say until when: --due T, --days N, or --exempt")
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, decisions, people

        row = people.find(options.student)
        due = parse_time(options.due, course.zone, where="--due") if options.due else None
        made = decisions.extend(
            row,
            assignments.the_only(options.assignment),
            due_at=due,
            late_days=options.days,
            is_exempt=options.exempt,
            reason=options.reason,
            actor=actor,
        )
    texts, of = texts_of(options), {"student": row.student, "id": made.pid}
    if due is not None:
        _print(texts.say("course.extended_due", **of, due=local_text(due, course.zone)))
    else:
        _print(texts.say("course.extended", **of))
    return REACHED


def _extend_table(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.operations import extensions

        rows, refused = extensions.read(options.csv, course.zone, options.assignment)
        for line in refused:
            tell(line)
        texts = texts_of(options)
        _print(texts.say("course.extensions", n=len(rows)))
        if len(rows) > 1 and not is_confirmed(options, texts.say("course.apply_extensions")):
            return UNUSABLE
        extensions.take(rows, actor)
    return REFUSED if refused else REACHED


def _choose(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.operations import assignments, decisions, people

        row = people.find(options.student)
        assignment = assignments.the_only(options.assignment)
        decisions.choose(row, assignment, options.attempt, actor)
        counts = assignments.schedule_of(assignment).counts
    texts = texts_of(options)
    if counts != "chosen":
        tell(texts.say(f"course.counts_{counts}", assignment=assignment.slug))
    _print(texts.say("course.chosen", student=row.student, attempt=options.attempt))
    return REACHED
