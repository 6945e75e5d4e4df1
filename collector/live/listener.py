"""What changed, heard from the database: one connection listens for all viewers."""

import asyncio
from collections.abc import Collection

import msgspec
import psycopg
import structlog
from psycopg.rows import TupleRow

from collector.live.viewers import Viewers
from collector.settings import Settings

log = structlog.get_logger()

#: Channels on which the intake says, in its transaction, in which stores something changed.
CHANNELS = ("ratings", "kiosks")
#: How often open pages' sessions are looked up again, s. A closed session is dropped within a minute.
SESSIONS_EVERY = 30.0
LONGEST_PAUSE = 10.0


class _Changed(msgspec.Struct):
    stores: list[int]


_changed = msgspec.json.Decoder(_Changed)


async def connect(settings: Settings) -> psycopg.AsyncConnection[TupleRow]:
    return await psycopg.AsyncConnection.connect(
        settings.database_url, autocommit=True, options="-c timezone=UTC", connect_timeout=10
    )


async def listen(settings: Settings, viewers: Viewers, sessions_every: float = SESSIONS_EVERY) -> None:
    """Tell viewers what changed, until cancelled; while the database is away, try again after 0.5, 1, 2 … 10 s."""
    pause = 0.5
    while True:
        try:
            async with await connect(settings) as connection:
                for channel in CHANNELS:
                    await connection.execute(f"LISTEN {channel}".encode())
                pause = 0.5
                viewers.tell_all()
                await _hear(connection, viewers, sessions_every)
        except psycopg.OperationalError as problem:
            log.warning("live events wait for the database", problem=str(problem).strip(), seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


async def _hear(connection: psycopg.AsyncConnection[TupleRow], viewers: Viewers, sessions_every: float) -> None:
    clock = asyncio.get_running_loop().time
    check_at = clock() + sessions_every
    while True:
        async for heard in connection.notifies(timeout=max(0.0, check_at - clock())):
            try:
                viewers.tell(_changed.decode(heard.payload).stores)
            except msgspec.MsgspecError:
                log.warning("a notification that names no stores", channel=heard.channel)
            if clock() >= check_at:  # notifications without a pause must not put the check off
                break
        if clock() >= check_at:
            viewers.end(await _ended(connection, {viewer.session for viewer in viewers}))
            check_at = clock() + sessions_every


async def _ended(connection: psycopg.AsyncConnection[TupleRow], sessions: Collection[bytes]) -> set[bytes]:
    if not sessions:
        return set()
    rows = await connection.execute(
        "SELECT digest FROM session WHERE digest = ANY(%s) AND expires_at > now()", [list(sessions)]
    )
    return set(sessions) - {bytes(digest) for (digest,) in await rows.fetchall()}
