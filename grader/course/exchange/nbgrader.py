"""Marks into nbgrader's `gradebook.db`, through nbgrader itself, and manual scores out of it.

nbgrader is an extra of its own and is imported when it is needed. Its `Gradebook` calls the program
`alembic` by name and commits after each row, so it works on a copy, which is checked by plain SQL
before the file takes it over.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader import atomic
from grader.catalog import Text, say
from grader.course.exchange import nbgrader_check, nbgrader_file
from grader.course.exchange.nbgrader_fill import Filled, check_rows, fill, is_name
from grader.course.exchange.nbgrader_read import read_gradebook
from grader.course.exchange.nbgrader_rows import NbAssignment, NbRow, Written
from grader.errors import SandboxError, UsageError
from grader.safe_text import NAME_LIMIT, visible

__all__ = ["read_gradebook", "write_gradebook"]

DEFAULT_COURSE = "default_course"
_MISSING = 'nbgrader: is not installed; run pip install "jax-exercise-grader[nbgrader]"'


def write_gradebook(db: Path, assignment: NbAssignment, rows: Sequence[NbRow]) -> Written:
    """Write an assignment and the students' points into a gradebook, made where there is none.

    What else is in it stays, so do manual scores that a person entered there: they are in `kept`.
    Running it again changes nothing. Raises UsageError, and leaves the file as it was.
    """
    check_rows(assignment, rows)
    taken = [row for row in rows if is_name(row.student)]
    refused = tuple(
        say("course.nbgrader.refused", student=_named(row.student))
        for row in rows
        if not is_name(row.student)
    )
    api = _api()
    with TemporaryDirectory(prefix="grader-nbgrader-") as folder:
        copy = Path(folder) / "gradebook.db"
        is_new = not os.path.lexists(db)
        work = _new if is_new else _existing
        filled, changed = work(db, copy, (assignment, taken), api)
    submitted = [row for row in taken if row.parts or row.started_at is not None]
    return Written(
        is_new=is_new,
        students=len(submitted),
        changed=changed,
        kept=tuple(filled.kept),
        notes=(*refused, *filled.notes),
    )


def _named(student: str) -> Text:
    return visible(student, NAME_LIMIT) or say("course.nbgrader.no_id")


Wanted = tuple[NbAssignment, Sequence[NbRow]]


def _new(db: Path, copy: Path, wanted: Wanted, api: Any) -> tuple[Filled, int]:
    course = wanted[0].course or DEFAULT_COURSE
    filled = _filled(copy, course, wanted, api)
    with nbgrader_file.opened(copy, is_written=False) as connection:
        _check(connection, wanted, filled, db)
        changed = sum(
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in nbgrader_file.TABLES
        )
    atomic.write(db, copy.read_bytes())
    return filled, changed


def _existing(db: Path, copy: Path, wanted: Wanted, api: Any) -> tuple[Filled, int]:
    where = nbgrader_file.shown(db)
    with nbgrader_file.opened(db, is_written=True) as target:
        version = nbgrader_file.snapshot(target, copy)
        filled = _filled(copy, _course(target, wanted[0], where), wanted, api)
        with nbgrader_file.taking_over(target, copy, version, where):
            if nbgrader_check.others_changed(target, *wanted):
                raise SandboxError(f"{where}: other rows would change; nothing was written")
            changed = nbgrader_file.take_over(target)
            _check(target, wanted, filled, db)
    return filled, changed


def _course(target: sqlite3.Connection, assignment: NbAssignment, where: str) -> str:
    """The name of the course, at nbgrader, that the assignment is in or gets into."""
    found = target.execute("SELECT course_id FROM assignment WHERE name = ?", (assignment.name,))
    courses = [str(one) for (one,) in found]
    courses = courses or [str(one) for (one,) in target.execute("SELECT id FROM course")]
    if assignment.course and (assignment.course in courses or not courses):
        return assignment.course
    if len(courses) > 1 or assignment.course:
        listed = visible(", ".join(sorted(courses)))
        raise UsageError(f"{where}: is of the course {listed}; name that course, or another file")
    return courses[0] if courses else DEFAULT_COURSE


def _check(connection: sqlite3.Connection, wanted: Wanted, filled: Filled, db: Path) -> None:
    """Raise SandboxError unless the gradebook has what was to be written."""
    wrong = [*nbgrader_check.differences(connection, *wanted, filled.kept)]
    if wrong:
        where = nbgrader_file.shown(db)
        raise SandboxError(f"{where}: did not take {visible(wrong[0])}; nothing was written")


# nbgrader ----------------------------------------------------------------------------------


def _api() -> Any:
    """The module of nbgrader's gradebook."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nbgrader import api  # noqa: PLC0415  (an extra, and slow to import)
    except ImportError as error:
        raise UsageError(_MISSING) from error
    return api


def _filled(copy: Path, course: str, wanted: Wanted, api: Any) -> Filled:
    """What nbgrader wrote into the copy. Raises UsageError with what it says against it."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  (comes with nbgrader)

    try:
        with _programs_found(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with api.Gradebook(f"sqlite:///{copy}", course_id=course) as gradebook:
                return fill(gradebook, *wanted)
    except (ValueError, OSError, subprocess.SubprocessError, SQLAlchemyError) as error:
        said = visible(str(error))
        raise UsageError(f"nbgrader: {said}; nothing was written") from error


@contextmanager
def _programs_found() -> Iterator[None]:
    """`PATH` with the programs of this environment first, `alembic` among them."""
    before = os.environ.get("PATH")
    scripts = sysconfig.get_path("scripts")
    os.environ["PATH"] = os.pathsep.join(filter(None, (scripts, before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before
