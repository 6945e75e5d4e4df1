"""A store whose alerts are looked at."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Row, insert, select

from collector.alerts.policies import watched_stores
from collector.alerts.tables import alert
from collector.alerts.watch import RULES, look_at
from collector.settings import Settings
from collector.slips.tables import printer
from tests.factories import NOW, Shop

Look = Callable[..., list[Row[Any]]]


@pytest.fixture
def look(engine: Engine, settings: Settings) -> Look:
    """Looks at every rule, or at one; returns all alerts that there are then."""

    def at(now: datetime = NOW, *rules: str) -> list[Row[Any]]:
        with engine.connect() as connection:
            stores = watched_stores(connection)
        for rule in rules or RULES:
            look_at(engine, settings, rule, stores, now)
        with engine.connect() as connection:
            return list(connection.execute(select(alert).order_by(alert.c.id)))

    return at


@pytest.fixture
def make_printer(engine: Engine, riverside: Shop) -> Callable[..., int]:
    """Makes a printer at Riverside's counter; `state_since` is kept by the database itself."""

    def make(**values: Any) -> int:
        address = {"address": "tcp://127.0.0.1:1", "profile": "epson-80", "name": "Counter"}
        made = insert(printer).values(store_id=riverside.store, **address, **values).returning(printer.c.id)
        with engine.begin() as connection:
            return int(connection.execute(made).scalar_one())

    return make


@pytest.fixture
def make_alert(engine: Engine, riverside: Shop) -> Callable[..., int]:
    """Makes an open alert: five of eight ratings at the checkout were bad."""

    def make(**values: Any) -> int:
        values = {
            "rule": "bad-share",
            "subject": f"touchpoint/{riverside.checkout}",
            "store_id": riverside.store,
            "touchpoint_id": riverside.checkout,
            "data": {"bad": 5, "count": 8, "percent": 50, "minutes": 15},
            "opened_at": NOW,
        } | values
        with engine.begin() as connection:
            return int(connection.execute(insert(alert).values(**values).returning(alert.c.id)).scalar_one())

    return make
