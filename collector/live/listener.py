"""What changed, heard from the database: one connection listens for all viewers."""

import asyncio

import msgspec
import psycopg
import structlog
from psycopg.rows import TupleRow
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from collector import changes
from collector.database import parameters
from collector.live.admission import Status, admission
from collector.live.viewers import Viewers
from collector.settings import Settings

log = structlog.get_logger()

#: How often it is asked again whether open pages may hear of their store, s: a closed session is dropped by then.
ADMISSIONS_EVERY = 30.0
LONGEST_PAUSE = 10.0


async def listen(settings: Settings, engine: Engine, viewers: Viewers, admissions_every: float) -> None:
    """Tell viewers what changed, until cancelled; while the database is away, try again after 0.5, 1, 2 … 10 s."""
    pause = 0.5
    while True:
        try:
            async with await _connect(settings) as connection:
                for channel in (changes.STORES, changes.KIOSKS):
                    await connection.execute(f"LISTEN {channel}".encode())
                pause = 0.5
                viewers.tell_all()
                await _hear(connection, engine, viewers, admissions_every)
        except (psycopg.OperationalError, OperationalError) as problem:
            log.warning("live events wait for the database", problem=str(problem).strip(), seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


async def _connect(settings: Settings) -> psycopg.AsyncConnection[TupleRow]:
    return await psycopg.AsyncConnection.connect(autocommit=True, **parameters(settings))


async def _hear(
    connection: psycopg.AsyncConnection[TupleRow], engine: Engine, viewers: Viewers, admissions_every: float
) -> None:
    clock = asyncio.get_running_loop().time
    check_at = clock() + admissions_every
    while True:
        async for heard in connection.notifies(timeout=max(0.0, check_at - clock())):
            try:
                viewers.tell(changes.stores_of(heard.payload))
            except msgspec.MsgspecError:
                log.warning("a notification that names no stores", channel=heard.channel)
            if clock() >= check_at:  # notifications without a pause must not put the check off
                break
        if clock() >= check_at:
            await _ask_again(engine, viewers)
            check_at = clock() + admissions_every


async def _ask_again(engine: Engine, viewers: Viewers) -> None:
    for viewer in viewers:
        found = await asyncio.to_thread(admission, engine, viewer.wanted, viewer.session)
        if found.status != Status.ADMITTED:
            viewer.end()
        elif not viewer.gone and viewer in viewers:
            viewers.admit(viewer, found.stores)
