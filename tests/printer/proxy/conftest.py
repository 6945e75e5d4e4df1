import asyncio
import contextlib
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
from printer.signer import Signer, SignerFile
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
def signer_file(tmp_path: Path) -> Path:
    path = tmp_path / "signer.json"
    SignerFile(7, 0, bytes(32), "https://feedback.example.com", "Ґанок", "uk", "Europe/Kyiv").write(path)
    return path


@pytest.fixture
def signer(signer_file: Path) -> Iterator[Signer]:
    opened = Signer(signer_file)
    yield opened
    opened.close()


@pytest.fixture
def make_proxy(signer: Signer) -> Iterator[MakeProxy]:
    """Makes proxies before a printer's port that run until the test ends; returns the till's port."""
    with proxies(lambda: signer) as make:
        yield make


@contextlib.contextmanager
def proxies(open_signer: Callable[[], Signer]) -> Iterator[MakeProxy]:
    """The same, with a signer that is perhaps not there."""
    made: list[Proxy] = []
    with event_loop() as loop:

        async def start(port: int, rule: Rule, profile: str, options: dict[str, Any]) -> int:
            stock = Stock(open_signer, PROFILES[profile], options["now"])
            made.append(Proxy(("127.0.0.1", port), PROFILES[profile], rule, stock, options["encoding"]))
            return await made[-1].start("127.0.0.1", options["at"])

        def make(port: int, rule: Rule = SHOP, profile: str = "epson-80", **options: Any) -> int:
            options = {"now": lambda: NOW, "encoding": "cp437", "at": 0} | options
            return asyncio.run_coroutine_threadsafe(start(port, rule, profile, options), loop).result()

        try:
            yield make
        finally:
            for proxy in made:
                asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result()
