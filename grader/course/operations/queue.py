"""The queue of jobs: who grades what, and until when. Its table is the truth, whoever carries it.

A job that is leased is renewed by its worker's heartbeat. A lease that lapses makes it free again,
also at once where the worker was a process of this machine that is gone. Who kills workers must not
cost anybody a result, and what kills its worker must not go on: so the third try is made apart, by
a process that only grades this one (`apart`). Where that one fails too, or ends, the job has a
result all the same, which says that the grader failed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import socket
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import F, Q, QuerySet

from grader.course.records.connection import writing
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Campaign, Job, Release, Submission

QUEUED, RUNNING, DONE, FAILED, CANCELED = "queued", "running", "done", "failed", "canceled"
ATTEMPT, FINAL, REGRADE, TRY = "attempt", "final", "regrade", "try"
OPEN_CAMPAIGN = ("running", "ready")
PRIORITY = {ATTEMPT: 0, FINAL: 1, REGRADE: 2, TRY: 2}
LATER = 1
"""The priority of attempts that a newer one of the same student goes before."""
LEASE_S = 60.0
HEARTBEAT_S = 10.0
MOST_TRIES = 3
"""The last of which is made apart."""
MOST_ENDS = 12
"""After so many ends of its workers, nothing is tried any more; the pauses make it minutes."""
PAUSE_S = 1.0
"""So long a job waits after it failed, times its tries."""
LONGEST_PAUSE_S = 60.0
_LOOKED_AT = 16
"""So many candidates are looked at, as others may take the first of them."""


def seed_of(secret: bytes, release: Release, submission: Submission) -> int:
    """The seed of an attempt's hidden test cases: nobody knows it without the course's secret."""
    text = f"attempt|{release.fingerprint}|{submission.pid}".encode()
    return int.from_bytes(hmac.new(secret, text, hashlib.sha256).digest()[:4], "big")


def enqueue(
    submission: Submission,
    release: Release,
    *,
    seed: int,
    purpose: str = ATTEMPT,
    campaign: Campaign | None = None,
) -> Job:
    """A new job, within a transaction of `writing`; it goes before a student's older attempts."""
    if campaign is None:
        Job.objects.filter(
            submission__assignment_id=submission.assignment_id,
            submission__enrolment_id=submission.enrolment_id,
            campaign=None,
            state=QUEUED,
        ).update(priority=LATER, turn=F("turn") + 1)
    made: Job = Job.objects.create(
        submission=submission,
        release=release,
        purpose=purpose,
        campaign=campaign,
        priority=PRIORITY[purpose],
        seed=seed,
        not_before=now(),
    )
    return made


def retry_failed(actor: Actor, assignment_id: int | None = None) -> int:
    """Let what failed be graded again, as further jobs; how many there are."""
    failed = Job.objects.filter(state=FAILED, **_of(assignment_id)).order_by("id")
    is_open = Q(campaign=None) | Q(campaign__state__in=OPEN_CAMPAIGN)
    count = 0
    with writing():
        for job in failed.filter(is_open).select_related("submission", "release"):
            if is_repeated(job):
                continue
            Job.objects.create(
                submission=job.submission,
                release=newest(job),
                purpose=job.purpose,
                campaign=job.campaign,
                round=job.round + 1,
                priority=job.priority,
                seed=job.seed,
                not_before=now(),
            )
            count += 1
        if count:
            record(actor, "retry", "queue", {"jobs": count})
    return count


def newest(job: Job) -> Release:
    """The release that a job is graded with when it is asked for again."""
    same: Release = job.release
    if job.campaign_id is not None:
        return same
    rows = Release.objects.filter(assignment=job.release.assignment_id)
    found: Release = rows.order_by("-n")[0]
    return found


def is_repeated(job: Job) -> bool:
    """Whether a failed job was asked for again already."""
    later = Job.objects.filter(
        submission=job.submission_id, purpose=job.purpose, campaign=job.campaign_id
    )
    return bool(later.filter(id__gt=job.id).exists())


def _of(assignment_id: int | None) -> dict[str, int]:
    return {} if assignment_id is None else {"submission__assignment_id": assignment_id}


# Leases -------------------------------------------------------------------------------------


def new_worker() -> str:
    """A name for a worker of this process, by which others see whether it still runs."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}/{secrets.token_hex(4)}"


def _machine() -> str:
    """What names this machine, until it is started again, and the processes that it sees."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
        space = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        boot = space = ""
    return f"{socket.gethostname()[:60]}/{boot}/{space}"


def _started(pid: int) -> str:
    """When a process of this machine was started, '' where there is none, or it cannot be seen."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if told[0] in {"Z", "X"} else told[19]


def is_gone(worker: str) -> bool:
    """Whether a worker was a process of this machine that has ended."""
    machine, pid, started, _ = [*worker.rsplit("/", 3), "", "", ""][:4]
    if machine != _machine() or not pid.isdigit() or not _started(os.getpid()):
        return False
    return _started(int(pid)) != started and not _is_hidden(int(pid))


def _is_hidden(pid: int) -> bool:
    """Whether a process is there that only its owner can see."""
    if Path(f"/proc/{pid}").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A job in a worker's hands."""

    job: int
    worker: str
    tries: int

    @property
    def is_apart(self) -> bool:
        """Whether its worker ended, or failed, so often that the job may be why."""
        return self.tries >= MOST_TRIES

    def rows(self) -> QuerySet[Any]:
        """The job, as long as it is in these hands."""
        return Job.objects.filter(id=self.job, worker=self.worker, tries=self.tries, state=RUNNING)


def lease(
    worker: str, assignment_id: int | None = None, *, without: Collection[int] = ()
) -> Lease | None:
    """The next job, None where there is none now; `without` are releases that cannot be graded."""
    waiting = Job.objects.filter(state=QUEUED, not_before__lte=now(), **_of(assignment_id))
    if without:
        waiting = waiting.exclude(release_id__in=without)
    ids = list(waiting.order_by("priority", "turn", "id").values_list("id", flat=True)[:_LOOKED_AT])
    for job_id in ids:
        with writing(is_logged=False):
            until = now() + timedelta(seconds=LEASE_S)
            taken = Job.objects.filter(id=job_id, state=QUEUED).update(
                state=RUNNING, worker=worker, lease_until=until, tries=F("tries") + 1
            )
            if taken:
                tries = Job.objects.values_list("tries", flat=True).get(id=job_id)
                return Lease(job=job_id, worker=worker, tries=tries)
    return None


def start(job: Job, worker: str) -> Lease:
    """A job that its maker does at once, within the transaction that made it."""
    until = now() + timedelta(seconds=LEASE_S)
    Job.objects.filter(id=job.id).update(state=RUNNING, worker=worker, lease_until=until, tries=1)
    return Lease(job=job.id, worker=worker, tries=1)


def renew(held: Collection[Lease]) -> None:
    """The heartbeat: keep these jobs."""
    for one in held:
        with writing(is_logged=False):
            one.rows().update(lease_until=now() + timedelta(seconds=LEASE_S))


def give_back(held: Lease, error: str, *, is_our_choice: bool = False) -> None:
    """Let a job that failed be tried again; `is_our_choice` where it was only interrupted."""
    pause = timedelta(seconds=0 if is_our_choice else PAUSE_S * held.tries)
    with writing(is_logged=False):
        held.rows().update(
            state=QUEUED,
            worker="",
            lease_until=None,
            not_before=now() + pause,
            error=error[:2000],
            tries=F("tries") - 1 if is_our_choice else F("tries"),
        )


def lapsed(assignment_id: int | None = None) -> Iterator[Job]:
    """Make jobs free whose worker is gone; those that were tried too often are yielded instead."""
    running = Job.objects.filter(state=RUNNING, **_of(assignment_id))
    for job in running.only(
        "id", "worker", "lease_until", "tries", "campaign_id", "release__assignment_id"
    ).select_related("release"):
        if (job.lease_until and job.lease_until < now()) or is_gone(job.worker):
            if job.tries >= MOST_ENDS:
                yield job
            else:
                _free(job)


def _free(job: Job) -> None:
    """Let others have a job; the longer it has ended its workers, the later."""
    ends = job.tries - MOST_TRIES
    pause = timedelta(seconds=min(LONGEST_PAUSE_S, 2.0**ends) if ends >= 0 else 0)
    release = newest(job)
    with writing(is_logged=False):
        _as_seen(job).update(
            state=QUEUED,
            worker="",
            lease_until=None,
            not_before=now() + pause,
            release=release,
            error="its worker ended",
        )


def _as_seen(job: Job) -> QuerySet[Any]:
    """A running job, unless something has become of it since it was looked at."""
    return Job.objects.filter(
        id=job.id, worker=job.worker, lease_until=job.lease_until, state=RUNNING
    )


def take_over(job: Job, worker: str) -> Lease | None:
    """Get hold of a lapsed job, to give it up; None where another did."""
    with writing(is_logged=False):
        until = now() + timedelta(seconds=LEASE_S)
        taken = _as_seen(job).update(worker=worker, lease_until=until)
    return Lease(job=job.id, worker=worker, tries=job.tries) if taken else None


def is_open(assignment_id: int | None = None, *, without: Collection[int] = ()) -> bool:
    """Whether anything waits or runs; `without` are releases that cannot be graded."""
    rows = Job.objects.filter(state__in=(QUEUED, RUNNING), **_of(assignment_id))
    return bool((rows.exclude(release_id__in=without) if without else rows).exists())


def is_waiting(assignment_id: int) -> bool:
    """Whether a job of the assignment could be leased now."""
    rows = Job.objects.filter(state=QUEUED, not_before__lte=now(), **_of(assignment_id))
    return bool(rows.exists())


def count(*states: str, assignment_id: int | None = None) -> int:
    """How many jobs are in one of these states."""
    return int(Job.objects.filter(state__in=states, **_of(assignment_id)).count())


def failures(assignment_id: int | None = None) -> int:
    """For how many submissions the grader failed, and nobody asked for them again."""
    failed = Job.objects.filter(state=FAILED, **_of(assignment_id))
    return sum(not is_repeated(job) for job in failed)
