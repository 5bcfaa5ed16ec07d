"""Durations and points in time as people write them, in any zone, on any day, and whatever else they write."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.times import MAX_DURATION, duration, moment, zone
from core.errors import Invalid
from tests.support.core import NOON

LISBON, TOKYO, NEW_YORK, KATHMANDU = (ZoneInfo(name) for name in ("Europe/Lisbon", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu"))
ZONES = (ZoneInfo("UTC"), LISBON, TOKYO, NEW_YORK, KATHMANDU, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"))
# Words that mean something here, in any order, with anything between them: closer to the edge than random letters ever come.
NEARLY = st.lists(
    st.one_of(
        st.sampled_from(["2026-12-01", "9999-12-31", "0001-01-01", "monday", "today", "tomorrow", "09:00", "24:00", "T", "Z", "+14:00", "W10"]),
        st.sampled_from(["m", "h", "d", "w", "weeks", " ", "-", ":", "٣", "²", "\x00", "\ud800", "½"]),
        st.integers(0, 10**12).map(str),
    ),
    max_size=6,
).map("".join)
ANYTHING = st.one_of(st.text(), NEARLY, NEARLY.map(lambda text: text.replace(":", " ")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        ("45s", timedelta(seconds=45)),
        ("1d 12h", timedelta(hours=36)),
        ("1d12h", timedelta(hours=36)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("3 days", timedelta(days=3)),
        ("1 week", timedelta(weeks=1)),
        ("  90M ", timedelta(minutes=90)),
        ("2 hrs", timedelta(hours=2)),
        ("3660d", MAX_DURATION),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "2", "h", "2x", "2h x", "x 2h", "-2h", "1.5h", "2 h h", "hours", "2ms", "2h,", "1h\x00", "²h"])
def test_what_is_no_duration_is_refused_with_an_example_that_is_one(text: str) -> None:
    with pytest.raises(Invalid, match=r"Example: 90m, 2h or 3d") as refused:
        duration(text, "amount")
    assert refused.value.field == "amount"
    assert [duration(each) for each in ("90m", "2h", "3d")]


@pytest.mark.parametrize("text", ["0m", "0s", "3661d", "523w", "999999999w", "999999999w " * 50, "3660d 1s"])
def test_a_duration_of_nothing_or_of_more_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not between a second and ten years"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        # It is Monday noon in Greenwich and in Lisbon, and nine in the evening in Tokyo.
        ("tomorrow", LISBON, "2026-11-24T09:00+00:00"),
        ("tomorrow 18:30", LISBON, "2026-11-24T18:30+00:00"),
        ("tomorrow 9", TOKYO, "2026-11-24T09:00+09:00"),
        ("TOMORROW  09:00", TOKYO, "2026-11-24T09:00+09:00"),
        ("monday", LISBON, "2026-11-30T09:00+00:00"),
        ("monday 09:00", TOKYO, "2026-11-30T09:00+09:00"),
        ("tuesday", NEW_YORK, "2026-11-24T09:00-05:00"),
        ("sunday 23:59", KATHMANDU, "2026-11-29T23:59+05:45"),
        ("today 18:00", LISBON, "2026-11-23T18:00+00:00"),
        ("14:30", LISBON, "2026-11-23T14:30+00:00"),
        ("09:00", LISBON, "2026-11-24T09:00+00:00"),
        ("12:00", LISBON, "2026-11-24T12:00+00:00"),
        ("09:00", NEW_YORK, "2026-11-23T09:00-05:00"),
        ("2026-12-01", TOKYO, "2026-12-01T09:00+09:00"),
        ("2026-12-01 09:00", TOKYO, "2026-12-01T09:00+09:00"),
        ("2026-12-01 9:00", NEW_YORK, "2026-12-01T09:00-05:00"),
        ("2026-12-01T09:30", KATHMANDU, "2026-12-01T09:30+05:45"),
        ("2026-12-01t09:30:15", LISBON, "2026-12-01T09:30:15+00:00"),
        ("2026-12-01T09:00+02:00", TOKYO, "2026-12-01T09:00+02:00"),
        ("2026-12-01 09:00Z", TOKYO, "2026-12-01T09:00+00:00"),
        (" 2027-06-01 09:00 ", LISBON, "2027-06-01T09:00+01:00"),
    ],
)
def test_a_moment_is_read_in_the_persons_own_zone(text: str, where: ZoneInfo, expected: str) -> None:
    found = moment(text, NOON, where)
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("day", range(7))
def test_a_weekday_is_always_one_to_come_and_never_more_than_a_week_away(day: int) -> None:
    now = NOON + timedelta(days=day)
    for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
        found = moment(name, now, LISBON).astimezone(LISBON)
        assert f"{found:%A %H:%M}".lower() == f"{name} 09:00"
        assert timedelta() < found - now < timedelta(days=8)


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        # Clocks in New York go forward at 2026-03-08 02:00 and back at 2026-11-01 02:00.
        ("2026-03-07T12:00-05:00", "tomorrow", "2026-03-08T09:00-04:00"),
        ("2026-10-31T12:00-04:00", "tomorrow", "2026-11-01T09:00-05:00"),
        ("2026-10-30T12:00-04:00", "monday", "2026-11-02T09:00-05:00"),
        ("2026-10-31T23:30-04:00", "00:30", "2026-11-01T00:30-04:00"),
        # An hour that happens twice means the first; one that never happens, the time as it would have been.
        ("2026-10-31T12:00-04:00", "tomorrow 01:30", "2026-11-01T01:30-04:00"),
        ("2026-03-07T12:00-05:00", "tomorrow 02:30", "2026-03-08T03:30-04:00"),
    ],
)
def test_nine_in_the_morning_is_nine_on_the_days_when_clocks_change(now: str, text: str, expected: str) -> None:
    assert moment(text, datetime.fromisoformat(now).astimezone(UTC), NEW_YORK) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "someday",
        "monday 25:00",
        "monday 9:60",
        "monday monday",
        "2026-02-30",
        "2026-12-01 25:00",
        "50",
        "5000",
        "2026",
        "2026-12",
        "2026-W10",
        "20261201",
        "monday 09:00 sharp",
        "2026-12-01 09:00 09:00",
        "09:00:00",
        "-1",
        "\x00",
        "2026-12-01\x00",
        "٢٠٢٦-12-01",
        "9999-12-31T24:00",
    ],
)
@pytest.mark.parametrize("where", ZONES, ids=str)
def test_what_is_no_moment_is_refused_with_examples_that_are(text: str, where: ZoneInfo) -> None:
    with pytest.raises(Invalid, match=r"Example: 2026-12-01 09:00, tomorrow 09:00 or monday\.") as refused:
        moment(text, NOON, where, "date")
    assert refused.value.field == "date"
    assert [moment(each, NOON, where) for each in ("2026-12-01 09:00", "tomorrow 09:00", "monday")]


@pytest.mark.parametrize("text", ["9999-12-31 23:59", "2036-12-02", "9999-12-31T23:59:59+00:00"])
def test_a_moment_more_than_ten_years_away_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is more than ten years away"):
        moment(text, NOON, LISBON)


def test_an_unknown_zone_is_utc() -> None:
    for name in (None, "", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a\x00b", "x" * 5000, "\ud800"):
        assert zone(name).key == "UTC"
    assert zone("Europe/Lisbon") == LISBON


@given(ANYTHING)
@example("1" * 5000 + "h")
@example("1h" * 5000)
def test_any_text_is_a_duration_or_invalid(text: str) -> None:
    with suppress(Invalid):
        assert timedelta() < duration(text) <= MAX_DURATION


@given(ANYTHING, st.sampled_from(ZONES), st.integers(0, 60 * 365).map(lambda days: NOON + timedelta(days=days)))
@example("9999-12-31 23:59", NEW_YORK, NOON)
@example("0001-01-01", TOKYO, NOON)
def test_any_text_is_a_moment_or_invalid(text: str, where: ZoneInfo, now: datetime) -> None:
    with suppress(Invalid):
        assert moment(text, now, where) <= now + MAX_DURATION


@given(st.text())
def test_any_name_is_a_zone(name: str) -> None:
    assert zone(name).key
