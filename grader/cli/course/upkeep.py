"""`grader course log`, `verify`, `backup`, `restore`, `migrate` and `forget`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.course.opening import (
    add_verb,
    count,
    is_confirmed,
    opened,
    print_json,
    texts_of,
)
from grader.cli.course.tables import print_table
from grader.cli.exit_codes import NOT_REACHED, REACHED, UNUSABLE
from grader.cli.terminal import show, tell
from grader.safe_text import visible

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.records.courses import Home


def add_upkeep(verbs: Any) -> None:
    """Add the verbs."""
    log = add_verb(
        verbs,
        "log",
        summary="show who changed what, and when",
        description="Show the log of the course, the latest changes last.",
        example="grader course log --student alice",
        run=_log,
        is_shown=True,
    )
    log.add_argument("--student", metavar="STUDENT", help="only what concerns this one")
    log.add_argument("--last", type=count, default=50, metavar="N", help="so many (default: 50)")
    verify = add_verb(
        verbs,
        "verify",
        summary="check that nothing is missing or was changed",
        description=(
            "Check the log, the bytes of all submissions, the numbers of attempts, and that each "
            "job has one result."
        ),
        example="grader course verify",
        run=_verify,
        is_shown=True,
    )
    del verify
    backup = add_verb(
        verbs,
        "backup",
        summary="copy the course to a file",
        description="Copy the course's database to a file, also while something writes.",
        example="grader course backup backups/march.db",
        run=_backup,
        missing={"FILE": "name the file to write: grader course backup FILE"},
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="file to write")
    restore = add_verb(
        verbs,
        "restore",
        summary="replace the course with a backup",
        description="Replace the course's database with a backup. What was there before is kept.",
        example="grader course restore backups/march.db",
        run=_restore,
        missing={"FILE": "name a backup: grader course restore FILE"},
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="backup")
    add_verb(
        verbs,
        "migrate",
        summary="bring the database up to date",
        description="Bring the database up to date with this version, after a backup.",
        example="grader course migrate",
        run=_migrate,
    )
    forget = add_verb(
        verbs,
        "forget",
        summary="erase a student's name and submissions",
        description=(
            "Erase a student's name, addresses, submissions, and reports; numbers stay. It cannot "
            "be undone."
        ),
        example="grader course forget alice",
        run=_forget,
        missing={"STUDENT": "name a student"},
    )
    forget.add_argument("student", metavar="STUDENT", help="ID, number, address, or name")


def _log(options: argparse.Namespace) -> int:
    with opened(options) as (course, _):
        from grader.course.operations import history

        rows = history.events(options.student, last=options.last)
        if options.json:
            print_json([history.as_data(row) for row in rows])
        elif rows:
            print_table(
                ("time", "who", "via", "what", "of", "detail"),
                [history.as_line(row, course.zone) for row in rows],
                texts=texts_of(options),
            )
        else:
            show(texts_of(options).say("course.log_empty") + "\n", sys.stdout)
    return REACHED


def _verify(options: argparse.Namespace) -> int:
    with opened(options) as _:
        from grader.course.records import verify

        found = list(verify.problems())
        counts = verify.counts()
    if options.json:
        print_json({"problems": found, **counts})
    else:
        for line in found:
            tell(line)
        said = texts_of(options).say("course.not_sound" if found else "course.sound", **counts)
        show(said + "\n", sys.stdout)
    return NOT_REACHED if found else REACHED


def _backup(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.records import backup

        size = backup.write(course.home, options.file, actor)
    said = texts_of(options).say("course.backup", file=_shown(options.file), size=_mib(size))
    show(said + "\n", sys.stdout)
    return REACHED


def _shown(file: Path) -> str:
    return visible(str(file), limit=300)


def _mib(size: int) -> str:
    return f"{size / 1024**2:.1f}"


def _restore(options: argparse.Namespace) -> int:
    from grader.course.records import connection, courses

    home = courses.find(options.course)
    connection.connect(home.database)
    from grader.course.records import backup

    texts = _texts_at(options, home)
    told = texts.tell(backup.looked_at(options.file))
    show(f"{_shown(options.file)}: {told}\n", sys.stdout)
    if not is_confirmed(
        options, texts.say("course.restore_ask", database=home.database.shown), is_required=True
    ):
        return UNUSABLE
    kept = backup.restore(home, options.file)
    with opened(options) as (_, actor):
        backup.note_restored(actor, options.file)
    said = texts.say("course.restored", file=visible(kept, limit=300))
    show((said if kept else texts.say("course.restored_only")) + "\n", sys.stdout)
    return REACHED


def _migrate(options: argparse.Namespace) -> int:
    from grader.course.records import connection, courses

    home = courses.find(options.course)
    connection.connect(home.database)
    from grader.course.records import backup

    done = backup.migrate(home, options.by or courses.user_name())
    show(_texts_at(options, home).tell(done) + "\n", sys.stdout)
    return REACHED


def _texts_at(options: argparse.Namespace, home: Home) -> Catalog:
    """The texts for a course that is not open: in the language of its `course.toml`."""
    from grader.course.records import courses

    if options.lang is None and home.folder is not None:
        options.lang = courses.settings_of(home.folder / courses.SETTINGS).lang
    return texts_of(options)


def _forget(options: argparse.Namespace) -> int:
    with opened(options) as (_, actor):
        from grader.course.operations import people
        from grader.course.records import forget

        row = people.find(options.student)
        texts = texts_of(options)
        if not is_confirmed(
            options, texts.say("course.forget_ask", student=row.student), is_required=True
        ):
            return UNUSABLE
        done = forget.forget(row, actor)
    show(texts.say("course.forgotten", n=done) + "\n", sys.stdout)
    return REACHED
