"""A `gradebook.db` as a file: checked before anything is believed, copied, and filled in one go.

nbgrader's own code works on a copy. What it changed there is taken over into the file within one
transaction: a failure leaves the file as it was, and so does a change by somebody else meanwhile.
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

REVISION = "e43177bfe90b"
"""The schema of nbgrader 0.9, as alembic calls it."""
TABLES = {
    "course": "id",
    "student": "id first_name last_name email lms_user_id",
    "assignment": "id name duedate course_id",
    "notebook": "id name assignment_id kernelspec",
    "base_cell": "id name notebook_id type",
    "grade_cells": "id max_score cell_type",
    "solution_cells": "id",
    "task_cells": "id max_score cell_type",
    "source_cell": "id name cell_type locked source checksum notebook_id",
    "submitted_assignment": "id assignment_id student_id timestamp extension",
    "submitted_notebook": "id assignment_id notebook_id flagged late_submission_penalty",
    "grade": "id notebook_id cell_id auto_score manual_score extra_credit needs_manual_grade",
    "comment": "id notebook_id cell_id auto_comment manual_comment",
}
"""The tables of that schema with their columns."""
_MAGIC = b"SQLite format 3\0"
_PATIENCE_S = 5.0
_WRITE_BITS = 0o222


def shown(db: Path) -> str:
    """The path as messages show it."""
    return visible(str(db), limit=300)


def check_file(db: Path, *, is_written: bool) -> None:
    """Raise UsageError unless this is a file that may be a gradebook."""
    try:
        found = db.lstat() if is_written else db.stat()
    except OSError as error:
        raise UsageError(
            f"{shown(db)}: cannot be read: {error.strerror}; check the path"
        ) from error
    if stat.S_ISLNK(found.st_mode):
        raise UsageError(f"{shown(db)}: is a symbolic link; name the file that it points to")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{shown(db)}: is not a file; name a gradebook.db")
    if is_written and not found.st_mode & _WRITE_BITS:
        raise UsageError(f"{shown(db)}: is write-protected; allow writing, or name another file")
    try:
        with db.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise UsageError(
            f"{shown(db)}: cannot be read: {error.strerror}; check the path"
        ) from error
    if start != _MAGIC:
        raise UsageError(f"{shown(db)}: is not an SQLite database; name a gradebook.db")


@contextmanager
def opened(db: Path, *, is_written: bool) -> Iterator[sqlite3.Connection]:
    """A connection to a gradebook of the known schema, for reading or for writing.

    Raises UsageError, also for what SQLite says while it is open.
    """
    check_file(db, is_written=is_written)
    mode = "rw" if is_written else "ro"
    address = f"{db.absolute().as_uri()}?mode={mode}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE_S, isolation_level=None)
        with closing(connection):
            connection.execute("PRAGMA trusted_schema=OFF")
            check_schema(connection, shown(db))
            yield connection
    except sqlite3.Error as error:
        raise UsageError(_said(shown(db), error)) from error


def _said(where: str, error: sqlite3.Error) -> str:
    what = str(error)
    if "locked" in what or "busy" in what:
        return f"{where}: is in use by another program; close nbgrader's pages, and try again"
    if "readonly" in what:
        return f"{where}: cannot be written to; check the permissions of the file and its folder"
    return f"{where}: cannot be used as a gradebook: {visible(what)}; restore it from a backup"


def check_schema(connection: sqlite3.Connection, where: str) -> None:
    """Raise UsageError unless tables, columns and revision are those of nbgrader 0.9."""
    rows = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
    tables = {name for kind, name in rows if kind == "table"}
    if not {"assignment", "student", "grade"} <= tables:
        raise UsageError(f"{where}: is not a gradebook of nbgrader; name a gradebook.db")
    if any(kind in ("trigger", "view") for kind, _ in rows):
        raise UsageError(
            f"{where}: contains triggers or views, which nbgrader does not make; use another file"
        )
    revision = _revision(connection) if "alembic_version" in tables else "none"
    if revision != REVISION:
        raise UsageError(
            f"{where}: has the schema revision {revision}, expected {REVISION} of nbgrader 0.9;"
            f" run nbgrader db upgrade"
        )
    for table, columns in TABLES.items():
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if found != set(columns.split()):
            raise UsageError(
                f"{where}: the table {table} does not have the columns of nbgrader 0.9;"
                f" restore the file from a backup"
            )


def _revision(connection: sqlite3.Connection) -> str:
    found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return visible(", ".join(str(one) for (one,) in found), NAME_LIMIT) or "none"


def snapshot(source: sqlite3.Connection, copy: Path) -> int:
    """Copy the whole database; a number that `taking_over` compares."""
    source.execute("BEGIN")  # with a lock for reading, `backup` never waits
    version = _version(source)
    with closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    source.execute("COMMIT")
    return version


def _version(connection: sqlite3.Connection) -> int:
    """Changes when another connection changed the file."""
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    (found,) = connection.execute("PRAGMA data_version").fetchone()
    return int(found)


@contextmanager
def taking_over(target: sqlite3.Connection, copy: Path, version: int, where: str) -> Iterator[None]:
    """A transaction with the copy attached as `new`; it lasts if the block ends without an error.

    Raises UsageError when the file changed after the snapshot.
    """
    target.execute("ATTACH ? AS new", (str(copy),))
    target.execute("BEGIN IMMEDIATE")
    try:
        if _version(target) != version:
            raise UsageError(f"{where}: was changed by another program meanwhile; try again")
        yield
        target.execute("COMMIT")
    finally:
        if target.in_transaction:
            target.execute("ROLLBACK")


def take_over(target: sqlite3.Connection) -> int:
    """Write the rows that are new or others in `new`; how many they are."""
    return sum(_upsert(target, table) for table in TABLES)


def _upsert(target: sqlite3.Connection, table: str) -> int:
    found = target.execute(
        f"INSERT OR REPLACE INTO main.{table}"  # noqa: S608  (a name of ours)
        f" SELECT * FROM new.{table} EXCEPT SELECT * FROM main.{table}"
    )
    return found.rowcount
