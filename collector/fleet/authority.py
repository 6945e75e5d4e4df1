"""Whom kiosks trust: they are told of another CA until each says that it trusts it (broker.authority).

What a kiosk should trust is what a new one would be given. A kiosk says in its status which text it checked its broker
with; one that says another is told, again and again, until it does not. So this also serves who has a CA of their own.
"""

import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine, and_, func, select, update
from sqlalchemy.exc import OperationalError

from collector.broker.authority import LONGEST, fingerprint, trusted
from collector.broker.errors import BrokerError
from collector.fleet.commands import CA, OPEN, order
from collector.fleet.queries import has_secret, standing
from collector.fleet.tables import kiosk, kiosk_command, kiosk_status
from collector.places.tables import place
from collector.settings import Settings

log = structlog.get_logger()

#: Seconds between two looks, and kiosks that are told in one: each comes back to the broker.
EVERY, AT_ONCE = 5.0, 20
#: How long until a kiosk is told again that answered, and still trusts another: the new way may have led nowhere. Twice
#: as long each time, and at most so long: one that can never take it is not worn out with it.
AGAIN, MOST = timedelta(minutes=2), timedelta(days=1)
AUTHOR = "smilepost"

_SAYS = kiosk_status.c.health["ca"].astext


class Missing(NamedTuple):
    """A kiosk of which it is not known that it trusts what it should."""

    id: str
    store: str
    heard_at: datetime | None
    #: It says that it trusts something; if not, it may be too old for it.
    says: bool


def missing(connection: Connection, text: str) -> list[Missing]:
    """The kiosks that have a secret and have not said that they trust this, by id."""
    rows = connection.execute(
        select(kiosk.c.id, place.c.name, kiosk_status.c.received_at, _SAYS.is_not(None))
        .select_from(standing)
        .outerjoin(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id)
        .where(
            kiosk.c.state == "enrolled",
            has_secret,
            func.coalesce(_SAYS, "") != fingerprint(text),
        )
        .order_by(kiosk.c.id)
    )
    return [Missing(*row) for row in rows]


def count(connection: Connection) -> int:
    """How many kiosks there are to trust it."""
    return int(
        connection.scalar(select(func.count()).select_from(kiosk).where(kiosk.c.state == "enrolled", has_secret)) or 0
    )


def left_behind(found: Collection[Missing], named: Collection[str]) -> list[Missing]:
    """The kiosks that would be cut off though nobody has named them.

    Raises
    ------
    BrokerError: one that is named is none of them.
    """
    if strangers := sorted(set(named) - {each.id for each in found}):
        raise BrokerError(f"{strangers[0]} would not be left behind: it trusts the new CA, or there is no such kiosk.")
    return [each for each in found if each.id not in named]


class Telling:
    """Tells kiosks whom to trust, some at a time; `smilepost jobs` looks every second."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._looked_at = float("-inf")

    def look(self, now: datetime) -> None:
        """Tell the next ones."""
        if time.monotonic() < self._looked_at + EVERY:
            return
        self._looked_at = time.monotonic()
        try:
            text = trusted(self._settings)
        except BrokerError as problem:
            log.warning("kiosks cannot be told whom to trust", problem=str(problem))
            return
        if text is None or len(text) > LONGEST:
            return
        with self._engine.connect() as connection:
            others = _to_tell(connection, text, now)
        for kiosk_id in others:
            try:
                with self._engine.begin() as connection:
                    tell(connection, self._settings, kiosk_id, text, now)
            except OperationalError:
                raise  # the database is away for all of them
            except Exception:
                log.exception("a kiosk cannot be told whom to trust", kiosk=kiosk_id)


def tell(connection: Connection, installation: Settings, kiosk_id: str, text: str, now: datetime) -> None:
    """Tell a kiosk to trust this, and nothing that it was told before and has not heard."""
    outdated = kiosk_command.c.kiosk_id == kiosk_id, kiosk_command.c.do == CA, kiosk_command.c.state.in_(OPEN)
    connection.execute(update(kiosk_command).where(*outdated).values(state="expired", finished_at=now))
    order(connection, installation, kiosk_id, CA, AUTHOR, now, None, text)


def _to_tell(connection: Connection, text: str, now: datetime) -> list[str]:
    this = kiosk_command.c.kiosk_id == kiosk.c.id, kiosk_command.c.do == CA, kiosk_command.c.ca == text
    waits = and_(kiosk_command.c.state.in_(OPEN), kiosk_command.c.expires_at > now)
    pause = AGAIN * func.power(2, func.least(func.count() - 1, (MOST // AGAIN).bit_length()))
    told = select(func.bool_or(waits) | (func.max(kiosk_command.c.finished_at) > now - func.least(pause, MOST)))
    is_told = func.coalesce(told.where(*this).scalar_subquery(), False)
    query = (
        select(kiosk.c.id)
        .join(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id)
        .where(kiosk.c.state == "enrolled", _SAYS.is_not(None), fingerprint(text) != _SAYS, ~is_told)
        .order_by(kiosk.c.id)
        .limit(AT_ONCE)
    )
    return list(connection.scalars(query))
