"""The result of a job, put into the store: once, whatever happens."""

from __future__ import annotations

from typing import Any

from grader.course.decided import by_hand
from grader.course.job import JobResult
from grader.course.kept import unpack
from grader.course.operations.assignments import milli
from grader.course.operations.queue import DONE, FAILED, QUEUED, RUNNING, Lease
from grader.course.records import blobs
from grader.course.records.connection import writing
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Campaign, Job, Result, Standing
from grader.report import result_json
from grader.report.stored import StoredResult
from grader.results import State

CAMPAIGN_RUNNING, CAMPAIGN_READY = "running", "ready"


def finish(held: Lease, result: JobResult, actor: Actor) -> bool:
    """Keep a result, unless another worker has the job by now: that is False.

    It holds for its submission from then on, unless it belongs to a campaign.
    """
    with writing():
        state = FAILED if result.failed else DONE
        taken = held.rows().update(state=state, lease_until=None, error=_error(result))
        if not taken:
            return False
        job = Job.objects.select_related("submission__enrolment", "release").get(id=held.job)
        row = _row(job, result)
        detail = {"attempt": job.submission.attempt, "score_mp": row.score_mp, "job": job.id}
        at = record(actor, "graded", job.submission.pid, detail)
        if job.campaign_id is None and _is_better_known(job, result):
            Standing.objects.create(submission=job.submission, result=row, by=actor.name, at=at)
        elif job.campaign_id is not None:
            _look_at(job.campaign_id)
        return True


def _is_better_known(job: Job, result: JobResult) -> bool:
    """Whether a result may hold: one of a failure only where there is no other."""
    return not result.failed or not Standing.objects.filter(submission=job.submission).exists()


def _error(result: JobResult) -> str:
    return " ".join(result.stored.messages[:1])[:2000] if result.failed else ""


def _row(job: Job, result: JobResult) -> Result:
    stored = result.stored
    made: Result = Result.objects.create(
        job=job,
        submission=job.submission,
        release=job.release,
        seed=job.seed,
        status=str(stored.status),
        score_mp=None if result.failed else milli(stored.score),
        max_mp=milli(stored.max_score),
        parts=parts_of(stored),
        items=_items(result),
        json_id=blobs.put(result_json.dumps(stored).encode()),
        page_id=blobs.put(result.page.encode()),
        evidence_id=blobs.put(result.kept) if result.kept else None,
        is_failed=result.failed,
        environment=dict(stored.environment),
        duration_ms=round(stored.duration_s * 1000),
        finished_at=now(),
    )
    return made


def parts_of(stored: StoredResult) -> list[list[Any]]:
    """The parts of a result: name, points (None where not checked), points offered, open points."""
    return [
        [
            part.name,
            None if part.state is State.UNCHECKED else milli(part.score),
            milli(part.max_score),
            milli(part.open_points),
        ]
        for part in stored.parts
    ]


def _items(result: JobResult) -> list[list[Any]]:
    """The checks that a person decides: part, check, points offered."""
    if not result.kept or not any(c.is_by_hand for p in result.stored.parts for c in p.checks):
        return []
    full = unpack(result.kept)
    return [[part, check, milli(one.max_score)] for (part, check), _, one in by_hand(full)]


def _look_at(campaign_id: int) -> None:
    """Let a campaign be ready when nothing of it is left."""
    waiting = Job.objects.filter(campaign_id=campaign_id, state__in=(QUEUED, RUNNING))
    if not waiting.exists():
        Campaign.objects.filter(id=campaign_id, state=CAMPAIGN_RUNNING).update(state=CAMPAIGN_READY)
