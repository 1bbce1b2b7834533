"""Regrades: graded again beside what holds, looked at, and only then applied or discarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Max, Min

from grader.course.gradebook.facts import Counts
from grader.course.gradebook.marks import Mark
from grader.course.gradebook.previews import Preview, only_up, preview
from grader.course.operations import queue
from grader.course.operations.assignments import (
    declaration_of,
    required_release,
    schedule_of,
)
from grader.course.operations.decisions import RefusedError
from grader.course.operations.handed_in import IMPORTED
from grader.course.operations.ledger import Ledger
from grader.course.options import new_seed
from grader.course.records.connection import writing
from grader.course.records.events import Actor, record
from grader.course.records.models import (
    Assignment,
    Campaign,
    Enrolment,
    Job,
    Result,
    Standing,
    Submission,
)

RUNNING, READY, APPLIED, DISCARDED, UNDONE = "running", "ready", "applied", "discarded", "undone"


@dataclass(frozen=True, kw_only=True)
class Started:
    """A campaign that was started: what it is called, and how many jobs it has."""

    pid: str
    jobs: int
    seed: int


def start(  # noqa: PLR0913  (all but two by name)
    assignment: Assignment,
    zone: ZoneInfo,
    *,
    actor: Actor,
    student: Enrolment | None = None,
    seed: int | None = None,
    note: str = "",
) -> Started:
    """Queue what counts to be graded again with the latest release, and one seed for all.

    Raises: UsageError, RefusedError where another one is open.
    """
    release = required_release(assignment)
    declaration_of(release)
    _require_none_open(assignment)
    chosen = new_seed() if seed is None else seed
    submissions = _in_scope(assignment, zone, student)
    if not submissions:
        who = student.student if student is not None else assignment.slug
        raise RefusedError(f"{who}: nothing was submitted, so there is nothing to grade again")
    with writing():
        _require_none_open(assignment)
        detail = {"assignment": assignment.slug, "release": release.n, "jobs": len(submissions)}
        at = record(actor, "regrade", assignment.slug, {**detail, "note": note})
        campaign = Campaign.objects.create(
            assignment=assignment,
            release=release,
            scope={"student": student.student} if student is not None else {},
            note=note,
            by=actor.name,
            at=at,
        )
        for submission in submissions:
            queue.enqueue(
                submission, release, seed=chosen, purpose=queue.REGRADE, campaign=campaign
            )
    return Started(pid=campaign.pid, jobs=len(submissions), seed=chosen)


def _require_none_open(assignment: Assignment) -> None:
    if (open_one := _open(assignment)) is not None:
        raise RefusedError(
            f"{assignment.slug}: regrade {open_one.pid} is open; apply or discard it first"
        )


def _in_scope(
    assignment: Assignment, zone: ZoneInfo, student: Enrolment | None
) -> list[Submission]:
    """The submissions that may count: the attempts that do, and where the best counts, all."""
    of = assignment.submission_set.exclude(via=IMPORTED, blob=None).order_by("id")
    if student is not None:
        of = of.filter(enrolment=student)
    if schedule_of(assignment).counts == Counts.BEST:
        return list(of)
    ledger = Ledger(zone=zone, student=student.id if student is not None else None)
    marks = [entry.mark for entry in ledger.entries(assignment.id)]
    counted = {mark.attempt.id for mark in marks if mark.attempt is not None}
    return [one for one in of if one.id in counted]


def _open(assignment: Assignment) -> Campaign | None:
    found: Campaign | None = (
        Campaign.objects.filter(assignment=assignment, state__in=(RUNNING, READY))
        .order_by("-id")
        .first()
    )
    return found


def find(pid: str | None, assignment: Assignment | None, *states: str) -> Campaign:
    """The campaign of that name, or the latest one in one of these states. Raises RefusedError."""
    rows = Campaign.objects.select_related("assignment", "release").order_by("-id")
    if pid:
        found: Campaign | None = rows.filter(pid=pid.strip().lower()).first()
        if found is None:
            raise RefusedError(f"{pid}: no regrade has this ID; grader course log lists them")
        if states and found.state not in states:
            raise RefusedError(f"{pid}: the regrade is {found.state}, not {' or '.join(states)}")
        return found
    if assignment is not None:
        rows = rows.filter(assignment=assignment)
    found = rows.filter(state__in=states).first() if states else rows.first()
    if found is None:
        what = f"of {assignment.slug} " if assignment is not None else ""
        wanted = f" that is {' or '.join(states)}" if states else ""
        raise RefusedError(
            f"no regrade {what}found{wanted}; begin one with grader course regrade start"
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a campaign would do: its preview, how many jobs wait, and whom the grader failed on."""

    campaign: Campaign
    preview: Preview
    waiting: int
    failed: tuple[str, ...]


def seen(campaign: Campaign, zone: ZoneInfo) -> Seen:
    """What a campaign would change if it were applied now; what it did, once it was."""
    jobs = Job.objects.filter(campaign=campaign)
    of = dict(jobs.values_list("submission__enrolment_id", "submission__enrolment__student"))
    is_applied = campaign.state in {APPLIED, UNDONE}
    ledger = Ledger(zone=zone)

    def marks(instead: Mapping[int, int]) -> dict[str, Mark]:
        ledger.instead = instead
        found = ledger.entries(campaign.assignment_id, among=of.keys())
        return {entry.student: entry.mark for entry in found}

    before = marks(_held_before(campaign) if is_applied else {})
    after = marks(_results(campaign))
    failed = jobs.filter(state=queue.FAILED).values_list("submission__enrolment_id", flat=True)
    return Seen(
        campaign=campaign,
        preview=preview(before, after),
        waiting=jobs.filter(state__in=(queue.QUEUED, queue.RUNNING)).count(),
        failed=tuple(sorted({of[one] for one in failed})),
    )


def _results(campaign: Campaign) -> dict[int, int]:
    """The results of a campaign by submission; those of failures are none."""
    rows = Result.objects.filter(job__campaign=campaign, is_failed=False).order_by("id")
    return dict(rows.values_list("submission_id", "id"))


def _held_before(campaign: Campaign) -> dict[int, int]:
    """The results that held before a campaign was applied."""
    own = Standing.objects.filter(campaign=campaign)
    first = dict(
        own.values("submission").annotate(first=Min("id")).values_list("submission", "first")
    )
    earlier = Standing.objects.filter(submission_id__in=own.values("submission")).order_by("id")
    rows = earlier.values_list("id", "submission_id", "result_id")
    return {
        submission: result for standing, submission, result in rows if standing < first[submission]
    }


def apply(campaign: Campaign, zone: ZoneInfo, actor: Actor, *, is_only_up: bool = False) -> int:
    """Let the results of a campaign hold, in one transaction; for how many submissions."""
    with writing():
        known = seen(campaign, zone)
        if known.waiting:
            raise RefusedError(
                f"{campaign.pid}: {known.waiting} submissions wait to be graded; run grader course "
                "grade"
            )
        students = set(only_up(known.preview)) if is_only_up else None
        results = _results(campaign)
        taken = Campaign.objects.filter(id=campaign.id, state__in=(RUNNING, READY)).update(
            state=APPLIED, decided_by=actor.name
        )
        if not taken:
            raise RefusedError(f"{campaign.pid}: is no longer open")
        rows = Result.objects.filter(id__in=[*results.values()]).select_related(
            "submission__enrolment"
        )
        chosen = [
            row for row in rows if students is None or row.submission.enrolment.student in students
        ]
        detail = {"id": campaign.pid, "students": len(chosen), "only_up": is_only_up}
        at = record(actor, "regrade applied", campaign.assignment.slug, detail)
        Campaign.objects.filter(id=campaign.id).update(decided_at=at)
        for row in sorted(chosen, key=lambda row: row.id):
            Standing.objects.create(
                submission_id=row.submission_id, result=row, campaign=campaign, by=actor.name, at=at
            )
    return len(chosen)


def discard(campaign: Campaign, actor: Actor) -> None:
    """Let a campaign change nothing. Raises RefusedError."""
    with writing():
        at = record(actor, "regrade discarded", campaign.assignment.slug, {"id": campaign.pid})
        taken = Campaign.objects.filter(id=campaign.id, state__in=(RUNNING, READY)).update(
            state=DISCARDED, decided_by=actor.name, decided_at=at
        )
        if not taken:
            raise RefusedError(f"{campaign.pid}: is no longer open")
        Job.objects.filter(campaign=campaign, state__in=(queue.QUEUED, queue.RUNNING)).update(
            state=queue.CANCELED
        )


def undo(campaign: Campaign, actor: Actor) -> int:
    """Let hold again what held before a campaign was applied, by further rows.

    What came to hold since then stays. Raises RefusedError.
    """
    before = _held_before(campaign)
    with writing():
        latest = dict(
            Standing.objects.filter(submission_id__in=[*before])
            .values("submission_id")
            .annotate(last=Max("id"))
            .values_list("submission_id", "last")
        )
        own = set(Standing.objects.filter(campaign=campaign).values_list("id", flat=True))
        back = {one: result for one, result in before.items() if latest[one] in own}
        taken = Campaign.objects.filter(id=campaign.id, state=APPLIED).update(state=UNDONE)
        if not taken:
            raise RefusedError(f"{campaign.pid}: is not applied")
        detail = {"id": campaign.pid, "submissions": len(back)}
        at = record(actor, "regrade undone", campaign.assignment.slug, detail)
        for submission, result in sorted(back.items()):
            Standing.objects.create(
                submission_id=submission, result_id=result, by=actor.name, at=at
            )
    return len(back)
