"""Gives kiosks what is due to them (fleet.due): `smilepost jobs` looks every second."""

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import OperationalError

from collector.fleet import due
from collector.fleet.commands import OPEN, SECRET, order
from collector.fleet.settings.given import CannotSet, give_settings
from collector.fleet.tables import kiosk, kiosk_command
from collector.settings import Settings

log = structlog.get_logger()

#: How long one look may last, s: whoever else works in the loop has their turn.
TURN = 0.5
#: Kiosks that are given a new secret in one look: each comes back to the broker with it.
SECRETS = 5
_PAGE = 200


class Giving:
    """Gives settings and secrets, to some kiosks a look; each is given in a transaction of its own, in which it is
    crossed off. A process that dies goes on where it stood."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    def look(self, now: datetime) -> bool:
        """Go on with what is due; whether settings are left to be given."""
        until = time.monotonic() + TURN
        with self._engine.connect() as connection:
            settings = due.next_due(connection, due.SETTINGS, _PAGE)
            secrets = due.next_due(connection, due.SECRET, SECRETS)
        for each in secrets:
            with self._handing(due.SECRET, each.kiosk_id) as connection:
                self._give_secret(connection, each.kiosk_id, each.author, each.key, now)
        for given, each in enumerate(settings):
            if time.monotonic() > until:
                return given < len(settings)
            self._give_settings(each.kiosk_id)
        return len(settings) == _PAGE

    @contextlib.contextmanager
    def _handing(self, what: str, kiosk_id: str) -> Iterator[Connection]:
        """The transaction in which a kiosk is given something; one that cannot be given it holds up no other."""
        try:
            with self._engine.begin() as connection:
                yield connection
            return
        except OperationalError:
            raise  # the database is away for all of them
        except CannotSet as problem:
            why = str(problem)
            log.warning("a kiosk cannot hold what was chosen for its place", kiosk=kiosk_id, problem=why)
        except Exception:
            why = "This went wrong here, and is tried again when it is asked for again. The log of `jobs` says more."
            log.exception("a kiosk cannot be given what is due", kiosk=kiosk_id, what=what)
        with self._engine.begin() as connection:
            due.cannot(connection, what, kiosk_id, why)

    def _give_settings(self, kiosk_id: str) -> None:
        with self._handing(due.SETTINGS, kiosk_id) as connection:
            if _is_enrolled(connection, kiosk_id):
                give_settings(connection, self._settings, kiosk_id)
            due.done(connection, due.SETTINGS, kiosk_id)

    def _give_secret(self, connection: Connection, kiosk_id: str, author: str, key: str | None, now: datetime) -> None:
        if not due.done(connection, due.SECRET, kiosk_id) or not _is_enrolled(connection, kiosk_id):
            return
        under_way = kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.do == SECRET, kiosk_command.c.state.in_(OPEN)
        if connection.scalar(select(kiosk_command.c.id).where(*under_way, kiosk_command.c.expires_at > now)) is None:
            order(connection, self._settings, kiosk_id, SECRET, author, now, f"{key}/{kiosk_id}" if key else None)


def _is_enrolled(connection: Connection, kiosk_id: str) -> bool:
    return connection.scalar(select(kiosk.c.state).where(kiosk.c.id == kiosk_id)) == "enrolled"
