"""Six weeks in which kiosks were pressed and said how they are: hour by hour through the intake, drawn from a seed."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.ingest import frames, writer
from collector.ingest.messages import Message
from collector.ingest.registry import Registry
from collector.insights import days, uptime
from collector.press_filter import fresh
from collector.ratings.partitions import ensure_partitions
from collector.ratings.relay import advance
from simulators.rhythm import CLOSE, HOURS, OPEN, WEEKDAYS
from tests.factories import NOW

WEEKS = 6
BEGIN = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)
#: Since then there is a press filter; what came before waits for somebody to run it over history.
NEWS = BEGIN + timedelta(weeks=WEEKS - 1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONE = ZoneInfo("Europe/Kyiv")


@dataclass
class Kiosk:
    """A kiosk that was there all the time, and how it was liked."""

    id: str
    #: Presses in a usual hour, and of 100 how many on each button.
    busy: float
    liked: tuple[int, int, int, int]
    #: From the last week on.
    lately: tuple[int, int, int, int] | None = None
    board: str = "pico_w"
    signal: int = -58
    #: mV a day that its battery loses; None: it is plugged in.
    drains: float | None = None
    #: It is away since so many days before NOW.
    away: float = 0
    #: So many days before NOW four records of it could not be read any more.
    loses: float | None = None
    seq: int = 0

    @property
    def epoch(self) -> int:
        return 1000 + sum(self.id.encode())


def press_all(connection: Connection[TupleRow], kiosks: list[Kiosk]) -> None:
    """Let it happen, and have it judged and added up as `smilepost jobs` does; `connection` is in autocommit."""
    chance, registry, moment = random.Random(9), Registry(), BEGIN
    for begun in (BEGIN, NOW):
        ensure_partitions(connection, begun)
    while moment < NOW:
        if moment == NEWS:
            advance(connection)
            fresh.look(connection)  # from now on it marks what comes in
        # At the end they speak as often as they do, so that nothing is late.
        end = moment + (HOUR if moment < NOW - 4 * HOUR else 2 * MINUTE)
        end = NOW if end > NOW - MINUTE else end
        here = [kiosk for kiosk in kiosks if end <= NOW - kiosk.away * DAY]
        said = [message for kiosk in here for message in _hour(kiosk, moment, end, chance)]
        writer.write(connection, registry, said, end)
        moment = end
    advance(connection)
    while fresh.look(connection):
        pass
    days.keep_all(connection)
    since = None
    while since := uptime.keep(connection, NOW, since):
        pass


def _hour(kiosk: Kiosk, begin: datetime, end: datetime, chance: random.Random) -> Iterator[Message]:
    """What a kiosk sends at the end of an hour: the presses of it, and how it is."""
    up = round((end - BEGIN + DAY) / timedelta(milliseconds=1))
    records = [
        [frames.RATING, button, 0, 1, up - ago, 1, frames.CLOCK_WAS_SET]
        for ago, button in sorted(_presses(kiosk, begin, end, chance), reverse=True)
    ]
    utc = round(end.timestamp() * 1000)
    if records:
        lost = 4 if kiosk.loses is not None and begin <= NOW - kiosk.loses * DAY < end else 0
        first = kiosk.seq + lost + 1
        kiosk.seq += lost + len(records)
        frame = {"v": 1, "epoch": kiosk.epoch, "held": first, "first": first, "boot": 1, "uptime": up, "utc": utc}
        why = {"lost": "damaged"} if lost else {}
        yield _message(kiosk, "up", {**frame, **why, "records": records})
    health: dict[str, Any] = {"firmware": "0.3.0", "board": kiosk.board, "uptime": up, "reset": 1, "release": 11}
    health |= {"depth": 0, "clock_error": chance.randint(-40, 40), "signal": kiosk.signal + chance.randint(-4, 4)}
    health |= {"free": 88_000 + chance.randint(-2000, 2000)}
    if kiosk.drains is not None:
        health["battery"] = round(3_980 - kiosk.drains * ((end - BEGIN) / DAY) + chance.randint(-8, 8))
    is_last = end + HOUR > NOW - kiosk.away * DAY
    state = {"state": "offline" if kiosk.away and is_last else "online", "settings": 1}
    status = {"v": 1, "boot": 1, "connection": 1, "epoch": kiosk.epoch, "seq": kiosk.seq, "confirmed": kiosk.seq}
    yield _message(kiosk, "status", status | state | {"health": health})


def _presses(kiosk: Kiosk, begin: datetime, end: datetime, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Each press: how long before the end, ms, and its button."""
    local = begin.astimezone(ZONE)
    if not OPEN <= local.hour < CLOSE:
        return
    busy = kiosk.busy * HOURS[local.hour - OPEN] / 7 * WEEKDAYS[local.weekday()] / 11 * ((end - begin) / HOUR)
    liked = kiosk.lately if kiosk.lately and begin > NOW - timedelta(weeks=1) else kiosk.liked
    for _ in range(int(busy * chance.uniform(0.6, 1.4) + chance.random())):
        ago = chance.randrange(round((end - begin) / timedelta(milliseconds=1)))
        button = chance.choices((1, 2, 3, 4), liked)[0]
        yield ago, button
        if chance.random() < 0.03:  # once more, by the same child
            yield max(0, ago - chance.randint(600, 2500)), button


def _message(kiosk: Kiosk, name: str, said: dict[str, Any]) -> Message:
    return Message.read(kiosk.id, name, json.dumps(said).encode())
