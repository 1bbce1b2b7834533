"""Estimates the remaining time of a batch."""

from __future__ import annotations

LEAST_ENDED = 3
LEAST_LEFT_S = 1.0


def remaining(*, ended: int, left: int, elapsed_s: float, quiet_s: float) -> float | None:
    """Seconds that are likely left, by the rate so far; None while too few have ended.

    `ended` and `elapsed_s` are those of this run alone. Where nothing has ended for `quiet_s`,
    something long is running, and is expected to run as long again.
    """
    if ended < LEAST_ENDED:
        return None
    if not left:
        return 0.0
    return max(left * elapsed_s / ended, quiet_s, LEAST_LEFT_S)
