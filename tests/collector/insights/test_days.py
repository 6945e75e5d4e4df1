"""The figures of a store's day, across time zones and the two odd days of the year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from collector.cases.submit import submit
from collector.insights import queries
from collector.insights.chart import hour_bars
from collector.insights.faces import Face
from collector.ratings.kinds import Channel, Mark
from collector.settings import Settings
from collector.surveys.answers import Reply, Source
from collector.surveys.definition import Definition, Smileys
from tests.collector.surveys.asking import EVERYTHING, ask, make_staff_room
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

KYIV = ZoneInfo("Europe/Kyiv")


def test_a_day_is_the_stores_own(engine: Engine) -> None:
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        day = date(2026, 11, 22)
        for moment in ("2026-11-21T23:59", "2026-11-22T00:00", "2026-11-22T23:59", "2026-11-23T00:00"):
            make_ratings(connection, kiosk, [1], happened=datetime.fromisoformat(moment).replace(tzinfo=KYIV))
        found = queries.store_day(connection, shop.store, day, KYIV)
    assert found.tally == {(1, 4): 2}
    assert sorted(found.hours) == [datetime(2026, 11, 21, 22, tzinfo=UTC), datetime(2026, 11, 22, 21, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("day", "hours", "labels"),
    [
        (date(2026, 3, 29), 23, [0, 1, 2, 4]),  # at 3 the clocks go forward
        (date(2026, 10, 25), 25, [0, 1, 2, 3, 3, 4]),  # at 4 they go back
    ],
)
def test_days_on_which_the_clocks_change(engine: Engine, day: date, hours: int, labels: list[int]) -> None:
    begin, end = queries.bounds(day, KYIV)
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        moment = begin - timedelta(minutes=30)
        while moment < end + timedelta(hours=1):
            make_ratings(connection, kiosk, [1], happened=moment)
            moment += timedelta(hours=1)
        found = queries.store_day(connection, shop.store, day, KYIV)
    assert found.tally.total() == len(found.hours) == hours
    bars = hour_bars(found.hours, [], KYIV)
    assert len(bars) == hours
    assert [bar.hour.astimezone(KYIV).hour for bar in bars][: len(labels)] == labels


def test_hours_begin_on_the_half_where_the_time_zone_does(engine: Engine) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    with engine.begin() as connection:
        shop = make_shop(connection, time_zone="Asia/Kolkata")
        make_ratings(connection, make_kiosk(connection, shop), [1], happened=datetime(2026, 11, 22, 9, 10, tzinfo=zone))
        found = queries.store_day(connection, shop.store, date(2026, 11, 22), zone)
    opened = [(datetime(2026, 11, 22, 8, 15, tzinfo=zone).astimezone(UTC), datetime(2026, 11, 22, 11, tzinfo=zone))]
    bars = hour_bars(found.hours, opened, zone)
    assert [(bar.hour.astimezone(zone).strftime("%H:%M"), bar.count) for bar in bars] == [
        ("08:00", 0),
        ("09:00", 1),
        ("10:00", 0),
    ]


def test_what_is_not_counted_and_what_has_no_time(engine: Engine) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=KYIV)
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        make_ratings(connection, kiosk, [1, 2, 4], happened=noon)
        make_ratings(connection, kiosk, [4, 4], happened=noon, mark=Mark.TEST)
        make_ratings(connection, kiosk, [3], happened=noon, earliest=noon - timedelta(hours=3))
        make_ratings(connection, kiosk, [3], happened=noon, scale=5)
        found = queries.store_day(connection, shop.store, noon.date(), KYIV)
    assert found.tally == {(1, 4): 1, (2, 4): 1, (4, 4): 1, (3, 4): 1, (3, 5): 1}
    assert found.not_counted == 2
    assert list(found.hours.values()) == [4]
    assert found.index
    assert found.index.value == pytest.approx((100 + 200 / 3 + 0 + 100 / 3 + 50) / 5)


def test_today_is_compared_with_the_same_weekdays_as_early_in_the_day(engine: Engine) -> None:
    now = datetime(2026, 11, 22, 13, 20, tzinfo=KYIV)
    noon = now.replace(hour=12, minute=0)
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        assert queries.same_weekdays(connection, shop.store, now) is None
        make_ratings(connection, kiosk, [1] * 18, happened=noon - timedelta(weeks=4))
        make_ratings(connection, kiosk, [4], happened=noon - timedelta(weeks=3))
        make_ratings(connection, kiosk, [4], happened=noon - timedelta(weeks=2), mark=Mark.TEST)
        for other in (timedelta(), timedelta(days=1), timedelta(days=6), timedelta(weeks=5)):
            make_ratings(connection, kiosk, [2], happened=noon - other)
        # Later than the hour that runs now, and within it.
        make_ratings(connection, kiosk, [3] * 9, happened=noon - timedelta(weeks=1) + timedelta(hours=5))
        make_ratings(connection, kiosk, [3] * 9, happened=noon - timedelta(weeks=1) + timedelta(hours=1))
        assert queries.same_weekdays(connection, shop.store, now) is None  # 19 say nothing yet
        make_ratings(connection, kiosk, [4], happened=noon - timedelta(weeks=3))
        found = queries.same_weekdays(connection, shop.store, now)
    assert found
    assert (found.index.value, found.index.count, found.days) == (90, 20, 2)  # each rating weighs the same
    assert found.until == time(13)


def test_many_stores_at_once_each_in_its_own_day(engine: Engine) -> None:
    now = datetime(2026, 11, 22, 11, tzinfo=UTC)
    with engine.begin() as connection:
        kyiv = make_shop(connection)
        auckland = make_shop(connection, "Auckland", time_zone="Pacific/Auckland", beside=kyiv)
        quiet = make_shop(connection, "Quiet", beside=kyiv)
        for shop in (kyiv, auckland):  # 11:00 in Kyiv; in Auckland it is 22:00, and midnight was at 11:00 UTC
            make_ratings(connection, make_kiosk(connection, shop), [1], happened=now - timedelta(hours=2))
            make_ratings(connection, make_kiosk(connection, shop), [4], happened=now - timedelta(minutes=30))
        later = now + timedelta(minutes=1)
        found = queries.today_by_store(connection, [kyiv.store, auckland.store, quiet.store], later)
    assert found[kyiv.store]
    assert found[kyiv.store].count == 2
    assert found[auckland.store] is None
    assert found[quiet.store] is None


def test_only_faces_that_customers_chose_count(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.organisation, definition=EVERYTHING)
        ask(connection, riverside.organisation, definition=Definition((Smileys(1, {"en": "Well?"}),)), audience="staff")
    for number, touchpoint_id in enumerate((riverside.exit, None, room)):
        source = Source(f"poster:{number}", Channel.POSTER_QR, riverside.store, touchpoint_id)
        worst_but_the_first = {"1": 1, "3": 0, "4": 1, "5": 1, "6": 5, "7e": 5, "7p": 1}
        submit(engine, settings, source, Reply("en", replies=worst_but_the_first), NOW)
    with engine.connect() as connection:
        day = queries.store_day(connection, riverside.store, NOW.date(), KYIV)
        assert day.tally == {(1, 4): 2}
        assert list(day.hours.values()) == [2]
        today = queries.today_by_store(connection, [riverside.store], NOW + timedelta(hours=1))
        assert today[riverside.store] == day.index
        latest = queries.last_ratings(connection, riverside.store)
        assert [(each.face, each.touchpoint) for each in latest] == [(Face.VERY_GOOD, None), (Face.VERY_GOOD, "Exit")]
        assert len({each.key for each in latest}) == 2


def test_what_is_marked_is_not_counted(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=EVERYTHING)
    source = Source("poster:1", Channel.POSTER_QR, riverside.store)
    submit(engine, settings, source, Reply("en", 4, comment="https://example.com/win"), NOW)
    with engine.connect() as connection:
        day = queries.store_day(connection, riverside.store, NOW.date(), KYIV)
        [latest] = queries.last_ratings(connection, riverside.store)
    assert (day.index, day.not_counted, latest.mark) == (None, 1, Mark.SPAM)
