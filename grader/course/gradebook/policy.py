"""What lateness costs: a sequence of steps, as an instructor writes it in `[late]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What a span of time is counted in; days and weeks are calendar days of the course's zone."""

    MINUTE = "min"
    HOUR = "h"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class Span:
    """A span of time: `n` units."""

    n: int
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Up to so much later, so many percent are lost; nothing is accepted after the last tier."""

    up_to: Span
    lose: Fraction


@dataclass(frozen=True, kw_only=True)
class Rate:
    """For each started period so many percent are lost, at most so many together."""

    per: Span
    lose: Fraction
    at_most: Fraction = Fraction(100)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Free late days in a term, and how many of them one assignment may take (None: all)."""

    days: int
    per_assignment: int | None = None


class Of(StrEnum):
    """What the percentage is of: the points achieved, or those that were possible."""

    ACHIEVED = "achieved"
    POSSIBLE = "possible"


@dataclass(frozen=True, kw_only=True)
class LatePolicy:
    """First the grace, then free days, then what is lost; empty, it costs nothing."""

    grace: Span = field(default_factory=lambda: Span(n=0, unit=Unit.MINUTE))
    grace_shown: bool = True
    budget: Budget = field(default_factory=lambda: Budget(days=0))
    then: tuple[Tier, ...] | Rate | None = None
    of: Of = Of.ACHIEVED
    floor_mp: int = 0
    """Lateness does not take a mark below this, and never lifts one."""
