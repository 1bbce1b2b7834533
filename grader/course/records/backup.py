"""Copies of a course's database: written while others work, looked at, and put in its place."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from grader import atomic
from grader.catalog import Text, say
from grader.course.records import schema
from grader.course.records.connection import StoreError, close, connect, told, writing
from grader.course.records.courses import BACKUPS, FILE, Home
from grader.course.records.events import Actor, now, record
from grader.errors import UsageError
from grader.safe_text import visible

_DUMP = b"PGDMP"


def write(home: Home, file: Path, actor: Actor) -> int:
    """Write a copy to a file, whole or not at all; its size. Raises UsageError, StoreError."""
    shown = visible(str(file), limit=300)
    if file.is_dir():
        raise UsageError(f"{shown}: is a folder; name a file, such as {shown}/course-backup.db")
    if file.exists():
        raise UsageError(f"{shown}: exists already; name another file")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"{shown}: its folder does not exist; make it first")
    with writing():
        record(actor, "backup", file.name[:200])
    temporary = file.with_name(f"{atomic.UNFINISHED}{file.name}")
    try:
        if home.database.file is not None:
            _copy(home.database.file, temporary)
        else:
            _dump(temporary)
        temporary.chmod(0o600)
        temporary.replace(file)
    except (OSError, sqlite3.Error) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"{shown}: cannot be written: {said}; choose another place") from error
    finally:
        temporary.unlink(missing_ok=True)
    return file.stat().st_size


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(source, timeout=60)) as reading,
        closing(sqlite3.connect(target)) as copied,
    ):
        reading.backup(copied, pages=-1)
        copied.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)


def _dump(target: Path) -> None:
    """Let PostgreSQL's own program write its format."""
    with _program("pg_dump") as arguments:
        _run([*arguments, "--format=custom", "--no-owner", f"--file={target}"])
    target.chmod(0o600)


@contextmanager
def _program(name: str) -> Iterator[list[str]]:
    """A program of PostgreSQL with the database.

    The password is in a file that only its owner reads: nobody sees it among the processes.
    """
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415  (an extra)

    found = shutil.which(name)
    if found is None:
        raise StoreError(f"{name} is missing; install PostgreSQL's client programs")
    known: Mapping[str, Any] = connection.settings_dict
    names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER"}
    address = {key: known[of] for key, of in names.items() if known[of]}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="grader-") as secret:
        if known["PASSWORD"]:
            escaped = re.sub(r"([\\:])", r"\\\1", str(known["PASSWORD"]))
            secret.write(f"*:*:*:*:{escaped}\n")
            secret.flush()
            address["passfile"] = secret.name
        yield [found, f"--dbname={make_conninfo(**{**known['OPTIONS'], **address})}"]


def _run(arguments: list[str]) -> None:
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own program, no shell)
        arguments, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = visible((done.stderr.strip().splitlines() or ["no reason given"])[-1], limit=300)
        raise StoreError(f"{Path(arguments[0]).name}: {said}; run the command again")


def looked_at(file: Path) -> Text:
    """What a backup has in it. Raises UsageError where it is none."""
    shown = visible(str(file), limit=300)
    try:
        with file.open("rb") as opened:
            start = opened.read(16)
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror}; name a backup") from error
    if start.startswith(_DUMP):
        return say("course.backup_dump")
    try:
        with closing(sqlite3.connect(f"file:{_quoted(file)}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise UsageError(f"{shown}: is damaged; name another backup")
            count = db.execute("SELECT count(*) FROM course_submission").fetchone()[0]
            last = db.execute("SELECT max(at) FROM course_event").fetchone()[0]
    except sqlite3.Error:
        raise UsageError(f"{shown}: is not a backup of a course; name another file") from None
    return say("course.backup_file", n=count, last=last)


def _quoted(file: Path) -> str:
    return str(file.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def restore(home: Home, file: Path) -> str:
    """Put a backup in the database's place; where what was there is now. Raises UsageError."""
    with file.open("rb") as opened:
        is_dump = opened.read(len(_DUMP)) == _DUMP
    if is_dump != (home.database.file is None):
        kind = "PostgreSQL" if is_dump else "a file"
        raise UsageError(f"{visible(str(file), limit=300)}: is of a course in {kind}; name another")
    moment = now().strftime("%Y%m%d-%H%M%S")
    return _restore_dump(home, file) if is_dump else _restore_file(home, file, moment)


def _restore_file(home: Home, file: Path, moment: str) -> str:
    target = home.database.file
    assert target is not None
    close_if_open()
    kept = target.parent / BACKUPS / f"before-restore-{moment}.db"
    kept.parent.mkdir(exist_ok=True)
    new = target.with_name(f"{atomic.UNFINISHED}{FILE}")
    try:
        was_there = target.exists()
        if was_there:
            _copy_or_keep(target, kept)
        _copy(file, new)
        new.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        new.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"{home.database.shown}: cannot be written: {error}") from error
    finally:
        new.unlink(missing_ok=True)
    return str(kept) if was_there else ""


def _copy_or_keep(source: Path, kept: Path) -> None:
    """Keep what is there: a copy that is whole, or the damaged file as it is."""
    try:
        _copy(source, kept)
    except sqlite3.Error:
        shutil.copyfile(source, kept)
    kept.chmod(0o600)


def _restore_dump(home: Home, file: Path) -> str:
    connect(home.database)
    kept = Path.cwd() if home.folder is None else home.folder / BACKUPS
    before = kept / f"before-restore-{now():%Y%m%d-%H%M%S}.dump"
    with told(home.database):
        if schema.has_course():
            _dump(before)
        with _program("pg_restore") as arguments:
            options = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
            _run([*arguments, *options, str(file)])
    close()
    return str(before)


def close_if_open() -> None:
    """Let go of the database, if this process has it."""
    from django.conf import settings  # noqa: PLC0415

    if settings.configured:
        close()


def note_restored(actor: Actor, file: Path) -> datetime:
    """Note in the log that a backup was put in place."""
    with writing():
        return record(actor, "restore", file.name[:200])


def migrate(home: Home, user: str) -> Text:
    """Bring the tables up to date, after a backup; what was done. Raises StoreError."""
    connect(home.database)
    with told(home.database):
        missing, unknown = schema.pending()
        if unknown:
            raise StoreError(
                f"{home.database.shown}: was made by a newer version; update jax-exercise-grader"
            )
        if not schema.has_course():
            raise StoreError(
                f"{home.database.shown}: has no course in it; make one with grader course new"
            )
        if not missing:
            return say("course.up_to_date")
        folder = (home.folder or Path.cwd()) / BACKUPS
        folder.mkdir(exist_ok=True)
        file = folder / f"before-migrate-{now():%Y%m%d-%H%M%S}.db"
        if home.database.file is not None:
            _copy(home.database.file, file)
        else:
            _dump(file)
        schema.migrate()
        with writing():
            record(Actor(name=user), "migrate", "database", {"migrations": missing})
    return say("course.migrated", names=", ".join(missing), file=str(file))
