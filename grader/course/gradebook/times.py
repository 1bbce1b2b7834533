"""Times as people write and read them, and days on the clock of a course's zone.

Everything inside is a `datetime` in UTC. What a person types without an offset is the wall clock
of the zone; where the clocks change, such a time may not exist or be there twice, and is refused.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from grader.course.gradebook.policy import Span, Unit
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

FIRST_YEAR, LAST_YEAR = 2000, 2199
_FORM = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?: ?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_UTC_NAMES = {"Z", "z"}
_MOST_OFFSET = timedelta(hours=14)
_OF_THE_MACHINE = ("localtime", "posixrules", "Factory", "posix/", "right/")
"""Names that mean another zone on each machine, or count leap seconds."""
_END_OF_DAY = "23:59:59.999999"


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UsageError where there is none of that name."""
    try:
        if not name.startswith(_OF_THE_MACHINE):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass  # not there, a path, or a folder of zones
    known = zoneinfo.available_timezones() - {*_OF_THE_MACHINE}
    if not known:
        raise UsageError(
            "zone: this machine has no data on time zones; install them with: pip install tzdata"
        )
    near = difflib.get_close_matches(name[:NAME_LIMIT], known, n=1)
    do = f"did you mean {near[0]!r}?" if near else "write it as in 'Europe/Berlin'"
    raise UsageError(f"zone: there is no time zone {_quoted(name)}; {do}")


def parse_time(
    text: str, zone: ZoneInfo, *, where: str = "time", end_of_day: bool = False
) -> datetime:
    """The instant that a person wrote; `where` begins a message, such as the option's name.

    A date alone is refused, unless `end_of_day` makes it the last microsecond of that day.
    Raises UsageError where it is not a time, or not one time on the zone's clock.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        msg = f"{where}: expected a time, got {_quoted(text)}; write it as in 2026-12-24T23:59"
        raise UsageError(msg)
    is_day = found["time"] is None
    if is_day and not end_of_day:
        msg = f"{where}: expected a time of day after the date, got {_quoted(text)}"
        raise UsageError(f"{msg}; write it as in {found['date']}T23:59")
    try:
        wall = datetime.fromisoformat(f"{found['date']}T{found['time'] or _END_OF_DAY}")
        offset = _offset(found["offset"])
    except ValueError:
        msg = f"{where}: there is no such date or time, got {_quoted(text)}; check each number"
        raise UsageError(msg) from None
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        msg = f"{where}: expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {wall.year}"
        raise UsageError(f"{msg}; check the year")
    if offset is not None:
        return wall.replace(tzinfo=offset).astimezone(UTC)
    return _only_reading(wall, zone, where, is_day=is_day)


def _quoted(text: str) -> str:
    return repr(visible(text, NAME_LIMIT))


def _offset(text: str | None) -> timezone | None:
    """The offset from UTC that was written. Raises ValueError where nobody lives."""
    if text is None:
        return None
    if text in _UTC_NAMES:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if size > _MOST_OFFSET or int(digits[2:]) > 59:
        raise ValueError(text)
    return timezone(-size if text[0] == "-" else size)


def _readings(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A wall time by the offset before a change of the clocks, and by the one after it, in UTC."""
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return before, after


def _only_reading(wall: datetime, zone: ZoneInfo, where: str, *, is_day: bool) -> datetime:
    before, after = _readings(wall, zone)
    if before == after or (is_day and before < after):
        return after
    is_gap = after < before
    shown = f"{where}: {_typed(wall)}"
    what = "does not exist" if is_gap else "is there twice"
    choice = " or ".join(_offers(wall, (before, after), zone))
    raise UsageError(f"{shown} {what} in {zone.key}, where the clocks change; write {choice}")


def _offers(wall: datetime, readings: tuple[datetime, ...], zone: ZoneInfo) -> Iterator[str]:
    for instant in readings:
        offset = timezone(wall.replace(tzinfo=UTC) - instant)
        yield f"{_typed(wall.replace(tzinfo=offset))} ({local_text(instant, zone)})"


def _typed(wall: datetime) -> str:
    return wall.isoformat(timespec="auto" if wall.second or wall.microsecond else "minutes")


def utc_text(instant: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ss.ffffffZ`, as files and JSON have it."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def local_text(instant: datetime, zone: ZoneInfo) -> str:
    """`2026-12-24 23:59 CET`; with seconds where there are any, not rounded."""
    local = instant.astimezone(zone)
    name = local.strftime("%Z")
    name = f"UTC{name}" if name[:1] in {"+", "-"} else name
    has_seconds = local.second or local.microsecond
    return f"{local.strftime('%Y-%m-%d %H:%M:%S' if has_seconds else '%Y-%m-%d %H:%M')} {name}"


def add_days(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall time, so many calendar days later.

    Where the clocks skip that time, the instant after the gap; where it is there twice, the
    second, so nobody is late who looks at the clock.
    """
    if not days:
        return instant
    wall = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    before, after = _readings(wall, zone)
    return _end_of_gap(after, before, zone) if after < before else after


def _end_of_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes, between two instants."""
    low, high = low.replace(microsecond=0), high.replace(microsecond=0)
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


def days_of(span: Span) -> int | None:
    """How many calendar days a span is, None where it is counted in hours or minutes."""
    return {Unit.DAY: span.n, Unit.WEEK: 7 * span.n}.get(span.unit)


def elapsed(span: Span) -> timedelta:
    """How long a span of hours or minutes is."""
    return timedelta(hours=span.n) if span.unit is Unit.HOUR else timedelta(minutes=span.n)


def add_span(instant: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """The instant a span later: days and weeks on the calendar, hours and minutes elapsed."""
    days = days_of(span)
    return instant + elapsed(span) if days is None else add_days(instant, days, zone)
