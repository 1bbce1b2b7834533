"""Leniency: what is forgiven, and what it costs."""

from __future__ import annotations

from grader.assignment import Check
from grader.running.candidate import Candidate

GLOBAL_SHARE = 0.7
"""The share of its points that a check of values gives when a global was read for a parameter."""


def share_kept(check: Check, candidate: Candidate) -> float:
    """The share of its points that a check gives when it passes."""
    is_duplicated = (
        candidate.is_bound and not candidate.is_global_read_elsewhere and check.compares_values
    )
    return GLOBAL_SHARE if is_duplicated else 1.0
