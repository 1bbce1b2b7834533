"""Estimates the remaining time of a batch."""

from __future__ import annotations

LEAST_ENDED = 3
LEAST_LEFT_S = 1.0


def remaining(*, ended: int, left: int, elapsed_s: float) -> float | None:
    """Seconds that are likely left, by the rate so far; None while too few have ended.

    `ended` and `elapsed_s` are those of this run alone, up to the last that has ended: one that
    runs on and on says nothing about the others.
    """
    if ended < LEAST_ENDED:
        return None
    if not left:
        return 0.0
    return max(left * elapsed_s / ended, LEAST_LEFT_S)
