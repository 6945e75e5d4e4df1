"""How quick the pages are with years of ratings: `make bench-history`; prints what docs/benchmarks.md says.

    python benchmarks/history.py [--ratings 50000000] [--data FOLDER] [--rounds 300]

Loads a simulated past into an embedded PostgreSQL of its own (50 million ratings take about 12 GB and a quarter of an
hour), which stays in its folder: the next run begins at once. Then asks for the pages of stores drawn at random, and
for the start page, and times each page's queries and the whole page; nothing is warmed but by the pages before. At last
one month goes into a file and comes back.
"""

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import platformdirs
import structlog
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.accounts.sessions import COOKIE, open_session
from collector.accounts.tables import account
from collector.database import connect, make_engine
from collector.insights import queries as insights
from collector.places.queries import Store, top_place, visible_stores
from collector.progress import step
from collector.ratings.archive import archive_month, bring_back, folder_of
from collector.ratings.archive_file import verify
from collector.ratings.partitions import partitioned_months
from collector.settings import Settings
from collector.up.postgres import running
from collector.web import create_app
from simulators.history import PREFIX, Wanted, load_history

#: What the issue asks for: p95 of a page's queries, ms.
STORE_GOAL, OVERVIEW_GOAL = 50, 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=50_000_000)
    parser.add_argument("--stores", type=int, default=200)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=300, help="store pages; a third as many start pages")
    parser.add_argument("--data", type=Path, default=platformdirs.user_cache_path("smilepost") / "bench-history")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = Settings.load(environ={}, data=asked.data.absolute())
    wanted = Wanted(asked.stores, asked.ratings, asked.months, 1)
    with database(settings):
        until = past_until(settings)
        with step("ratings", of=wanted.ratings) as advance:
            load_history(settings, wanted, until, beside_real=False, advance=advance)
        say_machine(settings, asked)
        measure_pages(settings, past_until(settings), asked.rounds)
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
    engine: Engine = app.extensions["database"]
    spent = [0.0]
    time_queries(engine, spent)
    with engine.begin() as connection:
        stores = visible_stores(connection, top_place(connection))
        cookie = open_session(connection, connection.execute(select(account.c.id)).scalars().first() or 0)
    dice = random.Random(1)  # noqa: S311
    drawn = [dice.choice(stores[1:]) for _ in range(rounds)]
    rows = page_rows(app, cookie, spent, "store page", [f"/stores/{store.id}" for store in drawn], STORE_GOAL)
    rows += page_rows(app, cookie, spent, "start page, all stores", ["/"] * max(1, rounds // 3), OVERVIEW_GOAL)
    print(f"\n| {rounds} store pages, {max(1, rounds // 3)} start pages | p50 ms | p95 ms | most | goal p95 | |")
    print("|---|---|---|---|---|---|")
    print("\n".join(rows))
    print("\n| single queries of the ratings | p50 ms | p95 ms | most |\n|---|---|---|---|")
    days = {store.id: now.astimezone(store.zone).date() for store in stores}
    single: dict[str, Callable[[Any, Store], object]] = {
        "a store's day": lambda c, store: insights.store_day(c, store.id, days[store.id], store.zone),
        "the same weekdays before": lambda c, store: insights.same_weekdays(c, store.id, days[store.id], store.zone),
        "its last ratings": lambda c, store: insights.last_ratings(c, store.id),
        "today of all stores": lambda c, _: insights.today_by_store(c, list(days), now),
    }
    with engine.connect() as connection:
        for name, query in single.items():
            took = [timed(query, connection, store) for store in drawn]
            print(f"| {name} | {figures(took)} |")
    engine.dispose()


def page_rows(app: Flask, cookie: str, spent: list[float], name: str, paths: Sequence[str], goal: int) -> list[str]:
    """Two rows of the table: the queries of a page, and the page."""
    client = app.test_client()
    client.set_cookie(COOKIE, cookie)
    queries, pages = [], []
    for path in paths:
        spent[0] = 0
        pages.append(timed(client.get, path))
        queries.append(spent[0])
    verdict = "met" if p95(queries) <= goal else f"**missed**, {p95(queries) / goal:.1f} ×"
    return [
        f"| {name}: its queries | {figures(queries)} | {goal} | {verdict} |",
        f"| {name}: all of it | {figures(pages)} | | |",
    ]


def time_queries(engine: Engine, spent: list[float]) -> None:
    """Add up in `spent` what the queries take, ms; from their sending to their first row."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.begun = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        spent[0] += (time.perf_counter() - context.begun) * 1000


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


def p95(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]


def figures(took: Sequence[float]) -> str:
    return f"{statistics.median(took):.1f} | {p95(took):.1f} | {max(took):.1f}"


if __name__ == "__main__":
    main()
