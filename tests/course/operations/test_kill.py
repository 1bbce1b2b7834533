"""What is killed, whenever it is, loses nothing and grades nothing twice."""

from __future__ import annotations

from pathlib import Path

from course import killing, made_work
from course.course_store import Store

from grader.course.records.models import Job, Result


def test_kills_at_any_time_lose_nothing(store: Store, tmp_path: Path) -> None:
    """Everything acknowledged is there with one result, and attempts have no gap.

    A submission that kills whoever grades it has a result too, and takes no other with it.
    """
    made_work.take(store.opened(), "mallory", b"poison")
    file = tmp_path / "acknowledged"
    storm = killing.Storm(folder=str(store.folder), file=str(file), seconds=6, kill_every_s=0.3)
    raged = storm.rage()
    after = killing.aftermath(storm, raged)
    assert raged.said == []
    assert after.acknowledged > 10
    assert (after.lost, after.gaps, after.problems) == ((), (), ())
    assert after.without_result == 0
    assert after.results == after.submissions > after.acknowledged
    (failed,) = Job.objects.filter(state="failed").select_related("submission__enrolment")
    assert failed.submission.enrolment.student == "mallory"
    assert Result.objects.get(job=failed).status == "crashed"
