"""A proxy that ends leaves no till's connection behind, whenever that came in."""

import asyncio
import contextlib
import gc
import socket

import pytest

from printer.profiles import PROFILES
from printer.proxy.server import Proxy
from printer.proxy.stock import Stock
from printer.signer import Signer
from tests.printer.proxy.conftest import NOW, SHOP


@pytest.mark.parametrize("turns", range(8))
def test_a_till_that_comes_while_it_ends_is_hung_up_on(signer: Signer, turns: int) -> None:
    async def story(till: socket.socket) -> None:
        profile = PROFILES["epson-80"]
        proxy = Proxy(("127.0.0.1", 1), profile, SHOP, Stock(lambda: signer, profile, lambda: NOW))
        port = await proxy.start("127.0.0.1", 0)
        till.connect(("127.0.0.1", port))  # the system takes the call; the proxy hears of it in a turn of its loop
        for _ in range(turns):
            await asyncio.sleep(0)
        await proxy.stop()

    with socket.socket() as till:
        asyncio.run(story(till))
        gc.collect()  # what was left open would say so now
        till.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            assert till.recv(100) == b""
