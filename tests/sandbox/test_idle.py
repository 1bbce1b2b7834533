"""When a child that owes an answer has done nothing for too long."""

from __future__ import annotations

import os

from grader.sandbox.idle import IDLE_S, LOOK_EVERY_S, Idleness, Look, look


def first_idle(looks: list[Look | None], *, every_s: float = LOOK_EVERY_S) -> int | None:
    """Get the number of the look from which the child counts as idle."""
    idleness = Idleness()
    for number, one in enumerate(looks):
        if idleness.add(number * every_s, one):
            return number
    return None


def test_sleeper_is_idle_after_a_while() -> None:
    """A child that uses next to nothing is idle when the time for that is over."""
    assert first_idle([Look(busy_s=0.001 * n) for n in range(60)]) == int(IDLE_S)


def test_worker_is_never_idle() -> None:
    """A child that runs, or waits for its turn on a loaded machine, is not idle."""
    assert first_idle([Look(busy_s=0.05 * n) for n in range(200)]) is None


def test_waiting_for_the_machine_is_no_idleness() -> None:
    """A child that waits for the disk, or was halted from outside, is not idle."""
    assert first_idle([Look(busy_s=1.0, is_waiting=True)] * 200) is None


def test_work_starts_the_time_anew() -> None:
    """A child that did something in between has its whole time again."""
    looks = [Look(busy_s=0.0)] * 15 + [Look(busy_s=1.0)] * 40
    assert first_idle(looks) == 15 + int(IDLE_S)


def test_unseen_child_is_never_idle() -> None:
    """Where the system does not tell, the wall clock alone decides."""
    assert first_idle([None] * 200) is None


def test_time_without_the_judge_does_not_count() -> None:
    """A judge that did not run itself for hours has seen no idleness in them."""
    assert first_idle([Look(busy_s=0.0)] * 5, every_s=3600.0) is None


def test_own_process_can_be_looked_at() -> None:
    """The threads of a process are seen, and what they did adds up."""
    before, after = look(os.getpid()), look(os.getpid())
    assert before is not None
    assert after is not None
    assert 0 < before.busy_s <= after.busy_s
    assert before.is_waiting  # it runs
