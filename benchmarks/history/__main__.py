"""How quick the pages are with years of ratings: `make bench-history`; prints what docs/benchmarks.md says.

    python -m benchmarks.history [--ratings 50000000] [--data FOLDER] [--rounds 100]

Loads a simulated past into an embedded PostgreSQL of its own (50 million ratings take about 12 GB and a quarter of an
hour), with answers and cases beside it; it stays in its folder: the next run begins at once. Then asks for the pages of
the console, of stores drawn at random or of all (`pages`), and times each page's queries and the whole page; nothing is
warmed but by the pages before, and by what the web process does when it starts. Adds up the last days
anew as `smilepost jobs` does it once a minute. At last one month goes into a file and comes back.
"""

import argparse
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import platformdirs
import structlog
from sqlalchemy import Engine
from sqlalchemy.pool import NullPool

from benchmarks.history.answers import ANSWER_PER, load_answers
from benchmarks.history.pages import HEAD, figures, measure
from collector import migrations
from collector.database import connect, make_engine
from collector.insights import days
from collector.insights import queries as insights
from collector.insights.asked import Asked
from collector.insights.heard import heard, heard_below
from collector.places.queries import Store, top_place, visible_stores
from collector.progress import step
from collector.ratings.archive import archive_month, bring_back, folder_of
from collector.ratings.archive_file import verify
from collector.ratings.partitions import partitioned_months
from collector.settings import Settings
from collector.up.postgres import running
from collector.web import create_app, warm_up
from simulators.history import PREFIX, Wanted, load_history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=50_000_000)
    parser.add_argument("--stores", type=int, default=200)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=100, help="times each page is asked for")
    parser.add_argument("--data", type=Path, default=platformdirs.user_cache_path("smilepost") / "bench-history")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = Settings.load(environ={}, data=asked.data.absolute())
    wanted = Wanted(asked.stores, asked.ratings, asked.months, 1)
    with database(settings):
        until = past_until(settings)
        with step("ratings", of=wanted.ratings) as advance:
            load_history(settings, wanted, until, beside_real=False, advance=advance)
        until = past_until(settings)
        with step("answers", of=asked.ratings // ANSWER_PER) as advance:
            since = until - timedelta(days=30.4 * asked.months)
            advance(load_answers(settings, asked.ratings // ANSWER_PER, since, until))
        say_machine(settings, asked)
        measure_pages(settings, until, asked.rounds)
        measure_adding_up(settings, until)
        measure_archive(settings)
    print(f"\nThe data stays for the next run. Remove it: rm -r {settings.data}")


@contextmanager
def database(settings: Settings) -> Iterator[None]:
    """The embedded PostgreSQL as `smilepost up` runs it."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with running(settings):
        migrations.upgrade(make_engine(settings, poolclass=NullPool))
        yield


def past_until(settings: Settings) -> datetime:
    """When the past that is loaded ends, or shall end: an evening, so that today is a whole day."""
    with connect(settings) as connection:
        row = connection.execute(
            "SELECT received_at FROM kiosk_status WHERE starts_with(kiosk_id, %s) LIMIT 1", [PREFIX]
        ).fetchone()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    found: datetime = row[0] if row else yesterday.replace(hour=18, minute=0, second=0, microsecond=0)
    return found


def say_machine(settings: Settings, asked: argparse.Namespace) -> None:
    with connect(settings) as connection:
        facts = {
            name: connection.execute(query.encode()).fetchall()[0][0]
            for name, query in {
                "ratings": "SELECT sum(counted + marked) FROM rating_hour",
                "cells of the roll-up": "SELECT reltuples::int8 FROM pg_class WHERE relname = 'rating_hour'",
                "cells of the days": "SELECT count(*) FROM place_day",
                "answers": "SELECT count(*) FROM answer",
                "cases": 'SELECT count(*) FROM "case"',
                "partitions": "SELECT count(*) FROM pg_inherits WHERE inhparent = 'rating'::regclass",
                "size of the database": "SELECT pg_size_pretty(pg_database_size(current_database()))",
                "PostgreSQL": "SHOW server_version",
                "shared_buffers": "SHOW shared_buffers",
                "fsync": "SHOW fsync",
                "synchronous_commit": "SHOW synchronous_commit",
            }.items()
        }
    print(
        f"\n`make bench-history`, {datetime.now(UTC).date()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"CPython {platform.python_version()}, load before it {os.getloadavg()[0]:.1f}\n\n|  |  |\n|---|---|"
    )
    for name, fact in {"stores": asked.stores, "months": asked.months, **facts}.items():
        print(f"| {name} | {f'{fact:,}' if isinstance(fact, int) else fact} |")


def measure_pages(settings: Settings, now: datetime, rounds: int) -> None:
    app = create_app(settings)
    app.extensions["now"] = lambda: now
    warm_up(app)  # as the web process does when it starts
    engine: Engine = app.extensions["database"]
    print(f"\n{rounds} times each page of a store, a third as often what hangs on none:\n\n{HEAD}")
    for line in measure(app, rounds):
        print(line, flush=True)
    with engine.connect() as connection:
        top = top_place(connection)
        stores = visible_stores(connection, top)
        today = now.date()
        month, year = (Asked(top, today - timedelta(back), today) for back in (27, 364))
        dice = random.Random(1)  # noqa: S311
        drawn = [dice.choice(stores[1:]) for _ in range(rounds)]
        day_of = {store.id: now.astimezone(store.zone).date() for store in stores}
        single: dict[str, Callable[[Any, Store], object]] = {
            "a store's day": lambda c, store: insights.store_day(c, store.id, day_of[store.id], store.zone),
            "the same weekdays before": lambda c, store: insights.same_weekdays(
                c, store.id, now.astimezone(store.zone)
            ),
            "its last ratings": lambda c, store: insights.last_ratings(c, store.id),
            "today of all stores": lambda c, _: insights.today_by_store(c, list(day_of), now),
            "28 days of a store": lambda c, store: heard(c, month.at(store.id)),
            "a year of a store": lambda c, store: heard(c, year.at(store.id)),
            "a year of all": lambda c, _: heard(c, year),
            "28 days of each store": lambda c, _: heard_below(c, month),
            "28 days of each store, week by week": lambda c, _: heard_below(c, month, by_week=True),
            "a year of each store": lambda c, _: heard_below(c, year),
        }
        print("\n| single queries of the ratings | p50 ms | p95 ms | most |\n|---|---|---|---|")
        for name, query in single.items():
            print(f"| {name} | {figures([timed(query, connection, store) for store in drawn])} |", flush=True)
    engine.dispose()


def measure_adding_up(settings: Settings, now: datetime) -> None:
    """What `smilepost jobs` does once a minute where every store was rated: today, at its end."""
    with connect(settings, autocommit=True) as connection:
        [(top,)] = connection.execute("SELECT id FROM place WHERE parent_id IS NULL ORDER BY id LIMIT 1").fetchall()
        took = [timed(days.rebuild, connection, top, now.date(), now.date()) for _ in range(10)]
    print(f"| today of all stores added up by `smilepost jobs` | {figures(took)} |")


def measure_archive(settings: Settings) -> None:
    with connect(settings, autocommit=True) as connection:
        month = partitioned_months(connection)[0]
        [(rows, size)] = connection.execute(
            f"SELECT count(*), pg_total_relation_size('{month.table}') FROM {month.table}".encode()  # noqa: S608
        ).fetchall()
        begun = time.perf_counter()
        done = archive_month(connection, folder_of(settings), month, datetime.now(UTC))
        archived = time.perf_counter() - begun
    begun = time.perf_counter()
    verify(done.path)
    verified = time.perf_counter() - begun
    begun = time.perf_counter()
    bring_back(settings, done.path, datetime.now(UTC))
    returned = time.perf_counter() - begun
    file = done.path.stat().st_size
    print(
        f"\n| a month of {rows:,} ratings |  |\n|---|---|\n"
        f"| in the database, with indexes | {size / 2**20:,.0f} MiB |\n"
        f"| in its file | {file / 2**20:,.0f} MiB, {file / rows:.1f} bytes a rating |\n"
        f"| archived, verified, dropped | {archived:.1f} s |\n"
        f"| read through and verified | {verified:.1f} s |\n"
        f"| brought back | {returned:.1f} s |"
    )


def timed(act: Callable[..., object], *arguments: object) -> float:
    begun = time.perf_counter()
    act(*arguments)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
