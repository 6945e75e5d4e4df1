"""A plausible past: as many ratings as asked for, where and when shops have them, and all that belongs to them."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from collector.api import ratings as feed
from collector.failure import Failure
from collector.places.queries import top_place
from collector.ratings.partitions import Month, ensure_partitions, partitioned_months
from collector.ratings.rollup import differences
from collector.settings import Settings
from simulators.history import Wanted, load_history
from tests.factories import NOW, make_kiosk, make_ratings, make_shop

Database = psycopg.Connection[Any]
WANTED = Wanted(stores=10, ratings=20_000, months=3, seed=7)
#: A Saturday, 17:00 in Kyiv.
UNTIL = datetime(2026, 11, 21, 15, 0, 30, tzinfo=UTC)
KIOSKS = "SELECT count(*) FROM kiosk"
RATINGS = "SELECT * FROM rating ORDER BY cursor_id, seq"


def load(settings: Settings, wanted: Wanted = WANTED, *, beside_real: bool = False) -> int:
    return load_history(settings, wanted, UNTIL, beside_real=beside_real, advance=lambda _: None)


def test_everything_that_belongs_to_it(engine: Engine, settings: Settings, empty_database: Database) -> None:
    assert load(settings) == 20_000
    assert empty_database.execute("SELECT count(*) FROM rating").fetchone() == (20_000,)
    assert partitioned_months(empty_database) == [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
    assert differences(empty_database, Month(2026, 9).begin, UNTIL) == []
    journals = empty_database.execute(
        "SELECT cursor.seq, recorded, count(*), count(DISTINCT rating.seq), min(rating.seq), max(rating.seq)"
        " FROM cursor JOIN rating ON cursor_id = cursor.id GROUP BY cursor.id"
    ).fetchall()
    assert len(journals) == 30
    assert all(
        seq == recorded == count == distinct == last and first == 1
        for seq, recorded, count, distinct, first, last in journals
    )
    assert empty_database.execute("SELECT sum(stored), max(received) FROM completeness_day").fetchone() == (
        20_000,
        max(seq for seq, *_ in journals),
    )
    with engine.connect() as connection:
        after, seen = (0, 0, 0, 0), 0
        while items := (page := feed.page(connection, top_place(connection), after, 5_000))["items"]:
            seen += len(items)
            after = feed.cursors.decode(page["next"], int, int, int, int)
    assert seen == 20_000


def test_shops_are_open_by_day_and_busy_on_saturdays(settings: Settings, empty_database: Database) -> None:
    load(settings)
    local = "SELECT {} AS part, count(*) FROM rating JOIN place ON place.id = store_id GROUP BY part ORDER BY part"
    hours = empty_database.execute(
        local.format("extract(hour FROM happened_at AT TIME ZONE time_zone)::int").encode()
    ).fetchall()
    assert [hour for hour, _ in hours] == list(range(9, 21))
    days = dict(
        empty_database.execute(
            local.format("extract(isodow FROM happened_at AT TIME ZONE time_zone)::int").encode()
        ).fetchall()
    )
    assert max(days, key=lambda day: days[day]) == 6
    latest = empty_database.execute(
        "SELECT max(received_at), bool_and(happened_at <= received_at) FROM rating"
    ).fetchone()
    assert latest is not None
    assert UNTIL - timedelta(hours=1) < latest[0] <= UNTIL
    assert latest[1]
    faces = empty_database.execute("SELECT count(*) FROM rating GROUP BY button ORDER BY button").fetchall()
    assert len(faces) == 4
    assert faces[0] > faces[1] > faces[2]


def test_the_same_seed_is_the_same_past_and_a_second_time_adds_nothing(
    settings: Settings, empty_database: Database
) -> None:
    load(settings)
    first = empty_database.execute(RATINGS).fetchall()
    assert load(settings) == 0
    assert empty_database.execute(RATINGS).fetchall() == first
    with pytest.raises(Failure, match="another simulated past: 10 stores, 20000 ratings, 3 months, seed 7"):
        load(settings, Wanted(10, 20_000, 3, 8))


def test_cut_short_it_goes_on_where_it_was(settings: Settings, empty_database: Database) -> None:
    class CutShort(Exception):
        pass

    months: list[int] = []

    def cut(ratings: int) -> None:
        months.append(ratings)
        if len(months) == 2:
            raise CutShort

    with pytest.raises(CutShort):
        load_history(settings, WANTED, UNTIL, beside_real=False, advance=cut)
    assert partitioned_months(empty_database) == [Month(2026, 9), Month(2026, 10)]
    # Later; but this past ends when it was begun. And the intake has made partitions meanwhile.
    ensure_partitions(empty_database, UNTIL)
    load_history(settings, WANTED, UNTIL + timedelta(days=2), beside_real=False, advance=lambda _: None)
    assert empty_database.execute("SELECT count(*), count(DISTINCT (cursor_id, seq)) FROM rating").fetchone() == (
        20_000,
        20_000,
    )
    assert differences(empty_database, Month(2026, 9).begin, UNTIL) == []


def test_real_ratings_are_left_alone_unless_told(engine: Engine, settings: Settings, empty_database: Database) -> None:
    with engine.begin() as connection:
        kiosk = make_kiosk(connection, make_shop(connection))
        make_ratings(connection, kiosk, [1, 2, 3], happened=NOW)
    with pytest.raises(Failure, match="--beside-real"):
        load(settings)
    assert empty_database.execute(KIOSKS).fetchone() == (1,)
    load(settings, beside_real=True)
    assert empty_database.execute("SELECT count(*) FROM rating").fetchone() == (20_003,)
    assert differences(empty_database, Month(2026, 9).begin, NOW + timedelta(days=1)) == []


def test_at_the_terminal(settings: Settings, empty_database: Database) -> None:
    arguments = ("simulate", "history", "--stores", "3", "--ratings", "1000", "--months", "2")
    command = [sys.executable, "-m", "collector", *arguments]
    ended = subprocess.run(command, env=settings.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "1,000 rows" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"Look at it: {settings.url}/"
