"""Tells kiosks when something begins to be shown and when it is over: `smilepost jobs` looks every second."""

import time
from collections import deque
from datetime import datetime

import structlog
from sqlalchemy import Engine, and_, or_, select, update

from collector.fleet.queries import standing
from collector.fleet.settings.given import CannotSet, give_settings
from collector.fleet.tables import kiosk
from collector.improvements.tables import improvement
from collector.places.tables import place, touchpoint
from collector.settings import Settings

log = structlog.get_logger()

#: How long one look may last, s: whoever else works in the loop has their turn.
TURN = 0.5


class Kiosks:
    """Gives kiosks new settings, a few at a time.

    1. Find what has begun or ended and is not told yet, and the kiosks that it is shown on.
    2. Give each of them the settings that it should have now: that is the same whoever does it how often.
    3. When the last has them, write down that they were told. A process that dies before begins again.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._begun: list[int] = []
        self._ended: list[int] = []
        self._left: deque[str] = deque()

    def look(self, now: datetime) -> None:
        """Go on with what is to be told at `now`."""
        if not (self._begun or self._ended):
            self._find(now)
        until = time.monotonic() + TURN
        while self._left and time.monotonic() < until:
            self._give(self._left.popleft())
        if (self._begun or self._ended) and not self._left:
            self._write_down(now)

    def _find(self, now: datetime) -> None:
        begins = and_(improvement.c.begun_at.is_(None), improvement.c.since <= now)
        due = select(improvement).where(improvement.c.ended_at.is_(None), or_(begins, improvement.c.until <= now))
        with self._engine.connect() as connection:
            found = connection.execute(due).all()
            self._ended = [row.id for row in found if row.until <= now]
            self._begun = [row.id for row in found if row.begun_at is None]
            if found:
                here = [
                    place.c.path.contains([row.place_id])
                    if row.touchpoint_id is None
                    else touchpoint.c.id == row.touchpoint_id
                    for row in found
                ]
                self._left.extend(
                    connection.scalars(
                        select(kiosk.c.id)
                        .select_from(standing)
                        .where(kiosk.c.state == "enrolled", or_(*here))
                        .order_by(kiosk.c.id)
                    )
                )

    def _give(self, kiosk_id: str) -> None:
        try:
            with self._engine.begin() as connection:
                give_settings(connection, self._settings, kiosk_id)
        except CannotSet as problem:
            # Its own words fill it already; the slips say it all the same.
            log.warning("a kiosk has no room for what was done", kiosk=kiosk_id, problem=str(problem))

    def _write_down(self, now: datetime) -> None:
        with self._engine.begin() as connection:
            for column, which in (("begun_at", self._begun), ("ended_at", self._ended)):
                connection.execute(update(improvement).where(improvement.c.id.in_(which)).values({column: now}))
        self._begun, self._ended = [], []
