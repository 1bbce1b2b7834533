"""Tests of `grader.course.gradebook.times`: what people type, and days on a zone's clock."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

import pytest
from gradebook_facts import BERLIN
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.gradebook.policy import Span, Unit
from grader.course.gradebook.times import (
    add_days,
    add_span,
    local_text,
    parse_time,
    utc_text,
    zone_of,
)
from grader.errors import UsageError

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")


def problem(text: str, zone: str = "Europe/Berlin") -> str:
    """What is wrong with a time."""
    with pytest.raises(UsageError) as caught:
        parse_time(text, zone_of(zone), where="--due")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-24T23:59", "2026-12-24T22:59:00.000000Z"),
        (" 2026-12-24 23:59 ", "2026-12-24T22:59:00.000000Z"),
        ("2026-07-24 23:59:30", "2026-07-24T21:59:30.000000Z"),
        ("2026-12-24T23:59Z", "2026-12-24T23:59:00.000000Z"),
        ("2026-12-24T23:59:00.5+05:30", "2026-12-24T18:29:00.500000Z"),
        ("2026-12-24 23:59 -0330", "2026-12-25T03:29:00.000000Z"),
        ("2026-12-24T23:59+01", "2026-12-24T22:59:00.000000Z"),
        ("2026-12-24T22:59:00.000001Z", "2026-12-24T22:59:00.000001Z"),
        ("2026-03-29T02:30+01:00", "2026-03-29T01:30:00.000000Z"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30:00.000000Z"),
    ],
)
def test_times_are_read(text: str, utc: str) -> None:
    """A time is that of the zone's clock, unless an offset is typed."""
    assert utc_text(parse_time(text, BERLIN)) == utc


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tomorrow", "--due: expected a time, got 'tomorrow'; write it as in 2026-12-24T23:59"),
        ("", "--due: expected a time, got ''; write it as in 2026-12-24T23:59"),
        (
            "20261224T2359",
            "--due: expected a time, got '20261224T2359'; write it as in 2026-12-24T23:59",
        ),
        (
            "2026-12-24T23",
            "--due: expected a time, got '2026-12-24T23'; write it as in 2026-12-24T23:59",
        ),
        (
            "٢٠٢٦-12-24T23:59",
            "--due: expected a time, got '٢٠٢٦-12-24T23:59'; write it as in 2026-12-24T23:59",
        ),
        (
            "\x1b[31m\n",
            "--due: expected a time, got '⟨U+001B⟩[31m '; write it as in 2026-12-24T23:59",
        ),
        (
            "2026-12-24",
            "--due: expected a time of day after the date, got '2026-12-24'; write it as in 2026-12-24T23:59",
        ),
        (
            "2026-02-30 10:00",
            "--due: there is no such date or time, got '2026-02-30 10:00'; check each number",
        ),
        (
            "2026-12-24T24:00",
            "--due: there is no such date or time, got '2026-12-24T24:00'; check each number",
        ),
        (
            "2026-12-24T10:00+15:00",
            "--due: there is no such date or time, got '2026-12-24T10:00+15:00'; check each number",
        ),
        (
            "2026-12-24T10:00+01:60",
            "--due: there is no such date or time, got '2026-12-24T10:00+01:60'; check each number",
        ),
        ("0001-01-01 00:00", "--due: expected a year from 2000 to 2199, got 1; check the year"),
        (
            "9999-12-31T23:59-14:00",
            "--due: expected a year from 2000 to 2199, got 9999; check the year",
        ),
    ],
)
def test_what_is_no_time_is_refused(text: str, message: str) -> None:
    """What is not a time, or one that cannot be, is refused in a line that says what to write."""
    assert problem(text) == message


@pytest.mark.parametrize(
    ("zone", "text", "message"),
    [
        (
            "Europe/Berlin",
            "2026-03-29 02:30",
            "--due: 2026-03-29T02:30 does not exist in Europe/Berlin, where the clocks change; write "
            "2026-03-29T02:30+01:00 (2026-03-29 03:30 CEST) or "
            "2026-03-29T02:30+02:00 (2026-03-29 01:30 CET)",
        ),
        (
            "Europe/Berlin",
            "2026-10-25T02:30:15",
            "--due: 2026-10-25T02:30:15 is there twice in Europe/Berlin, where the clocks change; write "
            "2026-10-25T02:30:15+02:00 (2026-10-25 02:30:15 CEST) or "
            "2026-10-25T02:30:15+01:00 (2026-10-25 02:30:15 CET)",
        ),
        (
            "America/New_York",
            "2026-11-01T01:00",
            "--due: 2026-11-01T01:00 is there twice in America/New_York, where the clocks change; write "
            "2026-11-01T01:00-04:00 (2026-11-01 01:00 EDT) or "
            "2026-11-01T01:00-05:00 (2026-11-01 01:00 EST)",
        ),
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            "--due: 2011-12-30T12:00 does not exist in Pacific/Apia, where the clocks change; write "
            "2011-12-30T12:00-10:00 (2011-12-31 12:00 UTC+14) or "
            "2011-12-30T12:00+14:00 (2011-12-29 12:00 UTC-10)",
        ),
    ],
)
def test_both_readings_are_offered(zone: str, text: str, message: str) -> None:
    """A time that the clocks skip or show twice is refused, and both offers can be typed."""
    assert problem(text, zone) == message
    offers = [part.split(" ")[0] for part in message.split("write ")[1].split(" or ")]
    first, second = (parse_time(offer, zone_of(zone)) for offer in offers)
    assert first != second


def test_day_ends_with_its_last_microsecond() -> None:
    """A date alone is the end of that day where that is asked for, also where it is there twice."""
    ended = parse_time("2026-12-24", BERLIN, end_of_day=True)
    assert utc_text(ended) == "2026-12-24T22:59:59.999999Z"
    beirut = zone_of("Asia/Beirut")  # there, clocks go back at midnight
    assert local_text(parse_time("2026-10-24", beirut, end_of_day=True), beirut) == (
        "2026-10-24 23:59:59 EET"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "Europe/berlin",
            "zone: there is no time zone 'Europe/berlin'; did you mean 'Europe/Berlin'?",
        ),
        (
            "../../etc/passwd",
            "zone: there is no time zone '../../etc/passwd'; write it as in 'Europe/Berlin'",
        ),
        (
            "/etc/passwd",
            "zone: there is no time zone '/etc/passwd'; write it as in 'Europe/Berlin'",
        ),
        ("", "zone: there is no time zone ''; write it as in 'Europe/Berlin'"),
        ("a\0b", "zone: there is no time zone 'a⟨U+0000⟩b'; write it as in 'Europe/Berlin'"),
        ("localtime", "zone: there is no time zone 'localtime'; write it as in 'Europe/Berlin'"),
        ("x" * 9000, f"zone: there is no time zone '{'x' * 120}…'; write it as in 'Europe/Berlin'"),
    ],
)
def test_zones_are_checked(name: str, message: str) -> None:
    """A zone is a name of the IANA, the same on each machine."""
    with pytest.raises(UsageError) as caught:
        zone_of(name)
    assert str(caught.value) == message


def test_missing_zone_data_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without data on zones, the message says what to install."""
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(UsageError) as caught:
        zone_of("Europe/Nowhere")
    assert str(caught.value) == (
        "zone: this machine has no data on time zones; install them with: pip install tzdata"
    )


def test_times_are_written() -> None:
    """Files have UTC to the microsecond; people get the zone's clock with its abbreviation."""
    instant = datetime(2026, 12, 24, 23, 59, tzinfo=timezone(timedelta(hours=1)))
    assert utc_text(instant) == "2026-12-24T22:59:00.000000Z"
    assert local_text(instant, BERLIN) == "2026-12-24 23:59 CET"
    assert local_text(instant + timedelta(seconds=61.5), BERLIN) == "2026-12-25 00:00:01 CET"
    assert local_text(instant, zone_of("America/Sao_Paulo")) == "2026-12-24 19:59 UTC-03"
    with pytest.raises(ValueError, match="2026-12-24 00:00:00 has no zone"):
        utc_text(datetime(2026, 12, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("zone", "start", "days", "end"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", 1, "2026-03-29 12:00 CEST"),  # 23 hours
        ("Europe/Berlin", "2026-10-24T12:00", 1, "2026-10-25 12:00 CET"),  # 25 hours
        ("Europe/Berlin", "2026-03-28T02:30", 1, "2026-03-29 03:00 CEST"),  # 02:30 is skipped
        ("Europe/Berlin", "2026-03-28T02:30", 2, "2026-03-30 02:30 CEST"),
        ("Europe/Berlin", "2026-03-28T01:59:59", 1, "2026-03-29 01:59:59 CET"),  # just before it
        ("Europe/Berlin", "2026-03-28T02:00", 1, "2026-03-29 03:00 CEST"),
        ("Europe/Berlin", "2026-10-24T02:30", 1, "2026-10-25 02:30 CET"),  # the second one
        ("America/New_York", "2026-03-07T02:59:59", 1, "2026-03-08 03:00 EDT"),
        ("Asia/Kolkata", "2026-03-28T23:59", 1, "2026-03-29 23:59 IST"),
        ("Pacific/Apia", "2011-12-29T18:00", 1, "2011-12-31 00:00 UTC+14"),  # a day is skipped
        ("Pacific/Apia", "2011-12-29T18:00", 2, "2011-12-31 18:00 UTC+14"),
    ],
)
def test_days_keep_the_wall_time(zone: str, start: str, days: int, end: str) -> None:
    """A day later it is the same time on the clock, after a gap the instant that ends it."""
    clock = zone_of(zone)
    assert local_text(add_days(parse_time(start, clock), days, clock), clock) == end


def test_spans_of_hours_elapse() -> None:
    """Hours and minutes are elapsed time, days and weeks are on the calendar."""
    start = parse_time("2026-03-28T12:00", BERLIN)
    ends = [
        local_text(add_span(start, Span(n=n, unit=unit), BERLIN), BERLIN)
        for n, unit in ((24, Unit.HOUR), (1, Unit.DAY), (90, Unit.MINUTE), (1, Unit.WEEK))
    ]
    assert ends == [
        "2026-03-29 13:00 CEST",
        "2026-03-29 12:00 CEST",
        "2026-03-28 13:30 CET",
        "2026-04-04 12:00 CEST",
    ]


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    instant=st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    days=st.integers(0, 40),
)
def test_later_days_end_later(zone: str, instant: datetime, days: int) -> None:
    """Days end in order, and a shown time can be typed again."""
    clock, start = zone_of(zone), instant.replace(tzinfo=UTC)
    assert start <= add_days(start, days, clock) <= add_days(start, days + 1, clock)
    assert parse_time(utc_text(start), clock) == start
