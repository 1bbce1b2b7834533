"""The assignments of a course: added, released again after a change, and found."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.assignment import Assignment as Declaration
from grader.assignment import registry
from grader.catalog import catalog
from grader.course.gradebook.facts import MP, Counts
from grader.course.gradebook.times import utc_text
from grader.course.records.connection import writing
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Assignment, Course, Job, Release, Schedule
from grader.errors import UsageError
from grader.judging.fingerprint import of_class
from grader.safe_text import NAME_LIMIT, visible


@dataclass(frozen=True, kw_only=True)
class Times:
    """What an assignment's schedule is to be; None leaves it as it is."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    counts: Counts | None = None


@dataclass(frozen=True, kw_only=True)
class Added:
    """What `add` did: the release that holds, and what is new."""

    slug: str
    release: int
    is_new: bool
    is_new_release: bool
    is_new_schedule: bool
    requeued: int
    """Jobs that wait and are graded with the new release."""
    older: int
    """Submissions whose result is of an earlier release."""


def fingerprint_of(declaration: Declaration) -> str:
    """What names an assignment's content, the grader's version, and its packages'."""
    return of_class(declaration)


def spec_of(text: str) -> str:
    """An assignment as every process finds it: a folder by its absolute path."""
    is_path = text not in registry.names() and os.path.exists(text)  # noqa: PTH110  (never raises)
    return str(Path(text).absolute()) if is_path else text


def milli(points: float) -> int:
    """Points in 1/1000."""
    return round(points * MP)


def add(text: str, times: Times, actor: Actor, *, timeout_s: float, lang: str) -> Added:
    """Add an assignment, or its next release where it has changed. Raises UsageError."""
    declaration = registry.load(text)
    mark = fingerprint_of(declaration)
    with writing():
        course = Course.objects.get()
        row, is_new = Assignment.objects.get_or_create(
            course=course,
            slug=declaration.name,
            defaults={
                "title": catalog(lang, declaration.folder).tell(declaration.title),
                "position": Assignment.objects.count() + 1,
            },
        )
        last = latest_release(row)
        same = last is not None and last.fingerprint == mark and last.spec == spec_of(text)
        release = last if same and last is not None else None
        if release is None:
            release = _release(row, declaration, spec_of(text), mark, last, timeout_s, actor)
        is_new_schedule = _schedule(row, times, course.late, actor)
        requeued = _requeue(row, release)
        verb = "release" if not same else "schedule"
        if not same or is_new_schedule or is_new:
            record(actor, verb, row.slug, {"release": release.n, "due": _due(row)})
    older = (
        row.submission_set.exclude(result__release=release).filter(result__isnull=False).distinct()
    )
    return Added(
        slug=row.slug,
        release=release.n,
        is_new=is_new,
        is_new_release=not same,
        is_new_schedule=is_new_schedule,
        requeued=requeued,
        older=older.count(),
    )


def _due(row: Assignment) -> str:
    held = schedule_of(row)
    return utc_text(held.due_at) if held.due_at else ""


def _release(  # noqa: PLR0913, PLR0917  (what the row has)
    row: Assignment,
    declaration: Declaration,
    spec: str,
    mark: str,
    last: Release | None,
    timeout_s: float,
    actor: Actor,
) -> Release:
    made: Release = Release.objects.create(
        assignment=row,
        n=last.n + 1 if last is not None else 1,
        spec=spec,
        fingerprint=mark,
        max_mp=sum(milli(part.points) for part in declaration.parts),
        parts=[[part.name, milli(part.points)] for part in declaration.parts],
        timeout_s=timeout_s,
        created_at=now(),
        by=actor.name,
    )
    return made


def _schedule(row: Assignment, times: Times, policy: Mapping[str, Any], actor: Actor) -> bool:
    """Note the next version of the schedule where anything differs."""
    last = Schedule.objects.filter(assignment=row).order_by("-version").first()
    wanted: dict[str, Any] = {
        "opens_at": times.opens_at or (last and last.opens_at),
        "due_at": times.due_at or (last and last.due_at),
        "closes_at": times.closes_at or (last and last.closes_at),
        "counts": str(times.counts or (last.counts if last else Counts.LATEST)),
        "policy": policy,
    }
    order = [wanted[name] for name in ("opens_at", "due_at", "closes_at") if wanted[name]]
    if order != sorted(order):
        raise UsageError(
            f"{row.slug}: opens, due, and closes must come in this order; change --opens, --due, "
            "or --closes"
        )
    if last is not None and all(getattr(last, name) == wanted[name] for name in wanted):
        return False
    version = last.version + 1 if last is not None else 1
    Schedule.objects.create(assignment=row, version=version, at=now(), by=actor.name, **wanted)
    return True


def _requeue(row: Assignment, release: Release) -> int:
    """Let what still waits for an earlier release be graded with this one."""
    waiting = Job.objects.filter(submission__assignment=row, state="queued", campaign=None).exclude(
        release=release
    )
    return int(waiting.update(release=release))


def latest_release(row: Assignment) -> Release | None:
    """The release that new work is graded with."""
    found: Release | None = Release.objects.filter(assignment=row).order_by("-n").first()
    return found


def required_release(row: Assignment) -> Release:
    """The release that new work is graded with. Raises UsageError where there is none."""
    found = latest_release(row)
    if found is None:
        raise UsageError(f"{row.slug}: has no release; run grader course add")
    return found


def schedule_of(row: Assignment) -> Schedule:
    """The schedule that holds."""
    found: Schedule = Schedule.objects.filter(assignment=row).order_by("-version")[0]
    return found


def find(name: str) -> Assignment:
    """An assignment of the course by its name, or by what `-a` of other commands takes.

    Raises: UsageError.
    """
    found: Assignment | None = Assignment.objects.filter(slug=name).first()
    if found is None:
        found = Assignment.objects.filter(release__spec=spec_of(name)).first()
    if found is not None:
        return found
    known = sorted(Assignment.objects.values_list("slug", flat=True))
    shown = repr(visible(name, NAME_LIMIT))
    if not known:
        raise UsageError(f"{shown}: the course has no assignments; add one with grader course add")
    near = difflib.get_close_matches(name, known, n=1)
    do = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
    raise UsageError(f"{shown}: the course has no such assignment; {do}")


def the_only(name: str | None) -> Assignment:
    """The assignment that is named, or the only one. Raises UsageError."""
    if name is not None:
        return find(name)
    known: list[Assignment] = list(Assignment.objects.order_by("position", "id"))
    if len(known) == 1:
        return known[0]
    if not known:
        raise UsageError("the course has no assignments; add one with grader course add")
    raise UsageError(f"choose an assignment with -a: {', '.join(one.slug for one in known)}")


def declaration_of(release: Release) -> Declaration:
    """The assignment of a release, as it was then. Raises UsageError where it has changed since."""
    declaration = registry.load(release.spec)
    if fingerprint_of(declaration) != release.fingerprint:
        slug = release.assignment.slug
        raise UsageError(
            f"{slug}: the assignment, the grader, or its packages have changed since release "
            f"{release.n}; run grader course add {release.spec}"
        )
    return declaration
