"""The trust line: what was marked and why, whether kiosks were there, and what is on its way."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, update

from collector.database import driver
from collector.fleet.tables import kiosk_health, kiosk_placement, kiosk_status
from collector.ingest.tables import cursor
from collector.insights import uptime
from collector.insights.asked import Asked
from collector.insights.heard import heard
from collector.insights.trust import trust
from collector.places.tables import place
from collector.ratings.kinds import Channel, Mark
from tests.factories import NOW, add_up, make_kiosk, make_ratings, make_shop

SUNDAY = date(2026, 11, 22)
HOUR = timedelta(hours=1)
NINE_TO_FIVE = {day: [["09:30", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


def test_what_was_marked_and_why_and_what_is_on_its_way(engine: Engine) -> None:
    with engine.begin() as connection:
        here = make_shop(connection)
        there = make_shop(connection, "Harbour", beside=here)
        for shop in (here, there):
            kiosk = make_kiosk(connection, shop)
            make_ratings(connection, kiosk, [1] * 7)
            make_ratings(connection, kiosk, [4, 4], mark=Mark.TEST)
            make_ratings(connection, kiosk, [4], mark=Mark.PERHAPS_REPEATED)
            connection.execute(update(cursor).where(cursor.c.id == kiosk).values(recorded=cursor.c.seq + 3))
        earlier = make_kiosk(connection, there)
        make_ratings(connection, earlier, [4], mark=Mark.TEST, happened=NOW - timedelta(9))
        add_up(connection)
        at_store, above = (
            trust(connection, asked, heard(connection, asked), by_mark=True)
            for asked in (Asked(here.store, SUNDAY, SUNDAY), Asked(here.organisation, SUNDAY, SUNDAY))
        )
        web = Asked(here.store, SUNDAY, SUNDAY, channels=frozenset({Channel.WEB}))
        by_web = trust(connection, web, heard(connection, web), by_mark=True)
        beside = make_kiosk(connection, here, touchpoint=here.checkout)
        make_ratings(connection, beside, [1])
        connection.execute(update(cursor).where(cursor.c.id == beside).values(recorded=cursor.c.seq + 9))
        # Of what was restored, more has arrived than the kiosk is known to have recorded: that takes nothing away.
        make_ratings(connection, make_kiosk(connection, here), [1] * 5)
        ways = [
            trust(connection, asked, heard(connection, asked)).on_its_way
            for asked in (
                Asked(here.store, SUNDAY, SUNDAY),
                Asked(here.store, SUNDAY, SUNDAY, here.checkout),
                Asked(here.store, SUNDAY, SUNDAY, here.exit),
            )
        ]
        named = [
            trust(connection, asked, heard(connection, asked), by_mark=True)
            for asked in (
                Asked(here.organisation, SUNDAY, SUNDAY, touchpoint_name="exit"),
                Asked(there.region, SUNDAY, SUNDAY, touchpoint_name="Checkout"),
            )
        ]
        long = Asked(here.organisation, SUNDAY - timedelta(20), SUNDAY)
        assert trust(connection, long, heard(connection, long)).marked == 7
    assert (at_store.counted, at_store.marked, at_store.heard, at_store.marked_share) == (7, 3, 10, 30)
    assert at_store.by_mark == {Mark.TEST: 2, Mark.PERHAPS_REPEATED: 1}
    assert (above.counted, above.marked, above.by_mark) == (14, 6, {Mark.TEST: 4, Mark.PERHAPS_REPEATED: 2})
    assert (at_store.on_its_way, above.on_its_way) == (3, 6)
    assert ways == [12, 9, 3]
    # At touchpoints of a name, whatever the store.
    assert [each.on_its_way for each in named] == [6, 0]
    assert [each.by_mark for each in named] == [above.by_mark, {}]
    assert (by_web.counted, by_web.marked, by_web.marked_share, by_web.by_mark) == (0, 0, 0, {})
    assert at_store.uptime is None


def test_why_is_said_of_what_came_within_a_month(engine: Engine) -> None:
    """It is looked for one by one; what came later is in the sum alone."""
    asked_day = SUNDAY - timedelta(60)
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        for days in (0, 30, 45):
            happened = NOW - timedelta(60)
            make_ratings(connection, kiosk, [4], mark=Mark.TEST, happened=happened, delay=timedelta(days))
        asked = Asked(shop.store, asked_day, asked_day)
        found = trust(connection, asked, heard(connection, asked), by_mark=True)
    assert (found.marked, found.by_mark) == (3, {Mark.TEST: 2})


def spoke(connection: Connection, kiosk: int, *hours: datetime) -> None:
    name = connection.scalar(cursor.select().where(cursor.c.id == kiosk).with_only_columns(cursor.c.kiosk_id))
    connection.execute(insert(kiosk_health), [{"kiosk_id": name, "hour": hour} for hour in hours])


def test_kiosks_are_up_while_the_store_is_open(engine: Engine) -> None:
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    eight = datetime(2026, 11, 20, 8, tzinfo=UTC)  # 10:00 in Kyiv, the first whole hour
    with engine.begin() as connection:
        shop = make_shop(connection)
        connection.execute(update(place).where(place.c.id == shop.store).values(opening_hours=NINE_TO_FIVE))
        well, lame, silent, sleepy = (make_kiosk(connection, shop) for _ in range(4))
        connection.execute(update(kiosk_placement).values(since=NOW - timedelta(40)))
        spoke(connection, well, *(eight + number * HOUR for number in range(-5, 40)))
        spoke(connection, lame, *(eight + number * HOUR for number in (-2, 0, 1, 2)))
        spoke(connection, sleepy, eight)
        connection.execute(
            update(kiosk_status).where(kiosk_status.c.cursor_id == sleepy).values(state="asleep", asleep_until=NOW)
        )
        assert silent
        assert uptime.keep(driver(connection), NOW) is None
        both = Asked(shop.store, friday, saturday)
        first, week, region = (
            trust(connection, asked, heard(connection, asked)).uptime
            for asked in (Asked(shop.store, friday, friday), both, both.at(shop.region))
        )
        # Of the seven hours of Friday one kiosk was there in all, one in three; on Saturday the one, the other not.
        assert first == 100 * 10 / 14
        assert week == region == 100 * 17 / 28
        # Nothing is different an hour later, and a day that was closed is not asked after.
        assert uptime.keep(driver(connection), NOW + HOUR) is None
        closed = Asked(shop.store, SUNDAY, SUNDAY)
        assert trust(connection, closed, heard(connection, closed)).uptime is None


def test_uptime_of_a_long_past_is_reckoned_little_by_little(engine: Engine) -> None:
    with engine.begin() as connection:
        shop = make_shop(connection)
        kiosk = make_kiosk(connection, shop)
        connection.execute(update(kiosk_placement).values(since=NOW - timedelta(90)))
        since = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(40)
        spoke(connection, kiosk, *(since + number * HOUR for number in range(0, 40 * 24, 2)))
        clock, looked = uptime.Uptime(), 1
        while clock.look(driver(connection), NOW):
            looked += 1
        assert looked == 4
        assert not clock.look(driver(connection), NOW + HOUR / 2)
        assert not clock.look(driver(connection), NOW + HOUR)
        asked = Asked(shop.store, SUNDAY - timedelta(30), SUNDAY - timedelta(1))
        assert trust(connection, asked, heard(connection, asked)).uptime == pytest.approx(50, abs=0.1)


def test_nobody_ever_spoke(engine: Engine) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, make_shop(connection))
        assert uptime.keep(driver(connection), NOW) is None


def test_whole_hours_by_the_clock_of_the_world() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")  # 5:30 ahead
    hours = {"mon": [["09:00", "12:00"], ["23:00", "01:30"]]}
    found = list(uptime.whole_hours(hours, date(2026, 11, 23), kolkata))
    assert [f"{hour:%d %H}" for hour in found] == ["23 04", "23 05", "23 18", "23 19"]
    assert list(uptime.whole_hours(hours, date(2026, 11, 24), kolkata)) == []
    assert len(list(uptime.whole_hours({}, date(2026, 10, 25), ZoneInfo("Europe/Kyiv")))) == 25
