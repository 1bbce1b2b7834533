"""How much longer a class takes, by how fast it went so far."""

from __future__ import annotations

from grader.cli.pace import remaining


def test_nothing_is_said_at_first() -> None:
    """Before three have ended nothing is estimated."""
    assert remaining(ended=2, left=10, elapsed_s=60.0) is None


def test_rate_of_the_run_counts() -> None:
    """What is left takes as long as what has ended, one for one."""
    assert remaining(ended=10, left=20, elapsed_s=30.0) == 60.0


def test_tail_is_never_nothing() -> None:
    """While something runs, 0 seconds are never left."""
    assert remaining(ended=1000, left=1, elapsed_s=100.0) == 1.0
    assert remaining(ended=1000, left=0, elapsed_s=250.0) == 0.0
