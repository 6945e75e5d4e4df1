"""The bad line: it carries, holds back and breaks what real sockets say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from simulators.proxy import Proxy
from tests.conftest import free_ports

KINDS = ["tcp", "unix"]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def addresses(kind: str, folder: Path) -> tuple[str, str]:
    if kind == "unix":
        return str(folder / "here"), str(folder / "there")
    here, there = free_ports(2)
    return f"127.0.0.1:{here}", f"127.0.0.1:{there}"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say what is heard."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(100):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def line(
    kind: str, folder: Path, serve: Serve = echo
) -> AsyncIterator[tuple[Proxy, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A proxy before a server, and a connection through it."""
    here, there = addresses(kind, folder)
    if kind == "unix":
        server = await asyncio.start_unix_server(serve, there)
    else:
        server = await asyncio.start_server(serve, *there.split(":"))
    proxy = Proxy(here, there)
    await proxy.open()
    reader, writer = await (
        asyncio.open_unix_connection(here) if kind == "unix" else asyncio.open_connection(*here.split(":"))
    )
    try:
        yield proxy, reader, writer
    finally:
        writer.close()
        await proxy.close()
        server.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_stall_holds_back_and_loses_nothing(kind: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with line(kind, tmp_path) as (proxy, reader, writer):
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            proxy.stall(60)
            writer.write(b"two")
            heard = asyncio.create_task(reader.readexactly(3))
            assert not (await asyncio.wait({heard}, timeout=0.2))[0]
            proxy.flow()
            assert await heard == b"two"

    asyncio.run(asyncio.wait_for(story(), 20))


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_stall_nobody_is_told_that_the_other_is_gone(kind: str, tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await echo(reader, writer)
        ended.set()

    async def story() -> None:
        async with line(kind, tmp_path, listen) as (proxy, reader, writer):
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            proxy.stall(60)
            writer.close()
            told = asyncio.create_task(ended.wait())
            assert not (await asyncio.wait({told}, timeout=0.2))[0]
            proxy.flow()
            await told

    asyncio.run(asyncio.wait_for(story(), 20))


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_breaks_in_the_middle_of_what_is_said(kind: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with line(kind, tmp_path) as (proxy, reader, writer):
            writer.write(b"whole")
            assert await reader.readexactly(5) == b"whole"
            proxy.cut()
            writer.write(b"broken")
            with contextlib.suppress(ConnectionError):
                assert b"broken" not in await reader.read()

    asyncio.run(asyncio.wait_for(story(), 20))


def test_nobody_there_is_an_end_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        proxy = Proxy(str(tmp_path / "here"), str(tmp_path / "nobody"))
        await proxy.open()
        reader, writer = await asyncio.open_unix_connection(tmp_path / "here")
        assert await reader.read() == b""
        writer.close()
        await proxy.close()

    asyncio.run(asyncio.wait_for(story(), 20))
