"""The first shop's virtual printer follows its port, until somebody makes it another."""

from typing import Any

from sqlalchemy import Engine, select, update

from collector.settings import Settings
from collector.slips.printers import take_away
from collector.slips.tables import printer
from collector.up.shop import open_shop, set_up_printer
from tests.factories import NOW


def start(engine: Engine, settings: Settings) -> list[Any]:
    """`smilepost up`; returns the printers then."""
    with engine.begin() as connection:
        open_shop(connection)
        set_up_printer(connection, settings)
        return list(connection.execute(select(printer).order_by(printer.c.id)))


def test_it_is_where_the_shop_floor_is(engine: Engine, settings: Settings) -> None:
    for _ in range(2):
        [row] = start(engine, settings)
        assert (row.name, row.address) == ("Counter", f"tcp://127.0.0.1:{settings.printer_port}")
        with engine.begin() as connection:
            connection.execute(update(printer).values(address="tcp://127.0.0.1:1"))


def test_one_that_was_set_up_in_another_way_stays_so(engine: Engine, settings: Settings) -> None:
    start(engine, settings)
    with engine.begin() as connection:
        connection.execute(update(printer).values(address="tcp://192.168.1.50:9100"))
    assert [row.address for row in start(engine, settings)] == ["tcp://192.168.1.50:9100"]


def test_one_that_was_taken_away_does_not_come_back(engine: Engine, settings: Settings) -> None:
    [row] = start(engine, settings)
    with engine.begin() as connection:
        take_away(connection, row.id, "Ann", NOW)
    assert [each.retired_at is None for each in start(engine, settings)] == [False]
