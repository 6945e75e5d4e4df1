"""Printers as a program sees them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert
from werkzeug.test import TestResponse

from collector.slips.printers import take_away
from collector.slips.spool import print_self_test
from collector.slips.tables import printer
from tests.factories import NOW, Shop, make_shop

Program = Callable[..., Callable[..., TestResponse]]


@pytest.fixture
def make_printer(engine: Engine) -> Callable[..., int]:
    def make(store_id: int, **more: Any) -> int:
        values = {"store_id": store_id, "name": "Counter", "address": "tcp://192.168.1.50:9100", "profile": "epson-80"}
        with engine.begin() as connection:
            made = insert(printer).values({**values, **more}).returning(printer.c.id)
            return int(connection.execute(made).scalar_one())

    return make


def test_a_printer_and_how_it_is(
    program: Program, engine: Engine, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    get = program(riverside.store)
    counter = make_printer(riverside.store, state="paper_out", seen_at=NOW)
    with engine.begin() as connection:
        print_self_test(connection, counter, key="a", now=NOW)
    expected = {
        "id": counter,
        "store": riverside.store,
        "name": "Counter",
        "connection": "tcp",
        "profile": "epson-80",
        "state": "paper_out",
        "seen_at": "2026-11-22T09:52:01.250Z",
        "waiting": 1,
        "unsure": 0,
    }
    assert get(f"printers/{counter}").json == expected
    assert get("printers").json == {"items": [expected], "next": None}


def test_what_was_heard_long_ago_is_not_believed(
    program: Program, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    old = {"state": "ready", "seen_at": NOW - timedelta(minutes=10)}
    ids = [
        make_printer(riverside.store, name=address, address=address, **old)
        for address in ("tcp://192.168.1.50:9100", "cloudprnt:", "kiosk://gone")
    ]
    get = program(riverside.store)
    assert [get(f"printers/{each}").json["state"] for each in ids] == ["unwatched", "unreachable", "unreachable"]


def test_lists_have_filters_pages_and_no_secrets(
    program: Program, engine: Engine, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    ids = [make_printer(riverside.store), make_printer(hillside.store), make_printer(riverside.store, name="Desk")]
    away = make_printer(riverside.store, name="Old", secret_hash=b"secret")
    with engine.begin() as connection:
        take_away(connection, away, "Ann", NOW)
    get = program(riverside.organisation)

    def listed(**query: Any) -> list[int]:
        return [item["id"] for item in get("printers", **query).json["items"]]

    assert listed() == ids
    assert listed(store=riverside.store) == [ids[0], ids[2]]
    page = get("printers", limit=2).json
    assert [item["id"] for item in page["items"]] == ids[:2]
    assert listed(after=page["next"]) == ids[2:]
    assert "secret" not in get("printers").text
    own = program(riverside.store)
    assert own(f"printers/{ids[1]}").status_code == own(f"printers/{away}").status_code == 404
    assert [item["id"] for item in own("printers").json["items"]] == [ids[0], ids[2]]
