"""A server that ends leaves no connection behind, whenever that came in."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Awaitable, Callable

import pytest

from simulators.proxy import Proxy
from simulators.sms_gateway import SmsGateway
from simulators.smtp_receiver import SmtpReceiver
from simulators.webhook_receiver import Receiver
from tests.conftest import free_ports

#: Runs a server at a port until it is told to end; calls back once it listens.
Serves = Callable[[int, asyncio.Event, Callable[[], None]], Awaitable[None]]


async def webhooks(port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
    await Receiver().receive(port, done, ready)


async def text_messages(port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
    gateway = SmsGateway()
    await gateway.start(port)
    ready()
    await done.wait()
    await gateway.stop()


async def mail(port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
    receiver = SmtpReceiver()
    await receiver.start(port)
    ready()
    await done.wait()
    await receiver.stop()


async def line(port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
    proxy = Proxy(f"127.0.0.1:{port}", "127.0.0.1:1")
    await proxy.open()
    ready()
    await done.wait()
    await proxy.close()


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("serves", [webhooks, text_messages, mail, line])
def test_who_comes_in_while_it_ends_is_closed_as_well(serves: Serves, turns: int) -> None:
    async def story(caller: socket.socket) -> None:
        done, listens = asyncio.Event(), asyncio.Event()
        [port] = free_ports(1)
        serving = asyncio.create_task(serves(port, done, listens.set))
        await listens.wait()
        caller.connect(("127.0.0.1", port))  # the system takes the call; the server hears of it in a turn of its loop
        for _ in range(turns):
            await asyncio.sleep(0)
        done.set()
        await serving

    with socket.socket() as caller:
        asyncio.run(story(caller))
        gc.collect()  # what was left open would say so now
        caller.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            while caller.recv(100):  # what it said before it ended
                pass
