"""The tables as a whole: made, brought up to date, and the course's own row."""

from __future__ import annotations

import pkgutil
from typing import Any, Protocol

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from grader.catalog import Text, say
from grader.course.gradebook.policy import LatePolicy
from grader.course.gradebook.policy_json import policy_json
from grader.course.records import migrations
from grader.course.records.connection import Database, StoreError, writing
from grader.course.records.events import Actor, record
from grader.course.records.models import Assignment, Course, Schedule


class Taken(Protocol):
    """What a settings file says, see `courses.Settings`."""

    @property
    def title(self) -> str:
        """The course's title."""
        ...

    @property
    def zone(self) -> str:
        """The name of its time zone."""
        ...

    @property
    def lang(self) -> str:
        """The language of reports."""
        ...

    @property
    def late(self) -> Any:
        """The late policy as plain data."""
        ...


def has_course() -> bool:
    """Whether the database has a course in it already."""
    return Course._meta.db_table in connection.introspection.table_names() and (  # noqa: SLF001
        Course.objects.exists()
    )


def migrate() -> None:
    """Make the tables, or bring them up to date."""
    from django.core.management import call_command  # noqa: PLC0415  (slow to load)

    call_command("migrate", verbosity=0, interactive=False)


def pending() -> tuple[list[str], list[str]]:
    """The migrations that the database lacks, and those that only it knows."""
    files = pkgutil.iter_modules(migrations.__path__)
    known = {one.name for one in files if one.name[0].isdigit()}
    applied = {
        name for app, name in MigrationRecorder(connection).applied_migrations() if app == "course"
    }
    return sorted(known - applied), sorted(applied - known)


def require_current(database: Database) -> None:
    """Raise StoreError where the tables are not those of this version."""
    missing, unknown = pending()
    if unknown:
        raise StoreError(
            f"{database.shown}: was made by a newer version; update jax-exercise-grader"
        )
    if missing and not has_course():
        raise StoreError(f"{database.shown}: has no course in it; make one with grader course new")
    if missing:
        raise StoreError(
            f"{database.shown}: was made by an older version; run grader course migrate"
        )


def the_course(database: Database) -> Course:
    """The course of the database. Raises StoreError where there is none."""
    found: Course | None = Course.objects.first()
    if found is None:
        raise StoreError(f"{database.shown}: has no course in it; make one with grader course new")
    return found


def add_course(*, slug: str, title: str, zone: str, lang: str = "en") -> None:
    """Make the row of the course."""
    with writing():
        late = policy_json(LatePolicy())
        Course.objects.create(slug=slug, title=title, zone=zone, lang=lang, late=late)


def take_over(settings: Taken, user: str) -> tuple[Text, ...]:
    """Take over what changed in the settings, with an event for it; a line for each change."""
    course = Course.objects.first()
    if course is None:
        return ()
    names = ("title", "zone", "lang", "late")
    before = {name: getattr(course, name) for name in names}
    new = {name: getattr(settings, name) for name in names}
    different = [name for name in names if before[name] != new[name]]
    if not different:
        return ()
    actor = Actor(name=user, via="settings")
    with writing():
        at = record(actor, "settings", course.slug, {name: new[name] for name in different})
        Course.objects.filter(pk=course.pk).update(**{name: new[name] for name in different})
        if "late" in different:
            _renew_schedules(new["late"], at, user)
    return tuple(say("course.settings", name=name) for name in different)


def _renew_schedules(policy: Any, at: Any, by: str) -> None:
    """Let the policy hold for all assignments, from now on."""
    for assignment in Assignment.objects.all():
        last = Schedule.objects.filter(assignment=assignment).order_by("-version").first()
        if last is None:
            continue
        last.pk, last.version, last.policy, last.at, last.by = (
            None,
            last.version + 1,
            policy,
            at,
            by,
        )
        last._state.adding = True  # noqa: SLF001  (a copy, in Django's own way)
        last.save(force_insert=True)
