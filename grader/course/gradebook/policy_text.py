"""The late policy as an instructor writes it in `[late]`: read, and checked whole."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from grader.course.gradebook.policy import Budget, LatePolicy, Of, Rate, Span, Tier, Unit
from grader.course.gradebook.steps import span_text
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

MINUTES = {Unit.MINUTE: 1, Unit.HOUR: 60, Unit.DAY: 1440, Unit.WEEK: 10080}
"""How long a unit is on most days, to compare spans."""
LONGEST = 366 * MINUTES[Unit.DAY]
MOST_DAYS = 366
MOST_POINTS = 1_000_000
UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), Unit.MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), Unit.HOUR),
    **dict.fromkeys(("day", "days"), Unit.DAY),
    **dict.fromkeys(("week", "weeks"), Unit.WEEK),
}
"""How people write a unit."""
_SPAN = re.compile(r"(?:([0-9]{1,6})\s*)?([a-z]+)")
_TIER_FORM = '[ { up_to = "1 day", lose = 10 }, { up_to = "3 days", lose = 30 } ]'
_RATE_FORM = '{ per = "day", lose = 10, at_most = 50 }'
_BUDGET_FORM = "{ days = 3, per_assignment = 2 }"


class PolicyError(UsageError):
    """A late policy cannot be used; made of a line for every problem found."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line for each problem."""
        return self._lines


def read_policy(table: Mapping[str, Any], where: str = "late") -> LatePolicy:
    """The policy in a table of TOML. Raises PolicyError with a line for each problem in it.

    `where` begins each line: the path of the table in the file.
    """
    reader = _Reader()
    policy = reader.policy(table, where)
    if reader.problems:
        raise PolicyError(*reader.problems)
    return policy


class _Reader:
    """A table as it is read: its problems gather here."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def policy(self, table: Mapping[str, Any], where: str) -> LatePolicy:
        """The policy, with defaults where there is a problem."""
        default = LatePolicy()
        self._known(table, where, ("grace", "grace_shown", "budget", "then", "of", "floor"))
        grace = self._span(table.get("grace", "0 min"), f"{where}.grace", least=0)
        shown = table.get("grace_shown", True)
        if not isinstance(shown, bool):
            self._problem(f"{where}.grace_shown", "true or false", shown, "write true or false")
        budget = self._budget(table.get("budget"), f"{where}.budget")
        then = self._then(table.get("then"), f"{where}.then")
        if budget.days and "then" not in table:
            self.problems.append(
                f"{where}.budget: has no effect without {where}.then, since lateness costs "
                f"nothing; add then = {_RATE_FORM}, or remove the budget"
            )
        return LatePolicy(
            grace=grace or default.grace,
            grace_shown=shown is True,
            budget=budget,
            then=then,
            of=self._of(table.get("of", Of.ACHIEVED), f"{where}.of"),
            floor_mp=self._floor(table.get("floor", 0), f"{where}.floor"),
        )

    def _problem(self, where: str, expected: str, got: object, do: str) -> None:
        shown = visible(repr(got), NAME_LIMIT)
        self.problems.append(f"{where}: expected {expected}, got {shown}; {do}")

    def _known(self, table: Mapping[str, Any], where: str, names: Sequence[str]) -> None:
        for name in table:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                do = f"did you mean {near[0]!r}?" if near else f"use {', '.join(names)}"
                shown = visible(name, NAME_LIMIT)
                self.problems.append(f"{where}: there is no key {shown!r}; {do}")

    def _missing(self, table: Mapping[str, Any], where: str, names: Sequence[str]) -> bool:
        missing = [name for name in names if name not in table]
        for name in missing:
            self.problems.append(f"{where}: the key {name!r} is missing; add it")
        return bool(missing)

    def _span(self, value: object, where: str, *, least: int = 1) -> Span | None:
        found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        unit = UNITS.get(found[2]) if found else None
        if found is None or unit is None:
            form = "write a number and min, h, day or week, as in '5 min' or '2 days'"
            self._problem(where, "a span of time", value, form)
            return None
        span = Span(n=int(found[1] or 1), unit=unit)
        if not least * MINUTES[unit] <= span.n * MINUTES[unit] <= LONGEST:
            most = span_text(Span(n=LONGEST // MINUTES[unit], unit=unit))
            self._problem(where, f"{least} to {most}", value, "change it")
            return None
        return span

    def _number(
        self, value: object, where: str, *, most: int, places: int = 6, name: str = "a number"
    ) -> Fraction | None:
        expected = f"{name} from 0 to {most}"
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self._problem(where, expected, value, "change it")
            return None
        number = Decimal(str(value))
        if not number.is_finite() or not 0 <= number <= most:
            self._problem(where, expected, value, "change it")
            return None
        exact = Fraction(number)
        if (exact * 10**places).denominator > 1:
            self._problem(where, f"at most {places} decimals", value, "round it")
            return None
        return exact

    def _percent(self, value: object, where: str) -> Fraction:
        return self._number(value, where, most=100, name="a percentage") or Fraction(0)

    def _count(self, value: object, where: str) -> int:
        name = "a whole number of days"
        number = self._number(value, where, most=MOST_DAYS, name=name)
        if number is not None and number.denominator > 1:
            self._problem(where, name, value, "change it")
        return int(number or 0)

    def _budget(self, value: object, where: str) -> Budget:
        if value is None:
            return Budget(days=0)
        if not isinstance(value, Mapping):
            self._problem(where, "a table", value, f"write {_BUDGET_FORM}")
            return Budget(days=0)
        self._known(value, where, ("days", "per_assignment"))
        if self._missing(value, where, ("days",)):
            return Budget(days=0)
        most = value.get("per_assignment")
        return Budget(
            days=self._count(value["days"], f"{where}.days"),
            per_assignment=None if most is None else self._count(most, f"{where}.per_assignment"),
        )

    def _then(self, value: object, where: str) -> tuple[Tier, ...] | Rate | None:
        if value is None:
            return None
        if isinstance(value, Mapping):
            return self._rate(value, where)
        if not isinstance(value, list | tuple) or not value:
            self._problem(where, "tiers or a rate", value, f"write {_TIER_FORM} or {_RATE_FORM}")
            return None
        tiers = [self._tier(one, f"{where}[{number}]") for number, one in enumerate(value, 1)]
        known = tuple(tier for tier in tiers if tier is not None)
        if len(known) == len(tiers):
            self._rising(known, where)
        return known

    def _tier(self, value: object, where: str) -> Tier | None:
        if not isinstance(value, Mapping):
            self._problem(where, "a table", value, 'write { up_to = "1 day", lose = 10 }')
            return None
        self._known(value, where, ("up_to", "lose"))
        if self._missing(value, where, ("up_to", "lose")):
            return None
        up_to = self._span(value["up_to"], f"{where}.up_to")
        lose = self._percent(value["lose"], f"{where}.lose")
        return None if up_to is None else Tier(up_to=up_to, lose=lose)

    def _rising(self, tiers: Sequence[Tier], where: str) -> None:
        for number, (one, two) in enumerate(pairwise(tiers), 2):
            longer = two.up_to.n * MINUTES[two.up_to.unit] > one.up_to.n * MINUTES[one.up_to.unit]
            if not longer:
                self.problems.append(
                    f"{where}[{number}].up_to: expected more than {span_text(one.up_to)}, got "
                    f"{span_text(two.up_to)}; put the tiers in order"
                )
            elif two.lose < one.lose:
                self.problems.append(
                    f"{where}[{number}].lose: expected at least {_decimal(one.lose)}, as in the "
                    f"tier before, got {_decimal(two.lose)}; a later submission cannot lose less"
                )

    def _rate(self, value: Mapping[str, Any], where: str) -> Rate | None:
        self._known(value, where, ("per", "lose", "at_most"))
        if self._missing(value, where, ("per", "lose")):
            return None
        per = self._span(value["per"], f"{where}.per")
        lose = self._percent(value["lose"], f"{where}.lose")
        before = len(self.problems)
        most = self._percent(value.get("at_most", 100), f"{where}.at_most")
        if most < lose and len(self.problems) == before:
            got = f"expected at least {_decimal(lose)}, as in lose, got {_decimal(most)}"
            self.problems.append(f"{where}.at_most: {got}; change one of them")
        return None if per is None else Rate(per=per, lose=lose, at_most=most)

    def _of(self, value: Any, where: str) -> Of:
        try:
            return Of(value)
        except ValueError:
            self._problem(where, "'achieved' or 'possible'", value, "change it")
            return Of.ACHIEVED

    def _floor(self, value: object, where: str) -> int:
        number = self._number(value, where, most=MOST_POINTS, places=3, name="points")
        return int((number or 0) * 1000)


def _decimal(number: Fraction) -> str:
    return f"{float(number):g}"
