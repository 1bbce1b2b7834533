"""Who has a job, and what becomes of it when they are gone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from course import made_work
from course.course_store import ZONE, Store
from course.threads import together

from grader.course.operations import assignments, campaigns, outcomes, queue
from grader.course.records import verify
from grader.course.records.events import Actor, now
from grader.course.records.models import Campaign, Event, Job, Result, Standing

ME = Actor(name="tests", via="test")


def _take(store: Store, *students: str, data: bytes = b"work") -> None:
    course = store.opened()
    for student in students:
        made_work.take(course, student, data + student.encode())


def _leased(worker: str) -> queue.Lease:
    held = queue.lease(worker)
    assert held is not None
    return held


def _result(
    held: queue.Lease, points: tuple[int, int] = (40, 0), *, is_failed: bool = False
) -> Any:
    return made_work.result_of(held, points, is_failed=is_failed)


def _lapse() -> None:
    Job.objects.filter(state=queue.RUNNING).update(lease_until=now() - timedelta(seconds=1))


def test_each_job_is_given_once(store: Store) -> None:
    """However many workers ask at once, no two have the same job."""
    _take(store, *(f"s{n}" for n in range(12)))

    def all_of(worker: str) -> list[int]:
        found = []
        while (held := queue.lease(worker)) is not None:
            found.append(held.job)
        return found

    given = together([partial(all_of, f"w{n}") for n in range(4)])
    assert sorted(job for jobs in given for job in jobs) == sorted(
        Job.objects.values_list("id", flat=True)
    )


def test_students_take_turns_and_their_newest_goes_first(store: Store) -> None:
    """Who submitted three times waits with the older ones until everybody had one."""
    course = store.opened()
    for student, n in (("alice", 1), ("alice", 2), ("alice", 3), ("bob", 1)):
        made_work.take(course, student, b"%d" % n)
    order = [_leased("w") for _ in range(4)]
    rows = Job.objects.select_related("submission__enrolment")
    told = [rows.get(id=held.job).submission for held in order]
    assert [(row.enrolment.student, row.attempt) for row in told] == [
        ("alice", 3),
        ("bob", 1),
        ("alice", 2),
        ("alice", 1),
    ]


def test_a_worker_that_was_stopped_for_too_long_gives_no_second_result(store: Store) -> None:
    """Its lease lapsed and another graded the job: what it finishes then is dropped."""
    _take(store, "alice")
    slow = _leased("slow")
    _lapse()
    assert list(queue.lapsed()) == []
    quick = _leased("quick")
    assert outcomes.finish(quick, _result(quick, (40, 60)), ME)
    assert not outcomes.finish(slow, _result(slow, (0, 0)), ME)
    queue.renew([slow])
    queue.give_back(slow, "late")
    assert [row.score_mp for row in Result.objects.all()] == [100_000]
    assert Job.objects.get().state == queue.DONE
    assert list(verify.problems()) == []


def test_the_same_worker_has_no_job_twice(store: Store) -> None:
    """A thread whose lease lapsed while its own process took the job again is no longer asked."""
    _take(store, "alice")
    first = _leased("w")
    _lapse()
    list(queue.lapsed())
    second = _leased("w")
    assert not outcomes.finish(first, _result(first), ME)
    assert outcomes.finish(second, _result(second), ME)
    assert Result.objects.count() == 1


def test_two_that_finish_at_once_give_one_result(store: Store) -> None:
    """Only one of them hits the row."""
    _take(store, "alice")
    held = _leased("w")
    done = together([partial(outcomes.finish, held, _result(held), ME)] * 4)
    assert sorted(done) == [False, False, False, True]
    assert Result.objects.count() == Standing.objects.count() == 1


def test_a_lease_that_was_renewed_meanwhile_is_kept(store: Store) -> None:
    """Who looks at lapsed leases takes none away that was renewed since."""
    _take(store, "alice")
    held = _leased("w")
    Job.objects.update(tries=queue.MOST_ENDS)
    _lapse()
    (job,) = queue.lapsed()
    queue.renew([queue.Lease(job=held.job, worker="w", tries=queue.MOST_ENDS)])
    assert queue.take_over(job, "other") is None


def test_a_process_that_is_gone_loses_its_jobs_at_once(store: Store) -> None:
    """Nobody waits for the lease of a process of this machine that was killed."""
    _take(store, "alice")
    code = "from grader.course.records import connection, courses\n"
    code += f"courses.opened(courses.find({str(store.folder)!r}))\n"
    code += "from grader.course.operations import queue\n"
    code += "assert queue.lease(queue.new_worker())\nimport os; os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert Job.objects.get().state == queue.RUNNING
    list(queue.lapsed())
    assert Job.objects.get().state == queue.QUEUED


def test_a_process_that_runs_keeps_its_jobs(store: Store) -> None:
    """A worker of this machine that is there is not gone."""
    _take(store, "alice")
    worker = queue.new_worker()
    _leased(worker)
    list(queue.lapsed())
    assert Job.objects.get().worker == worker


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("worker", ["", "w", "other/machine/x/1/2/3", "a/b/c/d/e/f/g"])
def test_a_worker_elsewhere_is_never_taken_for_gone(worker: str) -> None:
    """Only its lease says so."""
    assert not queue.is_gone(worker)


def test_what_was_only_interrupted_is_not_counted(store: Store) -> None:
    """Ctrl-C costs no try, and the next may begin at once."""
    _take(store, "alice")
    for _ in range(5):
        queue.give_back(_leased("w"), "stopped", is_our_choice=True)
    assert _leased("w").tries == 1


def test_what_ends_its_workers_waits_longer_and_is_given_up(store: Store) -> None:
    """From the third time on it is tried apart, with growing pauses; at last it is given up."""
    _take(store, "alice")
    pauses = []
    for n in range(1, queue.MOST_ENDS):
        held = _leased(f"w{n}")
        assert held.is_apart == (n >= 3)
        _lapse()
        assert list(queue.lapsed()) == []
        waits = Job.objects.get().not_before - now()
        pauses.append(max(0, round(waits.total_seconds())))
        Job.objects.update(not_before=now())
    assert pauses == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    _leased("last")
    _lapse()
    assert len(list(queue.lapsed())) == 1


def test_a_job_whose_worker_ended_is_graded_with_the_newest_release(store: Store) -> None:
    """A release that came meanwhile holds for it, as for all that wait."""
    _take(store, "alice")
    _leased("w")
    old = assignments.latest_release(assignments.find("kmeans"))
    assert old is not None
    old.pk, old.n, old.fingerprint = None, 2, "1" * 64
    old.save(force_insert=True)
    _lapse()
    list(queue.lapsed())
    assert Job.objects.get().release.n == 2


def test_what_failed_is_asked_for_once_more_with_an_event(store: Store) -> None:
    """Two who ask at once make one further job."""
    _take(store, "alice", "bob")
    for _ in range(2):
        held = _leased("w")
        outcomes.finish(held, _result(held, (0, 0), is_failed=True), ME)
    assert sorted(together([partial(queue.retry_failed, ME)] * 2)) == [0, 2]
    assert queue.failures() == 0
    assert Event.objects.filter(verb="retry").count() == 1
    assert Counter(Job.objects.values_list("round", flat=True)) == {0: 2, 1: 2}


def test_a_regrade_that_was_discarded_is_not_asked_for_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed in it stays as it is."""
    _take(store, "alice")
    held = _leased("w")
    outcomes.finish(held, _result(held), ME)
    monkeypatch.setattr(campaigns, "declaration_of", lambda _: None)
    campaigns.start(assignments.find("kmeans"), ZONE, actor=ME, seed=1)
    held = _leased("w")
    outcomes.finish(held, _result(held, (0, 0), is_failed=True), ME)
    campaigns.discard(Campaign.objects.get(), ME)
    assert queue.retry_failed(ME) == 0


def test_finishing_while_a_regrade_is_discarded_waits_for_nobody_in_a_circle(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either comes first, and both end."""
    students = [f"s{n}" for n in range(6)]
    _take(store, *students)
    for _ in students:
        held = _leased("w")
        outcomes.finish(held, _result(held), ME)
    monkeypatch.setattr(campaigns, "declaration_of", lambda _: None)
    campaigns.start(assignments.find("kmeans"), ZONE, actor=ME, seed=1)
    held_now = [_leased("w") for _ in students]
    campaign = Campaign.objects.get()
    ends: list[Any] = [partial(outcomes.finish, one, _result(one), ME) for one in held_now]
    together([*ends, partial(campaigns.discard, campaign, ME), partial(queue.renew, held_now)])
    states = set(Job.objects.filter(campaign=campaign).values_list("state", flat=True))
    assert states <= {queue.DONE, queue.CANCELED}
    assert Standing.objects.count() == len(students)
    assert list(verify.problems()) == []
