"""Presses with the rhythm that they had, through the intake and past the relay."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, select

from collector.ingest import frames
from collector.ingest.messages import Message
from collector.ingest.tables import cursor
from collector.ratings.kinds import Mark
from collector.ratings.partitions import ensure_partitions
from collector.ratings.relay import advance
from tests.factories import NOW, write

Database = psycopg.Connection[Any]
Send = Callable[..., None]


def _up(moment: datetime) -> int:
    """How long the kiosk was up then, in ms: since 100 days ago."""
    return round((moment - NOW + timedelta(days=100)).total_seconds() * 1000)


def send_presses(
    connection: Connection,
    journal: int,
    seconds: Sequence[float],
    buttons: Sequence[int],
    repeats: Sequence[float],
    delay: timedelta,
    stuck: int | None,
    start: datetime,
) -> None:
    """One frame of a journal; see the fixture `send`."""
    row = connection.execute(select(cursor).where(cursor.c.id == journal)).one()
    uptimes = [round(1000 * at) + _up(start) for at in seconds]
    records = [
        [
            frames.RATING,
            buttons[number] if buttons else 1,
            *(0, 1, uptimes[number], 1),
            frames.CLOCK_WAS_SET | (frames.IN_REPEAT_WINDOW if at in repeats else 0),
        ]
        for number, at in enumerate(seconds)
    ]
    end = uptimes[-1]
    if stuck is not None:
        end += 30_000
        records = [[frames.EVENT, frames.STUCK, stuck, 1, end, 1, frames.CLOCK_WAS_SET]]
    received = start + timedelta(milliseconds=end - _up(start)) + delay
    frame = {
        **{"v": 1, "epoch": row.epoch, "held": 1, "first": row.seq + 1, "boot": 1},
        "uptime": end + round(delay.total_seconds() * 1000),
        "utc": round(received.timestamp() * 1000),
        "records": records,
    }
    database = connection.connection.driver_connection
    ensure_partitions(database, received)
    write(database, [Message.read(row.kiosk_id, "up", json.dumps(frame).encode())], received)
    advance(database)


def marks(database: Database) -> list[str]:
    """The marks of all ratings, in the order of the journals."""
    rows = database.execute("SELECT mark FROM rating ORDER BY cursor_id, seq").fetchall()
    database.commit()
    return [Mark(mark).name.lower() for (mark,) in rows]
