"""A course in either database, made by copying one that is made once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from course import database_server

from grader.course.gradebook.policy import LatePolicy
from grader.course.gradebook.policy_json import policy_json
from grader.course.records import connection, courses

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ZONE = ZoneInfo("Europe/Berlin")
PARTS = (("one", 40_000), ("two", 60_000))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Store:
    """A course that is open in this process: its folder, and which database it has."""

    kind: str
    folder: Path
    url: str = ""

    @property
    def home(self) -> courses.Home:
        """Where it is."""
        return courses.find(str(self.folder))

    def opened(self) -> courses.OpenCourse:
        """The course, opened again."""
        return courses.opened(self.home)


class Makers:
    """Makes stores; the server is started with the first that needs one."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.count = 0

    @cached_property
    def server(self) -> database_server.Server:
        """The PostgreSQL server."""
        return database_server.start()

    @cached_property
    def _file(self) -> Path:
        folder = self.place / "template-sqlite"
        courses.make(folder, title="Tests", zone="Europe/Berlin")
        _add_rows()
        connection.close()
        return folder

    @cached_property
    def _database(self) -> str:
        self.server.create("tpl")
        url = self.server.url("tpl")
        folder = self.place / "template-postgresql"
        courses.make(folder, title="Tests", zone="Europe/Berlin", database=url)
        _add_rows()
        connection.close()
        return "tpl"

    def make(self, kind: str, folder: Path) -> Store:
        """A new course with an assignment and no students."""
        if kind == SQLITE:
            shutil.copytree(self._file, folder)
            store = Store(kind=kind, folder=folder)
        else:
            template = self._database
            self.count += 1
            name = f"c{self.count}"
            self.server.create(name, template)
            shutil.copytree(self.place / "template-postgresql", folder)
            url = self.server.url(name)
            settings = folder / courses.SETTINGS
            old = settings.read_text("utf-8")
            settings.write_text(old.replace(self.server.url(template), url), "utf-8")
            store = Store(kind=kind, folder=folder, url=url)
        store.opened()
        return store

    def remove(self, store: Store) -> None:
        """Let go of a course."""
        connection.close()
        if store.url:
            self.server.drop(store.url.partition("?")[0].rpartition("/")[2])

    def stop(self) -> None:
        """Stop the server, if one was started."""
        if "server" in vars(self):
            self.server.stop()


def _add_rows() -> None:
    """An assignment with a release and a schedule, without its files: nothing here is graded."""
    from grader.course.records.models import Assignment, Course, Release, Schedule  # noqa: PLC0415

    with connection.writing():
        row = Assignment.objects.create(
            course=Course.objects.get(), slug="kmeans", title="k-means", position=1
        )
        Release.objects.create(
            assignment=row,
            n=1,
            spec="kmeans",
            fingerprint="0" * 64,
            max_mp=sum(most for _, most in PARTS),
            parts=[list(part) for part in PARTS],
            timeout_s=60,
            created_at=LONG_AGO,
            by="tests",
        )
        Schedule.objects.create(
            assignment=row, version=1, at=LONG_AGO, by="tests", policy=policy_json(LatePolicy())
        )
