"""The steps by which lateness is computed, each as a sentence for `late --explain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from grader.course.gradebook.policy import Span, Unit
from grader.course.gradebook.times import local_text

Duration = tuple[int, int, int, int]
"""Calendar days, then hours, minutes and seconds that elapsed after them."""
Value = int | str | datetime | Span | Fraction | Duration


class Sentence(StrEnum):
    """What a step says; names in braces are its values."""

    NO_DUE = "There is no due time, so nothing is late."
    DUE = "Due {at}."
    EXTENDED = "Due {at}, by the extension."
    ON_TIME = "Submitted {at}, on time."
    LATE = "Submitted {at}, {late} late."
    EXEMPT = "The extension exempts from lateness, so nothing is lost."
    GRACE = "Within the grace of {grace}, so nothing is lost."
    NO_GRACE = "The grace of {grace} is over, so lateness counts from the due time."
    NEEDED = "To be on time takes {needed}."
    GIVEN = "{used} of {most} that the extension gives."
    BUDGET = "{used} of {left} left in the term."
    BUDGET_MOST = "{used} of {left} left in the term, at most {most} for one assignment."
    FREE = "The due time moves to {at}."
    COVERED = "That covers the lateness, so nothing is lost."
    NO_COST = "The late policy takes no points."
    TIER = "Later by at most {up_to}: {lose} is lost."
    LAST = "Later by more than {up_to}: everything is lost."
    RATE = "Later by {count} × {per}, started ones included: {lose} is lost, {each} for each."
    RATE_MOST = (
        "Later by {count} × {per}, started ones included: {lose} is lost, which is the most."
    )


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: what it says, and its values, times in UTC."""

    says: Sentence
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def is_about_grace(self) -> bool:
        """Whether it shows the grace, which `grace_shown = false` keeps from students."""
        return self.says in {Sentence.GRACE, Sentence.NO_GRACE}

    def text(self, zone: ZoneInfo) -> str:
        """The sentence, with times on the clock of a zone."""
        return self.says.format(**{name: _shown(value, zone) for name, value in self.values})


def _shown(value: Value, zone: ZoneInfo) -> str:
    for kind, show in _FORMS.items():
        if isinstance(value, kind):
            return show(value, zone)
    return str(value)


def counted(count: int, word: str) -> str:
    """`1 late day`, `2 late days`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def span_text(span: Span) -> str:
    """A span as it is written in `[late]`: `5 min`, `1 day`, `2 weeks`."""
    is_short = span.unit in {Unit.MINUTE, Unit.HOUR}
    return f"{span.n} {span.unit}" if is_short else counted(span.n, span.unit)


def percent_text(percent: Fraction) -> str:
    """`10%`, `12.5%`, `33.33%`."""
    cents = round(percent * 100)
    return f"{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".") + "%"


def duration_text(late: Duration) -> str:
    """`1 day 3 h 12 min`; seconds only below a minute."""
    days, hours, minutes, seconds = late
    parts = [counted(days, "day")] * bool(days)
    parts += [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts) or (f"{seconds} s" if seconds else "less than 1 s")


_FORMS: dict[type, Callable[..., str]] = {
    datetime: local_text,
    Span: lambda span, _: span_text(span),
    Fraction: lambda percent, _: percent_text(percent),
    tuple: lambda late, _: duration_text(late),
}
