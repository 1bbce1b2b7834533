"""The database of a course: how it is reached, and the transactions that change it.

One process works with one course. SQLite takes its lock when a transaction begins, and within a
process only one thread at a time waits for it. PostgreSQL locks rows; the course's own row comes
first in every transaction that is logged, so none waits for another in a circle, and what is read
in one is not changed by another before it ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from grader.errors import UsageError
from grader.safe_text import visible

SCHEMES = ("postgresql", "postgres")
BUSY_S = 60.0
"""So long a transaction waits for others to end."""
_LOCK = threading.RLock()
_SQLITE = {
    "timeout": BUSY_S,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
}


class StoreError(UsageError):
    """The database of a course cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where a course's database is: a file, or a PostgreSQL URL."""

    file: Path | None = None
    url: str = ""

    @property
    def shown(self) -> str:
        """Its name for people, without a password."""
        if self.file is not None:
            return visible(str(self.file), limit=300)
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return visible(f"{parts.scheme}://{host}{parts.path}", limit=300)


def is_url(text: str) -> bool:
    """Whether a text names a database by URL."""
    return text.split(":", 1)[0] in SCHEMES and "://" in text


def connect(database: Database) -> None:
    """Let Django work with this database, from now on. Raises StoreError."""
    try:
        import django  # noqa: PLC0415  (an extra, and slow to load)
        from django.conf import settings  # noqa: PLC0415
    except ImportError:
        raise StoreError(
            'a course needs Django; install it with pip install "jax-exercise-grader[course]"'
        ) from None
    known = _settings(database)
    if not settings.configured:
        settings.configure(
            DATABASES={"default": known},
            INSTALLED_APPS=["grader.course.records.apps.RecordsConfig"],
            USE_TZ=True,
            TIME_ZONE="UTC",
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        )
        django.setup()
        return
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    full = connections.settings["default"]
    full.update(known)
    for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
        full[key] = known.get(key, "")
    full["OPTIONS"] = known["OPTIONS"]
    with suppress(AttributeError):  # nothing has used it yet
        del connections["default"]


def _settings(database: Database) -> dict[str, Any]:
    if database.file is not None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(database.file),
            "OPTIONS": dict(_SQLITE),
        }
    try:
        from psycopg import conninfo  # noqa: PLC0415
    except ImportError:
        raise StoreError(
            "a course in PostgreSQL needs psycopg; install it with "
            'pip install "jax-exercise-grader[postgres]"'
        ) from None
    try:
        found: dict[str, Any] = dict(conninfo.conninfo_to_dict(database.url))
    except Exception as error:
        raise StoreError(
            f"{database.shown}: is not a PostgreSQL URL; use postgresql://USER@HOST/DATABASE"
        ) from error
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password"}
    known = {key: str(found.pop(name, "") or "") for key, name in names.items()}
    host, port = str(found.pop("host", "") or ""), str(found.pop("port", "") or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        **known,
        "HOST": host,
        "PORT": port,
        "OPTIONS": {"connect_timeout": 10, **found},
    }


def is_sqlite() -> bool:
    """Whether the database is a file."""
    from django.db import connection  # noqa: PLC0415

    return str(connection.vendor) == "sqlite"


@contextmanager
def writing(*, is_logged: bool = True) -> Iterator[None]:
    """A transaction that changes something: all of it is there afterwards, or nothing.

    Those that are logged go one after the other. What is not is over at once and changes one row.
    """
    from django.db import transaction  # noqa: PLC0415

    if is_sqlite():
        with _LOCK, transaction.atomic():
            yield
        return
    from grader.course.records.models import Course  # noqa: PLC0415  (needs Django to be set up)

    with transaction.atomic():
        if is_logged:
            list(Course.objects.select_for_update().values_list("id"))
        yield


@contextmanager
def told(database: Database) -> Iterator[None]:
    """Errors of the database as a line for people. Raises StoreError."""
    from django.db import DatabaseError, InterfaceError  # noqa: PLC0415

    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        raise StoreError(f"{database.shown}: {_said(error)}") from error


def _said(error: Exception) -> str:
    """What a database error means, and what to do."""
    first = visible(str(error).strip().splitlines()[0] if str(error).strip() else "", limit=200)
    for sign, text in (
        ("locked", "is busy with another command; try again"),
        ("not a database", "is not a course database; restore a backup"),
        ("malformed", "is damaged; restore a backup with grader course restore"),
        ("no such table", "has no course in it; make one with grader course new"),
        ("does not exist", f"cannot be used ({first}); make it first, or name another"),
        ("readonly", "cannot be written; check its permissions and those of its folder"),
        ("read-only", "cannot be written; check its permissions and those of its folder"),
        ("disk is full", "the disk is full; free some space and run the command again"),
        ("unable to open", "cannot be opened; check the folder and its permissions"),
        ("connection", f"cannot be reached ({first}); check the URL and that it runs"),
    ):
        if sign in str(error).lower():
            return text
    return f"the database failed ({type(error).__name__}: {first}); run the command again"


def close() -> None:
    """Let go of this thread's connection."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
