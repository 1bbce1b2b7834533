"""`grader course export nbgrader`, `gradescope` and `classroom50`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from grader import atomic
from grader.cli.course.export_files import show_advice, tell_left, tell_written
from grader.cli.course.opening import REFUSED, add_assignment, add_verb, opened, texts_of
from grader.cli.exit_codes import REACHED
from grader.cli.terminal import show, tell
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_NAMES = {"gradescope": "Gradescope", "classroom50": "Classroom 50"}


def add_nbgrader(kinds: Any, name: str) -> None:
    """Add `export nbgrader`."""
    parser = add_verb(
        kinds,
        name,
        summary="points in nbgrader's gradebook.db",
        description=(
            "Write the points of each part into nbgrader's gradebook, through nbgrader itself. "
            "Manual scores and comments that people entered there stay."
        ),
        example="grader course export nbgrader gradebook.db -a kmeans",
        run=_nbgrader,
        missing={"DB": "name a gradebook.db; a new one is made"},
    )
    parser.add_argument("db", type=Path, metavar="DB", help="gradebook.db, made if it is not there")
    add_assignment(parser)


def add_service(kinds: Any, name: str) -> None:
    """Add `export gradescope` or `export classroom50`."""
    parser = add_verb(
        kinds,
        name,
        summary=f"a file for {_NAMES[name]} for each student",
        description=f"Write a file for each student as {_NAMES[name]} takes it, in a folder each.",
        example=f"grader course export {name} -a kmeans --out {name}",
        run=_service,
        missing={"--out": "name the folder to write: --out DIR"},
    )
    add_assignment(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.set_defaults(kind=name)


def _nbgrader(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, grade_rows, gradebooks, sending

        assignment = assignments.the_only(options.assignment)
        found = grade_rows.graded(assignment, course.zone)
        done = gradebooks.export(found, assignment, options.db, actor)
        advice = sending.open_points(found)
    texts, written = texts_of(options), done.written
    for line in written.notes:
        tell(texts.tell(line))
    tell_left(done.left, texts)
    db = _shown(options.db)
    if written.is_new:
        db = texts.say("course.gradebook_new", db=db)
    students = texts.say("course.n_students", n=written.students)
    said = texts.say("course.gradebook", db=db, students=students, n=written.changed)
    show(said + "\n", sys.stdout)
    show_advice(advice, texts)
    return REFUSED if done.left or written.notes else REACHED


def _service(options: argparse.Namespace) -> int:
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, exports, grade_rows, service_files

        assignment = assignments.the_only(options.assignment)
        found = grade_rows.graded(assignment, course.zone)
        made = service_files.service_files(found, assignment, kind=options.kind, lang=options.lang)
        _require_room(options.out, made.files)

        def write() -> None:
            for path, data in made.files.items():
                atomic.write(options.out / path, data)

        sending = made.sending
        exports.keep(
            kind=options.kind,
            assignment=assignment,
            rows=sending.rows,
            data=sending.data,
            params=sending.params,
            actor=actor,
            write=write,
        )
    texts = texts_of(options)
    tell_left(sending.left, texts)
    tell_written(options.out, texts, texts.say("course.n_files", n=sending.students))
    show_advice(sending.advice, texts)
    return REFUSED if sending.left else REACHED


def _require_room(out: Path, files: Collection[str]) -> None:
    """Raise UsageError where the folder has what would be taken for a part of the export."""
    try:
        is_file = out.exists() and not out.is_dir()
        there = [one for one in sorted(out.rglob("*")) if not one.is_dir() or one.is_symlink()]
    except OSError as error:
        raise UsageError(
            f"{_shown(out)}: cannot be read: {error.strerror}; name another folder"
        ) from error
    if is_file:
        raise UsageError(f"{_shown(out)}: is a file; name a folder")
    for one in there:
        path = one.relative_to(out).as_posix()
        if path not in files:
            shown = visible(path, NAME_LIMIT)
            raise UsageError(
                f"{_shown(out)}: has {shown}, which is not of this export; name a new folder"
            )


def _shown(path: Path) -> str:
    return visible(str(path), limit=300)
