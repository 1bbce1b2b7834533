"""A course's folder: found, made, and opened, so that its database can be worked with."""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from grader import atomic
from grader.catalog import Text
from grader.course.gradebook.policy_json import policy_json
from grader.course.gradebook.policy_text import read_policy
from grader.course.gradebook.times import zone_of
from grader.course.records.connection import Database, StoreError, connect, is_url, told
from grader.errors import UsageError
from grader.safe_text import visible

SETTINGS, FILE, SECRET, ADDRESS, BACKUPS = (
    *("course.toml", "course.db", "secret", "database.url", "backups"),
)
"""What is in a course's folder; `database.url` has an address with a password in it."""
VARIABLE = "GRADER_COURSE"
LANGUAGES = ("en", "de")
_KNOWN = {"title", "zone", "lang", "database", "late", "mail", "hub", "lti"}
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/]*@|([?&])(?:ssl)?password=[^&]*&?")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What `course.toml` says; `late` is the policy as plain data."""

    title: str
    zone: str
    lang: str = "en"
    late: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where a course is: its folder, None where only the database is known."""

    folder: Path | None
    database: Database

    def secret(self) -> bytes:
        """What seeds are derived with; random where the folder is elsewhere. Raises UsageError."""
        if self.folder is None:
            return secrets.token_bytes(32)
        file = self.folder / SECRET
        try:
            if not file.exists():  # a restored course in another folder: seeds that were drawn stay
                _write_private(file, secrets.token_bytes(32))
            return file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{visible(str(file), limit=300)}: cannot be read: {error.strerror}; "
                "run the command as the course's owner"
            ) from error


@dataclass(frozen=True, kw_only=True)
class OpenCourse:
    """A course that is worked with."""

    home: Home
    id: int
    title: str
    zone: ZoneInfo
    lang: str
    said: tuple[Text, ...] = ()
    """What changed in `course.toml` since it was last opened."""


def user_name() -> str:
    """The system's name of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def find(named: str | None) -> Home:
    """The course that is named, or that of the environment, this folder, or one above it.

    Raises: UsageError.
    """
    place = named or os.environ.get(VARIABLE) or ""
    if is_url(place):
        return Home(folder=None, database=Database(url=place))
    if place:
        folder = Path(place).absolute()
        if not os.path.isfile(folder / SETTINGS):  # noqa: PTH113  (never raises, however long)
            where = visible(place, limit=300)
            raise UsageError(
                f"{where}: no course found ({SETTINGS} is missing); make one with grader course "
                f"new {where}"
            )
        return _home(folder)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return _home(folder)
    raise UsageError(
        f"no course found here; name its folder with --course DIR or ${VARIABLE}, or make one "
        "with grader course new DIR"
    )


def _home(folder: Path) -> Home:
    return Home(folder=folder, database=_database(folder, _table(folder / SETTINGS)))


def _database(folder: Path, table: Mapping[str, Any]) -> Database:
    url = table.get("database")
    if url is None:
        return Database(file=folder / FILE)
    if not isinstance(url, str) or not is_url(url):
        where = visible(str(folder / SETTINGS), limit=300)
        raise UsageError(f"{where}: database: is not a PostgreSQL URL; use postgresql://...")
    try:
        return Database(url=(folder / ADDRESS).read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return Database(url=url)


def _table(file: Path) -> dict[str, Any]:
    where = visible(str(file), limit=300)
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            f"{where}: cannot be read: {error.strerror}; check its permissions"
        ) from error
    except UnicodeDecodeError:
        raise UsageError(f"{where}: is not text in UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        said = visible(str(error), limit=200)
        raise UsageError(f"{where}: is not TOML: {said}; fix that line") from None


def settings_of(file: Path) -> Settings:
    """What a `course.toml` says. Raises UsageError."""
    table, where = _table(file), visible(str(file), limit=300)
    for key in table.keys() - _KNOWN:
        known = ", ".join(sorted(_KNOWN))
        raise UsageError(f"{where}: {visible(key, limit=80)}: is not known; use {known}")
    title, zone = table.get("title", ""), table.get("zone", "UTC")
    lang, late = table.get("lang", "en"), table.get("late", {})
    for key, value in (("title", title), ("zone", zone)):
        if not isinstance(value, str):
            raise UsageError(f"{where}: {key}: expected a text; put it in quotes")
    if lang not in LANGUAGES:
        raise UsageError(f"{where}: lang: expected {' or '.join(LANGUAGES)}; change it")
    if not isinstance(late, dict):
        raise UsageError(f"{where}: late: expected a table; write it below a line [late]")
    zone_of(zone)
    policy = read_policy(late, where=f"{where}: late")
    return Settings(title=title, zone=zone, lang=lang, late=policy_json(policy))


def make(folder: Path, *, title: str, zone: str, database: str = "", lang: str = "en") -> Home:
    """Make a course's folder and its database. Raises UsageError."""
    zone_of(zone)
    where = visible(str(folder), limit=300)
    if database and not is_url(database):
        shown = visible(database, limit=200)
        raise UsageError(f"--database: {shown} is not a PostgreSQL URL; use postgresql://...")
    if os.path.isfile(folder):  # noqa: PTH113  (never raises, however long)
        raise UsageError(f"{where}: is a file; name a folder")
    for name in (SETTINGS, FILE):
        if (folder / name).exists():
            raise UsageError(f"{where}: has a course already; name another folder")
    title = title or folder.absolute().name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / BACKUPS).mkdir(exist_ok=True)
        _write_private(folder / SECRET, secrets.token_bytes(32))
        if _PASSWORD.search(database):
            _write_private(folder / ADDRESS, database.encode())
        if not database:
            _write_private(folder / FILE, b"")  # SQLite gives its other files the same rights
    except OSError as error:
        raise UsageError(
            f"{where}: cannot be created: {error.strerror}; choose another folder"
        ) from error
    absolute = folder.absolute()
    chosen = Database(url=database) if database else Database(file=absolute / FILE)
    home = Home(folder=absolute, database=chosen)
    _make_tables(home, title=title, zone=zone, lang=lang)
    atomic.write(absolute / SETTINGS, _settings_text(title, zone, database, lang))
    return home


def _write_private(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)


def _settings_text(title: str, zone: str, database: str, lang: str) -> str:
    lines = [f"title = {_quoted(title)}", f"zone = {_quoted(zone)}", f"lang = {_quoted(lang)}"]
    if database:
        bare = _PASSWORD.sub(_without, database).rstrip("?&")
        lines.append(f"database = {_quoted(bare)}")
    return "\n".join([*lines, ""])


def _without(found: re.Match[str]) -> str:
    """What stays of an address where a password was."""
    return found[2] or f"{found[1]}@"


def _quoted(text: str) -> str:
    return json.dumps(visible(text, limit=300), ensure_ascii=False)


def _make_tables(home: Home, *, title: str, zone: str, lang: str) -> None:
    connect(home.database)
    from grader.course.records import schema  # noqa: PLC0415  (needs Django to be set up)

    with told(home.database):
        if schema.has_course():
            raise StoreError(f"{home.database.shown}: has a course already; name another database")
        schema.migrate()
        name = home.folder.name if home.folder else "course"
        schema.add_course(slug=name[:80], title=title, zone=zone, lang=lang)


def opened(home: Home) -> OpenCourse:
    """The course, ready to be worked with; what changed in `course.toml` is taken over.

    Raises: UsageError, StoreError.
    """
    settings = settings_of(home.folder / SETTINGS) if home.folder is not None else None
    file = home.database.file
    if file is not None and not file.is_file():
        raise StoreError(f"{home.database.shown}: is missing; restore a backup")
    connect(home.database)
    from grader.course.records import schema  # noqa: PLC0415  (needs Django to be set up)

    with told(home.database):
        schema.require_current(home.database)
        said = schema.take_over(settings, user_name()) if settings is not None else ()
        course = schema.the_course(home.database)
    return OpenCourse(
        home=home,
        id=course.id,
        title=course.title,
        zone=zone_of(course.zone),
        lang=course.lang,
        said=said,
    )
