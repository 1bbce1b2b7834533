"""`grader course new`, `add` and `roster`: what a course consists of."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import DEFAULT_TIMEOUT_S, seconds
from grader.cli.course.opening import add_verb, is_confirmed, opened, print_json, texts_of
from grader.cli.exit_codes import REACHED, UNUSABLE
from grader.cli.terminal import show, tell
from grader.errors import UsageError
from grader.safe_text import visible

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.operations.assignments import Added
    from grader.course.operations.people import RosterPreview

MOST_LISTED = 20


def add_setup(verbs: Any) -> None:
    """Add the verbs."""
    new = add_verb(
        verbs,
        "new",
        summary="make a course",
        description="Make a course: a folder with a database and course.toml.",
        example="grader course new jax26 --title 'JAX 2026' --zone Europe/Berlin",
        run=_new,
        missing={"DIR": "name a folder for the course: grader course new DIR"},
    )
    new.add_argument("folder", type=Path, metavar="DIR", help="folder to make")
    new.add_argument("--title", default="", metavar="T", help="title (default: the folder's name)")
    new.add_argument(
        "--zone", default="UTC", metavar="ZONE", help="time zone of due times (default: UTC)"
    )
    new.add_argument(
        "--database", default="", metavar="URL", help="PostgreSQL URL (default: a file in DIR)"
    )
    add = add_verb(
        verbs,
        "add",
        summary="add an assignment, or its next release",
        description=(
            "Add an assignment, or change when it is due. Run it again after the assignment has "
            "changed: that makes the next release."
        ),
        example="grader course add kmeans --due 2026-12-14T23:59",
        run=_add,
        missing={"ASSIGNMENT": "name an assignment, a folder, or package.module:attribute"},
    )
    add.add_argument("name", metavar="ASSIGNMENT", help="as -a of grader check")
    for name in ("due", "opens", "closes"):
        add.add_argument(
            f"--{name}",
            metavar="T",
            help=f"when it {name.replace('due', 'is due')}, such as "
            "2026-12-14T23:59 on the course's clock",
        )
    add.add_argument(
        "--counts",
        choices=("latest", "best", "chosen"),
        help="which attempt counts (default: latest)",
    )
    add.add_argument(
        "--timeout",
        type=seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help=f"CPU seconds per submission (default: {DEFAULT_TIMEOUT_S:g})",
    )
    roster = add_verb(
        verbs,
        "roster",
        summary="take the people of a course from a file",
        description="Take the people of a course from a CSV file, after a preview of the changes.",
        example="grader course roster people.csv",
        run=_roster,
        missing={"FILE": "name a CSV file with the people of the course"},
        is_shown=True,
    )
    roster.add_argument("file", type=Path, metavar="FILE", help="CSV file")
    roster.add_argument(
        "--from",
        dest="kind",
        choices=("csv", "moodle", "canvas", "classroom50"),
        help="what wrote the file (default: detected)",
    )
    roster.add_argument(
        "--invite", action="store_true", help="print an invitation for each new one"
    )


def _new(options: argparse.Namespace) -> int:
    from grader.course.records import connection, courses

    home = courses.make(
        options.folder,
        title=options.title,
        zone=options.zone,
        database=options.database,
        lang=options.lang or "en",
    )
    from grader.course.operations import people
    from grader.course.records.events import Actor, record

    actor = Actor(name=options.by or courses.user_name())
    with connection.told(home.database), connection.writing():
        record(actor, "course", options.folder.name or "course", {"title": options.title})
        token = people.invite(people.INSTRUCTOR)
    connection.close()
    texts, folder = texts_of(options), visible(str(options.folder), limit=300)
    lines = (
        texts.say("course.made", folder=folder, zone=options.zone),
        texts.say("course.invitation", days=people.INVITED_DAYS, token=token),
    )
    show("\n".join([*lines, ""]), sys.stdout)
    return REACHED


def _add(options: argparse.Namespace) -> int:
    from grader.course.gradebook.facts import Counts
    from grader.course.gradebook.times import parse_time

    with opened(options) as (course, actor):
        from grader.course.operations import assignments

        given = {
            f"{name}_at": parse_time(text, course.zone, where=f"--{name}")
            for name in ("opens", "due", "closes")
            if (text := getattr(options, name)) is not None
        }
        counts = Counts(options.counts) if options.counts else None
        times = assignments.Times(counts=counts, **given)
        done = assignments.add(
            options.name, times, actor, timeout_s=options.timeout, lang=course.lang
        )
    _print_added(done, texts_of(options))
    return REACHED


def _print_added(done: Added, texts: Catalog) -> None:
    of = {"assignment": done.slug, "release": done.release}
    if done.is_new:
        lines = [texts.say("course.added", **of)]
    elif done.is_new_release:
        lines = [texts.say("course.released", **of)]
    elif done.is_new_schedule:
        lines = [texts.say("course.scheduled", **of)]
    else:
        lines = [texts.say("course.same", **of)]
    if done.older and done.is_new_release:
        lines.append(texts.say("course.older", n=done.older, assignment=done.slug))
    show("\n".join([*lines, ""]), sys.stdout)


def _roster(options: argparse.Namespace) -> int:
    from grader.course.exchange.rosters import read_roster

    shown = visible(str(options.file), limit=300)
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}; name a CSV file") from error
    roster = read_roster(data, options.kind, file=shown)
    with opened(options) as (_, actor):
        from grader.course.operations import people

        texts = texts_of(options)
        preview = people.roster_preview(roster)
        if options.json:
            print_json(_as_data(preview))
        else:
            show(_preview_text(preview, texts), sys.stdout)
        if not (preview.new or preview.is_asked):
            return REACHED
        if preview.is_asked and not is_confirmed(
            options, texts.say("course.apply_roster"), is_required=True
        ):
            return UNUSABLE
        added = people.take_roster(preview, actor)
        if options.invite:
            from grader.course.records.connection import writing

            with writing():
                links = [(row, people.invite(row.role, row)) for row in added]
            for row, token in links:
                show(visible(f"{row.student},{row.person.email},{token}") + "\n", sys.stdout)
    tell(texts.say("course.people", n=len(roster)))
    return REACHED


def _as_data(preview: RosterPreview) -> dict[str, Any]:
    return {
        "new": [one.student for one in preview.new],
        "changed": {
            one.student: {what: [before, after] for what, before, after in one.what}
            for one in preview.changed
        },
        "gone": list(preview.gone),
        "same": preview.same,
    }


def _preview_text(preview: RosterPreview, texts: Catalog) -> str:
    counts = {name: len(getattr(preview, name)) for name in ("new", "changed", "gone")}
    lines = [texts.say("course.roster", **counts, same=preview.same)]
    lines += [f"  + {one.student}  {one.name}" for one in preview.new[:MOST_LISTED]]
    if len(preview.new) > MOST_LISTED:
        lines.append("  + " + texts.say("course.more", n=len(preview.new) - MOST_LISTED))
    for one in preview.changed:
        what = "; ".join(_change(*change, texts) for change in one.what)
        lines.append(f"  ~ {one.student}  {what}")
    lines += [f"  - {student}" for student in preview.gone]
    return "\n".join([*map(visible, lines), ""])


def _change(name: str, before: str, after: str, texts: Catalog) -> str:
    if name == "active":
        before, after = (texts.say(f"course.field.{one}") for one in (before, after))
    return texts.say(f"course.field.{name}") + f": {before or '–'} → {after}"
