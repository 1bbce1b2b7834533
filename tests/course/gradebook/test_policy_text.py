"""Tests of `grader.course.gradebook.policy_text` and `policy_json`: the table `[late]`."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from typing import Any

import pytest
from gradebook_facts import span, tier
from hypothesis import given, settings
from random_works import policies

from grader.course.gradebook.policy import Budget, LatePolicy, Of, Rate, Tier, Unit
from grader.course.gradebook.policy_json import policy_from_json, policy_json
from grader.course.gradebook.policy_text import PolicyError, read_policy

SPECIFIED = """
[late]
grace = "5 min"              # shown to staff only or to all: grace_shown = false
budget = { days = 3, per_assignment = 2 }     # free late days a term
then = [ { up_to = "1 day", lose = 10 }, { up_to = "3 days", lose = 30 } ]
of = "achieved"              # or "possible"
floor = 0
"""


def read(text: str) -> LatePolicy:
    """The policy that lines of TOML have."""
    return read_policy(tomllib.loads(text))


def problems(text: str) -> list[str]:
    """What is wrong with lines of TOML."""
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert str(caught.value) == "\n".join(caught.value.lines)
    return [*caught.value.lines]


def test_specified_table_is_read() -> None:
    """The table of the specification is the policy that it says."""
    assert read_policy(tomllib.loads(SPECIFIED)["late"]) == LatePolicy(
        grace=span(5, Unit.MINUTE),
        budget=Budget(days=3, per_assignment=2),
        then=(tier(1, 10), tier(3, 30)),
    )


def test_each_step_is_optional() -> None:
    """An empty table costs nothing."""
    assert read("") == LatePolicy()


def test_rates_and_numbers_are_read() -> None:
    """A rate, numbers with a point, and every unit in the forms that people write."""
    table = """
    grace = "90 minutes"
    grace_shown = false
    then = { per = "week", lose = 12.5, at_most = 37.5 }
    of = "possible"
    floor = 1.25
    """
    assert read(table) == LatePolicy(
        grace=span(90, Unit.MINUTE),
        grace_shown=False,
        then=Rate(per=span(1, Unit.WEEK), lose=Fraction(25, 2), at_most=Fraction(75, 2)),
        of=Of.POSSIBLE,
        floor_mp=1250,
    )
    for text, unit in (("2h", Unit.HOUR), ("2 hours", Unit.HOUR), ("2 days", Unit.DAY)):
        tiers = read(f'then = [ {{ up_to = "{text}", lose = 0.1 }} ]').then
        assert tiers == (Tier(up_to=span(2, unit), lose=Fraction(1, 10)),)


SPAN_FORM = "write a number and min, h, day or week, as in '5 min' or '2 days'"
TIERS = '[ { up_to = "1 day", lose = 10 }, { up_to = "3 days", lose = 30 } ]'
RATE = '{ per = "day", lose = 10, at_most = 50 }'


def test_all_problems_are_named() -> None:
    """Each problem is a line with the path of its key, all in one go."""
    table = """
    grace = "5 sec"
    grase = 1
    "\\u001b" = 1
    grace_shown = "no"
    budget = { per_assignment = 2.5 }
    then = [ { up_to = "1 day", lose = 10 }, { up_to = "0 h", lose = 110 }, { up_to = "2 weeks" }, 3 ]
    of = "all"
    floor = 0.0001
    """
    keys = "grace, grace_shown, budget, then, of, floor"
    assert problems(table) == [
        "late: there is no key 'grase'; did you mean 'grace'?",
        f"late: there is no key '⟨U+001B⟩'; use {keys}",
        f"late.grace: expected a span of time, got '5 sec'; {SPAN_FORM}",
        "late.grace_shown: expected true or false, got 'no'; write true or false",
        "late.budget: the key 'days' is missing; add it",
        "late.then[2].up_to: expected 1 to 8784 h, got '0 h'; change it",
        "late.then[2].lose: expected a percentage from 0 to 100, got 110; change it",
        "late.then[3]: the key 'lose' is missing; add it",
        'late.then[4]: expected a table, got 3; write { up_to = "1 day", lose = 10 }',
        "late.of: expected 'achieved' or 'possible', got 'all'; change it",
        "late.floor: expected at most 3 decimals, got 0.0001; round it",
    ]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            "budget = { days = 2 }",
            "late.budget: has no effect without late.then, since lateness costs nothing; add "
            f"then = {RATE}, or remove the budget",
        ),
        (
            f"budget = 3\nthen = {RATE}",
            "late.budget: expected a table, got 3; write { days = 3, per_assignment = 2 }",
        ),
        (
            f"budget = {{ days = 1.5 }}\nthen = {RATE}",
            "late.budget.days: expected a whole number of days, got 1.5; change it",
        ),
        (
            f"budget = {{ days = -1 }}\nthen = {RATE}",
            "late.budget.days: expected a whole number of days from 0 to 366, got -1; change it",
        ),
        (
            f"budget = {{ days = true }}\nthen = {RATE}",
            "late.budget.days: expected a whole number of days from 0 to 366, got True; change it",
        ),
        (
            f"budget = {{ days = 1, per_asignment = 1 }}\nthen = {RATE}",
            "late.budget: there is no key 'per_asignment'; did you mean 'per_assignment'?",
        ),
        ("then = []", f"late.then: expected tiers or a rate, got []; write {TIERS} or {RATE}"),
        ("then = 10", f"late.then: expected tiers or a rate, got 10; write {TIERS} or {RATE}"),
        (
            'then = [ { up_to = "1 day", lose = 20 }, { up_to = "24 h", lose = 30 } ]',
            "late.then[2].up_to: expected more than 1 day, got 24 h; put the tiers in order",
        ),
        (
            'then = [ { up_to = "1 day", lose = 20 }, { up_to = "2 days", lose = 12.5 } ]',
            "late.then[2].lose: expected at least 20, as in the tier before, got 12.5; a later submission cannot lose less",
        ),
        (
            'then = { per = "day", lose = 60, at_most = 50 }',
            "late.then.at_most: expected at least 60, as in lose, got 50; change one of them",
        ),
        ("then = { lose = 60 }", "late.then: the key 'per' is missing; add it"),
        (
            'then = { per = "day", lose = nan }',
            "late.then.lose: expected a percentage from 0 to 100, got nan; change it",
        ),
        (
            'then = { per = "day", lose = "10%" }',
            "late.then.lose: expected a percentage from 0 to 100, got '10%'; change it",
        ),
        ('grace = "400 days"', "late.grace: expected 0 to 366 days, got '400 days'; change it"),
        ("grace = 5", f"late.grace: expected a span of time, got 5; {SPAN_FORM}"),
        ("floor = -1", "late.floor: expected points from 0 to 1000000, got -1; change it"),
        ("of = [1]", "late.of: expected 'achieved' or 'possible', got [1]; change it"),
    ],
)
def test_problem_is_named(table: str, problem: str) -> None:
    """Each thing that can be wrong has its line."""
    assert problems(table) == [problem]


def test_path_of_the_table_is_named() -> None:
    """The caller says where the table is."""
    with pytest.raises(PolicyError) as caught:
        read_policy({"of": 1}, where="course.toml, late")
    assert str(caught.value) == (
        "course.toml, late.of: expected 'achieved' or 'possible', got 1; change it"
    )


@settings(max_examples=60)
@given(policies)
def test_stored_policy_is_the_same(policy: LatePolicy) -> None:
    """A policy comes back from JSON as it was, and its JSON is always the same."""
    text = json.dumps(policy_json(policy))
    assert policy_from_json(json.loads(text)) == policy
    assert json.dumps(policy_json(policy_from_json(json.loads(text)))) == text


def test_stored_policy_has_a_form() -> None:
    """What the store keeps is plain: spans as people write them, percent as exact fractions."""
    assert policy_json(read_policy(tomllib.loads(SPECIFIED)["late"])) == {
        "grace": "5 min",
        "grace_shown": True,
        "budget": {"days": 3, "per_assignment": 2},
        "then": [{"up_to": "1 day", "lose": "10"}, {"up_to": "3 days", "lose": "30"}],
        "of": "achieved",
        "floor_mp": 0,
    }


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"of": "all"}, "ValueError: 'all' is not a valid Of"),
        ({"grace": "5"}, "ValueError: not enough values to unpack (expected 2, got 1)"),
        ({"grace": "5 moons"}, "KeyError: 'moons'"),
        ({"budget": None}, "TypeError: 'NoneType' object is not subscriptable"),
        ({"then": 3}, "TypeError: then"),
        ({"then": [{"up_to": "1 day", "lose": "1/0"}]}, "ZeroDivisionError: Fraction(1, 0)"),
    ],
)
def test_damaged_policy_is_refused(change: dict[str, Any], what: str) -> None:
    """A stored policy that is damaged is one line, no traceback."""
    with pytest.raises(PolicyError) as caught:
        policy_from_json(policy_json(LatePolicy()) | change)
    assert str(caught.value) == (
        f"late policy: the stored one cannot be read: {what}; restore a backup"
    )
