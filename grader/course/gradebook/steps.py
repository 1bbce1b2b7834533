"""The steps by which lateness is computed, each as a sentence for `late --explain`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from grader.catalog import Catalog, Message, catalog, say
from grader.course.gradebook.policy import Span
from grader.course.gradebook.times import local_text, utc_text

Duration = tuple[int, int, int, int]
"""Calendar days, then hours, minutes and seconds that elapsed after them."""
Value = int | str | Message | datetime | Span | Fraction | Duration


class Sentence(StrEnum):
    """What a step says: the end of its id in the catalog, after `course.step.`."""

    NO_DUE = "no_due"
    DUE = "due"
    EXTENDED = "extended"
    ON_TIME = "on_time"
    LATE = "late"
    EXEMPT = "exempt"
    GRACE = "grace"
    NO_GRACE = "no_grace"
    NEEDED = "needed"
    GIVEN = "given"
    BUDGET = "budget"
    BUDGET_MOST = "budget_most"
    FREE = "free"
    COVERED = "covered"
    NO_COST = "no_cost"
    TIER = "tier"
    LAST = "last"
    RATE = "rate"
    RATE_MOST = "rate_most"
    OF_POSSIBLE = "of_possible"
    FLOOR = "floor"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: what it says, and its values, times in UTC."""

    says: Sentence
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def is_about_grace(self) -> bool:
        """Whether it shows the grace, which `grace_shown = false` keeps from students."""
        return self.says in {Sentence.GRACE, Sentence.NO_GRACE}

    def text(self, zone: ZoneInfo, texts: Catalog | None = None) -> str:
        """The sentence in a language (default: English), with times on the clock of a zone."""
        texts = texts or catalog()
        shown = {name: _shown(value, zone, texts) for name, value in self.values}
        return texts.say(f"course.step.{self.says}", **shown)

    def data(self) -> dict[str, object]:
        """The step for programs: its id, and its values without a language."""
        return {"step": str(self.says), **{name: _plain(value) for name, value in self.values}}


def late_days(count: int) -> Message:
    """`1 late day`, `2 late days`."""
    return say("course.step.days", n=count)


def span_text(span: Span, texts: Catalog | None = None) -> str:
    """A span, in English as it is written in `[late]`: `5 min`, `1 day`, `2 weeks`."""
    return (texts or catalog()).say(f"course.span.{span.unit}", n=span.n)


def percent_text(percent: Fraction) -> str:
    """`10%`, `12.5%`, `33.33%`."""
    cents = round(percent * 100)
    return f"{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".") + "%"


def duration_text(late: Duration, texts: Catalog | None = None) -> str:
    """`1 day 3 h 12 min`; seconds only below a minute."""
    texts = texts or catalog()
    days, hours, minutes, seconds = late
    is_short = not any(late[:3])
    spans = (("day", days), ("h", hours), ("min", minutes), ("s", seconds * is_short))
    parts = [texts.say(f"course.span.{unit}", n=n) for unit, n in spans if n]
    return " ".join(parts) or texts.say("course.span.moment")


def _shown(value: Value, zone: ZoneInfo, texts: Catalog) -> str:
    if isinstance(value, datetime):
        return local_text(value, zone)
    if isinstance(value, Span):
        return span_text(value, texts)
    if isinstance(value, Fraction):
        return percent_text(value)
    if isinstance(value, tuple):
        return duration_text(value, texts)
    return texts.tell(value) if isinstance(value, Message) else str(value)


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Span):
        return span_text(value)
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, tuple):
        return duration_text(value)
    return dict(value.values)["n"] if isinstance(value, Message) else value
