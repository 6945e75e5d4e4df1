"""What was heard by days, against the ratings themselves."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text, update

from collector import locks
from collector.database import driver
from collector.insights import days
from collector.insights.asked import Asked
from collector.insights.heard import Cell, Heard, heard, heard_below, heard_in_all
from collector.insights.hours import hours
from collector.places.editor.changes import Setup, change
from collector.places.hours import open_slots
from collector.places.tables import place, touchpoint
from collector.places.tree import add_touchpoint
from collector.ratings import rollup
from collector.ratings.kinds import Channel, Mark
from collector.ratings.remark import Remark, remark
from collector.ratings.tables import rating_hour
from collector.surveys.tables import question
from tests.factories import NOW, Shop, add_up, make_kiosk, make_question, make_ratings, make_shop

SUNDAY = date(2026, 11, 22)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def asked(place_id: int, back: int = 6, **how: Any) -> Asked:
    return Asked(place_id, SUNDAY - back * DAY, SUNDAY, **how)


def facts(found: Heard) -> dict[object, object]:
    """What can be told apart, day by day."""
    return {
        (cell.day, cell.touchpoint_id, cell.channel, cell.question_id): (list(cell.presses), cell.marked)
        for cell in found.cells
    }


@pytest.fixture
def week(engine: Engine) -> tuple[Shop, Shop]:
    """Two stores, and what was heard there in six days; the last is running."""
    with engine.begin() as connection:
        here = make_shop(connection)
        there = make_shop(connection, "Harbour", beside=here)
        for shop, buttons in ((here, [1, 1, 2]), (there, [4])):
            till, door = make_kiosk(connection, shop, touchpoint=shop.checkout), make_kiosk(connection, shop)
            for back in range(6):
                make_ratings(connection, till, buttons, happened=NOW - back * DAY)
                make_ratings(connection, door, [3], happened=NOW - back * DAY - 3 * HOUR)
                make_ratings(connection, door, [1], happened=NOW - back * DAY, mark=Mark.TEST)
    return here, there


def test_a_store_is_heard_to_the_last_press_and_splits(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, _ = week
    with engine.begin() as connection:
        before = heard(connection, asked(here.store))
        add_up(connection)
        after = heard(connection, asked(here.store))
        make_ratings(connection, make_kiosk(connection, here), [4], happened=NOW)
        now = heard(connection, asked(here.store))
        till = heard(connection, asked(here.store, touchpoint_id=here.checkout))
        nobody = heard(connection, asked(here.store, channels=frozenset({Channel.WEB})))
    assert facts(before) == facts(after)
    assert after.tally() == {(1, 4): 12, (2, 4): 6, (3, 4): 6}
    assert (after.counted, after.marked) == (24, 6)
    assert list(after.days) == [SUNDAY - back * DAY for back in range(5, -1, -1)]
    assert all(day.tally() == {(1, 4): 2, (2, 4): 1, (3, 4): 1} and day.marked == 1 for day in after.days.values())
    assert after.by_touchpoint[here.checkout].tally() == till.tally() == {(1, 4): 12, (2, 4): 6}
    assert set(after.by_channel) == {Channel.KIOSK_BUTTON}
    assert set(after.questions) == {here.question}
    assert now.tally() == after.tally() + Counter({(4, 4): 1})
    assert (nobody.counted, nobody.index, nobody.days) == (0, None, {})


def test_places_above_are_what_their_stores_add_up_to(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, there = week
    with engine.begin() as connection:
        make_shop(connection, "Quiet", beside=here)
        add_up(connection)
        everywhere = heard(connection, asked(here.organisation))
        region = heard(connection, asked(there.region))
        stores = heard_below(connection, asked(here.organisation), by_week=True)
        regions = heard_below(connection, asked(here.organisation), "region")
        sums = heard_below(connection, asked(here.organisation, back=1))
        connection.execute(update(place).where(place.c.id == there.store).values(ended_at=NOW))
        left = heard_below(connection, asked(here.organisation))
    assert everywhere.tally() == {(1, 4): 12, (2, 4): 6, (3, 4): 12, (4, 4): 6}
    assert (everywhere.counted, everywhere.marked, everywhere.by_touchpoint) == (36, 12, {})
    assert region.tally() == stores[there.store].tally() == regions[there.region].tally() == {(3, 4): 6, (4, 4): 6}
    assert {day: week.counted for day, week in stores[here.store].days.items()} == {SUNDAY: 24}
    assert len(stores) == len(regions) == 3
    assert [found.counted for found in stores.values()] == [24, 12, 0]
    assert {each: found.counted for each, found in sums.items()} == {
        store: {here.store: 8, there.store: 4}.get(store, 0) for store in stores
    }
    assert not sums[here.store].days
    assert there.store not in left


def test_what_changes_in_the_past_is_heard_at_once_and_added_up_again(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, _ = week
    with engine.begin() as connection:
        add_up(connection)
        # A rating of three days ago arrives only now.
        make_ratings(connection, make_kiosk(connection, here), [2], happened=NOW - 3 * DAY, delay=3 * DAY)
        add_up(connection)
        late = heard(connection, asked(here.organisation)).days[SUNDAY - 3 * DAY].tally()
        # The press filter thinks otherwise about a press of five days ago.
        row = connection.execute(
            text("SELECT cursor_id, seq FROM rating WHERE store_id = :store AND button = 2 ORDER BY happened_at"),
            {"store": here.store},
        ).first()
    assert row is not None
    with engine.begin() as connection:
        begin = NOW - 6 * DAY
        remark(driver(connection), here.store, begin, NOW + HOUR, [Remark(row.cursor_id, row.seq, Mark.REPEAT)])
        at_once = heard(connection, asked(here.store)).days[SUNDAY - 5 * DAY]
        above = heard(connection, asked(here.organisation)).days[SUNDAY - 5 * DAY]
        add_up(connection)
        again = heard(connection, asked(here.organisation)).days[SUNDAY - 5 * DAY]
    assert late == {(1, 4): 2, (2, 4): 2, (3, 4): 2, (4, 4): 1}
    assert (at_once.tally()[2, 4], at_once.marked) == (0, 2)
    assert (above.tally()[2, 4], above.marked) == (1, 2)
    assert (again.tally()[2, 4], again.marked) == (0, 3)


def test_what_the_staff_say_is_not_among_it(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, _ = week
    with engine.begin() as connection:
        room = add_touchpoint(connection, here.store, "Staff room", 9)
        connection.execute(update(touchpoint).where(touchpoint.c.id == room).values(audience="staff"))
        make_ratings(connection, make_kiosk(connection, here, touchpoint=room), [4] * 9, happened=NOW - DAY)
        before = heard(connection, asked(here.store)).tally()
        add_up(connection)
        after = heard(connection, asked(here.store))
        above = heard(connection, asked(here.region))
    assert before == after.tally() == above.tally() == {(1, 4): 12, (2, 4): 6, (3, 4): 6}
    assert room not in after.by_touchpoint


def test_kinds_of_questions_stay_apart(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, _ = week
    with engine.begin() as connection:
        asking = insert(question).values(text={"en": "Recommend?"}, buttons=11, kind="nps").returning(question.c.id)
        nps = connection.execute(asking).scalar_one()
        recommended = {1: 1, 2: 1, 11: 1}
        connection.execute(
            insert(rating_hour).values(store_id=here.store, hour=NOW.replace(minute=0, second=0, microsecond=0)),
            [
                {"touchpoint_id": 0, "question_id": nps, "button": button, "channel": Channel.WEB, "timed": True}
                | {"counted": times, "marked": 0}
                for button, times in recommended.items()
            ],
        )
        add_up(connection)
        days.note_all(driver(connection), here.store)
        add_up(connection)
        store, above = heard(connection, asked(here.store)), heard(connection, asked(here.organisation))
    for found in (store, above):
        assert found.tally("nps") == {(button, 11): times for button, times in recommended.items()}
        assert (1, 11) not in found.tally()


@pytest.mark.parametrize(
    "zone", ["Europe/Kyiv", "America/Santiago", "Asia/Kolkata", "Asia/Beirut", "Pacific/Auckland", "Atlantic/Azores"]
)
def test_days_are_the_stores_own_where_clocks_change(engine: Engine, zone: str) -> None:
    """Every hour of two years' days in which the clocks change, some at midnight, lies in exactly one day."""
    local = ZoneInfo(zone)
    hour = datetime(2025, 1, 1, tzinfo=UTC)
    moments = []
    while hour < datetime(2027, 1, 1, tzinfo=UTC):
        if hour.astimezone(local).utcoffset() != (hour + HOUR).astimezone(local).utcoffset():
            moments += [hour + number * HOUR for number in range(-30, 31)]
        hour += HOUR
    moments = moments or [datetime(2026, 1, 1, tzinfo=UTC) + number * HOUR for number in range(48)]
    with engine.begin() as connection:
        shop = make_shop(connection, time_zone=zone)
        connection.execute(
            text("""
            INSERT INTO rating_hour (store_id, hour, touchpoint_id, question_id, button, timed, counted, marked)
            SELECT :store, date_trunc('hour', hour, :zone), :exit, :question, 1, true, 1, 0
            FROM unnest(CAST(:hours AS timestamptz[])) AS hour
            """),
            {"store": shop.store, "zone": zone, "exit": shop.exit, "question": shop.question, "hours": moments},
        )
        wanted = Asked(shop.store, moments[0].date() - DAY, moments[-1].date() + DAY)
        live = heard(connection, wanted)
        add_up(connection)
        kept = heard(connection, wanted)
        above = heard(connection, wanted.at(shop.organisation))
    expected = Counter(moment.astimezone(local).date() for moment in moments)
    for found in (live, kept, above):
        assert {day: each.counted for day, each in found.days.items()} == expected


def test_hours_of_the_week(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, there = week
    with engine.begin() as connection:
        live = hours(connection, asked(here.store, back=400))
        add_up(connection)
        found = hours(connection, asked(here.store, back=400))
        connection.execute(text("UPDATE place SET time_zone = 'Europe/Warsaw' WHERE id = :id"), {"id": there.store})
        days.note_all(driver(connection), there.store)
        add_up(connection)
        above = hours(connection, asked(here.organisation, back=400))
        till = hours(connection, asked(here.organisation, back=400, touchpoint_name="checkout"))
        connection.execute(text("UPDATE rating_hour SET timed = false"))
        days.note_all(driver(connection))
        unknown = hours(connection, asked(here.store))
        add_up(connection)
        assert hours(connection, asked(here.organisation)).tallies == {}
    assert live == found
    assert found.first == SUNDAY - 400 * DAY
    assert found.tallies[6, 11] == {(1, 4): 2, (2, 4): 1}
    assert found.tallies[1, 8] == {(3, 4): 1}
    assert found.cells[1, 8].count == 1
    assert not unknown.tallies
    # Where it is eleven in Kyiv, it is ten in Warsaw.
    assert above.tallies[6, 11] == found.tallies[6, 11]
    assert (above.tallies[6, 10], above.tallies[6, 8], above.tallies[6, 7]) == ({(4, 4): 1}, {(3, 4): 1}, {(3, 4): 1})
    assert (till.tallies[6, 10], till.tallies[6, 11]) == ({(4, 4): 1}, {(1, 4): 2, (2, 4): 1})
    assert (6, 8) not in till.tallies
    assert till.first == SUNDAY - 27 * DAY


#: Ten to three, over noon; a bar's nights; and of the third nobody knows.
TEN_TO_THREE = {day: [["10:00", "15:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHTS = {day: [["18:30", "02:00"]] for day in ("fri", "sat")}


def test_only_while_open_and_by_name_and_hour_of_every_place(engine: Engine) -> None:
    """Against what the roll-up's own rows say, one by one: live, added up, above, by months."""
    dice = random.Random(9)
    opened = []
    with engine.begin() as connection:
        shops = [make_shop(connection)]
        shops += [make_shop(connection, name, beside=shops[0]) for name in ("Harbour", "Lake")]
        stars = make_question(connection, 11)
        connection.execute(update(question).where(question.c.id == stars).values(kind="nps"))
        for shop, week in zip(shops, (TEN_TO_THREE, NIGHTS, {}), strict=True):
            connection.execute(update(place).where(place.c.id == shop.store).values(opening_hours=week))
            slots = open_slots(week)
            opened.append(lambda at, slots=slots, known=bool(week): not known or (at.weekday(), at.hour) in slots)
        cells = [
            {"store_id": shop.store, "hour": hour, "touchpoint_id": dice.choice([shop.exit, shop.checkout, 0])}
            | {"question_id": dice.choice([shop.question] * 4 + [stars]), "button": dice.randint(1, 4)}
            | {"channel": dice.choice([1, 5]), "timed": dice.randrange(9) > 0}
            | {"counted": dice.choice([0, dice.randint(1, 9)]), "marked": dice.choice([0, 0, 2])}
            for shop in shops
            for hour in dice.sample(
                [NOW.replace(minute=0, second=0, microsecond=0) - n * HOUR for n in range(1800)], 450
            )
        ]
        connection.execute(insert(rating_hour), cells)
        names = {each.exit: "exit" for each in shops} | {each.checkout: "checkout" for each in shops}

        def rows(stores: Sequence[int], wanted: Asked) -> Iterator[tuple[dict[str, Any], datetime]]:
            for cell in cells:
                at = cell["hour"].astimezone(ZoneInfo("Europe/Kyiv"))
                number = next(each for each, shop in enumerate(shops) if shop.store == cell["store_id"])
                is_open = opened[number](at) and (cell["timed"] or number == 2)
                if (
                    cell["store_id"] in stores
                    and wanted.first <= at.date() <= wanted.last
                    and (is_open or not wanted.opened)
                    and wanted.touchpoint_name in (None, names.get(cell["touchpoint_id"]))
                    and (not wanted.channels or cell["channel"] in wanted.channels)
                ):
                    yield cell, at

        def check(place_id: int, stores: Sequence[int], back: int, **how: Any) -> None:
            wanted = asked(place_id, back, **how)
            tally, marked, weekly = Counter[tuple[int, int]](), 0, dict[tuple[int, int], Counter[tuple[int, int]]]()
            for cell, at in rows(stores, wanted):
                if cell["question_id"] != stars:
                    tally[cell["button"], 4] += cell["counted"]
                    marked += cell["marked"]
                    is_late = place_id in stores or at.date() > SUNDAY - 28 * DAY
                    if cell["timed"] and cell["counted"] and (is_late or not wanted.touchpoint_name):
                        weekly.setdefault((at.weekday(), at.hour), Counter())[cell["button"], 4] += cell["counted"]
            for read in (heard, heard_in_all):
                found = read(connection, wanted)
                assert (found.tally(), found.marked) == (+tally, marked), (wanted, read)
            assert hours(connection, wanted).tallies == weekly, wanted
            if place_id not in stores:
                for kind, by_week in itertools.product(("store", "region"), (False, True)):
                    below = heard_below(connection, wanted, kind, by_week=by_week)
                    together = Heard([cell for each in below.values() for cell in each.cells])
                    assert (together.tally(), together.marked) == (+tally, marked), (wanted, kind, by_week)

        asks = [
            {"opened": is_open, "touchpoint_name": name, "channels": channels}
            for is_open in (False, True)
            for name in (None, "exit", "checkout")
            for channels in (frozenset(), frozenset({Channel.WEB}), frozenset({Channel(1)}))
        ]
        for _ in range(2):
            for shop, how in itertools.product(shops, asks):
                check(shop.store, [shop.store], dice.randint(0, 75), **how)
            add_up(connection)
        every = [shop.store for shop in shops]
        for how, back in itertools.product(asks, (12, 40, 70)):  # October is whole in the last
            check(shops[0].organisation, every, back, **how)
        for shop, how in itertools.product(shops, asks):
            check(shop.region, [shop.store], dice.randint(0, 75), **how)


def test_other_opening_hours_change_what_was_heard_while_it_was_open(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, there = week
    with engine.begin() as connection:
        add_up(connection)
        before = [heard(connection, asked(each, opened=True)).counted for each in (here.store, here.organisation)]
        # Presses came at eight and at eleven in Kyiv.
        names = {"name": "Riverside", "time_zone": "Europe/Kyiv"}
        change(connection, here.store, Setup(**names, opening_hours={"sat": [["11:30", "12:00"]]}), "Olena")
        at_once = heard(connection, asked(here.store, opened=True)).days
        add_up(connection)
        after = heard(connection, asked(here.organisation, opened=True))
        saturday = heard(connection, asked(here.store, opened=True)).days
        hourly = hours(connection, asked(here.organisation, opened=True)).tallies
        stores = heard_below(connection, asked(here.organisation, opened=True))
        change(connection, here.store, Setup(**names), "Olena")
        add_up(connection)
        unknown = heard(connection, asked(here.organisation, opened=True))
    assert before == [24, 36]
    assert {day: each.tally() for day, each in saturday.items()} == {SUNDAY - DAY: {(1, 4): 2, (2, 4): 1}}
    assert {day: each.tally() for day, each in at_once.items()} == {SUNDAY - DAY: {(1, 4): 2, (2, 4): 1}}
    assert (after.counted, stores[here.store].counted, stores[there.store].counted) == (15, 3, 12)
    assert hourly[5, 11] == {(1, 4): 2, (2, 4): 1, (4, 4): 1}
    assert hourly[4, 11] == {(4, 4): 1}
    assert unknown.counted == 36


def test_mending_the_roll_up_notes_its_days(engine: Engine, week: tuple[Shop, Shop]) -> None:
    here, _ = week
    with engine.begin() as connection:
        add_up(connection)
        connection.execute(
            text("DELETE FROM rating_hour WHERE store_id = :store AND button = 1"), {"store": here.store}
        )
        days.note_all(driver(connection), here.store)
        add_up(connection)
        broken = heard(connection, asked(here.organisation)).tally()
        rollup.mend(driver(connection), NOW - 7 * DAY, NOW + HOUR)
        add_up(connection)
        mended = heard(connection, asked(here.organisation)).tally()
        days.rebuild(driver(connection), here.organisation, SUNDAY - 6 * DAY, SUNDAY)
        assert heard(connection, asked(here.organisation)).tally() == mended
    assert broken == {(2, 4): 6, (3, 4): 12, (4, 4): 6}
    assert mended == {(1, 4): 12, (2, 4): 6, (3, 4): 12, (4, 4): 6}


def test_a_long_past_is_added_up_little_by_little_and_two_do_not_meet(
    engine: Engine, week: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "MOST", 3)
    with engine.connect() as one, engine.connect() as other:
        assert days.keep(driver(one))
        with one.begin():
            one.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": locks.DAYS})
            assert not days.keep(driver(other))
        other.rollback()
        clock, looked = days.Days(), 1
        while clock.look(driver(one), NOW):
            looked += 1
        one.commit()
        assert looked > 3
        found = heard(one, asked(week[0].organisation))
        assert found.counted == 36
        one.commit()


def test_whole_months_and_single_days_add_up_to_the_same(engine: Engine) -> None:
    """Of every period, whether it begins or ends with a month or not."""
    dice = random.Random(5)
    with engine.begin() as connection:
        here = make_shop(connection)
        there = make_shop(connection, "Harbour", beside=here)
        cell = {"touchpoint_id": 0, "question_id": here.question, "channel": 1, "timed": True}
        heard_in = dice.sample(range(150), 60)
        connection.execute(
            insert(rating_hour),
            [
                {**cell, "store_id": shop.store, "hour": NOW.replace(minute=0, second=0, microsecond=0) - back * DAY}
                | {"button": button, "counted": dice.randint(1, 9), "marked": dice.randint(0, 2)}
                for shop in (here, there)
                for back in heard_in
                for button in (1, 4)
            ],
        )
        add_up(connection)
        ends = [SUNDAY - back * DAY for back in (0, 1, 21, 22, 30, 52, 53, 113, 140)]
        for first, last in itertools.combinations_with_replacement(sorted(ends), 2):
            wanted = Asked(here.organisation, first, last)
            for kind in ("store", "region"):
                together = heard_below(connection, wanted, kind)
                by_week = heard_below(connection, wanted, kind, by_week=True)
                assert {place: (each.tally(), each.marked) for place, each in together.items()} == {
                    place: (each.tally(), each.marked) for place, each in by_week.items()
                }
                assert all((last - day).days % 7 == 0 for each in by_week.values() for day in each.days)
            above = heard(connection, wanted)
            assert sum(each.counted for each in together.values()) == above.counted
            for place_id in (here.organisation, here.store):
                by_day, in_all = (read(connection, wanted.at(place_id)) for read in (heard, heard_in_all))
                assert (in_all.tally(), in_all.marked, in_all.days) == (by_day.tally(), by_day.marked, {})


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9)), max_size=30))
def test_a_tally_is_its_parts_together(presses: list[tuple[int, int]]) -> None:
    """However it is split, nothing is lost."""
    cells = [
        Cell(1, SUNDAY - (times % 3) * DAY, times % 2, Channel(times % 4), 1, "smileys", 4,
             [times if at == button else 0 for at in range(1, 5)], times)
        for button, times in presses
    ]  # fmt: skip
    whole = Heard(cells)
    for parts in (whole.days, whole.by_channel, whole.by_touchpoint, whole.questions):
        together = Counter[tuple[int, int]]()
        for part in parts.values():
            together.update(part.tally())
        assert together == whole.tally()
        assert sum(part.marked for part in parts.values()) == whole.marked
