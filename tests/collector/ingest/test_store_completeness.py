"""Completeness of stores: whose a day is, what stands on quiet days, and that nothing is counted twice or left out."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, update

from collector.fleet.tables import kiosk_placement
from collector.ingest.store_completeness import Arrivals, Known, Stay, add_up, days_between, of_stores, together, total
from collector.ingest.tables import cursor
from tests.factories import NOW, Shop, make_journal, make_kiosk, make_ratings, make_shop

TODAY = NOW.date()
DAY = timedelta(days=1)


def known(day: int, recorded: int, received: int, *, journal: int = 1, kiosk: str = "exit-1", **fates: int) -> Known:
    """A line of the `day`th of November; what was received before that is not `stored` on it."""
    fates = {"stored": 0, "put_aside": 0, "lost": 0} | fates
    return Known(kiosk, journal, date(2026, 11, day), recorded, received, **fates)


def figures(lines: list[Known], stays: list[Stay], first: int, last: int) -> dict[tuple[int, int], Arrivals]:
    """By store and day of November."""
    found = add_up(lines, {"exit-1": stays}, date(2026, 11, first), date(2026, 11, last))
    return {(store, day.day): arrivals for (store, day), arrivals in found.items()}


HERE = [Stay(1, date(2026, 1, 1))]


def test_what_is_on_its_way_stands_until_it_comes() -> None:
    lines = [known(2, 10, 4, stored=4), known(5, 10, 10, stored=5, put_aside=1)]
    assert figures(lines, HERE, 1, 6) == {
        (1, 1): Arrivals(),
        (1, 2): Arrivals(recorded=10, stored=4, on_its_way=6),
        (1, 3): Arrivals(on_its_way=6),
        (1, 4): Arrivals(on_its_way=6),
        (1, 5): Arrivals(stored=5, put_aside=1),
        (1, 6): Arrivals(),
    }


def test_what_was_known_before_the_first_day_counts_for_it() -> None:
    lines = [known(2, 10, 4, stored=4), known(5, 12, 12, stored=6, lost=2)]
    assert figures(lines, HERE, 4, 5) == {
        (1, 4): Arrivals(on_its_way=6),
        (1, 5): Arrivals(recorded=2, stored=6, lost=2),
    }


def test_a_kiosk_takes_what_is_on_its_way_with_it() -> None:
    stays = [Stay(1, date(2026, 1, 1)), Stay(2, date(2026, 11, 3)), Stay(1, date(2026, 11, 5))]
    lines = [known(2, 10, 4, stored=4), known(3, 12, 7, stored=3), known(5, 12, 12, stored=5)]
    assert figures(lines, stays, 2, 5) == {
        (1, 2): Arrivals(recorded=10, stored=4, on_its_way=6),
        (2, 3): Arrivals(recorded=2, stored=3, on_its_way=5),
        (2, 4): Arrivals(on_its_way=5),
        (1, 5): Arrivals(stored=5),
    }


def test_a_journal_that_was_given_up_does_not_come_any_more() -> None:
    lines = [known(2, 10, 4, stored=4), known(3, 7, 1, journal=2, stored=1), known(5, 10, 6, stored=2)]
    found = figures(lines, HERE, 2, 5)
    assert found[1, 2].on_its_way == 6
    assert found[1, 3] == Arrivals(recorded=7, stored=1, never_came=6, on_its_way=6)
    assert found[1, 4] == Arrivals(on_its_way=6)
    assert found[1, 5] == Arrivals(stored=2, never_came=-2, on_its_way=6)
    assert total([found[1, day] for day in range(2, 6)]) == Arrivals(recorded=17, stored=7, never_came=4, on_its_way=6)


@st.composite
def pasts(draw: st.DrawFn) -> list[Known]:
    """Kiosks that record, and some of it comes in, over a week of November, with some journals given up."""
    lines = []
    for kiosk in ("a", "b"):
        at: dict[int, tuple[int, int]] = {}
        for day in range(1, 8):
            for journal in sorted(draw(st.sets(st.integers(1, 3), max_size=2))):
                recorded, received = at.get(journal, (0, 0))
                recorded += draw(st.integers(0, 9))
                fates = draw(st.lists(st.sampled_from(["stored", "put_aside", "lost"]), max_size=recorded - received))
                received += len(fates)
                at[journal] = recorded, received
                counts = {name: fates.count(name) for name in ("stored", "put_aside", "lost")}
                lines.append(known(day, recorded, received, journal=journal, kiosk=kiosk, **counts))
    return lines


@given(pasts(), st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9)), min_size=1), st.integers(1, 7))
def test_nothing_is_counted_twice_or_left_out(lines: list[Known], moves: list[tuple[int, int]], first: int) -> None:
    stays = [Stay(store, date(2026, 11, day)) for store, day in sorted(moves, key=lambda move: move[1])]
    begin, end = date(2026, 11, first), date(2026, 11, 7)

    def of(begin: date, end: date) -> Arrivals:
        """Of all stores together."""
        found = add_up(lines, {"a": stays, "b": HERE}, begin, end)
        days = [
            together(arrivals for (_, on), arrivals in found.items() if on == day) for day in days_between(begin, end)
        ]
        return total(days)

    before, then = of(date(2026, 11, 1), begin), of(begin + DAY, end) if begin < end else Arrivals()
    assert before.recorded == before.received + before.never_came + before.on_its_way
    if begin < end:
        assert before.on_its_way + then.recorded == then.received + then.never_came + then.on_its_way
        assert of(date(2026, 11, 1), end).on_its_way == then.on_its_way


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    with engine.begin() as connection:
        return make_shop(connection, "Hilltop", beside=riverside)


def move(connection: Connection, kiosk_id: str, touchpoint: int, days_ago: int) -> None:
    """It was moved at noon of that day."""
    at = NOW - days_ago * DAY
    connection.execute(
        update(kiosk_placement)
        .where(kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None))
        .values(until=at)
    )
    connection.execute(insert(kiosk_placement).values(kiosk_id=kiosk_id, since=at, touchpoint_id=touchpoint))


def test_from_the_intake_to_the_stores(engine: Engine, riverside: Shop, hilltop: Shop) -> None:
    with engine.begin() as connection:
        at = make_kiosk(connection, riverside, "exit-1")
        connection.execute(update(kiosk_placement).values(since=NOW - 9 * DAY))
        connection.execute(update(cursor).where(cursor.c.id == at).values(recorded=8))
        make_ratings(connection, at, [1, 2, 9], happened=NOW - 5 * DAY)
        move(connection, "exit-1", hilltop.exit, 3)
        make_ratings(connection, at, [1], happened=NOW - 2 * DAY)
        newer = make_journal(connection, "exit-1")
        make_ratings(connection, newer, [1, 1], happened=NOW)
        other = make_kiosk(connection, riverside, "checkout-1")
        make_ratings(connection, other, [4] * 7, happened=NOW)
        found = of_stores(connection, [riverside.store, hilltop.store], TODAY - 6 * DAY, TODAY)
    assert found[riverside.store] == [
        Arrivals(),
        Arrivals(recorded=8, stored=2, put_aside=1, on_its_way=5),
        Arrivals(on_its_way=5),
        Arrivals(),
        Arrivals(),
        Arrivals(),
        Arrivals(recorded=7, stored=7),
    ]
    assert found[hilltop.store] == [
        Arrivals(),
        Arrivals(),
        Arrivals(),
        Arrivals(on_its_way=5),
        Arrivals(stored=1, on_its_way=4),
        Arrivals(on_its_way=4),
        Arrivals(recorded=2, stored=2, never_came=4),
    ]
    with engine.connect() as connection:
        later = of_stores(connection, [riverside.store], TODAY, TODAY + DAY)
    assert later == {riverside.store: [Arrivals(recorded=7, stored=7), Arrivals()]}


def test_days_are_the_stores_own(engine: Engine) -> None:
    with engine.begin() as connection:
        far = make_shop(connection, "Far", time_zone="Pacific/Kiritimati")
        at = make_kiosk(connection, far, "far-1")
        make_ratings(connection, at, [1], happened=NOW)
        make_ratings(connection, at, [1], happened=NOW + timedelta(hours=2))
        found = of_stores(connection, [far.store], TODAY, TODAY + DAY)
    assert [day.stored for day in found[far.store]] == [1, 1]
