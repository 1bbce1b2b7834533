"""What is killed, whenever it is, loses nothing and grades nothing twice."""

from __future__ import annotations

from pathlib import Path

from course import killing
from course.course_store import Store


def test_kills_at_any_time_lose_nothing(store: Store, tmp_path: Path) -> None:
    """Everything acknowledged is there with one result, and attempts have no gap."""
    file = tmp_path / "acknowledged"
    storm = killing.Storm(folder=str(store.folder), file=str(file), seconds=6, kill_every_s=0.3)
    raged = storm.rage()
    after = killing.aftermath(storm, raged)
    print(after)
    assert raged.said == []
    assert after.acknowledged > 20
    assert (after.lost, after.gaps, after.problems) == ((), (), ())
    assert (after.without_result, after.failed) == (0, 0)
    assert after.results == after.submissions >= after.acknowledged
