"""The spool brings slips to virtual printers."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from collector.queue.tables import job
from collector.settings import Settings
from collector.slips import spool as spool_module
from collector.slips.spool import Spool, print_again, print_self_test, print_slip
from collector.slips.tables import printer
from printer.slip import INVITATION, Slip
from tests.collector.at_work import at_work
from tests.factories import make_shop
from tests.printer.conftest import make_printer, virtual

__all__ = ["make_printer", "virtual"]


class Shop:
    """A store whose printers can be set up and printed on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            self._store = make_shop(connection).store

    def set_up(self, address: str, profile: str = "epson-80") -> int:
        with self._engine.begin() as connection:
            row = {"store_id": self._store, "name": address, "address": address, "profile": profile}
            return int(connection.execute(insert(printer).values(row).returning(printer.c.id)).scalar_one())

    def print(self, printer_id: int, key: str, *, now: datetime | None = None, language: str = "en") -> str:
        """Put a slip into the queue; returns its link."""
        link = f"HTTP://LOCALHOST:8080/Q/{key.upper():A>28}"
        slip = Slip("Riverside", INVITATION[language], link, None, language)
        with self._engine.begin() as connection:
            print_slip(connection, printer_id, slip, key=key, now=now or datetime.now(UTC))
        return link

    def print_self_test(self, printer_id: int, key: str) -> None:
        with self._engine.begin() as connection:
            print_self_test(connection, printer_id, key=key, now=datetime.now(UTC))

    def print_again(self, key: str) -> int:
        with self._engine.begin() as connection:
            return print_again(connection, self.jobs()[key].id, key="again", now=datetime.now(UTC))

    def change(self, printer_id: int, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(printer).where(printer.c.id == printer_id).values(values))

    def set_state(self, key: str, state: str, outcome: str | None = None) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(job).where(job.c.key == key).values(state=state, outcome=outcome))

    def jobs(self) -> dict[str, Any]:
        with self._engine.connect() as connection:
            return {row.key: row for row in connection.execute(select(job).order_by(job.c.id))}

    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.jobs().items()}

    def seen(self, printer_id: int) -> str:
        with self._engine.connect() as connection:
            return str(connection.execute(select(printer.c.state).where(printer.c.id == printer_id)).scalar_one())

    def seen_at(self, printer_id: int) -> datetime | None:
        with self._engine.connect() as connection:
            return connection.scalar(select(printer.c.seen_at).where(printer.c.id == printer_id))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        tick = threading.Event()
        for _ in range(3000):
            if condition():
                return
            tick.wait(0.02)
        pytest.fail(f"not so in a minute: {self.jobs()}")

    def wait_for(self, **states: str) -> None:
        self.wait_until(lambda: states.items() <= self.states().items())


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return Shop(engine)


@pytest.fixture
def spooling(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The spool at work, asking printers that are not ready often."""
    monkeypatch.setattr(spool_module, "ASK_AGAIN", 0.05)
    with at_work(settings, Spool(settings)):
        yield
