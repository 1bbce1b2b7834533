"""`grader course regrade`, `publish` and `withhold`: what counts, and what students may see."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import seed
from grader.cli.course.opening import (
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
from grader.cli.parser import listed
from grader.cli.terminal import show, tell
from grader.safe_text import visible

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.gradebook.previews import Preview
    from grader.course.operations.campaigns import Seen

MOST_NAMED = 5


def add_regrade(verbs: Any) -> None:
    """Add the verbs."""
    parser = add_verb(
        verbs,
        "regrade",
        summary="grade again, look at what would change, then apply it or not",
        description=(
            "Grade again what counts: nothing changes before it is applied. start queues it, show "
            "lists old and new, apply and discard decide, undo takes an applied one back."
        ),
        example="grader course regrade start -a kmeans --note 'a check was wrong'",
        run=_regrade,
        missing={"STEP": "say what to do: start, show, apply, discard, or undo"},
        is_shown=True,
    )
    parser.add_argument(
        "step",
        type=_step,
        metavar="STEP",
        help="start, show, apply, discard, or undo",
    )
    parser.add_argument("pid", nargs="?", metavar="ID", help="a regrade (default: the latest)")
    add_assignment(parser)
    parser.add_argument("--student", metavar="STUDENT", help="start: only this one")
    parser.add_argument("--seed", type=seed, metavar="N", help="start: seed for hidden test cases")
    parser.add_argument(
        "--note", default="", metavar="T", help="start: what students read about it"
    )
    parser.add_argument("--only-up", action="store_true", help="apply: only where marks go up")
    for name, summary in (
        ("publish", "let students see the marks"),
        ("withhold", "take back that students see the marks"),
    ):
        verb = add_verb(
            verbs,
            name,
            summary=summary,
            description=f"{summary[0].upper()}{summary[1:]} of an assignment, from now on.",
            example=f"grader course {name} -a kmeans",
            run=_publish,
        )
        add_assignment(verb)
        verb.set_defaults(verb=name)


def _step(text: str) -> str:
    if text not in _STEPS:
        msg = f"expected {listed(_STEPS)}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text


def _regrade(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        return int(_STEPS[options.step](options, course, actor))


def _start(options: argparse.Namespace, course: Any, actor: Any) -> int:
    from grader.course.operations import assignments, campaigns, people

    student = people.find(options.student) if options.student else None
    done = campaigns.start(
        assignments.the_only(options.assignment),
        course.zone,
        actor=actor,
        student=student,
        seed=options.seed,
        note=options.note,
    )
    texts = texts_of(options)
    _say(texts.say("course.regrade_started", n=done.jobs, id=done.pid, seed=done.seed))
    _say(texts.say("course.regrade_next"))
    return REACHED


def _say(line: str) -> None:
    show(visible(line) + "\n", sys.stdout)


def _found(options: argparse.Namespace, *states: str) -> Any:
    from grader.course.operations import assignments, campaigns

    of = assignments.find(options.assignment) if options.assignment else None
    return campaigns.find(options.pid, of, *states)


def _show(options: argparse.Namespace, course: Any, actor: Any) -> int:
    from grader.course.operations import campaigns

    del actor
    known = campaigns.seen(_found(options), course.zone)
    if options.json:
        print_json(_as_data(known))
    else:
        _print(known, texts_of(options))
    return REACHED


def _print(known: Seen, texts: Catalog) -> None:
    campaign, seen = known.campaign, known.preview
    said = texts.say(
        "course.regrade",
        id=campaign.pid,
        assignment=campaign.assignment.slug,
        release=campaign.release.n,
        state=texts.say(f"course.state.{campaign.state}"),
    )
    _say(said)
    counts = {"down": seen.n_down, "up": seen.n_up, "same": seen.n_same}
    _say(texts.say("course.regrade_counts", **counts))
    if known.waiting:
        _say(texts.say("course.regrade_waiting", n=known.waiting))
    _print_changes(seen, texts)
    if known.failed:
        listed = ", ".join(known.failed[:MOST_NAMED]) + (" …" if known.failed[MOST_NAMED:] else "")
        tell(texts.say("course.regrade_failed", students=listed))


def _print_changes(seen: Preview, texts: Catalog) -> None:
    changed = [row for row in seen.rows if row.change != "same" or row.raw_change != "same"]
    if changed:
        print_table(
            ("student", "old", "new", "mark", "then", "change"),
            [
                (
                    row.student,
                    points(row.raw_before_mp),
                    points(row.raw_after_mp),
                    points(row.mark_before_mp),
                    points(row.mark_after_mp),
                    texts.say(
                        "course.change.overridden"
                        if row.is_hidden
                        else f"course.change.{row.change}"
                    ),
                )
                for row in changed
            ],
            right="old new mark then",
            texts=texts,
        )
    parts = [part for part in seen.parts if part.n_up or part.n_down]
    if parts:
        print_table(
            ("part", "up", "down", "same"),
            [(part.name, str(part.n_up), str(part.n_down), str(part.n_same)) for part in parts],
            right="up down same",
            texts=texts,
        )


def _as_data(known: Seen) -> dict[str, Any]:
    campaign, seen = known.campaign, known.preview

    def number(value_mp: int | None) -> float | None:
        return None if value_mp is None else value_mp / 1000

    return {
        "id": campaign.pid,
        "assignment": campaign.assignment.slug,
        "release": campaign.release.n,
        "state": campaign.state,
        "waiting": known.waiting,
        "failed": list(known.failed),
        "up": seen.n_up,
        "down": seen.n_down,
        "same": seen.n_same,
        "rows": [
            {
                "student": row.student,
                "old": number(row.raw_before_mp),
                "new": number(row.raw_after_mp),
                "mark_before": number(row.mark_before_mp),
                "mark_after": number(row.mark_after_mp),
                "change": str(row.change),
                "overridden": row.is_hidden,
            }
            for row in seen.rows
        ],
        "parts": [
            {"name": part.name, "up": part.n_up, "down": part.n_down, "same": part.n_same}
            for part in seen.parts
        ],
    }


def _apply(options: argparse.Namespace, course: Any, actor: Any) -> int:
    from grader.course.operations import campaigns

    campaign = _found(options, campaigns.RUNNING, campaigns.READY)
    known = campaigns.seen(campaign, course.zone)
    texts = texts_of(options)
    if not known.waiting:
        if not options.json:
            _print(known, texts)
        changes = known.preview.n_up + (0 if options.only_up else known.preview.n_down)
        if changes and not is_confirmed(options, texts.say("course.regrade_apply", n=changes)):
            return UNUSABLE
    count = campaigns.apply(campaign, course.zone, actor, is_only_up=options.only_up)
    _say(texts.say("course.regrade_applied", n=count))
    return REACHED


def _discard(options: argparse.Namespace, course: Any, actor: Any) -> int:
    from grader.course.operations import campaigns

    del course
    campaign = _found(options, campaigns.RUNNING, campaigns.READY)
    campaigns.discard(campaign, actor)
    _say(texts_of(options).say("course.regrade_discarded", id=campaign.pid))
    return REACHED


def _undo(options: argparse.Namespace, course: Any, actor: Any) -> int:
    from grader.course.operations import campaigns

    del course
    campaign = _found(options, campaigns.APPLIED)
    texts = texts_of(options)
    if not is_confirmed(options, texts.say("course.regrade_undo", id=campaign.pid)):
        return UNUSABLE
    count = campaigns.undo(campaign, actor)
    _say(texts.say("course.regrade_undone", n=count))
    return REACHED


_STEPS = {"start": _start, "show": _show, "apply": _apply, "discard": _discard, "undo": _undo}


def _publish(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, publishing

        texts, verb = texts_of(options), options.verb
        assignment = assignments.the_only(options.assignment)
        of, wanted = {"assignment": assignment.slug}, verb == "publish"
        if publishing.is_published(assignment) == wanted:
            _say(texts.say(f"course.{verb}_already", **of))
            return REACHED
        if wanted:
            before = publishing.preview(assignment, course.zone)
            _say(texts.say("course.publish_preview", **of, **asdict(before)))
        if not is_confirmed(options, texts.say(f"course.{verb}_ask", **of)):
            return UNUSABLE
        if wanted:
            publishing.publish(assignment, actor)
        else:
            publishing.withhold(assignment, actor)
    _say(texts.say(f"course.{verb}_done", **of))
    return REACHED
