"""How a kiosk was over time, and when its battery will end."""

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.health.rules import CHARGED, Forecast, Hour, Unknown, battery_forecast, pieces, versions

NOW = datetime(2026, 11, 22, 9, 52, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EMPTY = 3500.0


def falling(days: int, level: float, a_day: float, *, every: float = 6.0) -> list[tuple[datetime, float]]:
    """Readings that have come down, by `a_day`, to `level` now."""
    count = int(days * 24 / every)
    return [(NOW - place * every * HOUR, level + place * every / 24 * a_day) for place in reversed(range(count))]


def test_a_battery_that_falls_evenly_ends_when_the_line_says() -> None:
    found = battery_forecast(falling(21, 3710, 6), EMPTY, NOW)
    assert isinstance(found, Forecast)
    assert abs(found.ends - (NOW + 35 * DAY)) < DAY
    assert found.latest is not None
    assert found.earliest <= found.ends <= found.latest
    assert found.latest - found.earliest < 2 * DAY


def test_noise_widens_what_is_said_and_wild_readings_do_not_move_it() -> None:
    chance = random.Random(8)
    noisy = [(at, level + chance.gauss(0, 25)) for at, level in falling(21, 3710, 6)]
    wild = [(at, 0.0 if place % 11 == 0 else level) for place, (at, level) in enumerate(noisy)]
    for readings in (noisy, wild):
        found = battery_forecast(readings, EMPTY, NOW)
        assert isinstance(found, Forecast)
        assert abs(found.ends - (NOW + 35 * DAY)) < 12 * DAY
        assert found.latest is None or found.latest - found.earliest > 2 * DAY


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ([], Unknown.TOO_LITTLE),
        (falling(5, 3700, 20), Unknown.TOO_LITTLE),
        ([(at - 9 * DAY, level) for at, level in falling(14, 3700, 6)], Unknown.STALE),
        (falling(21, 3900, 0), Unknown.STEADY),
        (falling(21, 3900, -4), Unknown.STEADY),
        (falling(21, 4100, 0.2), Unknown.STEADY),
        # Full again since five days.
        ([(at - 5 * DAY, level) for at, level in falling(20, 3600, 20)] + falling(5, 4150, 20), Unknown.TOO_LITTLE),
    ],
    ids=["none", "five days", "not heard for long", "steady", "rising", "years away", "charged"],
)
def test_where_nothing_can_be_said_nothing_is(readings: list[tuple[datetime, float]], why: Unknown) -> None:
    assert battery_forecast(readings, EMPTY, NOW) is why


def test_after_a_charge_only_what_came_after_it_counts() -> None:
    before = [(at - 10 * DAY, level) for at, level in falling(15, 3550, 30)]
    found = battery_forecast(before + falling(10, 4100, 10), EMPTY, NOW)
    assert isinstance(found, Forecast)
    assert abs(found.ends - (NOW + 60 * DAY)) < 2 * DAY
    assert found.since >= NOW - 10 * DAY


def test_what_should_be_empty_by_now_ends_now() -> None:
    found = battery_forecast(falling(20, 3450, 10), EMPTY, NOW)
    assert isinstance(found, Forecast)
    assert (found.earliest, found.ends, found.latest) == (NOW, NOW, NOW)


_readings = st.lists(
    st.tuples(st.integers(-60 * 24, 5 * 24).map(lambda hours: NOW + hours * HOUR), st.integers(0, 100_000).map(float)),
    max_size=120,
)


@given(_readings, st.integers(0, 60_000))
def test_no_readings_at_all_lead_into_the_past_or_out_of_order(
    readings: list[tuple[datetime, float]], empty: int
) -> None:
    found = battery_forecast(readings, empty, NOW)
    if isinstance(found, Forecast):
        assert NOW <= found.earliest <= found.ends
        assert found.latest is None or found.ends <= found.latest
        assert battery_forecast(readings[::-1], empty, NOW) == found


@given(_readings, st.integers(CHARGED + 1, 2_000), st.integers(7, 12), st.integers(1, 30))
def test_what_was_before_a_charge_never_matters(
    before: list[tuple[datetime, float]], by: int, days: int, a_day: int
) -> None:
    after = falling(days, 3600, a_day, every=24.0)
    highest = max(level for _, level in after)
    older = [(at, min(level, 3600 - by)) for at, level in before if at < after[0][0] - DAY]
    older.append((after[0][0] - DAY, highest - by - a_day * days))
    assert battery_forecast(older + after, EMPTY, NOW) == battery_forecast(after, EMPTY, NOW)


def test_the_days_are_cut_at_the_stores_midnights() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    hours = [Hour(NOW.replace(minute=0) - ago * HOUR, battery=4000 - ago, depth=ago) for ago in range(24 * 8)]
    week = pieces(hours, lambda hour: hour.battery, median, 7, NOW, kyiv)
    assert week[0].begin.astimezone(kyiv).isoformat() == "2026-11-16T00:00:00+02:00"
    assert week[-1].until == NOW
    assert week[-1].value == 3999  # of 9, 10 and 11 o'clock
    assert {piece.until - piece.begin for piece in week[:-1]} == {3 * HOUR}
    quarter = pieces(hours, lambda hour: hour.depth, max, 90, NOW, kyiv)
    assert len(quarter) == 90
    assert [piece.value is None for piece in quarter].count(False) == 9
    # Where clocks are put back, a day has 25 hours and is still one.
    autumn = pieces([], lambda _: None, max, 30, datetime(2026, 11, 1, 12, tzinfo=UTC), kyiv)
    assert len({piece.begin.astimezone(kyiv).date() for piece in autumn}) == 30


def test_what_it_ran_when() -> None:
    ran = [("0.6.0", 3), ("0.6.0", 3), ("0.7.0", 4), ("0.6.0", 3)]
    hours = [Hour(NOW + place * HOUR, firmware=said[0], release=said[1]) for place, said in enumerate(ran)]
    hours.insert(1, Hour(NOW + timedelta(minutes=30), boots=1))
    assert versions(hours) == [(NOW + 3 * HOUR, "0.6.0", 3), (NOW + 2 * HOUR, "0.7.0", 4), (NOW, "0.6.0", 3)]


def test_where_nothing_is_measured_there_is_no_battery() -> None:
    nothing = [(NOW - ago * DAY, 0.0) for ago in range(28)]
    assert battery_forecast(nothing, EMPTY, NOW) is Unknown.TOO_LITTLE
    fallen = falling(21, 3710, 6)
    assert battery_forecast(fallen + nothing, EMPTY, NOW) == battery_forecast(fallen, EMPTY, NOW)
