import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from printer.profiles import PROFILES
from printer.proxy import stock
from printer.proxy.insertion import Rule
from printer.proxy.server import Proxy
from printer.proxy.stock import Stock
from printer.signer import Signer
from tests.printer.conftest import event_loop

#: As a shop would set it: what has a total, but not what goes into the kitchen or comes from the card machine.
SHOP = Rule(re.compile(r"TOTAL(?:[\s\S]*(?:Чек|Receipt)\D*(?P<reference>\d{4}))?"), re.compile("KITCHEN|CARD PAYMENT"))
EVERY = Rule(None)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

MakeProxy = Callable[..., int]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine under load may be slow; what is tested is not how quick it is."""
    monkeypatch.setattr(stock, "PATIENCE", 60.0)


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Signer]:
    path = tmp_path / "signer.json"
    values = {"v": 1, "signer": 7, "key_number": 0, "key": "00" * 32, "host": "https://feedback.example.com"}
    path.write_text(json.dumps(values | {"store": "Ґанок", "language": "uk", "time_zone": "Europe/Kyiv"}))
    path.chmod(0o600)
    opened = Signer(path)
    yield opened
    opened.close()


@pytest.fixture
def make_proxy(signer: Signer) -> Iterator[MakeProxy]:
    """Makes proxies before a printer's port that run until the test ends; returns the till's port."""
    made: list[Proxy] = []
    with event_loop() as loop:

        async def start(port: int, rule: Rule, profile: str, now: Callable[[], datetime], encoding: str) -> int:
            stock = Stock(signer, PROFILES[profile], now)
            made.append(Proxy(("127.0.0.1", port), PROFILES[profile], rule, stock, encoding))
            return await made[-1].start("127.0.0.1", 0)

        def make(port: int, rule: Rule = SHOP, profile: str = "epson-80", **options: Any) -> int:
            options = {"now": lambda: NOW, "encoding": "cp437"} | options
            return asyncio.run_coroutine_threadsafe(start(port, rule, profile, **options), loop).result()

        try:
            yield make
        finally:
            for proxy in made:
                asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result()
