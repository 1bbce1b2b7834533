"""The late policy as the store keeps it: plain data, exact, and always the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from grader.course.gradebook.policy import Budget, LatePolicy, Of, Rate, Span, Tier
from grader.course.gradebook.policy_text import UNITS, PolicyError
from grader.course.gradebook.steps import span_text
from grader.safe_text import NAME_LIMIT, visible


def policy_json(policy: LatePolicy) -> dict[str, Any]:
    """The policy as plain data, always the same for the same policy; numbers stay exact."""
    then = policy.then
    return {
        "grace": span_text(policy.grace),
        "grace_shown": policy.grace_shown,
        "budget": {
            "days": policy.budget.days,
            "per_assignment": policy.budget.per_assignment,
        },
        "then": _rate_json(then) if isinstance(then, Rate) else _tiers_json(then),
        "of": str(policy.of),
        "floor_mp": policy.floor_mp,
    }


def _rate_json(rate: Rate) -> dict[str, str]:
    return {"per": span_text(rate.per), "lose": str(rate.lose), "at_most": str(rate.at_most)}


def _tiers_json(tiers: tuple[Tier, ...] | None) -> list[dict[str, str]] | None:
    if tiers is None:
        return None
    return [{"up_to": span_text(tier.up_to), "lose": str(tier.lose)} for tier in tiers]


def policy_from_json(data: Mapping[str, Any]) -> LatePolicy:
    """The policy that `policy_json` wrote. Raises PolicyError where it is not one."""
    try:
        most = data["budget"]["per_assignment"]
        return LatePolicy(
            grace=_stored_span(data["grace"]),
            grace_shown=bool(data["grace_shown"]),
            budget=Budget(
                days=int(data["budget"]["days"]),
                per_assignment=None if most is None else int(most),
            ),
            then=_stored_then(data["then"]),
            of=Of(data["of"]),
            floor_mp=int(data["floor_mp"]),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        shown = visible(f"{type(error).__name__}: {error}", NAME_LIMIT)
        msg = f"late policy: the stored one cannot be read: {shown}; restore a backup"
        raise PolicyError(msg) from None


def _stored_then(data: object) -> tuple[Tier, ...] | Rate | None:
    if isinstance(data, Mapping):
        return Rate(
            per=_stored_span(data["per"]),
            lose=Fraction(data["lose"]),
            at_most=Fraction(data["at_most"]),
        )
    if not isinstance(data, list | type(None)):
        raise TypeError("then")
    if data is None:
        return None
    return tuple(Tier(up_to=_stored_span(one["up_to"]), lose=Fraction(one["lose"])) for one in data)


def _stored_span(text: str) -> Span:
    number, unit = text.split(" ")
    return Span(n=int(number), unit=UNITS[unit])
