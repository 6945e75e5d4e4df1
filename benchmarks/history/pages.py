"""The pages that are timed with a long past: each for stores drawn at random, or for the whole organisation."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text

from collector.accounts.sessions import COOKIE, open_session

#: What the issues ask for: p95 of a page on the server, ms; kB for the heaviest.
PAGE_GOAL, SIZE_GOAL = 100, 200

#: By name; `{store}`, `{region}`, `{door}` (a touchpoint), `{kiosk}`, `{case}`, `{top}` and an old month, `{begin}` to
#: `{end}`, are drawn.
PAGES = {
    "store, today": "/stores/{store}",
    "organisation, today": "/places/{top}/today",
    "region, today": "/places/{region}/today",
    "technician": "/technician",
    "wall board of a store": "/places/{store}/board",
    "wall board of all": "/places/{top}/board",
    "insights of a store, 28 days": "/places/{store}/insights",
    "insights of a store, a year": "/places/{store}/insights?days=365",
    "insights of a store, its second month": "/places/{store}/insights?from={begin}&to={end}",
    "insights of a touchpoint": "/places/{store}/insights?touchpoint={door}",
    "insights of a region": "/places/{region}/insights",
    "insights of all, 28 days": "/places/{top}/insights",
    "insights of all, a year": "/places/{top}/insights?days=365",
    "ranking of stores, 28 days": "/places/{top}/ranking",
    "ranking of stores, 90 days": "/places/{top}/ranking?days=90",
    "ranking of stores, a year": "/places/{top}/ranking?days=365",
    "channels of a store": "/places/{store}/channels",
    "channels of all": "/places/{top}/channels",
    "voices of a store": "/places/{store}/voices",
    "voices of all": "/places/{top}/voices",
    "voices of all, a word in a year": "/places/{top}/voices?days=365&q=till",
    "voices of all, a year": "/places/{top}/voices?days=365",
    "voices of all, outside opening hours": "/places/{top}/voices?hours=closed",
    "journey of a store": "/stores/{store}/journey",
    "journey of a store, a year": "/stores/{store}/journey?days=365",
    "ratings of a touchpoint": "/touchpoints/{door}/ratings",
    "ratings of a touchpoint that do not count, a year": "/touchpoints/{door}/ratings?days=365&which=marked",
    "money of all": "/places/{top}/money",
    "money of all, a year": "/places/{top}/money?days=365",
    "completeness of all": "/places/{top}/completeness",
    "press filter of a store": "/places/{store}/filter",
    "report of a store, a week": "/places/{store}/report?period=week",
    "report of all, a month": "/places/{top}/report?period=month",
    "cases": "/cases",
    "a case": "/cases/{case}",
    "improvements of all": "/places/{top}/improvements",
    "alerts": "/alerts",
    "quality": "/quality",
    "messages": "/messages",
    "kiosks": "/kiosks",
    "a kiosk": "/kiosks/{kiosk}",
    "kiosk settings of all": "/places/{top}/kiosk-settings",
    "alarms": "/alarms",
    "put aside": "/put-aside",
    "visits": "/visits",
    "releases": "/releases",
    "completeness of a store": "/stores/{store}/completeness",
    "posters of a store": "/stores/{store}/posters",
    "print jobs of a store": "/stores/{store}/print-jobs",
    "places": "/places",
    "a place": "/places/{store}",
    "surveys": "/surveys",
    "surveys of a place": "/places/{store}/surveys",
    "ladder of all": "/places/{top}/ladder",
    "themes of all": "/places/{top}/themes",
    "people": "/people",
    "segments": "/segments",
    "exports": "/exports",
    "audit log": "/audit",
    "personal data": "/personal",
    "set-up": "/set-up",
    "metrics": "/metrics",
    "API: insights of a store": "/api/v1/insights?place={store}",
    "API: ranking": "/api/v1/insights/ranking",
}


@dataclass(frozen=True)
class Timed:
    """What a page took, ms, and how large it was, kB."""

    queries: Sequence[float]
    all_of_it: Sequence[float]
    size: float


def measure(app: Flask, rounds: int) -> Iterator[str]:
    """A line of the table for each page that there is."""
    engine: Engine = app.extensions["database"]
    spent = [0.0]
    time_queries(engine, spent)
    with engine.begin() as connection:
        places = connection.execute(text(_PLACES)).all()
        cookie = open_session(connection, connection.execute(text("SELECT id FROM account LIMIT 1")).scalar_one())
    dice = random.Random(1)  # noqa: S311
    client = app.test_client()
    client.set_cookie(COOKIE, cookie)
    heaviest = ("", 0.0)
    for name, path in PAGES.items():
        drawn = [path.format_map(dice.choice(places)._mapping) for _ in range(rounds if "{" in path else rounds // 3)]
        found = timed(client.get, drawn, spent)
        heaviest = max(heaviest, (name, found.size), key=lambda each: each[1])
        verdict = (
            "met" if p95(found.all_of_it) <= PAGE_GOAL else f"**missed**, {p95(found.all_of_it) / PAGE_GOAL:.1f} ×"
        )
        yield f"| {name} | {figures(found.queries)} | {figures(found.all_of_it)} | {found.size:.0f} | {verdict} |"
    yield f"\nThe heaviest is *{heaviest[0]}*: {heaviest[1]:.0f} kB before compression, of {SIZE_GOAL}."


def timed(get: Callable[[str], Any], paths: Sequence[str], spent: list[float]) -> Timed:
    queries, pages, size = [], [], 0.0
    for path in paths:
        spent[0] = 0
        begun = time.perf_counter()
        answer = get(path)
        pages.append((time.perf_counter() - begun) * 1000)
        queries.append(spent[0])
        size = max(size, len(answer.data) / 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status}")
    return Timed(queries, pages, size)


def time_queries(engine: Engine, spent: list[float]) -> None:
    """Add up in `spent` what the queries take, ms; from their sending to their first row."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.begun = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        spent[0] += (time.perf_counter() - context.begun) * 1000


def p95(took: Sequence[float]) -> float:
    return quantiles(took, n=20)[-1] if len(took) > 1 else took[0]


def figures(took: Sequence[float]) -> str:
    return f"{median(took):.1f} | {p95(took):.1f} | {max(took):.1f}"


HEAD = (
    "| page | queries p50 ms | p95 | most | all of it p50 ms | p95 | most | kB | goal p95 100 |\n"
    "|---|---|---|---|---|---|---|---|---|"
)

# Stores that are rated, each with its region and one of its touchpoints.
_PLACES = """
SELECT store.id AS store, store.path[1] AS top, store.path[cardinality(store.path) - 1] AS region,
       min(touchpoint.id) AS door, min(kiosk_id) AS kiosk,
       (SELECT max(id) FROM "case" WHERE store_id = store.id) AS case, first + 30 AS begin, first + 57 AS end
FROM place AS store JOIN touchpoint ON store_id = store.id
JOIN kiosk_placement ON touchpoint_id = touchpoint.id AND until IS NULL
CROSS JOIN LATERAL (SELECT min(day) AS first FROM place_day WHERE place_id = store.id AND touchpoint_id >= 0) AS heard
WHERE kind = 'store' AND first IS NOT NULL
GROUP BY store.id, first ORDER BY store.id
"""
